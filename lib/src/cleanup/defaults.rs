//! ON DELETE SET DEFAULT: what rows refer to then, and whether they can.

use super::graph::Graph;
use super::references::{Edge, Rule};
use crate::catalog::{Action, Catalog, Constraint, Match, Name, Reference, Table, TableKind};
use crate::engine::Session;
use crate::error::Result;
use crate::sql::{Flavor, TokenKind, ident, literal, significant, tokens, unquoted};

/// The columns of `table` with their defaults, as SQL.
pub(super) fn defaults(table: &Table, columns: &[String], flavor: Flavor) -> Vec<(String, String)> {
    let default = |column: &String| {
        let expression = table.column(column).and_then(|column| column.default.as_deref());
        (column.clone(), expression.map_or_else(|| "NULL".to_owned(), |text| as_value(text, flavor)))
    };
    columns.iter().map(default).collect()
}

/// In SQLite a word alone is a text, in quotes or not, and would be taken for a column elsewhere.
fn as_value(expression: &str, flavor: Flavor) -> String {
    const VALUES: [&str; 6] = ["NULL", "TRUE", "FALSE", "CURRENT_TIME", "CURRENT_DATE", "CURRENT_TIMESTAMP"];
    let is_value = VALUES.iter().any(|value| value.eq_ignore_ascii_case(expression));
    match (flavor, tokens(expression, flavor).as_slice()) {
        (Flavor::Sqlite, [one]) if matches!(one.kind, TokenKind::Word | TokenKind::QuotedIdent) && !is_value => {
            literal(&unquoted(expression))
        }
        _ => expression.to_owned(),
    }
}

/// Takes those keys of `catalog` for NO ACTION whose SET DEFAULT no run could do: the rows that refer by them keep what they refer
/// to. Returns a sentence on the first of them that `graph` has; it has to be made anew then.
///
/// # Errors
/// The tables cannot be read.
pub(super) async fn refuse_one(
    session: &mut dyn Session,
    catalog: &mut Catalog,
    graph: &Graph,
) -> Result<Option<String>> {
    for edge in graph.edges.iter().filter(|edge| matches!(edge.rule, Rule::Default(_))) {
        let Some((table, key, to)) = key_of(catalog, edge) else { continue };
        if let Some(why) = why_not(session, catalog, table, key, to).await? {
            let said = format!(
                "rows keep what they refer to by {}, whose ON DELETE SET DEFAULT cannot be done: {why}",
                edge.title()
            );
            forbid(catalog, edge);
            return Ok(Some(said));
        }
    }
    Ok(None)
}

/// The foreign key of an edge that the database gives defaults by.
fn key_of<'a>(catalog: &'a Catalog, edge: &Edge) -> Option<(&'a Table, &'a Constraint, &'a Reference)> {
    let table = catalog.tables.iter().find(|table| table.name == edge.from)?;
    table
        .foreign_keys()
        .find_map(|key| key.references.as_ref().filter(|to| is(key, to, edge)).map(|to| (table, key, to)))
}

fn is(key: &Constraint, to: &Reference, edge: &Edge) -> bool {
    to.on_delete == Action::SetDefault
        && (&key.columns, &to.table, &to.columns) == (&edge.columns, &edge.to, &edge.keys)
}

fn forbid(catalog: &mut Catalog, edge: &Edge) {
    let table = catalog.tables.iter_mut().find(|table| table.name == edge.from);
    for key in table.into_iter().flat_map(|table| &mut table.constraints) {
        if key.references.as_ref().is_some_and(|to| is(key, to, edge)) {
            key.references.iter_mut().for_each(|to| to.on_delete = Action::NoAction);
        }
    }
}

/// Why rows of `table` cannot get their defaults by `key`.
async fn why_not(
    session: &mut dyn Session,
    catalog: &Catalog,
    table: &Table,
    key: &Constraint,
    to: &Reference,
) -> Result<Option<String>> {
    let flavor = session.flavor();
    let set = if to.set_columns.is_empty() { &key.columns } else { &to.set_columns };
    if let Some(column) = set.iter().find(|column| is_calculated(catalog, table, column, flavor)) {
        return Ok(Some(format!("the default of `{column}` is calculated, and may be another each time")));
    }
    let values = defaults(table, set, flavor);
    let nulls = values.iter().map(|(_, value)| format!("CASE WHEN ({value}) IS NULL THEN 1 ELSE 0 END"));
    let asked = format!("SELECT {}", nulls.collect::<Vec<_>>().join(", "));
    let row = session.query(&asked).await?.into_iter().next().unwrap_or_default();
    let null = |cell: &Option<String>| cell.as_deref() == Some("1");
    let empty: Vec<&String> = set.iter().zip(&row).filter(|(_, cell)| null(cell)).map(|(column, _)| column).collect();
    let may_be_null = |name: &&&String| {
        table.column(name).is_some_and(|column| !column.not_null)
            && !table.primary_key().is_some_and(|key| key.columns.contains(name))
    };
    if let Some(column) = empty.iter().find(|name| !may_be_null(name)) {
        return Ok(Some(format!("`{column}` has no default and is NOT NULL")));
    }
    match empty.len() {
        0 => {}
        some if to.matching == Match::Full && some < key.columns.len() => {
            return Ok(Some("some of its columns would become NULL, and with MATCH FULL all must".to_owned()));
        }
        _ => return Ok(None),
    }
    let there = session.query(&missing(catalog, table, key, to, &values, flavor)).await?;
    Ok((!there.is_empty()).then(|| "there is no row with the default as its key".to_owned()))
}

/// A default that calls something, or is that of a type or of a counter.
fn is_calculated(catalog: &Catalog, table: &Table, name: &str, flavor: Flavor) -> bool {
    let Some(column) = table.column(name) else { return true };
    let Some(default) = &column.default else {
        let domain = catalog.domains.iter().find(|domain| domain.name.to_string() == column.data_type);
        return column.identity.is_some()
            || column.generated.is_some()
            || domain.is_some_and(|one| one.default.is_some());
    };
    let words: Vec<_> = significant(default, flavor).collect();
    words.windows(2).any(|pair| pair[0].kind == TokenKind::Word && pair[1].text == "(")
}

/// Finds a row that would refer to one that is not there. Columns that do not get a default are those of the row.
fn missing(
    catalog: &Catalog,
    table: &Table,
    key: &Constraint,
    to: &Reference,
    values: &[(String, String)],
    flavor: Flavor,
) -> String {
    let value = |column: &String| values.iter().find(|(name, _)| name == column).map(|(_, value)| value);
    let pairs = key.columns.iter().zip(&to.columns);
    let equal = pairs.map(|(column, own)| match value(column) {
        Some(value) => format!("t.{} = ({value})", ident(own)),
        None => format!("t.{} = r.{}", ident(own), ident(column)),
    });
    let equal = equal.collect::<Vec<_>>().join(" AND ");
    let there = format!("NOT EXISTS (SELECT 1 FROM {} t WHERE {equal})", only(catalog, &to.table, flavor));
    let kept: Vec<&String> = key.columns.iter().filter(|column| value(column).is_none()).collect();
    if kept.is_empty() {
        return format!("SELECT 1 WHERE {there}");
    }
    let refers: String = kept.iter().map(|column| format!("r.{} IS NOT NULL AND ", ident(column))).collect();
    format!("SELECT 1 FROM {} r WHERE {refers}{there} LIMIT 1", only(catalog, &table.name, flavor))
}

/// The table in FROM, without those that inherit from it.
fn only(catalog: &Catalog, name: &Name, flavor: Flavor) -> String {
    let whole = catalog.tables.iter().any(|table| table.name == *name && table.kind == TableKind::Partitioned);
    if flavor == Flavor::Sqlite || whole { name.to_string() } else { format!("ONLY {name}") }
}
