//! Indexes and extended statistics.

use super::{one_statement, options};
use crate::catalog::{Index, Name, ObjectId, Statistics, Table};
use crate::diff::change::{Change, Statement};
use crate::diff::side::Side;
use crate::diff::spelling;
use crate::sql::ident;

/// An index that serves a constraint comes with it.
pub(super) fn create(id: &ObjectId, index: &Index, to: &Side<'_>) -> Vec<Statement> {
    if index.constraint.is_some() {
        return Vec::new();
    }
    let mut statements = one_statement(index.definition.clone());
    if let Some(table) = to.table_of(id) {
        statements.extend(set_aspects(table, index));
    }
    statements.extend(targets(id, &Index::default(), index));
    statements
}

pub(super) fn drop(id: &ObjectId, index: &Index) -> Vec<Statement> {
    match index.constraint {
        Some(_) => Vec::new(),
        None => one_statement(format!("DROP INDEX {}", id.qualified())),
    }
}

/// What a table knows of its index: that it is ordered by it, that replication finds rows by it.
pub(super) fn set_aspects(table: &Table, index: &Index) -> Vec<Statement> {
    let mut statements = Vec::new();
    let name = ident(&index.name);
    if index.clustered {
        statements.push(Statement::new(format!("ALTER TABLE {} CLUSTER ON {name}", table.name)));
    }
    if index.replica_identity {
        statements.push(Statement::new(format!("ALTER TABLE {} REPLICA IDENTITY USING INDEX {name}", table.name)));
    }
    statements
}

pub(super) fn change(id: &ObjectId, old: &Index, new: &Index, to: &Side<'_>) -> Change {
    let plain = |index: &Index| Index {
        bytes: None,
        comment: None,
        clustered: false,
        replica_identity: false,
        options: Vec::new(),
        tablespace: None,
        statistics: Vec::new(),
        inherited: false,
        parent: None,
        definition: spelling::settled(&without_options(index)),
        predicate: None,
        columns: Vec::new(),
        ..index.clone()
    };
    if plain(old) != plain(new) {
        // The constraint that it serves says the same, and does it.
        return if new.constraint.is_some() { Change::none() } else { Change::Rebuild };
    }
    let name = id.qualified();
    let mut statements: Vec<Statement> = options::set_and_reset(&old.options, &new.options)
        .into_iter()
        .map(|action| Statement::new(format!("ALTER INDEX {name} {action}")))
        .collect();
    if old.tablespace != new.tablespace {
        let tablespace = ident(new.tablespace.as_deref().unwrap_or("pg_default"));
        statements.push(Statement::new(format!("ALTER INDEX {name} SET TABLESPACE {tablespace}")));
    }
    statements.extend(targets(id, old, new));
    if let Some(table) = to.table_of(id) {
        let fresh = Index {
            clustered: new.clustered && !old.clustered,
            replica_identity: new.replica_identity && !old.replica_identity,
            ..new.clone()
        };
        statements.extend(set_aspects(table, &fresh));
        let another = table.indexes.iter().any(|index| index.clustered);
        if old.clustered && !new.clustered && !another {
            statements.push(Statement::new(format!("ALTER TABLE {} SET WITHOUT CLUSTER", table.name)));
        }
    }
    Change::Alter(statements)
}

/// The statement that makes it, without its storage parameters and tablespace.
fn without_options(index: &Index) -> String {
    let mut text = index.definition.clone();
    if let Some(at) = text.find(" WITH (").filter(|_| !index.options.is_empty()) {
        let end = text[at..].find(')').map_or(text.len(), |end| at + end + 1);
        text.replace_range(at..end, "");
    }
    text
}

fn targets(id: &ObjectId, old: &Index, new: &Index) -> Vec<Statement> {
    let mut wanted: Vec<(u32, i32)> =
        new.statistics.iter().filter(|one| !old.statistics.contains(one)).copied().collect();
    let kept = |column: u32| new.statistics.iter().any(|(other, _)| *other == column);
    wanted.extend(old.statistics.iter().filter(|(column, _)| !kept(*column)).map(|(column, _)| (*column, -1)));
    let alter = |(column, target): (u32, i32)| {
        Statement::new(format!("ALTER INDEX {} ALTER COLUMN {column} SET STATISTICS {target}", id.qualified()))
    };
    wanted.into_iter().map(alter).collect()
}

/// A partition's index joins that of the table.
pub(in crate::diff) fn attach(id: &ObjectId, parent: &Name) -> Vec<Statement> {
    one_statement(format!("ALTER INDEX {parent} ATTACH PARTITION {}", id.qualified()))
}

pub(super) fn create_statistics(id: &ObjectId, statistics: &Statistics) -> Vec<Statement> {
    let mut statements = one_statement(statistics.definition.clone());
    if let Some(target) = statistics.target {
        statements.push(Statement::new(format!("ALTER STATISTICS {} SET STATISTICS {target}", id.qualified())));
    }
    statements
}

pub(super) fn change_statistics(id: &ObjectId, old: &Statistics, new: &Statistics) -> Change {
    if old.definition != new.definition {
        return Change::Rebuild;
    }
    match old.target == new.target {
        true => Change::none(),
        false => Change::Alter(one_statement(format!(
            "ALTER STATISTICS {} SET STATISTICS {}",
            id.qualified(),
            new.target.unwrap_or(-1)
        ))),
    }
}
