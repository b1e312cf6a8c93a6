//! Decrypting.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use age::stream::StreamReader;
use age::{DecryptError, Decryptor};

use crate::error::{Error, ErrorKind, Result};

use super::{Keys, PIECE};

/// A header has a hundred bytes for each key; what is longer than this is none.
const LONGEST_HEADER: usize = 1024 * 1024;

/// Decrypts a stream that comes in pieces of any size. What it makes goes to a `sink` in pieces of at most 128 KiB, each of them
/// checked before; an error of the sink ends it.
pub struct Decrypter {
    keys: Keys,
    feed: Feed,
    state: State,
    piece: Vec<u8>,
}

enum State {
    /// Not all of the header is there: what is there of it.
    Header(Vec<u8>),
    Body(Box<StreamReader<Feed>>),
}

/// What the cipher reads: what was pushed and not read yet.
#[derive(Clone, Default)]
struct Feed(Arc<Mutex<Fed>>);

#[derive(Default)]
struct Fed {
    bytes: Vec<u8>,
    read: usize,
    ended: bool,
}

impl Feed {
    fn with<T>(&self, change: impl FnOnce(&mut Fed) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn push(&self, bytes: &[u8]) {
        self.with(|fed| {
            fed.bytes.drain(..fed.read);
            fed.read = 0;
            fed.bytes.extend_from_slice(bytes);
        });
    }
}

impl Read for Feed {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.with(|fed| {
            let left = &fed.bytes[fed.read..];
            if left.is_empty() && !fed.ended {
                // The cipher keeps what it has and is asked again.
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let count = left.len().min(to.len());
            to[..count].copy_from_slice(&left[..count]);
            fed.read += count;
            Ok(count)
        })
    }
}

impl Decrypter {
    /// One that tries these keys.
    pub fn new(keys: &Keys) -> Self {
        Self { keys: keys.clone(), feed: Feed::default(), state: State::Header(Vec::new()), piece: vec![0; PIECE] }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where none of the keys opens it; [`ErrorKind::Verification`] where it is damaged or not
    /// encrypted; and those of `sink`.
    pub fn push(&mut self, bytes: &[u8], sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        for piece in bytes.chunks(PIECE) {
            match &mut self.state {
                State::Header(header) => {
                    header.extend_from_slice(piece);
                    self.open()?;
                }
                State::Body(_) => self.feed.push(piece),
            }
            self.hand_on(sink)?;
        }
        Ok(())
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// It is not whole; and those of `sink`.
    pub fn finish(mut self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.feed.with(|fed| fed.ended = true);
        if let State::Header(_) = self.state {
            self.open()?;
        }
        self.hand_on(sink)
    }

    /// Reads the header, if all of it is there.
    fn open(&mut self) -> Result<()> {
        let State::Header(header) = &self.state else { return Ok(()) };
        self.feed.with(|fed| (fed.bytes, fed.read) = (header.clone(), 0));
        let long = header.len() > LONGEST_HEADER;
        let keys = self.keys.identities.iter().map(|key| key as &dyn age::Identity);
        match Decryptor::new(self.feed.clone()).and_then(|decryptor| decryptor.decrypt(keys)) {
            Ok(stream) => self.state = State::Body(Box::new(stream)),
            Err(DecryptError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock && !long => {}
            Err(error) => return Err(self.refusal(error)),
        }
        Ok(())
    }

    /// Hands on what can be decrypted of what is there.
    fn hand_on(&mut self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let State::Body(stream) = &mut self.state else { return Ok(()) };
        loop {
            match stream.read(&mut self.piece) {
                Ok(0) => return Ok(()),
                Ok(count) => sink(&self.piece[..count])?,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(damaged(&error)),
            }
        }
    }

    fn refusal(&self, error: DecryptError) -> Error {
        match error {
            DecryptError::NoMatchingKeys => {
                Error::new(ErrorKind::Config, format!("no key in {} opens it", self.keys.file))
                    .hint("it is opened by the secret key of one of its recipients: mainstay backup show")
            }
            DecryptError::Io(error) if error.kind() != io::ErrorKind::InvalidData => damaged(&error),
            DecryptError::InvalidHeader | DecryptError::UnknownFormat | DecryptError::Io(_) => {
                Error::new(ErrorKind::Verification, "it is not encrypted with age, or its header is damaged")
            }
            error => Error::new(ErrorKind::Verification, "the encrypted data is damaged").source(error.to_string()),
        }
    }
}

/// The cipher tells an end that comes too early from other damage.
fn damaged(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            Error::new(ErrorKind::Verification, "the encrypted data ends in the midst of it")
        }
        _ => Error::new(ErrorKind::Verification, "the encrypted data is damaged").source(error.to_string()),
    }
}
