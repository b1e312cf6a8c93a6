//! The pieces of work between two sides, in an order that the server takes.

use std::collections::BTreeMap;

use super::around;
use super::change::{Bounds, Statement};
use super::edges;
use super::fate::{Fate, Fates};
use super::objects;
use super::order::Order;
use super::parting::Parting;
use super::side::Side;
use super::verb::Verb;
use crate::catalog::{ObjectId, ObjectKind};

/// One piece of work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Piece {
    pub verb: Verb,
    pub id: ObjectId,
}

/// All that is to be done, in order.
///
/// # Errors
/// The objects of a circle that cannot be taken apart.
pub(super) fn in_order(
    from: &Side<'_>,
    to: &Side<'_>,
    fates: &Fates,
    partings: &[Parting],
) -> Result<Vec<(ObjectId, Vec<Statement>)>, Vec<ObjectId>> {
    let mut pieces = pieces(from, to, fates);
    for parting in partings {
        let release = Piece { verb: Verb::Release, id: parting.table.clone() };
        pieces.entry(release).or_default().extend(parting.statements.iter().cloned());
    }
    let mut order = Order::new(pieces.keys().cloned());
    edges::put(&mut order, from, to, fates, partings);
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
                add(Verb::Aside, id, objects::set_aside(id, from, |needed| fates.is_aside(needed)));
                if id.kind == ObjectKind::Domain && calls_what_goes(id, from, fates) {
                    add(Verb::Release, id, objects::release(id, from));
                }
                add(Verb::Forget, id, objects::forget(id, from));
            } else if !absorbed_by_drop(id, from, fates) {
                add(Verb::Drop, id, objects::drop(id, (from, old), to));
            }
        }
        if let (Some(new), true) = (new, fates.is_made(id))
            && !absorbed_by_create(id, to, fates)
        {
            let shell = objects::announce(id, to);
            if !shell.is_empty() {
                add(Verb::Announce, id, shell);
            }
            let stays = |column: &ObjectId| !fates.is_dropped(column) && !fates.is_made(column);
            let statements = objects::after_identity(id, (from, to), stays);
            let statements = statements.or_else(|| objects::beyond_type(id, from, to));
            add(Verb::Create, id, statements.unwrap_or_else(|| objects::create(id, new, to)));
        }
        let changes = matches!(fate, Fate::Alter(statements) if !statements.is_empty());
        let comes_back = fates.is_released(id) || (changes && objects::default_comes_later(id, to));
        let restored = match fates.is_held(id) {
            true => objects::give_back(id, from, to),
            false if comes_back => objects::restore(id, to),
            false => Vec::new(),
        };
        let mut gives_back = fates.is_held(id) || fates.is_released(id);
        if let Fate::Alter(statements) = fate {
            let now: Vec<Statement> = statements.iter().filter(|one| !restored.contains(one)).cloned().collect();
            gives_back |= now.len() < statements.len();
            if !now.is_empty() {
                let extends = now.iter().all(|statement| statement.bounds == Bounds::Closing);
                add(if extends { Verb::Extend } else { Verb::Alter }, id, now);
            }
        }
        if gives_back && !restored.is_empty() {
            add(Verb::Restore, id, restored);
        }
        let stays = matches!(fate, Fate::Alter(_));
        let loses_identity = old.zip(new).is_some_and(|(old, new)| stays && objects::loses_identity(old, new));
        let let_go = if loses_identity && !objects::hands_over(id, from, to).is_some_and(|next| fates.is_made(&next)) {
            let caught_up = objects::catch_up_with_identity(id, from, to).into_iter().flatten();
            Some(caught_up.chain(objects::release(id, from)).collect())
        } else if fates.is_held(id) {
            Some(objects::hold(id, from))
        } else if fates.is_released(id) || (fates.is_dropped(id) && objects::default_comes_later(id, from)) {
            Some(objects::release(id, from))
        } else {
            None
        };
        let named = if stays { objects::take_parents_name(id, from, to) } else { Vec::new() };
        if let_go.is_some() || !named.is_empty() {
            add(Verb::Release, id, named.into_iter().chain(let_go.into_iter().flatten()).collect());
        }
        if let Some(new) = new {
            // The index of a key that is made anew is another one.
            let old =
                old.filter(|_| !fates.is_made(id) && !objects::key_of(id, to).is_some_and(|key| fates.is_made(&key)));
            for (verb, statements) in around::of(id, (from, old), (to, new), fates.is_released(id)) {
                if !statements.is_empty() {
                    add(verb, id, statements);
                }
            }
        }
    }
    pieces
}

/// Does it go by itself when its whole goes, or what it belongs to? A condition of a domain that stands aside goes sooner, where it
/// calls what does not stay as long.
fn absorbed_by_drop(id: &ObjectId, from: &Side<'_>, fates: &Fates) -> bool {
    let sooner = |with: &ObjectId| fates.is_aside(with) && calls_what_goes(id, from, fates);
    objects::goes_with(id, from).iter().any(|with| fates.is_dropped(with) && !sooner(with))
}

/// Does it need something besides its whole that goes, and does not stand aside?
fn calls_what_goes(id: &ObjectId, from: &Side<'_>, fates: &Fates) -> bool {
    let goes = |needed: &ObjectId| fates.is_dropped(needed) && !fates.is_aside(needed);
    from.needs(id).iter().any(|needed| from.whole(id) != Some(needed) && goes(needed))
}

/// Is it made by the statement that makes its whole?
pub(super) fn absorbed_by_create(id: &ObjectId, to: &Side<'_>, fates: &Fates) -> bool {
    to.whole(id).is_some_and(|whole| fates.is_made(whole)) && objects::comes_with_whole(id, to)
}
