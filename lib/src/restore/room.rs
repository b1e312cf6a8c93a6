//! Whether there is room for what is restored, as far as that can be known.

use std::path::Path;

use crate::disk::free_bytes;
use crate::error::{Error, ErrorKind, Result};

/// Refuses where the server's data folder is on this machine and has less free than the stored bytes, which rows and indexes
/// are never less than.
pub(super) fn check(data: Option<&Path>, bytes: u64) -> Result<()> {
    demand(data, bytes, &format!("its data are {} MB compressed,", megabytes(bytes)))
        .map_err(|error| error.hint("make room, or restore on another server: mainstay restore --url URL"))
}

/// Refuses a copy of `bytes`, in the same way.
pub(super) fn check_copy(data: Option<&Path>, bytes: u64) -> Result<()> {
    demand(data, bytes, &format!("the copy takes {} MB", megabytes(bytes)))
        .map_err(|error| error.hint("make room on the server first"))
}

fn demand(data: Option<&Path>, bytes: u64, what: &str) -> Result<()> {
    let Some(folder) = data.filter(|folder| folder.is_dir()) else { return Ok(()) };
    let Some(free) = free_bytes(folder).filter(|free| *free < bytes) else { return Ok(()) };
    let free = free / 1_000_000;
    let message = format!("there is no room for it in {}: {what} and {free} MB are free", folder.display());
    Err(Error::new(ErrorKind::Refused, message))
}

/// As people count them, a begun one as a whole.
fn megabytes(bytes: u64) -> u64 {
    bytes / 1_000_000 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_with_both_numbers() {
        let here = std::env::temp_dir();
        assert!(check(Some(&here), 1).is_ok());
        assert!(check(Some(Path::new("/nonexistent")), u64::MAX).is_ok(), "another machine's folder");
        let said = |tried: Result<()>| tried.unwrap_err().message().to_owned();
        let restored = said(check(Some(&here), u64::MAX));
        assert!(restored.contains(": its data are 18446744073710 MB compressed, and "), "{restored}");
        let copied = said(check_copy(Some(&here), u64::MAX));
        assert!(
            copied.contains(": the copy takes 18446744073710 MB and ") && copied.ends_with(" MB are free"),
            "{copied}"
        );
    }
}
