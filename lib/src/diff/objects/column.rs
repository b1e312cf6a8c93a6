//! Columns of tables.

use std::collections::BTreeSet;

use super::aspects::{own_aspects, set_aspects};
use super::computed::{OwnWay, another_expression, is_remade, own_way};
use super::mark::{self, Mark};
use super::set_type::set_type;
use super::{
    alter_table, alter_table_only, belonging, column_of_view, counter, domain, holders, lasting_type, not_null, options,
};
use crate::catalog::{Column, Content, Generated, Identity, Name, ObjectId, ObjectKind, Origin, Sequence, Table};
use crate::diff::change::{Change, Statement};
use crate::diff::side::Side;
use crate::diff::spelling;
use crate::sql::ident;

use super::sequence;

/// The column as CREATE TABLE and ADD COLUMN take it.
pub(super) fn definition(table: &Table, column: &Column, to: &Side<'_>) -> String {
    let mut sql = format!("{} {}", ident(&column.name), column.data_type);
    sql.push_str(&options::foreign(&column.foreign_options));
    sql.push_str(&collation(column));
    sql.push_str(&value(table, column, to));
    sql
}

/// What a column of a typed table has beyond its type; `None` where that is nothing.
pub(super) fn with_options(table: &Table, column: &Column, to: &Side<'_>) -> Option<String> {
    let value = value(table, column, to);
    if value.is_empty() { None } else { Some(format!("{} WITH OPTIONS{value}", ident(&column.name))) }
}

/// Where its values come from, and whether NULL is one.
fn value(table: &Table, column: &Column, to: &Side<'_>) -> String {
    let mut sql = String::new();
    match (&column.generated, &column.identity, &column.default) {
        (Some(generated), _, _) => sql.push_str(&format!(" {}", expression(generated))),
        (_, Some(identity), _) => {
            sql.push_str(&format!(" GENERATED {} AS IDENTITY", when(*identity)));
            sql.push_str(&identity_sequence(table, column, to).map(sequence::identity_options).unwrap_or_default());
        }
        (_, _, Some(default)) if !default_comes_later(&id(table, column), to) => {
            sql.push_str(&format!(" DEFAULT {default}"));
        }
        _ => {}
    }
    sql.push_str(&not_null::definition(table, column, to));
    sql
}

fn expression(generated: &Generated) -> String {
    let kept = if generated.stored { "STORED" } else { "VIRTUAL" };
    format!("GENERATED ALWAYS AS ({}) {kept}", generated.expression)
}

fn when(identity: Identity) -> &'static str {
    match identity {
        Identity::Always => "ALWAYS",
        Identity::ByDefault => "BY DEFAULT",
    }
}

pub(super) fn identity_sequence<'a>(table: &Table, column: &Column, side: &Side<'a>) -> Option<&'a Sequence> {
    let owned = |sequence: &&Sequence| {
        let owner = sequence.owned_by.as_ref();
        sequence.identity && owner.is_some_and(|owner| owner.table == table.name && owner.column == column.name)
    };
    side.catalog.sequences.iter().find(owned)
}

fn id(table: &Table, column: &Column) -> ObjectId {
    ObjectId::part(ObjectKind::Column, &table.name, &*column.name)
}

/// Does its default call something that needs the table itself? Then it can be set only after both are there.
pub(in crate::diff) fn default_comes_later(id: &ObjectId, side: &Side<'_>) -> bool {
    id.kind == ObjectKind::Column && belonging::needs_its_table(id, side)
}

/// Sets a default that could not come with its table.
pub(in crate::diff) fn set_default_later(id: &ObjectId, column: &Column, to: &Side<'_>) -> Vec<Statement> {
    match default_comes_later(id, to) && column.generated.is_none() {
        true => restore(id, column, to),
        false => Vec::new(),
    }
}

pub(super) fn create(id: &ObjectId, column: &Column, to: &Side<'_>) -> Vec<Statement> {
    let Some(table) = to.table_of(id) else {
        return column_of_view::steps(id, &Column::default(), column, to);
    };
    if column.origin == Origin::Inherited {
        return beyond_parent(table, column, to);
    }
    let mut statements = match Mark::Filling.find(table, &column.name) {
        // The rows that are there get the default later.
        Some(_) => {
            let bare = Column { default: None, ..column.clone() };
            let added = format!("{} ADD COLUMN {}", alter_table(table), definition(table, &bare, to));
            let default = column.default.iter().map(|default| format!("SET DEFAULT {default}"));
            let default = default.map(|action| on_column(table, column, &action));
            std::iter::once(Statement::new(added)).chain(default).collect()
        }
        None => {
            let added = Statement::new(format!("{} ADD COLUMN {}", alter_table(table), definition(table, column, to)));
            vec![match fills_rows(id, column, to) {
                true => added.rewriting(&table.name, &format!("column {} is filled", column.name)),
                false => added,
            }]
        }
    };
    statements.extend(set_aspects(table, column, to));
    statements
}

/// Does every row that is there get a value of its own when the column is added?
fn fills_rows(id: &ObjectId, column: &Column, to: &Side<'_>) -> bool {
    let stored = column.generated.as_ref().is_some_and(|generated| generated.stored);
    let varies = match (&column.generated, &column.default) {
        (Some(_), _) => false,
        (None, Some(default)) => super::is_volatile(id, default, to),
        (None, None) => domain::default_of(&column.data_type, to)
            .is_some_and(|(domain, default)| super::is_volatile(&domain, default, to)),
    };
    stored || column.identity.is_some() || varies || domain::looks_at_values(&column.data_type, to)
}

pub(super) fn drop(id: &ObjectId, (from, column): (&Side<'_>, &Column), to: &Side<'_>) -> Vec<Statement> {
    let Some(table) = from.table_of(id) else { return Vec::new() };
    if column.origin == Origin::Inherited {
        return Vec::new();
    }
    let sql = format!("{} DROP COLUMN {}", alter_table(table), ident(&column.name));
    let again = matches!(to.get(id), Some(Content::Column(new)) if new.generated.is_some());
    if again && column.generated.is_some() {
        return vec![Statement::valueless(sql)];
    }
    let rows = holders(&table.id(), from);
    let elsewhere = rows.iter().filter_map(|column| from.table_of(column)).filter(|other| other.name != table.name);
    let loses: BTreeSet<Name> = elsewhere.map(|table| table.name.clone()).collect();
    vec![Statement { loses: loses.into_iter().collect(), ..Statement::new(sql) }]
}

/// What a child's column has otherwise than the parent's that it comes with.
pub(super) fn beyond_parent(table: &Table, column: &Column, to: &Side<'_>) -> Vec<Statement> {
    let Some(given) = parents(table, to).find_map(|parent| parent.column(&column.name)) else { return Vec::new() };
    let mut statements = Vec::new();
    if column.not_null && !not_null::given(table, to, &column.name) {
        statements.push(not_null::own(table, column, to));
    }
    let plain = column.generated.is_none() && column.identity.is_none();
    if plain && !spelling::same_or_none(given.default.as_ref(), column.default.as_ref()) {
        let action = column.default.as_ref().map_or("DROP DEFAULT".to_owned(), |one| format!("SET DEFAULT {one}"));
        statements.push(on_own_column(table, column, to, &action));
    }
    statements.extend(own_aspects(table, (&Column::default(), column), to));
    statements
}

pub(super) fn change(id: &ObjectId, (from, old): (&Side<'_>, &Column), (to, new): (&Side<'_>, &Column)) -> Change {
    let (Some(before), Some(table)) = (from.table_of(id), to.table_of(id)) else {
        return Change::Alter(column_of_view::steps(id, old, new, to));
    };
    let expression = another_expression((before, old), (table, new), (from, to));
    let expression = expression.or_else(|| match own_way((from, before, old), (to, table, new)) {
        Some(OwnWay::Set(expression)) => Some(expression),
        _ => None,
    });
    if let Some(expression) = expression {
        let rest = steps(table, (from, old), (to, new), Retyped::No);
        return Change::Alter(std::iter::once(expression).chain(rest).collect());
    }
    if is_remade(old, new) {
        return Change::Rebuild;
    }
    let another_type = (&old.data_type, &old.collation) != (&new.data_type, &new.collation);
    let typed = another_type && lasting_type(before, table, from, to).is_some();
    let retyped = another_type && !typed;
    let mut statements = mark::finish(before, table, (old, new), to);
    let finished = Column { not_null: new.not_null, ..old.clone() };
    let old_now = if statements.is_empty() { old } else { &finished };
    statements.extend(mark::fill_left(before, table, new, to));
    statements.extend(steps(table, (from, old_now), (to, new), Retyped::new((old, new), retyped)));
    if another_type { Change::AlterAlone(statements) } else { Change::Alter(statements) }
}

/// Changes it, its type being another one of the same name.
pub(super) fn retype(
    id: &ObjectId,
    (from, old): (&Side<'_>, &Column),
    (to, new): (&Side<'_>, &Column),
) -> Vec<Statement> {
    match to.table_of(id) {
        Some(table) => steps(table, (from, old), (to, new), Retyped::new((old, new), true)),
        _ => Vec::new(),
    }
}

/// Is it its parent's column, which changes there?
pub(super) fn follows(column: &Column) -> bool {
    column.origin == Origin::Inherited
}

/// Does a parent of both sides give it its type? The server takes no other from the child.
fn has_parents_type(old: &Column, new: &Column) -> bool {
    [old, new].iter().all(|column| column.origin != Origin::Own)
}

/// How a column gets another type, or another one of the same name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Retyped {
    No,
    /// By a statement of its own.
    Itself,
    /// With its parent, which takes its children's defaults away before.
    WithParent,
}

impl Retyped {
    fn new((old, new): (&Column, &Column), retyped: bool) -> Self {
        match retyped {
            false => Self::No,
            true if has_parents_type(old, new) => Self::WithParent,
            true => Self::Itself,
        }
    }
}

fn steps(
    table: &Table,
    (from, old): (&Side<'_>, &Column),
    (to, new): (&Side<'_>, &Column),
    how: Retyped,
) -> Vec<Statement> {
    let retyped = how == Retyped::Itself;
    let mut statements = Vec::new();
    let mut on = |action: &str| statements.push(on_column(table, new, action));
    let same_default = spelling::same_or_none(old.default.as_ref(), new.default.as_ref());
    let leaves_default = old.default.is_some() && old.generated.is_none() && (retyped || !same_default);
    if old.generated.is_some() && new.generated.is_none() {
        if !has_parents_type(old, new) {
            on("DROP EXPRESSION");
        }
    } else if leaves_default && retyped {
        on("DROP DEFAULT");
    } else if leaves_default && new.default.is_none() {
        statements.push(on_own_column(table, new, to, "DROP DEFAULT"));
    }
    if retyped {
        statements.push(set_type(table, (from, old), (to, new)));
    }
    statements.extend(not_null::change(table, (from, old), (to, new)));
    let mut on = |action: &str| statements.push(on_column(table, new, action));
    match (old.identity, new.identity) {
        (None, Some(identity)) => {
            let options = identity_sequence(table, new, to).map(sequence::identity_options).unwrap_or_default();
            on(&format!("ADD GENERATED {} AS IDENTITY{options}", when(identity)));
        }
        (Some(before), Some(identity)) if before != identity => on(&format!("SET GENERATED {}", when(identity))),
        _ => {}
    }
    if let (Some(default), None) = (&new.default, &new.generated)
        && (how != Retyped::No || !same_default)
    {
        statements.push(on_own_column(table, new, to, &format!("SET DEFAULT {default}")));
    }
    statements.extend(counter::goes_on(table, (from, old), (to, new)));
    // Another type brings its own ways of keeping values.
    let kept = Column { storage: None, compression: None, ..old.clone() };
    statements.extend(own_aspects(table, (if how == Retyped::No { old } else { &kept }, new), to));
    let mut on = |action: &str| statements.push(on_column(table, new, action));
    options::change_foreign(&old.foreign_options, &new.foreign_options).iter().for_each(|action| on(action));
    statements
}

pub(super) fn collation(column: &Column) -> String {
    column.collation.as_ref().map(|name| format!(" COLLATE {name}")).unwrap_or_default()
}

pub(super) fn parents<'s, 'a>(table: &'s Table, side: &'s Side<'a>) -> impl Iterator<Item = &'a Table> + use<'s, 'a> {
    table.parents().filter_map(|name| side.table(name))
}

/// Takes its default away, so that what it calls can be made anew; its identity, so that the sequence's name is free.
pub(super) fn release(id: &ObjectId, column: &Column, from: &Side<'_>) -> Vec<Statement> {
    let Some(table) = from.table_of(id) else {
        return column.default.iter().map(|_| column_of_view::set_default(id, None)).collect();
    };
    match (&column.default, &column.generated, column.identity) {
        (_, _, Some(_)) => vec![on_column(table, column, "DROP IDENTITY")],
        (Some(_), None, _) => vec![on_own_column(table, column, from, "DROP DEFAULT")],
        _ => Vec::new(),
    }
}

pub(super) fn restore(id: &ObjectId, column: &Column, to: &Side<'_>) -> Vec<Statement> {
    match (to.table_of(id), &column.default, &column.generated) {
        (Some(table), Some(default), None) => vec![on_own_column(table, column, to, &format!("SET DEFAULT {default}"))],
        (None, Some(default), None) => vec![column_of_view::set_default(id, Some(default))],
        _ => Vec::new(),
    }
}

/// As [`on_column`], what each child has in its own way being left to it.
pub(super) fn on_own_column(table: &Table, column: &Column, side: &Side<'_>, action: &str) -> Statement {
    let alter = if side.has_children(&table.name) { alter_table_only(table) } else { alter_table(table) };
    Statement::new(format!("{alter} ALTER COLUMN {} {action}", ident(&column.name)))
}

pub(super) fn on_column(table: &Table, column: &Column, action: &str) -> Statement {
    Statement::new(format!("{} ALTER COLUMN {} {action}", alter_table(table), ident(&column.name)))
}
