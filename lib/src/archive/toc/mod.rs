//! PostgreSQL's table of contents of an archive in its directory format: the file `toc.dat`, versions 1.12 to 1.16, in memory.
//!
//! [`Toc::read`] and [`Toc::to_bytes`] are each other's inverse, byte for byte, for every file that a pg_dump has written. Texts
//! are bytes: an archive is in the encoding of its database, which may be none. [`Custom`] reads that of the custom format, which
//! is the front of its one file.

mod cursor;
mod custom;
mod read;
mod version;
mod write;

use std::collections::HashMap;

pub use custom::{Custom, Location};
pub use version::Version;

/// What the definition of a load begins with that shares its table with others. pg_restore takes it for that of a partition
/// that is loaded through its root, and leaves out the TRUNCATE before the COPY, which would empty the table under the others.
pub const SHARED_LOAD: &str = "-- load via partition root ";

/// A table of contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toc {
    /// What it says about itself.
    pub header: Header,
    /// The objects, in the order in which a serial pg_restore takes them.
    pub entries: Vec<Entry>,
}

impl Toc {
    /// A load that shares its table with others and does not say so, if there is any.
    pub fn unshared_load(&self) -> Option<&Entry> {
        let loads = || self.entries.iter().filter(|entry| entry.kind == "TABLE DATA");
        let mut count: HashMap<_, usize> = HashMap::new();
        for load in loads() {
            *count.entry((&load.namespace, &load.tag)).or_default() += 1;
        }
        let says =
            |load: &Entry| load.definition.as_deref().is_some_and(|text| text.starts_with(SHARED_LOAD.as_bytes()));
        loads().find(|load| count[&(&load.namespace, &load.tag)] > 1 && !says(load))
    }
}

/// What a table of contents says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The format's version, which decides what the entries have.
    pub version: Version,
    /// Bytes of a file offset on the machine that wrote it: 8. The directory format has no offsets.
    pub offset_size: u8,
    /// How data files are compressed. Information: a reader goes by each file's suffix.
    pub compression: Compression,
    /// When it was begun.
    pub created: Moment,
    /// The database's name.
    pub database: Option<Vec<u8>>,
    /// The server's version as it prints it, `15.18 (Debian 15.18-0+deb12u1)`.
    pub server_version: Option<Vec<u8>>,
    /// The version of the pg_dump that wrote it, in the same form.
    pub dump_version: Option<Vec<u8>>,
}

/// How the header says that data is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Until 1.14: gzip's level, 0 for none and -1 for its default.
    Level(i32),
    /// Since 1.15: which one, without a level.
    Algorithm(Algorithm),
}

/// A way to compress, by the number that the header has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Not compressed: 0.
    None,
    /// 1.
    Gzip,
    /// 2.
    Lz4,
    /// 3.
    Zstd,
}

/// A local time without its zone, in the numbers of C's `struct tm`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// 0 to 60.
    pub second: i32,
    /// 0 to 59.
    pub minute: i32,
    /// 0 to 23.
    pub hour: i32,
    /// 1 to 31.
    pub day: i32,
    /// Months since January, 0 to 11.
    pub month: i32,
    /// Years since 1900.
    pub year: i32,
    /// 1 in summer time, 0 outside of it, -1 where nobody knows.
    pub summer_time: i32,
}

/// When an entry is restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// With the object that it belongs to: comments, privileges.
    None,
    /// Before the rows: tables, types, functions.
    PreData,
    /// Rows, positions of sequences, large objects.
    Data,
    /// After the rows: indexes, constraints, triggers.
    PostData,
}

/// One object of an archive. A text may be missing altogether, which pg_dump tells apart from an empty one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number in this archive, above 0.
    pub id: i32,
    /// Whether it has data that a program wrote into a file: the rows of a table.
    pub had_dumper: bool,
    /// The system catalog that it is a row of, such as 1259 for `pg_class`; 0 for none.
    pub catalog: u32,
    /// Its object identifier there, in the dumped database.
    pub oid: u32,
    /// Its name, or another word for it.
    pub tag: Option<Vec<u8>>,
    /// Its kind as pg_dump calls it: `TABLE`, `TABLE DATA`, `FK CONSTRAINT`.
    pub kind: String,
    /// When it is restored.
    pub section: Section,
    /// The SQL that makes it.
    pub definition: Option<Vec<u8>>,
    /// The SQL that drops it.
    pub drop: Option<Vec<u8>>,
    /// The COPY that loads its data.
    pub copy: Option<Vec<u8>>,
    /// Its schema.
    pub namespace: Option<Vec<u8>>,
    /// Its tablespace: empty for the database's own.
    pub tablespace: Option<Vec<u8>>,
    /// Its table access method, such as `heap`. Since 1.14.
    pub access_method: Option<Vec<u8>>,
    /// `pg_class.relkind` as a character's number, 0 for none. Since 1.16.
    pub relkind: i32,
    /// Its owner.
    pub owner: Option<Vec<u8>>,
    /// A table WITH OIDS, which no server since 12 can make.
    pub with_oids: bool,
    /// The numbers of the entries that must be restored first. Some have no entry.
    pub dependencies: Vec<i32>,
    /// The name of its data file without the suffix of its compression: `3428.dat`. Empty for none.
    pub file: Vec<u8>,
}

impl Entry {
    /// An entry of `kind` with nothing but its number, name and section.
    pub fn new(id: i32, kind: &str, tag: Option<Vec<u8>>, section: Section) -> Self {
        Self {
            id,
            had_dumper: false,
            catalog: 0,
            oid: 0,
            tag,
            kind: kind.to_owned(),
            section,
            definition: None,
            drop: None,
            copy: None,
            namespace: None,
            tablespace: None,
            access_method: None,
            relkind: 0,
            owner: None,
            with_oids: false,
            dependencies: Vec::new(),
            file: Vec::new(),
        }
    }

    /// How messages name it: `TABLE DATA public.t`.
    pub fn describe(&self) -> String {
        let text = |bytes: &Option<Vec<u8>>| bytes.as_deref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let schema = text(&self.namespace).map(|schema| format!("{schema}.")).unwrap_or_default();
        format!("{} {schema}{}", self.kind, text(&self.tag).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
