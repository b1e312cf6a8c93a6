//! Columns of tables.

use std::collections::BTreeSet;

use super::computed::{OwnWay, own_way};
use super::mark::{self, Mark};
use super::{
    alter_table, alter_table_only, cast, conversion, counter, domain, holders, lasting_type, not_null, options, rewrite,
};
use crate::catalog::{
    Column, Content, Generated, Identity, Name, ObjectId, ObjectKind, Origin, Sequence, Storage, Table, TableKind,
};
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
    id.kind == ObjectKind::Column && super::needs_its_table(id, side)
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
        return steps_of_view(id, &Column::default(), column, to);
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

/// What no definition of a column takes on every version: storage, compression, statistics, options; a NOT NULL that has not been
/// checked.
pub(super) fn set_aspects(table: &Table, column: &Column, to: &Side<'_>) -> Vec<Statement> {
    let aspects = own_aspects(table, (&Column::default(), column), to);
    not_null::unchecked(table, column).into_iter().chain(aspects).collect()
}

/// What makes the storage, compression, statistics and options of `old` those of `new`, a table's columns.
pub(super) fn own_aspects(table: &Table, (old, new): (&Column, &Column), to: &Side<'_>) -> Vec<Statement> {
    aspects(old, new).iter().map(|action| on_own_column(table, new, to, action)).collect()
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

/// How values of a type that can be long are kept by themselves; `DEFAULT` is known only from PostgreSQL 16 on.
fn usual_storage(data_type: &str) -> &'static str {
    match data_type.split('(').next().unwrap_or_default() {
        "numeric" | "inet" | "cidr" => "MAIN",
        _ => "EXTENDED",
    }
}

fn aspects(old: &Column, new: &Column) -> Vec<String> {
    let mut actions = Vec::new();
    if old.storage != new.storage {
        let word = match new.storage {
            Some(Storage::Plain) => "PLAIN",
            Some(Storage::External) => "EXTERNAL",
            Some(Storage::Main) => "MAIN",
            Some(Storage::Extended) => "EXTENDED",
            None => usual_storage(&new.data_type),
        };
        actions.push(format!("SET STORAGE {word}"));
    }
    if old.compression != new.compression {
        actions.push(format!("SET COMPRESSION {}", new.compression.as_deref().unwrap_or("DEFAULT")));
    }
    if old.statistics != new.statistics {
        actions.push(format!("SET STATISTICS {}", new.statistics.unwrap_or(-1)));
    }
    actions.extend(options::set_and_reset(&old.options, &new.options));
    actions
}

pub(super) fn change(id: &ObjectId, (from, old): (&Side<'_>, &Column), (to, new): (&Side<'_>, &Column)) -> Change {
    let (Some(before), Some(table)) = (from.table_of(id), to.table_of(id)) else {
        return Change::Alter(steps_of_view(id, old, new, to));
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

/// From this version on, a generated column gets another expression in its place.
pub(super) const SETS_EXPRESSION: u32 = 170_000;

/// The statement that lets a kept column be computed in another way, where that is all that its values notice. A family's columns
/// are computed each in its own way.
fn another_expression(
    (before, old): (&Table, &Column),
    (table, new): (&Table, &Column),
    (from, to): (&Side<'_>, &Side<'_>),
) -> Option<Statement> {
    let (Some(was), Some(is)) = (&old.generated, &new.generated) else { return None };
    let alone = |table: &Table, side: &Side<'_>| table.parents().next().is_none() && !side.has_children(&table.name);
    let same = (&old.data_type, &old.collation) == (&new.data_type, &new.collation);
    let can = to.server >= SETS_EXPRESSION && table.kind == TableKind::Table && was.stored && is.stored && same;
    if !can || spelling::same(&was.expression, &is.expression) || !alone(before, from) || !alone(table, to) {
        return None;
    }
    let set = on_column(table, new, &format!("SET EXPRESSION AS ({})", is.expression));
    Some(set.rewriting(&table.name, &format!("column {} is computed again", new.name)))
}

/// A view's column has nothing of its own but the default that an INSERT by the view takes; a materialised one's is kept as a
/// table's.
fn steps_of_view(id: &ObjectId, old: &Column, new: &Column, to: &Side<'_>) -> Vec<Statement> {
    let default = (old.default != new.default).then(|| default_of_view(id, new.default.as_deref()));
    let materialized = to.whole(id).is_some_and(|whole| whole.kind == ObjectKind::MaterializedView);
    let aspects = if materialized { aspects(old, new) } else { Vec::new() };
    let name = ident(&id.detail);
    let alter =
        |action| Statement::new(format!("ALTER MATERIALIZED VIEW {} ALTER COLUMN {name} {action}", id.qualified()));
    default.into_iter().chain(aspects.into_iter().map(alter)).collect()
}

fn default_of_view(id: &ObjectId, default: Option<&str>) -> Statement {
    let action = default.map_or("DROP DEFAULT".to_owned(), |default| format!("SET DEFAULT {default}"));
    Statement::new(format!("ALTER VIEW {} ALTER COLUMN {} {action}", id.qualified(), ident(&id.detail)))
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

/// A generated column's values are made anew with it; one that becomes generated loses its own.
pub(super) fn is_remade(old: &Column, new: &Column) -> bool {
    match (&old.generated, &new.generated) {
        (Some(old), Some(new)) if old.stored == new.stored && spelling::same(&old.expression, &new.expression) => false,
        (None, None) => false,
        (Some(old), None) => !old.stored,
        _ => true,
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

/// Gives it another type.
fn set_type(table: &Table, (from, old): (&Side<'_>, &Column), (to, new): (&Side<'_>, &Column)) -> Statement {
    // A foreign table's values are elsewhere, and generated ones are made anew.
    if table.kind == TableKind::Foreign {
        return on_column(table, new, &format!("TYPE {}{}", new.data_type, collation(new)));
    }
    let (was, is) = (cast::beneath(&old.data_type, from), cast::beneath(&new.data_type, to));
    let action = match new.generated.is_none() {
        false => format!("TYPE {}{}", new.data_type, collation(new)),
        true => to_type((old, &was), (new, &is), to),
    };
    let mut statement = on_column(table, new, &action);
    if new.generated.is_none() {
        let same = old.data_type == new.data_type && was == is;
        // A label is there or it is not.
        if !same && !conversion::keeps_values(&was, &is) && !cast::is_enum(&is, to) {
            statement = statement.converting(&table.name, &new.name, (&old.data_type, &new.data_type));
        }
        let of_users = was.contains('.') || is.contains('.');
        let reads_text = (old.data_type == new.data_type && was != is && of_users)
            || (!cast::may_be(&was, &is, to) && !goes_by_text((old, &was), (new, &is), to));
        if !same && reads_text {
            let why = format!("as a text is no {}", new.data_type);
            statement = statement.failing(&table.name, &new.name, &why);
        }
        let gone = cast::labels_gone((from, &was), (to, &is));
        if !gone.is_empty() {
            statement = statement.failing(&table.name, &new.name, &format!("is {}", gone.join(" or ")));
        }
    }
    let made_anew = old.data_type == new.data_type && old.collation == new.collation;
    if made_anew || new.generated.is_some() || rewrite::rewrites(&old.data_type, &new.data_type) {
        return statement.rewriting(&table.name, &format!("column {} gets type {}", new.name, new.data_type));
    }
    // Other words for a longer string are a note in the catalog; another order of them is another index.
    match old.collation == new.collation {
        true => statement,
        false => statement.blocking(&table.name, &format!("the indexes of column {} are built", new.name)),
    }
}

/// Do the two types, of users or extensions both, know each other by their text alone?
fn goes_by_text((old, was): (&Column, &str), (new, is): (&Column, &str), to: &Side<'_>) -> bool {
    let made_anew = old.data_type == new.data_type && old.collation == new.collation;
    made_anew || (was.contains('.') && is.contains('.') && !cast::is_declared(was, is, to))
}

/// `TYPE …`; the values are told how to follow where they would not by themselves. `was` and `is` are the types beneath domains: a
/// text is never cast to one, since that would cut it.
fn to_type((old, was): (&Column, &str), (new, is): (&Column, &str), to: &Side<'_>) -> String {
    let collation = collation(new);
    let bare = |data_type: &str| data_type.split('(').next().unwrap_or_default().trim().to_owned();
    let name = ident(&new.name);
    let text = if new.data_type.ends_with("[]") { "text[]" } else { "text" };
    let using = if conversion::are_texts(was, is) {
        String::new()
    } else if goes_by_text((old, was), (new, is), to) {
        format!(" USING {name}::{text}::{}", new.data_type)
    } else if bare(&old.data_type) == bare(&new.data_type) {
        String::new()
    } else if cast::may_be(was, is, to) {
        format!(" USING {name}::{}", new.data_type)
    } else {
        format!(" USING {name}::text::{}", new.data_type)
    };
    format!("TYPE {}{collation}{using}", new.data_type)
}

fn collation(column: &Column) -> String {
    column.collation.as_ref().map(|name| format!(" COLLATE {name}")).unwrap_or_default()
}

pub(super) fn parents<'s, 'a>(table: &'s Table, side: &'s Side<'a>) -> impl Iterator<Item = &'a Table> + use<'s, 'a> {
    table.parents().filter_map(|name| side.table(name))
}

/// Takes its default away, so that what it calls can be made anew; its identity, so that the sequence's name is free.
pub(super) fn release(id: &ObjectId, column: &Column, from: &Side<'_>) -> Vec<Statement> {
    let Some(table) = from.table_of(id) else {
        return column.default.iter().map(|_| default_of_view(id, None)).collect();
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
        (None, Some(default), None) => vec![default_of_view(id, Some(default))],
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
