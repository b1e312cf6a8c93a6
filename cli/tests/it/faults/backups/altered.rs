//! Somebody changes what is being backed up: the backup is of one moment, before or after, or there is none and that is said.

use std::thread::JoinHandle;

use mainstay_testing::{After, Counted, TestDatabase, Wire};

use super::ground::{CONTENTS, Ended, Ground, Server};
use super::moments::moments;
use crate::faults::until;

/// What the contents have besides, to be altered.
const MORE: &str = "
CREATE SCHEMA extra;
CREATE TABLE extra.kept AS SELECT n AS id FROM generate_series(1, 50) n;
CREATE TYPE mood AS ENUM ('calm', 'busy');
CREATE TABLE feeling AS SELECT 'calm'::mood AS now FROM generate_series(1, 20);
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT 2 * $1';";

/// Tables with their columns and rows, and the names of what else there is: in one line.
const STATE: &str = "SELECT \
    (SELECT string_agg(format('%s %s', c.oid::regclass, (xpath('//n/text()', query_to_xml(format(\
        'SELECT count(*) || ''/'' || coalesce(sum(hashtextextended(t::text, 0)), 0) AS n FROM ONLY %s t', c.oid::regclass), \
        false, true, '')))[1]), ' ' ORDER BY c.oid::regclass::text) \
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname IN ('public', 'extra', 'other')), \
    (SELECT string_agg(a.attrelid::regclass || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ' ' \
        ORDER BY a.attrelid::regclass::text, a.attname) \
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
      WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname IN ('public', 'extra', 'other')), \
    (SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relkind IN ('v', 'm', 'i', 'S') AND relnamespace = 'public'::regnamespace), \
    (SELECT string_agg(enumlabel, ' ' ORDER BY enumsortorder) FROM pg_enum), \
    (SELECT string_agg(prosrc, ' ' ORDER BY proname) FROM pg_proc WHERE pronamespace = 'public'::regnamespace), \
    (SELECT count(*) || '/' || coalesce(sum(hashtextextended(lo_get(oid)::text, 0)), 0) FROM pg_largeobject_metadata)";

/// What is done meanwhile.
const CHANGES: [&str; 26] = [
    "ALTER TABLE large ADD COLUMN extra int DEFAULT 5",
    "ALTER TABLE large ALTER COLUMN more TYPE text USING encode(more, 'hex')",
    "ALTER TABLE extra.kept ALTER COLUMN id TYPE bigint",
    "ALTER TABLE large DROP COLUMN more",
    "ALTER TABLE feeling RENAME TO feelings",
    "ALTER TABLE feeling RENAME COLUMN now TO felt",
    "DROP TABLE feeling",
    "DROP TABLE large CASCADE",
    "TRUNCATE large, little",
    "TRUNCATE little",
    "VACUUM FULL large",
    "CLUSTER large USING large_pkey",
    "DELETE FROM little",
    "UPDATE large SET note = upper(note)",
    "INSERT INTO large SELECT n, 'later' FROM generate_series(10001, 12000) n",
    "DROP SEQUENCE counter",
    "REFRESH MATERIALIZED VIEW summed",
    "DROP MATERIALIZED VIEW summed",
    "DROP VIEW seen",
    "SELECT lo_unlink(oid) FROM pg_largeobject_metadata",
    "SELECT lo_put(oid, 0, 'others') FROM pg_largeobject_metadata",
    "CREATE TABLE newcomer AS SELECT n FROM generate_series(1, 500) n",
    "CREATE INDEX CONCURRENTLY ON large (more)",
    "ALTER TYPE mood ADD VALUE 'late'",
    "ALTER SCHEMA extra RENAME TO other",
    "DROP SCHEMA extra CASCADE",
];

fn fresh(ground: &Ground) -> TestDatabase {
    let database = ground.server.database();
    database.psql(CONTENTS);
    database.psql(MORE);
    database
}

/// Runs `change` as far as it comes by itself: it may have to wait for the backup's locks.
fn begin(change: &'static str, name: &str, ground: &Ground) -> impl FnOnce() -> JoinHandle<String> + use<> {
    let (doing, looking) = (ground.server.named(name), ground.server.named(name));
    move || {
        let doing = std::thread::spawn(move || doing.psql(change));
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' \
            AND application_name = 'psql'";
        until("the change is made, or waits", || doing.is_finished() || looking.psql(waits) != "0");
        doing
    }
}

/// Restores the backup `id` beside its database; what the copy has.
fn restored(ground: &mut Ground, what: &str, database: &TestDatabase, id: &str) -> String {
    let copy = format!("{}_copy", database.name());
    ground.good(what, &["restore", id, "--into", &copy, "--url", &database.url()]);
    let state = ground.server.psql(&copy, STATE);
    ground.server.psql("postgres", &format!("DROP DATABASE {copy}"));
    state
}

#[test]
fn a_backup_is_of_one_moment() {
    let mut ground = Ground::in_folder(Server::shared());
    let counted = fresh(&ground);
    let args = ["backup", "create", "--jobs", "1"];
    let wire = Wire::counting(&ground.server, Counted::Said);
    let ended = Ended::of(ground.command(&args).env("DATABASE_URL", wire.url(counted.name())).spawn().unwrap());
    assert_eq!(ended.code, 0, "{ended:?}");
    let all = wire.passed() - 500;
    ground.give_up_others();
    let moments: Vec<u64> = moments(all, CHANGES.len() as u64, 71).collect();
    let mut taken = 0;
    for (number, change) in CHANGES.into_iter().enumerate() {
        // Neighbours in the list are far from each other in time.
        let at = moments[number * 7 % moments.len()];
        let database = fresh(&ground);
        let before = database.psql(STATE);
        let (told, doing) = std::sync::mpsc::channel();
        let begin = begin(change, database.name(), &ground);
        let wire = Wire::before(&ground.server, Counted::Said, at, move || {
            let _ = told.send(begin());
            After::Goes
        });
        let mut command = ground.command(&args);
        let ended = Ended::of(command.env("DATABASE_URL", wire.url(database.name())).spawn().unwrap());
        doing.recv().expect("the moment has come").join().expect("the change is made");
        let after = database.psql(STATE);
        let what = format!("{change} at {at} of {all}");
        let finished = ground.finished(&what);
        assert_eq!(finished.len(), usize::from(ended.code == 0), "{what}: {ended:?}");
        for id in &finished {
            let state = restored(&mut ground, &what, &database, id);
            assert!(state == before || state == after, "{what}:\n{before}\n{after}\n{state}");
            taken += 1;
        }
        ground.untouched(&what);
        let next = ground.good(&what, &["backup", "create", "--url", &database.url()]);
        ground.good(&what, &["backup", "verify", next["id"].as_str().unwrap()]);
        ground.give_up_others();
        ground.server.psql("postgres", &format!("DROP DATABASE {}", database.name()));
    }
    assert!(taken > 20, "most of them are in nobody's way: {taken}");
}
