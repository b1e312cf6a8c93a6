//! What a long history teaches: tables that go with what is in them, rows that do not fit the next step.

use crate::ground::Ground;

/// # Rows of version 1
///
/// fractal once dropped all tables of its version 1, and whoever upgraded with projects in them lost them without a word:
/// hundreds of rows, exit code 0. Here the step is refused, and says which tables and how many rows. When that is
/// allowed by name, a copy is taken first.
#[test]
fn what_is_dropped_is_asked_for_by_name() {
    let mut machine = Ground::with_migrations("version_1");
    machine.does(&["migrate", "check"]);
    machine.does(&["bootstrap"]);
    machine.does(&["migrate", "up", "--to", "20240301090000"]);
    machine.psql("INSERT INTO project (name) SELECT 'project ' || n FROM generate_series(1, 33) n");

    let refused = machine.mainstay(&["prepare"]);
    assert_eq!(refused.code, 5, "{refused:?}");
    for told in ["drops table workflow (no rows)", "drops table project (33 rows)", "--allow deletes-data"] {
        assert!(refused.stderr.contains(told), "{told}: {refused:?}");
    }
    assert_eq!(machine.version(), "20240301090000");
    assert!(machine.copies().is_empty(), "nothing was begun");
    let plan = machine.does(&["migrate", "plan"]).stdout;
    assert!(plan.contains("drops table project (33 rows)"), "{plan}");

    machine.does(&["migrate", "up", "--allow", "deletes-data"]);
    assert_eq!(machine.version(), "20250915090000");
    assert_eq!(machine.copies().len(), 1);
    machine.does(&["restore", "latest", "--into", "version_1_before"]);
    assert_eq!(machine.server.psql("version_1_before", "SELECT max(id) FROM project"), "33", "the copy has them");
}

/// # A new installation
///
/// Where there are no rows, there is nothing to ask: the whole history runs in one command.
#[test]
fn a_new_installation_is_not_asked() {
    let mut machine = Ground::with_migrations("fresh");
    let run = machine.does(&["prepare"]);
    assert_eq!(run.stdout.matches("applied  ").count(), 5, "{run:?}");
    assert!(machine.copies().is_empty(), "there was nothing to copy");
}

/// # Rows that do not fit
///
/// Every project gets a resource, says a late step; some have none. The step fails, is rolled back, and the database
/// stays at the last good version, not at the start and not in between. The rows are mended, and the next start goes on.
#[test]
fn a_failure_late_in_the_chain() {
    let mut machine = Ground::with_migrations("late");
    machine.does(&["bootstrap"]);
    machine.does(&["migrate", "up", "--to", "20240301090000"]);
    machine.psql("INSERT INTO user_oauth (email) VALUES ('a@example.org'); INSERT INTO projectv2 (name, owner_id) VALUES ('old', 1)");

    let failed = machine.mainstay(&["migrate", "up", "--allow", "deletes-data"]);
    assert_eq!(failed.code, 3, "{failed:?}");
    for told in [
        "\"resource_id\"",
        "SQLSTATE: 23502",
        "the database is at version 20250901090000",
        "every_project_has_a_resource.up.sql:1:1",
    ] {
        assert!(failed.stderr.contains(told), "{told}: {failed:?}");
    }
    assert_eq!(machine.version(), "20250901090000");

    machine.psql("INSERT INTO resource (name) VALUES ('local'); UPDATE projectv2 SET resource_id = 1");
    let resumed = machine.does(&["prepare"]);
    assert!(resumed.stdout.contains("applied  20250915090000_every_project_has_a_resource"), "{resumed:?}");
    assert_eq!(machine.psql("SELECT name, resource_id FROM projectv2"), "old|1");
}
