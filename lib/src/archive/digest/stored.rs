//! The digest of stored bytes.

use serde::{Deserialize, Serialize};

/// How many bytes a file has, and their BLAKE3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Its size in bytes.
    pub bytes: u64,
    /// 64 hexadecimal digits.
    pub blake3: String,
}

impl Stored {
    /// Of `bytes`, which are all there.
    pub fn of(bytes: &[u8]) -> Self {
        let mut reader = StoredReader::default();
        reader.push(bytes);
        reader.finish()
    }
}

/// Digests bytes that come in pieces.
#[derive(Clone, Default)]
pub struct StoredReader {
    hasher: blake3::Hasher,
}

impl StoredReader {
    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
    }

    /// The digest of all of them.
    pub fn finish(self) -> Stored {
        Stored { bytes: self.hasher.count(), blake3: self.hasher.finalize().to_hex().to_string() }
    }
}
