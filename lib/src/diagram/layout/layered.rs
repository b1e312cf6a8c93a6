//! Boxes in layers from left to right, with lines between them.

use std::collections::BTreeMap;

use super::lanes::framed;
use super::order::order;
use super::place::place;
use super::route::{Channels, route};
use super::sheet::{Net, Sheet, Terminal, Way, sheet};
use super::{Drawing, Link, Node, Point, UNIT};

/// Lays out `members`. What is `beside` a group's lane is put to its right, and the lanes are framed; with nothing beside,
/// there is one lane without a frame.
pub(super) fn layered(
    nodes: &[Node],
    links: &[Link],
    members: &[usize],
    beside: &mut BTreeMap<usize, Drawing>,
) -> Drawing {
    let lanes: Vec<usize> = beside.keys().copied().collect();
    let (mut sheet, ways) = sheet(nodes, links, members, &lanes);
    order(&mut sheet);
    place(&mut sheet, lanes.len().max(1));
    spread(&mut sheet);
    let mut heights = place(&mut sheet, lanes.len().max(1));
    for (height, own) in heights.iter_mut().zip(beside.values()) {
        *height = height.max(own.height);
    }
    let channels = route(&mut sheet, &heights);
    let mut drawing = draw(&sheet, &ways, &channels);
    if !lanes.is_empty() {
        drawing = framed(&sheet, drawing, &lanes, &heights, beside);
    }
    drawing
}

/// Moves terminals that meet in one place of an item's side apart, in the order in which their lines come.
fn spread(sheet: &mut Sheet) {
    /// Between two of them, where there is room.
    const STEP: f64 = UNIT;
    let mut meeting: BTreeMap<(usize, bool, u64), Vec<(f64, usize)>> = BTreeMap::new();
    for net in &sheet.nets {
        for (ends, others, right) in [(&net.left, &net.right, false), (&net.right, &net.left, true)] {
            for end in ends {
                let Terminal { item, y, .. } = sheet.terminals[*end];
                let (count, sum) = if *end == net.hub {
                    let all = others.iter().chain(ends).filter(|other| *other != end);
                    all.fold((0.0, 0.0), |(count, sum), other| (count + 1.0, sum + sheet.y(*other)))
                } else {
                    (1.0, sheet.y(net.hub))
                };
                let comes_from = sum / f64::max(count, 1.0);
                meeting.entry((item, right, y.to_bits())).or_default().push((comes_from, *end));
            }
        }
    }
    for mut ends in meeting.into_values().filter(|ends| ends.len() > 1) {
        ends.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let room = ends.iter().map(|(_, end)| sheet.terminals[*end].room).fold(f64::INFINITY, f64::min);
        let last = (ends.len() - 1) as f64;
        let step = STEP.min(room / last);
        for (at, (_, end)) in ends.iter().enumerate() {
            sheet.terminals[*end].y += (at as f64 - last / 2.0) * step;
        }
    }
}

fn draw(sheet: &Sheet, ways: &[Way], channels: &Channels) -> Drawing {
    let mut drawing = Drawing { width: channels.width, ..Drawing::default() };
    for (layer, items) in sheet.layers.iter().enumerate() {
        for item in items.iter().map(|item| &sheet.items[*item]) {
            drawing.height = drawing.height.max(item.top + item.height);
            let at = Point { x: channels.layers[layer], y: item.top };
            drawing.boxes.extend(item.node.map(|node| (node, at)));
        }
    }
    for way in ways {
        let side = |terminal: usize, net: &Net| {
            let item = &sheet.items[sheet.terminals[terminal].item];
            let on_left = net.left.contains(&terminal);
            let layer = if on_left { net.channel } else { net.channel + 1 };
            channels.layers[layer] + if on_left { item.width } else { 0.0 }
        };
        let (first, last) = (&sheet.nets[way.nets[0]], &sheet.nets[way.nets[way.nets.len() - 1]]);
        let mut y = sheet.y(way.start);
        let mut line = vec![Point { x: side(way.start, first), y }];
        for net in &way.nets {
            let (x, next) = (channels.tracks[*net], sheet.y(sheet.nets[*net].hub));
            if (next - y).abs() > 0.01 {
                line.extend([Point { x, y }, Point { x, y: next }]);
            }
            y = next;
        }
        line.push(Point { x: side(last.hub, last), y });
        drawing.lines.push((way.link, line));
    }
    drawing
}
