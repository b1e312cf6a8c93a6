//! Migrations that are another program's: Alembic's, Django's, South's. Their files are read as they lie there, their ledger as
//! that program writes it; what changes the database is that program itself, run under our lock behind a safety copy, and
//! believed only when its ledger says the same.

mod apply;
mod create;
mod files;
mod find;
mod ledger;
mod plan;
mod state;

pub use find::{Found, find};

use plan::Course;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::{CommandLine, MigrationsConfig, RunnerConfig};
use crate::disk::SourceFile;
use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::{Created, Folder, Goal, Migrates, MigrationPlan, Rules, Source, State, Status};
use crate::observer::Observer;
use crate::plan::Finding;
use crate::revisions::{Around, History, Tool};
use crate::sql::Flavor;
use crate::tool::Workshop;

/// Another program's migrations in a project.
pub struct Wrapped {
    history: History,
    path: PathBuf,
    runner: RunnerConfig,
    workshop: Workshop,
    /// Hash of the files' names and texts.
    hash: String,
}

/// A project's migrations, whosever they are; `None` where it has none. `embedded` are those that the service's binary brings
/// along, which are always scripts.
///
/// # Errors
/// The folder is missing or cannot be read, a file in it is wrong, or it is of two dialects at once.
pub fn read(
    config: &MigrationsConfig,
    embedded: Option<&[SourceFile]>,
    flavor: Flavor,
    workshop: Workshop,
) -> Result<Option<Box<dyn Source>>> {
    let path = workshop.root.join(&config.dir);
    if let Some(files) = embedded {
        let folder = Folder::from_files(Path::new("embedded"), files.to_vec(), &config.dialect, flavor)?;
        return Ok(Some(Box::new(folder)));
    }
    let named = Tool::ALL.into_iter().find(|tool| tool.name() == config.dialect);
    let found = match named {
        Some(tool) => Some(Found { tool, dir: find::home(tool, &workshop.root, &config.dir) }),
        None if config.dialect != "auto" => None,
        None if path.exists() => find::inside(&path)?,
        // A project that says nothing of migrations may still have another program's.
        None => find(&workshop.root),
    };
    match found {
        Some(Found { tool, dir }) => Ok(Some(Box::new(Wrapped::read(tool, &dir, config, flavor, workshop)?))),
        None if !path.exists() && *config == MigrationsConfig::default() => Ok(None),
        None => Ok(Some(Box::new(Folder::read(&path, &config.dialect, flavor)?))),
    }
}

impl Wrapped {
    fn read(tool: Tool, dir: &Path, config: &MigrationsConfig, flavor: Flavor, workshop: Workshop) -> Result<Self> {
        let runner = config.runner.clone();
        let files = files::read(tool, dir, &workshop.root)?;
        let several_heads = runner.up.as_ref().is_some_and(|up| up.filled(&[]).iter().any(|word| word == "heads"));
        let packages = files::packages(&workshop.root, dir);
        let history = History::read(tool, &files, &Around { packages, several_heads, flavor });
        let mut hasher = blake3::Hasher::new();
        for part in files.iter().flat_map(|file| [&file.name, &file.text]) {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let hash = hasher.finalize().to_hex().to_string();
        Ok(Self { history, path: dir.to_owned(), runner, workshop, hash })
    }

    /// The line that runs the program, or what to write where there is none.
    fn line<'a>(&self, key: &str, line: Option<&'a CommandLine>) -> Result<&'a CommandLine> {
        line.ok_or_else(|| {
            let (tool, usual) = (self.history.tool.title(), usual(self.history.tool, key));
            Error::new(
                ErrorKind::Config,
                format!("these migrations are {tool}'s, and [migrations] runner has no `{key}`"),
            )
            .hint(format!("write into mainstay.toml, under [migrations]: runner = {{ {key} = \"{usual}\" }}"))
        })
    }
}

/// How many migrations the project in `root` has there.
///
/// # Errors
/// The folder is missing or cannot be read.
pub fn count(found: &Found, root: &Path) -> Result<usize> {
    files::read(found.tool, &found.dir, root).map(|files| files.len())
}

/// How the tool is commonly called.
pub fn usual(tool: Tool, key: &str) -> &'static str {
    match (tool, key) {
        (Tool::Alembic, "up") => "alembic upgrade head",
        (Tool::Alembic, "down") => "alembic downgrade {to}",
        (Tool::Alembic, _) => "alembic revision -m {name}",
        (Tool::Django, "up") => "python manage.py migrate --noinput",
        (Tool::Django, "down") => "python manage.py migrate --noinput {app} {to}",
        (Tool::Django, _) => "python manage.py makemigrations --name {name}",
        (Tool::South, "up") => "python manage.py migrate --noinput",
        (Tool::South, "down") => "python manage.py migrate --noinput {app} {to}",
        (Tool::South, _) => "python manage.py schemamigration APP {name} --auto",
    }
}

impl Source for Wrapped {
    fn dialect(&self) -> &'static str {
        self.history.tool.name()
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn count(&self) -> usize {
        self.history.revisions.len()
    }

    fn check(&self) -> Vec<Finding> {
        self.history.findings.clone()
    }

    fn lines(&self, state: &State, rules: &Rules) -> Vec<Status> {
        state::lines(&self.history, state, rules)
    }

    fn create(&self, _: &str, _: &str) -> Option<Result<Created>> {
        None
    }

    fn first_plan(&self, rules: &Rules, database: &str) -> Result<MigrationPlan> {
        Course { wrapped: self, rules }.plan(database, &state::compare(self, None, rules), &Goal::Up)
    }

    fn into_folder(self: Box<Self>) -> Option<Folder> {
        None
    }

    fn on<'a>(
        &'a self,
        session: &'a mut dyn Session,
        rules: &'a Rules,
        observer: Arc<dyn Observer>,
    ) -> Box<dyn Migrates + 'a> {
        Box::new(Hand { session, wrapped: self, rules, observer })
    }
}

/// Another program's migrations at work on one session.
struct Hand<'a> {
    session: &'a mut dyn Session,
    wrapped: &'a Wrapped,
    rules: &'a Rules,
    observer: Arc<dyn Observer>,
}

impl<'a> Hand<'a> {
    fn course(&self) -> Course<'a> {
        Course { wrapped: self.wrapped, rules: self.rules }
    }
}
