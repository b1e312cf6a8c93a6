//! Whether there is room for what is restored, as far as that can be known.

use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

/// Refuses where the server's data folder is on this machine and has less free than the stored bytes, which rows and indexes
/// are never less than.
pub(super) fn check(data: Option<&str>, bytes: u64) -> Result<()> {
    let folder = data.map(Path::new).filter(|folder| folder.is_dir());
    let Some(found) = folder.and_then(|folder| rustix::fs::statvfs(folder).ok()) else { return Ok(()) };
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    if free >= bytes {
        return Ok(());
    }
    let message = format!(
        "there is no room for it in {}: its data are {} MB compressed, and {} MB are free",
        data.unwrap_or_default(),
        bytes / 1_000_000 + 1,
        free / 1_000_000
    );
    Err(Error::new(ErrorKind::Refused, message)
        .hint("make room, or restore on another server: mainstay restore --url URL"))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_does_not_fit_is_refused_with_both_numbers() {
        let here = std::env::temp_dir().display().to_string();
        assert!(check(Some(&here), 1).is_ok());
        assert!(check(Some("/nonexistent"), u64::MAX).is_ok(), "another machine's folder");
        assert!(check(Some(&here), u64::MAX).unwrap_err().message().contains("MB are free"));
    }
}
