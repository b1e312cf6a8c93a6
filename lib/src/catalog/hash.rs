//! Fingerprints of what a database is made of.

use std::collections::BTreeMap;
use std::fmt;
use std::io::BufWriter;

use serde::{Deserialize, Serialize};

use super::{Catalog, Content, Database, Index, ObjectId, Sequence, Size, Table, View};

/// BLAKE3 of an object's content, printed as 64 hexadecimal digits.
///
/// It is over the model's JSON, so it is comparable within one version of Mainstay only.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// The hash of any content, whose serialisation is the same for equal content.
    pub fn of(content: &impl Serialize) -> Self {
        let mut hash = Hash::new();
        hash.add(content);
        hash.end()
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<ContentHash> for String {
    fn from(hash: ContentHash) -> Self {
        hash.to_string()
    }
}

impl TryFrom<String> for ContentHash {
    type Error = blake3::HexError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Ok(Self(blake3::Hash::from_hex(text)?.into()))
    }
}

impl Catalog {
    /// Takes out what was measured or counted and what is not the database's own, so that catalogs of two databases
    /// made by the same statements are equal: sizes, rows, positions of sequences, whether materialised views have been
    /// filled, roles, the database itself.
    pub fn structure(mut self) -> Self {
        self.database = Database::default();
        self.roles.clear();
        self.tables = self.tables.into_iter().map(unmeasured_table).collect();
        self.views = self.views.into_iter().map(unmeasured_view).collect();
        self.sequences = self.sequences.into_iter().map(unmeasured_sequence).collect();
        self
    }

    /// The fingerprint of the whole structure.
    pub fn hash(&self) -> ContentHash {
        let mut hash = Hash::new();
        // One table at a time: a copy of all of them would be as large as the catalog.
        self.tables.iter().for_each(|table| hash.add(&unmeasured_table(table.clone())));
        for object in self.objects_but_tables() {
            hash.add(&object.id);
            hash.add_structure(object.content);
        }
        hash.add(&(&self.privileges, &self.default_privileges, &self.labels, &self.settings));
        hash.add(&(&self.dependencies, &self.depends_on_extension, &self.unclaimed));
        hash.end()
    }

    /// The fingerprint of each object, its parts, privileges and labels included.
    pub fn hashes(&self) -> BTreeMap<ObjectId, ContentHash> {
        let hash = |id: &ObjectId, content: Content<'_>| {
            let mut hash = Hash::new();
            hash.add_structure(content);
            hash.add(&(self.privileges_on(id), self.labels_on(id)));
            hash.end()
        };
        self.objects().into_iter().map(|object| (object.id.clone(), hash(&object.id, object.content))).collect()
    }
}

/// Takes one piece of content after another. JSON is written in many small parts, and the hasher is fast where it gets much
/// at once.
struct Hash(BufWriter<blake3::Hasher>);

impl Hash {
    fn new() -> Self {
        Self(BufWriter::new(blake3::Hasher::new()))
    }

    fn add(&mut self, content: &impl Serialize) {
        // The hasher takes every byte, and the model has only what JSON can say.
        serde_json::to_writer(&mut self.0, content).expect("the model can be said in JSON");
    }

    fn add_structure(&mut self, content: Content<'_>) {
        match content {
            Content::Table(table) => self.add(&unmeasured_table(table.clone())),
            Content::View(view) => self.add(&unmeasured_view(view.clone())),
            Content::Index(index) => self.add(&unmeasured_index(index.clone())),
            Content::Sequence(sequence) => self.add(&unmeasured_sequence(sequence.clone())),
            other => self.add(&other),
        }
    }

    fn end(self) -> ContentHash {
        ContentHash(self.0.into_inner().expect("the hasher takes every byte").finalize().into())
    }
}

fn unmeasured_table(table: Table) -> Table {
    let indexes = table.indexes.into_iter().map(unmeasured_index).collect();
    Table { rows: None, size: Size::default(), indexes, ..table }
}

fn unmeasured_view(view: View) -> View {
    let indexes = view.indexes.into_iter().map(unmeasured_index).collect();
    View { rows: None, size: Size::default(), populated: true, indexes, ..view }
}

fn unmeasured_index(index: Index) -> Index {
    Index { bytes: None, ..index }
}

fn unmeasured_sequence(sequence: Sequence) -> Sequence {
    Sequence { last_value: None, ..sequence }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Column, Label, Name, Privileges};

    fn catalog(change: impl FnOnce(&mut Catalog)) -> Catalog {
        let column = Column { name: "id".to_owned(), ..Column::default() };
        let table = Table { name: Name::new("public", "log"), columns: vec![column], ..Table::default() };
        let mut catalog = Catalog { tables: vec![table], ..Catalog::default() };
        change(&mut catalog);
        catalog
    }

    #[test]
    fn what_is_measured_does_not_count_and_the_rest_does() {
        let plain = catalog(|_| {});
        let table = plain.tables[0].id();
        let check = |same: bool, change: fn(&mut Catalog)| {
            let other = catalog(change);
            assert_eq!(plain.hash() == other.hash(), same, "{other:?}");
            assert_eq!(plain.hashes()[&table] == other.hashes()[&table], same, "{other:?}");
        };
        check(true, |_| {});
        check(true, |catalog| catalog.tables[0].rows = Some(7));
        check(true, |catalog| catalog.tables[0].size.total = Some(8192));
        check(true, |catalog| catalog.database.name = "other".to_owned());
        check(false, |catalog| catalog.tables[0].comment = Some("x".to_owned()));
        check(false, |catalog| catalog.tables[0].columns[0].not_null = true);
        check(false, |catalog| {
            let on = catalog.tables[0].id();
            catalog.labels.push(Label { on, ..Label::default() });
        });
        check(false, |catalog| {
            let on = catalog.tables[0].id();
            catalog.privileges.push(Privileges { on, ..Privileges::default() });
        });
    }

    #[test]
    fn a_hash_is_read_back() {
        let hash = catalog(|_| {}).hash();
        let text = serde_json::to_string(&hash).unwrap();
        assert_eq!((text.len(), serde_json::from_str::<ContentHash>(&text).unwrap()), (66, hash));
        assert!(serde_json::from_str::<ContentHash>("\"12\"").is_err());
    }
}
