//! Upgrades: WalT's own schema, and databases of every version brought up to it.

use mainstay::dialect::Version;
use mainstay::migrate::Goal;
use mainstay::prepare::SafetyOutcome;
use mainstay_testing::statements;
use serde_json::json;
use walt::logs::{self, Search};
use walt::topology::{self, End};
use walt::{checkpoints, devices, images};

use crate::ground::{Ground, real_file};
use crate::logging::{find, utc};
use crate::{NODE, OTHER_SWITCH, SERVER, SWITCH};

/// The migrations that make the schemas of WalT's versions.
const VERSIONS: [&str; 5] = ["20261120090400", "20261120090500", "20261120090800", "20261120090900", "20261120091000"];

/// The last of them makes that of WalT 10.
pub const WALT_10: &str = VERSIONS[4];

/// # WalT's own schema
///
/// The first five migrations make exactly what WalT 10 makes on a new server. The four after them are improvements, and each
/// can be undone.
pub async fn the_schema_is_walts_own(machine: &Ground) {
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
pub async fn an_old_database_is_brought_up(machine: &Ground) {
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
pub async fn any_version_is_brought_up_without_a_ledger(machine: &Ground) {
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
