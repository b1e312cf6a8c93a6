//! Data as it comes out of an archive: decrypted and decompressed, its stored bytes digested on the way.

use std::collections::VecDeque;

use crate::archive::codec::Decoder;
use crate::archive::digest::{Stored, StoredReader};
use crate::archive::sealed::Opening;
use crate::error::{Error, ErrorKind, Result};
use crate::store::Source;

/// Bytes that are decompressed at once: what they expand to, a thousandfold at most, must be held.
const STEP: usize = 8 * 1024;

/// Decompressed data that is being read.
pub(super) struct Decoded {
    /// What it is, for messages.
    name: String,
    source: Box<dyn Source>,
    /// Gone once the source has ended.
    opening: Option<Opening>,
    /// Gone at the end.
    decoder: Option<Decoder>,
    /// What the stored bytes must be, where that is known.
    expected: Option<Stored>,
    stored: StoredReader,
    /// The opened piece that is being decompressed, and how far.
    piece: Vec<u8>,
    at: usize,
    ready: VecDeque<Vec<u8>>,
    /// Stored bytes that were read.
    taken: u64,
}

impl Decoded {
    pub(super) fn new(
        name: String,
        source: Box<dyn Source>,
        opening: Opening,
        decoder: Decoder,
        expected: Option<Stored>,
    ) -> Self {
        let stored = StoredReader::default();
        let (piece, ready) = (Vec::new(), VecDeque::new());
        Self {
            name,
            source,
            opening: Some(opening),
            decoder: Some(decoder),
            expected,
            stored,
            piece,
            at: 0,
            ready,
            taken: 0,
        }
    }

    /// The next bytes; `None` at the end, where the stored bytes were what they have to be.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Ok(Some(piece));
            }
            let Some(decoder) = &mut self.decoder else { return Ok(None) };
            if self.at < self.piece.len() {
                let end = self.piece.len().min(self.at + STEP);
                let ready = &mut self.ready;
                let mut sink = |piece: &[u8]| {
                    ready.push_back(piece.to_vec());
                    Ok(())
                };
                decoder
                    .push(&self.piece[self.at..end], &mut sink)
                    .map_err(|error| error.context(damaged(&self.name)))?;
                self.at = end;
                continue;
            }
            let Some(opening) = &mut self.opening else {
                self.end()?;
                continue;
            };
            self.at = 0;
            match self.source.next().await? {
                Some(piece) => {
                    if self.expected.is_some() {
                        self.stored.push(&piece);
                    }
                    self.taken += piece.len() as u64;
                    self.piece = match opening {
                        Opening::Plain => piece,
                        #[cfg(feature = "encrypt")]
                        Opening::Encrypted(_) => {
                            let mut opened = Vec::with_capacity(piece.len());
                            let pushed = opening.push(&piece, &mut |piece| keep(&mut opened, piece));
                            pushed.map_err(|error| error.context(damaged(&self.name)))?;
                            opened
                        }
                    };
                }
                None => {
                    self.piece.clear();
                    if let Some(opening) = self.opening.take() {
                        let finished = opening.finish(&mut |piece| keep(&mut self.piece, piece));
                        finished.map_err(|error| error.context(damaged(&self.name)))?;
                    }
                }
            }
        }
    }

    /// Stored bytes that were read since this was asked last.
    pub(super) fn taken(&mut self) -> u64 {
        std::mem::take(&mut self.taken)
    }

    fn end(&mut self) -> Result<()> {
        if let Some(decoder) = self.decoder.take() {
            decoder.finish().map_err(|error| error.context(damaged(&self.name)))?;
        }
        match &self.expected {
            Some(expected) if std::mem::take(&mut self.stored).finish() != *expected => {
                Err(Error::new(ErrorKind::Verification, damaged(&self.name))
                    .source("its stored bytes have another digest than the manifest says"))
            }
            _ => Ok(()),
        }
    }
}

fn keep(held: &mut Vec<u8>, piece: &[u8]) -> Result<()> {
    held.extend_from_slice(piece);
    Ok(())
}

fn damaged(name: &str) -> String {
    format!("{name} is damaged")
}
