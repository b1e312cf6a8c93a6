//! Rows on the move: the page's "Exporting and importing the ToMaTo data".

use mainstay::ErrorKind;
use mainstay::data::{Input, Options, Order, Output};
use tomato::{devices, hosts, topologies, users};

use crate::ground::Ground;

/// # A very small set-up grows
///
/// What was kept in a file goes to a server with everything in it, and back into a file for somebody who develops. The numbers go on
/// where they were, so nothing that is made later takes the place of what was there.
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
/// A dump knows which layout it is of. One of another layout is refused, with the line that brings the database there, and nothing is
/// loaded.
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
