//! The safety copies that are kept, and those that are given up.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::config::Keep;
use crate::conn::Target;
use crate::error::{Error, Result};
use crate::retention::{Candidate, judge};

use super::safety::{OURS, name_parts};

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

/// A safety copy by its name.
struct Named {
    copy: KeptCopy,
    /// Whether nobody but us names a file so.
    ours: bool,
}

/// The copies of `target` in `folder`, by the names that [`safety_copy`](super::safety_copy) gives and has given; other files, and
/// copies of other databases, are not counted. No folder means no copies.
///
/// # Errors
/// The folder cannot be read.
pub fn kept_copies(target: &Target, folder: &Path) -> Result<KeptCopies> {
    let mut kept = KeptCopies::default();
    for Named { copy, .. } in named(target, folder)? {
        kept.count += 1;
        kept.bytes += copy.bytes;
        if kept.newest.as_ref().is_none_or(|newest| newest.at < copy.at) {
            kept.newest = Some(copy);
        }
    }
    Ok(kept)
}

/// Removes the copies of `target` in `folder` that no rule of `keep` keeps; their paths. `taken`, the one of this run, stays. Only
/// what has a name that we alone give is looked at: a file that a person has named is that person's.
///
/// # Errors
/// The folder cannot be read; a copy cannot be removed.
pub(crate) fn prune_copies(target: &Target, folder: &Path, keep: Keep, taken: &Path) -> Result<Vec<PathBuf>> {
    let copies: Vec<KeptCopy> =
        named(target, folder)?.into_iter().filter(|named| named.ours).map(|named| named.copy).collect();
    let candidate = |copy: &KeptCopy| {
        let (id, taken) = (copy.path.display().to_string(), copy.at.parse().ok()?);
        Some(Candidate { id, taken, complete: true, proven: false, refuted: false })
    };
    let candidates: Vec<Candidate> = copies.iter().filter_map(candidate).collect();
    let goes = |copy: &&KeptCopy| copy.path != taken;
    let given_up: Vec<String> = judge(&candidates, keep)
        .into_iter()
        .filter(|judged| judged.reasons.is_empty())
        .map(|judged| judged.id)
        .collect();
    let mut removed = Vec::new();
    for copy in copies.iter().filter(goes).filter(|copy| given_up.contains(&copy.path.display().to_string())) {
        match std::fs::remove_file(&copy.path) {
            Ok(()) => removed.push(copy.path.clone()),
            // Another instance has pruned too.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(Error::io("remove", &copy.path, error)),
        }
    }
    Ok(removed)
}

fn named(target: &Target, folder: &Path) -> Result<Vec<Named>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("read the folder", folder, error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| Error::io("read the folder", folder, error))?;
        let Some((at, ours)) = entry.file_name().to_str().and_then(|name| taken_at(target, name)) else { continue };
        // Pruned since the folder was listed: no copy any more. A link or a folder is none either.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_file() {
            found.push(Named { copy: KeptCopy { path: entry.path(), bytes: metadata.len(), at }, ours });
        }
    }
    Ok(found)
}

/// When the copy called `name` was taken, if it is one of `target`: its label is `YYYYMMDDTHHMMSSZ`. And whether only we give such
/// names; up to 0.1 they were as a person's are who dumps by date.
fn taken_at(target: &Target, name: &str) -> Option<(String, bool)> {
    let (database, extension) = name_parts(target);
    let rest = name.strip_prefix(&database)?;
    let (label, ours) = match rest.strip_prefix(OURS) {
        Some(label) => (label, true),
        None => (rest.strip_prefix('-')?, false),
    };
    let label = label.strip_suffix(extension)?.strip_suffix('.')?;
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
        (format!("{}T{}Z", date.join("-"), time.join(":")), ours)
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
            "walt.before-20261120T093000Z.sqlite3",
            "walt.before-20260101T000000Z-2.sqlite3",
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

    #[test]
    fn only_what_we_alone_name_so_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::Sqlite(SqliteTarget { path: "/srv/walt.db".into() });
        let write = |name: &str| std::fs::write(folder.path().join(name), "12345").unwrap();
        let people = [
            "walt-20250101T000000Z.sqlite3",
            "walt-20250102T000000Z.sqlite3",
            "walt.before-20250103T000000Z.sqlite3.kept",
            "walt.before-the-party.sqlite3",
            "walt.before-20250104T000000Z.dump",
            "other.before-20250105T000000Z.sqlite3",
        ];
        people.iter().for_each(|name| write(name));
        std::fs::create_dir(folder.path().join("walt.before-20250106T000000Z.sqlite3")).unwrap();
        let ours = |day: u32| format!("walt.before-202611{day:02}T093000Z.sqlite3");
        (1..=9).for_each(|day| write(&ours(day)));
        std::os::unix::fs::symlink(folder.path().join(people[0]), folder.path().join(ours(10))).unwrap();

        let names = || {
            let entries = std::fs::read_dir(folder.path()).unwrap();
            let mut names: Vec<String> =
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        let all = names();
        let none = prune_copies(&target, folder.path(), Keep::default(), Path::new("")).unwrap();
        assert_eq!((none, names()), (Vec::new(), all.clone()), "no rules: all stay");
        // The one of this run stays, though two newer ones have come meanwhile.
        let keep = Keep { last: 2, ..Keep::default() };
        let removed = prune_copies(&target, folder.path(), keep, &folder.path().join(ours(7))).unwrap();
        let mut gone: Vec<String> =
            removed.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
        gone.sort();
        assert_eq!(gone, (1..=6).map(ours).collect::<Vec<_>>());
        let left: Vec<String> = all.into_iter().filter(|name| !gone.contains(name)).collect();
        assert_eq!(names(), left);
    }
}
