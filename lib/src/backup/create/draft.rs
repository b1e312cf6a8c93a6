//! A backup while it is being written: there is none until its manifest is, and a failed one takes its files away again.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::archive::codec::Codec;
use crate::archive::digest::{CopyFormat, Seed, Stored, StoredReader};
use crate::archive::manifest::{File, MANIFEST, Manifest};
use crate::archive::sealed::Sealer;
use crate::error::{Error, ErrorKind, Result};
use crate::store::Store;

use super::chain::{Chain, Made};
use super::pipe::{self, Feed, Outlet};

/// A backup that is being written.
pub(super) struct Draft<'a> {
    store: &'a dyn Store,
    sealer: &'a Sealer,
    id: String,
    /// Files that were begun; whole or not, they go if the backup fails.
    begun: Mutex<Vec<String>>,
    /// Whether the store may have the manifest, whatever it has answered.
    may_be_there: AtomicBool,
}

impl<'a> Draft<'a> {
    /// Begins the backup `id`, whose files `sealer` encrypts. Nothing is written yet.
    pub(super) fn new(store: &'a dyn Store, sealer: &'a Sealer, id: String) -> Self {
        Self { store, sealer, id, begun: Mutex::default(), may_be_there: AtomicBool::new(false) }
    }

    /// Its name in the store.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Writes the file `name`, compressed by `codec`, encrypted, and so called. `fill` puts its bytes in, and a thread of its own
    /// works them.
    ///
    /// # Errors
    /// Those of `fill` and of the store: there is no such file then.
    pub(super) async fn write<F: Future<Output = Result<()>>>(
        &self,
        name: &str,
        codec: Codec,
        fill: impl FnOnce(Feed) -> F,
    ) -> Result<(File, Made)> {
        let make = |chain: Chain, outlet: Outlet| pipe::through(chain, outlet, fill);
        self.write_made(name, codec, None, make).await
    }

    /// The same, where `make` has the bytes and works them itself: they go through the chain, and what comes out of it goes on.
    /// `rows` says how COPY writes them, if it is a file of rows.
    ///
    /// # Errors
    /// Those of `make` and of the store: there is no such file then.
    pub(super) async fn write_made<F: Future<Output = Result<Made>>>(
        &self,
        name: &str,
        codec: Codec,
        rows: Option<(CopyFormat, Seed)>,
        make: impl FnOnce(Chain, Outlet) -> F,
    ) -> Result<(File, Made)> {
        let name = format!("{name}{}{}", codec.suffix(), self.sealer.suffix());
        let sealing = self.sealer.begin()?;
        let path = self.path(&name);
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).push(path.clone());
        let (outlet, mut made) = Outlet::new();
        let storing = async {
            let mut sink = self.store.write(&path).await?;
            while let Some(piece) = made.recv().await {
                sink.write(&piece).await?;
            }
            Ok(sink)
        };
        // Whoever fails first ends the other: its end of the channel is dropped.
        let (made, sink) = tokio::try_join!(make(Chain::new(codec, sealing, rows), outlet), storing)?;
        sink.finish().await?;
        let (stored, plain_bytes) = (made.stored.clone(), made.plain_bytes);
        Ok((File { name, stored, codec, plain_bytes }, made))
    }

    /// Writes a small file whose bytes are all there.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn write_small(&self, name: &str, bytes: Vec<u8>) -> Result<File> {
        let fill = |feed: Feed| async move { feed.put(bytes).await };
        Ok(self.write(name, Codec::None, fill).await?.0)
    }

    /// Reads a file back and compares it with what was written: encrypted as it is, for the key that opens it is elsewhere.
    ///
    /// # Errors
    /// It is another.
    pub(super) async fn check(&self, file: &File) -> Result<()> {
        let path = self.path(&file.name);
        let (mut source, mut digest) = (self.store.read(&path).await?, StoredReader::default());
        while let Some(piece) = source.next().await? {
            digest.push(&piece);
        }
        self.equal(&path, &digest.finish(), &file.stored)
    }

    /// Writes the manifest, with which the backup exists, and reads it back; its digest.
    ///
    /// # Errors
    /// The manifest contradicts itself, or could not be stored; or it reads back otherwise. [`Draft::discard`] then takes it away.
    pub(super) async fn finish(&self, manifest: &Manifest) -> Result<Stored> {
        manifest.check()?;
        let (path, bytes) = (self.path(MANIFEST), manifest.to_bytes());
        let created = self.store.create(&path, &bytes).await;
        // Where the name is taken it is somebody else's; after any other failure only the answer may have been lost.
        let taken = created.as_ref().is_err_and(|error| error.kind() == ErrorKind::Refused);
        self.may_be_there.store(!taken, Ordering::Relaxed);
        created?;
        let stored = Stored::of(&bytes);
        self.read_manifest(&path, &stored).await?;
        Ok(stored)
    }

    async fn read_manifest(&self, path: &str, stored: &Stored) -> Result<()> {
        let (mut source, mut digest) = (self.store.read(path).await?, StoredReader::default());
        while let Some(piece) = source.next().await? {
            digest.push(&piece);
        }
        self.equal(path, &digest.finish(), stored)
    }

    fn equal(&self, path: &str, found: &Stored, written: &Stored) -> Result<()> {
        if found == written {
            return Ok(());
        }
        let message = format!(
            "{path} reads back from {} as {} bytes with the digest {}, and {} bytes with {} were written",
            self.store.describe(),
            found.bytes,
            found.blake3,
            written.bytes,
            written.blake3
        );
        Err(Error::new(ErrorKind::Verification, message))
    }

    /// Removes everything that was begun; says what could not be removed. The manifest goes first: as long as it may be there, so
    /// must be what it speaks of, for a manifest without its files would count as a backup.
    pub(super) async fn discard(&self) -> Option<String> {
        let place = self.store.describe();
        if self.may_be_there.load(Ordering::Relaxed)
            && let Err(error) = self.store.remove(&self.path(MANIFEST)).await
        {
            let id = &self.id;
            return Some(format!(
                "the backup {id} may be in {place} all the same, for its manifest could not be removed: {}; when the store answers \
                 again: mainstay backup verify {id}",
                error.one_line()
            ));
        }
        let begun = std::mem::take(&mut *self.begun.lock().unwrap_or_else(PoisonError::into_inner));
        let mut left = None;
        for path in begun {
            if let Err(error) = self.store.remove(&path).await {
                left.get_or_insert(format!("{path} is left in {place}: {}", error.one_line()));
            }
        }
        left.map(|left| {
            format!("what was written could not be removed: {left}; it is no backup, and never counts as one")
        })
    }

    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.id)
    }
}
