//! Throw-away servers and databases.

use std::path::Path;

use crate::conn::PostgresTarget;
use crate::error::Result;
use crate::tool::Binaries;

/// A private PostgreSQL server in a temporary folder: stopped and removed when dropped.
pub struct ScratchServer {}

impl ScratchServer {
    /// Makes and starts one under `parent` (a temporary folder of the caller's choice).
    pub async fn start(binaries: &Binaries, parent: &Path, settings: &[(&str, &str)]) -> Result<Self> {
        let _ = (binaries, parent, settings);
        todo!()
    }

    /// How to reach its database `dbname` as `user`.
    pub fn target(&self, user: &str, dbname: &str) -> PostgresTarget {
        todo!("{user}{dbname}")
    }
}
