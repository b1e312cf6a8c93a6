//! An archive with rows, made of one without: the table of contents of `pg_dump --schema-only`, and what the data entries are.
//!
//! The objects come from pg_dump, which knows all of every version. What it leaves out of a schema is added here as pg_dump
//! itself would have it: rows, positions of sequences, large objects, the filling of materialised views.

mod large_objects;
pub(crate) mod names;
mod tables;
mod views;

pub use large_objects::{About, LargeObject, LargeObjectList};
pub use tables::{ConfigTable, LINE_END, Load};

use std::collections::BTreeMap;

use crate::error::{Error, ErrorKind, Result};

use super::codec::Codec;
use super::toc::{Algorithm, Compression, Entry, Section, Toc, Version};

/// `pg_class` itself, as a row of it.
const PG_CLASS: u32 = 1259;

/// A table of contents that grows.
pub struct Composer {
    toc: Toc,
    /// The number that no entry has and none depends on.
    free: i32,
    /// Where the relations are in the schema, by their object identifier.
    relations: BTreeMap<u32, usize>,
    /// Large objects where they are made before the rows.
    before: Vec<Entry>,
    data: Vec<Entry>,
    /// Fillings of materialised views.
    fillings: Vec<Entry>,
    /// The loads of tables that have several: each must be done before the table's indexes.
    loads: BTreeMap<i32, Vec<i32>>,
}

impl Composer {
    /// Begins with `schema`, as pg_dump made it, in a version of the format that the readers know; `codec` is for the header,
    /// which is information.
    ///
    /// # Errors
    /// The version has no place for something; or the schema has rows.
    pub fn new(schema: Toc, version: Version, codec: Codec) -> Result<Self> {
        if let Some(entry) = schema.entries.iter().find(|entry| entry.section == Section::Data) {
            let message = format!("the schema has data of its own: {}", entry.describe());
            return Err(Error::new(ErrorKind::Verification, message));
        }
        let mut toc = schema.into_version(version)?;
        toc.header.compression = in_header(codec).at(version);
        let taken = toc.entries.iter().flat_map(|entry| entry.dependencies.iter().chain(std::iter::once(&entry.id)));
        let highest = taken.copied().max().unwrap_or_default();
        if highest > i32::MAX / 2 {
            let message = format!("the schema has an entry with the number {highest}, which leaves too few free ones");
            return Err(Error::new(ErrorKind::Verification, message));
        }
        let relation = |(at, entry): (usize, &Entry)| (entry.catalog == PG_CLASS).then_some((entry.oid, at));
        let relations = toc.entries.iter().enumerate().filter_map(relation).collect();
        let (before, data, fillings) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { toc, free: highest + 1, relations, before, data, fillings, loads: BTreeMap::new() })
    }

    /// The position of a sequence, the one behind an identity column too: the last value, and whether it was handed out.
    ///
    /// # Errors
    /// The schema has no such sequence.
    pub fn sequence(&mut self, oid: u32, last: i64, called: bool) -> Result<()> {
        let id = self.next_id();
        let sequence = self.relation(oid, "SEQUENCE")?;
        let mut entry = data_entry(id, "SEQUENCE SET", sequence);
        entry.dependencies = vec![sequence.id];
        self.position(entry, last, called);
        Ok(())
    }

    /// The position of a sequence that an extension has made and whose position is the user's (`pg_extension_config_dump`). A
    /// schema has no entry for it.
    pub fn config_sequence(&mut self, schema: &str, name: &str, owner: &str, last: i64, called: bool) {
        // The sequence has a number, as with pg_dump, and no entry.
        let missing = self.next_id();
        let tag = Some(name.as_bytes().to_vec());
        let mut entry = Entry::new(self.next_id(), "SEQUENCE SET", tag, Section::Data);
        entry.namespace = Some(schema.as_bytes().to_vec());
        entry.owner = Some(owner.as_bytes().to_vec());
        entry.dependencies = vec![missing];
        self.position(entry, last, called);
    }

    fn position(&mut self, mut entry: Entry, last: i64, called: bool) {
        let name = names::literal(&names::qualified(&entry));
        let position = format!(", {last}, {called});\n");
        entry.definition = Some([b"SELECT pg_catalog.setval(", name.as_slice(), position.as_bytes()].concat());
        self.data.push(entry);
    }

    /// The whole: objects, rows in the order in which they were added, and what comes after rows.
    pub fn finish(self) -> Toc {
        let Self { mut toc, before, data, fillings, loads, .. } = self;
        for entry in toc.entries.iter_mut().filter(|entry| entry.section == Section::PostData) {
            let needed: Vec<i32> =
                entry.dependencies.iter().filter_map(|id| loads.get(id)).flatten().copied().collect();
            for load in needed {
                if !entry.dependencies.contains(&load) {
                    entry.dependencies.push(load);
                }
            }
        }
        let after = toc.entries.iter().position(|entry| entry.section == Section::PostData);
        let post_data = toc.entries.split_off(after.unwrap_or(toc.entries.len()));
        toc.entries.extend(before.into_iter().chain(data).chain(post_data).chain(fillings));
        toc
    }

    fn next_id(&mut self) -> i32 {
        self.free += 1;
        self.free - 1
    }

    /// The relation of `kind` with this object identifier.
    fn relation(&self, oid: u32, kind: &str) -> Result<&Entry> {
        let entry = self.relations.get(&oid).map(|at| &self.toc.entries[*at]).filter(|entry| entry.kind == kind);
        entry.ok_or_else(|| {
            let message = format!("pg_dump's schema has no {kind} with the object identifier {oid}");
            Error::new(ErrorKind::Verification, message).hint("it was made or dropped meanwhile: run the command again")
        })
    }
}

/// A data entry that belongs to `object`.
fn data_entry(id: i32, kind: &str, object: &Entry) -> Entry {
    let mut entry = Entry::new(id, kind, object.tag.clone(), Section::Data);
    entry.namespace = object.namespace.clone();
    entry.owner = object.owner.clone();
    entry
}

fn in_header(codec: Codec) -> Compression {
    Compression::Algorithm(match codec {
        Codec::None => Algorithm::None,
        Codec::Gzip(_) => Algorithm::Gzip,
        Codec::Zstd(_) => Algorithm::Zstd,
    })
}

#[cfg(test)]
mod tests;
