//! Roles that the server lacks, made as the backup has them.

use std::sync::Arc;

use mainstay::ErrorKind;
use mainstay::archive::sealed::Unlocking;
use mainstay::backup::{Order, create};
use mainstay::conn::PostgresTarget;
use mainstay::engine::Context;
use mainstay::observer::Silent;
use mainstay::restore::{self, Backup, Options, Owners, RestorePlan, Servers};
use mainstay::store::{FolderStore, Store};
use mainstay_testing::{TestServer, clients};

use super::lab::{Place, databases, dump, fresh, into, open, postgres, run};

const SERVICE: &str = "
CREATE ROLE staff NOLOGIN; CREATE ROLE walt LOGIN CONNECTION LIMIT 7 VALID UNTIL '2040-01-01 00:00:00+00' PASSWORD 'it''s secret';
CREATE ROLE \"the reader\" NOINHERIT IN ROLE staff; CREATE ROLE member LOGIN IN ROLE walt; GRANT pg_monitor TO staff;
ALTER ROLE walt SET search_path TO app, public; ALTER ROLE walt SET work_mem TO '5MB'; COMMENT ON ROLE walt IS 'owns; it''s all';
CREATE SCHEMA app AUTHORIZATION walt;
SET ROLE walt; CREATE TABLE app.t AS SELECT generate_series(1, 100) AS a; RESET ROLE;
CREATE TABLE app.u AS SELECT 1 AS b; GRANT SELECT ON app.t TO \"the reader\"; GRANT USAGE ON SCHEMA app TO \"the reader\";";

/// What is to be said of the roles.
const ROLES: &str = "SELECT string_agg(concat_ws(' ', rolname, rolcanlogin, rolinherit, rolconnlimit, rolvaliduntil, rolconfig, \
  shobj_description(oid, 'pg_authid'), (SELECT string_agg(roleid::regrole::text, ',' ORDER BY roleid::regrole::text) \
  FROM pg_auth_members m WHERE m.member = r.oid)), ' | ' ORDER BY rolname) FROM pg_roles r WHERE oid >= 16384";

struct Case {
    source: TestServer,
    other: TestServer,
    place: Place,
    backup: Backup,
}

/// A backup with the password hashes, and a server that knows nothing of it.
async fn case() -> Case {
    let (source, other, place) = (TestServer::start(&[], ""), TestServer::start(&[], ""), Place::new());
    let database = source.database();
    database.psql(SERVICE);
    let store: Arc<dyn Store> = Arc::new(FolderStore::new(place.path()));
    let path = source.binaries().bin.display().to_string();
    let mut order = Order::new(store.as_ref(), &path, place.folder.path());
    order.with_passwords = true;
    let taken = create(&database.target(), &order, &context()).await.unwrap();
    let backup = Backup::stored(store.clone(), taken.manifest, &Unlocking::default()).await.unwrap();
    Case { source, other, place, backup }
}

fn context() -> Context {
    Context { observer: Arc::new(Silent), dial: None, application_name: "roles".to_owned() }
}

fn with_roles(name: &str) -> Options {
    Options { roles: true, ..into(name) }
}

async fn plan(backup: &mut Backup, options: &Options, target: &PostgresTarget) -> mainstay::Result<RestorePlan> {
    let context = context();
    restore::plan(backup, options, &Servers { target, admin: None, context: &context }).await
}

#[tokio::test]
async fn they_are_shown_first_and_then_made_as_they_were() {
    let Case { source, other, place: _place, mut backup } = case().await;
    let target = other.target("postgres", "postgres");
    let error = plan(&mut backup, &into("b"), &target).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    let hint = &error.hints()[0];
    assert!(hint.contains("mainstay restore ") && hint.ends_with(" --into b --roles --dry-run"), "{error:?}");

    let planned = plan(&mut backup, &with_roles("b"), &target).await.unwrap();
    assert_eq!(
        planned.roles,
        [
            "CREATE ROLE member LOGIN",
            "CREATE ROLE staff",
            "CREATE ROLE \"the reader\" NOINHERIT",
            "CREATE ROLE walt LOGIN CONNECTION LIMIT 7 PASSWORD '***' VALID UNTIL '2040-01-01 00:00:00+00'",
            "COMMENT ON ROLE walt IS 'owns; it''s all'",
            "ALTER ROLE walt SET search_path TO app, public",
            "ALTER ROLE walt SET work_mem TO '5MB'",
            "GRANT pg_monitor TO staff",
            "GRANT staff TO \"the reader\"",
            "GRANT walt TO member",
        ]
    );
    assert_eq!(planned.steps[0], "make the roles member, staff, the reader, walt as the backup has them");
    assert_eq!(other.psql("postgres", ROLES), "", "a plan makes nothing");

    // One that is there already stays as it is.
    other.psql("postgres", "CREATE ROLE staff LOGIN");
    let restored = run(&mut backup, &with_roles("b"), &target).await.unwrap();
    assert_eq!(restored.roles, ["member", "the reader", "walt"]);
    let expected = source.psql("postgres", ROLES);
    assert_eq!(other.psql("postgres", ROLES), expected.replace("staff f t -1 pg_monitor", "staff t t -1"));
    let hash = "SELECT rolpassword FROM pg_authid WHERE rolname = 'walt'";
    assert_eq!(other.psql("postgres", hash), source.psql("postgres", hash));
    assert_eq!(other.psql("b", "SELECT tableowner FROM pg_tables WHERE tablename = 't'"), "walt");
    assert_eq!(other.psql("b", "SELECT has_table_privilege('the reader', 'app.t', 'SELECT')"), "t");
}

#[tokio::test]
async fn they_go_again_with_a_restore_that_fails() {
    let Case { source: _source, other, place, mut backup } = case().await;
    let target = other.target("postgres", "postgres");
    let folder = std::fs::read_dir(place.path()).unwrap().next().unwrap().unwrap().path();
    for file in std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()) {
        if file.to_string_lossy().contains(".dat") && !file.ends_with("toc.dat") {
            std::fs::write(file, "no rows").unwrap();
        }
    }
    let error = run(&mut backup, &with_roles(&fresh()), &target).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
    assert!(error.hints().iter().any(|hint| hint == "the roles that were made for it are dropped again"), "{error:?}");
    assert_eq!((other.psql("postgres", ROLES), databases(&other, "restored_")), (String::new(), String::new()));
}

#[tokio::test]
async fn only_what_is_needed_and_only_by_whom_may() {
    let Case { source, other, place, mut backup } = case().await;
    let target = other.target("postgres", "postgres");
    let alone = Options { only: vec!["app.u".to_owned()], ..with_roles("alone") };
    let planned = plan(&mut backup, &alone, &target).await.unwrap();
    assert!(planned.roles.iter().all(|role| !role.contains("member")), "{planned:?}");

    // Another role in its place: walt is not made.
    other.psql("postgres", "CREATE ROLE somebody");
    let owners = Owners::parse(false, &["walt=somebody".to_owned()]).unwrap();
    let planned = plan(&mut backup, &Options { owners, ..with_roles("mapped") }, &target).await.unwrap();
    assert!(planned.roles.iter().all(|role| !role.starts_with("CREATE ROLE walt")), "{planned:?}");
    assert!(
        planned.left_out.iter().any(|what| what.starts_with("the membership of role member in walt")),
        "{planned:?}"
    );

    // Whoever makes roles without being a superuser becomes a member of those that he gives something to.
    other.psql("postgres", "CREATE ROLE plain LOGIN CREATEDB; CREATE ROLE maker LOGIN CREATEDB CREATEROLE");
    let plain = other.target("plain", "postgres");
    let walts = Options { only: vec!["app.t".to_owned()], ..with_roles("c") };
    let error = plan(&mut backup, &walts, &plain).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(error.message(), "role plain may not make roles");
    let maker = other.target("maker", "postgres");
    let planned = plan(&mut backup, &walts, &maker).await.unwrap();
    assert_eq!(planned.roles.last().map(String::as_str), Some("GRANT walt TO maker"), "{planned:?}");
    run(&mut backup, &walts, &maker).await.unwrap();
    assert_eq!(other.psql("c", "SELECT tableowner FROM pg_tables WHERE tablename = 't'"), "walt");

    // One that is as good as a superuser is made by one.
    source.psql("postgres", "ALTER ROLE walt SUPERUSER");
    let powerful = source.named("test_1");
    let store: Arc<dyn Store> = Arc::new(FolderStore::new(place.path()));
    let path = source.binaries().bin.display().to_string();
    let taken =
        create(&powerful.target(), &Order::new(store.as_ref(), &path, place.folder.path()), &context()).await.unwrap();
    let mut backup = Backup::stored(store, taken.manifest, &Unlocking::default()).await.unwrap();
    let third = TestServer::start(&[], "");
    third.psql("postgres", "CREATE ROLE maker LOGIN CREATEDB CREATEROLE");
    let error = plan(&mut backup, &walts, &third.target("maker", "postgres")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.message().contains("as good as a superuser"), "{error:?}");
}

#[tokio::test]
async fn a_dump_has_none() {
    let server = mainstay_testing::server();
    let database = server.database();
    database.psql("CREATE TABLE t AS SELECT 1 AS a");
    let binaries = clients().into_iter().find(|binaries| binaries.bin == server.binaries().bin).unwrap();
    for options in [&["-Fd"][..], &["-Fc"], &[]] {
        let place = Place::new();
        dump(&binaries, server, database.name(), options, &place.path());
        let mut backup = open(&place.path()).await;
        let error = plan(&mut backup, &with_roles(&fresh()), &postgres(database.target())).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{error:?}");
        assert!(error.message().ends_with("has no roles: pg_dump writes none"), "{error:?}");
    }
}
