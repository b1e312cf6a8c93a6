//! In which order things that point at each other are taken, rings together.

/// The places `0..count` in groups: what one points at by `edges` lies in a group before its own, or with it in one, which then is
/// a ring. As far as the edges leave it open, in the order of their numbers.
pub fn what_is_pointed_at_first(count: usize, edges: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut targets: Vec<Vec<usize>> = vec![Vec::new(); count];
    for &(from, to) in edges {
        targets[from].push(to);
    }
    for of_one in &mut targets {
        of_one.sort_unstable();
        of_one.dedup();
    }
    let mut search = Search {
        targets,
        number: vec![None; count],
        low: vec![0; count],
        stack: Vec::new(),
        waits: vec![false; count],
        groups: Vec::new(),
        next: 0,
    };
    for place in 0..count {
        if search.number[place].is_none() {
            search.visit(place);
        }
    }
    search.groups
}

/// Tarjan's strongly connected components, which come out with what they point at before them.
struct Search {
    targets: Vec<Vec<usize>>,
    number: Vec<Option<usize>>,
    low: Vec<usize>,
    stack: Vec<usize>,
    /// Whether a place is on the stack.
    waits: Vec<bool>,
    groups: Vec<Vec<usize>>,
    next: usize,
}

impl Search {
    /// Without recursion: a chain may be long.
    fn visit(&mut self, root: usize) {
        let mut path = vec![(root, 0)];
        self.enter(root);
        while let Some((place, at)) = path.last_mut() {
            let place = *place;
            if let Some(&to) = self.targets[place].get(*at) {
                *at += 1;
                match self.number[to] {
                    None => {
                        self.enter(to);
                        path.push((to, 0));
                    }
                    Some(number) if self.waits[to] => self.low[place] = self.low[place].min(number),
                    Some(_) => {}
                }
                continue;
            }
            path.pop();
            if let Some((parent, _)) = path.last() {
                self.low[*parent] = self.low[*parent].min(self.low[place]);
            }
            if self.number[place] == Some(self.low[place]) {
                let begins = self.stack.iter().rposition(|one| *one == place).unwrap_or_default();
                let mut group = self.stack.split_off(begins);
                group.iter().for_each(|one| self.waits[*one] = false);
                group.sort_unstable();
                self.groups.push(group);
            }
        }
    }

    fn enter(&mut self, place: usize) {
        self.number[place] = Some(self.next);
        self.low[place] = self.next;
        self.next += 1;
        self.stack.push(place);
        self.waits[place] = true;
    }
}

#[cfg(test)]
mod tests {
    use super::what_is_pointed_at_first;

    #[test]
    fn what_is_pointed_at_comes_first_and_rings_together() {
        let check = |count, edges: &[(usize, usize)], expected: &[&[usize]]| {
            assert_eq!(what_is_pointed_at_first(count, edges), expected, "{edges:?}");
        };
        check(3, &[], &[&[0], &[1], &[2]]);
        check(1, &[(0, 0)], &[&[0]]);
        check(3, &[(0, 2), (1, 0)], &[&[2], &[0], &[1]]);
        check(3, &[(0, 1), (1, 0), (2, 0)], &[&[0, 1], &[2]]);
        check(4, &[(0, 1), (1, 2), (2, 0), (3, 1)], &[&[0, 1, 2], &[3]]);
        check(4, &[(1, 2), (2, 1), (1, 3), (0, 2)], &[&[3], &[1, 2], &[0]]);
        check(4, &[(3, 0), (3, 1), (1, 2), (0, 2)], &[&[2], &[0], &[1], &[3]]);
    }

    #[test]
    fn a_long_chain_is_no_trouble() {
        let edges: Vec<(usize, usize)> = (0..50_000).map(|place| (place, place + 1)).collect();
        let found = what_is_pointed_at_first(50_001, &edges);
        assert_eq!((found.len(), found[0][0], found[50_000][0]), (50_001, 50_000, 0));
    }
}
