//! How far down each item of a layer stands, its order given: as near as its neighbours let it to where its lines are straight.

use super::sheet::Sheet;
use super::{GAP, UNIT};

/// Sweeps over all layers; positions settle before.
const SWEEPS: usize = 16;
/// How high a drawing may be by its highest layer: more room means straighter lines and a page with more white.
const SLACK: f64 = 1.15;

/// Places the items of every lane from 0 down; the height of each lane comes back.
pub(super) fn place(sheet: &mut Sheet, lanes: usize) -> Vec<f64> {
    let wishes = Wishes::new(sheet);
    let rows: Vec<Vec<Vec<usize>>> =
        (sheet.layers.iter()).map(|layer| (0..lanes).map(|lane| of_lane(sheet, layer, lane)).collect()).collect();
    let mut limits = vec![0.0; lanes];
    for (lane, row) in rows.iter().flat_map(|layer| layer.iter().enumerate()) {
        limits[lane] = f64::max(limits[lane], SLACK * stack(sheet, row));
    }
    for sweep in 0..SWEEPS {
        for step in 0..rows.len() {
            let layer = if sweep % 2 == 0 { step } else { rows.len() - 1 - step };
            // At first each layer follows the one before, later both its neighbours.
            let sides = if sweep >= 4 { [true, true] } else { [sweep % 2 == 0, sweep % 2 == 1] };
            for (row, limit) in rows[layer].iter().zip(&limits) {
                settle(sheet, row, &wishes, sides, *limit);
            }
        }
    }
    for row in rows.iter().flatten() {
        snap(sheet, row);
    }
    (0..lanes).map(|lane| to_zero(sheet, lane)).collect()
}

fn of_lane(sheet: &Sheet, layer: &[usize], lane: usize) -> Vec<usize> {
    layer.iter().copied().filter(|item| sheet.items[*item].lane == lane).collect()
}

/// Where each item would be for its lines to be straight.
struct Wishes {
    /// For each item and side: the item at the other end, how far above this one's top its top is to be, and how much that matters.
    sides: [Vec<Vec<(usize, f64, f64)>>; 2],
}

impl Wishes {
    fn new(sheet: &Sheet) -> Self {
        let mut sides = [vec![Vec::new(); sheet.items.len()], vec![Vec::new(); sheet.items.len()]];
        for (left, right) in sheet.nets.iter().flat_map(Sheet::pairs) {
            let (left, right) = (sheet.terminals[left], sheet.terminals[right]);
            if sheet.items[left.item].lane != sheet.items[right.item].lane {
                continue;
            }
            // A long line is to run straight above all.
            let weight = match (sheet.is_line(left.item), sheet.is_line(right.item)) {
                (true, true) => 8.0,
                (false, false) => 1.0,
                _ => 2.0,
            };
            sides[1][left.item].push((right.item, right.y - left.y, weight));
            sides[0][right.item].push((left.item, left.y - right.y, weight));
        }
        Self { sides }
    }

    /// The middle of what an item's lines ask for.
    fn of(&self, sheet: &Sheet, item: usize, sides: [bool; 2]) -> Option<f64> {
        let mut wishes: Vec<(f64, f64)> = (self.sides.iter().zip(sides))
            .filter(|(_, counts)| *counts)
            .flat_map(|(side, _)| &side[item])
            .map(|(other, offset, weight)| (sheet.items[*other].top + offset, *weight))
            .collect();
        wishes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: f64 = wishes.iter().map(|wish| wish.1).sum();
        let mut sum = 0.0;
        for (at, (wish, weight)) in wishes.iter().enumerate() {
            sum += weight;
            if sum * 2.0 > total {
                return Some(*wish);
            }
            if (sum * 2.0 - total).abs() < f64::EPSILON {
                let next = wishes.get(at + 1).map_or(*wish, |next| next.0);
                return Some((wish + next) / 2.0);
            }
        }
        None
    }
}

/// The least distance between the tops of two items, one below the other.
fn distance(sheet: &Sheet, above: usize, below: usize) -> f64 {
    let gap = match (sheet.is_line(above), sheet.is_line(below)) {
        (true, true) => UNIT,
        (false, false) => GAP,
        _ => 2.0 * UNIT,
    };
    sheet.items[above].height + gap
}

/// Puts the items of one layer as near to each other as they may stand; how high that is comes back.
fn stack(sheet: &mut Sheet, row: &[usize]) -> f64 {
    for pair in row.windows(2) {
        sheet.items[pair[1]].top = sheet.items[pair[0]].top + distance(sheet, pair[0], pair[1]);
    }
    row.last().map_or(0.0, |last| sheet.items[*last].top + sheet.items[*last].height)
}

/// Puts the items of one layer as near to their wishes as their distances allow: those that would overlap are pooled and
/// share the mean of their wishes (isotonic regression); none stands above 0 or below `limit`.
fn settle(sheet: &mut Sheet, row: &[usize], wishes: &Wishes, sides: [bool; 2], limit: f64) {
    struct Pool {
        count: usize,
        weight: f64,
        mean: f64,
    }
    let mut pools: Vec<Pool> = Vec::new();
    let mut below_first = vec![0.0; row.len()];
    for (at, item) in row.iter().enumerate() {
        if at > 0 {
            below_first[at] = below_first[at - 1] + distance(sheet, row[at - 1], *item);
        }
        let wish = wishes.of(sheet, *item, sides);
        // Who wishes nothing gives way.
        let weight = if wish.is_some() { 1.0 } else { 0.05 };
        let mean = wish.unwrap_or(sheet.items[*item].top) - below_first[at];
        let mut pool = Pool { count: 1, weight, mean };
        while let Some(above) = pools.pop_if(|above| above.mean > pool.mean) {
            let weight = above.weight + pool.weight;
            let mean = (above.mean * above.weight + pool.mean * pool.weight) / weight;
            pool = Pool { count: above.count + pool.count, weight, mean };
        }
        pools.push(pool);
    }
    let last = row.last().map_or(0.0, |last| sheet.items[*last].height);
    let most = (limit - last - below_first.last().copied().unwrap_or_default()).max(0.0);
    let means = pools.iter().flat_map(|pool| std::iter::repeat_n(pool.mean, pool.count));
    for ((item, mean), below) in row.iter().zip(means).zip(below_first) {
        sheet.items[*item].top = mean.clamp(0.0, most) + below;
    }
}

/// Rounds to the unit, without an overlap.
fn snap(sheet: &mut Sheet, row: &[usize]) {
    let mut least = f64::NEG_INFINITY;
    for (at, item) in row.iter().enumerate() {
        let rounded = (sheet.items[*item].top / UNIT).round() * UNIT;
        sheet.items[*item].top = rounded.max(least);
        if let Some(next) = row.get(at + 1) {
            least = sheet.items[*item].top + distance(sheet, *item, *next);
        }
    }
}

fn to_zero(sheet: &mut Sheet, lane: usize) -> f64 {
    let of_lane = || sheet.items.iter().filter(|item| item.lane == lane);
    let least = of_lane().map(|item| item.top).fold(f64::INFINITY, f64::min);
    let most = of_lane().map(|item| item.top + item.height).fold(0.0, f64::max);
    if !least.is_finite() {
        return 0.0;
    }
    for item in sheet.items.iter_mut().filter(|item| item.lane == lane) {
        item.top -= least;
    }
    most - least
}
