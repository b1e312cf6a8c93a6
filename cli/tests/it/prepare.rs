//! `mainstay prepare` and `mainstay bootstrap` from outside.

use std::sync::OnceLock;

use mainstay_testing::{Cli, TestServer, server};

use crate::mainstay;

/// A project with two migrations, as role `name` in database `name`, neither of which is there yet.
fn project(name: &str) -> Cli {
    let mut cli = mainstay();
    cli.env("DATABASE_URL", &format!("postgresql:///{name}?host={}&user={name}", server().socket().display()));
    cli.file("migrations/1_devices.up.sql", "CREATE TABLE devices (id int);\n");
    cli.file("migrations/2_nodes.up.sql", "CREATE TABLE nodes (id int);\n");
    cli
}

/// A server that wants passwords over TCP, where only the role `boss` may create.
fn guarded() -> &'static TestServer {
    static SERVER: OnceLock<TestServer> = OnceLock::new();
    SERVER.get_or_init(|| {
        let server = TestServer::start(&[("listen_addresses", "127.0.0.1")], "host all all 127.0.0.1/32 scram-sha-256");
        server.psql("postgres", "CREATE ROLE boss LOGIN CREATEDB CREATEROLE PASSWORD 'secret'");
        server
    })
}

#[test]
fn from_nothing_and_again() {
    let mut cli = project("cli_first");
    insta::assert_snapshot!(cli.args(["prepare"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    did      create role cli_first, which the service logs in as
    did      create database cli_first
    applied  1_devices ([took])
    applied  2_nodes ([took])
    cli_first is ready at version 2 ([took])
    --- stderr
    target cli_first at [socket]:5432 as cli_first
    create role cli_first, which the service logs in as ([took])
    create database cli_first ([took])
    apply 1_devices ([took])
    apply 2_nodes ([took])
    ");
    insta::assert_snapshot!(cli.args(["prepare"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    cli_first is ready at version 2, nothing to do ([took])
    --- stderr
    target cli_first at [socket]:5432 as cli_first
    ");
    server().psql("cli_first", "INSERT INTO devices VALUES (1)");
    cli.file("migrations/3_more.up.sql", "CREATE TABLE more (id int);\n");
    let run = cli.args(["prepare"]).run();
    assert!(run.stdout.starts_with("copied   ") && run.stdout.contains(", checked)\n"), "{}", run.stdout);
    assert!(run.stdout.contains("\napplied  3_more ("), "{}", run.stdout);
}

#[test]
fn as_json() {
    let run = project("cli_json").args(["prepare", "--json"]).run();
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, value["command"].as_str()), (0, Some("prepare")), "{run:?}");
    assert_eq!(value["data"]["version"], "2");
    assert_eq!(value["data"]["created"].as_array().map(Vec::len), Some(2));
    assert_eq!(value["data"]["migrations"]["done"].as_array().map(Vec::len), Some(2));
}

#[test]
fn dry_run_changes_nothing() {
    let mut cli = project("cli_dry");
    insta::assert_snapshot!(cli.args(["prepare", "--dry-run"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    1. create role cli_dry, which the service logs in as
    2. create database cli_dry (no transaction)

    1. apply 1_devices
    2. apply 2_nodes
    --- stderr
    target cli_dry at [socket]:5432 as cli_dry
    ");
    let found = "SELECT count(*) FROM pg_database, pg_roles WHERE datname = 'cli_dry' OR rolname = 'cli_dry'";
    assert_eq!(server().psql("postgres", found), "0");
    assert_eq!(cli.args(["prepare"]).run().code, 0);
    cli.file("migrations/3_more.up.sql", "CREATE TABLE more (id int);\n");
    insta::assert_snapshot!(cli.args(["prepare", "--dry-run"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    1. apply 3_more
    --- stderr
    target cli_dry at [socket]:5432 as cli_dry
    ");
    assert_eq!(server().psql("cli_dry", "SELECT max(version) FROM mainstay.migration"), "2");
}

#[test]
fn sixteen_at_once() {
    let mut clis: Vec<Cli> = (0..16).map(|_| project("cli_crowd")).collect();
    let children: Vec<_> = clis.iter_mut().map(|cli| cli.args(["prepare"]).command().spawn().unwrap()).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(server().psql("cli_crowd", "SELECT count(*) FROM mainstay.migration"), "2");
}

#[test]
fn production_by_target_and_name() {
    let mut cli = project("cli_live");
    let url = format!("postgresql:///cli_live?host={}&user=cli_live", server().socket().display());
    cli.env("PROD", &url).file("mainstay.toml", "[target.prod]\nurl = \"env:PROD\"\nenvironment = \"production\"\n");
    assert_eq!(cli.args(["prepare", "--target", "prod"]).run().code, 0);
    server().psql("cli_live", "INSERT INTO devices VALUES (1)");
    cli.file("migrations/3_drop.up.sql", "DROP TABLE devices;\n");
    insta::assert_snapshot!(cli.args(["prepare", "--target", "prod", "--allow", "all"]).run().snapshot(), @r"
    exit: 5
    --- stdout
    --- stderr
    target cli_live at [socket]:5432 as cli_live [production]
    error: `cli_live` is a production database, and this plan deletes data
    hint: type its name to go on: --confirm cli_live
    ");
    let args = ["prepare", "--target", "prod", "--allow", "deletes-data", "--confirm", "cli_live"];
    assert_eq!(cli.args(args).run().code, 0);
    assert_eq!(server().psql("cli_live", "SELECT to_regclass('devices') IS NULL"), "t");
}

/// `mainstay bootstrap` for role and database `name` over TCP.
fn by_tcp(name: &str) -> Cli {
    let port = guarded().port();
    let mut cli = mainstay();
    cli.env("DATABASE_URL", &format!("postgresql://{name}:{name}-password@127.0.0.1:{port}/{name}"));
    cli.filter(&format!("127.0.0.1:{port}"), "[server]");
    cli
}

#[test]
fn nobody_may_create() {
    insta::assert_snapshot!(by_tcp("cli_lonely").args(["prepare"]).run().snapshot(), @r#"
    exit: 4
    --- stdout
    --- stderr
    target cli_lonely at [server] as cli_lonely
    error: [server] refuses the password of role cli_lonely
    caused by: password authentication failed for user "cli_lonely"
    SQLSTATE: 28P01
    hint: see where the password came from: mainstay conn show
    hint: if role cli_lonely does not exist yet: mainstay bootstrap
    hint: name a role that may create: mainstay bootstrap --admin-url postgresql://ROLE@HOST/postgres
    hint: or hand the SQL to an administrator: mainstay bootstrap --print | psql
    "#);
    insta::assert_snapshot!(by_tcp("cli_lonely").args(["bootstrap"]).run().snapshot(), @r"
    exit: 4
    --- stdout
    --- stderr
    target cli_lonely at [server] as cli_lonely
    error: no role that may create roles and databases can connect to [server] (as cli_lonely: [server] refuses the password of role cli_lonely)
    hint: name a role that may create: mainstay bootstrap --admin-url postgresql://ROLE@HOST/postgres
    hint: or hand the SQL to an administrator: mainstay bootstrap --print | psql
    ");
    insta::assert_snapshot!(by_tcp("cli_lonely").args(["bootstrap", "--print"]).run().snapshot(), @r#"
    exit: 0
    --- stdout
    -- the password is a variable of psql: psql -v app_password="'…'"
    -- create role cli_lonely, which the service logs in as
    \connect postgres
    BEGIN;
    CREATE ROLE cli_lonely LOGIN PASSWORD :app_password;
    COMMIT;

    -- create database cli_lonely
    CREATE DATABASE cli_lonely OWNER cli_lonely TEMPLATE template0 ENCODING 'UTF8';
    --- stderr
    target cli_lonely at [server] as cli_lonely
    "#);
}

#[test]
fn bootstrap_with_an_admin_url_twice() {
    let admin = format!("postgresql://boss:secret@127.0.0.1:{}/postgres", guarded().port());
    let mut cli = by_tcp("cli_made");
    insta::assert_snapshot!(cli.args(["bootstrap", "--admin-url", &admin, "--dry-run"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    1. create role cli_made, which the service logs in as
    2. let role boss act as cli_made
    3. create database cli_made (no transaction)
    --- stderr
    target cli_made at [server] as cli_made
    ");
    insta::assert_snapshot!(cli.args(["bootstrap", "--admin-url", &admin]).run().snapshot(), @r"
    exit: 0
    --- stdout
    done  create role cli_made, which the service logs in as
    done  let role boss act as cli_made
    done  create database cli_made
    --- stderr
    target cli_made at [server] as cli_made
    create role cli_made, which the service logs in as ([took])
    let role boss act as cli_made ([took])
    create database cli_made ([took])
    ");
    insta::assert_snapshot!(cli.args(["bootstrap", "--admin-url", &admin]).run().snapshot(), @r"
    exit: 0
    --- stdout
    everything is there already; cli_made is ready for migrations
    --- stderr
    target cli_made at [server] as cli_made
    ");
    assert_eq!(cli.args(["prepare"]).run().code, 0, "the new role's password lets it in");
}

#[test]
fn through_the_variable_for_administrators() {
    let mut cli = by_tcp("cli_told");
    cli.env("MAINSTAY_ADMIN_URL", &format!("postgresql://boss:secret@127.0.0.1:{}/postgres", guarded().port()));
    let run = cli.args(["prepare", "--echo"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("CREATE ROLE"), "{}", run.stderr);
    assert!(!run.stderr.contains("secret") && !run.stderr.contains("-password"), "{}", run.stderr);
}

#[test]
fn the_same_story_on_sqlite() {
    let mut cli = mainstay();
    cli.env("DATABASE_URL", "sqlite:service.sqlite3").file("migrations/1_a.up.sql", "CREATE TABLE a (id int);");
    insta::assert_snapshot!(cli.args(["prepare"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    applied  1_a ([took])
    service.sqlite3 is ready at version 1 ([took])
    --- stderr
    target service.sqlite3
    apply 1_a ([took])
    ");
    insta::assert_snapshot!(cli.args(["prepare"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    service.sqlite3 is ready at version 1, nothing to do ([took])
    --- stderr
    target service.sqlite3
    ");
    insta::assert_snapshot!(cli.args(["bootstrap"]).run().snapshot(), @r"
    exit: 2
    --- stdout
    --- stderr
    target service.sqlite3
    error: an SQLite file has no roles to create
    hint: mainstay prepare creates the file itself
    ");
}

#[test]
fn a_migration_that_is_not_written_yet_is_not_applied() {
    let mut cli = crate::mainstay();
    cli.env("DATABASE_URL", "sqlite:walt.db");
    std::fs::create_dir(cli.project().join("migrations")).unwrap();
    assert_eq!(cli.args(["migrate", "new", "create_devices"]).run().code, 0);
    let refused = cli.args(["prepare"]).run();
    assert!(refused.code == 1 && refused.stderr.contains("create_devices has no statement yet"), "{refused:?}");
    let checked = cli.args(["migrate", "check"]).run();
    assert!(checked.code != 0 && checked.stdout.contains("has no statement yet"), "{checked:?}");
    let folder = cli.project().join("migrations");
    let file = std::fs::read_dir(&folder).unwrap().flatten().map(|entry| entry.path());
    let up = file.into_iter().find(|path| path.to_string_lossy().ends_with(".up.sql")).unwrap();
    std::fs::write(&up, "CREATE TABLE device (n int);").unwrap();
    let done = cli.args(["prepare"]).run();
    assert_eq!(done.code, 0, "{done:?}");

    use std::os::unix::ffi::OsStrExt;
    std::fs::write(folder.join(std::ffi::OsStr::from_bytes(b"30000101000000_n\xff.up.sql")), "SELECT 1;").unwrap();
    let refused = cli.args(["prepare"]).run();
    assert!(refused.code == 1 && refused.stderr.contains("is not UTF-8"), "{refused:?}");
}
