//! Rows of tables.

use crate::archive::digest::CopyFormat;
use crate::archive::toc::{Entry, SHARED_LOAD, Section};
use crate::error::Result;
use crate::sql::ident;

use super::{Composer, data_entry, names};

/// What follows the last row in a file of COPY's text.
pub const LINE_END: &[u8] = b"\\.\n\n\n";

/// A data entry of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// Its number.
    pub id: i32,
    /// The name of its file without the suffix of its compression: `3428.dat`.
    pub file: String,
}

/// A table that an extension has made and whose rows are the user's (`pg_extension_config_dump`). A schema has no entry for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigTable<'a> {
    /// Its object identifier.
    pub oid: u32,
    /// Its schema.
    pub schema: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its owner.
    pub owner: &'a str,
    /// The loads of the tables that its foreign keys lead to: they must be done before, for the keys are there already.
    pub after: &'a [i32],
}

impl Composer {
    /// The rows of a table in so many `parts`, each a file of its own, none for 0; `columns` are the ones that COPY writes, which
    /// leaves out generated ones.
    ///
    /// With several parts, parallel workers load them at once. An index of the table waits for all of them.
    ///
    /// # Errors
    /// The schema has no such table.
    pub fn table(&mut self, oid: u32, columns: &[&str], format: CopyFormat, parts: usize) -> Result<Vec<Load>> {
        let table = self.relation(oid, "TABLE")?.clone();
        let name = names::qualified(&table);
        let mut loads = Vec::new();
        for _ in 0..parts {
            let mut entry = data_entry(self.next_id(), "TABLE DATA", &table);
            entry.oid = oid;
            entry.copy = Some(copy(&name, columns, format));
            match parts {
                1 => entry.dependencies = vec![table.id],
                // No dependency on the table: it would be there by then anyway, and a pg_restore that does not know the
                // marker (before May 2023) finds no table to truncate.
                _ => entry.definition = Some([SHARED_LOAD.as_bytes(), &name].concat()),
            }
            loads.push(self.load(entry));
        }
        if parts > 1 {
            self.loads.insert(table.id, loads.iter().map(|load| load.id).collect());
        }
        Ok(loads)
    }

    /// The user's rows of an extension's table.
    pub fn config_table(&mut self, table: &ConfigTable<'_>, columns: &[&str], format: CopyFormat) -> Load {
        // The table has a number, as with pg_dump, and no entry.
        let missing = self.next_id();
        let tag = Some(table.name.as_bytes().to_vec());
        let mut entry = Entry::new(self.next_id(), "TABLE DATA", tag, Section::Data);
        entry.oid = table.oid;
        entry.namespace = Some(table.schema.as_bytes().to_vec());
        entry.owner = Some(table.owner.as_bytes().to_vec());
        entry.copy = Some(copy(&names::qualified(&entry), columns, format));
        entry.dependencies = [&[missing], table.after].concat();
        self.load(entry)
    }

    fn load(&mut self, mut entry: Entry) -> Load {
        let load = Load { id: entry.id, file: format!("{}.dat", entry.id) };
        entry.had_dumper = true;
        entry.file = load.file.clone().into_bytes();
        self.data.push(entry);
        load
    }
}

fn copy(name: &[u8], columns: &[&str], format: CopyFormat) -> Vec<u8> {
    let columns: Vec<String> = columns.iter().map(|column| ident(column)).collect();
    let columns = if columns.is_empty() { String::new() } else { format!("({})", columns.join(", ")) };
    let options = match format {
        CopyFormat::Text => "",
        CopyFormat::Binary => " WITH (FORMAT binary)",
    };
    [b"COPY ", name, format!(" {columns} FROM stdin{options};\n").as_bytes()].concat()
}
