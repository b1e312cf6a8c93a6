//! What is on the network: devices, their wiring, their power, and how they are forgotten.

use std::time::SystemTime;

use futures_util::future::join;
use serde_json::json;
use tokio_postgres::Client;
use walt::ingest::{self, Ingested, LogLine};
use walt::logs::Search;
use walt::topology::{self, End};
use walt::{devices, forget, images, nodes, poe, server, switchports, vpn};

use crate::ground::Ground;
use crate::logging::{find, utc};
use crate::{NODE, OTHER_NODE, OTHER_SWITCH, SERVER, SWITCH};

/// # Devices
///
/// Whatever is seen on the network is a device; some turn out to be switches, some nodes, which boot an image. An image that
/// a node boots cannot be removed.
pub async fn devices_and_what_they_boot(db: &mut Client) {
    devices::register(db, SWITCH, Some("192.168.152.2"), "sw1", "switch").await.unwrap();
    devices::register(db, OTHER_SWITCH, None, "sw2", "switch").await.unwrap();
    devices::register(db, NODE, Some("192.168.152.11"), "new", "unknown").await.unwrap();
    devices::register(db, NODE, None, "rpi1", "node").await.unwrap();
    devices::register(db, NODE, None, "rpi1", "unknown").await.unwrap();
    devices::register(db, OTHER_NODE, Some("192.168.152.12"), "rpi2", "node").await.unwrap();
    let node = devices::by_ip(db, "192.168.152.11").await.unwrap().unwrap();
    assert_eq!((node.kind.as_str(), node.name.as_deref()), ("node", Some("rpi1")));

    assert!(devices::configure(db, SWITCH, &json!({"lldp.explore": true, "snmp.version": 2})).await.unwrap());
    assert!(devices::configure(db, SWITCH, &json!({"snmp.version": null})).await.unwrap());
    assert_eq!(devices::by_mac(db, SWITCH).await.unwrap().unwrap().conf, json!({"lldp.explore": true}));
    assert!(!devices::configure(db, "no such device", &json!({})).await.unwrap());

    nodes::switch(db, SWITCH, "HP").await.unwrap();
    for image in ["alice/pc:latest", "alice/spare:latest"] {
        images::add(db, image).await.unwrap();
    }
    nodes::boot(db, NODE, "rpi-2-b", "alice/spare:latest").await.unwrap();
    nodes::boot(db, NODE, "rpi-2-b", "alice/pc:latest").await.unwrap();
    assert_eq!(nodes::image(db, NODE).await.unwrap().as_deref(), Some("alice/pc:latest"));
    assert!(!images::remove(db, "alice/pc:latest").await.unwrap(), "a node boots it");
    assert!(images::remove(db, "alice/spare:latest").await.unwrap());
}

/// # Topology
///
/// A link is one row, found from both ends. A rescan of a switch takes back the confirmation of its links and gives it to
/// those that it finds; links of other switches stay as they are.
pub async fn links_are_seen_from_both_ends(db: &mut Client) {
    let [monday, tuesday, friday, saturday, sunday] =
        [1, 2, 5, 6, 7].map(|day| utc(&format!("2026-06-0{day} 12:00:00")));
    let on = |switch: &str, port| End::new(switch, Some(port));
    let somewhere = |mac: &str| End::new(mac, None);

    // On Monday both switches are scanned. They do not say which port of the node it is.
    let found = [(on(SWITCH, 5), somewhere(NODE)), (on(OTHER_SWITCH, 1), on(SWITCH, 24))];
    topology::rescan(db, &[SWITCH, OTHER_SWITCH], &found, monday).await.unwrap();
    let here = topology::location(db, NODE).await.unwrap().unwrap();
    assert_eq!((here.port, here.peer, here.last_seen), (None, on(SWITCH, 5), Some(monday)));
    let uplink = topology::neighbours(db, SWITCH).await.unwrap();
    assert_eq!(
        uplink.iter().map(|link| (link.port, &link.peer.mac[..])).collect::<Vec<_>>(),
        [(Some(5), NODE), (Some(24), OTHER_SWITCH)]
    );

    // On Tuesday the node tells where it hangs, and its own port: the same row knows more.
    topology::see(db, &End::new(NODE, Some(0)), &on(SWITCH, 5), tuesday).await.unwrap();
    let links = topology::neighbours(db, NODE).await.unwrap();
    assert_eq!((links.len(), links[0].port, links[0].last_seen), (1, Some(0), Some(tuesday)));

    // On Friday it hangs on the other switch, and only that one is scanned: both rows are there, the newer one counts.
    topology::rescan(db, &[OTHER_SWITCH], &[(on(OTHER_SWITCH, 7), somewhere(NODE))], friday).await.unwrap();
    assert_eq!(topology::location(db, NODE).await.unwrap().unwrap().peer, on(OTHER_SWITCH, 7));
    let uplink = &topology::neighbours(db, OTHER_SWITCH).await.unwrap()[1];
    assert_eq!((&uplink.peer, uplink.confirmed), (&on(SWITCH, 24), false), "it was not found again");

    // On Saturday it is back for a moment. Scanned on Sunday, the first switch does not see it: the confirmed place counts,
    // not the latest. The uplink is seen without its port here, and that is no second cable.
    topology::see(db, &somewhere(NODE), &on(SWITCH, 5), saturday).await.unwrap();
    assert_eq!(topology::location(db, NODE).await.unwrap().unwrap().peer, on(SWITCH, 5));
    topology::rescan(db, &[SWITCH], &[(somewhere(SWITCH), on(OTHER_SWITCH, 1))], sunday).await.unwrap();
    assert_eq!(topology::location(db, NODE).await.unwrap().unwrap().peer, on(OTHER_SWITCH, 7));
    let uplink: Vec<_> =
        topology::neighbours(db, SWITCH).await.unwrap().into_iter().filter(|link| link.confirmed).collect();
    assert_eq!((uplink.len(), uplink[0].port, uplink[0].last_seen), (1, Some(24), Some(sunday)));
}

/// # Switch ports
///
/// A port has a name of its own only when a user chose one.
pub async fn only_chosen_port_names_are_kept(machine: &Ground, db: &Client) {
    switchports::rename(db, SWITCH, 5, "bench 3").await.unwrap();
    assert_eq!(switchports::name(db, SWITCH, 5).await.unwrap(), "bench 3");
    switchports::rename(db, SWITCH, 5, "port5").await.unwrap();
    assert_eq!(switchports::name(db, SWITCH, 5).await.unwrap(), "port5");
    assert_eq!(machine.psql("walt", "SELECT count(*) FROM switchports"), "0");
}

/// # VPN
///
/// A node far away comes in with a key. A revoked key stays on record.
pub async fn keys_are_revoked_and_never_removed(db: &Client) {
    let key = vpn::Key { vpnmac: "dd:01", certificate: "ssh-ed25519 AAAA", certid: "walt-1", label: "attic" };
    vpn::authorise(db, key).await.unwrap();
    vpn::assign(db, "dd:01", OTHER_NODE).await.unwrap();
    assert!(vpn::may_enter(db, "walt-1").await.unwrap());
    assert!(vpn::revoke(db, "dd:01").await.unwrap());
    assert!(!vpn::may_enter(db, "walt-1").await.unwrap());
    assert!(vpn::authorise(db, key).await.is_err(), "the same key does not come back");
}

/// # Power
///
/// A port's power was cut to save it, and the machine is switched off. After the start it is still known why, and which
/// node needs no soft reboot, until the power is back.
pub async fn reasons_outlive_a_restart(machine: &mut Ground, db: Client) {
    poe::off(&db, OTHER_SWITCH, 7, "powersave").await.unwrap();
    poe::off(&db, OTHER_SWITCH, 7, "powersave").await.unwrap();
    drop(db);
    machine.reboot();

    let (_, db) = machine.start("walt").await;

    let off = poe::OffPort { switch: OTHER_SWITCH.into(), port: 7, reason: "powersave".into() };
    assert_eq!(poe::off_ports(&db).await.unwrap(), [off]);
    assert_eq!(poe::off_macs(&db).await.unwrap(), [NODE.to_owned()].into());
    assert!(poe::on(&db, OTHER_SWITCH, 7).await.unwrap());
    assert!(!poe::on(&db, OTHER_SWITCH, 7).await.unwrap(), "it was back already");
    assert!(poe::off_ports(&db).await.unwrap().is_empty());
    poe::off(&db, SWITCH, 5, "hard-reboot").await.unwrap();
    assert!(poe::off_macs(&db).await.unwrap().is_empty(), "the node hangs there no longer");
}

/// # Forgetting a device
///
/// With a device go its links, ports, streams and lines, and nothing else. Lines that still arrive are dropped.
pub async fn devices_are_forgotten_whole(machine: &Ground) {
    let (_, mut db) = machine.start("walt").await;
    assert_eq!(forget::log_lines(&db, NODE).await.unwrap(), 4);
    assert!(forget::forget(&db, NODE).await.unwrap());
    assert!(!forget::forget(&db, NODE).await.unwrap(), "it is gone");
    assert!(!forget::forget(&db, SERVER).await.unwrap(), "the server does not forget itself");

    assert_eq!(devices::by_mac(&db, NODE).await.unwrap(), None);
    assert_eq!(topology::neighbours(&db, OTHER_SWITCH).await.unwrap().len(), 1, "the uplink");
    assert_eq!(find(&db, &Search::default()).await.len(), 1, "the other node's");
    assert_eq!(images::of_user(&db, "alice").await.unwrap()[0].nodes, 0, "the image stays");
    let line =
        LogLine { issuer: NODE.into(), stream: "kernel".into(), at: SystemTime::now(), line: "still here".into() };
    let late = vec![line; 100];
    assert_eq!(ingest::write(&mut db, &late).await.unwrap(), Ingested { written: 0, dropped: 100 });

    // It comes and goes while its lines are on their way: they are all in, or all dropped, and no batch fails.
    let (_, other) = machine.start("walt").await;
    let comes_and_goes = async {
        for _ in 0..20 {
            devices::register(&other, NODE, None, "rpi1", "node").await.unwrap();
            forget::forget(&other, NODE).await.unwrap();
        }
    };
    let logs = async {
        for _ in 0..40 {
            let ingested = ingest::write(&mut db, &late).await.unwrap();
            assert!(ingested.written % 100 == 0, "{ingested:?}");
        }
    };
    join(comes_and_goes, logs).await;
    assert_eq!(find(&db, &Search::default()).await.len(), 1);
}

/// # A new network card
///
/// The server starts with another MAC address. Its old row, with whatever refers to it, is kept as an unknown device and is
/// no obstacle.
pub async fn the_server_gets_a_new_network_card(machine: &Ground) {
    let (_, mut db) = machine.start("walt").await;
    switchports::rename(&db, SERVER, 1, "left over").await.unwrap();
    let new = "52:54:00:00:00:02";
    for _ in ["this start", "the next"] {
        server::enter(&mut db, new, "192.168.152.1").await.unwrap();
        assert_eq!(devices::by_ip(&db, "192.168.152.1").await.unwrap().unwrap().mac, new);
        assert_eq!(devices::by_mac(&db, SERVER).await.unwrap().unwrap().kind, "unknown");
    }
    assert!(forget::forget(&db, SERVER).await.unwrap(), "now a user may");
}
