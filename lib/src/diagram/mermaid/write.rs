//! Writing an `erDiagram`.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::super::graph::{Field, Graph, Relation};
use super::super::types;

/// The diagram as text.
pub(in super::super) fn write(graph: &Graph) -> String {
    let mut text = "erDiagram\n".to_owned();
    for entity in &graph.entities {
        let name = quoted(&graph.label(&entity.name));
        if entity.columns.is_empty() {
            let _ = write!(text, "    {name}\n\n");
            continue;
        }
        let _ = writeln!(text, "    {name} {{");
        let mut columns: Vec<&Field> = entity.columns.iter().collect();
        columns.sort_by(|a, b| a.name.cmp(&b.name));
        for field in columns {
            let _ = writeln!(text, "        {}", attribute(field));
        }
        text.push_str("    }\n\n");
    }
    for (relation, column) in lines(graph) {
        let (from, to) = (quoted(&graph.label(&relation.from)), quoted(&graph.label(&relation.to)));
        let ends = if relation.is_primary_key { "|o--||" } else { "}o--||" };
        let _ = writeln!(text, "    {from} {ends} {to} : \"{}\"", unquotable(column));
    }
    format!("{}\n", text.trim_end())
}

fn attribute(field: &Field) -> String {
    let marks = [(field.primary, "PK"), (field.foreign, "FK"), (field.in_unique, "UK")];
    let marks: Vec<&str> = marks.iter().filter(|(has, _)| *has).map(|(_, mark)| *mark).collect();
    let data_type = types::standard(&field.data_type);
    let data_type = if data_type.is_empty() { "any".to_owned() } else { word(&data_type) };
    format!("{data_type} {} {}", word(&field.name), marks.join(",")).trim_end().to_owned()
}

/// Each table in turn brings the lines that begin or end at it and are not there yet.
fn lines(graph: &Graph) -> Vec<(&Relation, &str)> {
    let mut seen = BTreeSet::new();
    let mut lines = Vec::new();
    for entity in &graph.entities {
        let touches = |relation: &Relation| relation.from == entity.name || relation.to == entity.name;
        for (at, relation) in graph.relations.iter().enumerate().filter(|(_, relation)| touches(relation)) {
            if seen.insert(at) {
                lines.extend(relation.columns.iter().map(|column| (relation, column.as_str())));
            }
        }
    }
    lines
}

/// A name of a table: bare where Mermaid takes it so.
fn quoted(name: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || char == '_';
    let bare = name.chars().all(plain) && name.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_');
    if bare { name.to_owned() } else { format!("\"{}\"", unquotable(name)) }
}

/// Text between quotes, for which Mermaid has no way to write a quote.
fn unquotable(text: &str) -> String {
    text.chars().map(|char| if matches!(char, '"' | '%' | '\\') || char.is_control() { '_' } else { char }).collect()
}

/// A type or a column, which Mermaid cannot quote: letters, digits, `_` and `-`, a letter or `_` first.
pub(in super::super) fn word(name: &str) -> String {
    let kept = |char: &char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-') || *char >= '\u{c0}';
    let word: String = name.chars().map(|char| if char == ' ' { '_' } else { char }).filter(kept).collect();
    if word.starts_with(|char: char| char.is_ascii_digit() || char == '-') || word.is_empty() {
        return format!("_{word}");
    }
    word
}
