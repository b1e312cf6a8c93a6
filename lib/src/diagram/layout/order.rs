//! The order of items within each layer, so that few lines cross: sweeps of barycentres, and swaps of neighbours.

use super::sheet::Sheet;

/// Sweeps in both directions; few get better after these.
const SWEEPS: usize = 14;
/// Passes of swaps after each sweep.
const PASSES: usize = 4;

/// Orders the layers.
pub(super) fn order(sheet: &mut Sheet) {
    let mut work = Work::new(sheet);
    let mut best = (work.crossings(), work.layers.clone());
    for sweep in 0..SWEEPS {
        work.sweep(sweep % 2 == 0);
        for _ in 0..PASSES {
            if !work.swap() {
                break;
            }
        }
        let crossings = work.crossings();
        // Of equals the later: it has been swept more often, and lines run straighter.
        if crossings <= best.0 {
            best = (crossings, work.layers.clone());
        }
    }
    sheet.layers = best.1;
}

struct Work<'a> {
    sheet: &'a Sheet,
    layers: Vec<Vec<usize>>,
    /// The place of each item in its layer.
    place: Vec<f64>,
    /// Pairs of terminals, by the channel right of each layer.
    pairs: Vec<Vec<(usize, usize)>>,
    /// Terminals across the channel on the left, and on the right, of each item, with its own.
    across: [Vec<Vec<(usize, usize)>>; 2],
}

impl<'a> Work<'a> {
    fn new(sheet: &'a Sheet) -> Self {
        let mut pairs = vec![Vec::new(); sheet.layers.len()];
        let mut across = [vec![Vec::new(); sheet.items.len()], vec![Vec::new(); sheet.items.len()]];
        for net in &sheet.nets {
            for (left, right) in Sheet::pairs(net) {
                pairs[net.channel].push((left, right));
                across[1][sheet.terminals[left].item].push((left, right));
                across[0][sheet.terminals[right].item].push((right, left));
            }
        }
        let mut layers = sheet.layers.clone();
        for layer in &mut layers {
            layer.sort_by_key(|item| sheet.items[*item].lane);
        }
        let mut work = Self { sheet, layers, place: vec![0.0; sheet.items.len()], pairs, across };
        for layer in 0..work.layers.len() {
            work.number(layer);
        }
        work
    }

    fn number(&mut self, layer: usize) {
        for (at, item) in self.layers[layer].iter().enumerate() {
            self.place[*item] = at as f64;
        }
    }

    /// Where a terminal is in its layer: by its item, then by its place on the item.
    fn key(&self, terminal: usize) -> f64 {
        let terminal = self.sheet.terminals[terminal];
        self.place[terminal.item] + 0.9 * terminal.y / self.sheet.items[terminal.item].height.max(1.0)
    }

    /// Orders each layer by where its lines to the one before lead, from left to right or back.
    fn sweep(&mut self, rightwards: bool) {
        let count = self.layers.len();
        let side = usize::from(!rightwards);
        for step in 1..count {
            let layer = if rightwards { step } else { count - 1 - step };
            let mut keyed: Vec<(usize, f64, usize)> = (self.layers[layer].iter())
                .map(|item| {
                    let ends = &self.across[side][*item];
                    let sum: f64 = ends.iter().map(|(_, other)| self.key(*other)).sum();
                    let center = if ends.is_empty() { self.place[*item] } else { sum / ends.len() as f64 };
                    (self.sheet.items[*item].lane, center, *item)
                })
                .collect();
            keyed.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
            let runs = keyed.chunk_by(|a, b| a.0 == b.0 && a.1.total_cmp(&b.1).is_eq());
            self.layers[layer] = runs.flat_map(|run| self.lines_in_the_middle(run)).collect();
            self.number(layer);
        }
    }

    /// Of items that might stand in any order, boxes go above and below the lines that pass them: a bundle of lines then runs
    /// on through its middle.
    fn lines_in_the_middle(&self, run: &[(usize, f64, usize)]) -> Vec<usize> {
        let (lines, mut items): (Vec<usize>, Vec<usize>) =
            run.iter().map(|(_, _, item)| *item).partition(|item| self.sheet.is_line(*item));
        let middle = items.len() / 2;
        items.splice(middle..middle, lines);
        items
    }

    /// Swaps neighbours where that saves crossings; says whether any was.
    fn swap(&mut self) -> bool {
        let mut any = false;
        for layer in 0..self.layers.len() {
            for at in 1..self.layers[layer].len() {
                let (above, below) = (self.layers[layer][at - 1], self.layers[layer][at]);
                let same_lane = self.sheet.items[above].lane == self.sheet.items[below].lane;
                if same_lane && self.between(below, above) < self.between(above, below) {
                    self.layers[layer].swap(at - 1, at);
                    self.place.swap(above, below);
                    any = true;
                }
            }
        }
        any
    }

    /// Crossings between the lines of two items, if `above` stands above `below`.
    fn between(&self, above: usize, below: usize) -> usize {
        let mut count = 0;
        for side in &self.across {
            let mut lower: Vec<f64> = side[below].iter().map(|(_, other)| self.key(*other)).collect();
            lower.sort_by(f64::total_cmp);
            for (_, other) in &side[above] {
                let key = self.key(*other);
                count += lower.partition_point(|lower| *lower < key);
            }
        }
        count
    }

    fn crossings(&self) -> usize {
        self.pairs.iter().map(|pairs| self.crossings_of(pairs)).sum()
    }

    fn crossings_of(&self, pairs: &[(usize, usize)]) -> usize {
        let mut keys: Vec<(f64, f64)> = pairs.iter().map(|(left, right)| (self.key(*left), self.key(*right))).collect();
        keys.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        inversions(&mut keys.into_iter().map(|(_, right)| right).collect::<Vec<_>>())
    }
}

/// Pairs that stand in the wrong order; sorts `keys`.
fn inversions(keys: &mut [f64]) -> usize {
    if keys.len() < 2 {
        return 0;
    }
    let middle = keys.len() / 2;
    let mut count = inversions(&mut keys[..middle]) + inversions(&mut keys[middle..]);
    let (low, high) = keys.split_at(middle);
    let mut merged = Vec::with_capacity(keys.len());
    let (mut at, mut upper) = (0, 0);
    while at < low.len() || upper < high.len() {
        if upper == high.len() || (at < low.len() && low[at] <= high[upper]) {
            merged.push(low[at]);
            at += 1;
        } else {
            count += low.len() - at;
            merged.push(high[upper]);
            upper += 1;
        }
    }
    keys.copy_from_slice(&merged);
    count
}

#[cfg(test)]
mod tests {
    use super::inversions;

    #[test]
    fn pairs_in_the_wrong_order_are_counted() {
        for (keys, expected) in [
            (vec![], 0),
            (vec![1.0, 2.0, 3.0], 0),
            (vec![3.0, 2.0, 1.0], 3),
            (vec![2.0, 2.0, 1.0], 2),
            (vec![1.0, 3.0, 2.0, 4.0], 1),
        ] {
            assert_eq!(inversions(&mut keys.clone()), expected, "{keys:?}");
        }
    }
}
