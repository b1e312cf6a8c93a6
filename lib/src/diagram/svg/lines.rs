//! Foreign keys as lines with crow's feet.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::super::graph::{Graph, Relation};
use super::super::layout::{Link, Point};
use super::boxes::TableBox;
use super::{escaped, number};

/// How round corners are.
const RADIUS: f64 = 6.0;

/// One or more keys that run from one row to one other.
pub(super) struct Line<'a> {
    pub(super) link: Link,
    relations: Vec<&'a Relation>,
}

/// The lines of `graph`; boxes without columns grow to take all that end at them.
pub(super) fn lines<'a>(graph: &'a Graph, boxes: &mut [TableBox<'a>]) -> Vec<Line<'a>> {
    let index = super::index(graph);
    type Key = (usize, u64, usize, u64, bool, bool);
    let mut lines: BTreeMap<Key, Vec<&Relation>> = BTreeMap::new();
    for relation in &graph.relations {
        let (from, to) = (index[&relation.from], index[&relation.to]);
        let from_port = boxes[from].port(relation.columns.first());
        let to_port = boxes[to].port(relation.references.first());
        let key = (from, from_port.to_bits(), to, to_port.to_bits(), relation.optional, relation.one_to_one);
        lines.entry(key).or_default().push(relation);
    }
    let mut ends = vec![0; boxes.len()];
    let mut pointed_at = BTreeSet::new();
    for (from, _, to, _, optional, _) in lines.keys() {
        ends[*from] += 1;
        ends[*to] += usize::from(pointed_at.insert((*to, *optional)));
    }
    for (one, ends) in boxes.iter_mut().zip(ends) {
        one.grow(ends);
    }
    let line = |((from, _, to, _, optional, _), relations): (Key, Vec<&'a Relation>)| {
        let room = |at: usize| if boxes[at].entity.columns.is_empty() { boxes[at].height - 18.0 } else { 9.0 };
        let from_port = boxes[from].port(relations[0].columns.first());
        let to_port = boxes[to].port(relations[0].references.first());
        let link = Link {
            from,
            from_port,
            from_room: room(from),
            to,
            to_port,
            to_room: room(to),
            kind: usize::from(optional),
        };
        Line { link, relations }
    };
    lines.into_iter().map(line).collect()
}

/// Draws the lines along `ways`.
pub(super) fn draw(text: &mut String, lines: &[Line<'_>], ways: &[(usize, Vec<Point>)]) {
    // Lines that run together share the end at what they point at.
    let mut ends = BTreeSet::new();
    for (line, way) in ways.iter().map(|(line, way)| (&lines[*line], way)) {
        let [start, second, before, end] = ends_of(way);
        let one_to_one = line.relations.iter().all(|relation| relation.one_to_one);
        let foot = if one_to_one { none_or_one(start, second) } else { none_or_many(start, second) };
        let _ = writeln!(
            text,
            "<g class=\"line\"><title>{}</title><path d=\"{}\"/>{foot}</g>",
            escaped(&title(line)),
            path(way)
        );
        let optional = line.link.kind == 1;
        ends.insert(if optional { none_or_one(end, before) } else { just_one(end, before) });
    }
    for end in ends {
        let _ = writeln!(text, "<g class=\"ends\">{end}</g>");
    }
}

/// The first two and the last two corners.
fn ends_of(way: &[Point]) -> [Point; 4] {
    let at = |index: usize| way.get(index).copied().unwrap_or_default();
    [at(0), at(1), at(way.len().saturating_sub(2)), at(way.len().saturating_sub(1))]
}

fn title(line: &Line<'_>) -> String {
    let one = |relation: &&Relation| {
        let list = |columns: &[String]| columns.join(", ");
        let (from, to) = (&relation.from.name, &relation.to.name);
        format!("{from} ({}) → {to} ({})", list(&relation.columns), list(&relation.references))
    };
    line.relations.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// A line with round corners.
fn path(way: &[Point]) -> String {
    let mut path = String::new();
    for (at, corner) in way.iter().enumerate() {
        let next = way.get(at + 1);
        match (at.checked_sub(1).map(|before| way[before]), next) {
            (Some(before), Some(next)) => {
                let radius = RADIUS.min(length(before, *corner) / 2.0).min(length(*corner, *next) / 2.0);
                let (start, end) = (towards(*corner, before, radius), towards(*corner, *next, radius));
                let _ = write!(path, "L{}Q{} {}", pair(start), pair(*corner), pair(end));
            }
            (None, _) => {
                let _ = write!(path, "M{}", pair(*corner));
            }
            (_, None) => {
                let _ = write!(path, "L{}", pair(*corner));
            }
        }
    }
    path
}

fn pair(point: Point) -> String {
    format!("{} {}", number(point.x), number(point.y))
}

fn length(a: Point, b: Point) -> f64 {
    (a.x - b.x).abs() + (a.y - b.y).abs()
}

/// The point `distance` from `from` towards `to`.
fn towards(from: Point, to: Point, distance: f64) -> Point {
    let part = distance / length(from, to).max(f64::EPSILON);
    Point { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part }
}

/// Which way a line leaves its end.
fn way_out(end: Point, next: Point) -> f64 {
    if next.x >= end.x { 1.0 } else { -1.0 }
}

fn bar(end: Point, x: f64) -> String {
    let x = number(end.x + x);
    format!("M{x} {}V{}", number(end.y - 4.5), number(end.y + 4.5))
}

fn ring(end: Point, x: f64) -> String {
    format!("<circle cx=\"{}\" cy=\"{}\" r=\"3.2\"/>", number(end.x + x), number(end.y))
}

fn none_or_many(end: Point, next: Point) -> String {
    let out = way_out(end, next);
    let (x, tip, y) = (number(end.x), number(end.x + 10.0 * out), number(end.y));
    let (above, below) = (number(end.y - 4.5), number(end.y + 4.5));
    format!("<path d=\"M{x} {above}L{tip} {y}L{x} {below}\"/>{}", ring(end, 13.5 * out))
}

fn none_or_one(end: Point, next: Point) -> String {
    let out = way_out(end, next);
    format!("<path d=\"{}\"/>{}", bar(end, 6.0 * out), ring(end, 12.0 * out))
}

fn just_one(end: Point, next: Point) -> String {
    let out = way_out(end, next);
    format!("<path d=\"{}{}\"/>", bar(end, 6.0 * out), bar(end, 10.0 * out))
}
