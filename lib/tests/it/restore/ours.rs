//! Archives with a manifest: every row is compared with what was backed up, after it was loaded.

use std::path::Path;
use std::sync::Arc;

use mainstay::ErrorKind;
use mainstay::archive::codec::Codec;
use mainstay::archive::digest::{CopyFormat, LargeObjectReader, RowReader, Rows, Seed, Stored};
use mainstay::archive::manifest::{Engine, File, MANIFEST, Manifest, Part, Range, Source, Table, Tools};
use mainstay::archive::sealed::Unlocking;
use mainstay::archive::toc::{Entry, Section, Toc};
use mainstay::backup::{Cut, Order, create};
use mainstay::engine::Context;
use mainstay::observer::Silent;
use mainstay::restore::{Backup, Owners};
use mainstay::sql::{Flavor, significant, unquoted};
use mainstay::store::{FolderStore, Store};
use mainstay_testing::{TestDatabase, clients, server};

use super::lab::{Place, dump, fresh, into, open, postgres, run, told, zoo};

const SEED: Seed = Seed(77);

fn rows(text: &[u8]) -> Rows {
    let mut reader = RowReader::new(CopyFormat::Text, SEED);
    reader.push(text).unwrap();
    reader.finish().unwrap()
}

fn text(bytes: &Option<Vec<u8>>) -> String {
    String::from_utf8(bytes.clone().unwrap_or_default()).unwrap()
}

/// The columns that a COPY statement names.
fn columns(copy: &str) -> Vec<String> {
    let inner: Vec<_> = significant(copy, Flavor::Postgres).skip_while(|token| token.text != "(").skip(1).collect();
    let names = inner.iter().take_while(|token| token.text != ")").filter(|token| token.text != ",");
    names.map(|token| unquoted(token.text)).collect()
}

/// Writes the manifest of an uncompressed stock folder, as a backup of ours would have it.
fn with_manifest(folder: &Path) -> Manifest {
    let toc = read(folder);
    let mut tables: Vec<Table> = Vec::new();
    for entry in toc.entries.iter().filter(|entry| entry.kind == "TABLE DATA") {
        let file = text(&Some(entry.file.clone()));
        let rows = rows(&std::fs::read(folder.join(&file)).unwrap());
        let part = Part { file, rows, range: None };
        let (schema, name) = (text(&entry.namespace), text(&entry.tag));
        match tables.iter_mut().find(|table| table.schema == schema && table.name == name) {
            Some(table) => {
                table.rows += rows;
                table.parts.push(part);
            }
            None => {
                let columns = columns(&text(&entry.copy));
                tables.push(Table { schema, name, columns, copy: CopyFormat::Text, rows, parts: vec![part] });
            }
        }
    }
    for table in tables.iter_mut().filter(|table| table.parts.len() > 1) {
        for (at, part) in (0..).zip(&mut table.parts) {
            part.range = Some(Range::Pages { from: at, to: Some(at + 1) });
        }
    }
    let manifest = Manifest {
        format: 1,
        id: "20261121T221000Z-x1".into(),
        started: "2026-11-21T22:10:00Z".into(),
        finished: "2026-11-21T22:10:01Z".into(),
        source: Source {
            engine: Engine::Postgres,
            database: "zoo".into(),
            version: "15".into(),
            version_number: 150_000,
            encoding: "UTF8".into(),
            system: None,
            lsn: None,
            migration: None,
        },
        tools: Tools { mainstay: "0.1.0".into(), pg_dump: None },
        seed: SEED,
        encryption: None,
        files: Vec::new(),
        tables,
        sequences: Vec::new(),
        large_objects: large_objects(folder),
        left_out: Vec::new(),
    };
    write(folder, manifest)
}

/// The digest of all large objects.
fn large_objects(folder: &Path) -> Rows {
    let list = std::fs::read_to_string(folder.join("blobs.toc")).unwrap();
    let objects = list.lines().map(|line| line.split_once(' ').unwrap());
    objects
        .map(|(oid, file)| {
            let mut reader = LargeObjectReader::new(oid.parse().unwrap(), SEED);
            reader.push(&std::fs::read(folder.join(file)).unwrap());
            reader.finish()
        })
        .sum()
}

/// Writes `manifest` for the files as they are now.
fn write(folder: &Path, mut manifest: Manifest) -> Manifest {
    manifest.files.clear();
    for file in std::fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let bytes = std::fs::read(folder.join(&name)).unwrap();
        if name != MANIFEST {
            let plain_bytes = bytes.len() as u64;
            manifest.files.push(File { name, stored: Stored::of(&bytes), codec: Codec::None, plain_bytes });
        }
    }
    std::fs::write(folder.join(MANIFEST), manifest.to_bytes()).unwrap();
    manifest
}

fn read(folder: &Path) -> Toc {
    Toc::read(&std::fs::read(folder.join("toc.dat")).unwrap()).unwrap()
}

/// The zoo in an uncompressed folder with a manifest.
fn archive() -> (TestDatabase, Place, Manifest) {
    let source = zoo(server());
    let place = Place::new();
    let binaries = clients().into_iter().find(|binaries| binaries.bin == server().binaries().bin).unwrap();
    dump(&binaries, server(), source.name(), &["-Fd", "-Z0"], &place.path());
    let manifest = with_manifest(&place.path());
    (source, place, manifest)
}

/// The load of `app.people` in two entries, which are loaded at once.
fn in_two(folder: &Path) {
    let mut toc = read(folder);
    let highest = toc.entries.iter().map(|entry| entry.id).max().unwrap();
    let at = toc
        .entries
        .iter()
        .position(|entry| entry.kind == "TABLE DATA" && entry.tag.as_deref() == Some(b"people"))
        .unwrap();
    let mut second = toc.entries[at].clone();
    second.id = highest + 1000;
    second.file = b"second.dat".to_vec();
    for entry in [&mut toc.entries[at], &mut second] {
        entry.definition = Some(b"-- load via partition root app.people".to_vec());
        entry.dependencies.clear();
    }
    let file = folder.join(text(&Some(toc.entries[at].file.clone())));
    let whole = String::from_utf8(std::fs::read(&file).unwrap()).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').take_while(|line| *line != "\\.\n").collect();
    let (one, other) = lines.split_at(lines.len() / 3);
    std::fs::write(&file, format!("{}\\.\n\n\n", one.concat())).unwrap();
    std::fs::write(folder.join("second.dat"), format!("{}\\.\n\n\n", other.concat())).unwrap();
    toc.entries.insert(at + 1, second);
    std::fs::write(folder.join("toc.dat"), toc.to_bytes()).unwrap();
}

#[tokio::test]
async fn every_row_is_compared_after_it_was_loaded() {
    let (source, place, manifest) = archive();
    let restored = run(&mut open(&place.path()).await, &into(&fresh()), &postgres(source.target())).await.unwrap();
    let total: u64 = manifest.tables.iter().map(|table| table.rows.count).sum();
    assert_eq!((restored.compared, restored.counted), (manifest.tables.len() as u64, 0));
    assert_eq!(restored.rows, total);

    in_two(&place.path());
    let manifest = with_manifest(&place.path());
    let people = manifest.tables.iter().find(|table| table.name == "people").unwrap();
    assert_eq!((people.parts.len(), people.rows.count), (2, 2000));
    let restored = run(&mut open(&place.path()).await, &into(&fresh()), &postgres(source.target())).await.unwrap();
    assert_eq!(restored.rows, total);
}

#[tokio::test]
async fn rows_that_are_others_are_found_and_nothing_is_left() {
    let (source, place, manifest) = archive();
    let people = manifest.tables.iter().find(|table| table.name == "people").unwrap().parts[0].file.clone();
    let file = place.path().join(&people);
    let whole = std::fs::read(&file).unwrap();
    let line = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let dropped = whole[line..].to_vec();
    let doubled = [&whole[..line], &whole[..]].concat();
    let mut flipped = whole.clone();
    *flipped.iter_mut().find(|byte| **byte == b'n').unwrap() = b'm';

    let check = |what: &'static str, words: &'static str| {
        let (target, path) = (postgres(source.target()), place.path());
        async move {
            let name = fresh();
            let error = run(&mut open(&path).await, &into(&name), &target).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Verification, "{what}: {error:?}");
            assert!(format!("{error:?}").contains(words), "{what}: {error:?}");
            assert_eq!(super::lab::databases(server(), &name), "", "{what}");
        }
    };
    for (what, bytes) in [("dropped", &dropped), ("doubled", &doubled), ("flipped", &flipped)] {
        // By the digest of the stored bytes; and where somebody has set that right, by the digest of the rows.
        std::fs::write(&file, bytes).unwrap();
        check(what, "people").await;
        write(&place.path(), manifest.clone());
        check(what, "TABLE DATA app.people").await;
    }
    std::fs::write(&file, &whole).unwrap();
    write(&place.path(), manifest.clone());

    // A letter in a table's name is as good as another.
    let toc = std::fs::read(place.path().join("toc.dat")).unwrap();
    let mut other = toc.clone();
    let name = other.windows(6).position(|window| window == b"people").unwrap();
    other[name] = b'q';
    std::fs::write(place.path().join("toc.dat"), other).unwrap();
    let error = Backup::open(&place.path(), &Owners::default(), &Unlocking::default()).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
    assert!(error.message().starts_with("toc.dat of ") && error.message().contains("is damaged"), "{error:?}");
    std::fs::write(place.path().join("toc.dat"), toc).unwrap();

    // What was sent is right, and what is in the table is not.
    let mut toc = read(&place.path());
    let mut trigger = Entry::new(2_000_000, "TRIGGER", Some(b"people liar".to_vec()), Section::PreData);
    trigger.namespace = Some(b"app".to_vec());
    trigger.definition = Some(
        b"CREATE FUNCTION app.liar() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.id = 9 THEN NEW.name := ''other''; END IF; RETURN NEW; END';\n\
          CREATE TRIGGER liar BEFORE INSERT ON app.people FOR EACH ROW EXECUTE FUNCTION app.liar();\n"
            .to_vec(),
    );
    let rows = toc.entries.iter().position(|entry| entry.section == Section::Data).unwrap();
    toc.entries.insert(rows, trigger);
    std::fs::write(place.path().join("toc.dat"), toc.to_bytes()).unwrap();
    write(&place.path(), manifest.clone());
    check("lied", "table app.people has come out with other rows").await;
}

/// Backups as the command takes them, binary rows and tables in ranges, through the store.
#[tokio::test]
async fn a_backup_becomes_the_same_database() {
    let source = zoo(server());
    let binaries = clients().into_iter().find(|binaries| binaries.bin == server().binaries().bin).unwrap();
    let expected = told(&binaries, server(), source.name());
    let place = Place::new();
    let store: Arc<dyn Store> = Arc::new(FolderStore::new(place.path()));
    let path = binaries.bin.display().to_string();
    let context = Context { observer: Arc::new(Silent), dial: None, application_name: "backup".to_owned() };
    for cut in [Cut::Suitable, Cut::Key { bytes: 8192 }, Cut::Pages { bytes: 32768 }] {
        let mut order = Order::new(store.as_ref(), &path, place.folder.path());
        order.cut = cut;
        let taken = create(&source.target(), &order, &context).await.unwrap();
        let name = fresh();
        let mut backup = Backup::stored(store.clone(), taken.manifest.clone(), &Unlocking::default()).await.unwrap();
        let restored = run(&mut backup, &into(&name), &postgres(source.target())).await.unwrap();
        let tables = taken.manifest.tables.len() as u64;
        assert_eq!((restored.compared, restored.counted, restored.unknown.len()), (tables, 0, 0));
        assert_eq!(restored.rows, taken.manifest.tables.iter().map(|table| table.rows.count).sum::<u64>());
        super::stock::similar_asserts(&expected, &told(&binaries, server(), &name), "a backup");
        store.remove(&format!("{}/{MANIFEST}", taken.manifest.id)).await.unwrap();
    }
}
