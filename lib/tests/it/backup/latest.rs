//! Which backup is the latest.

use mainstay::ErrorKind;
use mainstay::archive::manifest::MANIFEST;
use mainstay::store::find;

use super::archives::{Memory, put};

/// A backup of `database`.
fn of(store: &Memory, id: &str, database: &str) {
    let mut manifest = put(store, id, None);
    manifest.source.database = database.to_owned();
    store.objects().insert(format!("{id}/{MANIFEST}"), manifest.to_bytes());
}

async fn latest(store: &Memory, own: Option<&str>) -> Result<String, (ErrorKind, String)> {
    let found = find(store, "latest", own).await;
    found.map(|found| found.listed.id).map_err(|error| (error.kind(), format!("{error:?}")))
}

#[tokio::test]
async fn the_latest_is_the_newest_of_the_own_database() {
    let store = Memory::default();
    assert_eq!(latest(&store, Some("walt")).await.unwrap_err().0, ErrorKind::NotFound);
    of(&store, "20261101T020000Z-a1", "walt");
    of(&store, "20261102T020000Z-a2", "walt");
    // What is begun, and what is no backup.
    store.objects().insert("20261109T020000Z-now/toc.dat".into(), vec![1]);
    let manifest = store.objects()[&format!("20261102T020000Z-a2/{MANIFEST}")].clone();
    store.objects().insert(format!("zzz-notes/{MANIFEST}"), manifest);
    // One database: whoever asks means it, one that restores under another name too.
    for own in [Some("walt"), Some("walt_dev"), None] {
        assert_eq!(latest(&store, own).await.unwrap(), "20261102T020000Z-a2", "{own:?}");
    }
    of(&store, "20261103T020000Z-b3", "tomato");
    assert_eq!(latest(&store, Some("walt")).await.unwrap(), "20261102T020000Z-a2");
    assert_eq!(latest(&store, Some("tomato")).await.unwrap(), "20261103T020000Z-b3");
    for own in [Some("walt_dev"), None] {
        let (kind, said) = latest(&store, own).await.unwrap_err();
        assert_eq!(kind, ErrorKind::Refused, "{said}");
        assert!(
            said.contains("20261102T020000Z-a2 of walt") && said.contains("20261103T020000Z-b3 of tomato"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn an_older_one_does_not_hide_that_the_newest_cannot_be_read() {
    let store = Memory::default();
    of(&store, "20261101T020000Z-a1", "walt");
    of(&store, "20261103T020000Z-a3", "walt");
    store.objects().insert(format!("20261102T020000Z-a2/{MANIFEST}"), b"{".to_vec());
    assert_eq!(latest(&store, Some("walt")).await.unwrap(), "20261103T020000Z-a3", "older ones are not read");
    store.objects().insert(format!("20261103T020000Z-a3/{MANIFEST}"), b"{\"format\": 7}".to_vec());
    let (kind, said) = latest(&store, Some("walt")).await.unwrap_err();
    assert_eq!(kind, ErrorKind::Unsupported, "{said}");
    assert!(said.contains("20261103T020000Z-a3") && said.contains("format 7"), "{said}");
}
