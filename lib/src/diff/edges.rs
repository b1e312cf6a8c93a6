//! Which pieces of work must come before which.

use std::collections::BTreeMap;

use super::fate::Fates;
use super::objects;
use super::order::Order;
use super::side::Side;
use super::verb::Verb;
use super::work::{Piece, absorbed_by_create};
use crate::catalog::{ObjectId, ObjectKind};

/// Puts the pieces in `order` before and after each other as the two sides and the server ask for it.
pub(super) fn put(order: &mut Order<Piece>, from: &Side<'_>, to: &Side<'_>, fates: &Fates) {
    let edges = Edges { from, to, fates };
    edges.of_new(order);
    edges.of_old(order);
    edges.of_each(order);
    edges.of_names(order);
}

struct Edges<'s, 'a> {
    from: &'s Side<'a>,
    to: &'s Side<'a>,
    fates: &'s Fates,
}

impl Edges<'_, '_> {
    /// What is made or changed comes after what it needs on the new side.
    fn of_new(&self, order: &mut Order<Piece>) {
        for (id, _) in self.to.objects() {
            for needed in self.to.needs(id) {
                if objects::is_given_later(id, &needed, self.to) {
                    let given = piece(Verb::Attach, id);
                    order.put(&self.maker(&needed), &given);
                    order.put(&piece(Verb::Alter, &needed), &given);
                    continue;
                }
                for first in [self.maker(&needed), piece(Verb::Alter, &needed)] {
                    order.put(&first, &self.maker(id));
                    order.put(&first, &piece(Verb::Alter, id));
                    order.put(&first, &piece(Verb::Restore, id));
                    order.put(&first, &piece(Verb::Attach, id));
                }
                order.put(&piece(Verb::Restore, &needed), &self.maker(id));
                order.put(&piece(Verb::Fill, &needed), &piece(Verb::Fill, id));
            }
        }
    }

    /// What goes or is changed comes after whatever needed it on the old side has gone or let go.
    fn of_old(&self, order: &mut Order<Piece>) {
        for (id, _) in self.from.objects() {
            let leaver = self.leaver(id);
            for needed in self.from.needs(id) {
                if objects::is_given_later(id, &needed, self.from) {
                    if id.kind == ObjectKind::Column {
                        order.put(&piece(Verb::Release, id), &self.leaver(&needed));
                        continue;
                    }
                    // An identity takes its sequence along.
                    order.put(&piece(Verb::Release, &needed), &leaver);
                    for first in [piece(Verb::Attach, id), piece(Verb::Alter, id), leaver.clone()] {
                        order.put(&first, &self.leaver(&needed));
                    }
                    continue;
                }
                let is_part = self.from.whole(id) == Some(&needed);
                for then in [Verb::Drop, Verb::Aside, Verb::Forget] {
                    let then = if then == Verb::Drop { self.leaver(&needed) } else { piece(then, &needed) };
                    order.put(&leaver, &then);
                    order.put(&piece(Verb::Release, id), &then);
                }
                if !is_part {
                    order.put(&leaver, &piece(Verb::Alter, &needed));
                    order.put(&piece(Verb::Release, id), &piece(Verb::Alter, &needed));
                }
                order.put(&piece(Verb::Alter, id), &piece(Verb::Forget, &needed));
                if !self.fates.is_made(&needed) {
                    order.put(&piece(Verb::Alter, id), &self.leaver(&needed));
                }
            }
        }
    }

    /// What is done to one object, one after the other.
    fn of_each(&self, order: &mut Order<Piece>) {
        for (id, _) in self.fates.iter() {
            let maker = self.maker(id);
            order.put(&piece(Verb::Aside, id), &maker);
            if !self.fates.is_aside(id) {
                order.put(&self.leaver(id), &maker);
            }
            order.put(&maker, &piece(Verb::Forget, id));
            order.put(&piece(Verb::Release, id), &piece(Verb::Alter, id));
            order.put(&piece(Verb::Release, id), &self.leaver(id));
            order.put(&piece(Verb::Alter, id), &piece(Verb::Restore, id));
            for later in [Verb::Attach, Verb::Own, Verb::Adorn, Verb::Fill] {
                order.put(&maker, &piece(later, id));
                order.put(&piece(Verb::Alter, id), &piece(later, id));
            }
            // Privileges are given in the name of the owner.
            order.put(&piece(Verb::Own, id), &piece(Verb::Adorn, id));
            if let Some(whole) = self.to.whole(id) {
                order.put(&piece(Verb::Own, whole), &piece(Verb::Adorn, id));
                // A partition must have all that its table asks for, and its indexes can follow only then.
                order.put(&maker, &piece(Verb::Attach, whole));
                order.put(&piece(Verb::Alter, id), &piece(Verb::Attach, whole));
                order.put(&piece(Verb::Attach, whole), &piece(Verb::Attach, id));
            }
        }
    }

    /// A name is free only once whoever had it is gone.
    fn of_names(&self, order: &mut Order<Piece>) {
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
                }
            }
        }
    }

    /// The piece that makes `id`: that of its whole, where it comes with it.
    fn maker(&self, id: &ObjectId) -> Piece {
        match self.to.whole(id) {
            Some(whole) if absorbed_by_create(id, self.to, self.fates) => piece(Verb::Create, whole),
            _ => piece(Verb::Create, id),
        }
    }

    /// The piece that takes `id` away: that of what it goes with.
    fn leaver(&self, id: &ObjectId) -> Piece {
        match objects::goes_with(id, self.from).into_iter().find(|with| self.fates.is_dropped(with)) {
            Some(with) if with != *id => self.leaver(&with),
            _ => piece(Verb::Drop, id),
        }
    }
}

fn piece(verb: Verb, id: &ObjectId) -> Piece {
    Piece { verb, id: id.clone() }
}
