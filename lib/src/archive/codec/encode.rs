//! Compressing.

use flate2::{Compress, Compression, FlushCompress, Status};
use zstd::stream::raw::{self, CParameter, Operation, OutBuffer};

use crate::error::{Error, ErrorKind, Result};

use super::{Codec, PIECE};

/// Compresses a stream that comes in pieces of any size. What it makes goes to a `sink` in pieces of at most 128 KiB; an error
/// of the sink ends it.
pub struct Encoder {
    codec: Codec,
    /// None between two frames.
    frame: Option<Frame>,
    /// Whether a frame was ever opened.
    begun: bool,
    piece: Vec<u8>,
}

enum Frame {
    Plain,
    Gzip(Box<Compress>),
    Zstd(raw::Encoder<'static>),
}

impl Encoder {
    /// One that has not begun.
    pub fn new(codec: Codec) -> Self {
        Self { codec, frame: None, begun: false, piece: vec![0; PIECE] }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// Those of `sink`, and no memory.
    pub fn push(&mut self, mut bytes: &[u8], sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.begun = true;
        match Frame::open(&mut self.frame, self.codec)? {
            Frame::Plain => bytes.chunks(PIECE).try_for_each(sink),
            Frame::Gzip(gzip) => {
                while !bytes.is_empty() {
                    let (taken, made, _) = deflate(gzip, bytes, &mut self.piece, FlushCompress::None)?;
                    bytes = &bytes[taken..];
                    hand_on(&self.piece[..made], sink)?;
                }
                Ok(())
            }
            Frame::Zstd(zstd) => {
                while !bytes.is_empty() {
                    let status = zstd.run_on_buffers(bytes, &mut self.piece).map_err(failed)?;
                    bytes = &bytes[status.bytes_read..];
                    hand_on(&self.piece[..status.bytes_written], sink)?;
                }
                Ok(())
            }
        }
    }

    /// Ends the frame: what was pushed so far can be read by itself, and what follows is a frame of its own. Without anything
    /// pushed since the last one there is none.
    ///
    /// # Errors
    /// Those of `sink`.
    pub fn end_frame(&mut self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        match self.frame.take() {
            None | Some(Frame::Plain) => Ok(()),
            Some(Frame::Gzip(mut gzip)) => loop {
                let (_, made, status) = deflate(&mut gzip, &[], &mut self.piece, FlushCompress::Finish)?;
                hand_on(&self.piece[..made], sink)?;
                if status == Status::StreamEnd {
                    return Ok(());
                }
            },
            Some(Frame::Zstd(mut zstd)) => loop {
                let mut out = OutBuffer::around(&mut self.piece[..]);
                let left = zstd.finish(&mut out, true).map_err(failed)?;
                let made = out.pos();
                hand_on(&self.piece[..made], sink)?;
                if left == 0 {
                    return Ok(());
                }
            },
        }
    }

    /// Ends the stream. One of no bytes becomes an empty frame, which readers want rather than an empty file.
    ///
    /// # Errors
    /// Those of `sink`.
    pub fn finish(mut self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        if !self.begun {
            Frame::open(&mut self.frame, self.codec)?;
        }
        self.end_frame(sink)
    }
}

impl Frame {
    /// The open frame, or a new one.
    fn open(frame: &mut Option<Self>, codec: Codec) -> Result<&mut Self> {
        if let Some(open) = frame {
            return Ok(open);
        }
        Ok(frame.insert(match codec {
            Codec::None => Self::Plain,
            Codec::Gzip(level) => Self::Gzip(Box::new(Compress::new_gzip(Compression::new(level.into()), 15))),
            Codec::Zstd(level) => {
                let mut zstd = raw::Encoder::new(level.into()).map_err(failed)?;
                // So that pg_restore sees damage, which loads what it can decode.
                zstd.set_parameter(CParameter::ChecksumFlag(true)).map_err(failed)?;
                Self::Zstd(zstd)
            }
        }))
    }
}

fn deflate(
    gzip: &mut Compress,
    bytes: &[u8],
    piece: &mut [u8],
    flush: FlushCompress,
) -> Result<(usize, usize, Status)> {
    let (taken, made) = (gzip.total_in(), gzip.total_out());
    let status = gzip.compress(bytes, piece, flush).map_err(|error| failed(error.into()))?;
    let passed = |now: u64, before: u64| usize::try_from(now - before).expect("no more than was given");
    Ok((passed(gzip.total_in(), taken), passed(gzip.total_out(), made), status))
}

fn hand_on(piece: &[u8], sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
    if piece.is_empty() { Ok(()) } else { sink(piece) }
}

fn failed(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, "cannot compress").source(error)
}
