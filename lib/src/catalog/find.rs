//! Looking things up by the names that people type.

use super::{Catalog, Constraint, Name, Sequence, Table, View};

/// Something that has a name like a table's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Relation<'a> {
    /// A table.
    Table(&'a Table),
    /// A view or materialised view.
    View(&'a View),
    /// A sequence.
    Sequence(&'a Sequence),
}

/// A foreign key that points at a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Incoming<'a> {
    /// The table that holds the key.
    pub table: &'a Table,
    /// The key.
    pub constraint: &'a Constraint,
}

impl<'a> Relation<'a> {
    /// Its name.
    pub fn name(self) -> &'a Name {
        match self {
            Self::Table(table) => &table.name,
            Self::View(view) => &view.name,
            Self::Sequence(sequence) => &sequence.name,
        }
    }
}

impl Catalog {
    /// The table that `text` names: `name` or `schema.name`, parts quoted or not.
    ///
    /// The exact spelling wins; an unquoted part is then tried in lower case, as SQL would fold it. Without a
    /// schema those of the search path come first, then `public` and `main`, then all others by name.
    pub fn table(&self, text: &str) -> Option<&Table> {
        self.find(text, self.tables.iter(), |table| &table.name)
    }

    /// The table, view or sequence that `text` names, as in [`Catalog::table`].
    pub fn relation(&self, text: &str) -> Option<Relation<'_>> {
        self.find(text, self.relations(), |relation| relation.name())
    }

    /// All tables, views and sequences.
    pub fn relations(&self) -> impl Iterator<Item = Relation<'_>> + Clone {
        let tables = self.tables.iter().map(Relation::Table);
        let views = self.views.iter().map(Relation::View);
        tables.chain(views).chain(self.sequences.iter().map(Relation::Sequence))
    }

    /// Who references the table: the foreign keys that point at it, its own included.
    pub fn references_to<'a>(&'a self, name: &'a Name) -> impl Iterator<Item = Incoming<'a>> {
        self.tables.iter().flat_map(move |table| {
            table
                .foreign_keys()
                .filter(move |key| key.references.as_ref().is_some_and(|to| to.table == *name))
                .map(move |constraint| Incoming { table, constraint })
        })
    }

    /// The partitions of the partitioned table.
    pub fn partitions_of<'a>(&'a self, name: &'a Name) -> impl Iterator<Item = &'a Table> {
        self.tables.iter().filter(move |table| table.partition_of.as_ref().is_some_and(|part| part.parent == *name))
    }

    fn find<T>(&self, text: &str, all: impl Iterator<Item = T> + Clone, name: impl Fn(&T) -> &Name) -> Option<T> {
        // A name may hold a dot: the whole text is tried as one bare name before it is taken apart.
        let whole = [Part { text: text.to_owned(), quoted: true }];
        let parts = parts(text);
        for (parts, folded) in [(&whole[..], false), (&parts[..], false), (&parts[..], true)] {
            let found = all.clone().filter(|one| matches(name(one), parts, folded));
            if let Some(best) = found.min_by_key(|one| self.rank(&name(one).schema)) {
                return Some(best);
            }
        }
        None
    }

    /// The place of a schema in the order in which names without one are looked up.
    fn rank(&self, schema: &str) -> usize {
        let path = &self.database.search_path;
        let usual = match schema {
            "public" | "main" => path.len(),
            _ => path.len() + 1,
        };
        path.iter().position(|listed| listed == schema).unwrap_or(usual)
    }
}

/// One part of a dotted name.
struct Part {
    text: String,
    quoted: bool,
}

/// Takes `schema."na""me"` apart at the dots outside quotes.
fn parts(text: &str) -> Vec<Part> {
    let mut parts = vec![Part { text: String::new(), quoted: false }];
    let mut inside = false;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let part = parts.last_mut().expect("there is always one part");
        match char {
            '"' if inside && chars.peek() == Some(&'"') => {
                chars.next();
                part.text.push('"');
            }
            '"' => {
                inside = !inside;
                part.quoted = true;
            }
            '.' if !inside => parts.push(Part { text: String::new(), quoted: false }),
            other => part.text.push(other),
        }
    }
    parts
}

fn matches(name: &Name, parts: &[Part], folded: bool) -> bool {
    let same = |name: &str, part: &Part| {
        if folded && !part.quoted { name == part.text.to_lowercase() } else { name == part.text }
    };
    match parts {
        [only] => same(&name.name, only),
        [schema, last] => same(&name.schema, schema) && same(&name.name, last),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog(names: &[(&str, &str)], path: &[&str]) -> Catalog {
        let table = |(schema, name): &(&str, &str)| Table { name: Name::new(*schema, *name), ..Table::default() };
        let mut catalog = Catalog { tables: names.iter().map(table).collect(), ..Catalog::default() };
        catalog.database.search_path = path.iter().map(|schema| (*schema).to_owned()).collect();
        catalog
    }

    #[test]
    fn names_are_found_as_people_type_them() {
        let names =
            [("a", "log"), ("app", "log"), ("public", "Log"), ("public", "log"), ("public", "we.ird"), ("z", "only")];
        let check = |path: &[&str], typed: &str, expected: Option<(&str, &str)>| {
            let catalog = catalog(&names, path);
            let found = catalog.table(typed).map(|table| (table.name.schema.as_str(), table.name.name.as_str()));
            assert_eq!(found, expected, "{typed} with {path:?}");
        };
        check(&[], "log", Some(("public", "log")));
        check(&["app"], "log", Some(("app", "log")));
        check(&[], "a.log", Some(("a", "log")));
        check(&[], "Log", Some(("public", "Log")));
        check(&[], "\"Log\"", Some(("public", "Log")));
        check(&[], "LOG", Some(("public", "log")));
        check(&[], "\"LOG\"", None);
        check(&[], "APP.Log", Some(("app", "log")));
        check(&[], "we.ird", Some(("public", "we.ird")));
        check(&[], "public.\"we.ird\"", Some(("public", "we.ird")));
        check(&[], "only", Some(("z", "only")));
        check(&[], "a.b.c", None);
        check(&[], "", None);
    }
}
