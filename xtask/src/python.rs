//! The Python tools that the tests run beside Mainstay, in a virtual environment of their own below `target`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{debian, repo};

/// Where the tests look for it.
pub const VARIABLE: &str = "MAINSTAY_PYTHON_PEERS";

/// The versions that are tested.
const PINS: &str = "testing/python-peers.txt";

/// The virtual environment with what [`PINS`] lists; made once, and again when that changes.
///
/// # Errors
/// There is no Python, or its packages cannot be had: the sentence is the line to type.
pub fn ensure() -> Result<PathBuf, String> {
    let root = repo::root();
    let pins = repo::read(&root, Path::new(PINS))?;
    let folder = root.join("target/python-peers");
    let stamp = folder.join("pins.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|made| made == pins) {
        return Ok(folder);
    }
    let _ = std::fs::remove_dir_all(&folder);
    if !make(&folder)? {
        debian::install("python3-venv", "the tests need Python 3 with venv and pip, for Alembic and Django")?;
        if !make(&folder)? {
            return Err(format!(
                "python3 makes no virtual environment\nhint: type: python3 -m venv {}",
                folder.display()
            ));
        }
    }
    let mut pip = Command::new(folder.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(root.join(PINS));
    if !repo::status(&mut pip)?.success() {
        let line = format!("{} install -r {PINS}", folder.join("bin/pip").display());
        return Err(format!("Alembic and Django could not be installed for the tests\nhint: type: {line}"));
    }
    std::fs::write(&stamp, pins).map_err(|e| format!("cannot write {}: {e}", stamp.display()))?;
    Ok(folder)
}

/// Debian's python3 alone has a `venv` that stops half way.
fn make(folder: &Path) -> Result<bool, String> {
    let made = Command::new("python3").args(["-m", "venv"]).arg(folder).stdout(Stdio::null()).status();
    Ok(made.is_ok_and(|status| status.success()) && folder.join("bin/pip").is_file())
}
