//! What of a database is its schema: not the books that migration tools keep in it, and not what is the database's own.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Name, ObjectId, ObjectKind as Kind};
use crate::dialect::is_books;

/// `catalog` without Mainstay's own objects, every migration tool's books, and the settings of the database, which belong to it
/// as its name does: `pg_dump` leaves them out too.
pub fn schema_only(mut catalog: Catalog) -> Catalog {
    catalog.settings.clear();
    let books = books(&catalog);
    catalog.retain(|id| !(is_own(id) || shares_names(id.kind) && books.contains(&id.qualified())));
    catalog
}

/// The tables that are books, with the sequences of their columns.
fn books(catalog: &Catalog) -> BTreeSet<Name> {
    let mut names: BTreeSet<Name> =
        catalog.tables.iter().filter(|table| is_books(table)).map(|table| table.name.clone()).collect();
    let owned = |name: &Name| names.contains(name);
    let sequences = catalog.sequences.iter().filter(|one| one.owned_by.as_ref().is_some_and(|by| owned(&by.table)));
    let sequences: Vec<Name> = sequences.map(|one| one.name.clone()).collect();
    names.extend(sequences);
    names
}

/// Mainstay's schema, or on SQLite its tables.
fn is_own(id: &ObjectId) -> bool {
    let own_schema = id.schema == "mainstay" || (id.kind == Kind::Schema && id.name == "mainstay");
    own_schema || (id.schema == "main" && id.name.starts_with("mainstay_"))
}

/// Tables and sequences, and what bears their names: a function may be called as a table is.
fn shares_names(kind: Kind) -> bool {
    use Kind::{Column, Constraint, Default, ForeignTable, Policy, Rule, Sequence, Table, Trigger};
    matches!(kind, Table | ForeignTable | Sequence | Column | Default | Constraint | Trigger | Rule | Policy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{
        Column, ColumnName, Dependencies, Grant, Privileges, Routine, Schema, Sequence, Setting, Table,
    };

    #[test]
    fn books_go_with_all_that_hangs_on_them() {
        let name = |name: &str| Name::new("public", name);
        let column = |name: &str| Column { name: name.into(), ..Column::default() };
        let columns: Vec<Column> = ["version_id", "is_applied", "tstamp"].map(column).into();
        let table = |name: Name| Table { name, columns: columns.clone(), ..Table::default() };
        let (books, log) = (name("goose_db_version"), name("log"));
        let of_books = ObjectId::of(Kind::Table, &books);
        let catalog = Catalog {
            schemas: ["mainstay", "public"].map(|name| Schema { name: name.into(), ..Schema::default() }).into(),
            tables: vec![table(books.clone()), table(Name::new("mainstay", "journal")), table(log.clone())],
            sequences: vec![Sequence {
                name: name("goose_db_version_id_seq"),
                owned_by: Some(ColumnName { table: books.clone(), column: "id".into() }),
                ..Sequence::default()
            }],
            routines: vec![Routine { name: name("schema_version"), ..Routine::default() }],
            privileges: vec![Privileges {
                on: of_books.clone(),
                granted: vec![Grant::default()],
                ..Default::default()
            }],
            settings: vec![Setting::default()],
            dependencies: Dependencies::new(vec![of_books, ObjectId::global(Kind::Schema, "public")], vec![(0, 1)]),
            ..Catalog::default()
        };
        let left = schema_only(catalog);
        let names: Vec<String> = left.objects().iter().map(|object| object.id.to_string()).collect();
        assert_eq!(names[..3], ["schema public", "function public.schema_version()", "table public.log"]);
        assert!(left.privileges.is_empty() && left.settings.is_empty() && left.dependencies.is_empty(), "{left:?}");
    }
}
