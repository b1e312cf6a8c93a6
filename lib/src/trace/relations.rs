//! The relations of a database and the files that they are in.

use std::collections::BTreeMap;

use crate::catalog::Name;
use crate::engine::{Row, Session};
use crate::error::Result;
use crate::sql::{Flavor, words};

use super::look::Look;

/// The number by which the server knows a relation.
pub(super) type Oid = u32;

/// A relation as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Relation {
    pub name: Name,
    /// PostgreSQL's letter for its kind.
    kind: String,
    /// The number of its file; 0 where it has none.
    file: Oid,
    /// An index's table.
    table: Option<Oid>,
}

impl Relation {
    /// From the columns schema, name, kind, file and table; `None` for what is gone.
    pub(super) fn of(cells: &[Option<String>]) -> Option<Self> {
        let [Some(schema), Some(name), Some(kind), Some(file), table] = cells else { return None };
        let table = table.as_ref().and_then(|oid| oid.parse().ok());
        Some(Self { name: Name::new(schema, name), kind: kind.clone(), file: file.parse().unwrap_or(0), table })
    }

    /// Whether its rows or entries are in another file in `now`. A sequence gets a new file for its one row each time that it is
    /// changed, which is no work.
    pub(super) fn was_rewritten(&self, now: &Self) -> bool {
        self.file != now.file && self.file != 0 && now.file != 0 && self.kind != "S"
    }
}

/// Relations of users by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Relations(BTreeMap<Oid, Relation>);

/// Relations outside the system's schemas; those of temporary tables are nobody else's.
pub(super) const OF_USERS: &str = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

impl Relations {
    pub(super) async fn read(session: &mut dyn Session) -> Result<Self> {
        let sql = format!(
            "SELECT c.oid, n.nspname, c.relname, c.relkind, c.relfilenode, i.indrelid \
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid WHERE {OF_USERS}"
        );
        Ok(Self(session.query(&sql).await?.iter().filter_map(numbered).collect()))
    }

    pub(super) fn get(&self, oid: Oid) -> Option<&Relation> {
        self.0.get(&oid)
    }

    /// The table of an index.
    pub(super) fn table_of(&self, one: &Relation) -> Option<Name> {
        Some(self.get(one.table?)?.name.clone())
    }

    /// The relation of the same name as `now` that `look` finds dropped.
    pub(super) fn gone(&self, now: &Relation, look: &Look) -> Option<&Relation> {
        let dropped = look.held.iter().filter(|held| held.now.is_none());
        dropped.filter_map(|held| self.get(held.oid)).find(|one| one.name == now.name)
    }

    /// Takes over what a later look has found; whatever changes a relation holds a lock on it.
    pub(super) fn update(&mut self, look: &Look) {
        for held in &look.held {
            match &held.now {
                Some(now) => drop(self.0.insert(held.oid, now.clone())),
                None => drop(self.0.remove(&held.oid)),
            }
        }
    }

    /// What is in another file in `after`, found by its number or, where that is gone, by its name: what was made anew has a new
    /// number, and what was there before under another name is what it was.
    pub(super) fn rewritten(&self, after: &Self) -> Vec<Name> {
        let made = after.0.iter().filter(|(oid, _)| self.get(**oid).is_none());
        let by_name: BTreeMap<&Name, &Relation> = made.map(|(_, one)| (&one.name, one)).collect();
        let now = |oid: &Oid, before: &Relation| after.get(*oid).or(by_name.get(&before.name).copied()).cloned();
        let moved =
            self.0.iter().filter(|(oid, before)| now(oid, before).is_some_and(|now| before.was_rewritten(&now)));
        let mut names: Vec<Name> = moved.map(|(_, before)| before.name.clone()).collect();
        names.sort();
        names
    }

    /// Whether one is called `name`.
    pub(super) fn has(&self, name: &Name) -> bool {
        self.0.values().any(|one| one.name == *name)
    }
}

fn numbered(row: &Row) -> Option<(Oid, Relation)> {
    let [Some(oid), cells @ ..] = row.as_slice() else { return None };
    Some((oid.parse().ok()?, Relation::of(cells)?))
}

/// TRUNCATE gives new files too, writes nothing into them, and makes empty indexes of empty tables.
pub(super) fn only_truncates(sql: &str) -> bool {
    words(sql, Flavor::Postgres, 1) == ["TRUNCATE"]
}

/// A schema's new name is one of all its relations, none of which is locked for it; what a called body does is not known.
pub(super) fn may_rename_unseen(sql: &str) -> bool {
    let words = words(sql, Flavor::Postgres, 2);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(words.as_slice(), ["ALTER", "SCHEMA"] | ["DO" | "CALL" | "SELECT", ..])
}
