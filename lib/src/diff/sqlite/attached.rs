//! Views, indexes and triggers: they are their statements, so what changes is dropped and made again.

use std::collections::{BTreeMap, BTreeSet};

use super::shape::mentions;
use super::side::{Part, Side};
use super::statement::{Statement, Work};
use crate::catalog::{ObjectId, View};
use crate::sql::{ident, normal};

/// What becomes of views, indexes and triggers.
pub(super) struct Attached<'s, 'a> {
    old: &'s Side<'a>,
    new: &'s Side<'a>,
    /// Names in lower case of tables and views that go, and take their indexes and triggers along.
    gone: BTreeSet<String>,
    /// Names in lower case of tables that are made anew.
    rebuilt: BTreeSet<String>,
}

impl<'s, 'a> Attached<'s, 'a> {
    /// `gone` are the tables that are dropped, `rebuilt` those that are made anew, in lower case.
    pub(super) fn new(
        old: &'s Side<'a>,
        new: &'s Side<'a>,
        gone: impl IntoIterator<Item = String>,
        rebuilt: impl IntoIterator<Item = String>,
    ) -> Self {
        let (gone, rebuilt) = (gone.into_iter().collect(), rebuilt.into_iter().collect());
        let mut attached = Self { old, new, gone, rebuilt };
        let changed: Vec<String> = old.views.keys().filter(|name| !attached.stays_view(name)).cloned().collect();
        attached.gone.extend(changed);
        attached
    }

    /// Drops what is not there any more, or not so, and does not go by itself. Triggers go first even where their table is made
    /// anew: none must name what is not there while tables change.
    pub(super) fn drop(&self, work: &mut Work) {
        let dropped = |kind: &str, name: &str, comes_back: bool| {
            let sql = format!("DROP {kind} {}", ident(name));
            if comes_back { Statement::harmless(sql) } else { Statement::new(sql) }
        };
        let (old, new) = (&self.old.triggers, &self.new.triggers);
        for (name, part) in old.iter().filter(|(name, part)| !self.gone.contains(&part.on) && !is_like(name, old, new))
        {
            work.add(part.id.clone(), [dropped("TRIGGER", part.name, new.contains_key(name))]);
        }
        let (old, new) = (&self.old.indexes, &self.new.indexes);
        for (name, part) in old.iter().filter(|(name, part)| !self.goes(&part.on) && !is_like(name, old, new)) {
            work.add(part.id.clone(), [dropped("INDEX", part.name, new.contains_key(name))]);
        }
        for (name, view) in self.old.views.iter().filter(|(name, _)| !self.stays_view(name)) {
            work.add(view.id(), [dropped("VIEW", &view.name.name, self.new.views.contains_key(name))]);
        }
    }

    pub(super) fn make_indexes(&self, work: &mut Work) {
        self.make(work, &self.old.indexes, &self.new.indexes);
    }

    pub(super) fn make_triggers(&self, work: &mut Work) {
        self.make(work, &self.old.triggers, &self.new.triggers);
    }

    /// Each view after those that it reads.
    pub(super) fn make_views(&self, work: &mut Work) {
        let mut waiting: Vec<&View> =
            self.new.views.iter().filter(|(name, _)| !self.stays_view(name)).map(|(_, view)| *view).collect();
        while !waiting.is_empty() {
            let reads_none = |view: &&View| {
                waiting.iter().all(|other| other.name == view.name || !mentions(&view.definition, &other.name.name))
            };
            let view = waiting.remove(waiting.iter().position(reads_none).unwrap_or(0));
            work.add(view.id(), [Statement::new(view.definition.clone())]);
        }
    }

    /// The statements of the views and triggers that are there while tables change.
    pub(super) fn readers(&self) -> Vec<&'a str> {
        let (old, new) = (&self.old.triggers, &self.new.triggers);
        let views = self.old.views.iter().filter(|(name, _)| self.stays_view(name)).map(|(_, view)| &*view.definition);
        let triggers = old.iter().filter(|(name, part)| !self.gone.contains(&part.on) && is_like(name, old, new));
        views.chain(triggers.map(|(_, part)| part.definition)).collect()
    }

    /// Is there a view that cannot tell its columns, since it reads what is not there?
    pub(super) fn has_broken_view(&self) -> bool {
        self.old.views.iter().any(|(name, view)| view.columns.is_empty() && self.stays_view(name))
    }

    /// The statements of the indexes on the table `name`, in lower case, that stay.
    pub(super) fn indexes_on(&self, name: &str) -> Vec<&'a str> {
        let (old, new) = (&self.old.indexes, &self.new.indexes);
        let stays = |(index, part): &(&String, &Part<'a>)| part.on == name && self.stays(index, old, new);
        old.iter().filter(stays).map(|(_, part)| part.definition).collect()
    }

    /// `name`, or something like it that nothing is called on either side.
    pub(super) fn free_name(&self, name: &str) -> String {
        let mut free = name.to_owned();
        while [self.old, self.new].iter().any(|side| side.has_name(&free.to_lowercase())) {
            free.push('_');
        }
        free
    }

    /// The indexes that go with the table `name` and do not come back, in words.
    pub(super) fn lost_with(&self, name: &str) -> Vec<String> {
        let is_lost = |(index, part): &(&String, &Part<'a>)| part.on == name && !self.new.indexes.contains_key(*index);
        self.old.indexes.iter().filter(is_lost).map(|(_, part)| format!("index {}", ident(part.name))).collect()
    }

    fn make(&self, work: &mut Work, old: &BTreeMap<String, Part<'a>>, new: &BTreeMap<String, Part<'a>>) {
        for (_, part) in new.iter().filter(|(name, _)| !self.stays(name, old, new)) {
            let id: ObjectId = part.id.clone();
            work.add(id, [Statement::new(part.definition)]);
        }
    }

    fn stays(&self, name: &str, old: &BTreeMap<String, Part<'a>>, new: &BTreeMap<String, Part<'a>>) -> bool {
        old.get(name).is_some_and(|part| !self.goes(&part.on)) && is_like(name, old, new)
    }

    /// Goes the table or view, if only to be made anew?
    fn goes(&self, name: &str) -> bool {
        self.gone.contains(name) || self.rebuilt.contains(name)
    }

    fn stays_view(&self, name: &str) -> bool {
        match (self.old.views.get(name), self.new.views.get(name)) {
            (Some(old), Some(new)) => normal(&old.definition) == normal(&new.definition),
            _ => false,
        }
    }
}

/// Have both sides the same part of that name?
fn is_like(name: &str, old: &BTreeMap<String, Part<'_>>, new: &BTreeMap<String, Part<'_>>) -> bool {
    matches!((old.get(name), new.get(name)), (Some(old), Some(new)) if old.is_like(new))
}
