//! What an object is given to once both are there: a partition to its table, an index of it to the table's index, a sequence
//! to its column, a default that needs its own table.

use crate::catalog::{Content, ObjectId};
use crate::diff::change::Statement;
use crate::diff::objects::{attach_index, attach_partition, attach_sequence, set_default_later};
use crate::diff::side::Side;

pub(super) fn change(id: &ObjectId, old: Option<Content<'_>>, (to, new): (&Side<'_>, Content<'_>)) -> Vec<Statement> {
    match (old, new) {
        (old, Content::Table(new)) => {
            let before = old.and_then(|old| if let Content::Table(old) = old { Some(old) } else { None });
            match before.is_some_and(|old| old.partition_of == new.partition_of) {
                true => Vec::new(),
                false => attach_partition(new),
            }
        }
        (old, Content::Index(new)) => match (&new.parent, old) {
            (Some(parent), Some(Content::Index(old))) if old.parent.as_ref() == Some(parent) => Vec::new(),
            (Some(parent), _) => attach_index(id, parent),
            (None, _) => Vec::new(),
        },
        (old, Content::Sequence(new)) if !new.identity => match (&new.owned_by, old) {
            (Some(owner), Some(Content::Sequence(old))) if old.owned_by.as_ref() == Some(owner) => Vec::new(),
            (Some(owner), _) => attach_sequence(new, owner),
            (None, _) => Vec::new(),
        },
        (None, Content::Column(new)) => set_default_later(id, new, to),
        _ => Vec::new(),
    }
}
