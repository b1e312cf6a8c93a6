//! Putting the rows of the catalog's queries together.

use std::collections::HashMap;

use serde::Deserialize;

use crate::catalog::{
    Catalog, Column, Constraint, Database, Enum, Extension, Index, Membership, Role, Routine, Schema, Sequence, Size,
    Table, Trigger, View,
};

/// A row's number in the system catalogs.
pub(super) type Oid = u32;

/// What has been read so far, by oid; the parts of a table may come before the table.
#[derive(Default)]
pub(super) struct Assembly {
    database: Database,
    schemas: Vec<Schema>,
    tables: HashMap<Oid, Table>,
    views: HashMap<Oid, View>,
    parts: HashMap<Oid, Parts>,
    sequences: HashMap<Oid, Sequence>,
    routines: Vec<Routine>,
    enums: Vec<Enum>,
    extensions: Vec<Extension>,
    roles: HashMap<Oid, Role>,
    memberships: HashMap<Oid, Vec<Membership>>,
}

/// What hangs on a table or view.
#[derive(Default)]
struct Parts {
    columns: Vec<Column>,
    constraints: Vec<Constraint>,
    indexes: Vec<Index>,
    triggers: Vec<Trigger>,
    sizes: Option<Vec<Bytes>>,
}

/// Bytes of one relation: its part in the table's room, and its name where it is an index of the table.
#[derive(Deserialize)]
struct Bytes(Part, Option<String>, u64);

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Part {
    Table,
    Toast,
    Index,
}

impl Assembly {
    /// Takes one row: its kind, the oid of the object that it belongs to, and its JSON.
    pub(super) fn add(&mut self, kind: &str, oid: Oid, json: &str) -> Result<(), serde_json::Error> {
        use serde_json::from_str;
        match kind {
            "database" => self.database = from_str(json)?,
            "schema" => self.schemas.push(from_str(json)?),
            "table" => drop(self.tables.insert(oid, from_str(json)?)),
            "view" => drop(self.views.insert(oid, from_str(json)?)),
            "columns" => self.parts(oid).columns = from_str(json)?,
            "constraints" => self.parts(oid).constraints = from_str(json)?,
            "indexes" => self.parts(oid).indexes = from_str(json)?,
            "triggers" => self.parts(oid).triggers = from_str(json)?,
            "size" => self.parts(oid).sizes = Some(from_str(json)?),
            "sequence" => drop(self.sequences.insert(oid, from_str(json)?)),
            "routine" => self.routines.push(from_str(json)?),
            "enum" => self.enums.push(from_str(json)?),
            "extension" => self.extensions.push(from_str(json)?),
            "role" => drop(self.roles.insert(oid, from_str(json)?)),
            "memberships" => drop(self.memberships.insert(oid, from_str(json)?)),
            other => return Err(serde::de::Error::custom(format!("a row of kind {other}"))),
        }
        Ok(())
    }

    /// The sequences, in a steady order.
    pub(super) fn sequence_oids(&self) -> Vec<Oid> {
        let mut oids: Vec<Oid> = self.sequences.keys().copied().collect();
        oids.sort_unstable();
        oids
    }

    /// Notes a sequence's position.
    pub(super) fn set_last_value(&mut self, oid: Oid, value: i64) {
        if let Some(sequence) = self.sequences.get_mut(&oid) {
            sequence.last_value = Some(value);
        }
    }

    /// The catalog, every part in its place.
    pub(super) fn finish(mut self) -> Catalog {
        for (oid, parts) in self.parts {
            if let Some(table) = self.tables.get_mut(&oid) {
                complete_table(table, parts);
            } else if let Some(view) = self.views.get_mut(&oid) {
                complete_view(view, parts);
            }
        }
        for (oid, member_of) in self.memberships {
            if let Some(role) = self.roles.get_mut(&oid) {
                role.member_of = member_of;
            }
        }
        let mut catalog = Catalog {
            database: self.database,
            schemas: self.schemas,
            tables: self.tables.into_values().collect(),
            views: self.views.into_values().collect(),
            sequences: self.sequences.into_values().collect(),
            routines: self.routines,
            enums: self.enums,
            extensions: self.extensions,
            roles: self.roles.into_values().collect(),
        };
        catalog.sort();
        catalog
    }

    fn parts(&mut self, oid: Oid) -> &mut Parts {
        self.parts.entry(oid).or_default()
    }
}

fn complete_table(table: &mut Table, mut parts: Parts) {
    table.size = measure(parts.sizes.as_deref(), &mut parts.indexes);
    if table.rows.is_none() && table.size.table == Some(0) {
        table.rows = Some(0);
    }
    table.columns = parts.columns;
    table.constraints = parts.constraints;
    table.indexes = parts.indexes;
    table.triggers = parts.triggers;
}

fn complete_view(view: &mut View, mut parts: Parts) {
    view.size = measure(parts.sizes.as_deref(), &mut parts.indexes);
    view.columns = parts.columns;
    view.indexes = parts.indexes;
    view.triggers = parts.triggers;
}

/// Adds up the relation's room, and tells each index its own.
fn measure(sizes: Option<&[Bytes]>, indexes: &mut [Index]) -> Size {
    let Some(sizes) = sizes else { return Size::default() };
    for index in indexes {
        index.bytes = sizes.iter().find(|size| size.1.as_ref() == Some(&index.name)).map(|size| size.2);
    }
    let sum = |part: Part| Some(sizes.iter().filter(|size| size.0 == part).map(|size| size.2).sum());
    Size {
        total: Some(sizes.iter().map(|size| size.2).sum()),
        table: sum(Part::Table),
        indexes: sum(Part::Index),
        toast: sum(Part::Toast),
    }
}
