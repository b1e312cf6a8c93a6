//! The digest of a table's rows, computed while they pass.

use std::fmt;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_128_with_seed};

use crate::error::{Error, ErrorKind, Result};

use super::binary::Binary;
use super::text::Text;

/// How COPY writes rows. The digests of one table's rows differ between the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CopyFormat {
    /// A line for each row.
    Text,
    /// A count of fields and the fields, each with its length; a signature before the first row, a mark after the last.
    Binary,
}

/// How many rows there are, and the sum of their digests modulo 2^128: each row's seeded 128-bit xxh3, of its bytes without
/// what separates rows.
///
/// The order of rows does not matter, and the digests of parts add up to that of the whole. It is a sum because XOR cannot see a
/// row that is there twice more. It finds damage, not forgery: who knows the seed can make other rows with the same sum.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rows {
    /// The number of rows.
    pub count: u64,
    /// The sum; 32 hexadecimal digits in text.
    #[serde(with = "hex")]
    pub sum: u128,
}

/// What the digests of one backup's rows begin with: two rows that have the same digest in one have different ones in another.
/// 16 hexadecimal digits in text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seed(#[serde(with = "hex")] pub u64);

impl AddAssign for Rows {
    fn add_assign(&mut self, other: Self) {
        // A manifest may say anything.
        self.count = self.count.saturating_add(other.count);
        self.sum = self.sum.wrapping_add(other.sum);
    }
}

impl std::iter::Sum for Rows {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |mut whole, part| {
            whole += part;
            whole
        })
    }
}

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows, {:032x}", self.count, self.sum)
    }
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Reads what COPY writes, in pieces that may end anywhere, and adds its rows up. A stored file of text ends with `\.` and empty
/// lines, a stream from the server with its last row; both are whole.
///
/// Takes no memory for rows: one that does not lie in a single piece is digested as it comes.
pub struct RowReader {
    hash: RowHash,
    split: Split,
}

enum Split {
    Text(Text),
    Binary(Binary),
}

impl RowReader {
    /// One at the beginning of a stream.
    pub fn new(format: CopyFormat, seed: Seed) -> Self {
        let split = match format {
            CopyFormat::Text => Split::Text(Text::default()),
            CopyFormat::Binary => Split::Binary(Binary::default()),
        };
        Self { hash: RowHash { seed: seed.0, total: Rows::default(), begun: None }, split }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// They are not what COPY writes in this format: says after which row.
    pub fn push(&mut self, bytes: &[u8]) -> Result<()> {
        let taken = match &mut self.split {
            Split::Text(text) => text.push(bytes, &mut self.hash),
            Split::Binary(binary) => binary.push(bytes, &mut self.hash),
        };
        taken.map_err(|wrong| self.damaged(wrong))
    }

    /// The rows until here, all of them whole.
    pub fn so_far(&self) -> Rows {
        self.hash.total
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// It ends within a row, or the end of a binary stream is missing.
    pub fn finish(self) -> Result<Rows> {
        let ended = match &self.split {
            Split::Text(text) => text.finish(),
            Split::Binary(binary) => binary.finish(),
        };
        ended.map_err(|wrong| self.damaged(wrong))?;
        Ok(self.hash.total)
    }

    fn damaged(&self, wrong: &'static str) -> Error {
        let message = format!("the rows are damaged after row {}: {wrong}", self.hash.total.count);
        Error::new(ErrorKind::Verification, message)
    }
}

/// Digests a large object as a row: its number in decimal digits, a tabulator, its bytes.
pub struct LargeObjectReader(RowHash);

impl LargeObjectReader {
    /// The object `oid` before its first byte.
    pub fn new(oid: u32, seed: Seed) -> Self {
        let mut hash = RowHash { seed: seed.0, total: Rows::default(), begun: None };
        hash.part(format!("{oid}\t").as_bytes());
        Self(hash)
    }

    /// Takes its next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.0.part(bytes);
    }

    /// The one row that it is.
    pub fn finish(mut self) -> Rows {
        self.0.end();
        self.0.total
    }
}

/// Adds up rows that come whole or in pieces.
pub(super) struct RowHash {
    seed: u64,
    total: Rows,
    /// The row that is not whole yet.
    begun: Option<Box<Xxh3>>,
}

impl RowHash {
    /// A row that lies in one piece.
    pub(super) fn whole(&mut self, row: &[u8]) {
        self.total += Rows { count: 1, sum: xxh3_128_with_seed(row, self.seed) };
    }

    /// The next bytes of a row.
    pub(super) fn part(&mut self, bytes: &[u8]) {
        self.begun.get_or_insert_with(|| Box::new(Xxh3::with_seed(self.seed))).update(bytes);
    }

    /// The end of a row that came in parts.
    pub(super) fn end(&mut self) {
        let sum = self.begun.take().map_or_else(|| xxh3_128_with_seed(&[], self.seed), |row| row.digest128());
        self.total += Rows { count: 1, sum };
    }

    /// Forgets the row that was begun: it is none.
    pub(super) fn drop_begun(&mut self) {
        self.begun = None;
    }
}

/// A number as all its hexadecimal digits: as a number of JSON, many programs would round it.
mod hex {
    use std::fmt::LowerHex;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer, N: LowerHex>(number: &N, to: S) -> Result<S::Ok, S::Error> {
        let width = 2 * size_of::<N>();
        to.collect_str(&format_args!("{number:0width$x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>, N: TryFrom<u128>>(from: D) -> Result<N, D::Error> {
        let text = String::deserialize(from)?;
        let width = 2 * size_of::<N>();
        let digits = text.len() == width && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = if digits { u128::from_str_radix(&text, 16).ok() } else { None };
        let number = number.and_then(|number| N::try_from(number).ok());
        number.ok_or_else(|| D::Error::custom(format_args!("{text:?} is not {width} hexadecimal digits")))
    }
}
