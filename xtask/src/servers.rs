//! PostgreSQL's server programs: found, or installed where that is allowed, or a line to type.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{debian, repo};

/// What the tests start.
const PROGRAMS: [&str; 6] = ["initdb", "postgres", "pg_ctl", "psql", "pg_dump", "pg_restore"];

/// A folder with every program that the tests need; installs Debian's `postgresql` when there is none and it may.
///
/// # Errors
/// There is none and it cannot be installed from here: the sentence is the line to type.
pub fn ensure() -> Result<PathBuf, String> {
    if let Some(folder) = find() {
        return Ok(folder);
    }
    install()?;
    find().ok_or_else(|| format!("installed postgresql, but no folder has all of {}", PROGRAMS.join(", ")))
}

fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = folders_of_path(&path);
    folders.extend(pg_config_bindir());
    folders.extend(versioned(Path::new("/usr/lib/postgresql"), "", "bin"));
    folders.extend(versioned(Path::new("/usr"), "pgsql-", "bin"));
    folders.into_iter().find(|folder| is_complete(folder))
}

/// The real folders of the `postgres` programs on PATH: behind a symbolic link stands the whole set.
fn folders_of_path(path: &OsStr) -> Vec<PathBuf> {
    let real = |folder: PathBuf| folder.join("postgres").canonicalize().ok()?.parent().map(Path::to_path_buf);
    std::env::split_paths(path).filter_map(real).collect()
}

fn pg_config_bindir() -> Option<PathBuf> {
    repo::output(Command::new("pg_config").arg("--bindir")).ok().map(|folder| folder.trim().into())
}

/// `parent/{prefix}{version}/{inner}` for every version there, newest first.
fn versioned(parent: &Path, prefix: &str, inner: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(parent) else { return Vec::new() };
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            let version = name.strip_prefix(prefix)?.split('.').next()?.parse().ok()?;
            Some((version, parent.join(&name).join(inner)))
        })
        .collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, folder)| folder).collect()
}

fn is_complete(folder: &Path) -> bool {
    PROGRAMS.iter().all(|program| folder.join(program).is_file())
}

fn install() -> Result<(), String> {
    debian::install("postgresql", "the tests need PostgreSQL's server programs, and none are on this machine")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(folder: &Path, names: &[&str]) {
        std::fs::create_dir_all(folder).unwrap();
        for name in names {
            std::fs::write(folder.join(name), "").unwrap();
        }
    }

    #[test]
    fn the_newest_version_comes_first_by_number() {
        let dir = tempfile::tempdir().unwrap();
        for version in ["9.6", "15", "10", "doc"] {
            touch(&dir.path().join(version).join("bin"), &[]);
        }
        let found = versioned(dir.path(), "", "bin");
        let expected: Vec<_> = ["15", "10", "9.6"].iter().map(|v| dir.path().join(v).join("bin")).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_link_on_path_leads_to_the_real_folder() {
        let dir = tempfile::tempdir().unwrap();
        let real = dir.path().canonicalize().unwrap().join("real");
        let linked = dir.path().join("linked");
        touch(&real, &PROGRAMS);
        touch(&linked, &[]);
        std::os::unix::fs::symlink(real.join("postgres"), linked.join("postgres")).unwrap();
        assert_eq!(folders_of_path(linked.as_os_str()), std::slice::from_ref(&real));
        assert!(is_complete(&real));
        assert!(!is_complete(&linked));
    }
}
