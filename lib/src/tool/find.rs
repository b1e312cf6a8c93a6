//! Finding PostgreSQL's own programs.

use std::cmp::Reverse;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, ErrorKind, Result};

/// A folder with PostgreSQL's programs of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binaries {
    /// The folder (never a distribution's wrapper).
    pub bin: PathBuf,
    /// Major version, 15.
    pub major: u32,
    /// Full version as printed, `15.18 (Debian 15.18-0+deb12u1)`.
    pub version: String,
}

impl Binaries {
    /// The path of one of the programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }
}

/// PostgreSQL's programs on this machine that include all of `programs`, newest first: `search_path` (the value of PATH),
/// `pg_config --bindir`, `/usr/lib/postgresql/*/bin`, `/usr/pgsql-*/bin`, `/usr/local/pgsql/bin`, Homebrew's.
///
/// # Errors
/// None is found: names the package to install.
pub fn find_binaries(search_path: &str, programs: &[&str]) -> Result<Vec<Binaries>> {
    let mut folders = path_folders(search_path, programs.first().copied().unwrap_or("postgres"));
    folders.extend(pg_config_folder(search_path));
    folders.extend(usual_folders());
    let mut found: Vec<Binaries> = Vec::new();
    for folder in folders {
        if found.iter().all(|known| known.bin != folder) {
            found.extend(look_into(&folder, programs));
        }
    }
    found.sort_by_key(|binaries| Reverse(version_key(binaries)));
    if found.is_empty() { Err(missing(programs)) } else { Ok(found) }
}

/// PostgreSQL's programs in `folder`, which must include all of `programs`.
///
/// # Errors
/// [`ErrorKind::Program`]: one of them is missing there, or does not run.
pub fn binaries_in(folder: &Path, programs: &[&str]) -> Result<Binaries> {
    let real = std::fs::canonicalize(folder).map_err(|e| Error::io("find", folder, e))?;
    look_into(&real, programs).ok_or_else(|| {
        let lacks: Vec<&str> =
            programs.iter().copied().filter(|program| !is_real_program(&real.join(program))).collect();
        let what = match lacks.is_empty() {
            true => "whose programs do not run".to_owned(),
            false => format!("which has no {}", lacks.join(", ")),
        };
        let message = format!("{} is no folder of PostgreSQL's programs: {what}", folder.display());
        Error::new(ErrorKind::Program, message)
    })
}

/// The folders that PATH's programs really are in: links are followed, since distributions link single programs.
fn path_folders(search_path: &str, program: &str) -> Vec<PathBuf> {
    let entries = search_path.split(':').map(Path::new).filter(|entry| entry.is_absolute());
    entries
        .filter_map(|entry| std::fs::canonicalize(entry.join(program)).ok())
        .filter_map(|real| real.parent().map(Path::to_path_buf))
        .collect()
}

fn pg_config_folder(search_path: &str) -> Option<PathBuf> {
    let program = search_path
        .split(':')
        .map(Path::new)
        .filter(|entry| entry.is_absolute())
        .map(|entry| entry.join("pg_config"))
        .find(|program| program.is_file())?;
    let output = Command::new(program).arg("--bindir").output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    std::fs::canonicalize(folder.trim_end()).ok()
}

/// Where Debian, Red Hat, PostgreSQL's own build and Homebrew put them.
fn usual_folders() -> Vec<PathBuf> {
    let versioned = [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/opt/homebrew/opt", "postgresql@", "bin"),
        ("/usr/local/opt", "postgresql@", "bin"),
    ];
    let mut folders = Vec::new();
    for (parent, prefix, bin) in versioned {
        let names = std::fs::read_dir(parent).into_iter().flatten().flatten().map(|entry| entry.file_name());
        let fitting = names.filter(|name| name.to_string_lossy().starts_with(prefix));
        folders.extend(fitting.map(|name| Path::new(parent).join(name).join(bin)));
    }
    folders.push("/usr/local/pgsql/bin".into());
    folders.into_iter().filter_map(|folder| std::fs::canonicalize(folder).ok()).collect()
}

/// The folder's version, if it holds all of `programs` as programs of their own.
fn look_into(folder: &Path, programs: &[&str]) -> Option<Binaries> {
    if !programs.iter().all(|program| is_real_program(&folder.join(program))) {
        return None;
    }
    let output = Command::new(folder.join(programs.first()?)).arg("--version").output().ok()?;
    let version = parse_version(&String::from_utf8(output.stdout).ok()?)?;
    Some(Binaries { bin: folder.to_path_buf(), major: leading_number(&version)?, version })
}

/// A file that is no script: wrappers choose a version by themselves.
fn is_real_program(path: &Path) -> bool {
    let mut start = [0; 2];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && &start != b"#!"
}

/// The version in `pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn parse_version(line: &str) -> Option<String> {
    let (_, version) = line.trim_end().split_once("(PostgreSQL) ")?;
    Some(version.to_owned())
}

/// The number at the start: 18 in `18beta2`.
fn leading_number(text: &str) -> Option<u32> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

fn version_key(binaries: &Binaries) -> (u32, u32) {
    let minor = binaries.version.split_once('.').and_then(|(_, rest)| leading_number(rest));
    (binaries.major, minor.unwrap_or(0))
}

fn missing(programs: &[&str]) -> Error {
    let server = programs.iter().any(|program| matches!(*program, "postgres" | "initdb" | "pg_ctl"));
    let (what, debian, redhat) = match server {
        true => ("server programs", "postgresql", "postgresql-server"),
        false => ("client programs", "postgresql-client", "postgresql"),
    };
    let message = format!("no PostgreSQL {what} are on this machine ({} not found)", programs.join(", "));
    Error::new(ErrorKind::Program, message)
        .hint(format!("Debian and Ubuntu: apt-get install {debian}"))
        .hint(format!("Fedora and Red Hat: dnf install {redhat}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_the_programs_print() {
        let cases = [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", 15, 18),
            ("pg_dump (PostgreSQL) 18beta2\n", 18, 0),
            ("initdb (PostgreSQL) 9.6.24\n", 9, 6),
        ];
        for (line, major, minor) in cases {
            let version = parse_version(line).unwrap();
            let binaries = Binaries { bin: "/".into(), major: leading_number(&version).unwrap(), version };
            assert_eq!(version_key(&binaries), (major, minor), "{line}");
        }
        assert_eq!(parse_version("psql 15"), None);
    }
}
