//! Data files, compressed: streams of frames, one after the other, in bounded memory.
//!
//! gzip's members and zstd's frames may follow each other in one file: every reader goes on with the next, pg_restore too. So a
//! file can be made of pieces that were compressed apart.

mod decode;
mod encode;

pub use decode::Decoder;
pub use encode::Encoder;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

/// Bytes of a piece that is handed on, at most.
const PIECE: usize = 128 * 1024;

/// How a data file is compressed. In text: `none`, `gzip:1`, `zstd:3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Codec {
    /// Not at all.
    None,
    /// gzip, which every pg_restore reads, with its level, 1 to 9.
    Gzip(u8),
    /// zstd with its level, 1 to 19. pg_restore reads it since 16, where it was built with it.
    Zstd(u8),
}

impl Codec {
    /// What a file's name ends in: nothing, `.gz` or `.zst`.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Gzip(_) => ".gz",
            Self::Zstd(_) => ".zst",
        }
    }

    /// How the file called `name` must be read, by its suffix. The level is not known and does not matter for that.
    ///
    /// # Errors
    /// It is compressed in a way that is not read: lz4.
    pub fn of_file(name: &str) -> Result<Self> {
        match name.rsplit_once('.').map(|(_, suffix)| suffix) {
            Some("gz") => Ok(Self::Gzip(1)),
            Some("zst") => Ok(Self::Zstd(1)),
            Some("lz4") => {
                let message = format!("{name} is compressed with lz4, which is not read here");
                let hint = "unpack the folder's files first: lz4 -d --rm -m *.lz4";
                Err(Error::new(ErrorKind::Unsupported, message).hint(hint))
            }
            _ => Ok(Self::None),
        }
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Gzip(level) => write!(f, "gzip:{level}"),
            Self::Zstd(level) => write!(f, "zstd:{level}"),
        }
    }
}

impl FromStr for Codec {
    type Err = Error;

    /// `none`, `gzip`, `zstd`, or one of the two with a level: `zstd:3`.
    fn from_str(text: &str) -> Result<Self> {
        let (name, level) = text.split_once(':').map_or((text, None), |(name, level)| (name, Some(level)));
        let at = |highest: u8, default: u8| match level.map(str::parse) {
            None => Some(default),
            Some(Ok(level)) if (1..=highest).contains(&level) => Some(level),
            Some(_) => None,
        };
        let codec = match name {
            "none" if level.is_none() => Some(Self::None),
            "gzip" => at(9, 6).map(Self::Gzip),
            "zstd" => at(19, 3).map(Self::Zstd),
            _ => None,
        };
        codec.ok_or_else(|| {
            Error::new(ErrorKind::Usage, format!("there is no compression {text:?}"))
                .hint("none, gzip:1 to gzip:9, or zstd:1 to zstd:19")
        })
    }
}

impl TryFrom<String> for Codec {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Codec> for String {
    fn from(codec: Codec) -> Self {
        codec.to_string()
    }
}

#[cfg(test)]
mod tests;
