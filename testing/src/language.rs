//! PostgreSQL's programs as on a machine that has another language.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use mainstay::tool::Binaries;

/// The name of the locale that is made.
const GERMAN: &str = "de_DE.UTF-8";

/// PostgreSQL's programs with a locale of their own; the folder goes with it.
pub(crate) struct Foreign {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) binaries: Binaries,
    pub(crate) locale: &'static str,
}

impl Foreign {
    /// Makes German in a folder of its own, and programs beside it that find it there; `None` where this machine has no
    /// `localedef`, or not the sources of its locales.
    pub(crate) fn make(real: &Binaries) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // The server may run as another user than we.
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).expect("a mode");
        let made = Command::new("localedef")
            .args(["-i", "de_DE", "-f", "UTF-8"])
            .arg(folder.path().join("de_DE.utf8"))
            .output()
            .is_ok_and(|run| run.status.success());
        if !made {
            return None;
        }
        let bin = folder.path().join("bin");
        std::fs::create_dir(&bin).expect("a folder");
        for entry in std::fs::read_dir(&real.bin).expect("PostgreSQL's programs").flatten() {
            symlink(entry.path(), bin.join(entry.file_name())).expect("a link");
        }
        start_with_locales(&real.program("pg_ctl"), &bin.join("pg_ctl"), folder.path());
        Some(Self { folder, binaries: Binaries { bin, ..real.clone() }, locale: GERMAN })
    }
}

/// Puts a script in the place of `link` that runs `program` with the locales in `folder`.
fn start_with_locales(program: &Path, link: &Path, folder: &Path) {
    let script = format!("#!/bin/sh\nLOCPATH='{}' exec '{}' \"$@\"\n", folder.display(), program.display());
    std::fs::remove_file(link).expect("the link");
    std::fs::write(link, script).expect("a script");
    std::fs::set_permissions(link, PermissionsExt::from_mode(0o755)).expect("a mode");
}
