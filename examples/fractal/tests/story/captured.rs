//! fractal-server's own history up to 2.24.2, 75 steps as SQL, where this checkout has it beside it.
//!
//! From each step becomes a migration of Mainstay's own layout: its number in the chain is the version, its revision the name.

use std::io::Write;
use std::path::Path;

use crate::ground::{Ground, files, plain, until};

/// A machine with the 75 steps as its migrations; `None` where they are not there, which is said aloud.
fn machine(database: &str) -> Option<Ground> {
    let folder =
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/cases/systems/fractal/captured_sql_2.24.2"));
    if !folder.exists() {
        let _ = writeln!(std::io::stderr(), "not checked: fractal's own 75 steps are not at {}", folder.display());
        return None;
    }
    let mut machine = Ground::with_migrations(database);
    std::fs::remove_dir_all(machine.mainstay.project().join("migrations")).expect("the example's own");
    let steps = files(folder);
    assert_eq!(steps.len(), 75);
    for (name, text) in steps {
        let stem = name.strip_suffix(".sql").expect("NNN_revision.sql");
        machine.file(&format!("migrations/{stem}.up.sql"), &text);
    }
    Some(machine)
}

/// The schema that 2.24.2 has.
fn expected() -> String {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/cases/systems/fractal/expected_schema_d4027db95431.pg15.sql"
    );
    plain(&std::fs::read_to_string(path).expect("beside the steps"))
}

/// At head, with the schema of 2.24.2 and every step once in the ledger.
fn is_at_head(machine: &Ground) {
    assert_eq!(machine.schema(), expected());
    assert_eq!(machine.psql("SELECT count(*), max(version) FROM mainstay.migration"), "75|075");
    assert_eq!(machine.psql("SELECT version_num FROM alembic_version"), "d4027db95431");
}

/// # From nothing to head
///
/// One command: role, database, 75 migrations. The schema is fractal's own.
#[test]
fn from_nothing_to_head_in_one_command() {
    let Some(mut machine) = machine("captured") else { return };
    machine.does(&["prepare"]);
    is_at_head(&machine);
    assert!(machine.does(&["prepare"]).stdout.contains("nothing to do"));
}

/// # Stop and go on
///
/// An older release stands at step 40; the newer one goes on from there.
#[test]
fn stop_anywhere_and_go_on() {
    let Some(mut machine) = machine("stopped") else { return };
    machine.does(&["bootstrap"]);
    machine.does(&["migrate", "up", "--to", "040"]);
    assert_eq!(machine.psql("SELECT version_num FROM alembic_version"), "b3ffb095f973");
    let rest = machine.does(&["prepare"]).stdout;
    assert_eq!(rest.matches("applied  ").count(), 35, "{rest}");
    is_at_head(&machine);
}

/// # Killed in the middle
///
/// `kill -9` while step 41 waits for a lock that somebody holds. What that step did is done whole or not at all; the next
/// start goes on, and every step has run once.
#[test]
fn killed_in_the_middle() {
    let Some(mut machine) = machine("killed") else { return };
    machine.does(&["bootstrap"]);
    machine.does(&["migrate", "up", "--to", "040"]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let url = format!("postgresql:///killed?host={}&port={}&user=postgres", machine.socket(), machine.port());
    let session = mainstay::Database::url(url).build().expect("resolved");
    let mut holder = runtime.block_on(session.connect()).expect("connects");
    // Every step writes here.
    runtime.block_on(holder.query("BEGIN")).expect("begins");
    runtime.block_on(holder.query("LOCK TABLE alembic_version")).expect("locks");

    let mut child = machine.mainstay.args(["prepare"]).command().spawn().expect("it starts");
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'killed' AND usename = 'fractal'";
    until("step 41 waits for the lock", || machine.psql(&format!("{waiting} AND wait_event_type = 'Lock'")) == "1");
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    assert_eq!(machine.version(), "040");
    runtime.block_on(holder.query("ROLLBACK")).expect("lets go");
    until("the server has noticed", || machine.psql(waiting) == "0");

    machine.does(&["prepare"]);
    is_at_head(&machine);
}

/// # A failure late in the chain
///
/// Projects without a resource, as a database of 2.16 has them: step 46 refuses NULLs. With the real tool the way on is by
/// hand. Here the database is at 45, the message has the file, and the next start goes on once the rows are mended.
#[test]
fn a_failure_leaves_the_last_good_version() {
    let Some(mut machine) = machine("failed") else { return };
    machine.does(&["bootstrap"]);
    machine.does(&["migrate", "up", "--to", "044"]);
    machine.psql("INSERT INTO projectv2 (name, timestamp_created) VALUES ('old', now())");

    let failed = machine.mainstay(&["migrate", "up", "--allow", "deletes-data"]);
    assert_eq!(failed.code, 3, "{failed:?}");
    for told in ["046_45fbb391d7af.up.sql:1:1", "\"resource_id\"", "SQLSTATE: 23502", "the database is at version 045"]
    {
        assert!(failed.stderr.contains(told), "{told}: {failed:?}");
    }
    assert_eq!(machine.psql("SELECT version_num FROM alembic_version"), "caba9fb1ea5e");

    machine.psql("DELETE FROM projectv2");
    machine.does(&["migrate", "up", "--allow", "deletes-data"]);
    is_at_head(&machine);
}

/// # Version 1 is dropped
///
/// Step 29 drops nine tables. With rows in them it is refused, table by table and with their number, and the database stays
/// at 28.
#[test]
fn the_real_step_that_lost_everything() {
    let Some(mut machine) = machine("dropped") else { return };
    machine.does(&["bootstrap"]);
    machine.does(&["migrate", "up", "--to", "028"]);
    machine.psql("INSERT INTO project (name, read_only, timestamp_created) SELECT 'p' || n, false, now() FROM generate_series(1, 33) n");

    let refused = machine.mainstay(&["migrate", "up", "--to", "029"]);
    assert_eq!(refused.code, 5, "{refused:?}");
    for told in ["9 statements have such a hazard", "drops table project (33 rows)", "drops table state (no rows)"] {
        assert!(refused.stderr.contains(told), "{told}: {refused:?}");
    }
    assert_eq!(machine.version(), "028");
    assert_eq!(machine.psql("SELECT count(*) FROM project"), "33");
}
