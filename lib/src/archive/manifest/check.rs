//! Whether a manifest agrees with itself. A store is not trusted: names may not lead out of the backup's folder.

use std::collections::HashSet;

use crate::archive::digest::Rows;
use crate::error::{Error, ErrorKind, Result};

use super::{Engine, File, MANIFEST, Manifest, PROOF, Range, Table};

impl Manifest {
    /// Every file is named once and by a plain name; every part has a file of its own; parts add up to their table, and only
    /// ranges cut one up.
    ///
    /// # Errors
    /// The first contradiction.
    pub fn check(&self) -> Result<()> {
        let mut names = HashSet::new();
        for file in &self.files {
            let plain = !file.name.is_empty()
                && !file.name.starts_with('.')
                && file.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
            if !plain || [MANIFEST, PROOF].contains(&file.name.as_str()) {
                return Err(wrong(format!("{:?} is no name of a file in a backup", file.name)));
            }
            if !names.insert(file.name.as_str()) {
                return Err(wrong(format!("the file {} is listed twice", file.name)));
            }
            if file.stored.blake3.len() != 64 || !file.stored.blake3.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(wrong(format!("the file {} has no BLAKE3 of 64 hexadecimal digits", file.name)));
            }
        }
        let mut tables = HashSet::new();
        let mut used = HashSet::new();
        for table in &self.tables {
            if !tables.insert((&table.schema, &table.name)) {
                return Err(wrong(format!("the table {} is listed twice", table.describe())));
            }
            match self.source.engine {
                Engine::Postgres => table.check_parts()?,
                // All tables are in the one file.
                Engine::Sqlite if table.parts.is_empty() => {}
                Engine::Sqlite => return Err(wrong(format!("{} has files of its own on SQLite", table.describe()))),
            }
            for part in &table.parts {
                if !names.contains(part.file.as_str()) {
                    return Err(wrong(format!("{} of {} is not among the files", part.file, table.describe())));
                }
                if !used.insert(part.file.as_str()) {
                    return Err(wrong(format!("the file {} holds rows of two parts", part.file)));
                }
            }
        }
        Ok(())
    }
}

impl File {
    /// Its name without the suffixes of compression and encryption, by which the table of contents calls it.
    pub fn base(&self) -> &str {
        let name = self.name.strip_suffix(".age").unwrap_or(&self.name);
        name.strip_suffix(self.codec.suffix()).unwrap_or(name)
    }
}

impl Table {
    /// `schema.name`, as it is, for messages.
    pub fn describe(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }

    fn check_parts(&self) -> Result<()> {
        let sum: Rows = self.parts.iter().map(|part| part.rows).sum();
        if sum != self.rows {
            return Err(wrong(format!(
                "the parts of {} do not add up to it: {sum} and not {}",
                self.describe(),
                self.rows
            )));
        }
        if self.parts.len() > 1 && self.parts.iter().any(|part| part.range.is_none()) {
            return Err(wrong(format!("{} has several parts, and one that says it is all", self.describe())));
        }
        let empty = |range: &Range| match range {
            Range::Key { from: Some(from), to: Some(to), .. } => from > to,
            Range::Pages { from, to: Some(to) } => from >= to,
            _ => false,
        };
        match self.parts.iter().find(|part| part.range.as_ref().is_some_and(empty)) {
            Some(part) => {
                Err(wrong(format!("the range of {} in {} ends before it begins", part.file, self.describe())))
            }
            None => Ok(()),
        }
    }
}

fn wrong(message: String) -> Error {
    Error::new(ErrorKind::Verification, message)
}
