//! From `[backup] to` to a store.

use std::path::Path;
use std::sync::Arc;

use crate::conn::Secret;
use crate::error::{Error, ErrorKind, Result};

use super::{FolderStore, Store};

/// The variables that name an S3 server, each with the ones that come after it.
const ENDPOINT: [&str; 2] = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"];
const REGION: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// What an S3 store is reached with. A folder needs nothing of it.
#[derive(Clone, Default)]
pub struct Access {
    /// The access key's name.
    pub key_id: Option<String>,
    /// The access key itself.
    pub secret: Option<Secret>,
    /// The token of a key that holds for a while only.
    pub token: Option<Secret>,
    /// The region; `us-east-1` where nothing is said, which servers of one's own go by.
    pub region: Option<String>,
    /// The server's URL; Amazon's of the region where nothing is said. With `http:` nothing is encrypted on the way.
    pub endpoint: Option<String>,
}

impl Access {
    /// What the variables say that other S3 programs read: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
    /// `AWS_SESSION_TOKEN`, `AWS_REGION` or `AWS_DEFAULT_REGION`, `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`. `variable` has
    /// the values; an empty one counts as none.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let first = |names: &[&str]| names.iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
        Self {
            key_id: first(&["AWS_ACCESS_KEY_ID"]),
            secret: first(&["AWS_SECRET_ACCESS_KEY"]).map(Secret::new),
            token: first(&["AWS_SESSION_TOKEN"]).map(Secret::new),
            region: first(&REGION),
            endpoint: first(&ENDPOINT),
        }
    }
}

/// The store at `to`: a folder, relative to `root`, or `s3://BUCKET/PREFIX`. Nothing is made or reached yet.
///
/// # Errors
/// [`ErrorKind::Config`]: `to` names a kind of store that there is not, or `access` lacks what it needs.
pub fn open(to: &str, root: &Path, access: &Access) -> Result<Arc<dyn Store>> {
    match to.split_once("://") {
        None => Ok(Arc::new(FolderStore::new(root.join(to)))),
        Some(("s3", place)) => open_s3(place, access),
        Some((scheme, _)) => Err(Error::new(ErrorKind::Config, format!("backups cannot be stored at {scheme}://"))
            .hint("set [backup] to in mainstay.toml to a folder, or to s3://BUCKET/PREFIX")),
    }
}

#[cfg(feature = "s3")]
fn open_s3(place: &str, access: &Access) -> Result<Arc<dyn Store>> {
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    Ok(Arc::new(super::S3Store::new(bucket, prefix, access)?))
}

#[cfg(not(feature = "s3"))]
fn open_s3(_: &str, _: &Access) -> Result<Arc<dyn Store>> {
    Err(Error::new(ErrorKind::Unsupported, "this build of the library cannot store backups on S3")
        .hint("build with the feature `s3`"))
}
