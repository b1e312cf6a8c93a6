//! Backup and restore: what the page does with pg_dump, gzip, createdb and psql.

use crate::ground::Ground;

/// A database with two projects.
fn with_projects(name: &str) -> Ground {
    let mut machine = Ground::with_migrations(name);
    machine.does(&["prepare"]);
    machine.psql(
        "INSERT INTO resource (name) VALUES ('local'); INSERT INTO user_oauth (email) VALUES ('a@example.org');
        INSERT INTO projectv2 (name, owner_id, resource_id) VALUES ('a', 1, 1), ('b', 1, 1)",
    );
    machine
}

/// # Backup and restore
///
/// The page's four commands are two: a dump in the plain format, compressed where its name says so and read back before it has
/// that name; and a restore into a new database, which is made, owned by fractal and filled. What pg_dump has written by hand,
/// `psql` still reads, and so does `restore`.
#[test]
fn a_dump_becomes_a_new_database() {
    let mut machine = with_projects("kept_db");

    for file in ["fractal_dump.sql", "fractal_dump.sql.gz"] {
        let made = machine.does(&["backup", "create", "--format", "plain", "-o", file]);
        assert!(made.stdout.contains("read back whole"), "{made:?}");
        let into = format!("new_{}", file.replace('.', "_"));
        let restored = machine.does(&["restore", &format!("./{file}"), "--into", &into]);
        assert!(restored.stdout.starts_with(&format!("restored {into} ")), "{restored:?}");
        assert_eq!(machine.server.psql(&into, "SELECT count(*) FROM projectv2"), "2");
        let owner =
            "SELECT pg_get_userbyid(datdba), (SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public')
            FROM pg_database WHERE datname = current_database()";
        assert_eq!(machine.server.psql(&into, owner), "fractal|fractal");
    }

    let gzip = std::fs::read(machine.mainstay.project().join("fractal_dump.sql.gz")).expect("a file");
    assert_eq!(gzip[..2], [0x1f, 0x8b], "gzip reads it");
}

/// # A backup that counts
///
/// `pg_dump … | gzip` succeeds when gzip does, whatever became of pg_dump. A backup is there once every byte was read back, and a
/// restore compares every table with what the server had sent.
#[test]
fn a_backup_is_compared_when_it_comes_back() {
    let mut machine = with_projects("counted_db");

    let made = machine.does(&["backup", "create"]);
    assert!(made.stdout.contains("read back whole"), "{made:?}");
    machine.does(&["backup", "verify"]);
    machine.psql("DELETE FROM projectv2");
    let restored = machine.does(&["restore", "latest", "--yes"]);
    assert!(restored.stdout.contains("every row is as it was backed up"), "{restored:?}");
    assert!(restored.stdout.contains("kept     the old database as counted_db_before_"), "{restored:?}");
    assert_eq!(machine.psql("SELECT count(*) FROM projectv2"), "2");
    assert!(machine.does(&["prepare"]).stdout.contains("nothing to do"), "the ledger came back too");
}
