//! The pieces of work between two sides, and which of them must come first.

use std::collections::BTreeMap;

use super::around;
use super::change::Statement;
use super::fate::{Fate, Fates};
use super::objects;
use super::order::Order;
use super::side::Side;
use super::verb::Verb;
use crate::catalog::{ObjectId, ObjectKind};

/// One piece of work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Piece {
    verb: Verb,
    id: ObjectId,
}

/// All that is to be done, in order.
///
/// # Errors
/// The objects of a circle that cannot be taken apart.
pub(super) fn in_order(
    from: &Side<'_>,
    to: &Side<'_>,
    fates: &Fates,
) -> Result<Vec<(ObjectId, Vec<Statement>)>, Vec<ObjectId>> {
    let mut pieces = pieces(from, to, fates);
    let mut order = Order::new(pieces.keys().cloned());
    let edges = Edges { from, to, fates };
    edges.of_new(&mut order);
    edges.of_old(&mut order);
    edges.of_each(&mut order);
    edges.of_names(&mut order);
    let line = order.line().map_err(|circle| circle.into_iter().map(|piece| piece.id).collect::<Vec<_>>())?;
    Ok(line.into_iter().filter_map(|piece| Some((piece.id.clone(), pieces.remove(&piece)?))).collect())
}

fn pieces(from: &Side<'_>, to: &Side<'_>, fates: &Fates) -> BTreeMap<Piece, Vec<Statement>> {
    let mut pieces = BTreeMap::new();
    let mut add = |verb, id: &ObjectId, statements: Vec<Statement>| {
        pieces.insert(Piece { verb, id: id.clone() }, statements);
    };
    for (id, fate) in fates.iter() {
        let (old, new) = (from.get(id), to.get(id));
        if let (Some(old), true) = (old, fates.is_dropped(id)) {
            if fates.is_aside(id) {
                add(Verb::Aside, id, objects::set_aside(id));
                add(Verb::Forget, id, objects::forget(id));
            } else if !absorbed_by_drop(id, from, fates) {
                add(Verb::Drop, id, objects::drop(id, old, from));
            }
        }
        if let (Some(new), true) = (new, fates.is_made(id))
            && !absorbed_by_create(id, to, fates)
        {
            add(Verb::Create, id, objects::create(id, new, to));
        }
        if let Fate::Alter(statements) = fate
            && !statements.is_empty()
        {
            add(Verb::Alter, id, statements.clone());
        }
        if fates.is_dropped(id) && objects::default_comes_later(id, from) {
            add(Verb::Release, id, objects::release(id, from));
        }
        let stays = matches!(fate, Fate::Alter(_));
        if let (Some(old), Some(new), true) = (old, new, stays)
            && objects::loses_identity(old, new)
        {
            add(Verb::Release, id, objects::release(id, from));
        } else if fates.is_released(id) {
            add(Verb::Release, id, objects::release(id, from));
            add(Verb::Restore, id, objects::restore(id, to));
        }
        if let Some(new) = new {
            let old = old.filter(|_| !fates.is_made(id));
            for (verb, statements) in around::of(id, (from, old), (to, new)) {
                if !statements.is_empty() {
                    add(verb, id, statements);
                }
            }
        }
    }
    pieces
}

/// Does it go by itself when its whole goes, or what it belongs to?
fn absorbed_by_drop(id: &ObjectId, from: &Side<'_>, fates: &Fates) -> bool {
    objects::goes_with(id, from).iter().any(|with| fates.is_dropped(with))
}

/// Is it made by the statement that makes its whole?
fn absorbed_by_create(id: &ObjectId, to: &Side<'_>, fates: &Fates) -> bool {
    to.whole(id).is_some_and(|whole| fates.is_made(whole)) && objects::comes_with_whole(id, to)
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
