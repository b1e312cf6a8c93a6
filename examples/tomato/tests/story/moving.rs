//! Rows on the move: the page's "Exporting and importing the ToMaTo data".

use mainstay::data::{Format, Input, Options, Order, Output, Selection};
use mainstay::{Database, ErrorKind};
use tomato::{devices, hosts, topologies, users};

use crate::ground::{Ground, real_file};

/// # A very small set-up grows
///
/// What was kept in a file goes to a server with everything in it, and back into a file for somebody who develops. The numbers go
/// on where they were, so nothing that is made later takes the place of what was there.
#[tokio::test]
async fn a_file_becomes_a_server_and_a_file_again() {
    let (small, large, developer) = (Ground::with_a_file(), Ground::with_a_server(), Ground::with_a_file());
    let (_, store) = tomato::open(&small.database()).await.unwrap();
    let built = store.write(|db| {
        let alice = users::enter(db, "alice", "glab")?;
        let topology = topologies::create(db, alice, "triangle")?;
        let ends = [(devices::add(db, topology, "vm1", "openvz", &["eth0"])?, "eth0")];
        topologies::connect(db, topology, "switch1", "switch", &ends)?;
        Ok((alice, topology))
    });
    let (alice, topology) = built.await.unwrap();
    store.write(|db| hosts::enter(db, "host1", "ukl", 6000, 1000)).await.unwrap();
    tomato::open(&large.database()).await.unwrap();
    tomato::open(&developer.database()).await.unwrap();
    let (order, options) = (Order::default(), Options::default());

    let copied = small.database().copy_data(&large.database(), &order, &options).await.unwrap();
    let back = large.database().copy_data(&developer.database(), &order, &options).await.unwrap();

    let counted =
        |copied: &mainstay::data::Copied| copied.loaded.tables.iter().map(|table| table.inserted).sum::<u64>();
    assert!(counted(&copied) >= 6 && counted(&copied) == counted(&back), "{copied:?}");
    for ground in [&large, &developer] {
        let store = tomato::open_unchanged(&ground.database()).unwrap();
        assert_eq!(store.read(move |db| topologies::of_user(db, alice)).await.unwrap(), ["triangle"]);
        let vms = store.read(move |db| devices::of_topology(db, topology)).await.unwrap();
        assert_eq!(vms.iter().map(|vm| vm.name.as_str()).collect::<Vec<_>>(), ["vm1"]);
        let next = store.write(|db| users::enter(db, "bob", "glab")).await.unwrap();
        assert!(next > alice, "{next} is not {alice} again");
    }
}

/// # "These commands might only work when the database is up-to-date with the current layout in the code"
///
/// A dump knows which layout it is of. One of another layout is refused, with the line that brings the database there, and nothing
/// is loaded.
#[tokio::test]
async fn a_dump_of_another_layout_is_refused() {
    let (old, new) = (Ground::with_a_file(), Ground::with_a_server());
    old.database_at(crate::EARLIER).prepare().await.unwrap();
    let store = tomato::open_unchanged(&old.database()).unwrap();
    store.write(|db| hosts::enter(db, "host1", "ukl", 6000, 1000)).await.unwrap();
    tomato::open(&new.database()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let dump = folder.path().join("dump");

    let dumped = old.database().dump_data(&Order::default(), Output::named(dump.clone()).unwrap()).await.unwrap();
    let refused = new.database().plan_data(Input::Path(dump), &Options::default()).await.err().unwrap();

    assert_eq!(dumped.manifest.migration.as_deref(), Some(crate::EARLIER));
    assert_eq!(refused.kind(), ErrorKind::Refused);
    assert!(refused.hints()[0].ends_with(&format!("mainstay migrate up --to {}", crate::EARLIER)), "{refused:?}");
}

/// # "./manage.py dumpdata tomato south > dump.json" … "./manage.py loaddata dump"
///
/// The page's own lines, without Django: `mainstay data dump --format django tomato -o dump.json`, `mainstay data load dump`. What
/// was a file is a server's then, and the numbers go on.
#[tokio::test]
async fn a_fixture_of_a_file_is_loaded_into_a_server() {
    let (small, large) = (Ground::with_a_file(), Ground::with_a_server());
    let (_, store) = tomato::open(&small.database()).await.unwrap();
    let alice = store.write(|db| users::enter(db, "alice", "glab")).await.unwrap();
    store.write(move |db| topologies::create(db, alice, "triangle")).await.unwrap();
    tomato::open(&large.database()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();

    fixture(&small.database(), &["tomato"], folder.path().join("dump.json")).await;
    let (large, options) = (large.database(), Options::default());
    let ready = large.plan_data(Input::Path(folder.path().join("dump")), &options).await.unwrap();
    large.load_data(ready, &options).await.unwrap();

    let store = tomato::open_unchanged(&large).unwrap();
    assert_eq!(store.read(move |db| topologies::of_user(db, alice)).await.unwrap(), ["triangle"]);
    assert!(store.write(|db| users::enter(db, "bob", "glab")).await.unwrap() > alice);
}

/// # A dump of ToMaTo's own
///
/// What Django 1.4 wrote of a real host manager, with South's history, goes into a database that South has made. Its history says
/// which version the dump is of: another one is refused, as the page asks for. One model has a table of another name, which
/// `mainstay.toml` says.
#[tokio::test]
async fn a_dump_that_tomato_wrote_is_loaded_at_its_version_alone() {
    let (Some(real), Some(dump)) = (real_file("hostmanager_populated.pg15.sql"), real_file("hostmanager_dump.json"))
    else {
        return;
    };
    let ground = Ground::with_a_server();
    let (first, second) = (ground.foreign_database("first", &real), ground.foreign_database("second", &real));
    let tables =
        "SELECT string_agg(oid::regclass::text, ', ') FROM pg_class WHERE relname LIKE 'tomato_%' AND relkind = 'r'";
    let tables = ground.psql("second", tables);
    ground.psql("second", &format!("TRUNCATE {tables}"));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("dump.json"), dump).unwrap();
    let (input, options) = (|| Input::Path(folder.path().join("dump")), Options::default());

    ground.psql("second", "DELETE FROM south_migrationhistory WHERE migration LIKE '0005%'");
    let refused = second.plan_data(input(), &options).await.err().unwrap();
    assert_eq!(refused.kind(), ErrorKind::Refused);
    assert!(refused.message().contains("which the database has not"), "{refused:?}");

    ground.psql("second", "INSERT INTO south_migrationhistory VALUES (5, 'tomato', '0005_users2', now())");
    let ready = second.plan_data(input(), &options).await.unwrap();
    let loaded = second.load_data(ready, &options).await.unwrap();
    assert!(loaded.tables.iter().map(|table| table.inserted).sum::<u64>() > 10, "{loaded:?}");
    let rows = |name: &str| folder.path().join(name);
    fixture(&first, &["tomato"], rows("first.jsonl")).await;
    fixture(&second, &["tomato"], rows("second.jsonl")).await;
    let read = |name: &str| std::fs::read_to_string(rows(name)).unwrap();
    assert_eq!(read("first.jsonl"), read("second.jsonl"));
    fixture(&first, &["tomato", "south"], rows("both.jsonl")).await;
    assert!(read("both.jsonl").contains("\"model\": \"south.migrationhistory\""));
}

/// `mainstay data dump --format django LABELS -o FILE`
async fn fixture(database: &Database, labels: &[&str], file: std::path::PathBuf) {
    let selection =
        Selection { tables: labels.iter().map(|label| (*label).to_owned()).collect(), ..Selection::default() };
    let order = Order { selection, format: Format::Django, ..Order::default() };
    database.dump_data(&order, Output::Fixture(file)).await.unwrap();
}
