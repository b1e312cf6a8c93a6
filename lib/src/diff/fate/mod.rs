//! What becomes of every object of either side.

mod aside;
mod dependents;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, Statement};
use super::objects;
use super::side::Side;
use crate::catalog::{Content, ObjectId, ObjectKind};

/// What becomes of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Only the new side has it.
    Create,
    /// Only the old side has it.
    Drop,
    /// Both have it, and these statements make one the other; none where they are the same.
    Alter(Vec<Statement>),
    /// Both have it, and it is made anew.
    Rebuild,
}

/// Fates, with what they ask of columns.
pub(super) struct Fates {
    fates: BTreeMap<ObjectId, Fate>,
    /// Columns and domains whose default stands aside while something that it calls is made anew, and sequences whose owner is.
    released: BTreeSet<ObjectId>,
    /// Types and collations that columns have and that are made anew: the old one stands aside under another name until no column
    /// has it. Sequences, until the identity that follows them has their position.
    aside: BTreeSet<ObjectId>,
    /// Columns that change their types.
    retyped: BTreeSet<ObjectId>,
    /// Columns whose values are JSON while the row type that they are of changes.
    held: BTreeSet<ObjectId>,
    /// Tables that stay, and whose rows are not what they were.
    reshaped: BTreeSet<ObjectId>,
}

impl Fates {
    /// What becomes of everything on the way from `from` to `to`.
    pub(super) fn of(from: &Side<'_>, to: &Side<'_>) -> Self {
        let mut fates = Self {
            fates: BTreeMap::new(),
            released: BTreeSet::new(),
            aside: BTreeSet::new(),
            retyped: BTreeSet::new(),
            held: BTreeSet::new(),
            reshaped: BTreeSet::new(),
        };
        let mut moved = Vec::new();
        for (id, old) in from.objects() {
            let fate = match to.get(id).map(|new| objects::change(id, (from, old), (to, new))) {
                None => Fate::Drop,
                Some(Change::Alter(statements)) => Fate::Alter(statements),
                Some(Change::AlterAlone(statements)) => {
                    moved.push(id.clone());
                    // Its default would be cast with it.
                    if objects::follows_type(id, from, to) {
                        fates.released.insert(id.clone());
                    }
                    Fate::Alter(statements)
                }
                Some(Change::Rebuild) => Fate::Rebuild,
            };
            if matches!(fate, Fate::Drop | Fate::Rebuild) {
                moved.push(id.clone());
            }
            if to.get(id).is_some_and(|new| objects::changes_type(&old, &new)) {
                fates.released.insert(id.clone());
            }
            fates.fates.insert(id.clone(), fate);
        }
        for (id, _) in to.objects().filter(|(id, _)| !from.has(id)) {
            fates.fates.insert(id.clone(), Fate::Create);
        }
        for (id, old) in from.objects() {
            if let Content::Index(old) = old
                && let Some(parent) = objects::left_parent(id, old, from, to)
            {
                fates.rebuild(&parent, to, &mut moved);
            }
        }
        fates.reshape_filled(from, to, &mut moved);
        fates.spread(moved, from, to);
        fates.set_aside_with_types(from, to);
        fates.set_counters_aside(from, to);
        fates
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&ObjectId, &Fate)> {
        self.fates.iter()
    }

    /// Those that do not stay as they are.
    pub(super) fn changed(&self) -> impl Iterator<Item = &ObjectId> {
        let stays = |fate: &Fate| matches!(fate, Fate::Alter(statements) if statements.is_empty());
        self.fates.iter().filter(move |(_, fate)| !stays(fate)).map(|(id, _)| id)
    }

    /// Does an object of both sides stay, in another form?
    pub(super) fn is_altered(&self, id: &ObjectId) -> bool {
        matches!(self.fates.get(id), Some(Fate::Alter(statements)) if !statements.is_empty())
    }

    pub(super) fn is_released(&self, id: &ObjectId) -> bool {
        self.released.contains(id)
    }

    /// Does the column get another type, or another one of the same name?
    pub(super) fn is_retyped(&self, column: &ObjectId) -> bool {
        self.retyped.contains(column)
    }

    pub(super) fn is_held(&self, column: &ObjectId) -> bool {
        self.held.contains(column) && !self.is_dropped(column)
    }

    /// The columns whose values are JSON meanwhile.
    pub(super) fn held(&self) -> impl Iterator<Item = &ObjectId> {
        self.held.iter().filter(|column| self.is_held(column))
    }

    /// The tables that stay, and whose rows are not what they were.
    pub(super) fn reshaped(&self) -> impl Iterator<Item = &ObjectId> {
        self.reshaped.iter()
    }

    pub(super) fn is_reshaped(&self, table: &ObjectId) -> bool {
        self.reshaped.contains(table)
    }

    pub(super) fn is_aside(&self, data_type: &ObjectId) -> bool {
        self.aside.contains(data_type)
    }

    /// Is it there on the new side only as something newly made?
    pub(super) fn is_made(&self, id: &ObjectId) -> bool {
        matches!(self.fates.get(id), Some(Fate::Create | Fate::Rebuild))
    }

    /// Is it made, or is a type of another sort, a domain for an enumerated one, under its name?
    fn comes_again(&self, id: &ObjectId) -> bool {
        let other = match id.kind {
            ObjectKind::Type => Some(ObjectKind::Domain),
            ObjectKind::Domain => Some(ObjectKind::Type),
            _ => None,
        };
        self.is_made(id) || other.is_some_and(|kind| self.is_made(&ObjectId { kind, ..id.clone() }))
    }

    /// Does what the old side has of it go?
    pub(super) fn is_dropped(&self, id: &ObjectId) -> bool {
        matches!(self.fates.get(id), Some(Fate::Drop | Fate::Rebuild))
    }

    /// What is made anew or changed alone takes along what needs it.
    fn spread(&mut self, mut moved: Vec<ObjectId>, from: &Side<'_>, to: &Side<'_>) {
        while let Some(id) = moved.pop() {
            let rebuilt = self.is_dropped(&id);
            if id.kind == ObjectKind::Column && !rebuilt && !self.is_held(&id) {
                self.retyped.insert(id.clone());
            }
            if id.kind == ObjectKind::Column && to.has(&id) {
                self.reshape_whole(&id, (from, to), &mut moved);
            }
            for part in from.parts(&id) {
                if rebuilt && !self.is_dropped(part) {
                    let fate = if to.has(part) { Fate::Rebuild } else { Fate::Drop };
                    self.fates.insert(part.clone(), fate);
                    moved.push(part.clone());
                }
            }
            for dependent in from.dependents(&id) {
                if self.is_dropped(&dependent) || from.whole(&dependent).is_some_and(|whole| self.is_dropped(whole)) {
                    continue;
                }
                if self.stands_aside(&id, &dependent, (from, to), &mut moved) {
                    self.fates.insert(dependent.clone(), Fate::Rebuild);
                    // What holds its values takes no condition.
                    let domain = from.whole(&dependent).filter(|whole| whole.kind == ObjectKind::Domain);
                    if let Some(domain) = domain.filter(|one| to.has(&dependent) && objects::is_contained(one, from)) {
                        self.rebuild(domain, to, &mut moved);
                    }
                    moved.push(dependent);
                }
            }
        }
    }

    /// What goes or is made anew already does so anyway.
    fn rebuild(&mut self, id: &ObjectId, to: &Side<'_>, moved: &mut Vec<ObjectId>) {
        if !self.is_dropped(id) {
            let fate = if to.has(id) { Fate::Rebuild } else { Fate::Drop };
            self.fates.insert(id.clone(), fate);
            moved.push(id.clone());
        }
    }
}
