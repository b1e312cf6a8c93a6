//! The table of contents of an archive in the custom format, `pg_dump -Fc`: the front of its one file.
//!
//! It differs from `toc.dat` in what ends an entry: where its data is in the file, if the program that wrote it could go back to
//! say so. Source: `pg_backup_custom.c`, `_ReadExtraToc`, and `ReadOffset` in `pg_backup_archiver.c`.

use crate::error::Result;

use super::Toc;
use super::cursor::Cursor;
use super::read::{count, entry, header};

/// The number of the custom format.
const FORMAT: u8 = 1;

/// The front of an archive in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Custom {
    /// The table of contents, whose entries name no files.
    pub toc: Toc,
    /// Where the data of each entry is.
    pub data: Vec<Location>,
    /// Where the first data begins, in bytes from the beginning of the file.
    pub end: u64,
}

/// Where the data of an entry is in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// There is none.
    None,
    /// At so many bytes from the beginning of the file.
    At(u64),
    /// Somewhere: the file was written as a stream.
    Unknown,
}

impl Custom {
    /// Reads the first bytes of a file; `None` where the table of contents goes on behind them.
    ///
    /// # Errors
    /// It is no archive of the custom format, of a version that is not known, or damaged.
    pub fn read(front: &[u8]) -> Result<Option<Self>> {
        let mut cursor = Cursor::new(front);
        match read(&mut cursor) {
            Err(_) if cursor.short => Ok(None),
            read => read.map(Some),
        }
    }
}

fn read(cursor: &mut Cursor<'_>) -> Result<Custom> {
    let header = header(cursor, FORMAT)?;
    let (mut entries, mut data) = (Vec::new(), Vec::new());
    for number in 1..=count(cursor)? {
        cursor.entry = number;
        entries.push(entry(cursor, header.version)?);
        data.push(location(cursor, header.offset_size)?);
    }
    cursor.entry = 0;
    Ok(Custom { toc: Toc { header, entries }, data, end: cursor.taken() as u64 })
}

/// A byte for what is known, and the offset, the lowest byte first.
fn location(cursor: &mut Cursor<'_>, size: u8) -> Result<Location> {
    let known = cursor.byte("the place of the data")?;
    let bytes = cursor.take(usize::from(size), "the place of the data")?;
    let mut offset = 0_u64;
    for byte in bytes.iter().rev() {
        offset = offset.checked_mul(256).ok_or_else(|| cursor.damaged("the place of the data", "is no offset"))?;
        offset += u64::from(*byte);
    }
    match known {
        1 => Ok(Location::Unknown),
        2 => Ok(Location::At(offset)),
        3 => Ok(Location::None),
        other => Err(cursor.damaged("the place of the data", &format!("is of the kind {other}, and there are 1 to 3"))),
    }
}
