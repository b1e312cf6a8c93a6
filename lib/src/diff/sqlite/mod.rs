//! The way from one catalog of SQLite's to another.
//!
//! SQLite keeps statements, not a model: they are compared in a normal form (`shape.rs`), and what it made of them is not asked.
//! A table is altered in place where `ALTER TABLE` can do it, else made anew with its rows (`rebuild.rs`); views, indexes and
//! triggers are dropped and made again (`attached.rs`). All of it is one transaction. Why: `docs/design/diff.md`.

mod attached;
mod guard;
mod rebuild;
mod shape;
mod side;
mod statement;
mod table;
mod virtual_table;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, ObjectId, Table};
use crate::error::Result;
use crate::plan::{Action, Plan, PlanKind, SqlStep, Step};
use crate::sql::normal;
use attached::Attached;
use shape::{Shape, name_of};
use side::Side;
use statement::{Statement, Work};
use table::{Around, Change};

/// Plans the way from the SQLite database that `from` was read from to `to`; empty where they do not differ. The plan needs
/// SQLite 3.35 or newer.
///
/// # Errors
/// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported): a table's statement cannot be taken apart.
pub fn diff_sqlite(from: &Catalog, to: &Catalog) -> Result<Plan> {
    let (old, new) = (Side::of(from), Side::of(to));
    let tables = Tables::of(&old, &new)?;
    let mut work = Work::default();
    let guarded = guard::is_needed(&old, &new, &tables.names_dropped(), &tables.names_rebuilt());
    if guarded {
        guard::before().into_iter().for_each(|statement| work.put(statement));
    }
    tables.walk(&mut work);
    if guarded {
        guard::after().into_iter().for_each(|statement| work.put(statement));
    }
    Ok(Plan {
        kind: PlanKind::Schema,
        database: from.database.name.clone(),
        state: from.hash().to_string(),
        steps: step(work, guarded).into_iter().collect(),
    })
}

/// What becomes of the tables.
struct Tables<'s, 'a> {
    dropped: Vec<&'a Table>,
    created: Vec<&'a Table>,
    created_virtual: Vec<&'a Table>,
    altered: Vec<(ObjectId, Vec<Statement>)>,
    rebuilt: Vec<(Shape<'a>, Shape<'a>, String)>,
    attached: Attached<'s, 'a>,
}

impl<'s, 'a> Tables<'s, 'a> {
    fn of(old: &'s Side<'a>, new: &'s Side<'a>) -> Result<Self> {
        let only = |one: &BTreeMap<String, &'a Table>, other: &BTreeMap<String, &'a Table>| {
            let only = one.iter().filter(|(name, _)| !other.contains_key(*name));
            only.map(|(_, table)| *table).collect::<Vec<_>>()
        };
        let changed = |name: &String, table: &&'a Table| {
            let other = new.virtual_tables.get(name).and_then(|table| table.definition.as_deref());
            other.is_some_and(|other| normal(other) != normal(table.definition.as_deref().unwrap_or_default()))
        };
        let mut dropped = only(&old.tables, &new.tables);
        let mut created_virtual = only(&new.virtual_tables, &old.virtual_tables);
        dropped.extend(only(&old.virtual_tables, &new.virtual_tables));
        for (name, table) in old.virtual_tables.iter().filter(|(name, table)| changed(name, table)) {
            dropped.push(table);
            created_virtual.extend(new.virtual_tables.get(name));
        }
        // Which indexes stay is asked of the tables, and of the indexes which tables do: first as if nothing were rebuilt.
        let gone = || dropped.iter().map(|table| table.name.name.to_lowercase());
        let unmoved = Attached::new(old, new, gone(), []);
        let (mut altered, mut rebuilt) = (Vec::new(), Vec::new());
        for (name, table) in &old.tables {
            let Some(other) = new.tables.get(name) else { continue };
            let (before, after) = (Shape::of(table, old.catalog)?, Shape::of(other, new.catalog)?);
            let mut around = Around { statements: unmoved.indexes_on(name), broken: unmoved.has_broken_view() };
            around.statements.extend(unmoved.readers());
            match table::change(&before, &after, &around) {
                Change::Alter(statements) if statements.is_empty() => {}
                Change::Alter(statements) => altered.push((table.id(), statements)),
                Change::Rebuild => rebuilt.push((before, after, name.clone())),
            }
        }
        let attached = Attached::new(old, new, gone(), rebuilt.iter().map(|(.., name)| name.clone()));
        let created = only(&new.tables, &old.tables);
        Ok(Self { dropped, created, created_virtual, altered, rebuilt, attached })
    }

    fn names_dropped(&self) -> BTreeSet<String> {
        self.dropped.iter().map(|table| table.name.name.to_lowercase()).collect()
    }

    fn names_rebuilt(&self) -> BTreeSet<String> {
        self.rebuilt.iter().map(|(.., name)| name.clone()).collect()
    }

    /// Everything, in an order that SQLite takes: what goes, what changes, what comes.
    fn walk(&self, work: &mut Work) {
        let attached = &self.attached;
        attached.drop(work);
        // SQLite looks at every view and trigger when a column goes: all tables are still there.
        for (id, statements) in &self.altered {
            work.add(id.clone(), statements.iter().cloned());
        }
        for table in &self.dropped {
            work.add(table.id(), [Statement::new(format!("DROP TABLE {}", name_of(table)))]);
        }
        // It looks at them when a table gets another name too, and one may name a table that is gone for a moment.
        let lenient = !self.rebuilt.is_empty() && !attached.readers().is_empty();
        if lenient {
            work.put(Statement::new("PRAGMA legacy_alter_table = ON"));
        }
        for (old, new, name) in &self.rebuilt {
            let aside = attached.free_name(&format!("{}__new", new.table.name.name));
            work.add(old.table.id(), rebuild::rebuild(old, new, &aside, &attached.lost_with(name)));
        }
        if lenient {
            work.put(Statement::new("PRAGMA legacy_alter_table = OFF"));
        }
        for table in &self.created {
            work.add(table.id(), [Statement::new(table.definition.clone().unwrap_or_default())]);
        }
        attached.make_indexes(work);
        attached.make_views(work);
        for table in &self.created_virtual {
            work.add(table.id(), virtual_table::create(table));
        }
        attached.make_triggers(work);
    }
}

fn step(work: Work, without_foreign_keys: bool) -> Option<Step> {
    let title = match work.objects.as_slice() {
        [] => return None,
        [one] => format!("change {one}"),
        [one, rest @ ..] => format!("change {one} and {} more", rest.len()),
    };
    let action = Action::Sql(SqlStep { without_foreign_keys, ..SqlStep::new(work.statements) });
    Some(Step { risks: work.risks, ..Step::new(title, action) })
}
