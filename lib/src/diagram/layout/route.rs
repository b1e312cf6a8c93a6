//! The channels between layers: which line runs on which track, so that few cross and none lie on each other.

use super::sheet::{Net, Sheet};
use super::{FRAME, GAP};

/// From a box to the first track: room for a line's end.
const MARGIN: f64 = 27.0;
/// Between two tracks.
const TRACK: f64 = 9.0;
/// How near two lines may come that are on one track.
const NEAR: f64 = 7.0;

/// Where layers begin and tracks are, from the left.
#[derive(Debug, Default)]
pub(super) struct Channels {
    pub(super) layers: Vec<f64>,
    /// The track of each net.
    pub(super) tracks: Vec<f64>,
    pub(super) width: f64,
}

/// Moves every lane to its place below the one before, and gives each net a track.
pub(super) fn route(sheet: &mut Sheet, heights: &[f64]) -> Channels {
    stack_lanes(sheet, heights);
    let mut channels = Channels { tracks: vec![0.0; sheet.nets.len()], ..Channels::default() };
    let mut x: f64 = 0.0;
    for (layer, items) in sheet.layers.iter().enumerate() {
        channels.layers.push(x);
        let right = x + items.iter().map(|item| sheet.items[*item].width).fold(0.0, f64::max);
        channels.width = right;
        let nets: Vec<usize> = (0..sheet.nets.len()).filter(|net| sheet.nets[*net].channel == layer).collect();
        let bends: Vec<Bend> = nets.iter().filter_map(|net| Bend::of(sheet, *net)).collect();
        let slots = slots(&bends);
        let count = slots.iter().max().map_or(0, |last| last + 1);
        for (bend, slot) in bends.iter().zip(&slots) {
            channels.tracks[bend.net] = right + MARGIN + *slot as f64 * TRACK;
        }
        if count > 0 {
            channels.width = right + MARGIN + count as f64 * TRACK;
        }
        x = right + 2.0 * MARGIN + (count as f64 - 1.0).max(1.0) * TRACK;
    }
    channels
}

/// Lanes are placed from 0; with several there are frames between them.
fn stack_lanes(sheet: &mut Sheet, heights: &[f64]) {
    let mut top = 0.0;
    for (lane, height) in heights.iter().enumerate() {
        for item in sheet.items.iter_mut().filter(|item| item.lane == lane) {
            item.top += top;
        }
        top += height + 3.0 * FRAME + GAP;
    }
}

/// A net that is not one straight line.
struct Bend {
    net: usize,
    left: Vec<f64>,
    right: Vec<f64>,
    low: f64,
    high: f64,
}

impl Bend {
    fn of(sheet: &Sheet, net: usize) -> Option<Self> {
        let Net { left, right, .. } = &sheet.nets[net];
        let ys = |ends: &[usize]| ends.iter().map(|end| sheet.y(*end)).collect::<Vec<f64>>();
        let (left, right) = (ys(left), ys(right));
        let all = || left.iter().chain(&right).copied();
        let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
        (high - low > 0.01 || right.is_empty()).then_some(Self { net, low, high, left, right })
    }

    fn meets(&self, other: &Self) -> bool {
        self.low - NEAR < other.high && other.low - NEAR < self.high
    }

    /// What it costs when this net's track is left of the other's: crossings, and worse, lines on each other.
    fn cost_before(&self, other: &Self) -> i64 {
        const OVERLAP: i64 = 20;
        let within = |ys: &[f64], of: &Self| ys.iter().filter(|y| **y > of.low && **y < of.high).count() as i64;
        let near = |y: &f64| other.left.iter().any(|left| (left - y).abs() < NEAR / 2.0);
        let overlaps = self.right.iter().filter(|y| near(y)).count() as i64;
        within(&self.right, other) + within(&other.left, self) + OVERLAP * overlaps
    }
}

/// The track of each bend, counted from the left: those that never meet share one.
fn slots(bends: &[Bend]) -> Vec<usize> {
    let mut slot = vec![0; bends.len()];
    let order = order(bends);
    for (at, bend) in order.iter().enumerate() {
        let before = order[..at].iter().filter(|other| bends[**other].meets(&bends[*bend]));
        slot[*bend] = before.map(|other| slot[*other] + 1).max().unwrap_or_default();
    }
    slot
}

/// Bends from left to right. Each pair has a wish; where wishes go round in a circle, the cheapest are not granted: who has
/// the greatest balance of wishes goes first (Eades, Lin and Smyth).
fn order(bends: &[Bend]) -> Vec<usize> {
    let count = bends.len();
    let mut wish = vec![vec![0; count]; count];
    let mut balance = vec![0; count];
    for a in 0..count {
        for b in (a + 1)..count {
            if bends[a].meets(&bends[b]) {
                let gain = bends[b].cost_before(&bends[a]) - bends[a].cost_before(&bends[b]);
                (wish[a][b], wish[b][a]) = (gain, -gain);
                balance[a] += gain;
                balance[b] -= gain;
            }
        }
    }
    let mut left: Vec<usize> = (0..count).collect();
    let (mut first, mut last) = (Vec::new(), Vec::new());
    while !left.is_empty() {
        let granted = |at: &usize, sign: i64| left.iter().all(|other| sign * wish[*at][*other] >= 0);
        let next = match (left.iter().find(|at| granted(at, 1)), left.iter().find(|at| granted(at, -1))) {
            (Some(at), _) => {
                first.push(*at);
                *at
            }
            (None, Some(at)) => {
                last.push(*at);
                *at
            }
            (None, None) => {
                let best = left.iter().copied().max_by_key(|at| (balance[*at], std::cmp::Reverse(*at)));
                let best = best.unwrap_or_default();
                first.push(best);
                best
            }
        };
        left.retain(|other| *other != next);
        for other in &left {
            balance[*other] -= wish[*other][next];
        }
    }
    first.extend(last.into_iter().rev());
    first
}
