//! A catalog as the objects that are compared, each with its attributes.
//!
//! It knows few kinds of object by heart. What an object is comes as data, so an attribute that the model learns is compared
//! without a line here.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::catalog::{Catalog, Content, Index, Name, Object, ObjectId, ObjectKind, Table};
use crate::dialect::is_books;
use crate::ledger;
use crate::sql::{Flavor, Token, TokenKind, significant};

use super::Measure;

/// Objects in their own right, though their wholes hold them.
const PARTS: [&str; 7] = ["columns", "constraints", "not_null_constraint", "indexes", "triggers", "rules", "policies"];

/// What the index of a key has from its constraint, which is compared.
const OF_THE_KEY: [&str; 7] =
    ["definition", "columns", "include", "unique", "primary", "predicate", "nulls_not_distinct"];

/// An object as it is compared.
pub(super) struct Compared {
    /// The object that it comes and goes with.
    pub(super) whole: Option<ObjectId>,
    pub(super) attributes: BTreeMap<String, Value>,
}

pub(super) type Objects = BTreeMap<ObjectId, Compared>;

/// The names of all that would be compared: a service's own objects.
pub fn inventory(catalog: &Catalog, flavor: Flavor) -> Vec<ObjectId> {
    objects(catalog, flavor, Measure { rights: false, others: true, extensions: false }).into_keys().collect()
}

/// The objects of `catalog`, but for the books of migration tools and what is measured.
pub(super) fn objects(catalog: &Catalog, flavor: Flavor, measure: Measure) -> Objects {
    let bare = catalog.clone().structure();
    let wholes = wholes(&bare);
    let books: BTreeSet<ObjectId> = bare.tables.iter().filter(|table| is_books(table)).map(Table::id).collect();
    let is_tools = |id: &ObjectId| books.contains(id) || is_mainstays(id);
    let mut objects = Objects::new();
    for object in bare.objects() {
        let table = table_of(&object, &wholes);
        if is_tools(&object.id) || table.is_some_and(is_tools) {
            continue;
        }
        // The model has nothing that JSON cannot hold.
        let Ok(Value::Object(mut attributes)) = serde_json::to_value(object.content) else { continue };
        if measure.rights {
            attributes.extend(rights(&bare, &object.id));
        }
        let left_out = |name: &str| is_left_out(&object, name, flavor, measure);
        let attributes = attributes
            .into_iter()
            .filter(|(name, value)| !left_out(name) && !says_nothing(value))
            .map(|(name, value)| (name, canonical(value, flavor)))
            .collect();
        let whole = key_of(&object, table).or(table.cloned());
        objects.insert(named(object, flavor), Compared { whole, attributes });
    }
    let unclaimed = bare.unclaimed.iter().filter(|id| !is_tools(id));
    objects.extend(unclaimed.map(|id| (id.clone(), Compared { whole: None, attributes: BTreeMap::new() })));
    objects
}

/// Privileges and security labels, which a catalog keeps beside the object.
fn rights(catalog: &Catalog, id: &ObjectId) -> Map<String, Value> {
    let privileges = catalog.privileges_on(id).map(|one| json!({ "granted": one.granted, "revoked": one.revoked }));
    let mut rights = match privileges {
        Some(Value::Object(rights)) => rights,
        _ => Map::new(),
    };
    rights.insert("labels".to_owned(), json!(catalog.labels_on(id)));
    rights
}

/// Whatever has parts, by its own name, and an index's table by that of the index.
fn wholes(catalog: &Catalog) -> BTreeMap<Name, ObjectId> {
    let mut wholes = BTreeMap::new();
    let mut add = |name: &Name, id: ObjectId, indexes: &[Index]| {
        wholes.extend(indexes.iter().map(|index| (Name::new(&*name.schema, &*index.name), id.clone())));
        wholes.insert(name.clone(), id);
    };
    for table in &catalog.tables {
        add(&table.name, table.id(), &table.indexes);
    }
    for view in &catalog.views {
        add(&view.name, view.id(), &view.indexes);
    }
    for domain in &catalog.domains {
        add(&domain.name, ObjectId::of(ObjectKind::Domain, &domain.name), &[]);
    }
    wholes
}

/// The table, view or domain that an object hangs on.
fn table_of<'a>(object: &Object<'_>, wholes: &'a BTreeMap<Name, ObjectId>) -> Option<&'a ObjectId> {
    use ObjectKind as Kind;
    match object.content {
        Content::Sequence(sequence) => wholes.get(&sequence.owned_by.as_ref()?.table),
        Content::Statistics(statistics) => wholes.get(&statistics.table),
        _ => match object.id.kind {
            Kind::Column | Kind::Constraint | Kind::Index | Kind::Trigger | Kind::Rule | Kind::Policy => {
                wholes.get(&object.id.qualified())
            }
            _ => None,
        },
    }
}

/// The constraint that an index serves.
fn key_of(object: &Object<'_>, table: Option<&ObjectId>) -> Option<ObjectId> {
    match (object.content, table) {
        (Content::Index(index), Some(table)) => {
            Some(ObjectId::part(ObjectKind::Constraint, &table.qualified(), index.constraint.clone()?))
        }
        _ => None,
    }
}

/// What it is called; SQLite has constraints without a name: they are what they say.
fn named(object: Object<'_>, flavor: Flavor) -> ObjectId {
    match object.content {
        Content::Constraint(one) if one.name.is_empty() => {
            ObjectId { detail: as_meant(&one.definition, flavor), ..object.id }
        }
        _ => object.id,
    }
}

/// Whether Mainstay keeps it for itself.
fn is_mainstays(id: &ObjectId) -> bool {
    match id.kind {
        ObjectKind::Schema => id.name == "mainstay",
        _ => ledger::owns(&id.schema, &id.name),
    }
}

fn is_left_out(object: &Object<'_>, name: &str, flavor: Flavor, measure: Measure) -> bool {
    match (object.content, name) {
        (_, "name") => true,
        (_, "owner") => !measure.rights,
        (Content::Extension(_), "version" | "casts") => !measure.extensions,
        // SQLite keeps the statement as it was typed, and changes it by gluing: what it says is in columns and constraints, but
        // of a virtual table in the statement alone.
        (Content::Table(table), "definition") => {
            flavor == Flavor::Sqlite && !table.options.iter().any(|option| option == "VIRTUAL")
        }
        (Content::Table(_) | Content::View(_) | Content::Domain(_), part) => PARTS.contains(&part),
        (Content::Index(index), _) => index.constraint.is_some() && OF_THE_KEY.contains(&name),
        _ => false,
    }
}

fn says_nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

/// Without what counts for nothing in SQLite's texts.
fn canonical(value: Value, flavor: Flavor) -> Value {
    match value {
        Value::String(text) => Value::String(as_meant(&text, flavor)),
        Value::Array(list) => Value::Array(list.into_iter().map(|one| canonical(one, flavor)).collect()),
        other => other,
    }
}

/// SQLite's own text is as typed: there, space and comments do not count, nor does the case of words.
fn as_meant(text: &str, flavor: Flavor) -> String {
    if flavor != Flavor::Sqlite {
        return text.to_owned();
    }
    let token = |token: Token<'_>| match token.kind {
        TokenKind::Word => token.text.to_lowercase(),
        _ => token.text.to_owned(),
    };
    significant(text, flavor).map(token).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Column, ColumnName, Schema, Sequence, Statistics};

    /// Books with what hangs on them are nobody's own; what the model has no place for is somebody's.
    #[test]
    fn an_inventory_has_a_services_own_objects_alone() {
        let column = |name: &str| Column { name: name.into(), ..Column::default() };
        let columns: Vec<Column> = ["app", "name", "applied"].map(column).into();
        let django = Table { name: Name::new("public", "django_migrations"), columns, ..Table::default() };
        let table = |schema: &str, name: &str| Table {
            name: Name::new(schema, name),
            indexes: vec![Index { name: format!("{name}_i"), ..Index::default() }],
            ..Table::default()
        };
        let books = Name::new("public", "django_migrations");
        let owned_by = Some(ColumnName { table: books.clone(), column: "id".into() });
        let mut catalog = Catalog {
            tables: vec![django, table("mainstay", "migration"), table("main", "mainstay_x")],
            sequences: vec![Sequence { name: Name::new("public", "s"), owned_by, ..Sequence::default() }],
            statistics: vec![Statistics { name: Name::new("public", "t"), table: books, ..Statistics::default() }],
            schemas: vec![Schema { name: "mainstay".into(), ..Schema::default() }],
            ..Catalog::default()
        };
        assert_eq!(inventory(&catalog, Flavor::Postgres), []);
        catalog.tables.push(table("app", "log"));
        catalog.tables.push(table("app", "schema_version"));
        catalog.unclaimed.push(ObjectId::global(ObjectKind::Unknown, "a thing of tomorrow"));
        let names: Vec<String> = inventory(&catalog, Flavor::Postgres).iter().map(ToString::to_string).collect();
        assert_eq!(
            names,
            [
                "table app.log",
                "table app.schema_version",
                "index app.log_i",
                "index app.schema_version_i",
                "a thing of tomorrow"
            ]
        );
    }
}
