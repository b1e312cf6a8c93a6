//! Lists, and what is given up.

use std::path::Path;

use jiff::Timestamp;
use mainstay::ErrorKind;
use mainstay::backup::{Removal, plan_delete, plan_prune, remove};
use mainstay::config::Keep;
use mainstay::store::{FolderStore, State, Store, find, list};

use super::archives::{Memory, prove, put};

/// A backup of each of five days, the third of them proven; one that is being made, one that never was finished.
fn some() -> Memory {
    let store = Memory::default();
    for day in 1..=5 {
        let manifest = put(&store, &format!("2026110{day}T020000Z-a{day}"), None);
        if day == 3 {
            prove(&store, &manifest);
        }
    }
    for id in ["20261106T020000Z-now", "20261101T030000Z-never"] {
        store.objects().insert(format!("{id}/toc.dat"), b"begun".to_vec());
    }
    // The safety copies of migrations and whatever else lies there.
    store.objects().insert("walt-20261105T020000Z.sqlite3".into(), b"copy".to_vec());
    store.objects().insert("notes/20261105T020000Z".into(), b"mine".to_vec());
    store
}

fn now() -> Timestamp {
    "2026-11-06T02:05:00Z".parse().unwrap()
}

fn gone(plan: &Removal) -> Vec<&str> {
    plan.remove.iter().map(|removed| removed.backup.id.as_str()).collect()
}

#[tokio::test]
async fn every_state_is_listed() {
    let store = some();
    let at = "20261104T020000Z-a4/manifest.json";
    let cut = store.objects()[at][..100].to_vec();
    store.objects().insert(at.into(), cut);
    // A proof of another manifest proves nothing.
    let proof = store.objects()["20261103T020000Z-a3/proof.json"].clone();
    store.objects().insert("20261102T020000Z-a2/proof.json".into(), proof);
    let listed = list(&store).await.unwrap();
    let shown: Vec<(&str, State, u64)> =
        listed.iter().map(|backup| (backup.id.as_str(), backup.state, backup.rows)).collect();
    assert_eq!(
        shown,
        [
            ("20261106T020000Z-now", State::Unfinished, 0),
            ("20261105T020000Z-a5", State::Checked, 250),
            ("20261104T020000Z-a4", State::Unreadable, 0),
            ("20261103T020000Z-a3", State::Proven, 250),
            ("20261102T020000Z-a2", State::Checked, 250),
            ("20261101T030000Z-never", State::Unfinished, 0),
            ("20261101T020000Z-a1", State::Checked, 250),
        ]
    );
    assert!(listed[2].problem.as_deref().unwrap().contains("damaged"));
    assert_eq!((listed[0].bytes, listed[1].database.as_deref()), (5, Some("walt")));
}

#[tokio::test]
async fn backups_are_found_by_name() {
    let store = some();
    assert_eq!(find(&store, "latest", None).await.unwrap().listed.id, "20261105T020000Z-a5");
    let found = find(&store, "20261103T020000Z-a3", None).await.unwrap();
    assert_eq!((found.manifest.tables.len(), found.proof.is_some(), found.objects.len()), (4, true, 9));
    for none in ["20261103T020000Z-a", "20261103T020000Z", "notes", "..", "", "20261106T020000Z-now"] {
        let error = find(&store, none, None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{none}: {error:?}");
        assert!(error.hints()[0].contains("mainstay backup list"));
    }
    assert_eq!(find(&Memory::default(), "latest", None).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn rules_leave_what_matters() {
    let store = some();
    let keep = Keep { last: 1, ..Keep::default() };
    let plan = plan_prune(&store, keep, now()).await.unwrap();
    let expected = ["20261101T030000Z-never", "20261104T020000Z-a4", "20261102T020000Z-a2", "20261101T020000Z-a1"];
    assert_eq!(gone(&plan), expected);
    let kept: Vec<(&str, String)> = plan.keep.iter().map(|kept| (kept.id.as_str(), kept.why.join(", "))).collect();
    let expected = [
        ("20261106T020000Z-now", "not complete yet".to_owned()),
        ("20261105T020000Z-a5", "last".to_owned()),
        ("20261103T020000Z-a3", "newest proven".to_owned()),
    ];
    assert_eq!(kept, expected);
    remove(&store, &plan).await.unwrap();
    let left: Vec<String> = list(&store).await.unwrap().into_iter().map(|backup| backup.id).collect();
    assert_eq!(left, ["20261106T020000Z-now", "20261105T020000Z-a5", "20261103T020000Z-a3"]);
    assert!(store.objects().contains_key("walt-20261105T020000Z.sqlite3"), "what is no backup stays");
    assert_eq!(store.objects().keys().filter(|name| name.starts_with("2026110")).count(), 1 + 8 + 9);
    assert_eq!(gone(&plan_prune(&store, keep, now()).await.unwrap()), [""; 0]);
}

#[tokio::test]
async fn without_rules_only_what_was_never_finished_goes() {
    let plan = plan_prune(&some(), Keep::default(), now()).await.unwrap();
    assert_eq!(gone(&plan), ["20261101T030000Z-never"]);
}

#[tokio::test]
async fn what_cannot_be_read_stays() {
    let store = some();
    store.objects().insert("20261101T020000Z-a1/manifest.json".into(), b"{\"format\": 7}".to_vec());
    let plan = plan_prune(&store, Keep { last: 1, ..Keep::default() }, now()).await.unwrap();
    assert!(plan.keep.iter().any(|kept| kept.id == "20261101T020000Z-a1" && kept.why == ["cannot be read"]));
}

#[tokio::test]
async fn each_database_has_its_own() {
    let store = some();
    let mut manifest = put(&store, "20261101T020000Z-other", None);
    manifest.source.database = "tomato".into();
    store.objects().insert("20261101T020000Z-other/manifest.json".into(), manifest.to_bytes());
    let plan = plan_prune(&store, Keep { daily: 1, ..Keep::default() }, now()).await.unwrap();
    assert!(plan.keep.iter().any(|kept| kept.id == "20261101T020000Z-other" && kept.why == ["daily"]), "{plan:?}");
}

#[tokio::test]
async fn the_newest_proven_one_goes_by_name_alone() {
    let store = some();
    let ids = ["20261103T020000Z-a3".to_owned(), "20261101T020000Z-a1".to_owned()];
    let error = plan_delete(&store, &ids, &[]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
    assert!(error.hints()[0].contains("--even-proven"));
    let plan = plan_delete(&store, &ids, &ids[..1]).await.unwrap();
    assert_eq!(gone(&plan), ids);
    let error = plan_delete(&store, &["20270101T000000Z-x".to_owned()], &[]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    remove(&store, &plan).await.unwrap();
    assert_eq!(list(&store).await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_plan_of_yesterday_removes_nothing() {
    let store = some();
    let plan = plan_prune(&store, Keep { last: 1, ..Keep::default() }, now()).await.unwrap();
    // Meanwhile a drill has proven one that is to go.
    let manifest = find(&store, "20261104T020000Z-a4", None).await.unwrap().manifest;
    prove(&store, &manifest);
    let before = store.objects().clone();
    let error = remove(&store, &plan).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
    assert_eq!(*store.objects(), before);
}

#[tokio::test]
async fn a_folder_is_empty_afterwards() {
    let home = tempfile::tempdir().unwrap();
    let (memory, store) = (some(), FolderStore::new(home.path()));
    let objects = memory.objects().clone();
    for (name, bytes) in objects {
        store.create(&name, &bytes).await.unwrap();
    }
    let plan = plan_prune(&store, Keep { last: 1, ..Keep::default() }, now()).await.unwrap();
    remove(&store, &plan).await.unwrap();
    let there = |id: &str| Path::new(home.path()).join(id).exists();
    assert!(there("20261105T020000Z-a5") && there("20261103T020000Z-a3") && !there("20261104T020000Z-a4"));
}
