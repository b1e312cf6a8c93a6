//! What a folder does and other stores cannot.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use mainstay::ErrorKind;
use mainstay::store::{Access, FolderStore, Store, open};
use tempfile::TempDir;

use super::conformance::{Empty, conformance};
use super::{names, noise, read, write};

async fn empty() -> Empty {
    let home = tempfile::tempdir().unwrap();
    let store = Arc::new(FolderStore::new(home.path().join("not there yet/backups")));
    Empty { store, _home: Box::new(home) }
}

conformance!(conforms, empty());

fn store() -> (TempDir, FolderStore) {
    let home = tempfile::tempdir().unwrap();
    let store = FolderStore::new(home.path().join("backups"));
    (home, store)
}

/// All files and folders below `folder`, hidden ones too.
fn everything(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(&at).into_iter().flatten().flatten() {
            found.push(entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn nobody_else_may_read_it() {
    let (home, store) = store();
    write(&store, "a/b", b"secret", &[6]).await.unwrap();
    store.create("a/c", b"secret").await.unwrap();
    let mode = |path: &str| fs::metadata(home.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        ["backups", "backups/a", "backups/a/b", "backups/a/c"].map(mode),
        [0o700, 0o700, 0o600, 0o600],
        "whatever the umask says"
    );
}

#[tokio::test]
async fn nothing_else_stays_behind() {
    let (home, store) = store();
    let root = home.path().join("backups");
    write(&store, "a/b/c", &noise(3_000_000, 1), &[100_000]).await.unwrap();
    store.create("a/d", b"x").await.unwrap();
    store.create("a/d", b"x").await.unwrap_err();
    let mut sink = store.write("e/f").await.unwrap();
    sink.write(&noise(5_000_000, 2)).await.unwrap();
    assert_eq!(everything(&root).len(), 6, "the part is there: {:?}", everything(&root));
    drop(sink);
    assert_eq!(everything(&root), ["a", "a/b", "a/b/c", "a/d"]);
    store.remove("a/b/c").await.unwrap();
    assert_eq!(everything(&root), ["a", "a/d"]);
    store.remove("a/d").await.unwrap();
    assert_eq!(everything(&root), [""; 0]);
    assert!(root.is_dir());
}

#[tokio::test]
async fn what_dead_writers_left_is_swept() {
    let (home, store) = store();
    let root = home.path().join("backups");
    fs::create_dir_all(root.join("dead/deep")).unwrap();
    fs::create_dir_all(root.join("somebody's")).unwrap();
    let mut alive = store.write("alive/toc.dat").await.unwrap();
    alive.write(b"some").await.unwrap();
    let part = everything(&root).into_iter().find(|path| path.ends_with("-part")).unwrap();
    let dead = Path::new(&part).file_name().unwrap();
    fs::write(root.join("dead/deep").join(dead), "left by a kill -9").unwrap();
    fs::write(root.join("dead/.other.part"), "another program's").unwrap();
    assert_eq!(store.list("").await.unwrap(), [], "none is an object");

    // Another process: it has not swept yet.
    let another = FolderStore::new(&root);
    write(&another, "x", b"x", &[1]).await.unwrap();
    let kept = ["alive", &part, "dead", "dead/.other.part", "somebody's", "x"];
    assert_eq!(everything(&root), kept);
    alive.finish().await.unwrap();
    assert_eq!(read(&store, "alive/toc.dat").await.unwrap(), b"some");
}

#[tokio::test]
async fn a_file_that_becomes_shorter_is_no_whole_one() {
    let (home, store) = store();
    write(&store, "a", &noise(4_000_000, 1), &[1_000_000]).await.unwrap();
    let mut source = store.read("a").await.unwrap();
    source.next().await.unwrap();
    let file = fs::OpenOptions::new().write(true).open(home.path().join("backups/a")).unwrap();
    file.set_len(2_500_000).unwrap();
    let error = loop {
        match source.next().await {
            Ok(piece) => assert!(piece.is_some(), "the end came as if all were well"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.message().contains("shorter by 1500000 bytes"), "{error:?}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_one() {
    let (home, store) = store();
    fs::write(home.path().join("backups"), "a file").unwrap();
    for error in [store.list("").await.unwrap_err(), store.create("a", b"x").await.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(error.message().contains(&home.path().join("backups").display().to_string()), "{error:?}");
    }
}

#[tokio::test]
async fn a_file_on_the_way_is_no_folder() {
    let (_home, store) = store();
    write(&store, "a/b", b"x", &[1]).await.unwrap();
    assert_eq!(store.read("a").await.err().unwrap().kind(), ErrorKind::NotFound);
    assert_eq!(store.read("a/b/c").await.err().unwrap().kind(), ErrorKind::NotFound);
    assert_eq!(store.list("a/b/c").await.unwrap(), []);
    store.remove("a/b/c").await.unwrap();
    assert_eq!(store.write("a/b/c").await.err().unwrap().kind(), ErrorKind::Io);
    assert_eq!(store.create("a", b"x").await.unwrap_err().kind(), ErrorKind::Refused);
}

#[tokio::test]
async fn links_lead_out_and_are_not_listed() {
    let (home, store) = store();
    write(&store, "a/b", b"x", &[1]).await.unwrap();
    fs::create_dir(home.path().join("outside")).unwrap();
    fs::write(home.path().join("outside/precious"), "x").unwrap();
    std::os::unix::fs::symlink(home.path().join("outside"), home.path().join("backups/link")).unwrap();
    assert_eq!(names(&store).await, ["a/b"]);
}

#[tokio::test]
async fn the_configured_place() {
    let home = tempfile::tempdir().unwrap();
    let opened = |to: &str| open(to, home.path(), &Access::default());
    assert_eq!(opened("backups").unwrap().describe(), home.path().join("backups").display().to_string());
    assert_eq!(opened("/srv/backups").unwrap().describe(), "/srv/backups");
    let error = opened("gs://bucket/prefix").err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.hints()[0].contains("s3://"), "{error:?}");
}
