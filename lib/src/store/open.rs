//! From `[backup] to` to a store.

use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};

use super::{FolderStore, Store};

/// What a store on the net is reached with. A folder needs nothing of it.
#[derive(Clone, Default)]
pub struct Access {}

/// The store at `to`: a folder, relative to `root`. Nothing is made or reached yet.
///
/// # Errors
/// `to` names a kind of store that there is not.
pub fn open(to: &str, root: &Path, _access: &Access) -> Result<Arc<dyn Store>> {
    match to.split_once("://") {
        None => Ok(Arc::new(FolderStore::new(root.join(to)))),
        Some((scheme, _)) => Err(Error::new(ErrorKind::Config, format!("backups cannot be stored at {scheme}://"))
            .hint("set [backup] to in mainstay.toml to a folder, or to s3://BUCKET/PREFIX")),
    }
}
