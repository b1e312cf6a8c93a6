//! What stands aside under another name until nobody needs it: types and collations that columns have, and sequences that tell
//! where they stand.

use std::collections::BTreeSet;

use super::{Fate, Fates};
use crate::catalog::{ObjectId, ObjectKind};
use crate::diff::objects;
use crate::diff::side::Side;

impl Fates {
    /// A type that stands aside still needs its own types: those that are made anew stand aside with it. So do those of one that
    /// goes, where a column has it until it gets what is made.
    pub(super) fn set_aside_with_types(&mut self, from: &Side<'_>, to: &Side<'_>) {
        let typed = |id: &ObjectId| matches!(id.kind, ObjectKind::Type | ObjectKind::Domain | ObjectKind::Collation);
        let gets_made = |one: &ObjectId| {
            let stays = one.kind == ObjectKind::Column && !self.is_dropped(one);
            stays && to.needs(one).iter().any(|needed| typed(needed) && self.is_made(needed))
        };
        let goes = |id: &ObjectId| typed(id) && self.is_dropped(id) && !self.comes_again(id);
        let gone = self.fates.keys().filter(|id| goes(id) && from.dependents(id).iter().any(gets_made));
        let mut ahead: Vec<ObjectId> = self.aside.iter().chain(gone).cloned().collect();
        let mut seen = BTreeSet::new();
        while let Some(id) = ahead.pop() {
            for needed in from.needs(&id) {
                if typed(&needed) && self.is_dropped(&needed) && seen.insert(needed.clone()) {
                    if self.comes_again(&needed) {
                        self.aside.insert(needed.clone());
                    }
                    ahead.push(needed);
                }
            }
        }
    }

    /// A sequence that becomes an identity's tells first where it stands.
    pub(super) fn set_counters_aside(&mut self, from: &Side<'_>, to: &Side<'_>) {
        let anew = self.fates.iter().filter(|(id, fate)| id.kind == ObjectKind::Sequence && **fate == Fate::Rebuild);
        let stays = |id: &ObjectId| {
            to.needs(id).iter().any(|one| one.kind == ObjectKind::Column && !self.is_dropped(one) && !self.is_made(one))
        };
        let aside = anew.map(|(id, _)| id.clone()).filter(|id| stays(id) && objects::steps_aside(id, from, to));
        let aside: Vec<ObjectId> = aside.collect();
        self.aside.extend(aside);
    }
}
