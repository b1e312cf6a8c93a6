//! Decompressing.

use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{self, Operation};

use crate::error::{Error, ErrorKind, Result};

use super::{Codec, PIECE};

/// Decompresses a stream that comes in pieces of any size, frame after frame. What it makes goes to a `sink` in pieces of at
/// most 128 KiB, however much a frame expands to; an error of the sink ends it.
pub struct Decoder {
    codec: Codec,
    /// Whether a gzip frame has zlib's short header instead of its own.
    zlib: bool,
    frame: Frame,
    /// Whether the frame has begun and not ended.
    within: bool,
    /// Frames that have ended.
    frames: u64,
    /// Bytes taken so far: where an error is.
    taken: u64,
    piece: Vec<u8>,
}

enum Frame {
    Plain,
    Gzip(Box<Decompress>),
    Zstd(raw::Decoder<'static>),
}

impl Decoder {
    /// One that has not begun. The level of `codec` does not matter.
    ///
    /// # Errors
    /// No memory.
    pub fn new(codec: Codec) -> Result<Self> {
        let frame = match codec {
            Codec::None => Frame::Plain,
            Codec::Gzip(_) => Frame::Gzip(Box::new(Decompress::new_gzip(15))),
            Codec::Zstd(_) => Frame::Zstd(raw::Decoder::new().map_err(|error| damaged(codec, 0).source(error))?),
        };
        Ok(Self { codec, zlib: false, frame, within: false, frames: 0, taken: 0, piece: vec![0; PIECE] })
    }

    /// One for zlib's streams, which archives in the custom format have instead of gzip's.
    pub fn zlib() -> Self {
        let frame = Frame::Gzip(Box::new(Decompress::new(true)));
        Self { codec: Codec::Gzip(6), zlib: true, frame, within: false, frames: 0, taken: 0, piece: vec![0; PIECE] }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// They are damaged; and those of `sink`.
    pub fn push(&mut self, mut bytes: &[u8], sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        if let Frame::Plain = self.frame {
            return bytes.chunks(PIECE).try_for_each(sink);
        }
        // A full piece may have more behind it, though all bytes are taken.
        let mut more = false;
        while !bytes.is_empty() || more {
            let step = self.step(bytes)?;
            bytes = &bytes[step.taken..];
            self.taken += step.taken as u64;
            if step.made > 0 {
                sink(&self.piece[..step.made])?;
            }
            more = !step.ended && step.made == self.piece.len();
            if step.ended {
                self.frames += 1;
            }
            self.within = !step.ended && (self.within || step.taken > 0);
            if step.taken == 0 && step.made == 0 && !step.ended && !bytes.is_empty() {
                return Err(damaged(self.codec, self.taken));
            }
        }
        Ok(())
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// The last frame is not whole, or there is none.
    pub fn finish(self) -> Result<()> {
        let whole = matches!(self.frame, Frame::Plain) || (!self.within && self.frames > 0);
        if whole {
            return Ok(());
        }
        let message = format!("the {} data ends after {} bytes, in the midst of it", name(self.codec), self.taken);
        Err(Error::new(ErrorKind::Verification, message))
    }

    /// Decodes up to one piece, or to the end of the frame.
    fn step(&mut self, bytes: &[u8]) -> Result<Step> {
        let at = self.taken;
        match &mut self.frame {
            Frame::Plain => unreachable!("handed on as it is"),
            Frame::Gzip(gzip) => {
                let before = (gzip.total_in(), gzip.total_out());
                let status = gzip
                    .decompress(bytes, &mut self.piece, FlushDecompress::None)
                    .map_err(|error| damaged(self.codec, at).source(error))?;
                let passed = |now: u64, before: u64| usize::try_from(now - before).expect("no more than was given");
                let (taken, made) = (passed(gzip.total_in(), before.0), passed(gzip.total_out(), before.1));
                let ended = status == Status::StreamEnd;
                if ended {
                    **gzip = if self.zlib { Decompress::new(true) } else { Decompress::new_gzip(15) };
                }
                Ok(Step { taken, made, ended })
            }
            Frame::Zstd(zstd) => {
                let status = zstd
                    .run_on_buffers(bytes, &mut self.piece)
                    .map_err(|error| damaged(self.codec, at).source(error))?;
                // The decoder begins the next frame by itself.
                Ok(Step { taken: status.bytes_read, made: status.bytes_written, ended: status.remaining == 0 })
            }
        }
    }
}

struct Step {
    taken: usize,
    made: usize,
    ended: bool,
}

fn damaged(codec: Codec, at: u64) -> Error {
    Error::new(ErrorKind::Verification, format!("the {} data is damaged at byte {at} or soon after", name(codec)))
}

fn name(codec: Codec) -> &'static str {
    match codec {
        Codec::None => "plain",
        Codec::Gzip(_) => "gzip",
        Codec::Zstd(_) => "zstd",
    }
}
