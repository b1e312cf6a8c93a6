//! In which order rows are deleted: what refers before what is referred to, rings of tables together.

/// The places `0..count` in groups, each before all that it points at by `edges`; a group of several is a ring.
pub(super) fn groups(count: usize, edges: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); count];
    for &(from, to) in edges {
        next[from].push(to);
    }
    let mut search =
        Search { next, index: vec![None; count], low: vec![0; count], stack: vec![], found: vec![], at: 0 };
    for node in 0..count {
        if search.index[node].is_none() {
            search.visit(node);
        }
    }
    // A component is complete before those that point at it.
    search.found.reverse();
    search.found.iter_mut().for_each(|group| group.sort_unstable());
    search.found
}

/// Tarjan's search for strongly connected components.
struct Search {
    next: Vec<Vec<usize>>,
    index: Vec<Option<usize>>,
    low: Vec<usize>,
    stack: Vec<usize>,
    found: Vec<Vec<usize>>,
    at: usize,
}

impl Search {
    /// Visits what can be reached from `start`, without recursion: a chain of tables may be long.
    fn visit(&mut self, start: usize) {
        let mut path = vec![(start, 0)];
        self.enter(start);
        while let Some((node, done)) = path.last_mut() {
            let node = *node;
            if let Some(&to) = self.next[node].get(*done) {
                *done += 1;
                match self.index[to] {
                    None => {
                        self.enter(to);
                        path.push((to, 0));
                    }
                    Some(index) if self.stack.contains(&to) => self.low[node] = self.low[node].min(index),
                    Some(_) => {}
                }
                continue;
            }
            path.pop();
            if let Some((before, _)) = path.last() {
                self.low[*before] = self.low[*before].min(self.low[node]);
            }
            if self.index[node] == Some(self.low[node]) {
                let from = self.stack.iter().position(|one| *one == node).unwrap_or_default();
                let group = self.stack.split_off(from);
                self.found.push(group);
            }
        }
    }

    fn enter(&mut self, node: usize) {
        self.index[node] = Some(self.at);
        self.low[node] = self.at;
        self.at += 1;
        self.stack.push(node);
    }
}

#[cfg(test)]
mod tests {
    use super::groups;

    #[test]
    fn what_points_comes_first_and_rings_together() {
        let check = |count, edges: &[(usize, usize)], expected: &[&[usize]]| {
            assert_eq!(groups(count, edges), expected, "{edges:?}");
        };
        check(1, &[], &[&[0]]);
        check(1, &[(0, 0)], &[&[0]]);
        check(3, &[(1, 0), (2, 1)], &[&[2], &[1], &[0]]);
        check(3, &[(0, 1), (1, 0), (2, 0)], &[&[2], &[0, 1]]);
        check(4, &[(0, 1), (1, 2), (2, 0), (2, 3)], &[&[0, 1, 2], &[3]]);
        check(4, &[(3, 0), (3, 1), (1, 2), (0, 2)], &[&[3], &[1], &[0], &[2]]);
    }
}
