//! From bytes to a table of contents.

use crate::error::{Error, ErrorKind, Result};

use super::cursor::Cursor;
use super::{Algorithm, Compression, Entry, Header, Moment, Section, Toc, Version};

pub(super) const MAGIC: &[u8; 5] = b"PGDMP";
pub(super) const MAJOR: u8 = 1;
/// Bytes of a number beside its sign. pg_dump has never written another size.
pub(super) const INT_SIZE: u8 = 4;
/// The directory format gives itself out as the tar format, whose files it has.
pub(super) const FORMAT: u8 = 3;

impl Toc {
    /// Reads the bytes of a `toc.dat`. Takes no more memory than a few times their number, whatever they say.
    ///
    /// # Errors
    /// They are no table of contents of the directory format, of a version that is not known, or damaged: with the offset,
    /// and what was being read there.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let mut cursor = Cursor::new(bytes);
        let header = header(&mut cursor, FORMAT)?;
        let mut entries = Vec::new();
        for number in 1..=count(&mut cursor)? {
            cursor.entry = number;
            let mut entry = entry(&mut cursor, header.version)?;
            entry.file = cursor.owned("the file")?.ok_or_else(|| cursor.damaged("the file", "is missing"))?;
            entries.push(entry);
        }
        cursor.entry = 0;
        match cursor.left() {
            0 => Ok(Self { header, entries }),
            left => {
                cursor.take(left, "the end")?;
                Err(cursor.damaged("the end", &format!("is followed by {left} more bytes")))
            }
        }
    }
}

/// The number of entries, which follows the header.
pub(super) fn count(cursor: &mut Cursor<'_>) -> Result<usize> {
    let count = cursor.int("the number of entries")?;
    usize::try_from(count).map_err(|_| cursor.damaged("the number of entries", "is negative"))
}

/// The header of an archive whose format has the number `expected`.
pub(super) fn header(cursor: &mut Cursor<'_>, expected: u8) -> Result<Header> {
    if cursor.take(MAGIC.len(), "the first word").ok() != Some(MAGIC) {
        let message = "toc.dat is no table of contents of PostgreSQL: it does not begin with PGDMP";
        return Err(Error::new(ErrorKind::Verification, message));
    }
    let version = version(cursor)?;
    let int_size = cursor.byte("the size of numbers")?;
    if int_size != INT_SIZE {
        return Err(cursor.damaged("the size of numbers", &format!("is {int_size} bytes and not {INT_SIZE}")));
    }
    let offset_size = cursor.byte("the size of offsets")?;
    let format = cursor.byte("the format")?;
    if format != expected {
        let whose = if expected == FORMAT { "a directory's" } else { "a single file's" };
        return Err(cursor.damaged("the format", &format!("is number {format} and not {expected}, {whose}")));
    }
    let compression = match version.names_compression() {
        false => Compression::Level(cursor.int("the level of compression")?),
        true => {
            let number = cursor.byte("the compression")?;
            let unknown = || cursor.damaged("the compression", &format!("is number {number}, which is not known"));
            Compression::Algorithm(Algorithm::from_number(number).ok_or_else(unknown)?)
        }
    };
    Ok(Header {
        version,
        offset_size,
        compression,
        created: Moment {
            second: cursor.int("the second of its making")?,
            minute: cursor.int("the minute of its making")?,
            hour: cursor.int("the hour of its making")?,
            day: cursor.int("the day of its making")?,
            month: cursor.int("the month of its making")?,
            year: cursor.int("the year of its making")?,
            summer_time: cursor.int("the summer time of its making")?,
        },
        database: cursor.owned("the database's name")?,
        server_version: cursor.owned("the server's version")?,
        dump_version: cursor.owned("the version of pg_dump")?,
    })
}

fn version(cursor: &mut Cursor<'_>) -> Result<Version> {
    let major = cursor.byte("the version")?;
    let minor = cursor.byte("the version")?;
    let revision = cursor.byte("the version")?;
    if major == MAJOR && (Version::V1_12.minor..=Version::V1_16.minor).contains(&minor) {
        return Ok(Version { minor, revision });
    }
    let message = format!(
        "toc.dat has version {major}.{minor} of PostgreSQL's archives, and versions {} to {} can be read",
        Version::V1_12,
        Version::V1_16
    );
    let hint = match (major, minor) < (MAJOR, Version::V1_12.minor) {
        true => "restore it with pg_restore, which reads old ones too: pg_restore --dbname=NAME FOLDER",
        false => "a newer Mainstay may read it: install it, or restore with the pg_restore that came with its pg_dump",
    };
    Err(Error::new(ErrorKind::Unsupported, message).hint(hint))
}

/// An entry up to where its data is said to be, which each format does in its own way.
pub(super) fn entry(cursor: &mut Cursor<'_>, version: Version) -> Result<Entry> {
    let id = cursor.int("the number")?;
    if id <= 0 {
        return Err(cursor.damaged("the number", &format!("is {id}")));
    }
    Ok(Entry {
        id,
        had_dumper: match cursor.int("whether there is data")? {
            0 => false,
            1 => true,
            other => return Err(cursor.damaged("whether there is data", &format!("is {other}"))),
        },
        catalog: cursor.digits("the catalog")?,
        oid: cursor.digits("the object identifier")?,
        tag: cursor.owned("the tag")?,
        kind: kind(cursor)?,
        section: section(cursor)?,
        definition: cursor.owned("the definition")?,
        drop: cursor.owned("the DROP statement")?,
        copy: cursor.owned("the COPY statement")?,
        namespace: cursor.owned("the schema")?,
        tablespace: cursor.owned("the tablespace")?,
        access_method: if version.has_access_method() { cursor.owned("the access method")? } else { None },
        relkind: if version.has_relkind() { cursor.int("relkind")? } else { 0 },
        owner: cursor.owned("the owner")?,
        with_oids: match cursor.text("WITH OIDS")? {
            Some(b"false") => false,
            Some(b"true") => true,
            _ => return Err(cursor.damaged("WITH OIDS", "is neither true nor false")),
        },
        dependencies: dependencies(cursor)?,
        file: Vec::new(),
    })
}

fn kind(cursor: &mut Cursor<'_>) -> Result<String> {
    let text = cursor.text("the kind")?.and_then(|text| std::str::from_utf8(text).ok());
    text.map(str::to_owned).ok_or_else(|| cursor.damaged("the kind", "is no text"))
}

fn section(cursor: &mut Cursor<'_>) -> Result<Section> {
    match cursor.int("the section")? {
        1 => Ok(Section::None),
        2 => Ok(Section::PreData),
        3 => Ok(Section::Data),
        4 => Ok(Section::PostData),
        other => Err(cursor.damaged("the section", &format!("is {other}, and there are 1 to 4"))),
    }
}

fn dependencies(cursor: &mut Cursor<'_>) -> Result<Vec<i32>> {
    let mut dependencies = Vec::new();
    while let Some(text) = cursor.text("a dependency")? {
        dependencies.push(cursor.parse(text, "a dependency")?);
    }
    Ok(dependencies)
}

impl Algorithm {
    fn from_number(number: u8) -> Option<Self> {
        [Self::None, Self::Gzip, Self::Lz4, Self::Zstd].into_iter().find(|algorithm| algorithm.number() == number)
    }
}
