//! The proof: where it is made, what it finds, and that nothing of it stays.

use mainstay::ErrorKind;
use mainstay::sql::Flavor;

use super::super::lab::Lab;
use super::{Adopting, adopt, adopt_unproven, third, two};

/// A database as the first two migrations make it, by hand.
async fn by_hand(flavor: Flavor) -> Lab {
    let lab = Lab::new(flavor, "mainstay");
    two(&lab);
    lab.query("CREATE TABLE devices (mac text PRIMARY KEY); CREATE TABLE logs (line text)").await;
    lab.query("CREATE INDEX logs_line ON logs (line)").await;
    lab
}

/// Connects as a role of the lab's own from now on: what that makes on the server can be told from what other tests make.
async fn alone(lab: &mut Lab) {
    let database = lab.database.as_ref().expect("a server's database");
    let role = format!("alone_{}", database.name());
    let target = database.target_as(&role);
    lab.query(&format!("CREATE ROLE \"{role}\" SUPERUSER LOGIN")).await;
    lab.target = target;
}

async fn scratch_databases(lab: &Lab) -> String {
    let own = "datname LIKE 'mainstay_scratch_%' AND pg_get_userbyid(datdba) = current_user";
    lab.cell(&format!("SELECT count(*) FROM pg_database WHERE {own}")).await
}

#[tokio::test]
async fn differences_are_named_and_nothing_is_written() {
    let mut lab = by_hand(Flavor::Postgres).await;
    alone(&mut lab).await;
    third(&lab);
    lab.query("DROP INDEX logs_line; ALTER TABLE logs ADD note text; CREATE TABLE stray (a int, b int)").await;
    let error = adopt(&lab, Some("3")).await.expect_err("they differ");
    assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
    assert!(error.message().contains("4 differences, found in a scratch database on the same server"), "{error:?}");
    let expected = "extra table public.stray\n\
                    missing column public.devices.name\n\
                    extra column public.logs.note\n\
                    missing index public.logs_line";
    assert_eq!(error.causes(), [expected]);
    assert!(error.hints()[1].ends_with("mainstay migrate adopt --at 3 --unproven"), "{error:?}");
    assert!(!lab.has_table("mainstay.migration").await);
    assert_eq!(scratch_databases(&lab).await, "0");
    adopt_unproven(&lab, Some("3")).await.expect("all the same");
    assert!(lab.up().await.expect("nothing to do").done.is_empty());
    let detail = lab.cell("SELECT detail FROM mainstay.journal").await;
    assert_eq!(detail, "1 2 3; as told; unproven");
}

#[tokio::test]
async fn a_file_that_does_not_run_has_its_place() {
    let mut lab = by_hand(Flavor::Postgres).await;
    alone(&mut lab).await;
    lab.step(2, "logs", "CREATE TABLE logs (line text);\nCREATE INDEX logs_line ON log (line);", "");
    let error = adopt(&lab, Some("2")).await.expect_err("no table `log`");
    assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
    assert_eq!(error.place().map(|place| place.line), Some(2), "{error:?}");
    assert!(error.causes().iter().any(|cause| cause.contains("\"log\" does not exist")), "{error:?}");
    assert_eq!(scratch_databases(&lab).await, "0");
}

/// A role that may not make databases: the proof is made on a server of its own, on which the service's roles stand in.
#[tokio::test]
async fn on_a_private_server_where_the_target_gives_no_room() {
    let mut lab = by_hand(Flavor::Postgres).await;
    let name = lab.database.as_ref().expect("a server").name().to_owned();
    let role = format!("plain_{name}");
    lab.query(&format!(
        "CREATE ROLE {role} LOGIN; ALTER DATABASE {name} OWNER TO {role}; ALTER TABLE devices OWNER TO {role}; \
         ALTER TABLE logs OWNER TO {role}; GRANT SELECT ON logs TO {role}"
    ))
    .await;
    lab.step(
        2,
        "logs",
        &format!(
            "CREATE TABLE logs (line text); CREATE INDEX logs_line ON logs (line); GRANT SELECT ON logs TO {role};"
        ),
        "",
    );
    lab.target = lab.database.as_ref().expect("a server").target_as(&role);
    let (_, proof) = adopt(&lab, Some("2")).await.expect("adopts");
    assert!(proof.place.starts_with("a scratch database on a private server (PostgreSQL"), "{proof:?}");
}

/// A script that makes roles is not run on the target's server a second time.
#[tokio::test]
async fn what_a_server_shares_is_left_alone() {
    let lab = by_hand(Flavor::Postgres).await;
    let name = lab.database.as_ref().expect("a server").name().to_owned();
    lab.step(
        1,
        "devices",
        &format!("CREATE TABLE devices (mac text PRIMARY KEY); ALTER DATABASE {name} SET timezone = 'Asia/Tokyo';"),
        "",
    );
    let (_, proof) = adopt(&lab, Some("2")).await.expect("adopts");
    assert!(proof.place.contains("private server"), "{proof:?}");
    assert_eq!(
        lab.cell("SELECT count(*) FROM pg_db_role_setting WHERE 'TimeZone=Asia/Tokyo' = ANY (setconfig)").await,
        "0"
    );
}

#[tokio::test]
async fn without_any_room_it_is_refused() {
    let mut lab = by_hand(Flavor::Postgres).await;
    let database = lab.database.as_ref().expect("a server");
    let role = format!("roomless_{}", database.name());
    lab.query(&format!("CREATE ROLE {role} LOGIN; ALTER DATABASE {} OWNER TO {role}", database.name())).await;
    lab.target = database.target_as(&role);
    let mut adopting = Adopting::new(&lab);
    let adoption = adopting.plan(Some("2")).await.expect("plans");
    adopting.states.temporary = lab.folder.path().join("nowhere");
    let error = adopting.prove(&adoption).await.expect_err("no room");
    assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
    assert!(error.causes()[0].contains("permission denied to create database"), "{error:?}");
    assert!(error.hints()[1].ends_with("mainstay migrate adopt --at 2 --unproven"), "{error:?}");
}

/// A subscription would connect to its publisher for real: the file is not run anywhere.
#[tokio::test]
async fn what_reaches_another_server_is_not_run() {
    let lab = by_hand(Flavor::Postgres).await;
    let subscription = "CREATE SUBSCRIPTION s CONNECTION 'host=live' PUBLICATION p;";
    lab.step(3, "far", &format!("SELECT 1;\n{subscription}"), "");
    let error = adopt(&lab, Some("3")).await.expect_err("it reaches beyond");
    assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
    assert_eq!(error.message(), "a file cannot be run in a scratch database, so nothing is proven");
    assert_eq!(error.place().map(|place| place.line), Some(2), "{error:?}");
    assert_eq!(error.causes(), ["CREATE SUBSCRIPTION reaches beyond the scratch database"]);
    assert!(error.hints()[1].ends_with("mainstay migrate adopt --at 3 --unproven"), "{error:?}");
}

/// Extensions that an administrator made are there for the files that lean on them.
#[tokio::test]
async fn an_administrators_extension() {
    let lab = by_hand(Flavor::Postgres).await;
    lab.query("CREATE EXTENSION citext; CREATE TABLE users (name citext)").await;
    lab.step(3, "users", "CREATE TABLE users (name citext);", "");
    adopt(&lab, Some("3")).await.expect("the same");
}

#[tokio::test]
async fn sqlite_texts_count_by_what_they_say() {
    let lab = Lab::new(Flavor::Sqlite, "mainstay");
    lab.step(
        1,
        "a",
        "create table a (id integer primary key, name TEXT not null default 'x y'); create view v as select id from a;",
        "",
    );
    lab.query("CREATE TABLE a (\n  id INTEGER PRIMARY KEY,\n  name text NOT NULL DEFAULT 'x y' -- why\n)").await;
    lab.query("CREATE VIEW v AS\n  SELECT id FROM a").await;
    adopt(&lab, Some("1")).await.expect("the same");
    let lab = Lab::new(Flavor::Sqlite, "mainstay");
    lab.step(1, "a", "CREATE TABLE a (id integer primary key, name text DEFAULT 'x  y')", "");
    lab.query("CREATE TABLE a (id integer primary key, name text DEFAULT 'x y')").await;
    let error = adopt(&lab, Some("1")).await.expect_err("another default");
    assert_eq!(error.causes(), ["changed column main.a.name: default is 'x y', expected 'x  y'"]);
}
