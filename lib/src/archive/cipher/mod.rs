//! Encryption of stored files, in age's format: to public keys, so that where backups are taken no key lies that opens them.
//!
//! Streams of pieces, as those of the codecs: what is encrypted comes out in pieces while more goes in. The stock tool `age` reads
//! and writes the same files. Random numbers come from the system, so the same bytes are never encrypted the same way.

mod decrypt;
mod encrypt;
mod keys;

pub use decrypt::Decrypter;
pub use encrypt::Encrypter;
pub use keys::{Keys, Recipients};

/// What an encrypted file's name ends in, after the suffix of its compression.
pub const SUFFIX: &str = ".age";
/// Bytes of a piece that is handed on, at most.
const PIECE: usize = 128 * 1024;

#[cfg(test)]
mod tests;
