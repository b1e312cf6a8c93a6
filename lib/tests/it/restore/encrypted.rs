//! Encrypted backups become databases again where the key is, and nowhere else.

use std::path::Path;
use std::sync::Arc;

use age::secrecy::ExposeSecret;
use mainstay::archive::cipher::Keys;
use mainstay::archive::digest::Stored;
use mainstay::archive::manifest::{MANIFEST, Manifest};
use mainstay::archive::sealed::{Sealer, Unlocking};
use mainstay::backup::{Order, create};
use mainstay::engine::Context;
use mainstay::observer::Silent;
use mainstay::restore::{Backup, Owners};
use mainstay::store::{FolderStore, Store, find};
use mainstay::{Error, ErrorKind};
use mainstay_testing::{TestDatabase, clients, server};

use super::lab::{Place, fresh, into, postgres, run, told, zoo};
use super::stock::similar_asserts;

/// A new key, and what encrypts to it.
pub(super) fn key() -> (Unlocking, Sealer) {
    let identity = age::x25519::Identity::generate();
    let keys = Keys::parse("backup.key", identity.to_string().expose_secret()).unwrap();
    let sealer = Sealer::to(&[identity.to_public().to_string()]).unwrap();
    (Unlocking { keys: Some(keys), ..Unlocking::default() }, sealer)
}

/// Takes an encrypted backup of `source` into the store in `folder`.
async fn sealed(source: &TestDatabase, folder: &Path, sealer: &Sealer) -> (Arc<dyn Store>, Manifest) {
    let store: Arc<dyn Store> = Arc::new(FolderStore::new(folder));
    let binaries = clients().into_iter().find(|binaries| binaries.bin == server().binaries().bin).unwrap();
    let (path, temporary) = (binaries.bin.display().to_string(), std::env::temp_dir());
    let order = Order { sealer, ..Order::new(store.as_ref(), &path, &temporary) };
    let context = Context { observer: Arc::new(Silent), dial: None, application_name: "backup".to_owned() };
    let taken = create(&source.target(), &order, &context).await.unwrap();
    (store, taken.manifest)
}

/// The one backup in `store`, opened.
async fn by_id(store: &Arc<dyn Store>, unlocking: &Unlocking) -> Result<Backup, Error> {
    let found = find(store.as_ref(), "latest", None).await.unwrap();
    Backup::stored(store.clone(), found.manifest, unlocking).await
}

fn refusal(opened: Result<Backup, Error>) -> Error {
    opened.err().expect("it must not open")
}

#[tokio::test]
async fn with_the_key_it_is_the_same_database() {
    let source = zoo(server());
    let binaries = clients().into_iter().find(|binaries| binaries.bin == server().binaries().bin).unwrap();
    let expected = told(&binaries, server(), source.name());
    let (place, (unlocking, sealer)) = (Place::new(), key());
    let (store, manifest) = sealed(&source, &place.path(), &sealer).await;
    let folder = place.path().join(&manifest.id);
    // Through the store, and as the folder that it is.
    let opened = [
        by_id(&store, &unlocking).await.unwrap(),
        Backup::open(&folder, &Owners::default(), &unlocking).await.unwrap(),
    ];
    for mut backup in opened {
        let name = fresh();
        let restored = run(&mut backup, &into(&name), &postgres(source.target())).await.unwrap();
        assert_eq!((restored.compared, restored.counted), (manifest.tables.len() as u64, 0));
        similar_asserts(&expected, &told(&binaries, server(), &name), "an encrypted backup");
    }
    let (other, _) = key();
    for (unlocking, said) in [(Unlocking::default(), "no secret key is given"), (other, "none of the keys opens")] {
        for opened in [by_id(&store, &unlocking).await, Backup::open(&folder, &Owners::default(), &unlocking).await] {
            let error = refusal(opened);
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(format!("{error:?}").contains(said) && format!("{error:?}").contains("--identity"), "{error:?}");
        }
    }
    let error = refusal(Backup::open(&folder.join("toc.dat.age"), &Owners::default(), &unlocking).await);
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(format!("{error:?}").contains("age -d -i"), "{error:?}");
}

/// Cut and changed ciphertext, under hashes that fit and under those that do not.
#[tokio::test]
async fn what_was_tampered_with_is_named_and_nothing_stays() {
    let source = server().database();
    source.psql("CREATE TABLE people AS SELECT n, repeat(md5(n::text), 20) AS t FROM generate_series(1, 5000) n");
    let (place, (unlocking, sealer)) = (Place::new(), key());
    let (store, manifest) = sealed(&source, &place.path(), &sealer).await;
    let folder = place.path().join(&manifest.id);
    let part = manifest.tables[0].parts[0].file.clone();
    let whole = std::fs::read(folder.join(&part)).unwrap();
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 16;
    for damaged in [whole[..middle].to_vec(), flipped] {
        for fits in [false, true] {
            std::fs::write(folder.join(&part), &damaged).unwrap();
            let mut forged = manifest.clone();
            let file = forged.files.iter_mut().find(|file| file.name == part).unwrap();
            if fits {
                file.stored = Stored::of(&damaged);
            }
            std::fs::write(folder.join(MANIFEST), forged.to_bytes()).unwrap();
            let name = fresh();
            let mut backup = by_id(&store, &unlocking).await.unwrap();
            let error = run(&mut backup, &into(&name), &postgres(source.target())).await.unwrap_err();
            let words = format!("{error:?} {}", error.causes().join(" "));
            assert_eq!(error.kind(), ErrorKind::Verification, "{words}");
            for piece in ["the encrypted data", &part, "TABLE DATA public.people"] {
                assert!(words.contains(piece), "{piece}: {words}");
            }
            let there = server().try_psql(
                "postgres",
                "postgres",
                &format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'"),
            );
            assert_eq!(there.unwrap().trim(), "0");
        }
    }
    // The table of contents, of which nothing may be believed.
    std::fs::write(folder.join(MANIFEST), manifest.to_bytes()).unwrap();
    let toc = std::fs::read(folder.join("toc.dat.age")).unwrap();
    std::fs::write(folder.join("toc.dat.age"), &toc[..toc.len() - 1]).unwrap();
    let error = refusal(by_id(&store, &unlocking).await);
    assert_eq!(error.kind(), ErrorKind::Verification);
    assert!(error.message().contains("toc.dat.age"), "{error:?}");
}
