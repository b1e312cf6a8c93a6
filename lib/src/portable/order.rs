//! The order in which tables are filled: those that others refer to come first.

/// A foreign key between two tables, by their places in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// The table that refers.
    pub from: usize,
    /// The one that it refers to.
    pub to: usize,
}

/// Tables in the order in which they are filled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// Groups of tables, by their places: those of one group refer to each other in a circle, or it is a single one.
    pub groups: Vec<Vec<usize>>,
}

impl Order {
    /// The tables one after the other.
    pub fn tables(&self) -> Vec<usize> {
        self.groups.concat()
    }
}

/// Orders `count` tables: what a table refers to lies before it, or with it in one group. As far as the keys leave it open, in the
/// order of the list.
pub fn order(count: usize, links: &[Link]) -> Order {
    let mut targets: Vec<Vec<usize>> = vec![Vec::new(); count];
    for link in links.iter().filter(|link| link.from < count && link.to < count) {
        targets[link.from].push(link.to);
    }
    for of_one in &mut targets {
        of_one.sort_unstable();
        of_one.dedup();
    }
    let mut tarjan = Tarjan {
        targets: &targets,
        number: vec![None; count],
        low: vec![0; count],
        stack: Vec::new(),
        order: Order::default(),
        next: 0,
    };
    for table in 0..count {
        if tarjan.number[table].is_none() {
            tarjan.visit(table);
        }
    }
    tarjan.order
}

/// Tarjan's strongly connected components, which come out with what they point at before them. Without recursion: a chain of
/// tables may be long.
struct Tarjan<'a> {
    targets: &'a [Vec<usize>],
    number: Vec<Option<usize>>,
    low: Vec<usize>,
    stack: Vec<usize>,
    order: Order,
    next: usize,
}

impl Tarjan<'_> {
    fn visit(&mut self, root: usize) {
        let mut path = vec![(root, 0)];
        self.enter(root);
        while let Some((table, at)) = path.last_mut() {
            let table = *table;
            if let Some(to) = self.targets[table].get(*at).copied() {
                *at += 1;
                match self.number[to] {
                    None => {
                        self.enter(to);
                        path.push((to, 0));
                    }
                    Some(number) if self.stack.contains(&to) => self.low[table] = self.low[table].min(number),
                    Some(_) => {}
                }
                continue;
            }
            path.pop();
            if let Some((parent, _)) = path.last() {
                self.low[*parent] = self.low[*parent].min(self.low[table]);
            }
            if self.number[table] == Some(self.low[table]) {
                let begins = self.stack.iter().position(|one| *one == table).unwrap_or_default();
                let mut group = self.stack.split_off(begins);
                group.sort_unstable();
                self.order.groups.push(group);
            }
        }
    }

    fn enter(&mut self, table: usize) {
        self.number[table] = Some(self.next);
        self.low[table] = self.next;
        self.next += 1;
        self.stack.push(table);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(count: usize, links: &[(usize, usize)]) -> Vec<Vec<usize>> {
        let links: Vec<Link> = links.iter().map(|(from, to)| Link { from: *from, to: *to }).collect();
        order(count, &links).groups
    }

    #[test]
    fn what_is_referred_to_comes_first() {
        assert_eq!(groups(3, &[]), [[0], [1], [2]]);
        assert_eq!(groups(3, &[(0, 2), (1, 0)]), [[2], [0], [1]]);
        assert_eq!(groups(1, &[(0, 0)]), [[0]]);
    }

    #[test]
    fn a_circle_is_one_group() {
        assert_eq!(groups(4, &[(0, 1), (1, 2), (2, 0), (3, 1)]), [vec![0, 1, 2], vec![3]]);
        assert_eq!(groups(4, &[(1, 2), (2, 1), (1, 3), (0, 2)]), [vec![3], vec![1, 2], vec![0]]);
    }

    #[test]
    fn a_long_chain_is_no_trouble() {
        let links: Vec<(usize, usize)> = (0..5_000).map(|table| (table, table + 1)).collect();
        let found = groups(5_001, &links);
        assert_eq!((found.len(), found[0][0], found[5_000][0]), (5_001, 5_000, 0));
    }
}
