//! What a layered drawing is made of: items in layers, and the lines between neighbouring layers.

use std::collections::BTreeMap;

use super::{Link, Node, layers};

/// What is laid out: items in layers, and the lines between neighbouring layers.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) items: Vec<Item>,
    pub(super) terminals: Vec<Terminal>,
    pub(super) nets: Vec<Net>,
    /// The items of each layer from top to bottom.
    pub(super) layers: Vec<Vec<usize>>,
}

/// A box, or the place where a line passes a layer.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) node: Option<usize>,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) lane: usize,
    pub(super) top: f64,
}

/// Where a line meets an item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terminal {
    pub(super) item: usize,
    /// Below the item's top.
    pub(super) y: f64,
    /// How far from each other those that meet in one place may be.
    pub(super) room: f64,
}

/// Lines that run together in the channel right of a layer.
#[derive(Debug)]
pub(super) struct Net {
    pub(super) channel: usize,
    /// Terminals at the layer on the left, and at the one on the right. The first of all is that of what is pointed at.
    pub(super) left: Vec<usize>,
    pub(super) right: Vec<usize>,
    /// Towards what is pointed at.
    pub(super) hub: usize,
}

impl Sheet {
    /// How far down a terminal is.
    pub(super) fn y(&self, terminal: usize) -> f64 {
        let Terminal { item, y, .. } = self.terminals[terminal];
        self.items[item].top + y
    }

    /// Pairs of terminals, left and right, that lines in the channel of `net` join.
    pub(super) fn pairs(net: &Net) -> impl Iterator<Item = (usize, usize)> {
        let hub_is_left = net.left.contains(&net.hub);
        let far = if hub_is_left { &net.right } else { &net.left };
        far.iter().map(move |far| if hub_is_left { (net.hub, *far) } else { (*far, net.hub) })
    }

    /// Is it the place where a line passes, and no box?
    pub(super) fn is_line(&self, item: usize) -> bool {
        self.items[item].node.is_none()
    }
}

/// Which nets a link's line runs through, from the end that points.
pub(super) struct Way {
    pub(super) link: usize,
    pub(super) start: usize,
    pub(super) nets: Vec<usize>,
}

/// The sheet of `members` with the ways of the links between them; `lanes` are their groups, where there are several.
pub(super) fn sheet(nodes: &[Node], links: &[Link], members: &[usize], lanes: &[usize]) -> (Sheet, Vec<Way>) {
    let index: BTreeMap<usize, usize> = members.iter().enumerate().map(|(at, node)| (*node, at)).collect();
    let inside = |link: &&(usize, &Link)| index.contains_key(&link.1.from) && index.contains_key(&link.1.to);
    let all: Vec<(usize, &Link)> = links.iter().enumerate().collect();
    let links: Vec<(usize, &Link)> = all.iter().filter(inside).copied().collect();
    let sizes: Vec<(f64, f64)> = members.iter().map(|node| (nodes[*node].width, nodes[*node].height)).collect();
    let pairs: Vec<(usize, usize)> = links.iter().map(|(_, link)| (index[&link.from], index[&link.to])).collect();
    let layer = layers::layers(&sizes, &pairs);
    let mut sheet =
        Sheet { layers: vec![Vec::new(); layer.iter().max().map_or(0, |last| last + 1)], ..Sheet::default() };
    for (at, node) in members.iter().enumerate() {
        let Node { width, height, group } = nodes[*node];
        let lane = lanes.iter().position(|lane| *lane == group).unwrap_or_default();
        sheet.layers[layer[at]].push(at);
        sheet.items.push(Item { node: Some(*node), width, height, lane, top: 0.0 });
    }
    // What points at one port from one side runs together.
    let mut bundles: BTreeMap<_, Vec<(usize, &Link)>> = BTreeMap::new();
    for (at, link) in &links {
        let (from, to) = (index[&link.from], index[&link.to]);
        let key = (to, link.to_port.to_bits(), link.kind, layer[from] >= layer[to]);
        bundles.entry(key).or_default().push((*at, link));
    }
    let mut ways = Vec::new();
    for ((to, _, _, rightwards), bundle) in bundles {
        let bundle: Vec<(usize, &Link, usize)> =
            bundle.into_iter().map(|(at, link)| (at, link, index[&link.from])).collect();
        ways.extend(bundle_nets(&mut sheet, &layer, to, rightwards, &bundle));
    }
    (sheet, ways)
}

/// The nets of a bundle: one for each channel between what is pointed at and the farthest that points.
fn bundle_nets(
    sheet: &mut Sheet,
    layer: &[usize],
    to: usize,
    rightwards: bool,
    bundle: &[(usize, &Link, usize)],
) -> Vec<Way> {
    let mut ways = Vec::new();
    let mut nets = Vec::new();
    let mut hub = terminal(sheet, to, bundle[0].1.to_port, bundle[0].1.to_room);
    let distance = |from: usize| layer[from].abs_diff(layer[to]);
    let farthest = bundle.iter().map(|(_, _, from)| distance(*from)).max().unwrap_or_default();
    for hop in 0..farthest.max(1) {
        let channel = if rightwards { layer[to] + hop } else { layer[to] - 1 - hop };
        let far = if rightwards { channel + 1 } else { channel };
        let (mut near_ends, mut far_ends) = (vec![hub], Vec::new());
        nets.push(sheet.nets.len());
        for (link, of, from) in bundle {
            // A box that points at itself does so in the channel on its right.
            let to_itself = hop == 0 && distance(*from) == 0;
            if !to_itself && distance(*from) != hop + 1 {
                continue;
            }
            let start = terminal(sheet, *from, of.from_port, of.from_room);
            if to_itself {
                near_ends.push(start)
            } else {
                far_ends.push(start)
            }
            ways.push(Way { link: *link, start, nets: nets.iter().rev().copied().collect() });
        }
        let next = (farthest > hop + 1).then(|| {
            let lane = sheet.items[to].lane;
            sheet.layers[far].push(sheet.items.len());
            sheet.items.push(Item { node: None, width: 0.0, height: 0.0, lane, top: 0.0 });
            terminal(sheet, sheet.items.len() - 1, 0.0, 0.0)
        });
        far_ends.extend(next);
        let (left, right) = if rightwards { (near_ends, far_ends) } else { (far_ends, near_ends) };
        sheet.nets.push(Net { channel, left, right, hub });
        hub = next.unwrap_or(hub);
    }
    ways
}

fn terminal(sheet: &mut Sheet, item: usize, y: f64, room: f64) -> usize {
    sheet.terminals.push(Terminal { item, y, room });
    sheet.terminals.len() - 1
}
