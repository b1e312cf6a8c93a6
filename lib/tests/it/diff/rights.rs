//! Privileges that roles have passed on, and those of an object that gets another owner.

use mainstay_testing::server;

use super::check;

/// Roles are the cluster's, and no other test's.
fn make_roles() {
    server().database().psql(
        "DO $$ DECLARE one text; BEGIN
            PERFORM pg_advisory_lock(4711);
            FOREACH one IN ARRAY '{giver,taker,third}'::text[] LOOP
                IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = one) THEN EXECUTE 'CREATE ROLE ' || one; END IF;
            END LOOP;
        END $$",
    );
}

/// Only he who has given a privilege takes it back.
#[test]
fn whoever_has_given_takes_back() {
    make_roles();
    let base = "CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT a FROM t;";
    let states = [
        "",
        "GRANT SELECT ON t TO taker",
        "GRANT SELECT, INSERT ON t TO giver WITH GRANT OPTION; SET ROLE giver; GRANT SELECT, INSERT ON t TO taker",
        "GRANT SELECT ON t TO giver WITH GRANT OPTION; SET ROLE giver; GRANT SELECT ON t TO taker WITH GRANT OPTION;
        SET ROLE taker; GRANT SELECT ON t TO third",
        "GRANT SELECT ON t TO taker WITH GRANT OPTION; SET ROLE taker; GRANT SELECT ON t TO giver WITH GRANT OPTION;
        SET ROLE giver; GRANT SELECT ON t TO third",
        "GRANT SELECT ON t TO giver WITH GRANT OPTION; GRANT SELECT ON t TO taker; SET ROLE giver;
        GRANT SELECT ON t TO taker; GRANT SELECT (b) ON t TO third",
        "GRANT SELECT (a) ON t TO giver WITH GRANT OPTION; SET ROLE giver; GRANT SELECT (a) ON t TO taker",
        "GRANT SELECT ON v TO giver WITH GRANT OPTION; SET ROLE giver; GRANT SELECT ON v TO taker",
    ];
    for pair in states.windows(2) {
        check(&format!("{base} {}", pair[0]), &format!("{base} {}", pair[1]));
    }
}

/// What he is given who becomes the owner is his own then, and what the owner has given follows.
#[test]
fn a_new_owner_has_what_is_his_own() {
    make_roles();
    let base = "CREATE TABLE t (id serial, a int); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
        GRANT USAGE, CREATE ON SCHEMA public TO giver;";
    for (old, new) in [
        ("GRANT SELECT ON t TO giver", "ALTER TABLE t OWNER TO giver"),
        (
            "REVOKE ALL ON t FROM postgres; GRANT SELECT ON t TO taker",
            "ALTER TABLE t OWNER TO giver; GRANT SELECT ON t TO taker",
        ),
        ("GRANT SELECT ON t, t_id_seq TO taker", "ALTER TABLE t OWNER TO giver; GRANT SELECT ON t, t_id_seq TO taker"),
        (
            "GRANT SELECT ON t TO giver WITH GRANT OPTION; SET ROLE giver; GRANT SELECT ON t TO taker",
            "ALTER TABLE t OWNER TO giver; GRANT SELECT ON t TO taker",
        ),
        (
            "REVOKE EXECUTE ON FUNCTION f FROM PUBLIC; GRANT EXECUTE ON FUNCTION f TO giver",
            "ALTER FUNCTION f OWNER TO giver",
        ),
        ("ALTER TABLE t OWNER TO giver", "ALTER TABLE t ADD s serial; ALTER TABLE t OWNER TO giver"),
        ("", "DROP FUNCTION f; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO giver"),
    ] {
        check(&format!("{base} {old}"), &format!("{base} {new}"));
    }
}
