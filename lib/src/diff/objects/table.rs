//! Tables: plain, partitioned and foreign.

use super::{alter_table, aspects, column, constraint, has_index, index, not_null, one_statement, options};
use crate::catalog::{
    Column, Constraint, ConstraintKind, Name, ObjectId, Origin, Persistence, ReplicaIdentity, Table, TableKind,
};
use crate::diff::change::{Change, Statement};
use crate::diff::naming::named;
use crate::diff::side::Side;
use crate::sql::{Flavor, ident, significant};

/// Is the constraint written into the statement that makes its table? Foreign keys need other tables, and the keys of
/// partitioned tables are put together from those of the partitions.
pub(super) fn holds(table: &Table, constraint: &Constraint) -> bool {
    let alone = table.kind == TableKind::Table && table.partition_of.is_none() && table.inherits.is_empty();
    match constraint.kind {
        ConstraintKind::Check => true,
        ConstraintKind::Foreign => false,
        kind => has_index(kind) && alone,
    }
}

pub(super) fn create(table: &Table, to: &Side<'_>) -> Vec<Statement> {
    let kind = match (table.kind, table.persistence) {
        (TableKind::Foreign, _) => "FOREIGN TABLE",
        (_, Persistence::Unlogged) => "UNLOGGED TABLE",
        _ => "TABLE",
    };
    let of_type = table.of_type.as_ref().map(|name| format!(" OF {name}")).unwrap_or_default();
    let mut sql = format!("CREATE {kind} {}{of_type}", table.name);
    let lines = lines(table, to);
    match (lines.is_empty(), table.of_type.is_some()) {
        (true, true) => {}
        (true, false) => sql.push_str(" ()"),
        (false, _) => sql.push_str(&format!(" (\n    {}\n)", lines.join(",\n    "))),
    }
    if !table.inherits.is_empty() {
        let parents: Vec<String> = table.inherits.iter().map(ToString::to_string).collect();
        sql.push_str(&format!(" INHERITS ({})", parents.join(", ")));
    }
    if let Some(key) = &table.partition_key {
        sql.push_str(&format!(" PARTITION BY {key}"));
    }
    if let Some(server) = &table.server {
        sql.push_str(&format!(" SERVER {}{}", ident(server), options::foreign(&table.foreign_options)));
    }
    if let Some(method) = table.access_method.as_ref().filter(|method| *method != "heap") {
        sql.push_str(&format!(" USING {}", ident(method)));
    }
    sql.push_str(&options::with(&table.options));
    if let Some(tablespace) = &table.tablespace {
        sql.push_str(&format!(" TABLESPACE {}", ident(tablespace)));
    }
    let mut statements = one_statement(sql);
    for one in &table.columns {
        let comes_down = one.origin == Origin::Inherited && table.partition_of.is_none();
        statements.extend(match comes_down {
            true => column::beyond_parent(table, one, to),
            false => aspects::set_aspects(table, one, to),
        });
    }
    let keys = table.constraints.iter().filter(|one| constraint::comes_with_table(table, one, to));
    for index in keys.filter_map(|key| table.index(&key.name)) {
        statements.extend(index::beyond_key(table, index));
        statements.extend(index::set_aspects(&table.name, index));
    }
    statements.extend(row_security(&Table::default(), table));
    statements.extend(replica_identity(&Table::default(), table));
    statements
}

/// The lines of a table's definition: its columns, and the constraints that it holds.
fn lines(table: &Table, to: &Side<'_>) -> Vec<String> {
    let written = |one: &&Column| one.origin != Origin::Inherited || table.partition_of.is_some();
    let columns = table.columns.iter().filter(written);
    let columns: Vec<String> = match table.of_type {
        Some(_) => columns.filter_map(|one| column::with_options(table, one, to)).collect(),
        None => columns.map(|one| column::definition(table, one, to)).collect(),
    };
    let constraints =
        table.constraints.iter().filter(|one| constraint::comes_with_table(table, one, to)).map(constraint::definition);
    let inherited = table.columns.iter().filter(|one| !written(one)).filter_map(not_null::beside_parents);
    columns.into_iter().chain(constraints).chain(inherited).collect()
}

/// The rows of a partitioned one are its partitions', which go by statements of their own or stay.
pub(super) fn drop(id: &ObjectId, table: &Table) -> Vec<Statement> {
    let sql = format!("DROP {}", named(id));
    vec![if table.partition_key.is_some() { Statement::valueless(sql) } else { Statement::new(sql) }]
}

/// Is `column` named in the key that `table` is cut by? Such a column cannot change its type.
pub(super) fn is_cut_by(table: &Table, column: &str) -> bool {
    let name = ident(column);
    let key = table.partition_key.as_deref().unwrap_or_default();
    significant(key, Flavor::Postgres).any(|token| token.text == name)
}

fn keeps_its_shape(old: &Table, new: &Table) -> bool {
    let same_type = |before: &Column| {
        let after = new.column(&before.name);
        after.is_none_or(|after| (&before.data_type, &before.collation) == (&after.data_type, &after.collation))
    };
    (old.kind, &old.partition_key, &old.server) == (new.kind, &new.partition_key, &new.server)
        && old.columns.iter().filter(|column| is_cut_by(old, &column.name)).all(same_type)
}

pub(super) fn change(old: &Table, new: &Table) -> Change {
    if !keeps_its_shape(old, new) {
        return Change::Rebuild;
    }
    let mut statements = Vec::new();
    statements.extend(rewritten(old, new));
    let mut alter = |action: String| statements.push(Statement::new(format!("{} {action}", alter_table(new))));
    options::set_and_reset(&old.options, &new.options).into_iter().for_each(&mut alter);
    options::change_foreign(&old.foreign_options, &new.foreign_options).into_iter().for_each(&mut alter);
    statements.extend(row_security(old, new));
    statements.extend(replica_identity(old, new));
    Change::Alter(statements)
}

/// What is kept elsewhere or in another way is written anew.
fn rewritten(old: &Table, new: &Table) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut alter = |action: String, why: &str| {
        let statement = Statement::new(format!("{} {action}", alter_table(new)));
        let has_rows = new.kind == TableKind::Table;
        statements.push(if has_rows { statement.rewriting(&new.name, why) } else { statement });
    };
    if old.persistence != new.persistence {
        match new.persistence {
            Persistence::Unlogged => alter("SET UNLOGGED".to_owned(), "it is not logged any more"),
            Persistence::Permanent => alter("SET LOGGED".to_owned(), "it is logged now"),
        }
    }
    if old.access_method != new.access_method {
        let method = new.access_method.as_deref().unwrap_or("heap");
        alter(format!("SET ACCESS METHOD {}", ident(method)), "it gets another access method");
    }
    if old.tablespace != new.tablespace {
        let tablespace = ident(new.tablespace.as_deref().unwrap_or("pg_default"));
        alter(format!("SET TABLESPACE {tablespace}"), "it moves to another tablespace");
    }
    statements
}

/// The table joins the parents that it did not have; one that is newly made inherits from the beginning. Who joins is the last, so
/// that those behind the first that is out of place join again.
pub(in crate::diff) fn join_parents(old: Option<&Table>, new: &Table, to: &Side<'_>) -> Vec<Statement> {
    let mut statements = Vec::new();
    let before = old.and_then(|old| old.partition_of.as_ref());
    if let Some(partition) = new.partition_of.as_ref().filter(|partition| before != Some(partition)) {
        let (parent, bound) = (&partition.parent, &partition.bound);
        let joined = Statement::new(format!("ALTER TABLE {parent} ATTACH PARTITION {} {bound}", new.name));
        statements.push(joined.blocking(&new.name, "its rows are compared with its bounds"));
    }
    if let Some(old) = old {
        let mut before = old.inherits.iter();
        let in_place = new.inherits.iter().take_while(|parent| before.any(|other| other == *parent)).count();
        for parent in &new.inherits[in_place..] {
            statements.extend(match old.inherits.contains(parent) {
                true => join_again(new, parent, to),
                false => vec![inherit(new, parent)],
            });
        }
    }
    statements
}

fn inherit(table: &Table, parent: &Name) -> Statement {
    Statement::new(format!("{} INHERIT {parent}", alter_table(table)))
}

fn leave(table: &Table, parent: &Name) -> Statement {
    Statement::new(format!("{} NO INHERIT {parent}", alter_table(table)))
}

/// Makes `parent` the last of the table's parents. What it has from that one alone would be its own for good: meanwhile it has it
/// from an empty table like it.
fn join_again(table: &Table, parent: &Name, to: &Side<'_>) -> Vec<Statement> {
    let given = to.table(parent);
    let is_given = |column: &Column| given.is_some_and(|parent| parent.column(&column.name).is_some());
    let is_asked = |check: &Constraint| given.is_some_and(|parent| parent.constraint(&check.name).is_some());
    let mut columns = table.columns.iter().filter(|column| column.origin == Origin::Inherited);
    let mut checks = table.constraints.iter().filter(|check| check.origin == Origin::Inherited);
    if !columns.any(is_given) && !checks.any(is_asked) {
        return vec![leave(table, parent), inherit(table, parent)];
    }
    let like = Name::new(&*table.name.schema, to.passing.parent(&table.name.name));
    vec![
        Statement::new(format!("CREATE TABLE {like} (LIKE {parent} INCLUDING CONSTRAINTS INCLUDING GENERATED)")),
        inherit(table, &like),
        leave(table, parent),
        inherit(table, parent),
        leave(table, &like),
        Statement::new(format!("DROP TABLE {like}")).tidying(),
    ]
}

fn row_security(old: &Table, new: &Table) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut alter = |action: &str| statements.push(Statement::new(format!("{} {action}", alter_table(new))));
    match (old.row_security, new.row_security) {
        (false, true) => alter("ENABLE ROW LEVEL SECURITY"),
        (true, false) => alter("DISABLE ROW LEVEL SECURITY"),
        _ => {}
    }
    match (old.force_row_security, new.force_row_security) {
        (false, true) => alter("FORCE ROW LEVEL SECURITY"),
        (true, false) => alter("NO FORCE ROW LEVEL SECURITY"),
        _ => {}
    }
    statements
}

/// One by an index is set with the index.
fn replica_identity(old: &Table, new: &Table) -> Vec<Statement> {
    let word = match new.replica_identity {
        same if same == old.replica_identity || new.kind == TableKind::Foreign => return Vec::new(),
        ReplicaIdentity::Index => return Vec::new(),
        ReplicaIdentity::Default => "DEFAULT",
        ReplicaIdentity::Nothing => "NOTHING",
        ReplicaIdentity::Full => "FULL",
    };
    one_statement(format!("{} REPLICA IDENTITY {word}", alter_table(new)))
}
