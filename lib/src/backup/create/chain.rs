//! The way of one file's bytes: digest of the rows, compression, encryption, digest of what is stored.

use tokio::sync::mpsc::{Receiver, Sender};

use crate::archive::codec::{Codec, Encoder};
use crate::archive::compose::LINE_END;
use crate::archive::digest::{CopyFormat, RowReader, Rows, Seed, Stored, StoredReader};
use crate::archive::sealed::Sealing;
use crate::error::Result;

/// Bytes that go to the store at once, about.
const PIECE: usize = 256 * 1024;

/// What a file has become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Made {
    /// Its rows; none in a file that has none.
    pub(super) rows: Rows,
    /// Its bytes before compression and encryption.
    pub(super) plain_bytes: u64,
    /// Size and digest as it is stored.
    pub(super) stored: Stored,
}

/// What a file is made with. The work is the processor's, so it runs on a thread of its own.
pub(super) struct Chain {
    rows: Option<(CopyFormat, RowReader)>,
    encoder: Encoder,
    sealing: Sealing,
    plain_bytes: u64,
    way_out: WayOut,
}

/// The last of the chain: everything that is stored passes here.
struct WayOut {
    digest: StoredReader,
    held: Vec<u8>,
    to: Sender<Vec<u8>>,
    /// Nobody takes what is made any more.
    closed: bool,
}

impl Chain {
    /// A file of rows, or of other bytes for none; what is made goes `to` the store.
    pub(super) fn new(codec: Codec, sealing: Sealing, rows: Option<(CopyFormat, Seed)>, to: Sender<Vec<u8>>) -> Self {
        let way_out = WayOut { digest: StoredReader::default(), held: Vec::with_capacity(PIECE), to, closed: false };
        let rows = rows.map(|(format, seed)| (format, RowReader::new(format, seed)));
        Self { rows, encoder: Encoder::new(codec), sealing, plain_bytes: 0, way_out }
    }

    /// Makes the file of all that comes, whose end is an empty piece; `None` where the end does not come, or nobody takes what is
    /// made: somebody else knows why.
    ///
    /// # Errors
    /// What comes is not what COPY writes.
    pub(super) fn run(mut self, mut from: Receiver<Vec<u8>>) -> Result<Option<Made>> {
        loop {
            let piece = match from.blocking_recv() {
                None => return Ok(None),
                Some(end) if end.is_empty() => break,
                Some(piece) => piece,
            };
            if let Some((_, rows)) = &mut self.rows {
                rows.push(&piece)?;
            }
            self.compress(&piece)?;
            if self.way_out.closed {
                return Ok(None);
            }
        }
        let mut rows = Rows::default();
        if let Some((format, reader)) = self.rows.take() {
            rows = reader.finish()?;
            if format == CopyFormat::Text {
                self.compress(LINE_END)?;
            }
        }
        let Self { encoder, mut sealing, plain_bytes, mut way_out, .. } = self;
        encoder.finish(&mut |piece| sealing.push(piece, &mut |piece| way_out.push(piece)))?;
        sealing.finish(&mut |piece| way_out.push(piece))?;
        way_out.send();
        let made = Made { rows, plain_bytes, stored: way_out.digest.finish() };
        Ok((!way_out.closed).then_some(made))
    }

    fn compress(&mut self, piece: &[u8]) -> Result<()> {
        self.plain_bytes += piece.len() as u64;
        let (sealing, way_out) = (&mut self.sealing, &mut self.way_out);
        self.encoder.push(piece, &mut |piece| sealing.push(piece, &mut |piece| way_out.push(piece)))
    }
}

impl WayOut {
    fn push(&mut self, piece: &[u8]) -> Result<()> {
        self.digest.push(piece);
        self.held.extend_from_slice(piece);
        if self.held.len() >= PIECE {
            self.send();
        }
        Ok(())
    }

    fn send(&mut self) {
        if self.held.is_empty() || self.closed {
            return;
        }
        let full = std::mem::replace(&mut self.held, Vec::with_capacity(PIECE));
        self.closed = self.to.blocking_send(full).is_err();
    }
}
