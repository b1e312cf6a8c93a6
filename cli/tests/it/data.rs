//! `data dump`, `data load`, `data copy`.

use std::io::Write;
use std::time::Duration;

use insta::assert_snapshot;
use mainstay_testing::{Cli, TestDatabase, server};

use crate::{on_database, on_sqlite};

const DDL: &str = "CREATE TABLE host (id int PRIMARY KEY, name text); CREATE TABLE device (id int PRIMARY KEY, host int REFERENCES host, \
                   price numeric(10,2), parent int REFERENCES device);";

/// A server's database with rows, and a project on it.
fn filled() -> (TestDatabase, Cli) {
    let database = server().database();
    database.psql(&format!(
        "{DDL} INSERT INTO host VALUES (1, 'a'), (2, 'b'); INSERT INTO device VALUES (1, 1, 12.50, NULL), (2, 2, NULL, 1)"
    ));
    let cli = on_database(&database);
    (database, cli)
}

/// An empty one with the same tables.
fn empty(cli: &mut Cli) -> TestDatabase {
    let database = server().database();
    database.psql(DDL);
    cli.filter(database.name(), "[to]");
    database
}

#[test]
fn rows_go_out_and_come_in() {
    let (_from, mut cli) = filled();
    let to = empty(&mut cli);
    assert_snapshot!(cli.args(["data", "dump", "--dry-run"]).run().snapshot(), @"
    exit: 0
    --- stdout
    would write 4 rows of 2 tables
      public.host: 2 rows
      public.device: 2 rows
    --- stderr
    target [database] at [socket]:5432 as postgres
    ");
    assert_snapshot!(cli.args(["data", "dump", "-o", "dump"]).run().snapshot(), @"
    exit: 0
    --- stdout
    dump: 4 rows of 2 tables ([took])
    --- stderr
    target [database] at [socket]:5432 as postgres
    ");
    let device = std::fs::read_to_string(cli.project().join("dump/device.jsonl")).unwrap();
    assert_snapshot!(device, @r#"
    {"id":1,"host":1,"price":"12.50","parent":null}
    {"id":2,"host":2,"price":null,"parent":1}
    "#);
    let url = to.url();
    assert_snapshot!(cli.args(["data", "load", "dump", "--url", &url, "--dry-run"]).run().snapshot(), @"
    exit: 0
    --- stdout
    would load 4 rows into 2 tables
      public.host: 2 rows
      public.device: 2 rows
    the key of public.device (parent) is checked at the end
    --- stderr
    target [to] at [socket]:5432 as postgres
    ");
    assert_eq!(to.psql("SELECT count(*) FROM host"), "0");
    assert_snapshot!(cli.args(["data", "load", "dump", "--url", &url]).run().snapshot(), @"
    exit: 0
    --- stdout
    loaded 4 rows of 2 tables ([took])
    --- stderr
    target [to] at [socket]:5432 as postgres
    ");
    assert_eq!(to.psql("SELECT count(*) FROM device WHERE price = 12.50"), "1");
    assert_snapshot!(cli.args(["data", "load", "dump", "--url", &url]).run().snapshot(), @r#"
    exit: 3
    --- stdout
    --- stderr
    target [to] at [socket]:5432 as postgres
    error: a row of public.host cannot be loaded
     --> dump/host.jsonl:1:1
    1 | {"id":1,"name":"a"}
      | ^
    caused by: duplicate key value violates unique constraint "host_pkey"
    SQLSTATE: 23505
    detail: Key (id)=(1) already exists.
    context: COPY host, line 1
    hint: leave rows that are there already: mainstay data load DUMP --on-conflict skip
    hint: or give them the dump's values: mainstay data load DUMP --on-conflict update
    "#);
    assert_snapshot!(cli.args(["data", "load", "dump", "--url", &url, "--on-conflict", "skip"]).run().snapshot(), @"
    exit: 0
    --- stdout
    loaded 0 rows of 2 tables, skipped 4 that had been there ([took])
    --- stderr
    target [to] at [socket]:5432 as postgres
    ");
    to.psql("DELETE FROM device WHERE id = (SELECT max(id) FROM device)");
    let mut again = |what: &str| {
        let run = cli.args(["data", "load", "dump", "--url", &url, "--on-conflict", what, "--json"]).run();
        serde_json::from_str::<serde_json::Value>(&run.stdout).unwrap()["data"].clone()
    };
    let skipped = again("skip");
    assert_eq!((skipped["rows"].as_u64(), skipped["skipped"].as_u64()), (Some(1), Some(3)), "{skipped}");
    let updated = again("update");
    assert_eq!((updated["rows"].as_u64(), updated["skipped"].as_u64()), (Some(4), Some(0)), "{updated}");
    assert_eq!(updated["tables"][0]["updated"], 2, "{updated}");
}

#[test]
fn a_dump_goes_through_a_pipe() {
    let (from, mut cli) = filled();
    let to = empty(&mut cli);
    let script = "set -eu; \"$0\" data dump -o - | \"$0\" data load - --url \"$1\"";
    let binary = env!("CARGO_BIN_EXE_mainstay");
    let mut shell = Cli::new("/bin/sh");
    shell.env("DATABASE_URL", &from.url());
    let run = shell.args(["-c", script, binary, &to.url()]).run();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.starts_with("loaded 4 rows of 2 tables"), "{run:?}");
    assert!(run.stderr.contains("standard output: 4 rows of 2 tables"), "{run:?}");
    assert_eq!(to.psql("SELECT count(*) FROM device"), "2");
    let run = cli.args(["data", "dump", "--json"]).run();
    assert_eq!(run.code, 2, "{run:?}");
}

#[test]
fn rows_are_copied_between_engines_by_url_or_target() {
    let mut cli = on_sqlite(
        "CREATE TABLE host (id integer PRIMARY KEY, name text); CREATE TABLE device (id integer PRIMARY KEY, host integer REFERENCES host, \
         price decimal(10,2), parent integer REFERENCES device); INSERT INTO host VALUES (1, 'a'); INSERT INTO device VALUES (1, 1, 2.5, 1);",
    );
    let to = empty(&mut cli);
    assert_snapshot!(cli.args(["data", "copy", "sqlite:walt.db", &to.url(), "--dry-run", "--any-version"]).run().snapshot(), @"
    exit: 0
    --- stdout
    would load 2 rows into 2 tables
      public.host: 1 row
      public.device: 1 row
    the key of public.device (parent) is checked at the end
    --- stderr
    target walt.db
    target [to] at [socket]:5432 as postgres
    ");
    assert_snapshot!(cli.args(["data", "copy", "sqlite:walt.db", &to.url(), "--any-version"]).run().snapshot(), @"
    exit: 0
    --- stdout
    copied 2 rows of 2 tables ([took])
    --- stderr
    target walt.db
    target [to] at [socket]:5432 as postgres
    ");
    assert_eq!(to.psql("SELECT price FROM device"), "2.50");
}

#[test]
fn what_does_not_fit_says_where_and_what_to_do() {
    let (_from, mut cli) = filled();
    let to = empty(&mut cli);
    assert_eq!(cli.args(["data", "dump", "-o", "dump"]).run().code, 0);
    let rows = cli.project().join("dump/device.jsonl");
    let text = std::fs::read_to_string(&rows).unwrap();
    let url = to.url();
    cli.file("dump/device.jsonl", &text.replace("12.50", "12.505"));
    to.psql("ALTER TABLE device ALTER price TYPE numeric(10,3)");
    assert_snapshot!(cli.args(["data", "load", "dump", "--url", &url]).run().snapshot(), @"
    exit: 6
    --- stdout
    --- stderr
    target [to] at [socket]:5432 as postgres
    error: the rows of public.device are not those that were dumped: their digest is another one
    hint: a dump is loaded as it was written or not at all; write it again: mainstay data dump -o DIR
    ");
    cli.file("dump/device.jsonl", &text[..text.len() - 12]);
    assert_snapshot!(cli.args(["data", "load", "dump", "--url", &url]).run().snapshot(), @r#"
    exit: 6
    --- stdout
    --- stderr
    target [to] at [socket]:5432 as postgres
    error: a row of public.device is cut off: the line has no end
     --> dump/device.jsonl:2:31
    2 | {"id":2,"host":2,"price":null,
      |                               ^
    "#);
    cli.file("dump/device.jsonl", &text);
    to.psql("DELETE FROM host; ALTER TABLE device DROP COLUMN price");
    assert_snapshot!(cli.args(["data", "load", "dump", "--url", &url]).run().snapshot(), @"
    exit: 5
    --- stdout
    --- stderr
    target [to] at [socket]:5432 as postgres
    error: the dump does not fit [to] at [socket]:5432 as postgres: the dump has a column public.device.price, and the database has none
    hint: see what the database has: mainstay tables
    ");
    assert_snapshot!(cli.args(["data", "dump", "hosts", "-o", "other"]).run().snapshot(), @"
    exit: 1
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: there is no table `hosts`
    hint: did you mean public.host? mainstay data dump public.host
    ");
    assert_snapshot!(cli.args(["data", "dump", "-o", "dump"]).run().snapshot(), @"
    exit: 5
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: dump is there already, and a dump is written to a place of its own
    hint: name another one, or remove it first: rm -r dump
    ");
    assert_snapshot!(cli.args(["data", "dump", "-o", "dump.json"]).run().snapshot(), @"
    exit: 2
    --- stdout
    --- stderr
    error: a dump is a folder or a file that ends in .tar.zst, and dump.json ends in .json
    hint: mainstay data dump -o dump.tar.zst
    hint: for a fixture of Django's: mainstay data dump --format django -o dump.json
    ");
    assert_eq!(to.psql("SELECT count(*) FROM device"), "0");
}

/// Half of a dump comes through a pipe and is loaded; then the command is killed. The next one goes on from there.
#[test]
fn a_load_that_was_killed_goes_on() {
    let from = server().database();
    let ddl = "CREATE TABLE event (id int PRIMARY KEY, note text)";
    from.psql(&format!(
        "{ddl}; INSERT INTO event SELECT n, md5(n::text) || md5((n * 7)::text) FROM generate_series(1, 20000) n"
    ));
    let mut cli = on_database(&from);
    assert_eq!(cli.args(["data", "dump", "-o", "dump.tar.zst"]).run().code, 0);
    let bytes = std::fs::read(cli.project().join("dump.tar.zst")).unwrap();
    let to = server().database();
    to.psql(ddl);
    let url = to.url();

    let mut killed = cli.args(["data", "load", "-", "--url", &url, "--batch", "1000"]).command().spawn().unwrap();
    let mut pipe = killed.stdin.take().unwrap();
    pipe.write_all(&bytes[..bytes.len() * 6 / 10]).unwrap();
    pipe.flush().unwrap();
    until(|| to.psql("SELECT count(*) FROM event") != "0");
    killed.kill().unwrap();
    killed.wait().unwrap();
    until(|| to.psql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()") == "1");

    let loaded: u64 = to.psql("SELECT count(*) FROM event").parse().unwrap();
    assert!(loaded.is_multiple_of(1000) && (1000..20000).contains(&loaded), "{loaded}");
    let run = cli.args(["data", "load", "dump.tar.zst", "--url", &url]).run();
    assert_eq!(run.code, 5, "{run:?}");
    assert!(run.stderr.contains("hint: go on from there: mainstay data load DUMP --batch 10000"), "{run:?}");
    let run = cli.args(["data", "load", "dump.tar.zst", "--url", &url, "--batch", "700", "--json"]).run();
    let answer: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(answer["data"]["earlier"], loaded, "{run:?}");
    let all = "SELECT count(*), sum(hashtext(note)) FROM event";
    assert_eq!(to.psql(all), from.psql(all));
}

fn until(mut reached: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if reached() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("it never comes that far");
}

/// What Django would have made of a small shop.
const SHOP: &str = "CREATE TABLE shop_kind (id int PRIMARY KEY, name text NOT NULL); CREATE TABLE shop_item (id int PRIMARY KEY, \
                    kind_id int REFERENCES shop_kind, price numeric(10,2)); ";

#[test]
fn a_fixture_goes_out_and_comes_in() {
    let (from, to) = (server().database(), server().database());
    from.psql(&format!(
        "{SHOP} INSERT INTO shop_kind VALUES (1, 'a'); INSERT INTO shop_item VALUES (1, 1, 12.50), (2, NULL, NULL)"
    ));
    to.psql(SHOP);
    let mut cli = on_database(&from);
    cli.filter(to.name(), "[to]");
    assert_snapshot!(cli.args(["data", "dump", "--format", "django", "shop"]).run().snapshot(), @r#"
    exit: 0
    --- stdout
    [
    {"model": "shop.kind", "pk": 1, "fields": {"name": "a"}},
    {"model": "shop.item", "pk": 1, "fields": {"kind": 1, "price": "12.50"}},
    {"model": "shop.item", "pk": 2, "fields": {"kind": null, "price": null}}
    ]
    --- stderr
    target [database] at [socket]:5432 as postgres
    standard output: 3 objects of 2 models ([took])
    "#);
    assert_snapshot!(cli.args(["data", "dump", "--format", "django", "-e", "shop.Kind", "-o", "items.json"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    items.json: 2 objects of 1 model ([took])
    --- stderr
    target [database] at [socket]:5432 as postgres
    ");
    assert_snapshot!(cli.args(["data", "dump", "--format", "django", "shop", "-o", "dump.json"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    dump.json: 3 objects of 2 models ([took])
    --- stderr
    target [database] at [socket]:5432 as postgres
    ");
    let url = to.url();
    assert_snapshot!(cli.args(["data", "load", "dump", "--url", &url, "--dry-run"]).run().snapshot(), @r"
    exit: 0
    --- stdout
    would load 3 rows into 2 tables
      public.shop_kind: 1 row
      public.shop_item: 2 rows
    --- stderr
    target [to] at [socket]:5432 as postgres
    ");
    assert_snapshot!(cli.args(["data", "load", "dump", "--url", &url]).run().snapshot(), @r"
    exit: 0
    --- stdout
    loaded 3 rows of 2 tables ([took])
    --- stderr
    target [to] at [socket]:5432 as postgres
    ");
    assert_snapshot!(cli.args(["data", "load", "dump", "--url", &url]).run().snapshot(), @r#"
    exit: 3
    --- stdout
    --- stderr
    target [to] at [socket]:5432 as postgres
    error: object 1 (shop.kind, pk 1) cannot be loaded
     --> dump.json:2:1
    2 | {"model": "shop.kind", "pk": 1, "fields": {"name": "a"}}
      | ^
    caused by: duplicate key value violates unique constraint "shop_kind_pkey"
    SQLSTATE: 23505
    detail: Key (id)=(1) already exists.
    context: COPY shop_kind, line 1
    hint: leave rows that are there already: mainstay data load DUMP --on-conflict skip
    hint: or give them the dump's values: mainstay data load DUMP --on-conflict update
    "#);
    assert_snapshot!(cli.args(["data", "dump", "--exclude", "shop", "-o", "dir"]).run().snapshot(), @r"
    exit: 2
    --- stdout
    --- stderr
    error: --exclude is for fixtures, whose applications and models it leaves out
    hint: name the tables that are wanted: mainstay data dump TABLES
    ");
    assert_snapshot!(cli.args(["data", "dump", "--format", "django", "-o", "dump"]).run().snapshot(), @r"
    exit: 2
    --- stdout
    --- stderr
    target [database] at [socket]:5432 as postgres
    error: dump is no name of a fixture: it ends in .json or .jsonl
    hint: mainstay data dump --format django -o dump.json
    ");
    std::fs::write(cli.project().join("wrong.json"), "[\n{\"model\": \"shop.itme\", \"pk\": 1, \"fields\": {}}\n]\n")
        .unwrap();
    assert_snapshot!(cli.args(["data", "load", "wrong", "--url", &url]).run().snapshot(), @r#"
    exit: 5
    --- stdout
    --- stderr
    target [to] at [socket]:5432 as postgres
    error: object 1 is of the model shop.itme, and the database has no table for it
     --> wrong.json:2:1
    2 | {"model": "shop.itme", "pk": 1, "fields": {}}
      | ^
    hint: did you mean shop.item?
    hint: where the table is called otherwise, name it in mainstay.toml: [data.django] models
    "#);
}
