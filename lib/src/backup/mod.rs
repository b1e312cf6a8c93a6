//! Copies of the data. So far: the safety copy that is taken before migrations.

use std::path::{Path, PathBuf};

use crate::conn::Target;
use crate::engine::{Context, Session};
use crate::error::Result;

/// A safety copy that was read back whole.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct SafetyCopy {
    /// Its file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// How long taking and checking it took.
    pub seconds: f64,
}

/// Whether the database has any row worth a copy: a user table with at least one row, Mainstay's own excepted.
pub async fn has_rows(session: &mut dyn Session) -> Result<bool> {
    let _ = session;
    todo!()
}

/// Takes a copy of `target` into `folder` (made if missing) and decodes it whole. `session` is an open session on it;
/// `search_path` is PATH, for finding pg_dump; `label` (a timestamp) becomes part of the file's name.
///
/// # Errors
/// The copy could not be taken or does not read back: nothing is left behind that could pass for a copy.
pub async fn safety_copy(
    target: &Target,
    session: &mut dyn Session,
    folder: &Path,
    label: &str,
    search_path: &str,
    context: &Context,
) -> Result<SafetyCopy> {
    let _ = (target, session, folder, label, search_path, context);
    todo!()
}
