//! A table's box: its name above, a row for each column.

use std::fmt::Write;

use crate::catalog::TableKind;

use super::super::graph::{Entity, Field};
use super::super::layout::Point;
use super::super::types;
use super::{escaped, measure, number, style};

/// The name's part of the box, and of a box that has nothing else.
const HEADER: f64 = 27.0;
const ONLY_HEADER: f64 = 36.0;
const ROW: f64 = 18.0;
const PAD: f64 = 9.0;
const NAME_SIZE: f64 = 13.0;
const COLUMN_SIZE: f64 = 12.0;
const TYPE_SIZE: f64 = 11.0;
const KEY_SIZE: f64 = 10.0;
/// Names are cut beyond; the whole of it is in the tooltip.
const LONGEST_NAME: usize = 44;
const LONGEST_TYPE: usize = 30;

/// A table and the size of its box.
pub(super) struct TableBox<'a> {
    pub(super) entity: &'a Entity,
    pub(super) width: f64,
    pub(super) height: f64,
    names_at: f64,
    types_at: f64,
    note: Option<String>,
}

impl<'a> TableBox<'a> {
    pub(super) fn new(entity: &'a Entity) -> Self {
        let widest = |texts: &mut dyn Iterator<Item = f64>| texts.fold(0.0, f64::max);
        let keys = widest(&mut entity.columns.iter().map(|field| measure::width(&marks(field), KEY_SIZE)));
        let names = widest(&mut entity.columns.iter().map(|field| measure::width(&name(field), COLUMN_SIZE)));
        let of_types = widest(&mut entity.columns.iter().map(|field| measure::width(&type_of(field), TYPE_SIZE)));
        let note = note(entity);
        let names_at = PAD + if keys > 0.0 { keys + 7.0 } else { 0.0 };
        let types_at = names_at + names + 14.0;
        let rows = if entity.columns.is_empty() { 0.0 } else { types_at + of_types + PAD };
        let header = measure::width(&title(entity), NAME_SIZE) + 2.0 * PAD;
        let noted = note.as_ref().map_or(0.0, |note| names_at + measure::width(note, TYPE_SIZE) + PAD);
        let width = rows.max(header).max(noted).max(72.0).ceil();
        let count = entity.columns.len() + usize::from(note.is_some());
        let height = if count == 0 { ONLY_HEADER } else { HEADER + count as f64 * ROW };
        Self { entity, width, height, names_at, types_at, note }
    }

    /// How far below its top the line of a key ends: at the row of `column`, in the middle where there is none.
    pub(super) fn port(&self, column: Option<&String>) -> f64 {
        let row = self.entity.columns.iter().position(|field| Some(&field.name) == column);
        match row {
            Some(row) => HEADER + (row as f64 + 0.5) * ROW,
            None if self.height == HEADER + ROW => ROW,
            None => self.height / 2.0,
        }
    }

    /// Makes room for `ends` lines that all end at one side's middle.
    pub(super) fn grow(&mut self, ends: usize) {
        if self.entity.columns.is_empty() {
            let steps = (ends as f64 * 9.0 / ROW).ceil() + 1.0;
            self.height = self.height.max(steps * ROW);
        }
    }

    pub(super) fn draw(&self, text: &mut String, at: Point, group: usize) {
        let (x, y) = (number(at.x), number(at.y));
        let _ = writeln!(text, "<g transform=\"translate({x} {y})\">{}", tooltip(self.entity));
        let dashed = if self.entity.kind == TableKind::Foreign { " foreign" } else { "" };
        let (width, height) = (number(self.width), number(self.height));
        let _ = writeln!(text, "<rect class=\"box{dashed}\" width=\"{width}\" height=\"{height}\" rx=\"4\"/>");
        let only = self.entity.columns.is_empty() && self.note.is_none();
        let header = if only { self.height } else { HEADER };
        let color = style::color(group);
        let right = number(self.width - 4.0);
        let (w, h) = (&width, number(header));
        let shape = if only {
            format!(
                "M4 0H{right}Q{w} 0 {w} 4V{}Q{w} {h} {right} {h}H4Q0 {h} 0 {}V4Q0 0 4 0Z",
                number(header - 4.0),
                number(header - 4.0)
            )
        } else {
            format!("M4 0H{right}Q{w} 0 {w} 4V{h}H0V4Q0 0 4 0Z")
        };
        let _ = writeln!(text, "<path class=\"box{dashed} h{color}\" d=\"{shape}\"/>");
        let baseline = number(header / 2.0 + 4.5);
        let _ =
            writeln!(text, "<text class=\"name\" x=\"{PAD}\" y=\"{baseline}\">{}</text>", escaped(&title(self.entity)));
        for (row, field) in self.entity.columns.iter().enumerate() {
            self.row(text, HEADER + row as f64 * ROW, field);
        }
        if let Some(note) = &self.note {
            let y = number(HEADER + self.entity.columns.len() as f64 * ROW + 13.0);
            let _ = writeln!(
                text,
                "<text class=\"more\" x=\"{}\" y=\"{y}\">{}</text>",
                number(self.names_at),
                escaped(note)
            );
        }
        text.push_str("</g>\n");
    }

    fn row(&self, text: &mut String, top: f64, field: &Field) {
        let y = number(top + 13.0);
        let marks = marks(field);
        if !marks.is_empty() {
            let _ = write!(text, "<text class=\"key\" x=\"{PAD}\" y=\"{y}\">{marks}</text>");
        }
        let whole = name(field) != field.name || field.comment.is_some();
        let title = if whole { format!("<title>{}</title>", escaped(&described(field))) } else { String::new() };
        let names_at = number(self.names_at);
        let _ = write!(text, "<text x=\"{names_at}\" y=\"{y}\">{}{title}</text>", escaped(&name(field)));
        let types_at = number(self.types_at);
        let data_type = escaped(&type_of(field));
        let _ = writeln!(text, "<text class=\"type\" x=\"{types_at}\" y=\"{y}\">{data_type}</text>");
    }
}

fn title(entity: &Entity) -> String {
    measure::cut(&entity.name.name, LONGEST_NAME)
}

fn name(field: &Field) -> String {
    measure::cut(&field.name, LONGEST_NAME)
}

fn type_of(field: &Field) -> String {
    let data_type = measure::cut(&types::short(&field.data_type), LONGEST_TYPE);
    format!("{data_type}{}", if field.not_null { "" } else { "?" })
}

fn marks(field: &Field) -> String {
    let marks = [(field.primary, "PK"), (field.foreign, "FK"), (field.unique, "UK")];
    marks.iter().filter(|(has, _)| *has).map(|(_, mark)| *mark).collect::<Vec<_>>().join(" ")
}

/// What is not shown of a table, in words.
fn note(entity: &Entity) -> Option<String> {
    let plural = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let hidden =
        (entity.hidden > 0 && !entity.columns.is_empty()).then(|| format!("+ {}", plural(entity.hidden, "column")));
    let partitions = (entity.partitions > 0).then(|| plural(entity.partitions, "partition"));
    let parts: Vec<String> = hidden.into_iter().chain(partitions).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn tooltip(entity: &Entity) -> String {
    let name = escaped(&entity.name.to_string());
    let comment = entity.comment.as_ref().map(|comment| format!(": {}", escaped(comment))).unwrap_or_default();
    format!("<title>{name}{comment}</title>")
}

fn described(field: &Field) -> String {
    let comment = field.comment.as_ref().map(|comment| format!(": {comment}")).unwrap_or_default();
    format!("{} {}{comment}", field.name, field.data_type)
}
