//! Which layer each box is in.
//!
//! What is pointed at stands left of what points at it, where that is no worse: lines are to be short and layers about as high
//! as the drawing should be, so a box that is pointed at by thirty others gets some of them on its other side and some
//! a layer further.

use super::{ASPECT, GAP};

/// A room for lines between two layers, on average.
const CHANNEL: f64 = 110.0;
/// What a box above a layer's height costs, in layers that a line would be longer; the more, the higher the layer is already.
const TOO_HIGH: f64 = 4.0;
/// What a line costs that goes from left to right.
const TURNED: f64 = 0.3;
/// How often all boxes are looked at; it settles long before.
const ROUNDS: usize = 40;

/// The layer of each of `sizes` (width, height), from 0 without gaps; `links` point from the first to the second.
pub(super) fn layers(sizes: &[(f64, f64)], links: &[(usize, usize)]) -> Vec<usize> {
    let mut neighbours: Vec<Vec<(usize, bool)>> = vec![Vec::new(); sizes.len()];
    for (from, to) in links.iter().filter(|(from, to)| from != to) {
        neighbours[*from].push((*to, true));
        neighbours[*to].push((*from, false));
    }
    let mut search = Search::new(sizes, &neighbours, longest_paths(&neighbours));
    for _ in 0..ROUNDS {
        let moved = (0..sizes.len()).filter(|node| search.improve(*node)).count();
        if moved == 0 {
            break;
        }
    }
    without_gaps(&search.layer)
}

/// Layers by the longest way of pointing lines; a line that would close a circle does not count.
fn longest_paths(neighbours: &[Vec<(usize, bool)>]) -> Vec<i64> {
    let mut layer: Vec<Option<i64>> = vec![None; neighbours.len()];
    let mut entered = vec![false; neighbours.len()];
    for start in 0..neighbours.len() {
        // Depth first without recursion: a box is finished when all that it points at are.
        let mut stack = vec![start];
        while let Some(node) = stack.last().copied() {
            if layer[node].is_some() {
                stack.pop();
                continue;
            }
            let targets = || neighbours[node].iter().filter(|(_, points)| *points).map(|(target, _)| *target);
            if !std::mem::replace(&mut entered[node], true) {
                let open: Vec<usize> = targets().filter(|target| !entered[*target]).collect();
                if !open.is_empty() {
                    stack.extend(open);
                    continue;
                }
            }
            layer[node] = Some(targets().filter_map(|target| layer[target]).max().map_or(0, |most| most + 1));
            stack.pop();
        }
    }
    // A line that was left out may join two boxes of one layer: the one that points goes behind all others.
    let mut layer: Vec<i64> = layer.into_iter().map(Option::unwrap_or_default).collect();
    for node in 0..neighbours.len() {
        while neighbours[node].iter().any(|(other, _)| layer[*other] == layer[node]) {
            layer[node] += 1;
        }
    }
    layer
}

struct Search<'a> {
    sizes: &'a [(f64, f64)],
    neighbours: &'a [Vec<(usize, bool)>],
    layer: Vec<i64>,
    /// What stands in each layer, from the leftmost that may be used.
    heights: Vec<f64>,
    offset: i64,
    /// How high a layer may be.
    limit: f64,
    average: f64,
}

impl<'a> Search<'a> {
    fn new(sizes: &'a [(f64, f64)], neighbours: &'a [Vec<(usize, bool)>], layer: Vec<i64>) -> Self {
        let count = sizes.len().max(1) as f64;
        let total: f64 = sizes.iter().map(|size| size.1 + GAP).sum();
        let width = sizes.iter().map(|size| size.0).sum::<f64>() / count + CHANNEL;
        let highest = sizes.iter().map(|size| size.1 + GAP).fold(0.0, f64::max);
        let limit = (total * width / ASPECT).sqrt().max(highest);
        // At most twice as many layers as would be full, on either side of where we start.
        let most = layer.iter().max().copied().unwrap_or_default();
        let offset = (2.0 * total / limit) as i64 + 1;
        let heights = vec![0.0; usize::try_from(most + 2 * offset + 1).unwrap_or_default()];
        let mut search = Self { sizes, neighbours, layer, heights, offset, limit, average: total / count };
        for (node, size) in sizes.iter().enumerate() {
            let at = search.index(search.layer[node]);
            search.heights[at] += size.1 + GAP;
        }
        search
    }

    fn index(&self, layer: i64) -> usize {
        usize::try_from(layer + self.offset).unwrap_or_default()
    }

    /// Moves a box to its best layer; says whether that is another one.
    fn improve(&mut self, node: usize) -> bool {
        let now = self.layer[node];
        let height = self.sizes[node].1 + GAP;
        let at = self.index(now);
        self.heights[at] -= height;
        let last = self.heights.len() as i64 - 1 - self.offset;
        let mut best = (self.cost(node, now), now);
        for layer in -self.offset..=last {
            let cost = self.cost(node, layer);
            if cost < best.0 - 1e-9 {
                best = (cost, layer);
            }
        }
        self.layer[node] = best.1;
        let at = self.index(best.1);
        self.heights[at] += height;
        best.1 != now
    }

    fn cost(&self, node: usize, layer: i64) -> f64 {
        let mut cost = 0.0;
        for (other, points) in &self.neighbours[node] {
            let distance = layer - self.layer[*other];
            if distance == 0 {
                return f64::INFINITY;
            }
            cost += (distance.abs() - 1) as f64;
            // Who points stands on the right.
            cost += if (distance > 0) == *points { 0.0 } else { TURNED };
        }
        let over = |height: f64| {
            let over = (height - self.limit).max(0.0);
            over / self.average * (1.0 + over / self.limit)
        };
        let height = self.heights[self.index(layer)];
        cost + TOO_HIGH * (over(height + self.sizes[node].1 + GAP) - over(height))
    }
}

fn without_gaps(layer: &[i64]) -> Vec<usize> {
    let mut used: Vec<i64> = layer.to_vec();
    used.sort_unstable();
    used.dedup();
    layer.iter().map(|one| used.binary_search(one).unwrap_or_default()).collect()
}
