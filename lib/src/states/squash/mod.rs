//! A long history as one migration: `migrate squash`.
//!
//! The history runs in a scratch; what it has made there, schema and rows, is written as one script by the engine's own means.
//! That script runs in another scratch, and only where both are the same, object by object and row by row, is anything written.

mod fit;
#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::catalog::{Catalog, Scope};
use crate::conn::Target;
use crate::dialect::{Migration, NewFile, Script, Version};
use crate::disk::{self, SourceFile};
use crate::error::{Error, ErrorClass, ErrorKind, Result};
use crate::migrate::Folder;
use crate::sql::{Flavor, Statement, split};

use super::compare::Measure;
use super::replay::foreign_extensions;
use super::rows::Rows;
use super::stage::silent;
use super::standing::Unchecked;
use super::{Stage, States};
use fit::{goal, refuse_pending, refuse_unfit};

/// How many versions a line of the directive holds.
const VERSIONS_PER_LINE: usize = 6;

/// How many differences a message shows.
const SHOWN: usize = 20;

/// The same files made both, but for the texts of one of them: everything counts.
const MEASURE: Measure = Measure { rights: true, others: true, extensions: true };

/// One migration that stands for many, proven and not yet written.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Squash {
    /// The baseline's file in the folder.
    pub file: PathBuf,
    /// Its text.
    #[serde(skip)]
    pub text: String,
    /// How many statements it has.
    pub statements: usize,
    /// The tables whose rows it brings, and how many.
    pub rows: Vec<(String, usize)>,
    /// The versions that it replaces.
    pub versions: Vec<Version>,
    /// The files that go, both ways of each.
    pub old: Vec<PathBuf>,
    /// Where both were run, for people.
    pub place: String,
    /// Why nobody knows whether the project's database has had all of them.
    #[serde(skip)]
    pub unchecked: Option<Unchecked>,
}

/// What was found in a scratch.
struct Found {
    catalog: Catalog,
    rows: Rows,
}

impl States {
    /// Makes one migration of those up to `to`, or of all that the project's database has had. Nothing is written.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: the project's database has not had all of them; the folder is another tool's, which could not go on;
    /// a script has to do with roles or other databases, which are in no dump. [`ErrorKind::NotFound`]: there is no such version.
    /// [`ErrorKind::Usage`]: there is nothing to squash. [`ErrorKind::Verification`]: ledger and files disagree, or the baseline
    /// does not make the same.
    pub async fn squash(&self, to: Option<&Version>) -> Result<Squash> {
        let (dialect, standing, unchecked) = self.standing().await?;
        let folder = Folder::read(&self.migrations, &dialect, self.flavor)?;
        let to = goal(to, standing.as_ref(), &folder)?;
        let squashed: Vec<&Migration> = folder.migrations.iter().filter(|one| one.version <= to).collect();
        refuse_unfit(&folder, &squashed)?;
        if let Some(standing) = &standing {
            refuse_pending(standing, &squashed, &to)?;
        }
        let like = self.like().await?;
        let versions: Vec<Version> = squashed.iter().map(|one| one.version.clone()).collect();
        let history = folder.only(&versions)?;
        let foreign = foreign_extensions(&history, &like);

        let stage = self.replayed(&folder, &versions, &like).await?;
        let place = stage.place();
        let made = self.written(&stage, &history, &foreign).await;
        let (script, expected) = match made {
            Ok(made) => made,
            Err(error) => return stage.close().await.and(Err(error)),
        };
        let text = format!("{}{script}", head(&squashed));
        let file = NewFile { name: format!("{to}_baseline.up.sql"), text };
        let proven = self.proven(&stage, &folder, &squashed, &file, &like, &expected).await;
        stage.close().await?;
        proven?;

        let scripts = squashed.iter().flat_map(|one| [Some(&one.up), one.down.as_ref()]).flatten();
        Ok(Squash {
            file: folder.path.join(&file.name),
            statements: split(&file.text, folder.flavor).map_or(0, |statements| statements.len()),
            text: file.text,
            rows: expected.rows.counts().map(|(name, count)| (name.to_owned(), count)).collect(),
            old: scripts.map(|script| PathBuf::from(&script.file)).collect(),
            versions,
            place,
            unchecked,
        })
    }

    /// What is in the project's database, for the extensions that an administrator made there; nothing where it cannot be asked.
    async fn like(&self) -> Result<Catalog> {
        let Some(home @ Target::Postgres(_)) = &self.home else { return Ok(Catalog::default()) };
        match self.connect_as_owner(home).await {
            Ok(mut session) => {
                let catalog = session.catalog(Scope::Structure).await;
                session.close().await;
                catalog
            }
            Err(error) if error.kind().class() == ErrorClass::Connect => Ok(Catalog::default()),
            Err(error) => Err(error),
        }
    }

    /// What the history has made in `stage`, as a script and as it was found.
    async fn written(&self, stage: &Stage, history: &Folder, foreign: &[String]) -> Result<(String, Found)> {
        let found = self.found(stage).await?;
        if found.rows.large_objects() {
            return Err(Error::new(ErrorKind::Refused, "the migrations make large objects, which no script can bring")
                .hint("squash what comes before them: mainstay migrate squash --to VERSION"));
        }
        let script = match stage.target() {
            #[cfg(feature = "postgres")]
            Target::Postgres(target) => {
                let forced = postgres::forced(&found.catalog);
                self.each(stage, postgres::forcing(&forced, false)).await?;
                let dump = self.pg_dump(target, true).await?;
                self.each(stage, postgres::forcing(&forced, true)).await?;
                postgres::script(&dump, &forced, &target.user, self.owner.as_deref(), foreign)
            }
            _ => {
                let _ = foreign;
                let mut session = self.enter(stage, &silent(&self.context)).await?;
                let script = sqlite::script(session.as_mut(), history.flavor).await;
                session.close().await;
                script?
            }
        };
        Ok((script, found))
    }

    async fn found(&self, stage: &Stage) -> Result<Found> {
        let mut session = self.enter(stage, &silent(&self.context)).await?;
        let catalog = session.catalog(Scope::Structure).await;
        session.close().await;
        let catalog = catalog?;
        #[cfg(feature = "postgres")]
        self.each(stage, postgres::forcing(&postgres::forced(&catalog), false)).await?;
        let mut session = self.enter(stage, &silent(&self.context)).await?;
        let rows = Rows::read(session.as_mut()).await;
        session.close().await;
        #[cfg(feature = "postgres")]
        self.each(stage, postgres::forcing(&postgres::forced(&catalog), true)).await?;
        Ok(Found { catalog, rows: rows? })
    }

    /// Runs statements in `stage`.
    #[cfg(feature = "postgres")]
    async fn each(&self, stage: &Stage, statements: Vec<String>) -> Result<()> {
        if statements.is_empty() {
            return Ok(());
        }
        let mut session = self.enter(stage, &silent(&self.context)).await?;
        let done = session.query(&statements.join("; ")).await;
        session.close().await;
        done.map(drop)
    }

    /// Runs the baseline in a scratch of its own, and compares that with what the history made in `stage`.
    async fn proven(
        &self,
        stage: &Stage,
        folder: &Folder,
        squashed: &[&Migration],
        file: &NewFile,
        like: &Catalog,
        expected: &Found,
    ) -> Result<()> {
        let is_old = |path: &Path| {
            let scripts = squashed.iter().flat_map(|one| [Some(&one.up), one.down.as_ref()]);
            scripts.flatten().any(|script: &Script| Path::new(&script.file) == path)
        };
        let mut files = Folder::files(&folder.path)?;
        files.retain(|one| !is_old(&one.path));
        let bytes = file.text.clone().into_bytes().into();
        files.push(SourceFile { name: file.name.clone(), path: folder.path.join(&file.name), bytes });
        let after = Folder::from_files(&folder.path, files, folder.dialect.name(), folder.flavor)?;
        let to = squashed[squashed.len() - 1].version.clone();
        let baseline = self.replayed(&after, &[to], like).await.map_err(|error| {
            error.context("the baseline does not run, so nothing was written").of_kind(ErrorKind::Verification)
        })?;
        let found = self.found(&baseline).await;
        baseline.close().await?;
        let found = found?;
        // The history's scratch has served, so its expressions may be made again there.
        let drift = self.compared(stage, &found.catalog, folder.flavor, MEASURE).await?;
        let rows = expected.rows.differences(&found.rows);
        let mut told: Vec<String> = drift.iter().map(ToString::to_string).collect();
        told.extend(rows.iter().map(ToString::to_string));
        if told.is_empty() {
            return Ok(());
        }
        told.truncate(SHOWN);
        Err(Error::new(ErrorKind::Verification, "the baseline does not make what the migrations make")
            .source(told.join("\n"))
            .hint("nothing was written; squash what comes before: mainstay migrate squash --to VERSION"))
    }
}

impl Squash {
    /// Writes the baseline, then takes the old files away: into the folder `keep`, or for good.
    ///
    /// # Errors
    /// `keep` lies in the migrations folder ([`ErrorKind::Usage`]); a file cannot be written, moved or removed.
    pub fn write(&self, keep: Option<&Path>) -> Result<()> {
        if let Some(keep) = keep {
            let folder = self.file.parent().unwrap_or(Path::new("."));
            let (inside, folder) = (absolute(keep), absolute(folder));
            if inside.starts_with(&folder) {
                let message = format!("{} lies in the migrations folder, where files are migrations", keep.display());
                return Err(Error::new(ErrorKind::Usage, message)
                    .hint("name a folder beside it: mainstay migrate squash --keep old-migrations"));
            }
            disk::make_folder(keep)?;
            if let Some(taken) = self.old.iter().map(|old| keep.join(name(old))).find(|path| path.exists()) {
                return Err(Error::new(ErrorKind::Usage, format!("{} is there already", taken.display()))
                    .hint("name an empty folder: mainstay migrate squash --keep FOLDER"));
            }
        }
        disk::write_new(&self.file, &self.text)?;
        for old in &self.old {
            let gone = match keep {
                Some(keep) => std::fs::rename(old, keep.join(name(old))).map_err(|e| Error::io("move", old, e)),
                None => std::fs::remove_file(old).map_err(|e| Error::io("remove", old, e)),
            };
            gone.map_err(|error| {
                error.hint(format!("the baseline is written: take {} and what is left of them away", old.display()))
            })?;
        }
        Ok(())
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

fn name(path: &Path) -> &std::ffi::OsStr {
    path.file_name().unwrap_or_default()
}

/// What stands at the head of a baseline: what it is, and what it replaces. A baseline among the squashed brings its lists.
fn head(squashed: &[&Migration]) -> String {
    let titles = (squashed[0].title(), squashed[squashed.len() - 1].title());
    let mut text = format!("-- What {} migrations make, {} to {}.\n", squashed.len(), titles.0, titles.1);
    let before = squashed.iter().flat_map(|one| one.up.directives.replaces.iter().cloned());
    let own = squashed.iter().map(|one| one.version.clone()).collect();
    for list in before.chain([own]) {
        let lines: Vec<String> = list
            .chunks(VERSIONS_PER_LINE)
            .map(|some| some.iter().map(Version::as_str).collect::<Vec<_>>().join(", "))
            .collect();
        text += &format!("-- mainstay: replaces {}\n", lines.join(",\n-- mainstay: replaces "));
    }
    text.push('\n');
    text
}

/// Statements as a script.
fn joined<'a>(statements: impl IntoIterator<Item = &'a str>) -> String {
    statements.into_iter().map(|statement| format!("{statement};\n\n")).collect()
}

/// The statements of a text that an engine has printed itself.
fn statements(text: &str, flavor: Flavor) -> Vec<Statement<'_>> {
    split(text, flavor).unwrap_or_default()
}
