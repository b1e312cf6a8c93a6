//! Large objects.

use crate::archive::toc::{Entry, Section};

use super::Composer;

/// `pg_largeobject`, which entries of large objects say that they are rows of.
const PG_LARGEOBJECT: u32 = 2613;
/// Objects of one group, as pg_dump has it: one transaction of a restore.
const GROUP: usize = 1000;

/// A large object; its bytes are in the file `blob_OID.dat`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LargeObject {
    /// Its object identifier, which it keeps.
    pub oid: u32,
    /// Its owner.
    pub owner: String,
    /// What else is known of it.
    pub about: Vec<About>,
}

/// What surrounds a large object, as the SQL that says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// `COMMENT ON LARGE OBJECT …;`
    Comment(String),
    /// `GRANT … ON LARGE OBJECT …;`, all of them.
    Privileges(String),
    /// `SECURITY LABEL … ON LARGE OBJECT …;`
    SecurityLabel(String),
}

/// A list of large objects, a file of the archive that is never compressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LargeObjectList {
    /// The file's name: `blobs.toc`, or `blobs_3436.toc` since 1.16.
    pub file: String,
    /// Its text: a line for each, with its file.
    pub text: String,
    /// The objects in it, and each one's file without the suffix of its compression: `blob_16999.dat`.
    pub objects: Vec<(u32, String)>,
}

impl Composer {
    /// All large objects of the database at once; the lists that become files. Until 1.15 each object is an entry, and there is
    /// one list; since 1.16 those of one owner are entries together, with a list for each.
    pub fn large_objects(&mut self, objects: &[LargeObject]) -> Vec<LargeObjectList> {
        if objects.is_empty() {
            return Vec::new();
        }
        if self.toc.header.version.has_relkind() {
            let groups = objects.chunk_by(|one, next| one.owner == next.owner).flat_map(|same| same.chunks(GROUP));
            return groups.map(|group| self.group(group)).collect();
        }
        for object in objects {
            self.single(object);
        }
        let mut entry = Entry::new(self.next_id(), "BLOBS", Some(b"BLOBS".to_vec()), Section::Data);
        let list = list("blobs.toc".to_owned(), objects);
        self.contents(&mut entry, &list);
        self.data.push(entry);
        vec![list]
    }

    fn single(&mut self, object: &LargeObject) {
        let oid = object.oid;
        let mut entry = Entry::new(self.next_id(), "BLOB", Some(oid.to_string().into_bytes()), Section::PreData);
        entry.catalog = PG_LARGEOBJECT;
        entry.oid = oid;
        entry.owner = Some(object.owner.clone().into_bytes());
        entry.definition = Some(format!("SELECT pg_catalog.lo_create('{oid}');\n").into_bytes());
        entry.drop = Some(format!("SELECT pg_catalog.lo_unlink('{oid}');\n").into_bytes());
        let id = entry.id;
        self.before.push(entry);
        let about = self.about(object, id);
        self.before.extend(about);
    }

    fn group(&mut self, objects: &[LargeObject]) -> LargeObjectList {
        let (first, last) = (objects[0].oid, objects[objects.len() - 1].oid);
        let tag = if first == last { first.to_string() } else { format!("{first}..{last}") };
        let tag = Some(tag.into_bytes());
        let owner = Some(objects[0].owner.clone().into_bytes());
        let mut entry = Entry::new(self.next_id(), "BLOB METADATA", tag.clone(), Section::Data);
        entry.catalog = PG_LARGEOBJECT;
        entry.oid = first;
        entry.owner = owner.clone();
        entry.definition = Some(objects.iter().flat_map(|object| format!("{}\n", object.oid).into_bytes()).collect());
        // pg_restore drops them by the list, and alters the owner only of what can be dropped.
        entry.drop = Some(b"-- dummy".to_vec());
        let metadata = entry.id;
        self.data.push(entry);
        for object in objects {
            let about = self.about(object, metadata);
            self.data.extend(about);
        }
        let mut entry = Entry::new(self.next_id(), "BLOBS", tag, Section::Data);
        entry.owner = owner;
        entry.dependencies = vec![metadata];
        let list = list(format!("blobs_{}.toc", entry.id), objects);
        self.contents(&mut entry, &list);
        self.data.push(entry);
        list
    }

    fn contents(&self, entry: &mut Entry, list: &LargeObjectList) {
        entry.had_dumper = true;
        entry.file = list.file.clone().into_bytes();
    }

    /// The entries of what surrounds an object; `id` is that of the entry that makes it.
    fn about(&mut self, object: &LargeObject, id: i32) -> Vec<Entry> {
        let mut entries = Vec::new();
        for about in &object.about {
            let (kind, definition) = match about {
                About::Comment(sql) => ("COMMENT", sql),
                About::Privileges(sql) => ("ACL", sql),
                About::SecurityLabel(sql) => ("SECURITY LABEL", sql),
            };
            let tag = format!("LARGE OBJECT {}", object.oid).into_bytes();
            let mut entry = Entry::new(self.next_id(), kind, Some(tag), Section::None);
            entry.owner = Some(object.owner.clone().into_bytes());
            entry.definition = Some(definition.clone().into_bytes());
            entry.dependencies = vec![id];
            entries.push(entry);
        }
        entries
    }
}

fn list(file: String, objects: &[LargeObject]) -> LargeObjectList {
    let objects: Vec<(u32, String)> =
        objects.iter().map(|object| (object.oid, format!("blob_{}.dat", object.oid))).collect();
    let text = objects.iter().map(|(oid, file)| format!("{oid} {file}\n")).collect();
    LargeObjectList { file, text, objects }
}
