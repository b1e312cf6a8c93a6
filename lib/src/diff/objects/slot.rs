//! Names that only one object can have at a time.

use super::has_index;
use crate::catalog::{Content, Name, ObjectId};

/// A name that only one object can have at a time.
pub(in crate::diff) type Slot = (&'static str, String, String, String);

/// What a table, an index or whatever else bears the name `name` among relations takes.
pub(in crate::diff) fn slot_of_relation(name: &Name) -> Slot {
    ("relation", name.schema.clone(), name.name.clone(), String::new())
}

/// The names that the object takes for itself.
pub(in crate::diff) fn slots(id: &ObjectId, content: Content<'_>) -> Vec<Slot> {
    let slot = |class, name: &str| (class, id.schema.clone(), name.to_owned(), String::new());
    match content {
        Content::Table(_) | Content::View(_) => vec![slot("relation", &id.name), slot("type", &id.name)],
        Content::Sequence(_) | Content::Index(_) => vec![slot("relation", &id.name)],
        Content::Composite(_) => vec![slot("relation", &id.name), slot("type", &id.name)],
        Content::Range(range) => {
            let multirange = range.multirange.iter().map(|name| slot("type", &name.name));
            std::iter::once(slot("type", &id.name)).chain(multirange).collect()
        }
        Content::Enum(_) | Content::BaseType(_) | Content::Domain(_) => vec![slot("type", &id.name)],
        Content::Constraint(one) if has_index(one.kind) => vec![slot("relation", &id.detail)],
        Content::Routine(_) => vec![("routine", id.schema.clone(), id.name.clone(), id.detail.clone())],
        _ => Vec::new(),
    }
}
