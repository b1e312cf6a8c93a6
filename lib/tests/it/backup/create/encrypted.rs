//! Encrypted backups: what lies in the store, what is known of it without the key, and all of it with.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use age::secrecy::ExposeSecret;
use mainstay::ErrorKind;
use mainstay::archive::cipher::Keys;
use mainstay::archive::codec::Decoder;
use mainstay::archive::manifest::{MANIFEST, Manifest};
use mainstay::archive::sealed::{Sealer, Unlocking};
use mainstay::backup::{Extent, Order, Taken, Verified, create, export, verify};
use mainstay::conn::{Secret, SqliteTarget, Target};
use mainstay::engine::connect;
use mainstay::observer::{Observer, Silent};
use mainstay::store::{Access, FolderStore, S3Store, Store, find};
use mainstay_testing::{S3_KEY_ID, S3_SECRET, S3Server, server};

use super::super::{context, names};
use super::{dumped, installed, read, restored, same, taken, zoo};

/// A pair of keys: the secret one as age's own library has it, and what encrypts and opens by it here.
struct Pair {
    identity: age::x25519::Identity,
    sealer: &'static Sealer,
    unlocking: Unlocking,
}

fn pair() -> Pair {
    let identity = age::x25519::Identity::generate();
    let sealer = Sealer::to(&[identity.to_public().to_string()]).unwrap();
    let keys = Keys::parse("backup.key", identity.to_string().expose_secret()).unwrap();
    let unlocking = Unlocking { keys: Some(keys), ..Unlocking::default() };
    Pair { identity, sealer: Box::leak(Box::new(sealer)), unlocking }
}

impl Pair {
    /// What age's own library makes of a file.
    fn open(&self, stored: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        let decryptor = age::Decryptor::new(stored).unwrap();
        let mut reader = decryptor.decrypt(std::iter::once(&self.identity as _)).unwrap();
        reader.read_to_end(&mut plain).unwrap();
        plain
    }
}

async fn verified(store: &dyn Store, id: &str, unlocking: &Unlocking) -> Verified {
    let observer: Arc<dyn Observer> = Arc::new(Silent);
    let found = find(store, id, None).await.unwrap();
    verify(store, &found, unlocking, Extent::All, &observer).await.unwrap()
}

async fn zoo_in(folder: &Path, pair: &Pair) -> Taken {
    let source = zoo(server());
    taken(&source.target(), folder, |order| order.sealer = pair.sealer).await.unwrap()
}

#[tokio::test]
async fn nothing_but_the_manifest_lies_open_and_age_opens_the_rest() {
    let (folder, pair) = (tempfile::tempdir().unwrap(), pair());
    let taken = zoo_in(folder.path(), &pair).await;
    let (manifest, archive) = read(folder.path(), &taken);
    let recipients = &manifest.encryption.as_ref().unwrap().recipients;
    assert_eq!(*recipients, [pair.identity.to_public().to_string()]);
    assert_eq!(names(&archive).len(), manifest.files.len() + 1);
    for name in ["toc.dat.age", "globals.sql.age"] {
        assert!(manifest.files.iter().any(|file| file.name == name), "{name}");
    }
    for file in &manifest.files {
        let stored = std::fs::read(archive.join(&file.name)).unwrap();
        assert!(file.name.ends_with(".age") && stored.starts_with(b"age-encryption.org/v1"), "{}", file.name);
        let (mut plain, mut decoder) = (Vec::new(), Decoder::new(file.codec).unwrap());
        let mut keep = |piece: &[u8]| {
            plain.extend_from_slice(piece);
            Ok(())
        };
        decoder.push(&pair.open(&stored), &mut keep).unwrap();
        decoder.finish().unwrap();
        assert_eq!(plain.len() as u64, file.plain_bytes, "{}", file.name);
        if file.name == "toc.dat.age" {
            assert!(plain.starts_with(b"PGDMP"));
        }
    }
}

#[tokio::test]
async fn without_the_key_hashes_are_known_and_with_it_rows() {
    let (folder, pair, other) = (tempfile::tempdir().unwrap(), pair(), pair());
    let taken = zoo_in(folder.path(), &pair).await;
    let (store, id) = (FolderStore::new(folder.path()), taken.manifest.id.as_str());
    let rows: u64 = taken.manifest.tables.iter().map(|table| table.rows.count).sum();
    let closed = verified(&store, id, &Unlocking::default()).await;
    assert_eq!((closed.opened, closed.rows, closed.damages.len()), (false, 0, 0));
    let open = verified(&store, id, &pair.unlocking).await;
    assert_eq!((open.opened, open.rows, open.damages.len(), open.files), (true, rows, 0, taken.manifest.files.len()));
    let observer: Arc<dyn Observer> = Arc::new(Silent);
    let found = find(&store, id, None).await.unwrap();
    let error = verify(&store, &found, &other.unlocking, Extent::All, &observer).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("none of the keys opens"), "{error:?}");
}

#[tokio::test]
async fn an_export_lies_open_and_stock_programs_restore_it() {
    let source = zoo(server());
    let expected = dumped(&installed(), server(), &source);
    let (folder, pair) = (tempfile::tempdir().unwrap(), pair());
    let (backups, out) = (folder.path().join("backups"), folder.path().join("out"));
    taken(&source.target(), &backups, |order| order.sealer = pair.sealer).await.unwrap();
    let store = FolderStore::new(&backups);
    let manifest = find(&store, "latest", None).await.unwrap().manifest;
    let gzip = Some(mainstay::archive::codec::Codec::Gzip(1));
    let error = export(&store, &manifest, &Unlocking::default(), &out, gzip, &context()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(format!("{error:?}").contains("--identity"), "{error:?}");
    export(&store, &manifest, &pair.unlocking, &out, gzip, &context()).await.unwrap();
    assert!(names(&out).iter().all(|name| !name.ends_with(".age")), "{:?}", names(&out));
    let target = restored(&installed(), server(), &out, 2);
    same(&dumped(&installed(), server(), &target), &expected, "exported");
    // As they are stored, without another compression.
    let as_stored = folder.path().join("as-stored");
    let exported = export(&store, &manifest, &pair.unlocking, &as_stored, None, &context()).await.unwrap();
    assert_eq!(exported.files, manifest.files.len());
    assert_eq!(names(folder.path()), ["as-stored", "backups", "out"]);
}

/// Flips and cuts of every file: found whether it is opened or not, and each names its table.
#[tokio::test]
async fn damage_is_found_with_the_key_and_without() {
    let (folder, pair) = (tempfile::tempdir().unwrap(), pair());
    let database = server().database();
    database.psql(
        "CREATE TABLE small AS SELECT 1 AS n; CREATE TABLE wide AS SELECT n, repeat(md5(n::text), 20) AS t FROM generate_series(1, 3000) n",
    );
    let taken = taken(&database.target(), folder.path(), |order| order.sealer = pair.sealer).await.unwrap();
    let (manifest, archive) = read(folder.path(), &taken);
    let store = FolderStore::new(folder.path());
    let table = |file: &str| {
        let of = manifest.tables.iter().find(|table| table.parts.iter().any(|part| part.file == file));
        of.map(|table| table.describe())
    };
    for (number, file) in manifest.files.iter().enumerate() {
        let path = archive.join(&file.name);
        let whole = std::fs::read(&path).unwrap();
        for seed in 0..12 {
            let at = (seed * 7919 + number * 104_729 + 3) % whole.len();
            let mut damaged = whole.clone();
            match seed % 3 {
                0 => damaged.truncate(at),
                1 => damaged.insert(at, b'x'),
                _ => damaged[at] ^= 1 << (seed % 8),
            }
            std::fs::write(&path, &damaged).unwrap();
            for unlocking in [&pair.unlocking, &Unlocking::default()] {
                let damages = verified(&store, &manifest.id, unlocking).await.damages;
                let found: Vec<_> = damages.iter().map(|damage| (damage.file.clone(), damage.table.clone())).collect();
                assert_eq!(found, [(file.name.clone(), table(&file.name))], "seed {seed} {}", file.name);
            }
        }
        // Under a hash that fits, only the cipher can tell.
        let mut damaged = whole.clone();
        *damaged.last_mut().unwrap() ^= 1;
        let mut forged: Manifest = manifest.clone();
        forged.files[number].stored = mainstay::archive::digest::Stored::of(&damaged);
        std::fs::write(&path, &damaged).unwrap();
        std::fs::write(archive.join(MANIFEST), forged.to_bytes()).unwrap();
        assert_eq!(verified(&store, &manifest.id, &Unlocking::default()).await.damages, []);
        let damages = verified(&store, &manifest.id, &pair.unlocking).await.damages;
        assert_eq!(damages.len(), 1, "{damages:?}");
        assert!(damages[0].what.contains("encrypted data"), "{damages:?}");
        std::fs::write(archive.join(MANIFEST), manifest.to_bytes()).unwrap();
        std::fs::write(&path, &whole).unwrap();
    }
}

#[tokio::test]
async fn a_bucket_holds_nothing_open() {
    let (bucket, pair) = (S3Server::start(), pair());
    let source = zoo(server());
    let access = Access {
        key_id: Some(S3_KEY_ID.to_owned()),
        secret: Some(Secret::new(S3_SECRET)),
        endpoint: Some(bucket.endpoint()),
        ..Access::default()
    };
    let store = S3Store::new("backups", "sealed", &access).unwrap();
    let temporary = std::env::temp_dir();
    let path = installed().bin.display().to_string();
    let order = Order { sealer: pair.sealer, ..Order::new(&store, &path, &temporary) };
    let taken = create(&source.target(), &order, &context()).await.unwrap();
    let id = taken.manifest.id.as_str();
    let objects = store.list(id).await.unwrap();
    let open: Vec<&str> =
        objects.iter().map(|object| object.name.as_str()).filter(|name| !name.ends_with(".age")).collect();
    assert_eq!(open, [format!("{id}/{MANIFEST}")]);
    let (closed, open) =
        (verified(&store, id, &Unlocking::default()).await, verified(&store, id, &pair.unlocking).await);
    assert_eq!((closed.damages.len(), open.damages.len(), open.opened), (0, 0, true));
    assert!(open.rows > 0);
}

#[tokio::test]
async fn sqlite_is_encrypted_too() {
    let (folder, pair) = (tempfile::tempdir().unwrap(), pair());
    let (source, backups, out) =
        (folder.path().join("walt.db"), folder.path().join("backups"), folder.path().join("out"));
    let target = Target::Sqlite(SqliteTarget { path: source });
    let mut session = connect(&target, &context()).await.unwrap();
    session.query("CREATE TABLE t AS SELECT 'a distinctive value' AS v").await.unwrap();
    session.close().await;
    let taken = taken(&target, &backups, |order| order.sealer = pair.sealer).await.unwrap();
    let (manifest, archive) = read(&backups, &taken);
    assert_eq!(names(&archive), ["database.sqlite3.zst.age", MANIFEST]);
    let store = FolderStore::new(&backups);
    assert_eq!(verified(&store, &manifest.id, &pair.unlocking).await.damages, []);
    export(&store, &manifest, &pair.unlocking, &out, None, &context()).await.unwrap();
    let exported = Target::Sqlite(SqliteTarget { path: out.join("database.sqlite3") });
    let mut session = connect(&exported, &context()).await.unwrap();
    let rows = session.query("SELECT v FROM t").await.unwrap();
    assert_eq!(rows[0][0].as_deref(), Some("a distinctive value"));
    session.close().await;
}
