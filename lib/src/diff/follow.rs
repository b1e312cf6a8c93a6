//! Names that follow: a sequence, an index or a constraint that stays what it is and only has another name, as that of a
//! renamed column or table has by default. It gets the name; made anew, it would count from the beginning, or be built again.

use std::collections::{BTreeMap, BTreeSet};

use super::Options;
use super::change::{Change, Statement};
use super::objects;
use super::side::Side;
use crate::catalog::{
    Catalog, ColumnName, Constraint, ConstraintKind, Content, Dependencies, Index, Name, ObjectId, ObjectKind as Kind,
    Sequence, Table,
};
use crate::sql::{ident, literal};

/// The old side with the names of the new one, and what gives them.
pub(super) struct Followed {
    pub from: Catalog,
    pub statements: Vec<(ObjectId, Vec<Statement>)>,
}

/// What has another name alone on the way from `from` to `to`; `None` where nothing has.
pub(super) fn of(from: &Catalog, to: &Catalog, options: &Options) -> Option<Followed> {
    let candidates = Candidates::of(from, to);
    if candidates.is_empty() {
        return None;
    }
    let (mut taken, wanted) = (relations(from), relations(to));
    let side = Side::new(to, &options.role);
    let mut renames = Vec::new();
    // A key takes its index along, so constraints come before indexes.
    let sequences = candidates.sequences.into_iter().map(|(old, new)| Rename::of_sequence(old, new));
    let constraints =
        candidates.tables.iter().flat_map(|(old, new)| constraints(old, new, from, &side, options.online));
    let indexes = candidates.indexes.into_iter().flat_map(|(whole, old, new)| indexes(whole, &old, &new, &side));
    for rename in sequences.chain(constraints).chain(indexes) {
        let Some([old, new]) = rename.relation() else {
            renames.push(rename);
            continue;
        };
        if !wanted.contains(&old) && !taken.contains(&new) {
            taken.remove(&old);
            taken.insert(new);
            renames.push(rename);
        }
    }
    if renames.is_empty() {
        return None;
    }
    let statements = renames.iter().map(|rename| (rename.id(), vec![Statement::new(rename.sql())])).collect();
    Some(Followed { from: renamed(from, &renames), statements })
}

/// Something that gets another name.
enum Rename {
    Sequence { old: Name, new: Name },
    Index { whole: Name, old: String, new: String },
    Constraint { table: Name, old: String, new: String, keyed: bool },
}

impl Rename {
    fn of_sequence(old: &Sequence, new: &Sequence) -> Self {
        Self::Sequence { old: old.name.clone(), new: new.name.clone() }
    }

    /// The old and the new name among relations; a check or a foreign key has none.
    fn relation(&self) -> Option<[Name; 2]> {
        match self {
            Self::Sequence { old, new } => Some([old.clone(), new.clone()]),
            Self::Constraint { keyed: false, .. } => None,
            Self::Index { whole, old, new } | Self::Constraint { table: whole, old, new, .. } => {
                Some([old, new].map(|name| Name::new(&*whole.schema, &**name)))
            }
        }
    }

    /// What has the old name.
    fn id(&self) -> ObjectId {
        match self {
            Self::Sequence { old, .. } => ObjectId::of(Kind::Sequence, old),
            Self::Index { whole, old, .. } => ObjectId::of(Kind::Index, &Name::new(&*whole.schema, &**old)),
            Self::Constraint { table, old, .. } => ObjectId::part(Kind::Constraint, table, &**old),
        }
    }

    /// Its objects by their old and their new names.
    fn ids(&self) -> Vec<(ObjectId, ObjectId)> {
        let of_relation = |kind| self.relation().map(|[old, new]| (ObjectId::of(kind, &old), ObjectId::of(kind, &new)));
        match self {
            Self::Sequence { .. } => of_relation(Kind::Sequence).into_iter().collect(),
            Self::Index { .. } => of_relation(Kind::Index).into_iter().collect(),
            Self::Constraint { table, new, .. } => {
                let own = (self.id(), ObjectId::part(Kind::Constraint, table, &**new));
                of_relation(Kind::Index).into_iter().chain([own]).collect()
            }
        }
    }

    fn sql(&self) -> String {
        match self {
            Self::Sequence { old, new } => format!("ALTER SEQUENCE {old} RENAME TO {}", ident(&new.name)),
            Self::Index { whole, old, new } => {
                format!("ALTER INDEX {} RENAME TO {}", Name::new(&*whole.schema, &**old), ident(new))
            }
            Self::Constraint { table, old, new, .. } => {
                format!("ALTER TABLE {table} RENAME CONSTRAINT {} TO {}", ident(old), ident(new))
            }
        }
    }
}

/// What may be one thing under two names, found by names alone.
struct Candidates<'a> {
    sequences: Vec<(&'a Sequence, &'a Sequence)>,
    tables: Vec<(&'a Table, &'a Table)>,
    /// A table's or a view's name, and the indexes that only one side has.
    indexes: Vec<(&'a Name, Vec<&'a Index>, Vec<&'a Index>)>,
}

impl<'a> Candidates<'a> {
    fn of(from: &'a Catalog, to: &'a Catalog) -> Self {
        let mut found = Self { sequences: sequences(from, to), tables: Vec::new(), indexes: Vec::new() };
        let tables: BTreeMap<&Name, &Table> = to.tables.iter().map(|table| (&table.name, table)).collect();
        for old in &from.tables {
            let Some(new) = tables.get(&old.name).filter(|new| new.kind == old.kind) else { continue };
            let goes = old.constraints.iter().any(|one| new.constraint(&one.name).is_none());
            if goes && new.constraints.iter().any(|one| old.constraint(&one.name).is_none()) {
                found.tables.push((old, new));
            }
            found.add_indexes(&old.name, &old.indexes, &new.indexes);
        }
        for old in from.views.iter().filter(|view| !view.indexes.is_empty()) {
            if let Some(new) = to.views.iter().find(|new| new.name == old.name) {
                found.add_indexes(&old.name, &old.indexes, &new.indexes);
            }
        }
        found
    }

    fn add_indexes(&mut self, whole: &'a Name, old: &'a [Index], new: &'a [Index]) {
        let only = |these: &'a [Index], those: &[Index]| -> Vec<&'a Index> {
            let own = these.iter().filter(|one| one.constraint.is_none());
            own.filter(|one| !those.iter().any(|other| other.name == one.name)).collect()
        };
        let (gone, come) = (only(old, new), only(new, old));
        if !gone.is_empty() && !come.is_empty() {
            self.indexes.push((whole, gone, come));
        }
    }

    fn is_empty(&self) -> bool {
        self.sequences.is_empty() && self.tables.is_empty() && self.indexes.is_empty()
    }
}

/// The sequences of columns that own one on each side, each under another name in the same schema.
fn sequences<'a>(from: &'a Catalog, to: &'a Catalog) -> Vec<(&'a Sequence, &'a Sequence)> {
    let owned = |side: &'a Catalog| {
        let mut owned: BTreeMap<&ColumnName, Vec<&Sequence>> = BTreeMap::new();
        for one in &side.sequences {
            one.owned_by.iter().for_each(|owner| owned.entry(owner).or_default().push(one));
        }
        owned
    };
    let new = owned(to);
    let pair = |(owner, old): (&ColumnName, Vec<&'a Sequence>)| match (old.as_slice(), new.get(owner)?.as_slice()) {
        ([old], [new]) if old.name != new.name && old.name.schema == new.name.schema => Some((*old, *new)),
        _ => None,
    };
    owned(from).into_iter().filter_map(pair).collect()
}

/// A primary key that is replaced online gets the new one's name first: there is one at a time.
fn constraints(old: &Table, new: &Table, from: &Catalog, to: &Side<'_>, online: bool) -> Vec<Rename> {
    let mut come: Vec<&Constraint> = new.constraints.iter().filter(|one| old.constraint(&one.name).is_none()).collect();
    // A check has one name in the whole family.
    let alone = || !from.tables.iter().any(|table| table.parents().any(|parent| *parent == old.name));
    let alone = old.parents().next().is_none() && alone();
    let mut renames = Vec::new();
    for gone in old.constraints.iter().filter(|one| new.constraint(&one.name).is_none()) {
        if gone.kind == ConstraintKind::Check && !alone {
            continue;
        }
        let is_key = |one: &Constraint| [gone.kind, one.kind] == [ConstraintKind::Primary; 2] && online;
        let is_it = |one: &&Constraint| is_key(one) || is_same_constraint((old, gone), (new, one), to);
        let Some(at) = come.iter().position(is_it) else { continue };
        renames.push(Rename::Constraint {
            table: old.name.clone(),
            old: gone.name.clone(),
            new: come.remove(at).name.clone(),
            keyed: objects::has_index(gone.kind),
        });
    }
    renames
}

fn is_same_constraint((old, gone): (&Table, &Constraint), (new, one): (&Table, &Constraint), to: &Side<'_>) -> bool {
    let named = Constraint { name: one.name.clone(), ..gone.clone() };
    let id = ObjectId::part(Kind::Constraint, &new.name, &*one.name);
    let same_index = || match (old.index(&gone.name), new.index(&one.name)) {
        (Some(old), Some(index)) => is_same_index(&new.name, &objects::named_index(old, &index.name), index, to),
        (None, None) => true,
        _ => false,
    };
    objects::change(&id, (to, Content::Constraint(&named)), (to, Content::Constraint(one))) == Change::none()
        && same_index()
}

fn indexes(whole: &Name, old: &[&Index], new: &[&Index], to: &Side<'_>) -> Vec<Rename> {
    let mut come = new.to_vec();
    let mut renames = Vec::new();
    for gone in old {
        let same = |one: &&Index| is_same_index(whole, &objects::named_index(gone, &one.name), one, to);
        let Some(at) = come.iter().position(same) else { continue };
        let (old, new) = (gone.name.clone(), come.remove(at).name.clone());
        renames.push(Rename::Index { whole: whole.clone(), old, new });
    }
    renames
}

fn is_same_index(whole: &Name, old: &Index, new: &Index, to: &Side<'_>) -> bool {
    let id = ObjectId::of(Kind::Index, &Name::new(&*whole.schema, &*new.name));
    let named = Index { constraint: new.constraint.clone().filter(|_| old.constraint.is_some()), ..old.clone() };
    objects::change(&id, (to, Content::Index(&named)), (to, Content::Index(new))) == Change::none()
}

/// The names of all relations.
fn relations(catalog: &Catalog) -> BTreeSet<Name> {
    let tables = catalog.tables.iter().map(|one| (&one.name, &one.indexes));
    let views = catalog.views.iter().map(|one| (&one.name, &one.indexes));
    let wholes = tables.chain(views).flat_map(|(name, indexes)| {
        let indexes = indexes.iter().map(|index| Name::new(&*name.schema, &*index.name));
        std::iter::once(name.clone()).chain(indexes)
    });
    let sequences = catalog.sequences.iter().map(|one| one.name.clone());
    wholes.chain(sequences).chain(catalog.composites.iter().map(|one| one.name.clone())).collect()
}

/// `catalog` after the renames.
fn renamed(catalog: &Catalog, renames: &[Rename]) -> Catalog {
    let mut catalog = catalog.clone();
    for rename in renames {
        apply(&mut catalog, rename);
    }
    let ids: BTreeMap<ObjectId, ObjectId> = renames.iter().flat_map(Rename::ids).collect();
    let now = |id: &ObjectId| ids.get(id).unwrap_or(id).clone();
    catalog.privileges.iter_mut().for_each(|one| one.on = now(&one.on));
    catalog.labels.iter_mut().for_each(|one| one.on = now(&one.on));
    catalog.privileges.sort_by(|a, b| a.on.cmp(&b.on));
    catalog.labels.sort_by(|a, b| a.on.cmp(&b.on));
    catalog.dependencies =
        Dependencies::of_pairs(catalog.dependencies.iter().map(|(id, needed)| (now(id), now(needed))));
    catalog
}

fn apply(catalog: &mut Catalog, rename: &Rename) {
    let name_index = |indexes: &mut Vec<Index>, old: &str, new: &str| {
        for index in indexes.iter_mut() {
            if index.name == old {
                *index = objects::named_index(index, new);
            }
            if index.constraint.as_deref() == Some(old) {
                index.constraint = Some(new.to_owned());
            }
        }
        indexes.sort_by(|a, b| a.name.cmp(&b.name));
    };
    match rename {
        Rename::Sequence { old, new } => {
            catalog.sequences.iter_mut().filter(|one| one.name == *old).for_each(|one| one.name = new.clone());
            catalog.sequences.sort_by(|a, b| a.name.cmp(&b.name));
            let (before, after) = (literal(&old.to_string()), literal(&new.to_string()));
            for column in catalog.tables.iter_mut().flat_map(|table| &mut table.columns) {
                if let Some(default) = column.default.as_mut().filter(|text| text.contains(&before)) {
                    *default = default.replace(&before, &after);
                }
            }
        }
        Rename::Index { whole, old, new } | Rename::Constraint { table: whole, old, new, .. } => {
            for table in catalog.tables.iter_mut().filter(|table| table.name == *whole) {
                if matches!(rename, Rename::Constraint { .. }) {
                    table.constraints.iter_mut().filter(|one| one.name == *old).for_each(|one| one.name = new.clone());
                    table.constraints.sort_by(|a, b| a.name.cmp(&b.name));
                }
                name_index(&mut table.indexes, old, new);
            }
            for view in catalog.views.iter_mut().filter(|view| view.name == *whole) {
                name_index(&mut view.indexes, old, new);
            }
            let (before, after) = (Name::new(&*whole.schema, &**old), Name::new(&*whole.schema, &**new));
            for index in catalog.tables.iter_mut().flat_map(|table| &mut table.indexes) {
                if index.parent.as_ref() == Some(&before) {
                    index.parent = Some(after.clone());
                }
            }
        }
    }
}
