//! Encrypting.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use age::stream::StreamWriter;

use crate::error::{Error, ErrorKind, Result};

use super::{PIECE, Recipients};

/// Encrypts a stream that comes in pieces of any size. What it makes goes to a `sink` in pieces of at most 128 KiB; an error of
/// the sink ends it.
pub struct Encrypter {
    stream: StreamWriter<Made>,
    made: Made,
}

/// Where the cipher writes: emptied after every piece, so there is never much in it.
#[derive(Clone, Default)]
struct Made(Arc<Mutex<Vec<u8>>>);

impl Write for Made {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Made {
    fn hand_on(&self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let made = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        made.chunks(PIECE).try_for_each(sink)
    }
}

impl Encrypter {
    /// One to these keys, with a key of its own for the stream.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn new(recipients: &Recipients) -> Result<Self> {
        let made = Made::default();
        let keys = recipients.0.iter().map(|key| key as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(keys).map_err(|error| failed().source(error))?;
        let stream = encryptor.wrap_output(made.clone()).map_err(|error| failed().source(error))?;
        Ok(Self { stream, made })
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// Those of `sink`.
    pub fn push(&mut self, bytes: &[u8], sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        for piece in bytes.chunks(PIECE) {
            self.stream.write_all(piece).map_err(|error| failed().source(error))?;
            self.made.hand_on(sink)?;
        }
        Ok(())
    }

    /// Ends the stream; without this it is a cut one, which no reader takes.
    ///
    /// # Errors
    /// Those of `sink`.
    pub fn finish(self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.stream.finish().map_err(|error| failed().source(error))?;
        self.made.hand_on(sink)
    }
}

fn failed() -> Error {
    Error::new(ErrorKind::Io, "cannot encrypt")
}
