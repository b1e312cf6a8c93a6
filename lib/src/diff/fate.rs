//! What becomes of every object of either side.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, Statement};
use super::objects;
use super::side::Side;
use crate::catalog::{Content, ObjectId, ObjectKind, Table};

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

    /// Tables that are written anew, or get columns that their rows have values in.
    fn reshape_filled(&mut self, from: &Side<'_>, to: &Side<'_>, moved: &mut Vec<ObjectId>) {
        let is_new = |id: &ObjectId| id.kind == ObjectKind::Column && self.fates.get(id) == Some(&Fate::Create);
        let filled: Vec<ObjectId> = to.objects().map(|(id, _)| id).filter(|id| is_new(id)).cloned().collect();
        for column in filled.into_iter().filter(|column| objects::is_filled(column, to)) {
            self.reshape_whole(&column, (from, to), moved);
        }
        let rewritten = |(id, old): (&ObjectId, Content<'_>)| match (old, to.get(id)) {
            (Content::Table(old), Some(Content::Table(new))) => {
                let kept = |table: &Table| (table.persistence, table.access_method.clone());
                (kept(old) != kept(new)).then(|| id.clone())
            }
            _ => None,
        };
        for table in from.objects().filter_map(rewritten).collect::<Vec<_>>() {
            self.reshape(&table, (from, to), moved);
        }
    }

    /// The table of `column`, which changes, is made again or comes.
    fn reshape_whole(&mut self, column: &ObjectId, (from, to): (&Side<'_>, &Side<'_>), moved: &mut Vec<ObjectId>) {
        let table = to.whole(column).filter(|whole| matches!(whole.kind, ObjectKind::Table | ObjectKind::ForeignTable));
        let Some(table) = table.filter(|table| from.has(table) && !self.is_dropped(table)) else { return };
        self.reshape(table, (from, to), moved);
        // Nothing of its own is called with rows whose columns change.
        let taking = |part: &&ObjectId| from.has(column) && objects::takes_rows(part, from);
        for part in from.parts(table).iter().filter(taking) {
            self.rebuild(part, to, moved);
        }
    }

    /// Nobody has rows of the table while they change.
    fn reshape(&mut self, table: &ObjectId, (from, to): (&Side<'_>, &Side<'_>), moved: &mut Vec<ObjectId>) {
        if !self.reshaped.insert(table.clone()) {
            return;
        }
        for holder in objects::holders(table, from) {
            self.hold(&holder, (from, to), moved);
        }
    }

    /// Keeps the values of `holder` apart, where it stays what it is.
    fn hold(&mut self, holder: &ObjectId, (from, to): (&Side<'_>, &Side<'_>), moved: &mut Vec<ObjectId>) {
        let Some(whole) = from.whole(holder) else { return };
        let data_type = |side: &Side<'_>| match side.get(holder) {
            Some(Content::Column(column)) => Some(column.data_type.clone()),
            _ => None,
        };
        if whole.kind == ObjectKind::MaterializedView {
            self.rebuild(whole, to, moved);
        } else if objects::is_generated(holder, from) {
            self.rebuild(holder, to, moved);
        } else if !self.is_dropped(holder) && data_type(from) == data_type(to) && self.held.insert(holder.clone()) {
            moved.push(holder.clone());
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

    /// A type that stands aside still needs its own types: those that are made anew stand aside with it. So do those of one that
    /// goes, where a column has it until it gets what is made.
    fn set_aside_with_types(&mut self, from: &Side<'_>, to: &Side<'_>) {
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
    fn set_counters_aside(&mut self, from: &Side<'_>, to: &Side<'_>) {
        let anew = self.fates.iter().filter(|(id, fate)| id.kind == ObjectKind::Sequence && **fate == Fate::Rebuild);
        let stays = |id: &ObjectId| {
            to.needs(id).iter().any(|one| one.kind == ObjectKind::Column && !self.is_dropped(one) && !self.is_made(one))
        };
        let aside = anew.map(|(id, _)| id.clone()).filter(|id| stays(id) && objects::steps_aside(id, from, to));
        let aside: Vec<ObjectId> = aside.collect();
        self.aside.extend(aside);
    }

    /// Is it a foreign key whose columns change their types on both ends? In between they do not fit each other.
    fn joins_retyped(&self, key: &ObjectId, from: &Side<'_>) -> bool {
        let foreign = matches!(from.get(key), Some(Content::Constraint(one)) if one.references.is_some());
        foreign && from.needs(key).iter().filter(|needed| self.retyped.contains(needed)).count() > 1
    }

    /// Must `dependent` be made anew because of what becomes of `id`? A column never is: it keeps its rows.
    fn stands_aside(
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
