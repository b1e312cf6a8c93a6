//! The story of fractal-server's database. It runs as a test, and each step says what it shows.
//!
//! fractal-server analyses images. Its page on the database names the settings (`POSTGRES_*`, `DB_ECHO`), has the administrator
//! type `createdb`, and then `fractalctl set-db` applies a long history of migrations: that history is in `captured`, what it
//! taught is in `history`, the settings are in `settings`, and what the page says of backups in `backups`.

mod backups;
mod captured;
mod ground;
mod history;
mod settings;

use ground::{Ground, PASSWORD};

/// # createdb
///
/// The page has an administrator make role and database by hand, with five options that must fit the settings. Here both
/// are told from the settings: what would be done, the SQL for an administrator to read, and the doing.
#[test]
fn the_database_is_made_from_the_settings() {
    let mut machine = Ground::with_migrations("made_db");
    let roles = "SELECT count(*) FROM pg_database WHERE datname = 'made_db'";

    let planned = machine.does(&["bootstrap", "--dry-run"]);
    assert!(planned.stdout.contains("create database made_db"), "{planned:?}");

    let printed = machine.does(&["bootstrap", "--print"]).stdout;
    assert!(printed.contains("CREATE DATABASE made_db OWNER fractal TEMPLATE template0"), "{printed}");
    assert!(!printed.contains("p@ss"), "a printed plan holds no password: {printed}");
    assert_eq!(machine.server.psql("postgres", roles), "0", "nothing was done");

    let made = machine.does(&["bootstrap"]);
    assert!(made.stdout.contains("create database made_db"), "{made:?}");
    assert!(machine.does(&["bootstrap"]).stdout.starts_with("everything is there already"));
    let owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'made_db'";
    assert_eq!(machine.server.psql("postgres", owner), "fractal");
}

/// # set-db
///
/// `fractalctl set-db` is `mainstay prepare` within the program itself, in a few lines. It logs in over the network, with a
/// password full of marks that mean something in a URL. A second time there is nothing to do, and either finds what the
/// other has done.
#[test]
fn set_db_is_prepare() {
    let mut machine = Ground::with_migrations("set_db");

    let first = machine.fractalctl(&["set-db"]);
    assert_eq!((first.code, first.stdout.as_str()), (0, "set_db is at version 20250915090000\n"), "{first:?}");
    let schema = machine.schema();
    assert_eq!(machine.fractalctl(&["set-db"]).stdout, first.stdout);
    assert!(machine.does(&["prepare"]).stdout.contains("nothing to do"), "mainstay finds it done");
    assert_eq!(machine.schema(), schema);

    let wrong = machine.fractalctl(&["set"]);
    assert_eq!((wrong.code, wrong.stderr.as_str()), (2, "usage: fractalctl set-db\n"));
    machine.env("POSTGRES_PASSWORD", "another");
    let locked_out = machine.fractalctl(&["set-db"]);
    assert_eq!(locked_out.code, 1, "{locked_out:?}");
    assert!(locked_out.stderr.contains("password") && !locked_out.stderr.contains(PASSWORD), "{locked_out:?}");
}
