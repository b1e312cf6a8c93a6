//! Backups made by hand in a store of memory: small, of every format and codec, and easy to damage.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use mainstay::archive::cipher::{Encrypter, Recipients};
use mainstay::archive::codec::{Codec, Encoder};
use mainstay::archive::digest::{CopyFormat, RowReader, Rows, Seed, Stored};
use mainstay::archive::manifest::{
    Cipher, Encryption, Engine, FORMAT, File, MANIFEST, Manifest, PROOF, Part, Proof, Range, Source, Table, Tools,
};
use mainstay::store::{self, Object, Sink, Store};
use mainstay::{Error, ErrorKind, Result};

/// Objects in memory.
#[derive(Default)]
pub struct Memory(Mutex<BTreeMap<String, Vec<u8>>>);

impl Memory {
    pub fn objects(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.0.lock().unwrap()
    }
}

#[async_trait]
impl Store for Memory {
    fn describe(&self) -> String {
        "memory".to_owned()
    }

    async fn list(&self, under: &str) -> Result<Vec<Object>> {
        let objects = self.objects();
        let found = objects.iter().filter(|(name, _)| name.starts_with(under));
        Ok(found.map(|(name, bytes)| Object { name: name.clone(), bytes: bytes.len() as u64 }).collect())
    }

    async fn read(&self, name: &str) -> Result<Box<dyn store::Source>> {
        match self.objects().get(name) {
            Some(bytes) => Ok(Box::new(Whole(Some(bytes.clone()).filter(|bytes| !bytes.is_empty())))),
            None => Err(Error::new(ErrorKind::NotFound, format!("there is no object {name}"))),
        }
    }

    async fn write(&self, _: &str) -> Result<Box<dyn Sink>> {
        Err(Error::new(ErrorKind::Unsupported, "nobody writes here"))
    }

    async fn create(&self, name: &str, bytes: &[u8]) -> Result<()> {
        self.objects().insert(name.to_owned(), bytes.to_owned());
        Ok(())
    }

    async fn remove(&self, name: &str) -> Result<()> {
        self.objects().remove(name);
        Ok(())
    }
}

struct Whole(Option<Vec<u8>>);

#[async_trait]
impl store::Source for Whole {
    async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        Ok(self.0.take())
    }
}

/// A key file's text and the public key in it.
pub const KEY: &str = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";

/// The seed of every backup here.
pub const SEED: Seed = Seed(0x1234_5678_9abc_def0);

/// What becomes a file.
pub struct Plain {
    pub name: String,
    pub codec: Codec,
    pub bytes: Vec<u8>,
}

/// Rows of text, each on its line, from `from` on; a stored file ends as pg_dump's do.
pub fn text_rows(table: &str, from: usize, count: usize) -> Vec<u8> {
    let rows: String = (from..from + count).map(|n| format!("{n}\t{table} {}\t\\N\n", n * 7919 % 1000)).collect();
    format!("{rows}\\.\n\n\n").into_bytes()
}

/// Rows in binary: a number and a text each.
pub fn binary_rows(from: usize, count: usize) -> Vec<u8> {
    let mut bytes = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".to_vec();
    for n in from..from + count {
        let text = format!("row {}", n * 31 % 97);
        bytes.extend(2_i16.to_be_bytes());
        bytes.extend(4_i32.to_be_bytes());
        bytes.extend((n as i32).to_be_bytes());
        bytes.extend((text.len() as i32).to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    bytes.extend((-1_i16).to_be_bytes());
    bytes
}

pub fn rows(copy: CopyFormat, bytes: &[u8]) -> Rows {
    let mut reader = RowReader::new(copy, SEED);
    reader.push(bytes).unwrap();
    reader.finish().unwrap()
}

/// The file as it is stored, and its entry in the manifest.
pub fn seal(plain: &Plain, recipients: Option<&Recipients>) -> (Vec<u8>, File) {
    let mut packed = Vec::new();
    let mut encoder = Encoder::new(plain.codec);
    let mut keep = |piece: &[u8]| {
        packed.extend_from_slice(piece);
        Ok(())
    };
    encoder.push(&plain.bytes, &mut keep).unwrap();
    encoder.finish(&mut keep).unwrap();
    if let Some(recipients) = recipients {
        let mut sealed = Vec::new();
        let mut keep = |piece: &[u8]| {
            sealed.extend_from_slice(piece);
            Ok(())
        };
        let mut encrypter = Encrypter::new(recipients).unwrap();
        encrypter.push(&packed, &mut keep).unwrap();
        encrypter.finish(&mut keep).unwrap();
        packed = sealed;
    }
    let (stored, plain_bytes) = (Stored::of(&packed), plain.bytes.len() as u64);
    (packed, File { name: plain.name.clone(), stored, codec: plain.codec, plain_bytes })
}

/// The files of a backup: a whole table of text, one in ranges by key, one in ranges of pages, and globals.
pub fn plains() -> Vec<Plain> {
    let file = |name: &str, codec: Codec, bytes: Vec<u8>| Plain { name: name.to_owned(), codec, bytes };
    vec![
        file("globals.sql", Codec::None, b"CREATE ROLE walt;\n".to_vec()),
        file("1.dat", Codec::None, text_rows("users", 0, 40)),
        file("2.dat.gz", Codec::Gzip(1), text_rows("orders", 0, 50)),
        file("3.dat.gz", Codec::Gzip(1), text_rows("orders", 50, 50)),
        file("4.dat.zst", Codec::Zstd(1), binary_rows(0, 60)),
        file("5.dat.zst", Codec::Zstd(1), binary_rows(60, 30)),
        file("6.dat", Codec::None, binary_rows(500, 20)),
    ]
}

fn tables(plains: &[Plain]) -> Vec<Table> {
    let key = |from, to| Some(Range::Key { column: "id".into(), from, to });
    let pages = |from, to| Some(Range::Pages { from, to });
    let table = |name: &str, copy: CopyFormat, parts: &[(&str, Option<Range>)]| {
        let part = |(file, range): &(&str, Option<Range>)| {
            let bytes = &plains.iter().find(|plain| plain.name == *file).unwrap().bytes;
            Part { file: (*file).to_owned(), rows: rows(copy, bytes), range: range.clone() }
        };
        let parts: Vec<Part> = parts.iter().map(part).collect();
        let rows = parts.iter().map(|part| part.rows).sum();
        Table { schema: "public".into(), name: name.into(), columns: vec!["id".into()], copy, rows, parts }
    };
    vec![
        table("users", CopyFormat::Text, &[("1.dat", None)]),
        table("orders", CopyFormat::Text, &[("2.dat.gz", key(None, Some(49))), ("3.dat.gz", key(Some(50), None))]),
        table("events", CopyFormat::Binary, &[("4.dat.zst", pages(0, Some(3))), ("5.dat.zst", pages(3, None))]),
        table("few", CopyFormat::Binary, &[("6.dat", None)]),
    ]
}

/// Puts the backup `id` into `store`; what its manifest says.
pub fn put(store: &Memory, id: &str, recipients: Option<&Recipients>) -> Manifest {
    let plains = plains();
    let sealed: Vec<(Vec<u8>, File)> = plains.iter().map(|plain| seal(plain, recipients)).collect();
    let manifest = Manifest {
        format: FORMAT,
        id: id.to_owned(),
        started: "2026-11-20T02:30:00Z".into(),
        finished: "2026-11-20T02:31:00Z".into(),
        source: Source {
            engine: Engine::Postgres,
            database: "walt".into(),
            version: "15.18".into(),
            version_number: 150_018,
            encoding: "UTF8".into(),
            system: None,
            lsn: None,
            migration: None,
        },
        tools: Tools { mainstay: "0.1.0".into(), pg_dump: None },
        seed: SEED,
        encryption: recipients.map(|keys| Encryption { method: Cipher::Age, recipients: keys.texts() }),
        files: sealed.iter().map(|(_, file)| file.clone()).collect(),
        tables: tables(&plains),
        sequences: Vec::new(),
        large_objects: Rows::default(),
        left_out: Vec::new(),
    };
    let mut objects = store.objects();
    for (bytes, file) in sealed {
        objects.insert(format!("{id}/{}", file.name), bytes);
    }
    objects.insert(format!("{id}/{MANIFEST}"), manifest.to_bytes());
    manifest
}

/// Writes beside the backup that it was restored, and had every row.
pub fn prove(store: &Memory, manifest: &Manifest) {
    let proof = Proof {
        format: FORMAT,
        manifest: Stored::of(&manifest.to_bytes()),
        at: "2026-11-21T00:00:00Z".into(),
        by: "walt@backup1".into(),
        milliseconds: 5,
        mainstay: "0.1.0".into(),
        server: "15.18".into(),
        place: "a scratch database on the same server".into(),
        tables: manifest.tables.len() as u64,
        rows: 250,
        large_objects: 0,
        sequences: 0,
        owners: None,
        migration: None,
        mismatches: Vec::new(),
        failures: Vec::new(),
        left_out: Vec::new(),
    };
    store.objects().insert(format!("{}/{PROOF}", manifest.id), proof.to_bytes());
}
