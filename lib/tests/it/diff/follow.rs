//! What has another name alone gets the name: nothing of it is made anew.

use mainstay_testing::{server, server_of};

use super::{apply, plan_of, round_trip, statements};

const OTHERS: &str = "CREATE TABLE r (id int PRIMARY KEY); INSERT INTO r VALUES (1);";

fn devices(table: &str, id: &str) -> String {
    format!(
        "{OTHERS} CREATE TABLE {table} (
            {id} serial PRIMARY KEY, a text UNIQUE, b int NOT NULL REFERENCES r CHECK (b > 0),
            EXCLUDE USING btree (a WITH =));
        CREATE INDEX ON {table} (b, a); COMMENT ON SEQUENCE {table}_{id}_seq IS 'x'; GRANT USAGE ON SEQUENCE {table}_{id}_seq TO PUBLIC;"
    )
}

/// After the server has renamed a table and a column, the rest of the names follow, and no relation has another file.
#[test]
fn names_follow_a_renamed_table_and_column() {
    for server in [server(), server_of(18)] {
        let (from, to) = (server.database(), server.database());
        from.psql(&format!(
            "{} INSERT INTO device (a, b) VALUES ('x', 1), ('y', 1);
            ALTER TABLE device RENAME TO gadget; ALTER TABLE gadget RENAME COLUMN id TO number",
            devices("device", "id")
        ));
        to.psql(&devices("gadget", "number"));
        let files = "SELECT string_agg(relfilenode::text, ' ' ORDER BY oid) FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')";
        let before = from.psql(files);
        let plan = plan_of(&from, &to, true);
        apply(&from, &plan);
        assert_eq!(from.psql(files), before, "{}", plan.to_sql());
        let not_null = |sql: &String| !sql.contains("_not_null TO");
        assert_eq!(
            statements(&plan).into_iter().filter(not_null).collect::<Vec<_>>(),
            [
                "ALTER SEQUENCE public.device_id_seq RENAME TO gadget_number_seq",
                "ALTER TABLE public.gadget RENAME CONSTRAINT device_a_excl TO gadget_a_excl",
                "ALTER TABLE public.gadget RENAME CONSTRAINT device_a_key TO gadget_a_key",
                "ALTER TABLE public.gadget RENAME CONSTRAINT device_b_check TO gadget_b_check",
                "ALTER TABLE public.gadget RENAME CONSTRAINT device_b_fkey TO gadget_b_fkey",
                "ALTER TABLE public.gadget RENAME CONSTRAINT device_pkey TO gadget_pkey",
                "ALTER INDEX public.device_b_a_idx RENAME TO gadget_b_a_idx",
            ]
        );
        assert!(plan_of(&from, &to, true).is_empty());
        assert_eq!(from.psql("INSERT INTO gadget (a, b) VALUES ('z', 1) RETURNING number"), "3");
    }
}

/// Only what is the same in all else, and whose new name is free.
#[test]
fn names_that_do_not_follow() {
    let table = "CREATE TABLE t (a int, b int); INSERT INTO t VALUES (1, 2);";
    let there = |old: &str, new: &str| {
        let (old, new) = (format!("{table} {old}"), format!("{table} {new}"));
        round_trip(server_of(18), &old, &new, true);
        round_trip(server(), &old, &new, false).0
    };
    let renames = |sql: &[String]| sql.iter().filter(|one| one.contains(" RENAME ")).count();
    assert_eq!(renames(&there("CREATE INDEX i ON t (a)", "CREATE INDEX j ON t (a)")), 1);
    assert_eq!(renames(&there("CREATE INDEX i ON t (a)", "CREATE INDEX j ON t (b)")), 0);
    assert_eq!(renames(&there("CREATE INDEX i ON t (a)", "CREATE UNIQUE INDEX j ON t (a)")), 0);
    assert_eq!(renames(&there("CREATE INDEX i ON t (a)", "ALTER TABLE t ADD CONSTRAINT j UNIQUE (a)")), 0);
    assert_eq!(renames(&there("CREATE INDEX i ON t (a); CREATE TABLE j ()", "CREATE INDEX j ON t (a)")), 0);
    assert_eq!(
        renames(&there(
            "CREATE INDEX i ON t (a); CREATE INDEX j ON t (b)",
            "CREATE INDEX j ON t (a); CREATE INDEX k ON t (b)"
        )),
        0
    );
    assert_eq!(
        renames(&there(
            "CREATE INDEX i ON t (a); CREATE INDEX j ON t (a)",
            "CREATE INDEX k ON t (a); CREATE INDEX l ON t (a)"
        )),
        2
    );
    let view = "CREATE MATERIALIZED VIEW v AS SELECT a FROM t;";
    let (old, new) = (format!("{view} CREATE INDEX i ON v (a)"), format!("{view} CREATE INDEX j ON v (a)"));
    assert_eq!(renames(&there(&old, &new)), 1);
    let family = "CREATE TABLE c () INHERITS (t);";
    let (old, new) = (
        format!("ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0); {family}"),
        format!("ALTER TABLE t ADD CONSTRAINT l CHECK (a > 0); {family}"),
    );
    assert_eq!(renames(&there(&old, &new)), 0);
    let parted = |primary: &str, index: &str| {
        format!(
            "CREATE TABLE p (a int, CONSTRAINT {primary} PRIMARY KEY (a)) PARTITION BY LIST (a);
            CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE INDEX {index} ON p (a);
            CREATE TABLE f (a int REFERENCES p)"
        )
    };
    assert_eq!(renames(&there(&parted("k", "i"), &parted("l", "j"))), 2);
}
