//! An object that is being read. Where the connection breaks, the rest is asked for again.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, GetResult, ObjectStore};

use crate::error::{Error, ErrorKind, Result};

use super::super::Source;
use super::pause;
use super::reach::Reach;

/// So often in a row the rest is asked for without a byte of it coming.
const TRIES: u32 = 6;

/// An object that is being read.
pub(super) struct Download {
    reach: Arc<Reach>,
    name: String,
    path: Path,
    /// Its size when it was begun, and how much of it was handed on.
    bytes: u64,
    at: u64,
    /// Tells it from one that takes its place meanwhile.
    tag: Option<String>,
    /// None where the connection broke.
    stream: Option<BoxStream<'static, object_store::Result<Bytes>>>,
    failed: u32,
}

impl Download {
    pub(super) async fn begin(reach: Arc<Reach>, name: &str, path: Path) -> Result<Self> {
        let found = reach.client().get_opts(&path, GetOptions::default()).await;
        let found: GetResult = reach.heard(found, || format!("read {name}"))?;
        let (bytes, tag) = (found.meta.size, found.meta.e_tag.clone());
        let stream = Some(found.into_stream());
        Ok(Self { reach, name: name.to_owned(), path, bytes, at: 0, tag, stream, failed: 0 })
    }

    /// Asks for what is missing yet, of the same object.
    async fn resume(&mut self) -> Result<BoxStream<'static, object_store::Result<Bytes>>> {
        let options = GetOptions {
            range: Some(GetRange::Bounded(self.at..self.bytes)),
            if_match: self.tag.clone(),
            ..GetOptions::default()
        };
        match self.reach.patient().get_opts(&self.path, options).await {
            Err(object_store::Error::Precondition { .. }) => {
                let message = format!("{} was replaced in {} while it was read", self.name, self.reach.describe());
                Err(Error::new(ErrorKind::Io, message).hint("read it again"))
            }
            Ok(found) if found.range != (self.at..self.bytes) => Err(self.cut("another part of it was sent")),
            found => Ok(self.reach.heard(found, || format!("read {}", self.name))?.into_stream()),
        }
    }

    /// The next bytes of the open connection; `None` where it has ended.
    async fn pull(&mut self) -> Result<Option<Bytes>, object_store::Error> {
        match &mut self.stream {
            None => Ok(None),
            Some(stream) => stream.next().await.transpose(),
        }
    }

    fn cut(&self, why: &str) -> Error {
        let (name, at, all) = (&self.name, self.at, self.bytes);
        Error::new(ErrorKind::Io, format!("{name} in {} ends at byte {at} of {all}: {why}", self.reach.describe()))
    }
}

#[async_trait]
impl Source for Download {
    async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        while self.at < self.bytes {
            match self.pull().await {
                Ok(Some(piece)) if piece.is_empty() => {}
                Ok(Some(piece)) => {
                    self.at += piece.len() as u64;
                    self.failed = 0;
                    return if self.at <= self.bytes { Ok(Some(piece.into())) } else { Err(self.cut("more was sent")) };
                }
                broken => {
                    self.stream = None;
                    self.failed += 1;
                    if self.failed > TRIES {
                        let error = self.cut("the connection breaks again and again");
                        return Err(match broken {
                            Err(cause) => error.source(cause),
                            Ok(_) => error,
                        });
                    }
                    tokio::time::sleep(pause(self.failed)).await;
                    self.stream = Some(self.resume().await?);
                }
            }
        }
        Ok(None)
    }
}
