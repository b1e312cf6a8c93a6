//! Names, which one object can have at a time.

use std::collections::BTreeMap;

use super::{Edges, piece};
use crate::catalog::{Content, ObjectId, ObjectKind};
use crate::diff::objects;
use crate::diff::order::Order;
use crate::diff::side::Side;
use crate::diff::verb::Verb;
use crate::diff::work::Piece;

impl Edges<'_, '_> {
    /// A name is free only once whoever had it is gone.
    pub(super) fn of_names(&self, order: &mut Order<Piece>) {
        let mut holders: BTreeMap<objects::Slot, Vec<ObjectId>> = BTreeMap::new();
        for (id, content) in self.from.objects().filter(|(id, _)| self.fates.is_dropped(id)) {
            for slot in objects::slots(id, content) {
                holders.entry(slot).or_default().push(id.clone());
            }
        }
        for (id, content) in self.to.objects().filter(|(id, _)| self.fates.is_made(id)) {
            for slot in objects::slots(id, content) {
                for holder in holders.get(&slot).into_iter().flatten() {
                    order.put(&self.leaver(holder), &self.maker(id));
                    order.put(&self.leaver(holder), &piece(Verb::Announce, id));
                    order.put(&piece(Verb::Aside, holder), &piece(Verb::Announce, id));
                    order.put(&piece(Verb::Aside, holder), &self.maker(id));
                }
            }
        }
    }

    /// The constraints of a table have one name each, and the NOT NULL of its columns among them.
    pub(super) fn of_constraint_names(&self, order: &mut Order<Piece>) {
        let mut holders: BTreeMap<ObjectId, Vec<Piece>> = BTreeMap::new();
        let stays = |id: &ObjectId| !self.fates.is_dropped(id) && !self.fates.is_made(id);
        let keeps = |id: &ObjectId| stays(id) && constraint_of(id, self.from) == constraint_of(id, self.to);
        for id in self.busy.iter().filter(|id| !keeps(id)) {
            if let Some(name) = constraint_of(id, self.from) {
                holders.entry(name).or_default().push(if stays(id) { piece(Verb::Alter, id) } else { self.leaver(id) });
            }
        }
        for id in self.busy.iter().filter(|id| !keeps(id)) {
            let taker = if stays(id) { piece(Verb::Alter, id) } else { self.maker(id) };
            let name = constraint_of(id, self.to);
            for holder in name.iter().filter_map(|name| holders.get(name)).flatten().filter(|one| one.id != *id) {
                order.put(holder, &taker);
            }
        }
    }
}

/// The constraint that `id` is, or that its column's NOT NULL is.
fn constraint_of(id: &ObjectId, side: &Side<'_>) -> Option<ObjectId> {
    match side.get(id)? {
        Content::Constraint(_) => Some(id.clone()),
        Content::Column(column) => {
            let name = &column.not_null_constraint.as_ref()?.name;
            Some(ObjectId::part(ObjectKind::Constraint, &id.qualified(), &**name))
        }
        _ => None,
    }
}
