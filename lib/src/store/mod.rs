//! Where backups lie, behind one trait. An adapter lives in the file named by its technology; one suite holds all of them to the
//! same behaviour.

mod backups;
mod folder;
mod name;
mod open;
#[cfg(feature = "s3")]
mod s3;

pub(crate) use backups::started;
pub use backups::{Found, Listed, Newest, State, find, list, newest};
pub use folder::FolderStore;
pub use name::check_name;
pub use open::{Access, open};
#[cfg(feature = "s3")]
pub use s3::S3Store;

use async_trait::async_trait;

use crate::error::Result;

/// A place that holds objects: bytes under a name with slashes in it, `20261120T023000Z-p7/toc.dat`. What is there is whole: an
/// object that was begun and not finished is not seen by anybody. A name that [`check_name`] refuses is an error everywhere.
#[async_trait]
pub trait Store: Send + Sync {
    /// Where it is, for people and without secrets: a folder, or `s3://bucket/prefix`.
    fn describe(&self) -> String;

    /// Whether there is such a place, as far as it can be asked: a folder is made with its first object, and of a bucket only its
    /// objects are seen.
    async fn is_there(&self) -> Result<bool> {
        Ok(true)
    }

    /// The objects whose names begin with `under`, sorted by name; none where there is nothing, not even the store itself.
    ///
    /// # Errors
    /// The store cannot be read.
    async fn list(&self, under: &str) -> Result<Vec<Object>>;

    /// The objects that somebody is writing, or was writing when he was killed, where what he has left lies apart and costs:
    /// sorted.
    ///
    /// # Errors
    /// The store cannot be read.
    async fn uploads(&self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// Gives up what was left of the object `name`, which [`Store::uploads`] has told; whoever is writing it fails.
    ///
    /// # Errors
    /// The store cannot be written.
    async fn give_up(&self, _name: &str) -> Result<()> {
        Ok(())
    }

    /// Reads an object from its beginning.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) where it is missing; the store cannot be read.
    async fn read(&self, name: &str) -> Result<Box<dyn Source>>;

    /// Begins an object, which takes the place of one of the same name once it is finished.
    ///
    /// # Errors
    /// The store cannot be written.
    async fn write(&self, name: &str) -> Result<Box<dyn Sink>>;

    /// Stores a small object under a name that nobody may have taken: of two at once one succeeds.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) where there is one already; the store cannot be written.
    async fn create(&self, name: &str, bytes: &[u8]) -> Result<()>;

    /// Removes an object; one that is missing is removed already.
    ///
    /// # Errors
    /// The store cannot be written.
    async fn remove(&self, name: &str) -> Result<()>;
}

/// An object in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// An object that is being read.
#[async_trait]
pub trait Source: Send {
    /// The next bytes, never an empty piece; `None` at the end, which is reached only when the object was read whole.
    ///
    /// # Errors
    /// The store cannot be read any further.
    async fn next(&mut self) -> Result<Option<Vec<u8>>>;
}

/// An object that is being written. Dropped unfinished, it leaves nothing under its name.
#[async_trait]
pub trait Sink: Send {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// The store cannot be written any further.
    async fn write(&mut self, piece: &[u8]) -> Result<()>;

    /// Makes it durable, and only then visible.
    ///
    /// # Errors
    /// It could not be made so: it is not there.
    async fn finish(self: Box<Self>) -> Result<()>;
}
