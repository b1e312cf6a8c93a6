//! The configuration comes along: what is in the old data folder and is not PostgreSQL's own.

use std::collections::BTreeSet;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use crate::error::{Error, Result};
use crate::tool::give_like;

/// What both versions have by these names, and the old one's is taken.
const TAKEN: [&str; 4] = ["postgresql.conf", "postgresql.auto.conf", "pg_hba.conf", "pg_ident.conf"];

/// What a server leaves in its data folder that is of that server alone.
const LEFT: [&str; 12] = [
    "postmaster.pid",
    "postmaster.opts",
    "current_logfiles",
    "backup_label",
    "backup_label.old",
    "tablespace_map",
    "tablespace_map.old",
    "backup_manifest",
    "standby.signal",
    "recovery.signal",
    "server.log",
    "lost+found",
];

/// Copies what people have put into the data folder `old` into `new`, which initdb has just made; the folder `logs` stays.
pub(super) fn configuration(old: &Path, new: &Path, logs: &str) -> Result<()> {
    let made: BTreeSet<_> = entries(new)?.into_iter().collect();
    for name in entries(old)? {
        let theirs = name.starts_with("pg_") && !TAKEN.contains(&name.as_str());
        let is_log = old.join(&name) == old.join(logs) || name == "log";
        if TAKEN.contains(&name.as_str())
            || !(made.contains(&name) || theirs || is_log || LEFT.contains(&name.as_str()))
        {
            copy(&old.join(&name), &new.join(&name), new)?;
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<String>> {
    let read = std::fs::read_dir(folder).map_err(|error| Error::io("read", folder, error))?;
    Ok(read.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

/// A file, a link or a folder, rights and all, for the owner of `like`.
fn copy(from: &Path, to: &Path, like: &Path) -> Result<()> {
    let fails = |error| Error::io("copy", from, error);
    let about = from.symlink_metadata().map_err(fails)?;
    if about.is_symlink() {
        let target = std::fs::read_link(from).map_err(fails)?;
        let _ = std::fs::remove_file(to);
        return std::os::unix::fs::symlink(target, to).map_err(fails);
    }
    if about.is_dir() {
        std::fs::create_dir_all(to).map_err(fails)?;
        for name in entries(from)? {
            copy(&from.join(&name), &to.join(&name), like)?;
        }
    } else if about.is_file() {
        std::fs::copy(from, to).map_err(fails)?;
    } else {
        return Ok(());
    }
    let mut rights = about.permissions();
    let owner = like.metadata().map_err(fails)?.uid();
    if about.uid() != owner {
        // A key of root's that the server reads as a group's is refused as its own, unless nobody else may read it.
        rights.set_mode(rights.mode() & 0o700);
    }
    std::fs::set_permissions(to, rights).map_err(fails)?;
    give_like(to, like)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_have_put_there_comes_along_and_what_a_server_wrote_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        for path in ["old/base/1", "old/conf.d", "old/log", "old/journal", "old/pg_clog", "new/base/1", "new/pg_wal"] {
            std::fs::create_dir_all(folder.path().join(path)).unwrap();
        }
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("old/postgresql.conf", "old");
        write("new/postgresql.conf", "new");
        write("old/conf.d/a.conf", "a");
        write("old/server.key", "key");
        write("old/PG_VERSION", "15");
        write("new/PG_VERSION", "18");
        write("old/postmaster.pid", "1");
        write("old/log/x.log", "said");
        write("old/pg_clog/0", "");
        std::os::unix::fs::symlink("server.key", old.join("linked")).unwrap();
        std::fs::set_permissions(old.join("server.key"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        // Without root nobody has to become another user, and as root the folder belongs to somebody else.
        let given = std::os::unix::fs::chown(&new, Some(65_534), Some(65_534));
        configuration(&old, &new, "log").unwrap();
        let read = |name: &str| std::fs::read_to_string(new.join(name)).ok();
        assert_eq!(read("postgresql.conf").as_deref(), Some("old"));
        assert_eq!(read("conf.d/a.conf").as_deref(), Some("a"));
        assert_eq!(read("linked").as_deref(), Some("key"));
        assert_eq!(read("PG_VERSION").as_deref(), Some("18"));
        assert!(new.join("journal").is_dir());
        for name in ["postmaster.pid", "log", "pg_clog"] {
            assert!(!new.join(name).exists(), "{name}");
        }
        let rights = std::os::unix::fs::MetadataExt::mode(&new.join("server.key").metadata().unwrap()) & 0o777;
        assert_eq!((rights, given.is_ok()), (0o600, given.is_ok()));
    }
}
