//! Where boxes and lines go: pure geometry, in which a table is a box with ports and a foreign key a link between two ports.
//!
//! A connected set of boxes is laid out in layers from left to right (`layered`), the layers balanced in height (`layers`),
//! ordered for few crossings (`order`), placed for straight lines (`place`) and joined by lines of right angles in the
//! channels between them (`route`). Several such drawings are packed into a page (`pack`). Sizes are in pixels.

mod lanes;
mod layered;
mod layers;
mod order;
mod pack;
mod place;
mod route;
mod sheet;

use std::collections::BTreeMap;

use layered::layered;
use pack::{grid, pack};

/// What positions are multiples of, so that rows of neighbours meet.
pub(super) const UNIT: f64 = 9.0;
/// Between two boxes.
const GAP: f64 = 27.0;
/// Between two drawings that have nothing to do with each other.
const APART: f64 = 54.0;
/// Between a group's frame and what is in it; its name stands above.
const FRAME: f64 = 27.0;
/// The width of a page by its height.
const ASPECT: f64 = 1.5;

/// A box.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) width: f64,
    pub(super) height: f64,
    /// Which group it is in.
    pub(super) group: usize,
}

/// A line from one box's port to another's. Lines to one port that end alike run together.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) from: usize,
    /// Below the box's top.
    pub(super) from_port: f64,
    /// How far from each other the ends that meet in this port may be.
    pub(super) from_room: f64,
    pub(super) to: usize,
    pub(super) to_port: f64,
    pub(super) to_room: f64,
    /// Lines that differ in this have ends of their own.
    pub(super) kind: usize,
}

/// A point; down is more.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// A frame around a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Frame {
    pub(super) group: usize,
    pub(super) at: Point,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Boxes and lines with their places; several are put together into one.
#[derive(Clone, Debug, Default)]
pub(super) struct Drawing {
    pub(super) width: f64,
    pub(super) height: f64,
    /// Boxes and their top left corners.
    pub(super) boxes: Vec<(usize, Point)>,
    /// Links and the corners of their lines, from the end that points.
    pub(super) lines: Vec<(usize, Vec<Point>)>,
    pub(super) frames: Vec<Frame>,
}

impl Drawing {
    /// Puts `other` into this one, its top left corner at `at`.
    fn put(&mut self, other: Self, at: Point) {
        let moved = |point: Point| Point { x: point.x + at.x, y: point.y + at.y };
        self.width = self.width.max(at.x + other.width);
        self.height = self.height.max(at.y + other.height);
        self.boxes.extend(other.boxes.into_iter().map(|(node, point)| (node, moved(point))));
        let lines = other.lines.into_iter();
        self.lines.extend(lines.map(|(link, line)| (link, line.into_iter().map(moved).collect())));
        self.frames.extend(other.frames.into_iter().map(|frame| Frame { at: moved(frame.at), ..frame }));
    }
}

/// Lays everything out. Groups are framed where `framed` says so.
pub(super) fn layout(nodes: &[Node], links: &[Link], framed: bool) -> Drawing {
    let components = components(nodes.len(), links);
    let groups = nodes.iter().map(|node| node.group + 1).max().unwrap_or_default();
    let of_groups: Vec<Vec<usize>> = components.iter().map(|component| groups_of(nodes, component)).collect();
    let clusters = joined(groups, of_groups.iter().map(Vec::as_slice));
    let drawings = clusters.into_iter().map(|cluster| {
        let inside = components.iter().zip(&of_groups).filter(|(_, of)| cluster.contains(&of[0]));
        let (across, local): (Vec<_>, Vec<_>) = inside.partition(|(_, of)| of.len() > 1);
        let across: Vec<usize> = across.into_iter().flat_map(|(component, _)| component.clone()).collect();
        let local: Vec<&[usize]> = local.into_iter().map(|(component, _)| component.as_slice()).collect();
        self::cluster(nodes, links, &cluster, &across, &local, framed)
    });
    let drawings: Vec<Drawing> = drawings.collect();
    pack(drawings, APART)
}

/// One or more groups that lines join: those boxes in layers with a lane for each group, the others of a group beside its lane.
fn cluster(
    nodes: &[Node],
    links: &[Link],
    groups: &[usize],
    across: &[usize],
    local: &[&[usize]],
    framed: bool,
) -> Drawing {
    let beside = groups.iter().map(|group| {
        let own = local.iter().filter(|component| nodes[component[0]].group == *group);
        (*group, alone(nodes, links, &own.copied().collect::<Vec<_>>()))
    });
    let mut beside: BTreeMap<usize, Drawing> = beside.collect();
    if across.is_empty() {
        let inner = beside.remove(&groups[0]).unwrap_or_default();
        return if framed { enframed(inner, groups[0]) } else { inner };
    }
    layered(nodes, links, across, &mut beside)
}

fn enframed(inner: Drawing, group: usize) -> Drawing {
    let (width, height) = (inner.width + 2.0 * FRAME, inner.height + 3.0 * FRAME);
    let mut drawing = Drawing::default();
    drawing.put(inner, Point { x: FRAME, y: 2.0 * FRAME });
    drawing.frames.push(Frame { group, at: Point::default(), width, height });
    Drawing { width, height, ..drawing }
}

/// Components that have no lines to other groups, packed; below them a grid of the boxes without any line.
fn alone(nodes: &[Node], links: &[Link], components: &[&[usize]]) -> Drawing {
    let has_line = |node: usize| links.iter().any(|link| link.from == node);
    let (joined, single): (Vec<&[usize]>, Vec<&[usize]>) =
        components.iter().partition(|component| component.len() > 1 || has_line(component[0]));
    let drawings = joined.into_iter().map(|component| layered(nodes, links, component, &mut BTreeMap::new()));
    let mut drawing = pack(drawings.collect(), APART);
    let single: Vec<usize> = single.into_iter().map(|component| component[0]).collect();
    if !single.is_empty() {
        let grid = grid(nodes, &single, drawing.width);
        let below = if drawing.height > 0.0 { drawing.height + APART } else { 0.0 };
        drawing.put(grid, Point { x: 0.0, y: below });
    }
    drawing
}

/// The sets of boxes that lines join, each in order, in the order of their first box.
fn components(nodes: usize, links: &[Link]) -> Vec<Vec<usize>> {
    let ends: Vec<[usize; 2]> = links.iter().map(|link| [link.from, link.to]).collect();
    joined(nodes, ends.iter().map(<[usize; 2]>::as_slice))
}

fn groups_of(nodes: &[Node], component: &[usize]) -> Vec<usize> {
    let mut groups: Vec<usize> = component.iter().map(|node| nodes[*node].group).collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

/// The numbers below `count` in sets, those of one of `together` in one set.
fn joined<'a>(count: usize, together: impl Iterator<Item = &'a [usize]>) -> Vec<Vec<usize>> {
    let mut parent: Vec<usize> = (0..count).collect();
    fn root(parent: &mut [usize], mut at: usize) -> usize {
        while parent[at] != at {
            parent[at] = parent[parent[at]];
            at = parent[at];
        }
        at
    }
    for set in together {
        for pair in set.windows(2) {
            let (a, b) = (root(&mut parent, pair[0]), root(&mut parent, pair[1]));
            parent[a.max(b)] = a.min(b);
        }
    }
    let mut sets: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in 0..count {
        let root = root(&mut parent, at);
        sets.entry(root).or_default().push(at);
    }
    sets.into_values().collect()
}

#[cfg(test)]
mod tests;
