//! `manifest.json`: what a backup holds, written last and never changed.
//!
//! The number `format` says who can read it. It rises when somebody who does not know what is new would get something wrong; what
//! may be overlooked comes as a further field without a new number, so unknown fields are passed over. An unknown *word* (a
//! codec, a format of COPY) is refused.

mod check;
mod proof;
mod read;

pub use proof::{Mismatch, Proof, RangeMismatch, Verdict};

use serde::{Deserialize, Serialize};

use super::codec::Codec;
use super::digest::{CopyFormat, Rows, Seed, Stored};

/// The name of the manifest's file.
pub const MANIFEST: &str = "manifest.json";
/// The name of the proof's file beside it.
pub const PROOF: &str = "proof.json";
/// The newest format of both that is read, and the one that is written.
pub const FORMAT: u32 = 1;

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`] of who wrote it.
    pub format: u32,
    /// The backup's name in its store, `20261120T023000Z-p7`.
    pub id: String,
    /// When it was begun, ISO 8601 in UTC.
    pub started: String,
    /// When its last byte was stored, ISO 8601 in UTC.
    pub finished: String,
    /// What was backed up.
    pub source: Source,
    /// What made it.
    pub tools: Tools,
    /// What the digests of rows begin with; one for the whole backup.
    pub seed: Seed,
    /// The encryption of all files but this one; missing for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Encryption>,
    /// Every file of the backup but the manifest and the proof, each once.
    pub files: Vec<File>,
    /// The tables and what else has rows.
    pub tables: Vec<Table>,
    /// The positions of sequences, as they are in the table of contents.
    #[serde(default)]
    pub sequences: Vec<Sequence>,
    /// How many large objects there are, and the digest of them all: a row for each, its number in decimal digits, a tabulator,
    /// its bytes.
    #[serde(default)]
    pub large_objects: Rows,
    /// What was left out and why, a sentence each, as it was told when the backup was made.
    #[serde(default)]
    pub left_out: Vec<String>,
}

/// Where a backup comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The engine.
    pub engine: Engine,
    /// The database's name; an SQLite database's file name.
    pub database: String,
    /// The server's version as it prints it, `15.18 (Debian 15.18-0+deb12u1)`; SQLite's.
    pub version: String,
    /// The same as a number, `150018`.
    pub version_number: u32,
    /// The database's encoding, `UTF8`.
    pub encoding: String,
    /// The server's `system_identifier`, where it may be read: tells copies of one cluster from others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The place in the server's log that the snapshot stands for, `0/16B3748`; missing on SQLite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lsn: Option<String>,
    /// The version that the migrations' ledger had, for a drill that migrates on; missing without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migration: Option<String>,
}

/// An engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// PostgreSQL: the files are a folder that pg_restore reads.
    Postgres,
    /// SQLite: the file is a database.
    Sqlite,
}

/// What made a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tools {
    /// Mainstay's version.
    pub mainstay: String,
    /// The version of the pg_dump that wrote the schema; missing on SQLite.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pg_dump: Option<String>,
}

/// How files are encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encryption {
    /// The way; `age` is the only one.
    pub method: Cipher,
    /// The public keys that it was encrypted to: which secret keys open it.
    pub recipients: Vec<String>,
}

/// A way to encrypt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cipher {
    /// The format of the tool age, version 1.
    Age,
}

/// A file as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its name in the backup's folder, with the suffix of its compression and encryption.
    pub name: String,
    /// Size and BLAKE3 of the stored bytes, compressed and encrypted as they are.
    #[serde(flatten)]
    pub stored: Stored,
    /// How it is compressed, below its encryption.
    pub codec: Codec,
    /// Its bytes before compression and encryption.
    pub plain_bytes: u64,
}

/// A table's rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its schema; `main` on SQLite.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its columns in the order of COPY, generated ones left out.
    pub columns: Vec<String>,
    /// How the rows were written when their digests were taken. To compare, they have to be written in the same way.
    pub copy: CopyFormat,
    /// All its rows.
    pub rows: Rows,
    /// The files that hold them. They add up to `rows`. On SQLite there are none: all tables are in the one file.
    pub parts: Vec<Part>,
}

/// A file of a table's rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its name among the manifest's files.
    pub file: String,
    /// Its rows.
    pub rows: Rows,
    /// Which rows it has; missing where it has all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
}

/// Which rows of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Range {
    /// Those whose key lies in it. It holds in a restored table too.
    Key {
        /// The column: an integer that is never null.
        column: String,
        /// The lowest key; missing where there is no bound.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<i64>,
        /// The highest key, itself in it; missing where there is no bound.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<i64>,
    },
    /// Those that lay on these pages of the table's file (8 KiB each, from 0). A restored table has them elsewhere.
    Pages {
        /// The first page.
        from: u32,
        /// The page after the last; missing for the end of the table.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<u32>,
    },
}

/// A sequence's position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// `last_value`.
    pub last: i64,
    /// Whether that was handed out.
    pub called: bool,
}

#[cfg(test)]
mod tests;
