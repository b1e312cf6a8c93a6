//! What surrounds an object whatever its kind: owner, comment, labels, privileges, and what it belongs to.

mod belonging;
mod comment;
mod grants;
mod label;
mod owner;
mod privileges;

pub(super) use privileges::{defaults as default_privileges, of_others as privileges_of_others};

use super::change::Statement;
use super::objects;
use super::side::Side;
use super::verb::Verb;
use crate::catalog::{Content, ObjectId};

/// The statements that give the object `id` of the new side what surrounds it; `old` is what it was, unless it is newly made;
/// `let_go` tells that it was taken from what it belonged to.
pub(super) fn of(
    id: &ObjectId,
    (from, old): (&Side<'_>, Option<Content<'_>>),
    (to, new): (&Side<'_>, Content<'_>),
    let_go: bool,
) -> Vec<(Verb, Vec<Statement>)> {
    let mut adorned = comment::change(id, old, new);
    adorned.extend(label::change(id, (from, old.is_some()), to));
    adorned.extend(privileges::change(id, (from, old), to));
    let filled = match (old, new) {
        (None, Content::View(view)) => objects::fill(id, view, to),
        _ => Vec::new(),
    };
    vec![
        (Verb::Attach, belonging::change(id, old, (to, new), let_go)),
        (Verb::Own, owner::change(id, old, new, to)),
        (Verb::Adorn, adorned),
        (Verb::Fill, filled),
    ]
}
