//! Names of what is there only while a plan is under way.

use crate::catalog::Catalog;

/// The bytes that the server keeps of a name.
const LONGEST: usize = 63;

/// How many digits of its digest a name keeps that is cut.
const DIGITS: usize = 6;

/// `name` with `ending`, cut so that the server takes it whole: for what is there only while a plan is under way. Names that
/// differ behind the cut alone stay apart by their digests.
pub(super) fn passing(name: &str, ending: &str) -> String {
    if name.len() + ending.len() <= LONGEST {
        return format!("{name}{ending}");
    }
    let digest = blake3::hash(name.as_bytes()).to_hex();
    let ending = format!("_{}{ending}", &digest[..DIGITS]);
    let room = LONGEST - ending.len();
    let end = (0..=room.min(name.len())).rev().find(|at| name.is_char_boundary(*at)).unwrap_or(0);
    format!("{}{ending}", &name[..end])
}

/// What steps aside for its successor.
const OLD: &str = "__old";
/// The type of one attribute that a value is read by.
const ROW: &str = "__row";
/// The table that stands for a parent.
const PARENT: &str = "__parent";
/// An index beside the one that it replaces.
const NEW: &str = "__new";

/// Endings that nobody's name has: a user's own `mood__old` may stand beside `mood`.
#[derive(Clone, Debug, Default)]
pub(super) struct Passing {
    /// Behind the endings of what comes and goes within a transaction; mostly nothing.
    within: String,
    /// Behind that of what an interrupted run leaves, and the next one must know again: the wanted side alone tells it.
    across: String,
}

impl Passing {
    pub(super) fn between(from: &Catalog, to: &Catalog) -> Self {
        Self { within: free(&[OLD, ROW, PARENT], &[from, to]), across: free(&[NEW], &[to]) }
    }

    /// The name of what steps aside for another `name`.
    pub(super) fn old(&self, name: &str) -> String {
        passing(name, &format!("{OLD}{}", self.within))
    }

    pub(super) fn row(&self, name: &str) -> String {
        passing(name, &format!("{ROW}{}", self.within))
    }

    pub(super) fn parent(&self, name: &str) -> String {
        passing(name, &format!("{PARENT}{}", self.within))
    }

    /// The name of an index that is built to become `name`.
    pub(super) fn new_index(&self, name: &str) -> String {
        passing(name, &format!("{NEW}{}", self.across))
    }
}

/// The first number, or nothing, with which no name ends in one of `endings`.
fn free(endings: &[&str], catalogs: &[&Catalog]) -> String {
    let taken = |number: &String| {
        let bears = |name: &str| {
            endings.iter().any(|ending| name.strip_suffix(number).is_some_and(|one| one.ends_with(ending)))
        };
        catalogs.iter().any(|catalog| names(catalog).any(bears))
    };
    let mut numbers = std::iter::once(String::new()).chain((2_usize..).map(|number| number.to_string()));
    numbers.find(|number| !taken(number)).unwrap_or_default()
}

/// The names of all relations, types, collations and routines.
fn names(catalog: &Catalog) -> impl Iterator<Item = &str> {
    let indexes =
        catalog.tables.iter().flat_map(|one| &one.indexes).chain(catalog.views.iter().flat_map(|one| &one.indexes));
    let tables = catalog.tables.iter().map(|one| &one.name).chain(catalog.views.iter().map(|one| &one.name));
    let types = catalog.enums.iter().map(|one| &one.name).chain(catalog.composites.iter().map(|one| &one.name));
    let ranges = catalog.ranges.iter().flat_map(|one| std::iter::once(&one.name).chain(&one.multirange));
    let others = catalog.base_types.iter().map(|one| &one.name).chain(catalog.domains.iter().map(|one| &one.name));
    let all = tables
        .chain(catalog.sequences.iter().map(|one| &one.name))
        .chain(types)
        .chain(ranges)
        .chain(others)
        .chain(catalog.collations.iter().map(|one| &one.name))
        .chain(catalog.routines.iter().map(|one| &one.name));
    all.map(|name| name.name.as_str()).chain(indexes.map(|index| index.name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Enum, Name};

    #[test]
    fn passing_names_are_cut_between_characters() {
        let long = "ä".repeat(40);
        assert_eq!(passing("log", "__new"), "log__new");
        assert_eq!(passing(&"n".repeat(58), "__new"), format!("{}__new", "n".repeat(58)));
        let cut = passing(&long, "__new");
        assert!(cut.starts_with(&format!("{}_", "ä".repeat(25))) && cut.ends_with("__new"), "{cut}");
        assert!((62..=63).contains(&cut.len()), "{cut}");
        assert_ne!(cut, passing(&format!("{long}b"), "__new"));
        assert_eq!(cut, passing(&long, "__new"));
    }

    #[test]
    fn endings_are_nobodys() {
        let with = |names: &[&str]| Catalog {
            enums: names.iter().map(|one| Enum { name: Name::new("public", *one), ..Enum::default() }).collect(),
            ..Catalog::default()
        };
        let old = |before: &[&str], after: &[&str]| Passing::between(&with(before), &with(after)).old("mood");
        assert_eq!(old(&["mood"], &["mood", "old", "mood__older"]), "mood__old");
        assert_eq!(old(&["mood", "mood__old"], &["mood"]), "mood__old2");
        assert_eq!(old(&["mood__old"], &["other__parent2"]), "mood__old3");
        let new = |before: &[&str], after: &[&str]| Passing::between(&with(before), &with(after)).new_index("i");
        assert_eq!(new(&["i__new"], &["i"]), "i__new");
        assert_eq!(new(&["i"], &["i", "i__new"]), "i__new2");
    }
}
