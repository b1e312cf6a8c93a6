//! An object that is being written: at once if it is small, else in parts, each on its way while the next is gathered.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutOptions, PutPayload};
use tokio::task::JoinHandle;

use crate::error::{Error, ErrorKind, Result};

use super::super::Sink;
use super::note;
use super::reach::Reach;

const MIB: usize = 1024 * 1024;
/// Bytes of a part. Some servers want all parts but the last to be of one size.
const PART: usize = 8 * MIB;
/// So many parts are of that size, 62 GiB in all; what is larger still doubles it …
const EVEN: usize = 8000;
/// … every so many parts, so that the 10,000 parts that S3 takes hold a tebibyte.
const STEP: usize = 250;
const MOST: usize = 10_000;

/// Bytes of the part of this number, from 0.
fn part_size(number: usize) -> usize {
    match number.checked_sub(EVEN) {
        None => PART,
        Some(above) => PART << (above / STEP + 1).min(9),
    }
}

/// An object that is being written.
pub(super) struct Upload {
    reach: Arc<Reach>,
    name: String,
    path: Path,
    held: Vec<u8>,
    /// Bytes taken in all.
    taken: u64,
    /// The upload in parts; none while all there is fits in one.
    id: Option<String>,
    parts: Vec<PartId>,
    going: Option<JoinHandle<object_store::Result<PartId>>>,
    broken: bool,
}

impl Upload {
    pub(super) fn new(reach: Arc<Reach>, name: &str, path: Path) -> Self {
        let name = name.to_owned();
        Self { reach, name, path, held: Vec::new(), taken: 0, id: None, parts: Vec::new(), going: None, broken: false }
    }

    fn heard<T>(&self, answer: object_store::Result<T>) -> Result<T> {
        self.reach.heard(answer, || format!("write {}", self.name))
    }

    /// The key of its note.
    fn note(&self) -> Result<Path> {
        self.reach.path(&note::name(&self.name))
    }

    /// The number of the part that is gathered, from 0.
    fn number(&self) -> usize {
        self.parts.len() + usize::from(self.going.is_some())
    }

    /// Sends what is held on its way, once what was sent before has arrived.
    async fn send(&mut self) -> Result<()> {
        self.arrive().await?;
        let id = match &self.id {
            Some(id) => id.clone(),
            None => {
                let begun = self.reach.client().create_multipart(&self.path).await;
                let id = self.id.insert(self.heard(begun)?).clone();
                // Before the first part: whoever is killed from here on has left a note of what he leaves.
                let payload = PutPayload::from(Bytes::from(id.clone()));
                let noted = self.reach.client().put_opts(&self.note()?, payload, PutOptions::default()).await;
                self.heard(noted)?;
                id
            }
        };
        if self.parts.len() == MOST {
            return Err(Error::new(ErrorKind::Unsupported, format!("{} is too large for one object of S3", self.name)));
        }
        let payload = PutPayload::from(Bytes::from(std::mem::take(&mut self.held)));
        let (reach, path, number) = (Arc::clone(&self.reach), self.path.clone(), self.parts.len());
        self.going = Some(tokio::spawn(async move { reach.patient().put_part(&path, &id, number, payload).await }));
        Ok(())
    }

    /// Waits for what is on its way.
    async fn arrive(&mut self) -> Result<()> {
        let Some(going) = self.going.take() else { return Ok(()) };
        let part = going
            .await
            .map_err(|error| Error::new(ErrorKind::Io, format!("writing {} was given up", self.name)).source(error))?;
        let part = self.heard(part)?;
        self.parts.push(part);
        Ok(())
    }

    async fn take(&mut self, mut piece: &[u8]) -> Result<()> {
        self.taken += piece.len() as u64;
        while !piece.is_empty() {
            let size = part_size(self.number());
            // Only with more to come is a full part sent: what fits in one goes without parts.
            if self.held.len() == size {
                self.send().await?;
                continue;
            }
            let (now, later) = piece.split_at(piece.len().min(size - self.held.len()));
            self.held.extend_from_slice(now);
            piece = later;
        }
        Ok(())
    }

    async fn complete(&mut self) -> Result<()> {
        if self.id.is_none() {
            let payload = PutPayload::from(Bytes::from(std::mem::take(&mut self.held)));
            let put = self.reach.client().put_opts(&self.path, payload, PutOptions::default()).await;
            return self.heard(put).map(drop);
        }
        if !self.held.is_empty() {
            self.send().await?;
        }
        self.arrive().await?;
        let (Some(id), parts) = (&self.id, std::mem::take(&mut self.parts)) else { return Ok(()) };
        let done = self.reach.patient().complete_multipart(&self.path, id, parts).await;
        // Where the answer alone was lost, the server has the object and knows the upload no more.
        if let Err(error) = self.heard(done)
            && self.compare().await.is_err()
        {
            return Err(error);
        }
        self.id = None;
        // A note that stays is of an upload that is no more: it costs nothing, and goes with the next clean-up.
        let _ = self.reach.client().delete(&self.note()?).await;
        Ok(())
    }

    /// Whether the server has as many bytes as were sent.
    async fn compare(&self) -> Result<()> {
        let found = self.heard(self.reach.patient().head(&self.path).await)?;
        if found.size == self.taken {
            return Ok(());
        }
        let (store, name) = (self.reach.describe(), &self.name);
        let message = format!("{name} was stored in {store} with {} bytes instead of {}", found.size, self.taken);
        Err(Error::new(ErrorKind::Io, message).hint("try again; if it stays so, the server is at fault"))
    }
}

#[async_trait]
impl Sink for Upload {
    async fn write(&mut self, piece: &[u8]) -> Result<()> {
        let taken = if self.broken { Err(self.gone()) } else { self.take(piece).await };
        self.broken |= taken.is_err();
        taken
    }

    async fn finish(mut self: Box<Self>) -> Result<()> {
        if self.broken {
            return Err(self.gone());
        }
        self.complete().await?;
        self.compare().await
    }
}

impl Upload {
    fn gone(&self) -> Error {
        let message = format!("{} could not be written to {} and cannot be finished", self.name, self.reach.describe());
        Error::new(ErrorKind::Io, message)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(going) = &self.going {
            going.abort();
        }
        if let (Some(id), Ok(note)) = (self.id.take(), self.note()) {
            self.reach.give_up(&self.path, id, note);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_parts_hold_a_tebibyte_and_none_is_refused() {
        let all: u64 = (0..MOST).map(|number| part_size(number) as u64).sum();
        assert!(all > 1 << 40, "{all}");
        assert!((0..MOST).all(|number| (5 * MIB..=5 * 1024 * MIB).contains(&part_size(number))));
        // The largest object that a backup has is 64 GB: all its parts are of one size.
        let even: u64 = (0..MOST).take_while(|number| part_size(*number) == PART).map(|_| PART as u64).sum();
        assert!(even > 64_000_000_000, "{even}");
    }
}
