//! What is near a difference. A plan is made of that alone: of 5,000 tables the one that differs and the few that have to do with
//! it.
//!
//! Tables that are the same on both sides are left out, with their parts, unless they need, directly or not, something that
//! differs: then they may have to stand aside for it; or something near needs them itself; or they share a parent with a table that
//! is near. Everything that is no table and no part of one stays.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::catalog::{Catalog, Name, ObjectId, ObjectKind as Kind};

/// Both sides without the tables that are far from every difference.
pub(super) fn near(from: &Catalog, to: &Catalog) -> [Catalog; 2] {
    let tables = Tables::of([from, to]);
    let mut graph = Graph::new(tables);
    for side in [from, to] {
        graph.connect(side);
    }
    graph.mark_differences(from, to);
    let near = graph.near();
    let keep = |id: &ObjectId| graph.tables.of_id(id).is_none_or(|table| near[table]);
    [from, to].map(|side| side.with_tables(keep))
}

/// The tables of both sides, each with a number, and what belongs to them under a name of its own.
struct Tables<'a> {
    named: HashMap<&'a Name, usize>,
    /// Indexes, sequences and statistics.
    owned: HashMap<ObjectId, usize>,
}

impl<'a> Tables<'a> {
    fn of(sides: [&'a Catalog; 2]) -> Self {
        let mut tables = Self { named: HashMap::new(), owned: HashMap::new() };
        for table in sides.iter().flat_map(|side| &side.tables) {
            let free = tables.named.len();
            let number = *tables.named.entry(&table.name).or_insert(free);
            for index in &table.indexes {
                let name = Name::new(&*table.name.schema, &*index.name);
                tables.owned.insert(ObjectId::of(Kind::Index, &name), number);
            }
        }
        for side in sides {
            let sequences = side.sequences.iter().filter_map(|one| Some((&one.name, &one.owned_by.as_ref()?.table)));
            let statistics = side.statistics.iter().map(|one| (&one.name, &one.table));
            let all = sequences.map(|one| (Kind::Sequence, one)).chain(statistics.map(|one| (Kind::Statistics, one)));
            for (kind, (name, table)) in all {
                if let Some(number) = tables.named.get(table) {
                    tables.owned.insert(ObjectId::of(kind, name), *number);
                }
            }
        }
        tables
    }

    /// The table that `id` is, or is a part of.
    fn of_id(&self, id: &ObjectId) -> Option<usize> {
        match id.kind {
            Kind::Index | Kind::Sequence | Kind::Statistics => self.owned.get(id).copied(),
            Kind::Table | Kind::ForeignTable | Kind::Column | Kind::Default | Kind::Constraint => self.named(id),
            Kind::Trigger | Kind::Rule | Kind::Policy => self.named(id),
            _ => None,
        }
    }

    fn named(&self, id: &ObjectId) -> Option<usize> {
        self.named.get(&id.qualified()).copied()
    }
}

/// Who needs whom, tables with all their parts as one. The numbers of tables come first, then those of everything else.
struct Graph<'a> {
    tables: Tables<'a>,
    others: HashMap<&'a ObjectId, usize>,
    needs: Vec<Vec<usize>>,
    needed: Vec<Vec<usize>>,
    /// Children with their parents.
    parents: Vec<(usize, usize)>,
    differs: Vec<bool>,
}

impl<'a> Graph<'a> {
    fn new(tables: Tables<'a>) -> Self {
        let count = tables.named.len();
        let none = vec![Vec::new(); count];
        let (others, parents) = (HashMap::new(), Vec::new());
        Self { tables, others, needs: none.clone(), needed: none, parents, differs: vec![false; count] }
    }

    fn number(&mut self, id: &'a ObjectId) -> usize {
        if let Some(table) = self.tables.of_id(id) {
            return table;
        }
        let number = *self.others.entry(id).or_insert(self.differs.len());
        if number == self.differs.len() {
            self.needs.push(Vec::new());
            self.needed.push(Vec::new());
            self.differs.push(false);
        }
        number
    }

    fn connect(&mut self, side: &'a Catalog) {
        for (id, needed) in side.dependencies.iter() {
            let (from, to) = (self.number(id), self.number(needed));
            if from != to {
                self.needs[from].push(to);
                self.needed[to].push(from);
            }
        }
        // A domain needs what its conditions call.
        for domain in &side.domains {
            let whole = self.others.get(&ObjectId::of(Kind::Domain, &domain.name)).copied();
            for check in &domain.constraints {
                let part = self.others.get(&ObjectId::part(Kind::Constraint, &domain.name, &*check.name)).copied();
                if let (Some(whole), Some(part)) = (whole, part) {
                    self.needs[whole].push(part);
                    self.needed[part].push(whole);
                }
            }
        }
        // Parents and children are told and taken apart together.
        for table in &side.tables {
            let child = self.tables.named[&table.name];
            let parents: Vec<usize> = table.parents().filter_map(|name| self.tables.named.get(name).copied()).collect();
            for parent in parents {
                self.needed[parent].push(child);
                self.needed[child].push(parent);
                self.parents.push((child, parent));
            }
        }
    }

    fn mark_differences(&mut self, from: &'a Catalog, to: &'a Catalog) {
        for name in differing(&from.tables, &to.tables, |table| &table.name) {
            let table = self.tables.named[name];
            self.differs[table] = true;
        }
        let [old, new] = [from, to].map(Catalog::objects_but_tables);
        differing(&old, &new, |object| &object.id).into_iter().for_each(|id| self.mark(id));
        differing(&from.privileges, &to.privileges, |one| &one.on).into_iter().for_each(|id| self.mark(id));
        differing(&from.labels, &to.labels, |one| &one.on).into_iter().for_each(|id| self.mark(id));
        let [old, new] = [from, to].map(|side| &side.depends_on_extension[..]);
        differing(old, new, |one| &one.object).into_iter().for_each(|id| self.mark(id));
        let [old, new] = [from, to].map(|side| side.dependencies.iter().collect::<Vec<_>>());
        differing(&old, &new, |(id, _)| *id).into_iter().for_each(|id| self.mark(id));
    }

    /// What is nobody's need and needs nothing has no number, and nothing near it.
    fn mark(&mut self, id: &ObjectId) {
        if let Some(number) = self.tables.of_id(id).or_else(|| self.others.get(id).copied()) {
            self.differs[number] = true;
        }
    }

    /// Whether each is near: it differs, or needs what differs, or one of those needs it, or it is a parent of such a table.
    fn near(&self) -> Vec<bool> {
        let mut moved = self.differs.clone();
        let mut ahead: Vec<usize> = (0..moved.len()).filter(|number| moved[*number]).collect();
        while let Some(number) = ahead.pop() {
            for dependent in &self.needed[number] {
                if !std::mem::replace(&mut moved[*dependent], true) {
                    ahead.push(*dependent);
                }
            }
        }
        let mut near = moved.clone();
        for needed in (0..moved.len()).filter(|number| moved[*number]).flat_map(|number| &self.needs[number]) {
            near[*needed] = true;
        }
        // A child is one of parents that are there.
        let mut ahead: Vec<usize> = (0..near.len()).filter(|number| near[*number]).collect();
        let mut parents: HashMap<usize, Vec<usize>> = HashMap::new();
        self.parents.iter().for_each(|(child, parent)| parents.entry(*child).or_default().push(*parent));
        while let Some(number) = ahead.pop() {
            for parent in parents.get(&number).into_iter().flatten() {
                if !std::mem::replace(&mut near[*parent], true) {
                    ahead.push(*parent);
                }
            }
        }
        near
    }
}

/// The keys of what only one of two lists has, or each in another way. Both are in order of their keys; where one is not, more
/// keys are told than differ, and never less.
fn differing<'l, T: PartialEq, K: Ord + 'l>(old: &'l [T], new: &'l [T], key: impl Fn(&T) -> &K) -> Vec<&'l K> {
    let runs = |list: &'l [T]| list.chunk_by(|one, next| key(one) == key(next)).peekable();
    let (mut old, mut new) = (runs(old), runs(new));
    let mut found = Vec::new();
    loop {
        let order = match (old.peek(), new.peek()) {
            (Some(one), Some(other)) => key(&one[0]).cmp(key(&other[0])),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return found,
        };
        let one = old.next_if(|_| order.is_le());
        let other = new.next_if(|_| order.is_ge());
        if one != other {
            found.extend(one.or(other).map(|run| key(&run[0])));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Dependencies, Table, View};

    /// Tables `a` to `h`, of which `h` is a child of `g`, and a view `v` that reads `a`; of the pairs each first needs the second.
    fn catalog(pairs: &[&str]) -> Catalog {
        let name = |letter: char| Name::new("public", letter.to_string());
        let mut catalog = Catalog::default();
        for letter in 'a'..='h' {
            let inherits = if letter == 'h' { vec![name('g')] } else { Vec::new() };
            catalog.tables.push(Table { name: name(letter), inherits, ..Table::default() });
        }
        catalog.views.push(View { name: name('v'), ..View::default() });
        let kind = |letter| if letter == 'v' { Kind::View } else { Kind::Table };
        let id = |letter: Option<char>| letter.map(|letter| ObjectId::of(kind(letter), &name(letter))).unwrap();
        let pairs = pairs.iter().chain(&["va"]).map(|pair| {
            let mut ends = pair.chars();
            (id(ends.next()), id(ends.next()))
        });
        catalog.dependencies = Dependencies::of_pairs(pairs);
        catalog
    }

    #[test]
    fn tables_far_from_a_difference_are_left_out() {
        let pairs = ["bc", "cd", "de", "fd"];
        let check = |change: &dyn Fn(&mut Catalog), expected: [&str; 2]| {
            let (old, mut new) = (catalog(&pairs), catalog(&pairs));
            change(&mut new);
            let kept = near(&old, &new).map(|side| {
                assert_eq!(side.views.len(), 1);
                side.tables.iter().map(|table| table.name.name.as_str()).collect::<String>()
            });
            assert_eq!(kept, expected);
        };
        let comment = |letter: &'static str| {
            move |new: &mut Catalog| {
                let tables = new.tables.iter_mut().filter(|table| table.name.name == letter);
                tables.for_each(|table| table.comment = Some("new".to_owned()));
            }
        };
        check(&|_| {}, ["", ""]);
        check(&comment("a"), ["a", "a"]);
        // Whoever needs it, the whole way up, and what it needs itself.
        check(&comment("d"), ["bcdef", "bcdef"]);
        check(&comment("c"), ["bcd", "bcd"]);
        check(&comment("e"), ["bcdef", "bcdef"]);
        // Parents and children together.
        check(&comment("h"), ["gh", "gh"]);
        check(&comment("g"), ["gh", "gh"]);
        check(&|new| drop(new.tables.remove(2)), ["bcd", "bd"]);
        check(&|new| new.views[0].comment = Some("new".to_owned()), ["a", "a"]);
        // What another one needs has its parents with it.
        let child = |new: &mut Catalog| new.dependencies = catalog(&["bc", "cd", "de", "fd", "ah"]).dependencies;
        check(&child, ["agh", "agh"]);
        check(&|new| new.dependencies = catalog(&["bc", "cd", "de", "fd", "ab"]).dependencies, ["ab", "ab"]);
    }

    #[test]
    fn what_differs_is_told_by_its_key() {
        let check = |old: &[(u8, u8)], new: &[(u8, u8)], expected: &[u8]| {
            let found: Vec<u8> = differing(old, new, |one| &one.0).into_iter().copied().collect();
            assert_eq!(found, expected, "{old:?} {new:?}");
        };
        check(&[], &[], &[]);
        check(&[(1, 1), (2, 2)], &[(1, 1), (2, 2)], &[]);
        check(&[(1, 1), (2, 2), (4, 4)], &[(2, 3), (3, 3), (4, 4)], &[1, 2, 3]);
        check(&[(1, 1), (1, 2)], &[(1, 1)], &[1]);
        check(&[(1, 1)], &[(1, 1), (1, 1), (5, 5)], &[1, 5]);
    }
}
