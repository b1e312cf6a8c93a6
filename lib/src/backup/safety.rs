//! The safety copy: taken before migrations and read back whole; a backup like any other where there is a place for backups, else
//! one file.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::conn::Target;
use crate::disk::{self, Part};
use crate::engine::{Context, Session};
use crate::error::{Error, ErrorKind, Result};

/// The way on without a copy.
const WITHOUT: &str = "without a copy, at your own risk: [migrations] backup = \"never\" in mainstay.toml";

/// A safety copy that was read back whole.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SafetyCopy {
    /// The backup that it is, for `restore`; `None` for a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its file; where the backup lies.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// How long taking and checking it took.
    pub seconds: f64,
    /// Older copies that were removed afterwards, by the rules for keeping them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<PathBuf>,
}

impl SafetyCopy {
    /// What `restore` knows it by.
    pub fn name(&self) -> String {
        self.id.clone().unwrap_or_else(|| self.path.display().to_string())
    }
}

/// Takes backups to where they are configured to lie.
#[cfg(feature = "backup")]
#[async_trait::async_trait]
pub trait TakesBackups: Send + Sync {
    /// Takes one, which is there and read back once this returns.
    ///
    /// # Errors
    /// Anything that is less than a whole backup.
    async fn take(&self) -> Result<super::Taken>;

    /// Removes one that it has taken.
    ///
    /// # Errors
    /// It cannot be removed, or has been proven since: it stays.
    async fn give_up(&self, id: &str) -> Result<()>;
}

/// Takes a backup as the safety copy.
///
/// # Errors
/// The backup could not be taken: nothing is left behind.
#[cfg(feature = "backup")]
pub async fn safety_backup(backups: &dyn TakesBackups) -> Result<SafetyCopy> {
    let taken = backups.take().await.map_err(|error| {
        error
            .context("the safety copy could not be taken, so nothing was changed")
            .hint("try it alone: mainstay backup create")
            .hint("another place: [backup] to = \"FOLDER\" in mainstay.toml")
            .hint(WITHOUT)
    })?;
    let path = Path::new(&taken.store).join(&taken.manifest.id);
    Ok(SafetyCopy {
        id: Some(taken.manifest.id),
        path,
        bytes: taken.bytes,
        seconds: taken.seconds,
        removed: Vec::new(),
    })
}

/// Takes a copy of `target` into `folder` (made if missing) and decodes it whole. `session` is an open session on it;
/// `search_path` is PATH, for finding pg_dump; `label` (a timestamp) becomes part of the file's name.
///
/// # Errors
/// The copy could not be taken or does not read back: nothing is left behind that could pass for a copy.
pub async fn safety_copy(
    target: &Target,
    session: &mut dyn Session,
    folder: &Path,
    label: &str,
    search_path: &str,
    context: &Context,
) -> Result<SafetyCopy> {
    let started = Instant::now();
    let taken = take(target, session, folder, label, search_path, context).await;
    let (path, bytes) = taken.map_err(|error| advise(error, folder))?;
    Ok(SafetyCopy { id: None, path, bytes, seconds: started.elapsed().as_secs_f64(), removed: Vec::new() })
}

#[cfg_attr(not(feature = "postgres"), allow(unused_variables, reason = "only pg_dump needs them"))]
async fn take(
    target: &Target,
    session: &mut dyn Session,
    folder: &Path,
    label: &str,
    search_path: &str,
    context: &Context,
) -> Result<(PathBuf, u64)> {
    let mut builder = std::fs::DirBuilder::new();
    let made = builder.recursive(true).mode(0o700).create(folder);
    made.map_err(|error| Error::io("make the folder", folder, error))?;
    let part = Part::beside(&folder.join(file_name(target, label)), &format!("{}-", name_parts(target).0))?;
    let bytes = match target {
        #[cfg(feature = "postgres")]
        Target::Postgres(target) => {
            super::postgres::copy(target, session, part.path(), search_path, &context.observer).await?
        }
        #[cfg(feature = "sqlite")]
        Target::Sqlite(_) => super::sqlite::copy(session, part.path()).await?,
        #[allow(unreachable_patterns, reason = "with both engines compiled in, every target has its arm")]
        other => {
            let message = format!("this build of the library cannot copy {}", other.describe());
            return Err(Error::new(ErrorKind::Usage, message).hint("build with the feature `postgres` or `sqlite`"));
        }
    };
    let path = disk::commit_new(part.path(), names(target, folder, label))?;
    Ok((path, bytes))
}

/// What can be done about any failure: another folder, or no copy at all.
fn advise(error: Error, folder: &Path) -> Error {
    error
        .context("the safety copy could not be taken, so nothing was changed")
        .hint(format!("copies go to {}; another folder: [backup] to = \"FOLDER\" in mainstay.toml", folder.display()))
        .hint(WITHOUT)
}

/// The names a copy may get: two copies within one second differ by a number.
fn names(target: &Target, folder: &Path, label: &str) -> impl Iterator<Item = PathBuf> {
    let numbered = (2..1000).map(move |number| format!("{label}-{number}"));
    std::iter::once(label.to_owned()).chain(numbered).map(|label| folder.join(file_name(target, &label)))
}

/// Between a database's name and the moment, in names that only we give: no dump that somebody has named by date is taken for a
/// copy of ours, and no database's own name has a dot there.
pub(super) const OURS: &str = ".before-";

/// `<database>.before-<label>.dump`, or `.sqlite3`.
fn file_name(target: &Target, label: &str) -> String {
    let (database, extension) = name_parts(target);
    format!("{database}{OURS}{label}.{extension}")
}

/// What a copy's name begins with and ends in: of the database's name only letters that are harmless in a file's stay.
pub(super) fn name_parts(target: &Target) -> (String, &'static str) {
    let (database, extension) = match target {
        Target::Postgres(target) => (target.dbname.clone(), "dump"),
        Target::Sqlite(target) => {
            (target.path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), "sqlite3")
        }
    };
    let harmless = |c: char| if c.is_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' };
    (database.chars().map(harmless).collect(), extension)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conn::SqliteTarget;

    #[test]
    fn a_file_is_named_by_database_and_label_whatever_the_database_is_called() {
        let cases = [
            ("walt.db", "walt.before-1.sqlite3"),
            ("/srv/a b/my data.sqlite", "my_data.before-1.sqlite3"),
            ("größe", "größe.before-1.sqlite3"),
        ];
        for (path, name) in cases {
            assert_eq!(file_name(&Target::Sqlite(SqliteTarget { path: path.into() }), "1"), name);
        }
    }
}
