//! The page of the database: every object that is no part of another.

use super::markdown::{code, paragraph, section, text};
use super::{Book, label};
use crate::catalog::{Name, ObjectId, ObjectKind};
use crate::diagram::{Detail, Format};

/// So many tables are drawn with the columns of their keys on one page; more of them are names alone.
const WITH_KEYS: usize = 15;

/// More than this are not drawn on one page: a picture of its own serves better.
const DRAWN: usize = 60;

fn counted(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

pub(super) fn of_database(book: &Book<'_>) -> String {
    let catalog = book.catalog;
    let database = match catalog.database.name.is_empty() {
        true => "Database".to_owned(),
        false => title(&catalog.database.name),
    };
    let counts =
        [(book.tables().count(), "table"), (catalog.views.len(), "view"), (catalog.routines.len(), "function")];
    let counts: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| counted(*count, word)).collect();
    let counts = counts.join(", ");
    let comment = paragraph(catalog.database.comment.as_deref());
    let mut page = format!("# {database}\n\n{comment}{counts}.\n\n");
    page += &drawing(book);
    page += &relations(book);
    page += &routines(book);
    page += &types(book);
    page += &rest(book);
    page
}

/// A file's name stands for a SQLite database.
fn title(name: &str) -> String {
    text(name.rsplit('/').next().unwrap_or(name))
}

fn drawing(book: &Book<'_>) -> String {
    let mut graph = book.graph.clone();
    if graph.entities.is_empty() || graph.entities.len() > DRAWN {
        return String::new();
    }
    graph.reduce(if graph.entities.len() > WITH_KEYS { Detail::Names } else { Detail::Keys });
    super::markdown::block("mermaid", &Format::Mermaid.write(&graph)) + "\n"
}

fn relations(book: &Book<'_>) -> String {
    let comment = |comment: &Option<String>| text(comment.as_deref().unwrap_or_default());
    let tables: Vec<[String; 3]> = book
        .tables()
        .map(|table| [book.link(&table.name), table.columns.len().to_string(), comment(&table.comment)])
        .collect();
    let views: Vec<[String; 4]> = book
        .catalog
        .views
        .iter()
        .map(|view| {
            let kind = if view.materialized { "materialized" } else { "" };
            [book.link(&view.name), kind.to_owned(), view.columns.len().to_string(), comment(&view.comment)]
        })
        .collect();
    section("Tables", ["Table", "Columns", "Comment"], &tables)
        + &section("Views", ["View", "Kind", "Columns", "Comment"], &views)
}

fn routines(book: &Book<'_>) -> String {
    let rows: Vec<[String; 5]> = book
        .catalog
        .routines
        .iter()
        .map(|routine| {
            let signature = format!("{}({})", label(&routine.name), routine.arguments);
            let users = users(book, &routine.id());
            [
                code(&signature),
                code(routine.result.as_deref().unwrap_or_default()),
                text(&routine.language),
                users,
                text(routine.comment.as_deref().unwrap_or_default()),
            ]
        })
        .collect();
    section("Functions", ["Function", "Returns", "Language", "Used by", "Comment"], &rows)
}

fn types(book: &Book<'_>) -> String {
    let catalog = book.catalog;
    let mut rows: Vec<[String; 5]> = Vec::new();
    let mut row = |name: &Name, kind: &str, what: String, id: ObjectId, comment: &Option<String>| {
        let comment = text(comment.as_deref().unwrap_or_default());
        rows.push([text(&label(name)), kind.to_owned(), what, users(book, &id), comment]);
    };
    for one in &catalog.enums {
        let labels = one.labels.iter().map(|label| code(label)).collect::<Vec<_>>().join(", ");
        row(&one.name, "enum", labels, ObjectId::of(ObjectKind::Type, &one.name), &one.comment);
    }
    for one in &catalog.composites {
        let attributes = one.attributes.iter().map(|part| code(&format!("{} {}", part.name, part.data_type)));
        let attributes = attributes.collect::<Vec<_>>().join(", ");
        row(&one.name, "composite", attributes, ObjectId::of(ObjectKind::Type, &one.name), &one.comment);
    }
    for one in &catalog.domains {
        let mut what = one.data_type.clone();
        for check in &one.constraints {
            what += &format!(" {}", check.definition);
        }
        what += if one.not_null { " NOT NULL" } else { "" };
        row(&one.name, "domain", code(&what), ObjectId::of(ObjectKind::Domain, &one.name), &one.comment);
    }
    for one in &catalog.ranges {
        row(&one.name, "range", code(&one.subtype), ObjectId::of(ObjectKind::Type, &one.name), &one.comment);
    }
    section("Types", ["Type", "Kind", "Of", "Used by", "Comment"], &rows)
}

fn rest(book: &Book<'_>) -> String {
    let catalog = book.catalog;
    let free = catalog.sequences.iter().filter(|sequence| sequence.owned_by.is_none());
    let sequences: Vec<[String; 2]> =
        free.map(|one| [text(&label(&one.name)), text(one.comment.as_deref().unwrap_or_default())]).collect();
    let extensions: Vec<[String; 3]> = catalog
        .extensions
        .iter()
        .map(|one| [text(&one.name), text(&one.schema), text(one.comment.as_deref().unwrap_or_default())])
        .collect();
    section("Sequences", ["Sequence", "Comment"], &sequences)
        + &section("Extensions", ["Extension", "Schema", "Comment"], &extensions)
}

/// The tables and views that need the object, themselves or by a part of them.
fn users(book: &Book<'_>, id: &ObjectId) -> String {
    let mut names: Vec<_> = book.catalog.dependencies.dependents(id).map(ObjectId::qualified).collect();
    names.retain(|name| book.files.contains_key(name));
    names.sort();
    names.dedup();
    names.iter().map(|name| book.link(name)).collect::<Vec<_>>().join(", ")
}
