//! Files with the secret keys of encrypted backups.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::archive::cipher::Keys;
use crate::error::{Error, ErrorKind, Result};

/// A key has 74 bytes; what is longer than this is no file of keys.
const LONGEST: u64 = 1024 * 1024;

/// The keys in `file`; and a warning where others may read it.
///
/// # Errors
/// It cannot be read; a line is no key, or none is one.
pub fn read_keys(file: &Path) -> Result<(Keys, Option<String>)> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Error::new(ErrorKind::NotFound, format!("there is no key file {}", file.display()))
                .hint("age-keygen -o backup.key makes one, but only the key that a backup was encrypted to opens it")
        }
        _ => Error::io("read the key file", file, error),
    };
    let open = File::open(file).map_err(failed)?;
    let about = open.metadata().map_err(failed)?;
    let mut bytes = Vec::new();
    open.take(LONGEST).read_to_end(&mut bytes).map_err(failed)?;
    let name = file.display().to_string();
    let keys = Keys::parse(&name, &String::from_utf8_lossy(&bytes))?;
    let mode = about.permissions().mode() & 0o7777;
    let open_to_others = about.is_file() && mode & 0o077 != 0;
    let warning = open_to_others
        .then(|| format!("others may read the key file {name} (mode {mode:04o}); type: chmod 0600 {name}"));
    Ok((keys, warning))
}
