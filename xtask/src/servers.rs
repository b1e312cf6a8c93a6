//! PostgreSQL's server programs: found, or installed where that is allowed, or a line to type.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::repo;

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
    let missing = "the tests need PostgreSQL's server programs, and none are on this machine";
    if !Path::new("/usr/bin/apt-get").exists() {
        return Err(format!(
            "{missing}\nhint: install your system's PostgreSQL server package, or put its bin on PATH"
        ));
    }
    let Some(prefix) = privilege() else {
        return Err(format!("{missing}\nhint: type: sudo apt-get update && sudo apt-get install -y postgresql"));
    };
    eprintln!("installing Debian's postgresql: {missing}");
    if lists_are_empty(Path::new("/var/lib/apt/lists")) {
        apt_get(prefix, &["update"])?;
    }
    apt_get(prefix, &["install", "-y", "--no-install-recommends", "postgresql"])
}

/// What to put before a command that needs root; `None` where we may not become root without a password.
fn privilege() -> Option<&'static [&'static str]> {
    let quiet = |program: &str, args: &[&str]| {
        Command::new(program).args(args).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()
    };
    if quiet("id", &["-u"]).is_some_and(|id| id.stdout.trim_ascii() == b"0") {
        return Some(&[]);
    }
    quiet("sudo", &["-n", "true"]).filter(|output| output.status.success()).map(|_| &["sudo", "-n"][..])
}

fn lists_are_empty(folder: &Path) -> bool {
    let is_list = |name: &str| name.contains("_Packages");
    !std::fs::read_dir(folder)
        .is_ok_and(|mut entries| entries.any(|e| e.is_ok_and(|e| is_list(&e.file_name().to_string_lossy()))))
}

fn apt_get(prefix: &[&str], args: &[&str]) -> Result<(), String> {
    // `env` carries the setting through sudo, which drops our own environment.
    let line: Vec<&str> =
        prefix.iter().chain(&["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]).chain(args).copied().collect();
    let status = repo::status(Command::new(line[0]).args(&line[1..]).stdin(Stdio::null()))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed", line.join(" "))) }
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

    #[test]
    fn package_lists_count_only_when_they_list_packages() {
        let dir = tempfile::tempdir().unwrap();
        touch(dir.path(), &["lock"]);
        assert!(lists_are_empty(dir.path()));
        touch(dir.path(), &["mirror_dists_stable_main_binary-amd64_Packages.lz4"]);
        assert!(!lists_are_empty(dir.path()));
    }
}
