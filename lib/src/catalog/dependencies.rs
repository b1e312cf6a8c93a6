//! Who needs whom.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::ObjectId;

/// Which object needs which others, as the server notes it; the source is `pg_depend`, not the text of definitions.
///
/// Parts need their wholes (an index its columns, a trigger its table), but for columns, whose names tell. What the server makes
/// for itself stands for the object that people know: a view's rewrite rule for the view, a row type for its table, the index of a
/// key for the key. Extensions stand for their members, and the system's own objects are left out. Objects may need each other: a
/// column's default its sequence, and the sequence the column that owns it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dependencies {
    /// Every object that has a part in this, in order; the edges are places in this list.
    objects: Vec<ObjectId>,
    /// An object, and one that it needs; in order.
    needs: Vec<(u32, u32)>,
    /// The same turned round; in order.
    needed: Vec<(u32, u32)>,
}

impl Dependencies {
    /// From a list of objects, each named once, and pairs of places in it: an object and one that it needs. An object
    /// that needs itself says nothing, and one that is in no pair is left out.
    pub fn new(objects: Vec<ObjectId>, mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.retain(|(from, to)| from != to);
        let mut used: Vec<u32> = pairs.iter().flat_map(|(from, to)| [*from, *to]).collect();
        used.sort_unstable();
        used.dedup();
        used.sort_by(|a, b| objects[*a as usize].cmp(&objects[*b as usize]));
        let mut places = vec![0; objects.len()];
        for (place, object) in (0..).zip(&used) {
            places[*object as usize] = place;
        }
        let ordered = |pairs: &mut dyn Iterator<Item = (u32, u32)>| {
            let mut pairs: Vec<(u32, u32)> = pairs.collect();
            pairs.sort_unstable();
            pairs.dedup();
            pairs
        };
        let needs = ordered(&mut pairs.iter().map(|(from, to)| (places[*from as usize], places[*to as usize])));
        let needed = ordered(&mut needs.iter().map(|(from, to)| (*to, *from)));
        let mut objects: Vec<Option<ObjectId>> = objects.into_iter().map(Some).collect();
        let mut named = Vec::with_capacity(used.len());
        named.extend(used.iter().filter_map(|object| objects[*object as usize].take()));
        Self { objects: named, needs, needed }
    }

    /// From pairs of an object and one that it needs.
    pub(crate) fn of_pairs(pairs: impl IntoIterator<Item = (ObjectId, ObjectId)>) -> Self {
        let pairs: Vec<(ObjectId, ObjectId)> = pairs.into_iter().collect();
        let objects: BTreeSet<&ObjectId> = pairs.iter().flat_map(|(id, needed)| [id, needed]).collect();
        let places: BTreeMap<&ObjectId, u32> = objects.iter().zip(0..).map(|(id, place)| (*id, place)).collect();
        let placed = pairs.iter().map(|(id, needed)| (places[id], places[needed])).collect();
        Self::new(objects.into_iter().cloned().collect(), placed)
    }

    /// What `id` needs itself, in order.
    pub fn of(&self, id: &ObjectId) -> impl Iterator<Item = &ObjectId> {
        self.along(&self.needs, id)
    }

    /// Who needs `id` itself, in order.
    pub fn dependents(&self, id: &ObjectId) -> impl Iterator<Item = &ObjectId> {
        self.along(&self.needed, id)
    }

    /// All pairs of an object and one that it needs, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&ObjectId, &ObjectId)> {
        self.needs.iter().map(|(from, to)| (&self.objects[*from as usize], &self.objects[*to as usize]))
    }

    /// Number of pairs.
    pub fn len(&self) -> usize {
        self.needs.len()
    }

    /// Nothing needs anything.
    pub fn is_empty(&self) -> bool {
        self.needs.is_empty()
    }

    /// Leaves out every object that `keep` refuses.
    pub fn retain(&mut self, keep: impl Fn(&ObjectId) -> bool) {
        let kept = |(from, to): &&(u32, u32)| keep(&self.objects[*from as usize]) && keep(&self.objects[*to as usize]);
        let pairs = self.needs.iter().filter(kept).copied().collect();
        *self = Self::new(std::mem::take(&mut self.objects), pairs);
    }

    /// The same without the objects that `keep` refuses.
    pub(crate) fn only(&self, keep: impl Fn(&ObjectId) -> bool) -> Self {
        let kept: Vec<bool> = self.objects.iter().map(keep).collect();
        let mut places = Vec::with_capacity(kept.len());
        let mut objects = Vec::new();
        for (object, kept) in self.objects.iter().zip(&kept) {
            places.push(objects.len() as u32);
            objects.extend(kept.then(|| object.clone()));
        }
        let both = self.needs.iter().filter(|(from, to)| kept[*from as usize] && kept[*to as usize]);
        let pairs = both.map(|(from, to)| (places[*from as usize], places[*to as usize])).collect();
        Self::new(objects, pairs)
    }

    /// Leaves out every pair of an object and one that it needs that `keep` refuses.
    pub(crate) fn retain_pairs(&mut self, keep: impl Fn(&ObjectId, &ObjectId) -> bool) {
        let kept = |(from, to): &&(u32, u32)| keep(&self.objects[*from as usize], &self.objects[*to as usize]);
        let pairs = self.needs.iter().filter(kept).copied().collect();
        *self = Self::new(std::mem::take(&mut self.objects), pairs);
    }

    fn along<'a>(&'a self, edges: &'a [(u32, u32)], id: &ObjectId) -> impl Iterator<Item = &'a ObjectId> {
        let edges = match self.objects.binary_search(id) {
            Ok(at) => {
                let from = edges.partition_point(|edge| (edge.0 as usize) < at);
                let to = edges.partition_point(|edge| edge.0 as usize <= at);
                &edges[from..to]
            }
            Err(_) => &[],
        };
        edges.iter().map(|edge| &self.objects[edge.1 as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::ObjectKind;

    #[test]
    fn both_directions_are_found() {
        let id = |name: &str| ObjectId::global(ObjectKind::Schema, name);
        let objects = ["view", "table", "unused", "index", "function"].map(id).to_vec();
        let all = Dependencies::new(objects, vec![(0, 1), (3, 1), (0, 4), (0, 1), (4, 4)]);
        let names = |found: Vec<&ObjectId>| found.iter().map(|id| id.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(all.of(&id("view")).collect()), ["function", "table"]);
        assert_eq!(names(all.dependents(&id("table")).collect()), ["index", "view"]);
        assert_eq!((names(all.of(&id("table")).collect()), all.len()), (vec![], 3));
        assert_eq!(names(all.of(&id("nobody")).collect()), [""; 0]);
    }
}
