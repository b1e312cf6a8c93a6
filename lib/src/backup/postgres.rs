//! A PostgreSQL copy: pg_dump's custom format, decoded whole by pg_restore.

use std::path::Path;
use std::sync::Arc;

use crate::conn::PostgresTarget;
use crate::engine::Session;
use crate::error::Result;
use crate::observer::Observer;
use crate::tool::{dump_custom, find_binaries, verify_custom};

/// Writes the copy to `file`; its size.
pub(super) async fn copy(
    target: &PostgresTarget,
    session: &mut dyn Session,
    file: &Path,
    search_path: &str,
    observer: &Arc<dyn Observer>,
) -> Result<u64> {
    // With none at all, the dump's own error knows which version to install.
    let binaries = find_binaries(search_path, &["pg_dump", "pg_restore"]).unwrap_or_default();
    dump_custom(target, session.server().version_number, &binaries, file, "safety copy", observer).await?;
    Ok(verify_custom(&binaries, file).await?.bytes)
}
