//! Indexes and extended statistics.

use super::{one_statement, options};
use crate::catalog::{Constraint, Content, Index, Name, ObjectId, ObjectKind, Statistics, Table, TableKind};
use crate::diff::change::{Change, Statement};
use crate::diff::side::Side;
use crate::diff::spelling;
use crate::sql::ident;

/// An index that serves a constraint comes with it.
pub(super) fn create(id: &ObjectId, index: &Index, to: &Side<'_>) -> Vec<Statement> {
    if index.constraint.is_some() {
        return Vec::new();
    }
    let table = to.table_of(id);
    let mut statements = vec![match table {
        // Without rows of its own it is made at once, and the server takes no CONCURRENTLY there.
        Some(table) if table.kind == TableKind::Partitioned => Statement::new(index.definition.clone()),
        Some(table) if !to.is_online() => {
            Statement::new(index.definition.clone()).blocking(&table.name, &format!("index {} is built", index.name))
        }
        Some(_) if to.is_built(&while_built(&id.qualified(), to)) => {
            rename(&while_built(&id.qualified(), to), &index.name)
        }
        Some(_) => Statement::patient(concurrently(&index.definition, &index.name)),
        None => Statement::new(index.definition.clone()),
    }];
    statements.extend(to.whole(id).into_iter().flat_map(|whole| set_aspects(&whole.qualified(), index)));
    statements.extend(targets(id, &Index::default(), index));
    statements
}

pub(super) fn drop(id: &ObjectId, index: &Index, from: &Side<'_>) -> Vec<Statement> {
    match index.constraint {
        Some(_) => Vec::new(),
        // Its successor takes its name.
        None if from.is_built(&id.qualified()) => Vec::new(),
        None if from.is_online() => vec![drop_concurrently(&id.qualified())],
        None => one_statement(format!("DROP INDEX {}", id.qualified())),
    }
}

/// What the definition of a key does not say of its index: storage parameters, and where it is kept.
pub(super) fn beyond_key(table: &Table, index: &Index) -> Vec<Statement> {
    let name = Name::new(&*table.name.schema, &*index.name);
    let set = options::set_and_reset(&[], &index.options).into_iter();
    let moved = index.tablespace.iter().map(|tablespace| format!("SET TABLESPACE {}", ident(tablespace)));
    set.chain(moved).map(|action| Statement::new(format!("ALTER INDEX {name} {action}"))).collect()
}

/// What a table, or a materialised view, knows of its index: that it is ordered by it, that replication finds rows by it.
pub(super) fn set_aspects(whole: &Name, index: &Index) -> Vec<Statement> {
    let mut statements = Vec::new();
    let name = ident(&index.name);
    if index.clustered {
        statements.push(Statement::new(format!("ALTER TABLE {whole} CLUSTER ON {name}")));
    }
    if index.replica_identity {
        statements.push(Statement::new(format!("ALTER TABLE {whole} REPLICA IDENTITY USING INDEX {name}")));
    }
    statements
}

pub(super) fn change(id: &ObjectId, old: &Index, new: &Index, to: &Side<'_>) -> Change {
    let name = id.qualified();
    let table = to.table_of(id);
    // That of a partitioned table is valid as soon as every partition has its own.
    let by_partitions = table.is_some_and(|table| table.kind == TableKind::Partitioned);
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
        valid: index.valid || by_partitions,
        definition: spelling::settled(&without_options(index)),
        predicate: None,
        columns: Vec::new(),
        ..index.clone()
    };
    if plain(old) != plain(new) {
        return match (&old.constraint, &new.constraint) {
            // The constraint takes it as it is, or is there already, says the same, and does it.
            (None, Some(_)) if to.is_built(&name) => Change::none(),
            (Some(_), Some(_)) => Change::none(),
            (None, None) if to.is_online() => Change::Alter(replace(id, old, new, to)),
            _ => Change::Rebuild,
        };
    }
    let mut statements: Vec<Statement> = options::set_and_reset(&old.options, &new.options)
        .into_iter()
        .map(|action| Statement::new(format!("ALTER INDEX {name} {action}")))
        .collect();
    if old.tablespace != new.tablespace {
        let tablespace = ident(new.tablespace.as_deref().unwrap_or("pg_default"));
        let moved = Statement::new(format!("ALTER INDEX {name} SET TABLESPACE {tablespace}"));
        statements.push(match table {
            Some(table) => moved.blocking(&table.name, &format!("index {} is moved", new.name)),
            None => moved,
        });
    }
    statements.extend(targets(id, old, new));
    if let Some(whole) = to.whole(id) {
        let fresh = Index {
            clustered: new.clustered && !old.clustered,
            replica_identity: new.replica_identity && !old.replica_identity,
            ..new.clone()
        };
        let whole_name = whole.qualified();
        statements.extend(set_aspects(&whole_name, &fresh));
        let all = match to.get(whole) {
            Some(Content::Table(table)) => &table.indexes[..],
            Some(Content::View(view)) => &view.indexes,
            _ => &[],
        };
        if old.clustered && !new.clustered && !all.iter().any(|index| index.clustered) {
            statements.push(Statement::new(format!("ALTER TABLE {whole_name} SET WITHOUT CLUSTER")));
        }
    }
    Change::Alter(statements)
}

/// Builds the new index beside the old one, which serves until it is dropped, and gives it the name.
fn replace(id: &ObjectId, old: &Index, new: &Index, to: &Side<'_>) -> Vec<Statement> {
    let name = id.qualified();
    let beside = while_built(&name, to);
    let mut statements = Vec::new();
    if !old.valid {
        // Nobody can use it.
        statements.push(drop_concurrently(&name));
        statements.push(Statement::patient(concurrently(&new.definition, &new.name)));
        statements.extend(to.table_of(id).into_iter().flat_map(|table| set_aspects(&table.name, new)));
    } else {
        if !to.is_built(&beside) {
            statements.push(Statement::patient(concurrently(&new.definition, &beside.name)));
        }
        let named = Index { name: beside.name.clone(), ..new.clone() };
        statements.extend(to.table_of(id).into_iter().flat_map(|table| set_aspects(&table.name, &named)));
        statements.push(drop_concurrently(&name));
        statements.push(rename(&beside, &new.name));
    }
    statements.extend(targets(id, &Index::default(), new));
    statements
}

/// What is made anew where the index `id`, one of a partition, leaves that of the partitioned table while the partition stays: the
/// server lets it go by no other way. It is the table's index, or the key that this serves.
pub(in crate::diff) fn left_parent(id: &ObjectId, old: &Index, from: &Side<'_>, to: &Side<'_>) -> Option<ObjectId> {
    let parent = ObjectId::of(ObjectKind::Index, old.parent.as_ref()?);
    let (before, after) = (from.table_of(id)?, to.table(&from.table_of(id)?.name)?);
    let joins = matches!(to.get(id), Some(Content::Index(new)) if new.parent == old.parent);
    if joins || before.partition_of.is_none() || before.partition_of != after.partition_of {
        return None;
    }
    let whole = from.table_of(&parent)?;
    match &whole.index(&parent.name)?.constraint {
        Some(key) => Some(ObjectId::part(ObjectKind::Constraint, &whole.name, &**key)),
        None => Some(parent),
    }
}

/// The name of an index while the one that it replaces has its own.
pub(in crate::diff) fn while_built(name: &Name, to: &Side<'_>) -> Name {
    Name::new(&*name.schema, to.passing.new_index(&name.name))
}

/// `index` under another name.
pub(in crate::diff) fn named_index(index: &Index, name: &str) -> Index {
    let definition = match index.definition.split_once(" INDEX ") {
        Some((head, _)) => format!("{head} INDEX {}{}", ident(name), after_name(&index.definition)),
        None => index.definition.clone(),
    };
    Index { name: name.to_owned(), definition, ..index.clone() }
}

/// Would `there`, an index of another name on the same table, do for `wanted`?
pub(in crate::diff) fn does_for(there: &Index, wanted: &Index) -> bool {
    let unnamed = |index: &Index| after_name(&index.definition).to_owned();
    let plain = |index: &Index| (index.unique, unnamed(index), index.tablespace.clone());
    there.valid && there.constraint.is_none() && plain(there) == plain(wanted)
}

/// The statement for the index of a key, as the server would print it.
pub(in crate::diff) fn of_key(table: &Table, key: &Constraint, index: &Index) -> Index {
    let list = |columns: &[String]| columns.iter().map(|name| ident(name)).collect::<Vec<_>>().join(", ");
    let include = match key.include.as_slice() {
        [] => String::new(),
        columns => format!(" INCLUDE ({})", list(columns)),
    };
    let nulls = if key.nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
    let definition = format!(
        "CREATE UNIQUE INDEX {} ON {} USING btree ({}){include}{nulls}{}",
        ident(&index.name),
        table.name,
        list(&key.columns),
        options::with(&index.options)
    );
    Index { definition, constraint: None, primary: false, ..index.clone() }
}

/// Builds the index of a key under `name`, where the key will find it.
pub(super) fn build_for_key(index: &Index, name: &str) -> Statement {
    let tablespace = index.tablespace.as_ref().map(|name| format!(" TABLESPACE {}", ident(name))).unwrap_or_default();
    Statement::patient(format!("{}{tablespace}", concurrently(&index.definition, name)))
}

fn drop_concurrently(name: &Name) -> Statement {
    Statement::patient(format!("DROP INDEX CONCURRENTLY {name}"))
}

fn rename(from: &Name, to: &str) -> Statement {
    Statement::new(format!("ALTER INDEX {from} RENAME TO {}", ident(to)))
}

/// `definition` for an index called `name`, built while others write.
fn concurrently(definition: &str, name: &str) -> String {
    let head = if definition.starts_with("CREATE UNIQUE") { "CREATE UNIQUE INDEX" } else { "CREATE INDEX" };
    format!("{head} CONCURRENTLY {}{}", ident(name), after_name(definition))
}

/// What follows the index's name in the statement that makes it.
fn after_name(definition: &str) -> &str {
    let named = definition.split_once(" INDEX ").map_or(definition, |(_, named)| named);
    let mut quoted = false;
    let end = named.find(|c| {
        quoted ^= c == '"';
        c == ' ' && !quoted
    });
    &named[end.unwrap_or(named.len())..]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_for_another_name() {
        let check = |definition: &str, expected: &str| assert_eq!(concurrently(definition, "B"), expected);
        check("CREATE INDEX a ON s.t USING btree (x)", "CREATE INDEX CONCURRENTLY \"B\" ON s.t USING btree (x)");
        check(
            "CREATE UNIQUE INDEX \"a \"\" INDEX b\" ON ONLY s.\"t u\" USING btree (x)",
            "CREATE UNIQUE INDEX CONCURRENTLY \"B\" ON ONLY s.\"t u\" USING btree (x)",
        );
    }
}
