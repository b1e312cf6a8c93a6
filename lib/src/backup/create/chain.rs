//! The way of one file's bytes: digest of the rows, compression, encryption, digest of what is stored.

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

/// What a file is made with: rows or other bytes go in, and what is to be stored comes out in pieces.
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
    full: Vec<Vec<u8>>,
}

impl Chain {
    /// A file of rows, or of other bytes for none.
    pub(super) fn new(codec: Codec, sealing: Sealing, rows: Option<(CopyFormat, Seed)>) -> Self {
        let way_out = WayOut { digest: StoredReader::default(), held: Vec::with_capacity(PIECE), full: Vec::new() };
        let rows = rows.map(|(format, seed)| (format, RowReader::new(format, seed)));
        Self { rows, encoder: Encoder::new(codec), sealing, plain_bytes: 0, way_out }
    }

    /// Takes the next bytes; what is to be stored of all that came so far, and was not handed out before.
    ///
    /// # Errors
    /// What comes is not what COPY writes.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<Vec<Vec<u8>>> {
        if let Some((_, rows)) = &mut self.rows {
            rows.push(piece)?;
        }
        self.compress(piece)?;
        Ok(std::mem::take(&mut self.way_out.full))
    }

    /// Nothing more comes: the rest that is to be stored, and what the file has become.
    ///
    /// # Errors
    /// What has come is not all that COPY writes.
    pub(super) fn finish(mut self) -> Result<(Vec<Vec<u8>>, Made)> {
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
        way_out.hand_on();
        Ok((way_out.full, Made { rows, plain_bytes, stored: way_out.digest.finish() }))
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
            self.hand_on();
        }
        Ok(())
    }

    fn hand_on(&mut self) {
        if !self.held.is_empty() {
            self.full.push(std::mem::replace(&mut self.held, Vec::with_capacity(PIECE)));
        }
    }
}
