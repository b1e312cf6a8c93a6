//! The page of one table or view.

use std::collections::BTreeSet;

use super::markdown::{block, code, paragraph, section, text};
use super::{Book, label};
use crate::catalog::{
    Column, ConstraintKind, Identity, Index, Name, ObjectId, ObjectKind, Policy, PolicyCommand, Table, TableKind,
    Trigger, View,
};
use crate::diagram::{Detail, Format};

/// So many neighbours are drawn at most.
const NEIGHBOURS: usize = 25;

pub(super) fn of_table(table: &Table, book: &Book<'_>) -> String {
    let kind = match table.kind {
        TableKind::Table => "Table",
        TableKind::Partitioned => "Partitioned table",
        TableKind::Foreign => "Foreign table",
    };
    let mut page = head(kind, &table.name, book, table.comment.as_deref());
    if let Some(key) = &table.partition_key {
        page += &format!("Partitioned by {}.\n\n", code(key));
    }
    if !table.inherits.is_empty() {
        let parents: Vec<String> = table.inherits.iter().map(|parent| book.link(parent)).collect();
        page += &format!("Inherits {}.\n\n", parents.join(", "));
    }
    page += &drawing(table, book);
    page += &columns(&table.columns, Some(table), book);
    page += &referenced_by(table, book);
    page += &constraints(table);
    page += &indexes(&table.indexes);
    page += &triggers(&table.triggers);
    page += &policies(table);
    page += &partitions(table, book);
    page + &used_by(&table.id(), &table.columns, book)
}

pub(super) fn of_view(view: &View, book: &Book<'_>) -> String {
    let kind = if view.materialized { "Materialized view" } else { "View" };
    let mut page = head(kind, &view.name, book, view.comment.as_deref());
    page += &columns(&view.columns, None, book);
    page += &indexes(&view.indexes);
    page += &triggers(&view.triggers);
    page += &used_by(&view.id(), &view.columns, book);
    page + "## Definition\n\n" + &block("sql", &view.definition)
}

fn head(kind: &str, name: &Name, book: &Book<'_>, comment: Option<&str>) -> String {
    let database = if book.catalog.database.name.is_empty() { "the database" } else { &book.catalog.database.name };
    let database = text(database.rsplit('/').next().unwrap_or(database));
    format!("# {}\n\n{kind} of [{database}](README.md).\n\n{}", text(&label(name)), paragraph(comment))
}

/// The table and those one foreign key away.
fn drawing(table: &Table, book: &Book<'_>) -> String {
    let mut near = book.graph.around(&table.name, 1);
    if near.entities.len() < 2 || near.entities.len() > NEIGHBOURS {
        return String::new();
    }
    near.reduce(Detail::Keys);
    block("mermaid", &Format::Mermaid.write(&near)) + "\n"
}

fn columns(columns: &[Column], table: Option<&Table>, book: &Book<'_>) -> String {
    let rows: Vec<[String; 6]> = columns
        .iter()
        .map(|column| {
            [
                text(&column.name),
                code(&column.data_type),
                if column.not_null { "" } else { "NULL" }.to_owned(),
                value(column),
                table.map(|table| keys(column, table, book)).unwrap_or_default(),
                text(column.comment.as_deref().unwrap_or_default()),
            ]
        })
        .collect();
    section("Columns", ["Column", "Type", "NULL", "Default", "Key", "Comment"], &rows)
}

/// Where its value comes from when none is given.
fn value(column: &Column) -> String {
    match (&column.identity, &column.generated, &column.default) {
        (Some(Identity::Always), ..) => "identity, always".to_owned(),
        (Some(Identity::ByDefault), ..) => "identity".to_owned(),
        (_, Some(generated), _) => format!("generated: {}", code(&generated.expression)),
        (_, _, Some(default)) => code(default),
        _ => String::new(),
    }
}

fn keys(column: &Column, table: &Table, book: &Book<'_>) -> String {
    let mut keys = Vec::new();
    for constraint in table.constraints.iter().filter(|one| one.columns.contains(&column.name)) {
        match (constraint.kind, &constraint.references) {
            (ConstraintKind::Primary, _) => keys.push("primary".to_owned()),
            (ConstraintKind::Unique, _) => keys.push("unique".to_owned()),
            (ConstraintKind::Foreign, Some(to)) => keys.push(format!("→ {}", book.link(&to.table))),
            _ => {}
        }
    }
    keys.dedup();
    keys.join(", ")
}

fn referenced_by(table: &Table, book: &Book<'_>) -> String {
    let incoming = book.catalog.references_to(&table.name);
    let rows: Vec<[String; 3]> = incoming
        .filter(|one| one.table.partition_of.is_none())
        .map(|one| {
            let columns = one.constraint.columns.join(", ");
            [book.link(&one.table.name), text(&columns), text(&one.constraint.name)]
        })
        .collect();
    section("Referenced by", ["Table", "Columns", "Constraint"], &rows)
}

fn constraints(table: &Table) -> String {
    let rows: Vec<[String; 3]> = table
        .constraints
        .iter()
        .map(|one| [text(&one.name), code(&one.definition), text(one.comment.as_deref().unwrap_or_default())])
        .collect();
    section("Constraints", ["Constraint", "Definition", "Comment"], &rows)
}

/// Those that no constraint stands for.
fn indexes(indexes: &[Index]) -> String {
    let rows: Vec<[String; 3]> = indexes
        .iter()
        .filter(|index| index.constraint.is_none())
        .map(|index| [text(&index.name), code(&index.definition), text(index.comment.as_deref().unwrap_or_default())])
        .collect();
    section("Indexes", ["Index", "Definition", "Comment"], &rows)
}

fn triggers(triggers: &[Trigger]) -> String {
    let rows: Vec<[String; 3]> = triggers
        .iter()
        .map(|one| [text(&one.name), code(&one.definition), text(one.comment.as_deref().unwrap_or_default())])
        .collect();
    section("Triggers", ["Trigger", "Definition", "Comment"], &rows)
}

fn policies(table: &Table) -> String {
    let rows: Vec<[String; 6]> = table.policies.iter().map(policy).collect();
    let security = match (table.row_security, table.force_row_security) {
        (false, _) if rows.is_empty() => "",
        (false, _) => "Row security is off: these policies have no effect.\n\n",
        (true, false) => "Row security is on.\n\n",
        (true, true) => "Row security is on, for the owner too.\n\n",
    };
    let list = section("Policies", ["Policy", "For", "Roles", "Using", "Check", "Comment"], &rows);
    format!("{security}{list}")
}

fn policy(policy: &Policy) -> [String; 6] {
    let command = match policy.command {
        PolicyCommand::All => "all",
        PolicyCommand::Select => "select",
        PolicyCommand::Insert => "insert",
        PolicyCommand::Update => "update",
        PolicyCommand::Delete => "delete",
    };
    let roles = if policy.roles.is_empty() { "all".to_owned() } else { policy.roles.join(", ") };
    [
        text(&policy.name),
        if policy.permissive { command.to_owned() } else { format!("{command}, restrictive") },
        text(&roles),
        code(policy.using.as_deref().unwrap_or_default()),
        code(policy.check.as_deref().unwrap_or_default()),
        text(policy.comment.as_deref().unwrap_or_default()),
    ]
}

fn partitions(table: &Table, book: &Book<'_>) -> String {
    let rows: Vec<[String; 2]> = book
        .catalog
        .partitions_of(&table.name)
        .map(|part| {
            let bound = part.partition_of.as_ref().map(|of| of.bound.as_str()).unwrap_or_default();
            [text(&label(&part.name)), code(bound)]
        })
        .collect();
    section("Partitions", ["Partition", "Rows"], &rows)
}

/// Views that read it.
fn used_by(id: &ObjectId, columns: &[Column], book: &Book<'_>) -> String {
    let catalog = book.catalog;
    let name = id.qualified();
    let parts = columns.iter().map(|column| ObjectId::part(ObjectKind::Column, &name, &*column.name));
    let readers: BTreeSet<Name> = parts
        .chain([id.clone()])
        .flat_map(|part| catalog.dependencies.dependents(&part).map(ObjectId::qualified).collect::<Vec<_>>())
        .filter(|reader| *reader != name && catalog.views.iter().any(|view| view.name == *reader))
        .collect();
    let rows: Vec<[String; 1]> = readers.iter().map(|reader| [book.link(reader)]).collect();
    section("Used by", ["View"], &rows)
}
