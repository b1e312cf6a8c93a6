//! `mainstay init`.

mod adopt;
mod survey;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use mainstay::config::{Config, render_template};
use mainstay::disk::{CONFIG_FILE, Project, write_new};
use mainstay::sql::Flavor;
use mainstay::{Error, ErrorKind, wrapped};
use serde::Serialize;

use self::adopt::{Migrations, adopt, wrap};
use self::survey::{Survey, survey};
use super::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;

/// Write mainstay.toml and a migrations folder, or adopt the migrations that are there; touches no server
#[derive(Args, Clone)]
pub struct InitArgs {
    /// Existing project, or folder of migrations, to adopt; the project folder itself by default
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,

    /// The service's name; the folder's by default
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// Where the service keeps its data; as .env says, else postgres
    #[arg(long, value_name = "ENGINE")]
    engine: Option<Engine>,
}

/// What a database runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Engine {
    /// An embedded file
    Sqlite,
    /// A PostgreSQL server
    Postgres,
}

/// What there was, what was written and what comes next.
#[derive(Serialize)]
struct Written {
    found: Vec<String>,
    wrote: Vec<String>,
    dry_run: bool,
    next: String,
    config: String,
}

/// The variable that names the database.
struct Variable {
    name: String,
    flavor: Flavor,
}

/// Writes the project.
pub(super) async fn run(args: InitArgs, context: &Context) -> Result<Outcome, CliError> {
    // Other than for every other command, not one above it.
    let root = folder(Path::new("."))?;
    let file = root.join(CONFIG_FILE);
    if file.symlink_metadata().is_ok() {
        return Err(already(&file).into());
    }
    let from = match &args.from {
        Some(from) => folder(&root.join(from))?,
        None => root.clone(),
    };
    let variable = variable(&from)?;
    let flavor = flavor(args.engine, variable.as_ref());
    let migrations = migrations(&root, &from, flavor)?;
    let name = args.name.unwrap_or_else(|| name_of(&from));
    let url = match (&variable, flavor) {
        (Some(variable), flavor) if variable.flavor == flavor => format!("env:{}", variable.name),
        (_, Flavor::Sqlite) => format!("sqlite:{name}.sqlite3"),
        (_, Flavor::Postgres) => "env:DATABASE_URL".to_owned(),
    };
    let text = render_template(&name, migrations.dialect, &migrations.dir, &url, &migrations.runner);
    if !context.globals.dry_run {
        write(&file, &text, &root, &migrations)?;
    }
    let written = report(context, &migrations, variable.as_ref(), text);
    let lines = lines(&written);
    context.answer(written, Text::Lines(lines))?;
    Ok(Outcome::Done)
}

fn folder(path: &Path) -> Result<PathBuf, Error> {
    let found = path.canonicalize().map_err(|error| Error::io("look into", path, error))?;
    match found.is_dir() {
        true => Ok(found),
        false => Err(Error::new(ErrorKind::Usage, format!("{} is not a folder", path.display()))),
    }
}

/// What the database of `.env` runs on, before a flag says otherwise.
fn flavor(engine: Option<Engine>, variable: Option<&Variable>) -> Flavor {
    match engine {
        Some(Engine::Sqlite) => Flavor::Sqlite,
        Some(Engine::Postgres) => Flavor::Postgres,
        None => variable.map_or(Flavor::Postgres, |variable| variable.flavor),
    }
}

/// The one folder of migrations below `from`, or the one to be made.
fn migrations(root: &Path, from: &Path, flavor: Flavor) -> Result<Migrations, Error> {
    let Survey { ours, empty, foreign } = survey(from);
    if let (Some(found), []) = (wrapped::find(from), ours.as_slice()) {
        return wrap(root, from, &found);
    }
    // Whoever points at the very folder means that folder, whatever else is below it.
    let named = ours.iter().find(|path| path.as_path() == from);
    match (named, ours.as_slice(), foreign.as_slice(), empty.as_slice()) {
        (Some(path), ..) | (None, [path], [], _) => adopt(root, path, flavor),
        (None, _, [_, ..], _) => Err(others(root, &ours, &foreign)),
        (None, [_, ..], [], _) => Err(several(root, &ours)),
        (None, [], [], [path]) => Ok(Migrations {
            dir: relative(root, path),
            dialect: "mainstay",
            layouts: "mainstay".to_owned(),
            count: Some(0),
            runner: Vec::new(),
        }),
        _ if root != from => Err(Error::new(ErrorKind::Usage, format!("{} has no migrations", from.display()))
            .hint("begin with none: mainstay init")),
        _ => Ok(Migrations {
            dir: "migrations".to_owned(),
            dialect: "mainstay",
            layouts: "mainstay".to_owned(),
            count: None,
            runner: Vec::new(),
        }),
    }
}

/// Folder first, so that a `mainstay.toml` never names one that could not be made.
fn write(file: &Path, text: &str, root: &Path, migrations: &Migrations) -> Result<(), Error> {
    if migrations.count.is_some() {
        return write_new(file, text);
    }
    let folder = root.join(&migrations.dir);
    std::fs::create_dir(&folder).map_err(|error| Error::io("make the folder", &folder, error))?;
    write_new(file, text).inspect_err(|_| {
        let _ = std::fs::remove_dir(&folder);
    })
}

fn report(context: &Context, migrations: &Migrations, variable: Option<&Variable>, config: String) -> Written {
    let mut found = Vec::new();
    let mut wrote = vec![CONFIG_FILE.to_owned()];
    match migrations.count {
        Some(count) => {
            let count = words::plural(count, "migration");
            found.push(format!("{}: {count}, {}'s layout", slashed(&migrations.dir), migrations.layouts));
        }
        None => wrote.push(slashed(&migrations.dir)),
    }
    found.extend(variable.map(|variable| format!(".env: {} names the database", variable.name)));
    let next = match migrations.count {
        Some(1..) => "mainstay conn test, then mainstay status",
        _ => "mainstay migrate new create_tables, then mainstay prepare",
    };
    Written { found, wrote, dry_run: context.globals.dry_run, next: next.to_owned(), config }
}

fn lines(written: &Written) -> String {
    let found = written.found.iter().map(|what| format!("found {what}\n"));
    let verb = if written.dry_run { "would write" } else { "wrote" };
    let wrote = written.wrote.iter().map(|what| format!("{verb} {what}\n"));
    let rest = match written.dry_run {
        true => format!("\n{}", written.config),
        false => format!("next: {}\n", written.next),
    };
    found.chain(wrote).chain([rest]).collect()
}

/// The variable of `.env` that names the database: one that every command reads anyway, else one that holds a URL.
fn variable(folder: &Path) -> Result<Option<Variable>, Error> {
    let dotenv = Project { root: folder.to_owned(), file: None }.dotenv(&Config::default())?;
    let url = |value: &str| match value {
        value if value.starts_with("sqlite:") => Some(Flavor::Sqlite),
        value => {
            let scheme = value.split_once("://")?.0.split('+').next()?;
            matches!(scheme, "postgres" | "postgresql").then_some(Flavor::Postgres)
        }
    };
    let mut urls: Vec<Variable> = dotenv
        .pairs
        .iter()
        .filter_map(|(name, value)| Some(Variable { flavor: url(value)?, name: name.clone() }))
        .collect();
    urls.sort_by_key(|variable| variable.name != "DATABASE_URL");
    match urls.as_slice() {
        [one, other, ..] if one.name != "DATABASE_URL" => {
            Err(Error::new(ErrorKind::Usage, format!(".env names two databases: {} and {}", one.name, other.name))
                .hint("name the service's own DATABASE_URL there"))
        }
        _ => Ok(urls.into_iter().next()),
    }
}

/// The service's name as a folder's name gives it: what can be a role's and a file's name too.
fn name_of(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    match name.trim_matches('_') {
        "" => "service".to_owned(),
        name => name.to_owned(),
    }
}

/// `path` as `mainstay.toml` in `root` names it: relative where they lie close together, else whole.
fn relative(root: &Path, path: &Path) -> String {
    for (up, ancestor) in root.ancestors().take(3).enumerate().filter(|(_, ancestor)| ancestor.parent().is_some()) {
        if let Ok(below) = path.strip_prefix(ancestor) {
            let steps = std::iter::repeat_n("..".as_ref(), up).chain(below.iter());
            let found: PathBuf = steps.collect();
            return if found.as_os_str().is_empty() { ".".to_owned() } else { found.to_string_lossy().into_owned() };
        }
    }
    path.to_string_lossy().into_owned()
}

fn slashed(dir: &str) -> String {
    format!("{}/", dir.trim_end_matches('/'))
}

fn already(file: &Path) -> Error {
    Error::new(ErrorKind::Refused, format!("{} is there already, and init overwrites nothing", file.display()))
        .hint("see what it says: mainstay config show")
        .hint("see where the database stands: mainstay status")
}

fn several(root: &Path, ours: &[PathBuf]) -> Error {
    let names: Vec<String> = ours.iter().map(|path| slashed(&relative(root, path))).collect();
    Error::new(ErrorKind::Refused, format!("there are several folders of migrations: {}", names.join(", ")))
        .hint(format!("choose one: mainstay init --from {}", names[0]))
}

fn others(root: &Path, ours: &[PathBuf], foreign: &[(&'static str, PathBuf)]) -> Error {
    let mut tools: Vec<String> =
        foreign.iter().map(|(tool, path)| format!("{tool}'s ({})", relative(root, path))).collect();
    tools.dedup_by(|a, b| a.split(' ').next() == b.split(' ').next());
    let error = Error::new(
        ErrorKind::Refused,
        format!("the migrations here are {}, which this folder cannot be set up for", tools.join(" and ")),
    );
    let runs = foreign.iter().find(|(tool, _)| matches!(*tool, "Alembic" | "Django"));
    if let (None, Some((_, mark))) = (ours.first(), runs) {
        let folder = mark.parent().map(|folder| relative(root, folder)).unwrap_or_default();
        return error.hint(format!("set up the folder that they are run in: cd {folder} && mainstay init"));
    }
    match ours.first() {
        Some(path) => {
            error.hint(format!("adopt one folder by its name: mainstay init --from {}", relative(root, path)))
        }
        None => error.hint(
            "leave them to that tool; without a mainstay.toml, mainstay conn test and conn show work as they are",
        ),
    }
}
