//! Reading backups again, attacked.

use std::sync::Arc;

use mainstay::archive::cipher::Keys;
use mainstay::archive::digest::{CopyFormat, Stored};
use mainstay::archive::manifest::{MANIFEST, Manifest, Range};
use mainstay::backup::{Extent, Unlocking, Verified, verify};
use mainstay::observer::{Observer, Silent};
use mainstay::store::{self, Store, find};
use mainstay::{ErrorKind, Result};

use super::archives::{KEY, Memory, binary_rows, plains, put, seal, text_rows};

const ID: &str = "20261120T023000Z-p7";

async fn check(store: &Memory, unlocking: &Unlocking) -> Result<Verified> {
    let observer: Arc<dyn Observer> = Arc::new(Silent);
    verify(store, &find(store, ID, None).await?, unlocking, Extent::All, &observer).await
}

/// A chain of numbers that looks like chance and is the same for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end
    }
}

/// Flips, drops, doubles or swaps something; `units` are bytes or whole rows.
fn damage<T: Clone + PartialEq>(units: &mut Vec<T>, flip: impl Fn(&mut T, u8), chance: &mut Chance) {
    let before = units.clone();
    while *units == before {
        let (at, other) = (chance.below(units.len()), chance.below(units.len()));
        match chance.below(4) {
            0 => flip(&mut units[at], 1 << chance.below(8)),
            1 => drop(units.drain(at..(at + 1 + chance.below(3)).min(before.len()))),
            2 => units.insert(other, before[at].clone()),
            _ => units.swap(at, other),
        }
    }
}

/// The table and, where it is by key, the range of each file.
fn belongs(file: &str) -> (Option<&'static str>, bool) {
    match file {
        "1.dat" => (Some("public.users"), false),
        "2.dat.gz" | "3.dat.gz" => (Some("public.orders"), true),
        "4.dat.zst" | "5.dat.zst" => (Some("public.events"), false),
        "6.dat" => (Some("public.few"), false),
        _ => (None, false),
    }
}

/// `verify` finds damage in just these files, and names the tables.
async fn finds(store: &Memory, files: &[&str], case: &str) {
    let verified = check(store, &Unlocking::default()).await.unwrap_or_else(|error| panic!("{case}: {error:?}"));
    let mut found: Vec<&str> = verified.damages.iter().map(|damage| damage.file.as_str()).collect();
    let mut expected = files.to_vec();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected, "{case}: {:?}", verified.damages);
    for damage in &verified.damages {
        let (table, by_key) = belongs(&damage.file);
        assert_eq!(damage.table.as_deref(), table, "{case}");
        assert_eq!(matches!(damage.range, Some(Range::Key { .. })), by_key, "{case}");
        assert!(!damage.what.is_empty());
    }
}

#[tokio::test]
async fn what_is_whole_is_good() {
    let store = Memory::default();
    put(&store, ID, None);
    let verified = check(&store, &Unlocking::default()).await.unwrap();
    assert_eq!((verified.files, verified.of, verified.rows, verified.opened), (7, 7, 250, true));
    assert_eq!(verified.damages, []);
}

/// Bytes in the store: flipped, dropped, doubled, swapped; files dropped, doubled, swapped.
#[tokio::test]
async fn six_hundred_damages_of_what_is_stored() {
    let store = Memory::default();
    put(&store, ID, None);
    let whole = store.objects().clone();
    let files: Vec<String> = plains().into_iter().map(|plain| plain.name).collect();
    for seed in 0..600 {
        let mut chance = Chance(seed);
        let (one, other) = (chance.below(files.len()), chance.below(files.len() - 1));
        let (one, other) = (&files[one], &files[if other >= one { other + 1 } else { other }]);
        let (at, at_other) = (format!("{ID}/{one}"), format!("{ID}/{other}"));
        let expected: Vec<&str> = match seed % 6 {
            0 => {
                store.objects().remove(&at);
                vec![one]
            }
            1 => {
                let bytes = whole[&at].clone();
                store.objects().insert(format!("{ID}/copy-of-{one}"), bytes);
                vec!["copy"]
            }
            2 => {
                store.objects().insert(at, whole[&at_other].clone());
                store.objects().insert(at_other, whole[&format!("{ID}/{one}")].clone());
                vec![one, other]
            }
            _ => {
                let mut bytes = whole[&at].clone();
                damage(&mut bytes, |byte, bit| *byte ^= bit, &mut chance);
                store.objects().insert(at, bytes);
                vec![one]
            }
        };
        let copy = format!("copy-of-{one}");
        let expected: Vec<&str> =
            expected.into_iter().map(|name| if name == "copy" { copy.as_str() } else { name }).collect();
        finds(&store, &expected, &format!("seed {seed}")).await;
        store.objects().clone_from(&whole);
    }
}

/// Rows of a file apart: its lines, or its tuples; and how they are put together again.
fn apart(file: &str, bytes: &[u8]) -> (Vec<Vec<u8>>, Vec<u8>, Vec<u8>) {
    if belongs(file).0.is_some_and(|table| ["public.users", "public.orders"].contains(&table)) {
        let end = bytes.len() - b"\\.\n\n\n".len();
        let rows = bytes[..end].split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        return (rows, Vec::new(), bytes[end..].to_vec());
    }
    let (mut rows, mut at) = (Vec::new(), 19);
    while at < bytes.len() - 2 {
        let length = i32::from_be_bytes(bytes[at + 10..at + 14].try_into().unwrap()) as usize;
        rows.push(bytes[at..at + 14 + length].to_vec());
        at += 14 + length;
    }
    (rows, bytes[..19].to_vec(), bytes[at..].to_vec())
}

/// What was already wrong when it was stored: hashes and sizes are right, and the rows' digests alone can tell.
#[tokio::test]
async fn four_hundred_damages_before_anything_was_stored() {
    let store = Memory::default();
    let manifest = put(&store, ID, None);
    let whole = store.objects().clone();
    let files: Vec<String> =
        plains().into_iter().map(|plain| plain.name).filter(|name| belongs(name).0.is_some()).collect();
    for seed in 0..400 {
        let mut chance = Chance(seed + 10_000);
        let mut plains = plains();
        let name = &files[chance.below(files.len())];
        let mut changed = vec![name.as_str()];
        if seed % 4 == 3 {
            // A row has moved from one part to another, or the two parts are in each other's place.
            let (from, to) = [("2.dat.gz", "3.dat.gz"), ("4.dat.zst", "5.dat.zst")][chance.below(2)];
            let at = |name: &str| plains.iter().position(|plain| plain.name == name).unwrap();
            let (from_at, to_at) = (at(from), at(to));
            let (mut rows, front, back) = apart(from, &plains[from_at].bytes);
            let (mut others, ..) = apart(to, &plains[to_at].bytes);
            match chance.below(2) {
                0 => {
                    let row = rows.remove(chance.below(rows.len()));
                    others.insert(chance.below(others.len()), row);
                }
                _ => std::mem::swap(&mut rows, &mut others),
            }
            plains[from_at].bytes = [front.clone(), rows.concat(), back.clone()].concat();
            plains[to_at].bytes = [front, others.concat(), back].concat();
            changed = vec![from, to];
        } else {
            let plain = plains.iter_mut().find(|plain| plain.name == *name).unwrap();
            let (mut rows, front, back) = apart(name, &plain.bytes);
            let before = rows.clone();
            // The same rows in another order are the same table.
            let sorted = |rows: &[Vec<u8>]| {
                let mut rows = rows.to_vec();
                rows.sort();
                rows
            };
            while sorted(&rows) == sorted(&before) {
                rows = before.clone();
                let flip = |row: &mut Vec<u8>, bit: u8| *row.last_mut().unwrap() ^= bit | 1;
                match name.ends_with("1.dat") || name.ends_with(".gz") {
                    // The last byte of a line is its end: the one before it is a value's.
                    true => damage(
                        &mut rows,
                        |row, bit| {
                            let at = row.len() - 2;
                            row[at] ^= bit & 7 | 1;
                        },
                        &mut chance,
                    ),
                    false => damage(&mut rows, flip, &mut chance),
                }
            }
            plain.bytes = [front, rows.concat(), back].concat();
        }
        let mut manifest = manifest.clone();
        for plain in &plains {
            let (bytes, file) = seal(plain, None);
            let old = manifest.files.iter().position(|old| old.name == file.name).unwrap();
            manifest.files[old] = file;
            store.objects().insert(format!("{ID}/{}", plain.name), bytes);
        }
        store.objects().insert(format!("{ID}/{MANIFEST}"), manifest.to_bytes());
        finds(&store, &changed, &format!("seed {seed}")).await;
        store.objects().clone_from(&whole);
    }
}

#[tokio::test]
async fn a_damaged_manifest_is_no_backup() {
    let store = Memory::default();
    let manifest = put(&store, ID, None);
    let whole = store.objects().clone();
    let at = format!("{ID}/{MANIFEST}");
    let mut changed: Vec<Manifest> = Vec::new();
    for change in 0..4 {
        let mut manifest = manifest.clone();
        match change {
            0 => manifest.tables[1].rows.count += 1,
            1 => manifest.tables[0].parts[0].rows.sum ^= 1,
            2 => manifest.id = "20261120T023001Z-p7".into(),
            _ => manifest.format = 99,
        }
        changed.push(manifest);
    }
    for manifest in changed {
        store.objects().insert(at.clone(), manifest.to_bytes());
        let error = check(&store, &Unlocking::default()).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Verification | ErrorKind::Unsupported), "{error:?}");
    }
    store.objects().insert(at, whole[&format!("{ID}/{MANIFEST}")][..500].to_vec());
    assert_eq!(check(&store, &Unlocking::default()).await.unwrap_err().kind(), ErrorKind::Verification);
    store.objects().clear();
    assert_eq!(check(&store, &Unlocking::default()).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn encrypted_ones_are_opened_with_their_key() {
    let keys = Keys::parse("backup.key", KEY).unwrap();
    let store = Memory::default();
    let manifest = put(&store, ID, Some(&keys.recipients()));
    let unlocked = Unlocking { keys: Some(keys.clone()), ..Unlocking::default() };
    let verified = check(&store, &unlocked).await.unwrap();
    assert_eq!((verified.rows, verified.opened, verified.damages.len()), (250, true, 0));
    let verified = check(&store, &Unlocking::default()).await.unwrap();
    assert_eq!((verified.files, verified.rows, verified.opened, verified.damages.len()), (7, 0, false, 0));

    // Other rows under a right hash: only who opens it can tell.
    let mut plain = plains().remove(1);
    plain.bytes = text_rows("users", 1, 40);
    let (bytes, file) = seal(&plain, Some(&keys.recipients()));
    let mut changed = manifest.clone();
    changed.files[1] = file;
    store.objects().insert(format!("{ID}/{MANIFEST}"), changed.to_bytes());
    store.objects().insert(format!("{ID}/1.dat"), bytes);
    assert_eq!(check(&store, &Unlocking::default()).await.unwrap().damages, []);
    let damages = check(&store, &unlocked).await.unwrap().damages;
    assert_eq!(damages[0].table.as_deref(), Some("public.users"), "{damages:?}");

    put(&store, ID, Some(&keys.recipients()));
    let at = format!("{ID}/4.dat.zst");
    let mut bytes = store.objects()[&at].clone();
    *bytes.last_mut().unwrap() ^= 1;
    store.objects().insert(at, bytes);
    for unlocking in [&unlocked, &Unlocking::default()] {
        let damages = check(&store, unlocking).await.unwrap().damages;
        assert_eq!((damages.len(), damages[0].table.as_deref()), (1, Some("public.events")), "{damages:?}");
    }
}

#[tokio::test]
async fn a_sample_reads_a_share_of_the_rows_and_all_else() {
    let store = Memory::default();
    put(&store, ID, None);
    let observer: Arc<dyn Observer> = Arc::new(Silent);
    let found = find(&store, ID, None).await.unwrap();
    let sample = async |share: f64| {
        verify(&store, &found, &Unlocking::default(), Extent::Sample(share), &observer).await.unwrap().files
    };
    assert_eq!((sample(0.5).await, sample(0.01).await, sample(1.0).await), (4, 2, 7));
}

#[test]
fn rows_made_by_hand_are_rows() {
    assert_eq!(super::archives::rows(CopyFormat::Text, &text_rows("t", 0, 7)).count, 7);
    assert_eq!(super::archives::rows(CopyFormat::Binary, &binary_rows(0, 7)).count, 7);
    assert_eq!(Stored::of(b"").bytes, 0);
}

/// Counts how many objects are read at once.
struct Counting {
    memory: Memory,
    now: std::sync::Arc<std::sync::Mutex<(usize, usize)>>,
}

struct Slow(Box<dyn store::Source>, std::sync::Arc<std::sync::Mutex<(usize, usize)>>);

#[async_trait::async_trait]
impl store::Source for Slow {
    async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        self.0.next().await
    }
}

impl Drop for Slow {
    fn drop(&mut self) {
        self.1.lock().unwrap().0 -= 1;
    }
}

#[async_trait::async_trait]
impl Store for Counting {
    fn describe(&self) -> String {
        self.memory.describe()
    }

    async fn list(&self, under: &str) -> Result<Vec<store::Object>> {
        self.memory.list(under).await
    }

    async fn read(&self, name: &str) -> Result<Box<dyn store::Source>> {
        let source = self.memory.read(name).await?;
        let mut now = self.now.lock().unwrap();
        now.0 += 1;
        now.1 = now.1.max(now.0);
        Ok(Box::new(Slow(source, self.now.clone())))
    }

    async fn write(&self, name: &str) -> Result<Box<dyn store::Sink>> {
        self.memory.write(name).await
    }

    async fn create(&self, name: &str, bytes: &[u8]) -> Result<()> {
        self.memory.create(name, bytes).await
    }

    async fn remove(&self, name: &str) -> Result<()> {
        self.memory.remove(name).await
    }
}

/// As many files as there are processors, and never many: each takes memory.
#[tokio::test]
async fn files_are_read_side_by_side_and_damage_is_told_in_their_order() {
    let memory = Memory::default();
    let manifest = put(&memory, ID, None);
    for file in &manifest.files {
        memory.objects().insert(format!("{ID}/{}", file.name), b"other".to_vec());
    }
    let store = Counting { memory, now: std::sync::Arc::default() };
    let observer: Arc<dyn Observer> = Arc::new(Silent);
    let found = find(&store, ID, None).await.unwrap();
    *store.now.lock().unwrap() = (0, 0);
    let verified = verify(&store, &found, &Unlocking::default(), Extent::All, &observer).await.unwrap();
    let named: Vec<&str> = verified.damages.iter().map(|damage| damage.file.as_str()).collect();
    let files: Vec<&str> = manifest.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(named, files);
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    assert_eq!(*store.now.lock().unwrap(), (0, processors.min(4).min(files.len())));
}
