//! `proof.json`, written beside a backup.

use crate::archive::digest::Stored;
use crate::archive::manifest::{PROOF, Proof};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{self, Found, Store};

/// Writes the proof, in place of an older one. It is there whole or not at all.
///
/// # Errors
/// The backup has been removed or replaced meanwhile; the store cannot be written.
pub(super) async fn write(store: &dyn Store, found: &Found, proof: &Proof) -> Result<()> {
    let id = &found.manifest.id;
    let there = store::find(store, id, None).await;
    let same = |there: &Stored| *there == found.stored;
    match there {
        Ok(there) if same(&there.stored) => {}
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {
            let message = format!("the backup {id} was removed or replaced while it was restored");
            return Err(Error::new(ErrorKind::Refused, message).hint("see which there are: mainstay backup list"));
        }
    }
    let mut sink = store.write(&format!("{id}/{PROOF}")).await?;
    sink.write(&proof.to_bytes()).await?;
    sink.finish().await
}
