//! Names of what is there only while a plan is under way.

use crate::catalog::{Catalog, Name};

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

/// Endings that no name has which is there before or after: a user's own `mood__old` may stand beside `mood`.
#[derive(Clone, Debug, Default)]
pub(super) struct Passing {
    /// Behind each of the endings; mostly nothing.
    number: String,
}

impl Passing {
    pub(super) fn beside(sides: [&Catalog; 2]) -> Self {
        let taken = |number: &str| {
            let endings = [OLD, ROW, PARENT].map(|ending| format!("{ending}{number}"));
            let bears = |name: &Name| endings.iter().any(|ending| name.name.ends_with(ending));
            sides.iter().any(|side| names(side).any(bears))
        };
        let numbers = std::iter::once(String::new()).chain((2_usize..).map(|number| number.to_string()));
        Self { number: numbers.into_iter().find(|number| !taken(number)).unwrap_or_default() }
    }

    /// The name of what steps aside for another `name`.
    pub(super) fn old(&self, name: &str) -> String {
        self.name(name, OLD)
    }

    pub(super) fn row(&self, name: &str) -> String {
        self.name(name, ROW)
    }

    pub(super) fn parent(&self, name: &str) -> String {
        self.name(name, PARENT)
    }

    fn name(&self, name: &str, ending: &str) -> String {
        passing(name, &format!("{ending}{}", self.number))
    }
}

/// The names of all relations, types, collations and routines. An index or a row type shares those of relations.
fn names(catalog: &Catalog) -> impl Iterator<Item = &Name> {
    let relations = catalog.tables.iter().map(|one| &one.name).chain(catalog.views.iter().map(|one| &one.name));
    let types = catalog.enums.iter().map(|one| &one.name).chain(catalog.composites.iter().map(|one| &one.name));
    let ranges = catalog.ranges.iter().flat_map(|one| std::iter::once(&one.name).chain(&one.multirange));
    let others = catalog.base_types.iter().map(|one| &one.name).chain(catalog.domains.iter().map(|one| &one.name));
    relations
        .chain(catalog.sequences.iter().map(|one| &one.name))
        .chain(types)
        .chain(ranges)
        .chain(others)
        .chain(catalog.collations.iter().map(|one| &one.name))
        .chain(catalog.routines.iter().map(|one| &one.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Enum;

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
        let old = |before: &[&str], after: &[&str]| Passing::beside([&with(before), &with(after)]).old("mood");
        assert_eq!(old(&["mood"], &["mood", "old", "mood__older"]), "mood__old");
        assert_eq!(old(&["mood", "mood__old"], &["mood"]), "mood__old2");
        assert_eq!(old(&["mood__old"], &["other__parent2"]), "mood__old3");
    }
}
