//! What becomes of an object when something that it needs is made anew, goes, or changes alone.

use super::{Fate, Fates};
use crate::catalog::{Content, ObjectId, ObjectKind};
use crate::diff::objects;
use crate::diff::side::Side;

impl Fates {
    /// Is it a foreign key whose columns change their types on both ends? In between they do not fit each other.
    fn joins_retyped(&self, key: &ObjectId, from: &Side<'_>) -> bool {
        let foreign = matches!(from.get(key), Some(Content::Constraint(one)) if one.references.is_some());
        foreign && from.needs(key).iter().filter(|needed| self.retyped.contains(needed)).count() > 1
    }

    /// Must `dependent` be made anew because of what becomes of `id`? A column never is: it keeps its rows.
    pub(super) fn stands_aside(
        &mut self,
        id: &ObjectId,
        dependent: &ObjectId,
        (from, to): (&Side<'_>, &Side<'_>),
        moved: &mut Vec<ObjectId>,
    ) -> bool {
        let altered = matches!(self.fates.get(id), Some(Fate::Alter(_)));
        if altered && id.kind == ObjectKind::Type {
            if from.default_needs(dependent, id) {
                self.released.insert(dependent.clone());
            }
            return objects::reads_attributes(dependent, from);
        }
        if !self.is_held(id) && objects::keeps_computed(dependent, id, from, to) {
            return false;
        }
        if altered && self.is_held(id) {
            return !matches!(dependent.kind, ObjectKind::Table | ObjectKind::Schema);
        }
        if altered {
            return objects::reads(dependent.kind) || self.joins_retyped(dependent, from);
        }
        // What a default calls that reads its own table goes before the column changes.
        let is_circular = objects::default_comes_later(dependent, from);
        let lets_go = !to.needs(dependent).contains(id) && !self.comes_again(id) && !is_circular;
        if lets_go && self.fates.get(dependent).is_some_and(|fate| *fate != Fate::Alter(Vec::new())) {
            return false;
        }
        match dependent.kind {
            ObjectKind::Column if matches!(id.kind, ObjectKind::Type | ObjectKind::Domain | ObjectKind::Collation) => {
                if let Some(table) = from.whole(dependent).filter(|_| objects::cuts_its_table(dependent, from))
                    && to.has(table)
                {
                    self.fates.insert(table.clone(), Fate::Rebuild);
                    moved.push(table.clone());
                } else if self.comes_again(id) && to.has(dependent) {
                    self.aside.insert(id.clone());
                    self.fates.insert(dependent.clone(), Fate::Alter(objects::retype(dependent, from, to)));
                    moved.push(dependent.clone());
                }
                false
            }
            ObjectKind::Column if objects::has_row_type(dependent, id, from) => {
                self.hold(dependent, (from, to), moved);
                false
            }
            // What it computes, it computes again.
            ObjectKind::Column if objects::is_generated(dependent, from) => to.has(dependent),
            ObjectKind::Column => {
                self.released.insert(dependent.clone());
                false
            }
            // A domain calls only for its default.
            ObjectKind::Domain if objects::is_called(id.kind) => {
                self.released.insert(dependent.clone());
                false
            }
            ObjectKind::Table if objects::is_made_of(dependent, id, from) => {
                self.released.insert(dependent.clone());
                false
            }
            // A partitioned table, for its key.
            ObjectKind::Table => objects::cuts(id.kind) && objects::is_partitioned(dependent, from),
            ObjectKind::Schema => false,
            // An identity's goes with its column; another goes with what it is owned by, or is given away first.
            ObjectKind::Sequence => {
                let identity = matches!(from.get(dependent), Some(Content::Sequence(one)) if one.identity);
                if !identity && matches!(id.kind, ObjectKind::Column | ObjectKind::Table | ObjectKind::ForeignTable) {
                    self.released.insert(dependent.clone());
                }
                identity && self.is_made(id)
            }
            _ => true,
        }
    }
}
