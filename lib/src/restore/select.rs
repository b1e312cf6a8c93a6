//! Which entries are restored: all of them, or what some tables need.

use std::collections::BTreeSet;

use crate::archive::toc::{Entry, Section, Toc};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Flavor, significant, unquoted};

use super::text::shown;
use super::work::{TableName, is_about_archive, name_of};

/// Entries by their places in the table of contents, and what is left out.
#[derive(Debug, Default)]
pub(super) struct Selection {
    pub(super) chosen: BTreeSet<usize>,
    /// What is left out and why, a sentence each.
    pub(super) left_out: Vec<String>,
    /// The tables that were asked for; empty for all.
    pub(super) tables: BTreeSet<TableName>,
    /// The entries of those tables, and of the sequences that are theirs.
    pub(super) asked: BTreeSet<usize>,
    /// What else they bring that has a name among tables: sequences and indexes.
    pub(super) relations: BTreeSet<TableName>,
    /// What they need and was not asked for: where a database has it, that is used as it is.
    pub(super) lent: BTreeSet<usize>,
}

/// Everything but what says something of the archive, and the planner's statistics, which are gathered again.
pub(super) fn all(toc: &Toc) -> Selection {
    let entries = toc.entries.iter().enumerate();
    let chosen = entries.filter(|(_, entry)| !is_about_archive(entry) && entry.kind != "STATISTICS DATA");
    Selection { chosen: chosen.map(|(at, _)| at).collect(), ..Selection::default() }
}

/// The tables that `only` names, with their rows, indexes, constraints, sequences, triggers and rights, and what must be there
/// before: schemas, types, functions, extensions. A foreign key to a table that was not asked for is left out.
///
/// # Errors
/// The archive has no such table, or several of that name.
pub(super) fn tables(toc: &Toc, only: &[String]) -> Result<Selection> {
    let mut selection = Selection::default();
    let mut wanted = BTreeSet::new();
    for text in only {
        let id = find(toc, text)?;
        wanted.insert(id);
    }
    // Partitions come with their table, as do sequences that belong to one.
    for entry in &toc.entries {
        let attached = entry.kind == "TABLE ATTACH" && entry.dependencies.iter().any(|id| wanted.contains(id));
        if attached {
            wanted.extend(entry.dependencies.iter().filter(|id| is_table(toc, **id)));
        }
    }
    for entry in toc.entries.iter().filter(|entry| wanted.contains(&entry.id)) {
        selection.tables.insert(name_of(entry));
    }
    let owned: BTreeSet<TableName> = toc
        .entries
        .iter()
        .filter(|entry| entry.kind == "SEQUENCE OWNED BY" && entry.dependencies.iter().any(|id| wanted.contains(id)))
        .map(name_of)
        .collect();
    let mut taken: BTreeSet<i32> = wanted.clone();
    for entry in &toc.entries {
        if entry.kind == "SEQUENCE" && owned.contains(&name_of(entry)) {
            taken.insert(entry.id);
        }
    }
    let asked = taken.clone();
    need(toc, &mut taken);
    let mut hanging = BTreeSet::new();
    // What hangs on a table, and on what hangs on it: their dependencies come before them.
    for entry in &toc.entries {
        if taken.contains(&entry.id) || is_about_archive(entry) {
            continue;
        }
        let data = matches!(entry.kind.as_str(), "TABLE DATA") && selection.tables.contains(&name_of(entry));
        let position = entry.kind == "SEQUENCE SET"
            && (owned.contains(&name_of(entry)) || entry.dependencies.iter().any(|id| taken.contains(id)));
        let hangs = entry.dependencies.iter().any(|id| taken.contains(id)) && hangs_on_table(entry);
        if !(data || position || hangs) {
            continue;
        }
        let missing = entry.dependencies.iter().find(|id| !taken.contains(id) && is_object(toc, **id));
        match missing.and_then(|id| toc.entries.iter().find(|entry| entry.id == *id)) {
            Some(missing) if !can_be_needed(missing) => {
                selection.left_out.push(format!("{}, which needs {}", entry.describe(), missing.describe()));
            }
            _ => {
                taken.insert(entry.id);
                hanging.insert(entry.id);
                need(toc, &mut taken);
            }
        }
    }
    let entries = toc.entries.iter().enumerate();
    for (at, entry) in entries.filter(|(_, entry)| taken.contains(&entry.id)) {
        selection.chosen.insert(at);
        if asked.contains(&entry.id) {
            selection.asked.insert(at);
        }
        if entry.dependencies.iter().any(|id| asked.contains(id)) || asked.contains(&entry.id) {
            selection.relations.extend(relation(entry));
        }
        if !asked.contains(&entry.id) && !hanging.contains(&entry.id) {
            selection.lent.insert(at);
        }
    }
    Ok(selection)
}

/// The sequence or index that an entry makes.
fn relation(entry: &Entry) -> Option<TableName> {
    match entry.kind.as_str() {
        "SEQUENCE" | "INDEX" => Some(name_of(entry)),
        // An index of the constraint's name; the entry is called after its table too.
        "CONSTRAINT" => {
            let definition = shown(&entry.definition);
            let tokens: Vec<_> = significant(&definition, Flavor::Postgres).collect();
            let at = tokens.windows(2).position(|pair| pair[0].text == "ADD" && pair[1].text == "CONSTRAINT")?;
            Some((shown(&entry.namespace), unquoted(tokens.get(at + 2)?.text)))
        }
        _ => None,
    }
}

/// The number of the table that `text` names, with its schema or without.
fn find(toc: &Toc, text: &str) -> Result<i32> {
    let names: Vec<String> = significant(text, Flavor::Postgres)
        .filter(|token| token.text != ".")
        .map(|token| unquoted(token.text))
        .collect();
    let fits = |entry: &&Entry| {
        let (schema, name) = name_of(entry);
        is_kind_of_table(&entry.kind)
            && match names.as_slice() {
                [wanted] => name == *wanted,
                [in_schema, wanted] => schema == *in_schema && name == *wanted,
                _ => false,
            }
    };
    let found: Vec<&Entry> = toc.entries.iter().filter(fits).collect();
    let list = |entries: &[&Entry]| {
        let names = entries.iter().map(|entry| name_of(entry)).map(|name| super::check::quoted(&name));
        names.collect::<Vec<_>>().join(", ")
    };
    match found.as_slice() {
        [one] => Ok(one.id),
        [] => {
            let tables: Vec<&Entry> =
                toc.entries.iter().filter(|entry| is_kind_of_table(&entry.kind)).take(40).collect();
            Err(Error::new(ErrorKind::NotFound, format!("there is no table {text} to restore"))
                .hint(format!("it has: {}", list(&tables))))
        }
        several => Err(Error::new(ErrorKind::Usage, format!("there are several tables {text}"))
            .hint(format!("say which: --only {}", list(several)))),
    }
}

fn is_kind_of_table(kind: &str) -> bool {
    matches!(kind, "TABLE" | "FOREIGN TABLE" | "MATERIALIZED VIEW" | "VIEW")
}

fn is_table(toc: &Toc, id: i32) -> bool {
    toc.entries.iter().any(|entry| entry.id == id && is_kind_of_table(&entry.kind))
}

fn is_object(toc: &Toc, id: i32) -> bool {
    toc.entries.iter().any(|entry| entry.id == id)
}

/// What comes along wherever it is needed; a table would bring its rows.
fn can_be_needed(entry: &Entry) -> bool {
    entry.section == Section::PreData && !is_kind_of_table(&entry.kind)
}

/// Adds what the taken entries need, and what that needs.
fn need(toc: &Toc, taken: &mut BTreeSet<i32>) {
    for entry in toc.entries.iter().rev() {
        if !taken.contains(&entry.id) {
            continue;
        }
        for id in &entry.dependencies {
            let before = toc.entries.iter().find(|one| one.id == *id);
            if before.is_some_and(|before| before.section == Section::PreData) {
                taken.insert(*id);
            }
        }
        let schema = shown(&entry.namespace);
        let of_schema = |one: &&Entry| one.kind == "SCHEMA" && shown(&one.tag) == schema;
        if let Some(schema) = toc.entries.iter().find(of_schema) {
            taken.insert(schema.id);
        }
    }
}

/// What belongs to a table and is of no use without it.
fn hangs_on_table(entry: &Entry) -> bool {
    matches!(
        entry.kind.as_str(),
        "TABLE DATA"
            | "DEFAULT"
            | "CONSTRAINT"
            | "CHECK CONSTRAINT"
            | "FK CONSTRAINT"
            | "INDEX"
            | "INDEX ATTACH"
            | "TABLE ATTACH"
            | "TRIGGER"
            | "RULE"
            | "POLICY"
            | "ROW SECURITY"
            | "STATISTICS"
            | "COMMENT"
            | "ACL"
            | "SECURITY LABEL"
            | "SEQUENCE OWNED BY"
            | "SEQUENCE SET"
            | "SEQUENCE"
            | "MATERIALIZED VIEW DATA"
    )
}
