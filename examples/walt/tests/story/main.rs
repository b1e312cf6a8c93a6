//! The story of one WalT server's database. It runs as a test, and each step says what it shows.
//!
//! A WalT server looks after a platform of small computers (nodes) on network switches that can cut their power. All that it
//! knows of them is in one PostgreSQL database, which must be there whenever the server starts, whatever was there before.

mod ground;

use std::time::{Duration, SystemTime};

use futures_util::TryStreamExt;
use futures_util::future::{join, join_all};
use ground::{Ground, real_file};
use mainstay::dialect::Version;
use mainstay::migrate::Goal;
use mainstay::prepare::SafetyOutcome;
use mainstay_testing::statements;
use serde_json::json;
use tokio_postgres::Client;
use walt::ingest::{Ingested, LogLine};
use walt::logs::Search;
use walt::topology::{self, End};
use walt::{checkpoints, devices, forget, images, ingest, logs, nodes, poe, server, switchports, vpn};

const SERVER: &str = "52:54:00:00:00:01";
const SWITCH: &str = "aa:00:00:00:00:01";
const OTHER_SWITCH: &str = "aa:00:00:00:00:02";
const NODE: &str = "bb:00:00:00:00:01";
const OTHER_NODE: &str = "bb:00:00:00:00:02";

const VERSIONS: [&str; 5] = ["20261120090400", "20261120090500", "20261120090800", "20261120090900", "20261120091000"];
const WALT_10: &str = VERSIONS[4];

#[tokio::test]
async fn the_story_of_a_walt_server() {
    let mut machine = Ground::new();

    // A new server.
    first_start_from_nothing(&machine).await;
    second_start_changes_nothing(&machine).await;

    // A server that was upgraded.
    the_schema_is_walts_own(&machine).await;
    an_old_database_is_brought_up(&machine).await;
    any_version_is_brought_up_without_a_ledger(&machine).await;

    // What the database is for.
    let (_, mut db) = machine.start("walt").await;
    devices_and_what_they_boot(&mut db).await;
    links_are_seen_from_both_ends(&mut db).await;
    only_chosen_port_names_are_kept(&machine, &db).await;
    logs_go_in_by_the_batch(&mut db).await;
    logs_are_found_again(&db).await;
    keys_are_revoked_and_never_removed(&db).await;
    reasons_outlive_a_restart(&mut machine, db).await;
    devices_are_forgotten_whole(&machine).await;
    the_server_gets_a_new_network_card(&machine).await;
}

/// # First start
///
/// There is a PostgreSQL server, and nothing of WalT on it. After the start there is a role, a database that it owns, and
/// in it WalT's twelve tables with their indexes.
async fn first_start_from_nothing(machine: &Ground) {
    assert_eq!(machine.psql("postgres", "SELECT count(*) FROM pg_roles WHERE rolname = 'walt'"), "0");

    let (prepared, mut db) = machine.start("walt").await;

    assert!(prepared.created.iter().any(|step| step.contains("role walt")), "{:?}", prepared.created);
    assert!(prepared.created.iter().any(|step| step.contains("database walt")), "{:?}", prepared.created);
    assert_eq!(prepared.safety, SafetyOutcome::NotNeeded, "there was nothing to lose");
    assert_eq!(machine.psql("walt", "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "12");
    assert_eq!(machine.psql("walt", "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"), "walt");

    // Every reference can be followed backwards by an index.
    let bare = "SELECT conrelid::regclass || '.' || attname FROM pg_constraint
        JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
        WHERE contype = 'f' AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = conrelid AND indkey[0] = conkey[1])";
    assert_eq!(machine.psql("walt", bare), "");

    // The server enters itself.
    server::enter(&mut db, SERVER, "192.168.152.1").await.unwrap();
    assert_eq!(devices::by_ip(&db, "192.168.152.1").await.unwrap().unwrap().kind, "server");
}

/// # Second start
///
/// Everything is there, so nothing is done: no copy, no migration, not a row written.
async fn second_start_changes_nothing(machine: &Ground) {
    let next_transaction = "SELECT pg_snapshot_xmax(pg_current_snapshot())";
    let (schema, before) = (machine.schema("walt"), machine.psql("walt", next_transaction));

    let (prepared, _) = machine.start("walt").await;

    assert_eq!(machine.psql("walt", next_transaction), before, "no transaction has written");
    assert!(prepared.created.is_empty() && prepared.migrations.is_none(), "{prepared:?}");
    assert_eq!(prepared.safety, SafetyOutcome::NotNeeded);
    assert_eq!(machine.schema("walt"), schema);
}

/// # WalT's own schema
///
/// The first five migrations make exactly what WalT 10 makes on a new server. The four after them are improvements, and each
/// can be undone.
async fn the_schema_is_walts_own(machine: &Ground) {
    machine.database_at("walt_10", WALT_10).prepare().await.unwrap();
    let own = machine.schema("walt_10");
    if let Some(real) = real_file("expected_schema_fresh_HEAD.pg15.sql") {
        assert_eq!(own, statements(&real));
    }
    let columns = "SELECT string_agg(relname || ': ' || columns, E'\\n' ORDER BY relname) FROM (
        SELECT relname, string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) AS columns
        FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' GROUP BY relname) tables";
    let expected = "\
checkpoints: username text, timestamp timestamp without time zone, name text
devices: mac text, ip text, name text, type text, virtual boolean, conf jsonb
images: fullname text
logs: stream_id integer, timestamp timestamp with time zone, line text
logstreams: id integer, issuer_mac text, name text, mode logmode
nodes: mac text, image text, model text
poeoff: mac text, port integer, reason text
switches: mac text, model text
switchports: mac text, port integer, name text
topology: mac1 text, port1 integer, mac2 text, port2 integer, confirmed boolean, last_seen timestamp with time zone
vpnauth: vpnmac text, pubkeycert text, certid text, device_label text, revoked boolean
vpnnodes: mac text, vpnmac text";
    assert_eq!(machine.psql("walt_10", columns), expected);

    let database = machine.database("walt_10");
    database.prepare().await.unwrap();
    assert_eq!(machine.schema("walt_10"), machine.schema("walt"));
    let folder = database.folder().unwrap().unwrap();
    database.migrate(&folder, &Goal::DownTo(Version::new(WALT_10))).await.unwrap();
    assert_eq!(machine.schema("walt_10"), own);
}

/// # An old database
///
/// A server of version 4 is upgraded. A copy is taken first. Then nothing is lost, and what comes out is the very schema
/// that a new server has.
async fn an_old_database_is_brought_up(machine: &Ground) {
    let old = real_file("sample_v4_populated.sql").unwrap_or_else(|| include_str!("version_4.sql").to_owned());
    machine.old_database("walt_old", &old);

    let (prepared, db) = machine.start("walt_old").await;

    let SafetyOutcome::Taken(copy) = prepared.safety else { panic!("no copy: {:?}", prepared.safety) };
    assert!(copy.bytes > 0 && copy.path.exists());
    assert_eq!(machine.schema("walt_old"), machine.schema("walt"));

    // Four devices, and every setting of the switches and the node is theirs now. The switch that told nothing has none.
    let confs: Vec<_> = devices::all(&db).await.unwrap().into_iter().map(|device| (device.mac, device.conf)).collect();
    let told = json!({"lldp.explore": true, "poe.reboots": true, "snmp.version": 2, "snmp.community": "private"});
    let expected = [(NODE, json!({"netsetup": 1})), (SWITCH, told), (OTHER_SWITCH, json!({})), (SERVER, json!({}))];
    assert_eq!(confs, expected.map(|(mac, conf)| (mac.to_owned(), conf)));

    // A thousand lines, and the times that were Paris time still are.
    assert_eq!(logs::count(&db, &Search::default()).await.unwrap(), 1000);
    let first = Search { line: Some("^line 1$"), ..Search::default() };
    assert_eq!(find(&db, &first).await[0].at, utc("2018-12-31 23:00:01"));

    // The image that no node boots is still there, and the link has no port that nobody told.
    let names: Vec<_> =
        images::of_user(&db, "alice").await.unwrap().into_iter().map(|i| (i.fullname, i.nodes)).collect();
    assert_eq!(names, [("alice/pc:latest".to_owned(), 1), ("alice/unused:latest".to_owned(), 0)]);
    let link = topology::location(&db, NODE).await.unwrap().unwrap();
    assert_eq!((link.peer, link.port, link.last_seen), (End::new(SWITCH, Some(5)), None, None));
}

/// # Any version
///
/// WalT never wrote down which version a database has. So each step looks before it changes something, and a database of
/// any version becomes the same, with what WalT's own upgrades left behind put right.
async fn any_version_is_brought_up_without_a_ledger(machine: &Ground) {
    for version in VERSIONS {
        let name = format!("walt_{version}");
        machine.database_at(&name, version).prepare().await.unwrap();
        machine.psql(&name, "DROP SCHEMA mainstay CASCADE; INSERT INTO devices (mac, type) VALUES ('a', 'server')");
        machine.start(&name).await;
        assert_eq!(machine.schema(&name), machine.schema("walt"), "from {version}");
    }

    // A version 10 that was a version 4 once; its settings table was in use.
    machine.database_at("walt_drifted", WALT_10).prepare().await.unwrap();
    let drift = "DROP SCHEMA mainstay CASCADE;
        SET ROLE walt;
        CREATE TABLE config (item text PRIMARY KEY, value text);
        INSERT INTO config VALUES ('registry', 'hub');
        ALTER TABLE logstreams RENAME CONSTRAINT logstreams_issuer_mac_fkey TO logstreams_sender_mac_fkey;
        INSERT INTO devices (mac, type, conf) VALUES ('52:54', 'server', NULL), ('aa:02', 'switch', NULL);
        INSERT INTO topology VALUES ('aa:02', 1, '52:54', NULL, false, NULL), ('52:54', NULL, 'aa:02', 1, true, now());
        INSERT INTO checkpoints VALUES ('alice', '2026-01-02', 'go'), ('alice', '2026-01-01', 'go')";
    machine.psql("walt_drifted", drift);
    let (_, db) = machine.start("walt_drifted").await;
    assert_eq!(machine.schema("walt_drifted"), machine.schema("walt"));
    assert_eq!(devices::by_mac(&db, "52:54").await.unwrap().unwrap().conf, json!({"config.registry": "hub"}));
    assert_eq!(devices::by_mac(&db, "aa:02").await.unwrap().unwrap().conf, json!({}));
    let links = topology::neighbours(&db, "aa:02").await.unwrap();
    assert_eq!((links.len(), links[0].confirmed, links[0].port), (1, true, Some(1)), "one cable is one row");
    assert_eq!(checkpoints::of_user(&db, "alice").await.unwrap(), ["go", "go (2)"]);
}

/// # Devices
///
/// Whatever is seen on the network is a device; some turn out to be switches, some nodes, which boot an image. An image that
/// a node boots cannot be removed.
async fn devices_and_what_they_boot(db: &mut Client) {
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
async fn links_are_seen_from_both_ends(db: &mut Client) {
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
async fn only_chosen_port_names_are_kept(machine: &Ground, db: &Client) {
    switchports::rename(db, SWITCH, 5, "bench 3").await.unwrap();
    assert_eq!(switchports::name(db, SWITCH, 5).await.unwrap(), "bench 3");
    switchports::rename(db, SWITCH, 5, "port5").await.unwrap();
    assert_eq!(switchports::name(db, SWITCH, 5).await.unwrap(), "port5");
    assert_eq!(machine.psql("walt", "SELECT count(*) FROM switchports"), "0");
}

/// # Log ingest
///
/// Lines arrive in batches. The first line of a stream registers it. Lines of a device that nobody knows are dropped and
/// counted; they do not make the others fail. A NUL, which serial consoles send, is no reason to lose a line.
async fn logs_go_in_by_the_batch(db: &mut Client) {
    let line = |issuer: &str, stream: &str, second, text: &str| LogLine {
        issuer: issuer.into(),
        stream: stream.into(),
        at: utc("2026-06-01 10:00:00") + Duration::from_secs(second),
        line: text.into(),
    };
    let batch = [
        line(NODE, "kernel", 1, "usb 1-1: new device"),
        line(NODE, "app.temperature", 2, "21.5"),
        line("cc:00:00:00:00:99", "kernel", 2, "who am I"),
        line(OTHER_NODE, "kernel", 3, "oops\0: (null)"),
    ];
    assert_eq!(ingest::write(db, &batch).await.unwrap(), Ingested { written: 3, dropped: 1 });
    let more = [line(NODE, "app.temperature", 4, "22"), line(NODE, "app.temperature", 5, "error: sensor")];
    assert_eq!(ingest::write(db, &more).await.unwrap(), Ingested { written: 2, dropped: 0 });
    assert_eq!(ingest::write(db, &[]).await.unwrap(), Ingested::default());
    let streams = db.query_one("SELECT count(*) FROM logstreams", &[]).await.unwrap();
    assert_eq!(streams.get::<_, i64>(0), 3, "one for each device and name");
}

/// # Log queries
///
/// Logs are asked for by device, by stream and by what a line says, in a window of time that a user's checkpoints may mark.
/// A checkpoint's name is its user's own, and is taken once.
async fn logs_are_found_again(db: &Client) {
    let all = find(db, &Search::default()).await;
    let said: Vec<&str> = all.iter().map(|found| found.line.as_str()).collect();
    assert_eq!(
        said,
        ["usb 1-1: new device", "21.5", "oops\u{fffd}: (null)", "22", "error: sensor"],
        "in order of time"
    );

    let asked = [
        (Search { issuers: Some(&["rpi2"]), ..Search::default() }, 1),
        (Search { stream: Some("^app\\."), ..Search::default() }, 3),
        (Search { stream: Some("^app"), line: Some("^[0-9]+(\\.[0-9])?$"), ..Search::default() }, 2),
        (Search { line: Some("usb|oops"), issuers: Some(&["rpi1"]), ..Search::default() }, 1),
        (Search { line: Some("nothing like it"), ..Search::default() }, 0),
    ];
    for (search, expected) in asked {
        assert_eq!(logs::count(db, &search).await.unwrap(), expected, "{search:?}");
        assert_eq!(find(db, &search).await.len() as i64, expected);
    }
    let wrong = Search { line: Some("("), ..Search::default() };
    assert_eq!(logs::count(db, &wrong).await.unwrap_err().code().unwrap().code(), "2201B");

    // The window is open at both ends: the lines at 2 s and 5 s themselves are outside.
    let [start, end] = [2, 5].map(|second| utc("2026-06-01 10:00:00") + Duration::from_secs(second));
    assert!(checkpoints::add(db, "alice", "run-1", start).await.unwrap());
    assert!(checkpoints::add(db, "alice", "run-1-end", end).await.unwrap());
    assert!(!checkpoints::add(db, "alice", "run-1", end).await.unwrap(), "the name is taken");
    assert!(checkpoints::add(db, "bob", "run-1", end).await.unwrap());
    let after = checkpoints::at(db, "alice", "run-1").await.unwrap();
    let before = checkpoints::at(db, "alice", "run-1-end").await.unwrap();
    assert_eq!((after, before), (Some(start), Some(end)));
    let window = find(db, &Search { after, before, ..Search::default() }).await;
    assert_eq!(window.iter().map(|found| &found.line[..]).collect::<Vec<_>>(), ["oops\u{fffd}: (null)", "22"]);

    assert_eq!(checkpoints::of_user(db, "alice").await.unwrap(), ["run-1", "run-1-end"]);
    assert!(checkpoints::remove(db, "alice", "run-1").await.unwrap());
    assert_eq!(checkpoints::at(db, "alice", "run-1").await.unwrap(), None);
}

/// # VPN
///
/// A node far away comes in with a key. A revoked key stays on record.
async fn keys_are_revoked_and_never_removed(db: &Client) {
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
async fn reasons_outlive_a_restart(machine: &mut Ground, db: Client) {
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
async fn devices_are_forgotten_whole(machine: &Ground) {
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
async fn the_server_gets_a_new_network_card(machine: &Ground) {
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

/// # Sixteen at once
///
/// Sixteen daemons start at the same moment on a machine with nothing of WalT. One makes everything; all become ready.
#[tokio::test]
async fn sixteen_daemons_start_at_once() {
    let machine = Ground::new();
    let starts = join_all((0..16).map(|_| async {
        let (prepared, mut db) = machine.start("walt").await;
        server::enter(&mut db, SERVER, "192.168.152.1").await.unwrap();
        prepared
    }));
    let prepared = starts.await;
    assert_eq!(prepared.iter().filter(|prepared| prepared.migrations.is_some()).count(), 1);
    let version = &prepared[0].version;
    assert!(version.is_some() && prepared.iter().all(|prepared| prepared.version == *version));
    assert_eq!(machine.psql("walt", "SELECT count(*) FROM devices"), "1");
}

/// # The program
///
/// The same from outside: `walt start` prepares and shows what is known, `walt bench-ingest` measures.
#[test]
fn the_program_speaks() {
    let machine = Ground::new();
    let first = machine.run(&["start", SERVER, "192.168.152.1"]).expect("starts");
    assert!(first.starts_with("walt at ") && first.contains("role walt"), "{first}");
    assert!(first.ends_with("server  52:54:00:00:00:01 walt-server\n"), "{first}");
    assert_eq!(machine.run(&["start", SERVER, "192.168.152.1"]).expect("starts again").lines().count(), 2);

    let measured = machine.run(&["bench-ingest", "50000"]).expect("ingests");
    let seconds = measured.split_whitespace().last().and_then(|word| word.parse::<f64>().ok());
    assert!(seconds.is_some_and(|seconds| seconds > 0.0), "{measured}");
    assert_eq!(machine.psql("walt", "SELECT count(*), count(DISTINCT stream_id) FROM logs"), "50000|50");

    assert!(machine.run(&[]).expect_err("refused").starts_with("usage: walt start"));
    assert!(machine.run(&["bench-ingest", "many"]).expect_err("refused").contains("`many` is no number"));
}

async fn find(db: &Client, search: &Search<'_>) -> Vec<logs::Found> {
    logs::find(db, search).await.unwrap().try_collect().await.unwrap()
}

/// A time of day in UTC, `2026-06-01 12:00:00`.
fn utc(text: &str) -> SystemTime {
    let time: jiff::Timestamp = format!("{text}Z").parse().expect("a time");
    time.into()
}
