//! Graphviz: tables as HTML-like labels, lines from column to column with crow's feet.

use std::fmt::Write;

use crate::error::{Error, ErrorKind, Result};

use super::Format;
use super::graph::{Entity, Field, Graph, Relation};
use super::{json, types};

/// Before the line that carries the data.
const CARRIED: &str = "// mainstay-diagram: ";

/// The diagram as text.
pub(super) fn write(graph: &Graph) -> String {
    let mut text = format!("{CARRIED}{}\n", json::line(graph));
    text.push_str("digraph schema {\n");
    text.push_str("  graph [rankdir=RL, nodesep=0.4, ranksep=1.2];\n");
    text.push_str("  node [shape=plain, fontname=\"Helvetica\", fontsize=11];\n");
    text.push_str("  edge [dir=both, color=\"slategray\"];\n");
    let schemas = graph.schemas();
    for schema in &schemas {
        let several = schemas.len() > 1;
        let margin = if several { "    " } else { "  " };
        if several {
            let name = quoted(&format!("cluster_{schema}"));
            let _ = writeln!(text, "  subgraph {name} {{\n    label={};", quoted(schema));
        }
        for entity in graph.entities.iter().filter(|entity| entity.name.schema == **schema) {
            let name = quoted(&graph.label(&entity.name));
            let _ = writeln!(text, "{margin}{name} [label=<{}>];", label(entity));
        }
        if several {
            text.push_str("  }\n");
        }
    }
    for relation in &graph.relations {
        let _ = writeln!(text, "  {}", edge(graph, relation));
    }
    text.push_str("}\n");
    text
}

/// The graph that a file of ours carries.
///
/// # Errors
/// It carries none.
pub(super) fn read(file: &str, text: &str) -> Result<Graph> {
    let Some(line) = text.lines().find_map(|line| line.strip_prefix(CARRIED)) else {
        return Err(Error::new(ErrorKind::Usage, format!("{file} is not a diagram that Mainstay has written"))
            .hint(format!("write it: {}", Format::redraw(file))));
    };
    json::read(file, line)
}

fn label(entity: &Entity) -> String {
    let mut html = "<table border=\"0\" cellborder=\"1\" cellspacing=\"0\" cellpadding=\"4\">".to_owned();
    let _ = write!(
        html,
        "<tr><td colspan=\"3\" bgcolor=\"lightsteelblue1\"><b>{}</b></td></tr>",
        escaped(&entity.name.name)
    );
    for (at, field) in entity.columns.iter().enumerate() {
        let _ = write!(
            html,
            "<tr><td port=\"k{at}\">{}</td><td align=\"left\">{}</td><td port=\"t{at}\" align=\"left\">{}</td></tr>",
            marks(field),
            escaped(&field.name),
            escaped(&types::short(&field.data_type))
        );
    }
    html + "</table>"
}

fn marks(field: &Field) -> String {
    let marks = [(field.primary, "PK"), (field.foreign, "FK"), (field.unique, "UK")];
    marks.iter().filter(|(has, _)| *has).map(|(_, mark)| *mark).collect::<Vec<_>>().join(" ")
}

fn edge(graph: &Graph, relation: &Relation) -> String {
    let tail = if relation.one_to_one { "teeodot" } else { "crowodot" };
    let head = if relation.optional { "teeodot" } else { "teetee" };
    format!(
        "{}{}:w -> {}{}:e [arrowtail={tail}, arrowhead={head}, tooltip={}];",
        quoted(&graph.label(&relation.from)),
        port(graph, &relation.from, &relation.columns, 'k'),
        quoted(&graph.label(&relation.to)),
        port(graph, &relation.to, &relation.references, 't'),
        quoted(&relation.columns.join(", "))
    )
}

/// The row of the first of `columns`, on the side of the keys (`k`) or of the types (`t`).
fn port(graph: &Graph, name: &crate::catalog::Name, columns: &[String], side: char) -> String {
    let row = |entity: &Entity| entity.columns.iter().position(|field| columns.first() == Some(&field.name));
    graph.entity(name).and_then(row).map(|row| format!(":{side}{row}")).unwrap_or_default()
}

fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", text.replace(['\n', '\r'], " "))
}

/// Text inside an HTML-like label; an empty cell needs a blank.
fn escaped(text: &str) -> String {
    if text.is_empty() {
        return " ".to_owned();
    }
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
