//! The address book: which object each row of the system catalogs stands for.
//!
//! The server notes who needs whom by address: a system catalog, the oid of a row in it, and a column's number. Many rows
//! are its own means: a view's rewrite rule, a table's row type, the triggers of a foreign key. They are followed to the
//! object that people know.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::assemble::Oid;
use super::class;
use crate::catalog::{Dependencies, DependsOnExtension, ObjectId, ObjectKind};

/// A row of a system catalog.
pub(super) type Row = (Oid, Oid);

/// What a row stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// An object of the list.
    Named(u32),
    /// Something that needs no name: temporary, or told with others.
    Nameless,
}

/// One note of `pg_depend`.
struct Note {
    from: Row,
    from_part: i32,
    to: Row,
    to_part: i32,
    kind: u8,
}

/// Which object each row stands for.
#[derive(Default)]
pub(super) struct Book {
    objects: Vec<ObjectId>,
    rows: HashMap<Row, Place>,
    columns: HashMap<(Oid, i32), u32>,
    /// The rows of columns' defaults.
    defaults: HashMap<(Row, i32), Row>,
    notes: Vec<Note>,
    /// The row that a row was made for by the server itself.
    made_for: HashMap<Row, Row>,
    /// Rows that users made.
    users: Vec<Row>,
}

impl Book {
    /// Notes that `row` is `id`.
    pub(super) fn claim(&mut self, row: Row, id: ObjectId) {
        let place = self.list(id);
        self.rows.insert(row, Place::Named(place));
    }

    /// Notes that the column `number` of `relation` is `id`.
    pub(super) fn claim_column(&mut self, relation: Oid, number: i32, id: ObjectId) {
        let place = self.list(id);
        self.columns.insert((relation, number), place);
    }

    /// Notes that `row` needs no name of its own.
    pub(super) fn claim_nameless(&mut self, row: Row) {
        self.rows.insert(row, Place::Nameless);
    }

    /// Notes that `row` is a part of `whole`.
    pub(super) fn claim_part(&mut self, row: Row, whole: Row) {
        self.made_for.insert(row, whole);
    }

    /// Notes that users made `row`.
    pub(super) fn user_made(&mut self, row: Row) {
        self.users.push(row);
    }

    /// Takes notes of one kind between two system catalogs: `object part other part`, with commas between; `None` for
    /// what is no such list.
    pub(super) fn note(&mut self, from: Oid, to: Oid, kind: u8, pairs: &str) -> Option<()> {
        for pair in pairs.split(',') {
            let mut numbers = pair.split(' ');
            let mut next = || numbers.next();
            let (object, from_part) = (next()?.parse().ok()?, next()?.parse().ok()?);
            let (other, to_part) = (next()?.parse().ok()?, next()?.parse().ok()?);
            let note = Note { from: (from, object), from_part, to: (to, other), to_part, kind };
            // A partition's copy stands for what it is a copy of, where it is not claimed itself.
            let of_family = matches!(from, class::FAMILY_OPERATOR | class::FAMILY_FUNCTION)
                && matches!(to, class::OPERATOR_CLASS | class::OPERATOR_FAMILY);
            if (matches!(kind, b'i' | b'P') || of_family) && from_part == 0 {
                self.made_for.entry(note.from).or_insert(note.to);
            }
            if kind == b'e' {
                self.made_for.insert(note.from, note.to);
            }
            self.notes.push(note);
        }
        Some(())
    }

    /// The object that is just this row or column; a part of an extension has no name here.
    pub(super) fn id(&self, row: Row, part: i32) -> Option<ObjectId> {
        let place = match part {
            0 => match self.rows.get(&row)? {
                Place::Named(place) => *place,
                Place::Nameless => return None,
            },
            part => *self.columns.get(&(row.1, part))?,
        };
        Some(self.objects[place as usize].clone())
    }

    /// Names the defaults, which are known by their columns alone.
    pub(super) fn name_defaults(&mut self) {
        let of_columns: Vec<(Row, Row, i32)> = (self.notes.iter())
            .filter(|note| note.from.0 == class::DEFAULT && note.to.0 == class::RELATION && note.kind != b'n')
            .map(|note| (note.from, note.to, note.to_part))
            .collect();
        for (row, relation, number) in of_columns {
            let Some(column) = self.columns.get(&(relation.1, number)).copied() else { continue };
            if !self.rows.contains_key(&row) {
                let id = ObjectId { kind: ObjectKind::Default, ..self.objects[column as usize].clone() };
                self.claim(row, id);
                self.defaults.insert((relation, number), row);
            }
        }
        // Before 15 the server noted what a generated column's expression needs as needs of the column.
        for note in self.notes.iter_mut().filter(|note| note.kind == b'a' && note.from_part != 0) {
            if let Some(row) = self.defaults.get(&(note.from, note.from_part)) {
                (note.from, note.from_part) = (*row, 0);
            }
        }
    }

    /// Rows that users made and that nothing stands for.
    pub(super) fn unclaimed(&self) -> Vec<Row> {
        let mut parts_of: BTreeMap<Row, Vec<Row>> = BTreeMap::new();
        for note in self.notes.iter().filter(|note| note.kind == b'a') {
            parts_of.entry(note.from).or_default().push(note.to);
        }
        // What hangs on a temporary table or on one of an extension is no more the user's than that is.
        let elsewhere = |row: &Row| {
            let of = parts_of.get(row).into_iter().flatten();
            of.into_iter().any(|whole| match self.place(*whole) {
                Some(Place::Nameless) => true,
                Some(Place::Named(place)) => self.objects[place as usize].kind == ObjectKind::Extension,
                None => false,
            })
        };
        let nobody = |row: &&Row| self.place(**row).is_none() && !elsewhere(row) && !elsewhere(&self.end_of(**row));
        self.users.iter().filter(nobody).copied().collect()
    }

    /// Who needs whom, and what goes with an extension.
    pub(super) fn finish(self) -> (Dependencies, Vec<DependsOnExtension>) {
        let mut pairs = Vec::with_capacity(self.notes.len());
        let mut with_extensions = HashSet::new();
        for note in &self.notes {
            let from = self.named(note.from, note.from_part);
            let to = self.named(note.to, note.to_part);
            let (Some(from), Some(to)) = (from, to) else { continue };
            if note.kind == b'x' {
                with_extensions.insert((from, to));
            }
            if self.objects[from as usize].kind != ObjectKind::Extension {
                pairs.push((from, to));
            }
        }
        let object = |place: u32| self.objects[place as usize].clone();
        let with_extensions = (with_extensions.into_iter())
            .map(|(from, to)| DependsOnExtension { object: object(from), extension: object(to).name })
            .collect();
        // The list is put in order beside itself, which is when the most is held: what is not needed for it goes first.
        drop((self.rows, self.columns, self.defaults, self.notes, self.made_for, self.users));
        (Dependencies::new(self.objects, pairs), with_extensions)
    }

    fn list(&mut self, id: ObjectId) -> u32 {
        let place = u32::try_from(self.objects.len()).unwrap_or(u32::MAX);
        self.objects.push(id);
        place
    }

    fn named(&self, row: Row, part: i32) -> Option<u32> {
        let column = self.columns.get(&(row.1, part)).filter(|_| part != 0 && row.0 == class::RELATION);
        if let Some(place) = column {
            return Some(*place);
        }
        match self.place(row)? {
            Place::Named(place) => Some(place),
            Place::Nameless => None,
        }
    }

    fn place(&self, row: Row) -> Option<Place> {
        self.rows.get(&self.end_of(row)).copied()
    }

    /// The row that `row` stands for: itself where it is claimed or nobody's means.
    fn end_of(&self, row: Row) -> Row {
        /// Longer ways than this are circles.
        const FAR: usize = 16;
        let mut at = row;
        for _ in 0..FAR {
            match self.made_for.get(&at) {
                Some(next) if !self.rows.contains_key(&at) => at = *next,
                _ => break,
            }
        }
        at
    }
}
