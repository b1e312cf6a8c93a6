//! Which pieces of work must come before which.

mod heirs;
mod keys;
mod logging;
mod names;
mod rows;
mod typed;

use std::collections::BTreeSet;

use super::fate::Fates;
use super::objects;
use super::order::Order;
use super::parting::Parting;
use super::side::Side;
use super::verb::Verb;
use super::work::{Piece, absorbed_by_create};
use crate::catalog::{Constraint, Content, ObjectId, ObjectKind};

/// Puts the pieces in `order` before and after each other as the two sides and the server ask for it.
pub(super) fn put(order: &mut Order<Piece>, from: &Side<'_>, to: &Side<'_>, fates: &Fates, partings: &[Parting]) {
    let busy = order.pieces().map(|piece| &piece.id).chain(fates.changed());
    let edges = Edges { from, to, fates, busy: busy.cloned().collect() };
    edges.of_new(order);
    edges.of_old(order);
    edges.of_each(order);
    edges.of_names(order);
    edges.of_constraint_names(order);
    edges.of_children(order);
    edges.of_key_indexes(order);
    edges.of_keys_for_partitions(order);
    edges.of_left_columns(order);
    edges.of_found_indexes(order);
    edges.of_inherited_columns(order);
    edges.of_logging(order);
    edges.of_rows(order);
    edges.of_typed(order);
    partings.iter().for_each(|parting| edges.of_parting(order, parting));
}

struct Edges<'s, 'a> {
    from: &'s Side<'a>,
    to: &'s Side<'a>,
    fates: &'s Fates,
    /// The objects that anything is done to: all others, mostly nearly all, come before and after nothing.
    busy: BTreeSet<ObjectId>,
}

impl Edges<'_, '_> {
    /// What is made or changed comes after what it needs on the new side.
    fn of_new(&self, order: &mut Order<Piece>) {
        for id in self.busy.iter().filter(|id| self.to.has(id)) {
            for needed in self.busy_of(self.to.needs(id)) {
                if objects::helps(id, &needed, self.to) {
                    order.put(&piece(Verb::Announce, &needed), &self.maker(id));
                    continue;
                }
                if objects::is_given_later(id, &needed, self.to) {
                    let given = piece(Verb::Attach, id);
                    order.put(&self.maker(&needed), &given);
                    order.put(&piece(Verb::Alter, &needed), &given);
                    order.put(&piece(Verb::Own, self.to.whole(&needed).unwrap_or(&needed)), &given);
                    // The default of a column that stays is given as one that comes back.
                    order.put(&self.maker(&needed), &piece(Verb::Restore, id));
                    continue;
                }
                for first in [self.maker(&needed), piece(Verb::Alter, &needed)] {
                    order.put(&first, &self.maker(id));
                    order.put(&first, &piece(Verb::Alter, id));
                    order.put(&first, &piece(Verb::Restore, id));
                    order.put(&first, &piece(Verb::Attach, id));
                }
                // What a default calls that reads its own table comes before the default.
                if !objects::is_given_later(&needed, id, self.to) {
                    order.put(&piece(Verb::Restore, &needed), &self.maker(id));
                }
                order.put(&piece(Verb::Fill, &needed), &piece(Verb::Fill, id));
            }
        }
    }

    /// What goes or is changed comes after whatever needed it on the old side has gone or let go.
    fn of_old(&self, order: &mut Order<Piece>) {
        for id in self.busy.iter().filter(|id| self.from.has(id)) {
            let leaver = self.leaver(id);
            for needed in self.busy_of(self.from.needs(id)) {
                if objects::is_given_later(id, &needed, self.from) {
                    if id.kind == ObjectKind::Column {
                        order.put(&piece(Verb::Release, id), &self.leaver(&needed));
                        continue;
                    }
                    // An identity takes its sequence along.
                    order.put(&piece(Verb::Release, &needed), &leaver);
                    let lets_go = if self.fates.is_released(id) { Verb::Release } else { Verb::Attach };
                    order.put(&leaver, &self.leaver(&needed));
                    for first in [piece(lets_go, id), piece(Verb::Alter, id)] {
                        // One that is made anew is given to what comes then.
                        if !self.fates.is_made(id) {
                            order.put(&first, &self.leaver(&needed));
                        }
                    }
                    continue;
                }
                let is_part = self.from.whole(id) == Some(&needed);
                // A type that a column has until it gets what takes the other's name goes later.
                let lasts = matches!(id.kind, ObjectKind::Type | ObjectKind::Domain);
                for then in [Verb::Drop, Verb::Aside, Verb::Forget] {
                    let is_aside = then == Verb::Aside;
                    let then = if then == Verb::Drop { self.leaver(&needed) } else { piece(then, &needed) };
                    if !(lasts && is_aside) {
                        order.put(&leaver, &then);
                    }
                    order.put(&piece(Verb::Release, id), &then);
                }
                // Nobody holds a sequence that changes; one that is let go must be so before what owned it goes.
                if !is_part && needed.kind != ObjectKind::Sequence {
                    order.put(&leaver, &piece(Verb::Alter, &needed));
                    order.put(&piece(Verb::Release, id), &piece(Verb::Alter, &needed));
                }
                for first in [Verb::Alter, Verb::Forget] {
                    order.put(&piece(first, id), &piece(Verb::Forget, &needed));
                }
                // What a column has a type of and lets go of may come again.
                let lets_go = id.kind == ObjectKind::Column && !self.to.needs(id).contains(&needed);
                if !self.fates.is_made(&needed) || lets_go {
                    order.put(&piece(Verb::Forget, id), &self.leaver(&needed));
                    order.put(&piece(Verb::Alter, id), &self.leaver(&needed));
                }
                if objects::keeps_computed(id, &needed, self.from, self.to) {
                    order.put(&piece(Verb::Alter, id), &piece(Verb::Alter, &needed));
                    order.put(&piece(Verb::Alter, id), &self.leaver(&needed));
                }
            }
        }
    }

    /// What is done to one object, one after the other.
    fn of_each(&self, order: &mut Order<Piece>) {
        for id in &self.busy {
            let maker = self.maker(id);
            order.put(&piece(Verb::Aside, id), &maker);
            if id.kind == ObjectKind::Domain {
                order.put(&piece(Verb::Release, id), &piece(Verb::Aside, id));
            }
            order.put(&piece(Verb::Aside, id), &piece(Verb::Announce, id));
            order.put(&self.leaver(id), &piece(Verb::Announce, id));
            order.put(&piece(Verb::Announce, id), &maker);
            if !self.fates.is_aside(id) {
                order.put(&self.leaver(id), &maker);
            } else if id.kind == ObjectKind::Sequence {
                for column in self.to.needs(id) {
                    order.put(&piece(Verb::Aside, id), &piece(Verb::Alter, &column));
                }
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
                if whole.kind == ObjectKind::View {
                    order.put(&piece(Verb::Alter, whole), &maker);
                }
                order.put(&piece(Verb::Own, whole), &piece(Verb::Adorn, id));
                order.put(&piece(Verb::Adorn, whole), &piece(Verb::Adorn, id));
                // A partition must have all that its table asks for, and its indexes can follow only then.
                for first in [self.leaver(id), piece(Verb::Alter, id)] {
                    order.put(&first, &piece(Verb::Attach, whole));
                }
                match objects::comes_from_parent(id, self.to) {
                    true => order.put(&piece(Verb::Attach, whole), &maker),
                    false => order.put(&maker, &piece(Verb::Attach, whole)),
                }
                order.put(&piece(Verb::Attach, whole), &piece(Verb::Attach, id));
            }
        }
    }

    fn busy_of(&self, ids: Vec<ObjectId>) -> impl Iterator<Item = ObjectId> {
        ids.into_iter().filter(|id| self.busy.contains(id))
    }

    /// A child leaves before anything is done to it and to what it leaves, but after the keys that point at its rows by the parent.
    fn of_parting(&self, order: &mut Order<Piece>, parting: &Parting) {
        let release = piece(Verb::Release, &parting.table);
        let mut touched: Vec<&ObjectId> = self.from.parts(&parting.table).iter().collect();
        touched.extend(self.to.parts(&parting.table));
        for parent in &parting.parents {
            order.put(&piece(Verb::Release, parent), &release);
            for then in [piece(Verb::Alter, parent), self.leaver(parent)] {
                order.put(&release, &then);
            }
            touched.extend(self.from.parts(parent).iter().chain(self.to.parts(parent)));
        }
        for id in touched {
            let holds =
                matches!(self.from.get(id), Some(Content::Constraint(key)) if self.points_at_parent(key, parting));
            for then in [piece(Verb::Release, id), piece(Verb::Alter, id), self.maker(id), self.leaver(id)] {
                if !(holds && then.verb == Verb::Drop) {
                    order.put(&release, &then);
                }
            }
        }
        for (id, content) in self.from.objects() {
            if let Content::Constraint(key) = content
                && self.points_at_parent(key, parting)
                && self.from.whole(id).is_some_and(|whole| !parting.parents.contains(whole))
            {
                order.put(&self.leaver(id), &release);
            }
        }
    }

    fn points_at_parent(&self, key: &Constraint, parting: &Parting) -> bool {
        let to = key.references.as_ref().and_then(|to| self.from.table(&to.table));
        to.is_some_and(|table| parting.parents.contains(&table.id()))
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
            // The functions of a type that stands aside are renamed with it.
            Some(with) if self.fates.is_aside(&with) && id.kind == ObjectKind::Function => piece(Verb::Aside, &with),
            // A domain that stands aside has let go of what calls what goes.
            Some(with) if self.fates.is_aside(&with) && id.kind == ObjectKind::Constraint => piece(Verb::Drop, id),
            Some(with) if with != *id => self.leaver(&with),
            _ => piece(Verb::Drop, id),
        }
    }
}

fn piece(verb: Verb, id: &ObjectId) -> Piece {
    Piece { verb, id: id.clone() }
}
