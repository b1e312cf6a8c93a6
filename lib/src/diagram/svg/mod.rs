//! A picture: boxes with columns, crow's feet, frames around schemas, in light and dark, without any font or file besides.

mod boxes;
mod lines;
mod measure;
mod style;

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::error::{Error, ErrorKind, Result};

use self::boxes::TableBox;
use self::lines::Line;
use super::Format;
use super::graph::Graph;
use super::json;
use super::layout::{self, Drawing, Frame, Node};

/// Around the whole picture.
const MARGIN: f64 = 27.0;
const CARRIED: (&str, &str) = ("<metadata id=\"mainstay-diagram\">", "</metadata>");

/// The picture as text.
pub(super) fn write(graph: &Graph) -> String {
    let schemas: Vec<&str> = graph.schemas().into_iter().collect();
    let mut boxes: Vec<TableBox<'_>> = graph.entities.iter().map(TableBox::new).collect();
    let lines = lines::lines(graph, &mut boxes);
    let nodes: Vec<Node> = (boxes.iter())
        .map(|one| {
            let group = schemas.iter().position(|schema| *schema == one.entity.name.schema).unwrap_or_default();
            Node { width: one.width, height: one.height, group }
        })
        .collect();
    let links: Vec<layout::Link> = lines.iter().map(|line| line.link.clone()).collect();
    let drawing = layout::layout(&nodes, &links, schemas.len() > 1);
    picture(graph, &schemas, &boxes, &lines, &drawing)
}

/// The graph that a picture of ours carries.
///
/// # Errors
/// It carries none.
pub(super) fn read(file: &str, text: &str) -> Result<Graph> {
    let carried = text.split_once(CARRIED.0).and_then(|(_, rest)| rest.split_once(CARRIED.1));
    let Some((data, _)) = carried else {
        return Err(Error::new(ErrorKind::Usage, format!("{file} is not a picture that Mainstay has drawn"))
            .hint(format!("draw it: {}", Format::redraw(file))));
    };
    let data = data.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    json::read(file, &data)
}

fn picture(graph: &Graph, schemas: &[&str], boxes: &[TableBox<'_>], lines: &[Line<'_>], drawing: &Drawing) -> String {
    let (width, height) = (drawing.width + 2.0 * MARGIN, drawing.height + 2.0 * MARGIN);
    let (width, height) = (number(width.ceil()), number(height.ceil()));
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"title desc\">\n"
    );
    let (tables, keys) = (graph.entities.len(), graph.relations.len());
    let _ = writeln!(text, "<title id=\"title\">Entity-relationship diagram</title>");
    let _ = writeln!(text, "<desc id=\"desc\">{tables} tables and {keys} foreign keys. {}</desc>", style::LEGEND);
    let _ = writeln!(text, "{}{}{}", CARRIED.0, escaped(&json::line(graph)), CARRIED.1);
    let _ = writeln!(text, "<style>{}</style>", style::sheet(schemas.len()));
    let _ = writeln!(text, "<rect class=\"page\" width=\"{width}\" height=\"{height}\"/>");
    let _ = writeln!(text, "<g transform=\"translate({MARGIN} {MARGIN})\">");
    for frame in &drawing.frames {
        frame_rect(&mut text, frame);
    }
    lines::draw(&mut text, lines, &drawing.lines);
    for (node, at) in &drawing.boxes {
        let group = schemas.iter().position(|schema| *schema == boxes[*node].entity.name.schema).unwrap_or_default();
        boxes[*node].draw(&mut text, *at, group);
    }
    for frame in &drawing.frames {
        frame_name(&mut text, frame, schemas[frame.group]);
    }
    text.push_str("</g>\n</svg>\n");
    text
}

fn frame_rect(text: &mut String, frame: &Frame) {
    let Frame { group, at, width, height } = frame;
    let (x, y, width, height) = (number(at.x), number(at.y), number(*width), number(*height));
    let color = style::color(*group);
    let _ = writeln!(
        text,
        "<rect class=\"frame f{color}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"9\"/>"
    );
}

fn frame_name(text: &mut String, frame: &Frame, name: &str) {
    let (x, y) = (number(frame.at.x + 18.0), number(frame.at.y + 32.0));
    let _ = writeln!(text, "<text class=\"schema\" x=\"{x}\" y=\"{y}\">{}</text>", escaped(name));
}

/// Where each table's box is in the list.
fn index(graph: &Graph) -> BTreeMap<&crate::catalog::Name, usize> {
    graph.entities.iter().enumerate().map(|(at, entity)| (&entity.name, at)).collect()
}

/// At most one digit after the point, and none that says nothing.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// Text for XML, which knows no control characters.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(char),
            other if other.is_control() || matches!(other, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}
