//! What hangs on a table or view.

use serde::{Deserialize, Deserializer};

use super::assemble::Oid;
use super::book::Book;
use super::class;
use crate::catalog::{
    Column, Constraint, Index, Name, ObjectId, ObjectKind as Kind, Policy, Rule, Size, Table, Trigger, View,
};

/// What hangs on a table or view.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) columns: Columns,
    pub(super) constraints: Listed<Constraint>,
    pub(super) indexes: Listed<Index>,
    pub(super) triggers: Listed<Trigger>,
    pub(super) rules: Listed<Rule>,
    pub(super) policies: Listed<Policy>,
    pub(super) sizes: Option<Vec<Bytes>>,
    /// Constraints of columns: oid and name.
    pub(super) not_nulls: Vec<(Oid, String)>,
}

/// Columns and their numbers.
#[derive(Default, Deserialize)]
pub(super) struct Columns {
    numbers: Vec<i32>,
    #[serde(deserialize_with = "exact")]
    parts: Vec<Column>,
}

/// Parts and their oids, in the same order.
#[derive(Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
pub(super) struct Listed<T> {
    oids: Vec<Oid>,
    #[serde(deserialize_with = "exact")]
    parts: Vec<T>,
}

/// A list grows by doubling while it is read, and a table has several that stay: they keep no room for more.
fn exact<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    let mut list = Vec::deserialize(from)?;
    list.shrink_to_fit();
    Ok(list)
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { oids: Vec::new(), parts: Vec::new() }
    }
}

impl<T> Listed<T> {
    fn iter(&self) -> impl Iterator<Item = (Oid, &T)> {
        self.oids.iter().copied().zip(&self.parts)
    }
}

/// Bytes of one relation: its part in the table's room, and its name where it is an index of the table.
#[derive(Deserialize)]
pub(super) struct Bytes(Part, Option<String>, u64);

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Part {
    Table,
    Toast,
    Index,
}

impl Parts {
    /// Enters every part of the relation `oid` called `whole` in the address book.
    pub(super) fn claim(&self, oid: Oid, whole: &Name, book: &mut Book) {
        for (number, column) in self.columns.numbers.iter().zip(&self.columns.parts) {
            book.claim_column(oid, *number, ObjectId::part(Kind::Column, whole, &*column.name));
        }
        for (oid, one) in self.constraints.iter() {
            book.claim((class::CONSTRAINT, oid), ObjectId::part(Kind::Constraint, whole, &*one.name));
        }
        for (oid, name) in &self.not_nulls {
            book.claim((class::CONSTRAINT, *oid), ObjectId::part(Kind::Constraint, whole, &**name));
        }
        for (oid, one) in self.indexes.iter() {
            let constraint = self.constraints.iter().find(|(_, served)| one.constraint.as_ref() == Some(&served.name));
            match constraint {
                Some((constraint, _)) => book.claim_part((class::RELATION, oid), (class::CONSTRAINT, constraint)),
                None => {
                    let name = Name::new(&*whole.schema, &*one.name);
                    book.claim((class::RELATION, oid), ObjectId::of(Kind::Index, &name));
                }
            }
        }
        for (oid, one) in self.triggers.iter() {
            book.claim((class::TRIGGER, oid), ObjectId::part(Kind::Trigger, whole, &*one.name));
        }
        for (oid, one) in self.rules.iter() {
            book.claim((class::RULE, oid), ObjectId::part(Kind::Rule, whole, &*one.name));
        }
        for (oid, one) in self.policies.iter() {
            book.claim((class::POLICY, oid), ObjectId::part(Kind::Policy, whole, &*one.name));
        }
    }
}

/// Gives a table its parts.
pub(super) fn complete_table(table: &mut Table, mut parts: Parts) {
    table.size = measure(parts.sizes.as_deref(), &mut parts.indexes.parts);
    if table.rows.is_none() && table.size.table == Some(0) {
        table.rows = Some(0);
    }
    table.columns = parts.columns.parts;
    table.constraints = parts.constraints.parts;
    table.indexes = parts.indexes.parts;
    table.triggers = parts.triggers.parts;
    table.rules = parts.rules.parts;
    table.policies = parts.policies.parts;
}

/// Gives a view its parts.
pub(super) fn complete_view(view: &mut View, mut parts: Parts) {
    view.size = measure(parts.sizes.as_deref(), &mut parts.indexes.parts);
    view.columns = parts.columns.parts;
    view.indexes = parts.indexes.parts;
    view.triggers = parts.triggers.parts;
    view.rules = parts.rules.parts;
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
