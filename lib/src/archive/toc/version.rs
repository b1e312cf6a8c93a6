//! Versions of the format.

use std::fmt;

use crate::error::{Error, ErrorKind, Result};

use super::{Algorithm, Compression, Toc};

/// A version of the format: 1.14 for minor 14.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// 12 to 16.
    pub minor: u8,
    /// 0 in all that was released. Any is read.
    pub revision: u8,
}

impl Version {
    /// Since PostgreSQL 9.0.
    pub const V1_12: Self = Self::of(12);
    /// Since PostgreSQL 11 and the minor releases of its time: the search path is an entry.
    pub const V1_13: Self = Self::of(13);
    /// PostgreSQL 12 to 15: table access methods. Every pg_restore in support reads it.
    pub const V1_14: Self = Self::of(14);
    /// PostgreSQL 16: the header names the compression.
    pub const V1_15: Self = Self::of(15);
    /// Since PostgreSQL 17: `relkind`, large objects in groups.
    pub const V1_16: Self = Self::of(16);

    const fn of(minor: u8) -> Self {
        Self { minor, revision: 0 }
    }

    /// Whether entries have a table access method.
    pub fn has_access_method(self) -> bool {
        self.minor >= 14
    }

    /// Whether the header names the compression instead of gzip's level.
    pub fn names_compression(self) -> bool {
        self.minor >= 15
    }

    /// Whether entries have `relkind`, and large objects come in groups.
    pub fn has_relkind(self) -> bool {
        self.minor >= 16
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor)
    }
}

/// `pg_class.relkind` of a partitioned table.
const PARTITIONED: i32 = b'p' as i32;

impl Toc {
    /// The same in another version of the format. An older one has no place for `relkind`, which pg_restore needs only where
    /// a partitioned table has an access method for its partitions.
    ///
    /// # Errors
    /// The version has no place for something that matters: names the object.
    pub fn into_version(mut self, version: Version) -> Result<Self> {
        let lost = self.entries.iter().find(|entry| {
            let method = entry.access_method.is_some();
            let named = entry.relkind == PARTITIONED && method && !version.has_relkind();
            let unnamed = method && !version.has_access_method() && entry.access_method.as_deref() != Some(b"heap");
            named || unnamed || (entry.kind == "BLOB METADATA" && !version.has_relkind())
        });
        if let Some(entry) = lost {
            let message = format!("version {version} of PostgreSQL's archives has no place for {}", entry.describe());
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        self.header.compression = self.header.compression.at(version);
        self.header.version = version;
        for entry in &mut self.entries {
            if !version.has_access_method() {
                entry.access_method = None;
            }
            if !version.has_relkind() {
                entry.relkind = 0;
            }
        }
        Ok(self)
    }
}

impl Compression {
    /// The same as `version` says it. Where it can only say a level, what is not gzip counts as compressed by default.
    pub fn at(self, version: Version) -> Self {
        match (self, version.names_compression()) {
            (Self::Level(0), true) => Self::Algorithm(Algorithm::None),
            (Self::Level(_), true) => Self::Algorithm(Algorithm::Gzip),
            (Self::Algorithm(Algorithm::None), false) => Self::Level(0),
            (Self::Algorithm(_), false) => Self::Level(-1),
            (same, _) => same,
        }
    }
}
