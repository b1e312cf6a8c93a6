//! Whether there is room for what is restored, as far as that can be known.

use std::path::Path;

use crate::disk::free_bytes;
use crate::error::{Error, ErrorKind, Result};

/// Refuses where the server's data folder is on this machine and has less free than the stored bytes, which rows and indexes
/// are never less than.
pub(super) fn check(data: Option<&str>, bytes: u64) -> Result<()> {
    demand(data, bytes, "its data are", "compressed, ")
        .map_err(|error| error.hint("make room, or restore on another server: mainstay restore --url URL"))
}

/// Refuses a copy of `bytes`, in the same way.
pub(super) fn check_copy(data: Option<&str>, bytes: u64) -> Result<()> {
    demand(data, bytes, "the copy takes", "").map_err(|error| error.hint("make room on the server first"))
}

fn demand(data: Option<&str>, bytes: u64, what: &str, how: &str) -> Result<()> {
    let folder = data.map(Path::new).filter(|folder| folder.is_dir());
    let Some(free) = folder.and_then(free_bytes).filter(|free| *free < bytes) else { return Ok(()) };
    let message = format!(
        "there is no room for it in {}: {what} {} MB {how}and {} MB are free",
        data.unwrap_or_default(),
        bytes / 1_000_000 + 1,
        free / 1_000_000
    );
    Err(Error::new(ErrorKind::Refused, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_with_both_numbers() {
        let here = std::env::temp_dir().display().to_string();
        assert!(check(Some(&here), 1).is_ok());
        assert!(check(Some("/nonexistent"), u64::MAX).is_ok(), "another machine's folder");
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
