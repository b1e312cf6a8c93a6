//! Whether there is room for a clone, as far as that can be known.

use std::path::Path;

use crate::disk::free_bytes;
use crate::error::{Error, ErrorKind, Result};

/// Of the bytes of a database's tables, a dump of the lowest compression takes a quarter at least.
const DUMPED: u64 = 4;

/// Refuses a clone of `bytes` in the server's `data` folder, where that is on this machine and too full.
///
/// # Errors
/// [`ErrorKind::Refused`], with both numbers.
pub(super) fn check_server(data: Option<&str>, bytes: u64) -> Result<()> {
    let Some(data) = data.map(Path::new).filter(|data| data.is_dir()) else { return Ok(()) };
    demand(data, bytes, "the clone").map_err(|error| {
        error.hint(
            "elsewhere, on a private server: mainstay migrate rehearse --clone private, with TMPDIR on another disk",
        )
    })
}

/// Refuses a dump of tables of `tables` bytes, and a private server's data of `data` bytes, in the folder for temporary files.
///
/// # Errors
/// As [`check_server`].
pub(super) fn check_temporary(folder: &Path, tables: u64, data: u64) -> Result<()> {
    let what = if data > 0 { "a dump and a private server" } else { "a dump" };
    demand(folder, tables / DUMPED + data, what)
        .map_err(|error| error.hint("with another folder for temporary files: export TMPDIR=/var/tmp"))
}

fn demand(folder: &Path, bytes: u64, what: &str) -> Result<()> {
    match free_bytes(folder) {
        Some(free) if free < bytes => Err(Error::new(
            ErrorKind::Refused,
            format!(
                "there is no room for {what} in {}: about {} MB are needed, and {} MB are free",
                folder.display(),
                bytes / 1_000_000 + 1,
                free / 1_000_000
            ),
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_with_both_numbers() {
        let here = std::env::temp_dir();
        assert!(check_server(here.to_str(), 1).is_ok());
        assert!(check_server(Some("/nonexistent"), u64::MAX).is_ok(), "another machine's folder");
        let error = check_server(here.to_str(), u64::MAX).unwrap_err();
        assert!(error.message().contains("are needed") && error.message().contains("MB are free"), "{error:?}");
        assert!(check_temporary(&here, 4, 0).is_ok());
        assert!(check_temporary(&here, 4, u64::MAX - 1).unwrap_err().message().contains("a dump and a private server"));
    }
}
