//! A catalog as pages of Markdown, to be kept beside the service's code: one for the database, one for each table and view.
//!
//! The same catalog gives the same bytes: nothing that is measured, such as sizes and counts of rows, is on them. So a committed
//! folder can be [compared](compare()) with the database.

mod compare;
mod index;
mod markdown;
mod relation;

pub use compare::{Stale, compare};

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Name, Relation};
use crate::diagram::Graph;

/// The last line of every page: what bears it was made here, and may be written over and taken away.
const MARK: &str = "<!-- mainstay: schema docs -->";

/// The page of the database.
const INDEX: &str = "README.md";

/// One page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The file's name.
    pub file: String,
    /// Its text.
    pub text: String,
}

/// The pages of `catalog`, that of the database first, then one for each table and view that is no partition, by name.
pub fn pages(catalog: &Catalog) -> Vec<Page> {
    let book = Book::new(catalog);
    let mut pages = vec![page(INDEX, index::of_database(&book))];
    for table in book.tables() {
        pages.push(page(book.file(&table.name), relation::of_table(table, &book)));
    }
    for view in &catalog.views {
        pages.push(page(book.file(&view.name), relation::of_view(view, &book)));
    }
    pages[1..].sort_by(|a, b| a.file.cmp(&b.file));
    pages
}

/// Was the file made here?
pub fn is_ours(text: &str) -> bool {
    text.trim_end().ends_with(MARK)
}

fn page(file: &str, text: String) -> Page {
    Page { file: file.to_owned(), text: format!("{}\n\n{MARK}\n", text.trim_end()) }
}

/// A catalog with the files that its relations are described in.
struct Book<'a> {
    catalog: &'a Catalog,
    graph: Graph,
    files: BTreeMap<Name, String>,
}

impl<'a> Book<'a> {
    fn new(catalog: &'a Catalog) -> Self {
        let mut taken = BTreeSet::from([INDEX.to_lowercase()]);
        let mut files = BTreeMap::new();
        let described = |one: &Relation<'_>| match one {
            // A partition is a line on the page of its table.
            Relation::Table(table) => table.partition_of.is_none(),
            Relation::View(_) => true,
            Relation::Sequence(_) => false,
        };
        for name in catalog.relations().filter(described).map(Relation::name) {
            let schema = encoded(&name.schema, LONGEST / 2);
            let stem = format!("{schema}.{}", encoded(&name.name, LONGEST - schema.len() - 1));
            // Two names that differ in case alone would be one file on some systems.
            let mut file = format!("{stem}.md");
            let mut count = 1;
            while !taken.insert(file.to_lowercase()) {
                count += 1;
                file = format!("{stem}~{count}.md");
            }
            files.insert(name.clone(), file);
        }
        Self { catalog, graph: Graph::new(catalog, |_| false), files }
    }

    /// Tables that have a page.
    fn tables(&self) -> impl Iterator<Item = &'a crate::catalog::Table> {
        self.catalog.tables.iter().filter(|table| table.partition_of.is_none())
    }

    fn file(&self, name: &Name) -> &str {
        self.files.get(name).map_or("", String::as_str)
    }

    /// `name` as a link to its page; as plain text where it has none.
    fn link(&self, name: &Name) -> String {
        match self.files.get(name) {
            Some(file) => format!("[{}]({})", markdown::text(&label(name)), file.replace('%', "%25")),
            None => markdown::text(&label(name)),
        }
    }
}

/// A relation as people call it: without the schema that everything is in by itself.
fn label(name: &Name) -> String {
    match name.schema.as_str() {
        "public" | "main" => name.name.clone(),
        schema => format!("{schema}.{}", name.name),
    }
}

/// The bytes of a file's name that every file system keeps, less room for `~` with a number, and for `.md`.
const LONGEST: usize = 255 - 16;

/// A part of a file's name: what is no letter, digit, `_` or `-` as `%` and its bytes in hexadecimal; as many characters as `room`
/// bytes hold.
fn encoded(name: &str, room: usize) -> String {
    let plain = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-');
    let mut text = String::new();
    for char in name.chars() {
        let mut bytes = [0; 4];
        let one = match plain(char) {
            true => char.encode_utf8(&mut bytes).to_owned(),
            false => char.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")).collect(),
        };
        if text.len() + one.len() > room {
            break;
        }
        text += &one;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Table;

    #[test]
    fn files_for_every_name() {
        let check = |names: &[&str], expected: &[&str]| {
            let table = |name: &&str| Table { name: Name::new("public", *name), ..Table::default() };
            let catalog = Catalog { tables: names.iter().map(table).collect(), ..Catalog::default() };
            let files: Vec<String> = pages(&catalog).into_iter().skip(1).map(|page| page.file).collect();
            assert_eq!(files, expected);
        };
        check(&["device"], &["public.device.md"]);
        let (one, other) = ("\u{1f600}".repeat(40), format!("{}x", "\u{1f600}".repeat(40)));
        let kept = format!("public.{}", "%F0%9F%98%80".repeat(19));
        let second = format!("{kept}~2.md");
        assert!(second.len() <= 255);
        check(&[&one, &other], &[&format!("{kept}.md"), &second]);
        check(&["Log", "log"], &["public.Log.md", "public.log~2.md"]);
        check(
            &["a/b", "../x", "a b|c", "größe"],
            &["public.%2E%2E%2Fx.md", "public.a%20b%7Cc.md", "public.a%2Fb.md", "public.größe.md"],
        );
    }
}
