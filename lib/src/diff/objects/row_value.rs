//! Columns whose values are rows of a table or a view. The server changes no table, and drops none, whose row type a column has:
//! the column keeps its values as JSON meanwhile, where each has its name.

use std::collections::BTreeSet;

use super::aspects::own_aspects;
use super::belonging::needs_its_table;
use super::column::{on_column, on_own_column};
use super::{cast, conversion, rewrite};
use crate::catalog::{Column, Content, Name, ObjectId, ObjectKind as Kind, Origin};
use crate::diff::change::Statement;
use crate::diff::side::Side;
use crate::sql::ident;

/// The columns of tables and materialised views that hold values of the type `id`, a row type or another one, by however many
/// other types.
pub(in crate::diff) fn holders(id: &ObjectId, side: &Side<'_>) -> BTreeSet<ObjectId> {
    let mut ahead = vec![id.clone()];
    let mut seen = BTreeSet::new();
    let mut found = BTreeSet::new();
    while let Some(next) = ahead.pop() {
        for dependent in side.dependents(&next) {
            match side.get(&dependent) {
                Some(Content::Column(column)) if is_called(&column.data_type, &next, side) => {
                    let view = side.whole(&dependent).filter(|whole| whole.kind == Kind::View);
                    match view {
                        Some(view) if seen.insert(view.clone()) => ahead.push(view.clone()),
                        Some(_) => {}
                        None => drop(found.insert(dependent)),
                    }
                }
                Some(Content::Composite(_) | Content::Domain(_) | Content::Range(_))
                    if seen.insert(dependent.clone()) =>
                {
                    ahead.push(dependent);
                }
                _ => {}
            }
        }
    }
    found
}

/// Do tables or materialised views have values of the type, by however many others?
pub(super) fn is_stored(id: &ObjectId, side: &Side<'_>) -> bool {
    !holders(id, side).is_empty()
}

/// Does the column have the row type of `relation`, or a list of such?
pub(in crate::diff) fn has_row_type(column: &ObjectId, relation: &ObjectId, side: &Side<'_>) -> bool {
    let rows = [Kind::Table, Kind::ForeignTable, Kind::View, Kind::MaterializedView].contains(&relation.kind);
    rows && matches!(side.get(column), Some(Content::Column(one)) if is_called(&one.data_type, relation, side))
}

/// Is it a check or an index that calls what takes its table's rows? It says so of no column.
pub(in crate::diff) fn takes_rows(part: &ObjectId, side: &Side<'_>) -> bool {
    matches!(part.kind, Kind::Constraint | Kind::Index) && needs_its_table(part, side)
}

/// Is there something in every row that is there when the table gets the column? Then no other table may have its rows.
pub(in crate::diff) fn is_filled(column: &ObjectId, side: &Side<'_>) -> bool {
    let has_value = |one: &Column| one.default.is_some() || one.generated.is_some() || one.identity.is_some();
    matches!(side.get(column), Some(Content::Column(one)) if has_value(one))
}

/// Is it the type `id`, a list of its values, or the multirange of the range that it is?
fn is_called(data_type: &str, id: &ObjectId, side: &Side<'_>) -> bool {
    let element = data_type.trim_end_matches("[]");
    let multirange = match side.get(id) {
        Some(Content::Range(range)) => range.multirange.as_ref(),
        _ => None,
    };
    element == id.qualified().to_string() || multirange.is_some_and(|name| element == name.to_string())
}

/// Makes the values of the column JSON.
pub(in crate::diff) fn hold(id: &ObjectId, from: &Side<'_>) -> Vec<Statement> {
    let (Some(table), Some(Content::Column(column))) = (from.table_of(id), from.get(id)) else { return Vec::new() };
    // A parent's column takes it along.
    if column.origin != Origin::Own {
        return Vec::new();
    }
    let mut statements: Vec<Statement> = Vec::new();
    if column.default.is_some() {
        statements.push(on_column(table, column, "DROP DEFAULT"));
    }
    let name = ident(&column.name);
    let set = on_column(table, column, &format!("TYPE json USING to_json({name})"));
    statements.push(set.rewriting(&table.name, &format!("column {name} is JSON while its type changes")));
    statements
}

/// Makes the JSON values of the type again.
pub(in crate::diff) fn give_back(id: &ObjectId, from: &Side<'_>, to: &Side<'_>) -> Vec<Statement> {
    let (Some(table), Some(Content::Column(column))) = (to.table_of(id), to.get(id)) else { return Vec::new() };
    let mut statements = Vec::new();
    if column.origin == Origin::Own {
        let (name, data_type) = (ident(&column.name), &column.data_type);
        let by = Name::new(&*table.name.schema, to.passing.row(&format!("{}_{}", table.name.name, column.name)));
        let is_row = is_row_type(data_type, to);
        let value = match is_row {
            true => format!("json_populate_record(NULL::{data_type}, {name})"),
            // Lists and domains are read as a part of a row.
            false => format!("(json_populate_record(NULL::{by}, json_build_object('v', {name}))).v"),
        };
        let set = on_column(table, column, &format!("TYPE {data_type} USING {value}"));
        let set = set.rewriting(&table.name, &format!("column {name} gets type {data_type} again"));
        let set = retyped(data_type, from, to).into_iter().fold(set, |set, (old, new)| {
            let set = match conversion::keeps_values(&old, &new) {
                true => set,
                false => set.converting(&table.name, &column.name, (&old, &new)),
            };
            match always_fits(&old, &new) {
                true => set,
                false => set.failing(&table.name, &column.name, &format!("as a text is no {new}")),
            }
        });
        if !is_row {
            statements.push(Statement::new(format!("CREATE TYPE {by} AS (v {data_type})")));
        }
        statements.push(set);
        if !is_row {
            statements.push(Statement::new(format!("DROP TYPE {by}")).tidying());
        }
    }
    // Another type brings its own ways of keeping values.
    let kept = Column { storage: None, compression: None, ..column.clone() };
    statements.extend(own_aspects(table, (&kept, column), to));
    if let (Some(default), None) = (&column.default, &column.generated) {
        statements.push(on_own_column(table, column, to, &format!("SET DEFAULT {default}")));
    }
    statements
}

fn is_row_type(data_type: &str, side: &Side<'_>) -> bool {
    let is = |name: &Name| name.to_string() == data_type;
    let catalog = side.catalog;
    catalog.tables.iter().any(|one| is(&one.name))
        || catalog.views.iter().any(|one| is(&one.name))
        || catalog.composites.iter().any(|one| is(&one.name))
}

/// Each with those that take whatever it holds.
const LARGER: [(&str, &[&str]); 4] = [
    ("smallint", &["integer", "bigint", "numeric"]),
    ("integer", &["bigint", "numeric"]),
    ("bigint", &["numeric"]),
    ("real", &["double precision"]),
];

fn always_fits(old: &str, new: &str) -> bool {
    let larger = LARGER.iter().any(|(one, others)| *one == old && others.contains(&new));
    larger || new == "text" || !rewrite::rewrites(old, new)
}

/// The types beneath domains, old and new, of columns of the rows that get another one.
fn retyped(data_type: &str, from: &Side<'_>, to: &Side<'_>) -> Vec<(String, String)> {
    let is = |name: &Name| name.to_string() == data_type.trim_end_matches("[]");
    let find = |side: &Side<'_>| -> Vec<Column> {
        let table = side.catalog.tables.iter().find(|one| is(&one.name)).map(|one| &one.columns);
        let view = side.catalog.views.iter().find(|one| is(&one.name)).map(|one| &one.columns);
        table.or(view).cloned().unwrap_or_default()
    };
    let new = find(to);
    let pair = |old: Column| {
        let is = new.iter().find(|one| one.name == old.name)?;
        let (before, after) = (cast::beneath(&old.data_type, from), cast::beneath(&is.data_type, to));
        (before != after).then_some((before, after))
    };
    find(from).into_iter().filter_map(pair).collect()
}
