//! The safety copies that are kept.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::conn::Target;
use crate::error::{Error, Result};

use super::safety::name_parts;

/// The safety copies of one database in one folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct KeptCopies {
    /// How many there are.
    pub count: usize,
    /// Their size in all, in bytes.
    pub bytes: u64,
    /// The newest.
    pub newest: Option<KeptCopy>,
}

/// A safety copy that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeptCopy {
    /// Its file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was taken, ISO 8601 in UTC.
    pub at: String,
}

/// The copies of `target` in `folder`, by the names that [`safety_copy`](super::safety_copy) gives; other files, and copies of
/// other databases, are not counted. No folder means no copies.
///
/// # Errors
/// The folder cannot be read.
pub fn kept_copies(target: &Target, folder: &Path) -> Result<KeptCopies> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(KeptCopies::default()),
        Err(error) => return Err(Error::io("read the folder", folder, error)),
    };
    let mut kept = KeptCopies::default();
    for entry in entries {
        let entry = entry.map_err(|error| Error::io("read the folder", folder, error))?;
        let Some(at) = entry.file_name().to_str().and_then(|name| taken_at(target, name)) else { continue };
        // Pruned since the folder was listed: no copy any more.
        let Ok(metadata) = entry.metadata() else { continue };
        kept.count += 1;
        kept.bytes += metadata.len();
        if kept.newest.as_ref().is_none_or(|newest| newest.at < at) {
            kept.newest = Some(KeptCopy { path: entry.path(), bytes: metadata.len(), at });
        }
    }
    Ok(kept)
}

/// When the copy called `name` was taken, if it is one of `target`: its label is `YYYYMMDDTHHMMSSZ`.
fn taken_at(target: &Target, name: &str) -> Option<String> {
    let (database, extension) = name_parts(target);
    let label = name.strip_prefix(&database)?.strip_prefix('-')?.strip_suffix(extension)?.strip_suffix('.')?;
    // The second copy within a second has a number: `YYYYMMDDTHHMMSSZ-2`.
    let label = match label.split_once('-') {
        Some((label, number)) if number.parse::<u32>().is_ok() => label,
        _ => label,
    };
    let shape = b"ddddddddTddddddZ";
    let fits = label.len() == shape.len()
        && label.bytes().zip(shape).all(|(byte, wanted)| match wanted {
            b'd' => byte.is_ascii_digit(),
            other => byte == *other,
        });
    fits.then(|| {
        let part = |from: usize, to: usize| &label[from..to];
        let (date, time) = ([part(0, 4), part(4, 6), part(6, 8)], [part(9, 11), part(11, 13), part(13, 15)]);
        format!("{}T{}Z", date.join("-"), time.join(":"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conn::SqliteTarget;

    #[test]
    fn only_copies_of_this_database_count() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::Sqlite(SqliteTarget { path: "/srv/walt.db".into() });
        let names = [
            "walt-20260101T000000Z.sqlite3",
            "walt-20261120T093000Z.sqlite3",
            "walt-20260101T000000Z-2.sqlite3",
            "walt-20261121T093000Z.sqlite3.part",
            "walt-prod-20261122T093000Z.sqlite3",
            "walt-20261122T093000Z.dump",
            "walt-latest.sqlite3",
            "notes.txt",
        ];
        for name in names {
            std::fs::write(folder.path().join(name), "12345").unwrap();
        }
        let kept = kept_copies(&target, folder.path()).unwrap();
        assert_eq!((kept.count, kept.bytes), (3, 15));
        let newest = kept.newest.unwrap();
        assert_eq!((newest.path, newest.at), (folder.path().join(names[1]), "2026-11-20T09:30:00Z".to_owned()));
        assert_eq!(kept_copies(&target, &folder.path().join("nowhere")).unwrap(), KeptCopies::default());
    }
}
