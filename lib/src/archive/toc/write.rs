//! From a table of contents to bytes.

use super::read::{FORMAT, INT_SIZE, MAGIC, MAJOR};
use super::{Algorithm, Compression, Entry, Header, Section, Toc, Version};

impl Toc {
    /// The bytes of its `toc.dat`. What the header's version has no place for is left out: [`Toc::into_version`] refuses that
    /// where it matters.
    ///
    /// # Panics
    /// A text of more than 2 GiB: PostgreSQL has none above 1 GiB.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        header(&mut bytes, &self.header);
        int(&mut bytes, length(self.entries.len()));
        for one in &self.entries {
            entry(&mut bytes, one, self.header.version);
        }
        bytes
    }
}

fn header(bytes: &mut Vec<u8>, header: &Header) {
    let version = header.version;
    bytes.extend(MAGIC);
    bytes.extend([MAJOR, version.minor, version.revision, INT_SIZE, header.offset_size, FORMAT]);
    match header.compression.at(version) {
        Compression::Level(level) => int(bytes, level),
        Compression::Algorithm(algorithm) => bytes.push(algorithm.number()),
    }
    let created = header.created;
    let date = [created.day, created.month, created.year, created.summer_time];
    for number in [created.second, created.minute, created.hour].into_iter().chain(date) {
        int(bytes, number);
    }
    for value in [&header.database, &header.server_version, &header.dump_version] {
        text(bytes, value.as_deref());
    }
}

fn entry(bytes: &mut Vec<u8>, entry: &Entry, version: Version) {
    int(bytes, entry.id);
    int(bytes, i32::from(entry.had_dumper));
    text(bytes, Some(entry.catalog.to_string().as_bytes()));
    text(bytes, Some(entry.oid.to_string().as_bytes()));
    text(bytes, entry.tag.as_deref());
    text(bytes, Some(entry.kind.as_bytes()));
    int(bytes, entry.section.number());
    for value in [&entry.definition, &entry.drop, &entry.copy, &entry.namespace, &entry.tablespace] {
        text(bytes, value.as_deref());
    }
    if version.has_access_method() {
        text(bytes, entry.access_method.as_deref());
    }
    if version.has_relkind() {
        int(bytes, entry.relkind);
    }
    text(bytes, entry.owner.as_deref());
    text(bytes, Some(if entry.with_oids { b"true" } else { b"false" }));
    for dependency in &entry.dependencies {
        text(bytes, Some(dependency.to_string().as_bytes()));
    }
    text(bytes, None);
    text(bytes, Some(&entry.file));
}

fn int(bytes: &mut Vec<u8>, number: i32) {
    bytes.push(u8::from(number < 0));
    bytes.extend(number.unsigned_abs().to_le_bytes());
}

fn text(bytes: &mut Vec<u8>, text: Option<&[u8]>) {
    int(bytes, text.map_or(-1, |text| length(text.len())));
    bytes.extend(text.unwrap_or_default());
}

fn length(number: usize) -> i32 {
    i32::try_from(number).expect("less than 2 GiB")
}

impl Algorithm {
    pub(super) fn number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Gzip => 1,
            Self::Lz4 => 2,
            Self::Zstd => 3,
        }
    }
}

impl Section {
    fn number(self) -> i32 {
        match self {
            Self::None => 1,
            Self::PreData => 2,
            Self::Data => 3,
            Self::PostData => 4,
        }
    }
}
