//! What an object is given to once both are there: a child to its parent, an index of it to the table's index, a sequence
//! to its column, a default that needs its own table.

use crate::catalog::{Content, ObjectId};
use crate::diff::change::Statement;
use crate::diff::objects::{attach_index, attach_sequence, is_from_table, join_parents, key_of, set_default_later};
use crate::diff::side::Side;

/// `let_go`: it was taken from what it belonged to.
pub(super) fn change(
    id: &ObjectId,
    old: Option<Content<'_>>,
    (to, new): (&Side<'_>, Content<'_>),
    let_go: bool,
) -> Vec<Statement> {
    match (old, new) {
        (old, Content::Table(new)) => {
            let before = old.and_then(|old| if let Content::Table(old) = old { Some(old) } else { None });
            join_parents(before, new, to)
        }
        (old, Content::Index(new)) => match (&new.parent, old) {
            (Some(parent), Some(Content::Index(old))) if old.parent.as_ref() == Some(parent) => Vec::new(),
            (Some(_), _) if key_of(id, to).is_some_and(|key| is_from_table(&key, to)) => Vec::new(),
            (Some(parent), _) => attach_index(id, parent),
            (None, _) => Vec::new(),
        },
        (old, Content::Sequence(new)) if !new.identity => match (&new.owned_by, old) {
            (Some(owner), Some(Content::Sequence(old))) if !let_go && old.owned_by.as_ref() == Some(owner) => {
                Vec::new()
            }
            (Some(owner), _) => attach_sequence(new, owner),
            (None, _) => Vec::new(),
        },
        (None, Content::Column(new)) => set_default_later(id, new, to),
        _ => Vec::new(),
    }
}
