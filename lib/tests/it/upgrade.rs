//! What is in the way of an upgrade is found while the old server runs, and a healthy cluster has nothing in its way.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use mainstay::ErrorKind;
use mainstay::cluster::{self, Cluster};
use mainstay::engine::{self, Context};
use mainstay::observer::Silent;
use mainstay::plan::Severity;
use mainstay::tool::{Binaries, Keeper};
use mainstay::upgrade::blockers::BLOCKERS;
use mainstay::upgrade::{self, Checked, Method, Order, Refreshed, Site};
use mainstay_testing::{TestServer, programs_of, server, server_of};

async fn check(cluster: &Cluster, from: &Binaries, user: Option<&str>) -> mainstay::Result<Checked> {
    let context = Context { observer: Arc::new(Silent), dial: None, application_name: "test".into() };
    let (to, temporary) = (programs_of(18), std::env::temp_dir());
    let order = Order {
        cluster,
        from,
        to: &to,
        method: Method::Copy,
        user,
        password: None,
        search_path: "",
        configurations: None,
        temporary: &temporary,
        jobs: 1,
        leave_stopped: false,
        context: &context,
    };
    upgrade::check(&order).await
}

fn names(checked: &Checked) -> BTreeSet<&'static str> {
    checked.findings.iter().map(|finding| finding.blocker).collect()
}

/// What brings the blocker about, a script.
fn example(name: &str) -> String {
    let blocker = BLOCKERS.iter().find(|blocker| blocker.name == name).unwrap_or_else(|| panic!("no blocker {name}"));
    assert!(!blocker.example.is_empty(), "{name} has no example");
    blocker.example.join(";\n") + ";\n"
}

#[tokio::test]
async fn nothing_is_in_the_way_of_a_healthy_cluster() {
    let server = TestServer::start(&[], "");
    server.psql("postgres", "CREATE TABLE t (a serial PRIMARY KEY, b text COLLATE \"C\", c regclass, d regtype)");
    server.psql("postgres", "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET work_mem = '8MB' RETURN 1");
    server.psql("postgres", "ALTER ROLE postgres SET mainstay.own = 'x'");
    let cluster = cluster::at(&server.data()).unwrap();
    let checked = check(&cluster, server.binaries(), None).await.unwrap();
    assert_eq!(
        (checked.findings.as_slice(), checked.left_out.as_slice(), checked.fits),
        (&[][..], &[][..], Some(true))
    );
    assert!(!Site::of(&server.data()).work.exists(), "a check leaves nothing");

    // One that is down is looked into where nobody else finds it, and is down again.
    let keeper = Keeper { binaries: server.binaries(), data: &cluster.data, like: &cluster.data, lock: None };
    keeper.stop().await.unwrap();
    let cluster = cluster::at(&server.data()).unwrap();
    let checked = check(&cluster, server.binaries(), None).await.unwrap();
    assert_eq!((names(&checked), checked.fits), (BTreeSet::new(), Some(true)));
    assert!(cluster::at(&server.data()).unwrap().running().is_none());
}

#[tokio::test]
async fn everything_in_the_way_is_found_while_the_old_server_runs() {
    let place = tempfile::tempdir().unwrap();
    let settings = [
        ("max_prepared_transactions", "5"),
        ("wal_level", "logical"),
        ("force_parallel_mode", "off"),
        ("shared_preload_libraries", "auto_explain"),
        ("archive_mode", "on"),
        ("archive_command", "true"),
    ];
    let server = TestServer::start(&settings, "");
    let pid = cluster::at(&server.data()).unwrap().running().unwrap().pid;
    let own = [
        "closed-database",
        "invalid-database",
        "template0-open",
        "role-named-pg",
        "broken-name",
        "logical-slot",
        // A slot is made when every transaction has ended that had begun before.
        "prepared-transaction",
        "physical-slot",
        "subscription",
        "reg-column",
        "system-composite-column",
        "aclitem-column",
        "not-null-not-inherited",
        "old-password-hash",
        "extension-missing",
        "library-missing",
        "stored-setting-removed",
        // Nobody gets in by the usual way after these.
        "template-missing",
        "install-user-locked-out",
    ];
    tablespaces(&server, place.path());
    for name in own {
        let database = if name == "template-missing" { "template1" } else { "postgres" };
        let database = if name == "install-user-locked-out" { "template1" } else { database };
        server.psql(database, &example(name));
    }
    let of_server = [
        "preload-library-missing",
        "setting-removed",
        "archiving",
        "tablespace-missing",
        "tablespace-taken",
        "tablespace-in-data",
    ];
    let cluster = cluster::at(&server.data()).unwrap();
    let checked = check(&cluster, server.binaries(), Some("second")).await.unwrap();
    let mut expected: BTreeSet<&str> = own.into_iter().chain(of_server).collect();
    // The new server was started with the old configuration, and says so itself.
    expected.insert("configuration-refused");
    assert_eq!(names(&checked), expected, "{:?}", checked.left_out);
    assert_eq!(checked.left_out, []);
    for finding in &checked.findings {
        assert!(!finding.found.mend.is_empty() && !finding.found.evidence.is_empty(), "{finding:?}");
    }
    let errors: BTreeSet<_> = checked
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.blocker)
        .collect();
    assert!(errors.len() >= 15, "{errors:?}");
    let refusal = checked.demand().unwrap_err();
    assert_eq!(refusal.kind(), ErrorKind::Refused);
    // It still runs, and nothing was left beside it.
    assert_eq!(cluster::at(&server.data()).unwrap().running().unwrap().pid, pid);
    assert!(!Site::of(&server.data()).work.exists());
}

/// One in the data folder, one whose folder is gone, and one that has files of the new version already.
fn tablespaces(server: &TestServer, place: &Path) {
    std::fs::set_permissions(place, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let owner = server.data().metadata().unwrap();
    let inside = server.data().join("spare");
    for (name, folder) in [("inside", inside), ("gone", place.join("gone")), ("taken", place.join("taken"))] {
        std::fs::create_dir(&folder).unwrap();
        std::os::unix::fs::chown(&folder, Some(owner.uid()), Some(owner.gid())).unwrap();
        server.psql("postgres", &format!("CREATE TABLESPACE {name} LOCATION '{}'", folder.display()));
    }
    std::fs::remove_dir_all(place.join("gone")).unwrap();
    std::fs::create_dir(place.join("taken/PG_18_202506291")).unwrap();
}

#[tokio::test]
async fn what_only_older_versions_have_is_found_in_them() {
    let server = server_of(13);
    let database = server.database();
    for name in ["postfix-operator", "polymorphic-function", "encoding-conversion"] {
        database.psql(&example(name));
    }
    let cluster = cluster::at(&server.data()).unwrap();
    let checked = check(&cluster, server.binaries(), None).await.unwrap();
    let found = names(&checked);
    for name in ["postfix-operator", "polymorphic-function", "encoding-conversion", "program-missing"] {
        assert!(found.contains(name), "{name}: {found:?}");
    }
}

#[tokio::test]
async fn a_cluster_that_was_broken_off_is_not_upgraded() {
    let mut server = TestServer::start(&[("listen_addresses", "127.0.0.1")], "");
    server.crash();
    let cluster = cluster::at(&server.data()).unwrap();
    let checked = check(&cluster, server.binaries(), None).await.unwrap();
    assert_eq!(names(&checked), BTreeSet::from(["not-shut-down"]));
    assert!(checked.findings[0].found.evidence.contains("in production"), "{checked:?}");

    server.restart();
    let keeper = Keeper { binaries: server.binaries(), data: &cluster.data, like: &cluster.data, lock: None };
    keeper.stop().await.unwrap();
    let _other = TcpListener::bind(("127.0.0.1", server.port())).unwrap();
    let cluster = cluster::at(&server.data()).unwrap();
    let checked = check(&cluster, server.binaries(), None).await.unwrap();
    assert_eq!(names(&checked), BTreeSet::from(["busy-port"]));
}

#[tokio::test]
async fn pg_upgrade_has_the_last_word() {
    let server = TestServer::start(&[], "");
    // A library that is there, for another version.
    let library = server.binaries().bin.join("../lib/refint").display().to_string();
    let sql = format!("CREATE FUNCTION f() RETURNS trigger LANGUAGE c AS '{library}', 'check_primary_key'");
    server.psql("postgres", &sql);
    let cluster = cluster::at(&server.data()).unwrap();
    let checked = check(&cluster, server.binaries(), None).await.unwrap();
    assert_eq!((names(&checked), checked.fits), (BTreeSet::from(["pg-upgrade-refuses"]), Some(false)));
    assert!(checked.findings[0].found.evidence.contains("loadable libraries"), "{checked:?}");
}

#[tokio::test]
async fn what_a_changed_collation_orders_is_rebuilt() {
    let database = server().database();
    // As if the library had sorted otherwise when the indexes were built.
    database.psql(
        "CREATE COLLATION own (provider = icu, locale = 'de');
         CREATE TABLE word (a text COLLATE own, b int, c text COLLATE \"C\");
         CREATE INDEX by_own ON word (a); CREATE INDEX by_number ON word (b); CREATE INDEX by_bytes ON word (c);
         CREATE INDEX by_condition ON word (b) WHERE a > 'm' COLLATE own;
         UPDATE pg_collation SET collversion = '1.0' WHERE collname = 'own'",
    );
    let files = "SELECT relname, relfilenode FROM pg_class WHERE relname LIKE 'by_%' ORDER BY 1";
    let before = database.psql(files);
    let context = Context { observer: Arc::new(Silent), dial: None, application_name: "test".into() };
    let mut session = engine::connect(&database.target(), &context).await.unwrap();
    let refreshed = upgrade::refresh_collations(session.as_mut()).await.unwrap();
    assert_eq!(
        (refreshed.indexes.join(" "), refreshed.collations.join(" ")),
        ("by_condition by_own".into(), "own".into())
    );
    let after = database.psql(files);
    let changed = before.lines().zip(after.lines()).filter(|(before, after)| before != after).map(|(before, _)| before);
    let changed: Vec<&str> = changed.filter_map(|line| line.split('|').next()).collect();
    assert_eq!(changed, ["by_condition", "by_own"]);
    assert_eq!(upgrade::refresh_collations(session.as_mut()).await.unwrap(), Refreshed::default());
}
