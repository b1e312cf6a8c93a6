//! pg_dump and pg_restore for safety copies.

use std::path::Path;
use std::sync::Arc;

use crate::conn::PostgresTarget;
use crate::error::Result;
use crate::observer::Observer;

use super::find::Binaries;

/// What a finished dump was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PgDump {
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Entries in its table of contents, counted by decoding it whole.
    pub entries: usize,
}

/// Dumps `target` in custom format into `file` (made with mode 0600), with the newest of `binaries` that fits `server_version`
/// (a number as 150018). Password by environment, `via` through a private socket.
///
/// # Errors
/// No fitting pg_dump, or it failed: its own words are the cause. Nothing is left at `file`.
pub async fn dump_custom(
    target: &PostgresTarget,
    server_version: u32,
    binaries: &[Binaries],
    file: &Path,
    observer: &Arc<dyn Observer>,
) -> Result<()> {
    let _ = (target, server_version, binaries, file, observer);
    todo!()
}

/// Decodes every byte of the custom-format `file` with pg_restore (to nowhere), and counts its entries.
///
/// # Errors
/// It is damaged, truncated, or not an archive.
pub async fn verify_custom(binaries: &[Binaries], file: &Path) -> Result<PgDump> {
    let _ = (binaries, file);
    todo!()
}
