//! What the other presets can do, and nothing beyond.

use std::process::Command;

use mainstay::ErrorKind;
use mainstay::ledger::Line;
use mainstay::roles::Preset;
use mainstay_testing::{TestServer, clients, server, server_of};

use super::ground::{Ground, create, outcome, revoke};

#[tokio::test]
async fn an_app_reads_and_writes_rows() {
    let ground = Ground::new(server(), "apps");
    ground.apply(&create("apps_app", Preset::App)).await.unwrap();
    ground
        .as_role(
            "apps_owner",
            "CREATE TABLE after (id serial PRIMARY KEY); CREATE SCHEMA later; CREATE TABLE later.t (id int)",
        )
        .unwrap();
    ground.as_role("apps_second", "CREATE TABLE shared.after (id int)").unwrap();
    let writes = "INSERT INTO before (v) VALUES ('x'); UPDATE before SET v = 'y'; DELETE FROM own.before;
        INSERT INTO after DEFAULT VALUES; INSERT INTO later.t VALUES (1); INSERT INTO shared.after VALUES (1)";
    ground.as_role("apps_app", writes).unwrap();
    for sql in [
        "TRUNCATE before",
        "DROP TABLE before",
        "CREATE TABLE mine (id int)",
        "ALTER TABLE after ADD c int",
        "SET ROLE apps_owner",
    ] {
        ground.denied("apps_app", sql);
    }
}

#[tokio::test]
async fn an_app_writes_the_journal_and_loses_all_of_it_again() {
    let ground = Ground::new(server(), "line");
    let mut owner = ground.session("line_owner").await;
    let begun = Line::begin(owner.as_mut(), "test", "by the owner", "here").await.unwrap();
    begun.end(owner.as_mut(), "by the owner".into(), None).await.unwrap();
    ground.psql(
        "REVOKE EXECUTE ON FUNCTION lo_creat(int), lo_create(oid), lo_from_bytea(oid, bytea) FROM PUBLIC;
         REVOKE TEMPORARY ON DATABASE line_db FROM PUBLIC",
    );
    ground.apply(&create("line_app", Preset::App)).await.unwrap();
    let mut app = ground.session("line_app").await;
    let begun = Line::begin(app.as_mut(), "test", "by the app", "here").await.unwrap();
    begun.end(app.as_mut(), "by the app".into(), None).await.unwrap();
    assert_eq!(ground.psql("SELECT who FROM mainstay.journal ORDER BY id DESC LIMIT 1"), "line_app");

    ground.as_role("line_app", "SELECT lo_unlink(lo_create(0))").unwrap();
    ground.apply(&revoke("line_app", Preset::App)).await.unwrap();
    for sql in ["SELECT lo_create(0)", "SELECT lo_creat(-1)", "CREATE TEMP TABLE t (id int)", "SELECT FROM before"] {
        ground.denied("line_app", sql);
    }
}

#[tokio::test]
async fn an_owner_acts_as_the_owner() {
    for server in [server(), server_of(18)] {
        let ground = Ground::new(server, "owns");
        ground.apply(&create("owns_anna", Preset::Owner)).await.unwrap();
        ground
            .as_role("owns_anna", "CREATE TABLE hers (id int); ALTER TABLE before ADD c int; DROP VIEW seen")
            .unwrap();
        assert_eq!(ground.psql("SELECT relowner::regrole FROM pg_class WHERE relname = 'hers'"), "owns_owner");
        ground.denied("owns_anna", "CREATE ROLE mine");
        ground.denied("owns_anna", "ALTER TABLE shared.before ADD c int");
    }
    let mut ground = Ground::new(server(), "owned");
    ground.wish.owner = "postgres".into();
    let error = ground.apply(&create("owned_anna", Preset::Owner)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.message().contains("is a superuser: its rights are not handed on"), "{error:?}");
}

#[tokio::test]
async fn a_monitor_sees_others_work_and_no_rows() {
    let ground = Ground::new(server(), "watch");
    let mut busy = ground.session("watch_owner").await;
    busy.query("SELECT 'seen from afar'").await.unwrap();
    ground.server.psql("postgres", "CREATE ROLE watch_blind LOGIN");
    ground.apply(&create("watch_eye", Preset::Monitor)).await.unwrap();
    let look = "SELECT query FROM pg_stat_activity WHERE usename = 'watch_owner'";
    assert_eq!(ground.as_role("watch_eye", look).unwrap(), "SELECT 'seen from afar'");
    assert_eq!(ground.as_role("watch_blind", look).unwrap(), "<insufficient privilege>");
    for sql in ["SELECT FROM before", "CREATE TABLE mine (id int)", "SELECT nextval('before_id_seq')"] {
        ground.denied("watch_eye", sql);
    }
}

#[tokio::test]
async fn a_backup_role_can_dump_everything() {
    can_dump(server(), "dumps").await;
}

#[tokio::test]
async fn a_backup_role_can_dump_everything_of_old_and_new_servers() {
    can_dump(server_of(13), "dumps13").await;
    can_dump(server_of(18), "dumps18").await;
}

async fn can_dump(server: &'static TestServer, stem: &str) {
    let ground = Ground::new(server, stem);
    let (owner, role) = (format!("{stem}_owner"), format!("{stem}_backup"));
    let private = "SELECT lo_from_bytea(4242, '\\x00'); ALTER TABLE before ENABLE ROW LEVEL SECURITY;
        ALTER TABLE before FORCE ROW LEVEL SECURITY; CREATE POLICY none ON before USING (false)";
    ground.as_role(&owner, private).unwrap();
    let dump = || {
        let target = ground.server.target(&role, &ground.wish.database);
        let output = Command::new(clients()[0].program("pg_dump"))
            .args(["-U", &role, "-d", &target.dbname, "-p", &ground.server.port().to_string(), "-h"])
            .arg(ground.server.socket())
            .env_clear()
            .output()
            .expect("pg_dump starts");
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    };
    ground.psql(&format!("CREATE ROLE {role} LOGIN"));
    dump().expect_err("without the preset it may not");
    ground.apply(&create(&role, Preset::Backup)).await.unwrap();
    ground
        .as_role(&owner, "CREATE TABLE after (id serial); CREATE SCHEMA later; CREATE TABLE later.t (id int)")
        .unwrap();
    let dumped = dump().unwrap();
    assert!(dumped.contains("\n1\tone\n") && dumped.contains("4242") && dumped.contains("later.t"), "{dumped}");
    let mut session = ground.session(&role).await;
    for sql in [
        "DELETE FROM before",
        "INSERT INTO later.t VALUES (1)",
        "CREATE TABLE mine (id int)",
        "SELECT nextval('after_id_seq')",
    ] {
        let denied = outcome(session.as_mut(), sql).await;
        assert_eq!(denied, Ok("42501".into()), "{sql}");
    }
}
