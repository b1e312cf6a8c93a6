//! Debian's packages, installed where that is allowed.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::repo;

/// Installs `package`, because of `missing`.
///
/// # Errors
/// This is no Debian, or we may not: the sentence is the line to type.
pub fn install(package: &str, missing: &str) -> Result<(), String> {
    if !Path::new("/usr/bin/apt-get").exists() {
        return Err(format!("{missing}\nhint: install what your system calls Debian's {package}, or put it on PATH"));
    }
    let Some(prefix) = privilege() else {
        return Err(format!("{missing}\nhint: type: sudo apt-get update && sudo apt-get install -y {package}"));
    };
    eprintln!("installing Debian's {package}: {missing}");
    if lists_are_empty(Path::new("/var/lib/apt/lists")) {
        apt_get(prefix, &["update"])?;
    }
    apt_get(prefix, &["install", "-y", "--no-install-recommends", package])
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

    #[test]
    fn package_lists_count_only_when_they_list_packages() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("lock"), "").unwrap();
        assert!(lists_are_empty(dir.path()));
        std::fs::write(dir.path().join("mirror_dists_stable_main_binary-amd64_Packages.lz4"), "").unwrap();
        assert!(!lists_are_empty(dir.path()));
    }
}
