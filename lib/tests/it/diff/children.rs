//! Partitions and tables that inherit stay, with their rows, whatever becomes of their parents.

use mainstay_testing::server;

use super::{after, check, deletes, there};

/// Both ways, and the rows of `query` as they were.
fn keeps(old: &str, new: &str, seed: &str, query: &str, rows: &str) {
    check(old, new);
    let (found, _) = after(&format!("{old};{seed}"), new, query);
    assert_eq!(found, rows, "{old}\n{new}");
}

#[test]
fn a_parent_made_anew_leaves_its_partitions() {
    let state = |key: &str, bounds: [&str; 2]| {
        format!(
            "CREATE TABLE p (a int NOT NULL, b int NOT NULL, note text DEFAULT 'x', CONSTRAINT positive CHECK (b > 0), PRIMARY KEY (a, b))
                PARTITION BY {key};
            CREATE INDEX by_note ON p (note);
            CREATE TABLE c PARTITION OF p FOR VALUES {};
            CREATE TABLE d PARTITION OF p FOR VALUES {};
            CREATE INDEX own ON c (b);
            CREATE TABLE q (a int, b int, FOREIGN KEY (a, b) REFERENCES p);
            CREATE MATERIALIZED VIEW v AS SELECT sum(a) AS n FROM p;
            CREATE VIEW w AS SELECT a FROM p; CREATE MATERIALIZED VIEW x AS SELECT max(a) AS n FROM w",
            bounds[0], bounds[1]
        )
    };
    let (old, new) = (
        state("RANGE (a)", ["FROM (0) TO (10)", "FROM (10) TO (20)"]),
        state("RANGE (b)", ["FROM (0) TO (10)", "FROM (10) TO (20)"]),
    );
    let seed = "INSERT INTO p VALUES (1, 2, 'c'), (15, 16, 'd'); INSERT INTO q VALUES (1, 2), (15, 16)";
    let query = "SELECT string_agg(a || note, ' ' ORDER BY a) || (SELECT n FROM v) || ',' || (SELECT n FROM x) FROM p";
    keeps(&old, &new, seed, query, "1c 15d16,15");
    let list = state("LIST (b)", ["IN (2)", "IN (16)"]);
    keeps(&old, &list, seed, query, "1c 15d16,15");
}

#[test]
fn a_parent_that_changes_as_it_is_made_anew() {
    let old = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
        CREATE TABLE p (a int, b int, gone text) PARTITION BY LIST (a);
        CREATE TRIGGER t BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION f();
        CREATE TABLE c PARTITION OF p FOR VALUES IN (1);
        CREATE TABLE alone (a int, b bigint)";
    let new = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
        CREATE TABLE p (a int NOT NULL, b bigint DEFAULT 7, more text, CONSTRAINT k CHECK (a > 0), UNIQUE (b)) PARTITION BY HASH (b);
        CREATE TRIGGER t AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION f();
        CREATE TABLE c PARTITION OF p FOR VALUES WITH (MODULUS 1, REMAINDER 0);
        ALTER TABLE c DISABLE TRIGGER t;
        CREATE TABLE alone (a int, b bigint)";
    keeps(old, new, "INSERT INTO p VALUES (1, 2, 'x')", "SELECT a + b FROM c", "3");
}

#[test]
fn partitions_of_partitions_and_keys_to_themselves() {
    let state = |key: &str| {
        format!(
            "CREATE TABLE p (a int, b int, up int, PRIMARY KEY (a, b), FOREIGN KEY (up, b) REFERENCES p) PARTITION BY {key};
            CREATE TABLE c PARTITION OF p FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (b);
            CREATE TABLE d PARTITION OF c FOR VALUES FROM (0) TO (10);
            CREATE TABLE e PARTITION OF p FOR VALUES FROM (10) TO (20)"
        )
    };
    let seed = "INSERT INTO p VALUES (1, 2, NULL), (11, 12, NULL)";
    keeps(&state("RANGE (a)"), &state("RANGE (b)"), seed, "SELECT string_agg(a || '', ' ' ORDER BY a) FROM p", "1 11");
}

#[test]
fn a_key_by_an_operator_class_that_is_made_anew() {
    let state = |argument: &str| {
        format!(
            "CREATE FUNCTION cmp({argument} int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $2 - $1';
            CREATE OPERATOR CLASS falling FOR TYPE int USING btree AS OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =,
                OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 cmp(int, int);
            CREATE TABLE p (a int) PARTITION BY RANGE (a falling);
            CREATE TABLE c PARTITION OF p FOR VALUES FROM (10) TO (0)"
        )
    };
    keeps(&state("x"), &state("y"), "INSERT INTO p VALUES (5)", "SELECT a FROM p", "5");
}

#[test]
fn partitions_of_partitions_with_other_bounds_and_keys() {
    keeps(
        "CREATE TABLE p (a int, b int, c text) PARTITION BY RANGE (a);
        CREATE TABLE c PARTITION OF p FOR VALUES FROM (0) TO (10) PARTITION BY LIST (b);
        CREATE TABLE d PARTITION OF c FOR VALUES IN (1, 2); CREATE TABLE e PARTITION OF c DEFAULT;
        CREATE INDEX i ON p (c)",
        "CREATE TABLE p (a int, b int, c text, PRIMARY KEY (a, b)) PARTITION BY RANGE (a);
        CREATE TABLE c PARTITION OF p FOR VALUES FROM (0) TO (20) PARTITION BY LIST (b);
        CREATE TABLE d PARTITION OF c FOR VALUES IN (1, 3); CREATE TABLE e PARTITION OF c DEFAULT;
        CREATE UNIQUE INDEX u ON p (a, b, c)",
        "INSERT INTO p VALUES (1, 1, 'x'), (2, 9, 'y')",
        "SELECT string_agg(a || c, ' ' ORDER BY a) FROM p",
        "1x 2y",
    );
}

#[test]
fn a_parent_that_goes_leaves_its_children() {
    let old = "CREATE TABLE p (a int PRIMARY KEY, b text) PARTITION BY RANGE (a);
        CREATE INDEX by_b ON p (b);
        CREATE TABLE c PARTITION OF p FOR VALUES FROM (0) TO (10)";
    let new =
        "CREATE TABLE c (a int NOT NULL, b text, CONSTRAINT c_pkey PRIMARY KEY (a)); CREATE INDEX c_b_idx ON c (b)";
    keeps(old, new, "INSERT INTO p VALUES (3, 'x')", "SELECT a || b FROM c", "3x");
    let fewer = "CREATE TABLE c (b text)";
    let (rows, _) = after(&format!("{old}; INSERT INTO p VALUES (3, 'x')"), fewer, "SELECT b FROM c");
    assert_eq!(rows, "x");
    let (rows, _) = after(
        "CREATE TABLE p (a int, b int); CREATE TABLE c (d int) INHERITS (p); INSERT INTO c VALUES (1, 2, 3)",
        "CREATE TABLE c (a int, d int)",
        "SELECT a || ' ' || d FROM c",
    );
    assert_eq!(rows, "1 3");
}

#[test]
fn a_table_joins_parents_that_have_more_than_it() {
    let old = "CREATE TABLE p (a int, b int) PARTITION BY RANGE (a); CREATE TABLE c (a int)";
    let new = "CREATE TABLE p (a int, b int, e int DEFAULT 2, CHECK (e > 1)) PARTITION BY RANGE (a); \
        CREATE TABLE c PARTITION OF p FOR VALUES FROM (0) TO (10)";
    keeps(old, new, "INSERT INTO c VALUES (4)", "SELECT a || ' ' || e FROM p", "4 2");
}

/// Tables that inherit become partitions, as is done with tables from before PostgreSQL 10.
#[test]
fn heirs_become_partitions() {
    let old = "CREATE TABLE p (a int NOT NULL, b text); CREATE TABLE c (CHECK (a < 10)) INHERITS (p);
        INSERT INTO c VALUES (3, 'x')";
    let new = "CREATE TABLE p (a int NOT NULL, b text) PARTITION BY RANGE (a);
        CREATE TABLE c PARTITION OF p FOR VALUES FROM (0) TO (10)";
    assert_eq!(after(old, new, "SELECT a || b FROM p").0, "3x");
}

#[test]
fn every_table_whose_rows_go_is_named() {
    let old = "CREATE TABLE p (a int, b int) PARTITION BY RANGE (a);
        CREATE TABLE c PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE TABLE d PARTITION OF p FOR VALUES FROM (10) TO (20)";
    let named = deletes(old, "CREATE TABLE p (a int, b int) PARTITION BY RANGE (b)");
    assert!(["c", "d"].iter().all(|table| named.contains(&format!("drops table public.{table}"))), "{named:?}");
}

#[test]
fn a_sequence_stays_when_its_table_is_made_anew() {
    let old = "CREATE TABLE t (id serial, a int)";
    let new = "CREATE TABLE t (id serial, a int) PARTITION BY RANGE (a)";
    keeps(old, new, "INSERT INTO t (a) VALUES (1), (2)", "SELECT nextval('t_id_seq')", "3");
}

/// What a child has in its own way is not its parent's affair.
#[test]
fn children_differ_from_their_parents() {
    for (old, new) in [
        // A default of its own, and one that is the parent's.
        (
            "CREATE TABLE p (a int, x int DEFAULT 1); CREATE TABLE c () INHERITS (p); ALTER TABLE c ALTER x SET DEFAULT 7;
            CREATE TABLE d () INHERITS (p)",
            "CREATE TABLE p (a int, x int DEFAULT 2); CREATE TABLE c () INHERITS (p); ALTER TABLE c ALTER x SET DEFAULT 7;
            CREATE TABLE d () INHERITS (p)",
        ),
        (
            "CREATE TABLE p (a int, x int DEFAULT 1) PARTITION BY LIST (a); CREATE TABLE c PARTITION OF p (x DEFAULT 7) FOR VALUES IN (1)",
            "CREATE TABLE p (a int, x bigint DEFAULT 2) PARTITION BY LIST (a); CREATE TABLE c PARTITION OF p (x DEFAULT 7) FOR VALUES IN (1)",
        ),
        // How values are kept and counted.
        (
            "CREATE TABLE p (a int, x text) PARTITION BY LIST (a); CREATE TABLE c PARTITION OF p FOR VALUES IN (1)",
            "CREATE TABLE p (a int, x text) PARTITION BY LIST (a); CREATE TABLE c PARTITION OF p FOR VALUES IN (1);
            ALTER TABLE ONLY p ALTER x SET STORAGE EXTERNAL, ALTER a SET STATISTICS 5",
        ),
        // A column comes with more than the parent's has.
        (
            "CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE c PARTITION OF p FOR VALUES IN (1)",
            "CREATE TABLE p (a int, x int DEFAULT 1, y int DEFAULT 1, z text) PARTITION BY LIST (a); CREATE TABLE c PARTITION OF p FOR VALUES IN (1);
            ALTER TABLE c ALTER x SET DEFAULT 7, ALTER x SET NOT NULL, ALTER y DROP DEFAULT, ALTER z SET STORAGE EXTERNAL",
        ),
        (
            "",
            "CREATE TABLE p (x int DEFAULT 1, y int DEFAULT 1, z text); CREATE TABLE c () INHERITS (p);
            ALTER TABLE c ALTER x SET DEFAULT 7, ALTER x SET NOT NULL, ALTER y DROP DEFAULT, ALTER z SET STORAGE EXTERNAL",
        ),
        // A trigger that is on here and off there.
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'; CREATE TABLE p (a int) PARTITION BY LIST (a);
            CREATE TABLE c PARTITION OF p FOR VALUES IN (1); CREATE TRIGGER t BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION f();
            ALTER TABLE c DISABLE TRIGGER t",
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'; CREATE TABLE p (a int) PARTITION BY LIST (a);
            CREATE TABLE c PARTITION OF p FOR VALUES IN (1); CREATE TRIGGER t BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION f();
            ALTER TABLE ONLY p DISABLE TRIGGER t",
        ),
        // A column that the heir declares too.
        (
            "CREATE TABLE p (x int, y text); CREATE TABLE c (x int, y text) INHERITS (p); CREATE INDEX ON c (y)",
            "CREATE TABLE p (x bigint, z int); CREATE TABLE c (x bigint, z int) INHERITS (p)",
        ),
        // Those who read the heir's.
        (
            "CREATE TABLE p (x int, y text); CREATE TABLE c () INHERITS (p); CREATE TABLE b () INHERITS (c); CREATE VIEW v AS SELECT x, y FROM b",
            "CREATE TABLE p (x bigint, z text); CREATE TABLE c () INHERITS (p); CREATE TABLE b () INHERITS (c); CREATE VIEW v AS SELECT x, z FROM b",
        ),
    ] {
        check(old, new);
    }
}

/// Whose columns come first, and whose default holds, is a matter of the order.
#[test]
fn parents_have_an_order() {
    let tables = "CREATE TABLE a (x int, m text CHECK (m <> '')); CREATE TABLE b (x int, n int NOT NULL); CREATE TABLE d (y int);";
    let orders = ["a, b", "b, a", "d, a, b", "b, d, a", "a, d, b"];
    for (at, old) in orders.iter().enumerate() {
        for new in &orders[at + 1..] {
            let state = |parents: &str| format!("{tables} CREATE TABLE c (own int, x int, y int) INHERITS ({parents})");
            check(&state(old), &state(new));
        }
    }
    let state = |parents: &str| format!("{tables} CREATE TABLE c (own int) INHERITS ({parents})");
    let seed = "INSERT INTO c (own, x, m, n) VALUES (1, 2, 'm', 3)";
    keeps(&state("a, b"), &state("b, a"), seed, "SELECT own || m || n FROM a JOIN c USING (x, m)", "1m3");
}

/// An index of a partitioned table that not every partition has yet is one as well.
#[test]
fn an_index_that_some_partitions_lack() {
    let state = |index: &str| {
        format!(
            "CREATE TABLE p (a int, b int) PARTITION BY RANGE (a);
            CREATE TABLE c PARTITION OF p FOR VALUES FROM (0) TO (10); CREATE TABLE d PARTITION OF p FOR VALUES FROM (10) TO (20);
            {index}"
        )
    };
    let states = [
        "",
        "CREATE INDEX i ON p (b)",
        "CREATE INDEX i ON ONLY p (b); CREATE INDEX c_b_idx ON c (b); ALTER INDEX i ATTACH PARTITION c_b_idx",
        "CREATE INDEX i ON ONLY p (b); CREATE INDEX c_b_idx ON c (b); CREATE INDEX d_b_idx ON d (b)",
        "CREATE INDEX i ON ONLY p (b)",
    ];
    states.windows(2).for_each(|pair| drop(check(&state(pair[0]), &state(pair[1]))));
}

/// What is asked of a table by two of its parents is asked still when one of them is left, or changes.
#[test]
fn two_parents_ask_for_one_thing() {
    let state =
        |a: &str, b: &str, c: &str| format!("CREATE TABLE a ({a}); CREATE TABLE b ({b}); CREATE TABLE c (x int) {c}");
    let (plain, checked) = ("x int", "x int, CONSTRAINT k CHECK (x > 0)");
    for (old, new) in [
        (state(checked, checked, "INHERITS (a, b)"), state(checked, checked, "INHERITS (b)")),
        (state(checked, checked, "INHERITS (a, b)"), state(checked, checked, "INHERITS (a)")),
        (state(checked, checked, "INHERITS (a, b)"), state(plain, checked, "INHERITS (a, b)")),
        (state(checked, checked, "INHERITS (a, b)"), state(checked, plain, "INHERITS (a, b)")),
        (state(checked, checked, "INHERITS (a, b)"), state(plain, checked, "INHERITS (b)")),
        (state(checked, checked, "INHERITS (a, b)"), state(plain, checked, "INHERITS (a)")),
        (
            state(checked, checked, "INHERITS (a, b)"),
            "CREATE TABLE b (x int, CONSTRAINT k CHECK (x > 0)); CREATE TABLE c (x int) INHERITS (b)".to_owned(),
        ),
    ] {
        check(&old, &new);
    }
    there(server(), &state(checked, checked, "INHERITS (a, b)"), &state(plain, plain, ""));
    let state = |data_type: &str, least: &str| {
        format!(
            "CREATE TABLE a (x {data_type}, CONSTRAINT k CHECK (x > {least})); CREATE TABLE b (x {data_type}, CONSTRAINT k CHECK (x > {least}));
            CREATE TABLE c (own int) INHERITS (a, b); CREATE VIEW v AS SELECT x FROM c"
        )
    };
    keeps(&state("int", "0"), &state("bigint", "0"), "INSERT INTO c VALUES (7, 1)", "SELECT x FROM v", "7");
    keeps(&state("int", "0"), &state("int", "5"), "INSERT INTO c VALUES (7, 1)", "SELECT x FROM v", "7");
}

/// The keys of a partitioned table and of its partitions are one, and foreign keys find it whole.
#[test]
fn keys_of_partitioned_tables() {
    let state = |key: &str, more: &str| {
        format!(
            "CREATE TABLE p (a int NOT NULL, b int NOT NULL, up int{key}) PARTITION BY RANGE (a);
            CREATE TABLE c PARTITION OF p FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (a);
            CREATE TABLE d PARTITION OF c FOR VALUES FROM (0) TO (5); CREATE TABLE q (a int, b int); {more}"
        )
    };
    check(&state(", CONSTRAINT k PRIMARY KEY (a, b)", ""), &state(", CONSTRAINT k PRIMARY KEY (b, a)", ""));
    check(
        &state("", ""),
        &state(", PRIMARY KEY (a), FOREIGN KEY (up) REFERENCES p", "ALTER TABLE q ADD FOREIGN KEY (a) REFERENCES p"),
    );
    let to_partition = "ALTER TABLE q ADD FOREIGN KEY (a) REFERENCES d";
    check(&state(", PRIMARY KEY (a)", ""), &state(", PRIMARY KEY (a)", to_partition));
}

/// What the parents compute no more their heirs do not either.
#[test]
fn a_computed_column_becomes_a_plain_one() {
    let state = |column: &str, partitioned: &str| {
        format!(
            "CREATE TABLE p (a int, g int {column}); CREATE TABLE c () INHERITS (p);
            CREATE TABLE r (a int, g int {column}) PARTITION BY LIST (a); CREATE TABLE r1 PARTITION OF r FOR VALUES IN (1){partitioned}"
        )
    };
    let (old, new) = (state("GENERATED ALWAYS AS (a + 1) STORED", ""), state("", ""));
    let (rows, deletes) = after(&format!("{old}; INSERT INTO c VALUES (1)"), &new, "SELECT g FROM c");
    assert_eq!((rows.as_str(), deletes), ("2", false));
    there(server(), &old, &new);
}

/// What a table and its children compute no more their children do not either, whom the server reaches by no statement.
#[test]
fn a_computed_column_of_children_of_children() {
    let partitions = |column: &str| {
        format!(
            "CREATE TABLE p (a int, g int {column}) PARTITION BY LIST (a); CREATE TABLE c PARTITION OF p FOR VALUES IN (1) PARTITION BY LIST (a);
            CREATE TABLE d PARTITION OF c FOR VALUES IN (1) PARTITION BY LIST (a); CREATE TABLE e PARTITION OF d FOR VALUES IN (1)"
        )
    };
    let heirs = |column: &str| {
        format!(
            "CREATE TABLE p (a int, g int {column}); CREATE TABLE c () INHERITS (p); CREATE TABLE d () INHERITS (c)"
        )
    };
    let computed = "GENERATED ALWAYS AS (a + 1) STORED";
    check(&partitions(computed), &partitions(""));
    let (rows, deletes) =
        after(&format!("{}; INSERT INTO d VALUES (1)", heirs(computed)), &heirs(""), "SELECT g FROM p");
    assert_eq!((rows.as_str(), deletes), ("2", false));
}

#[test]
fn a_partition_of_partitions_becomes_a_plain_one() {
    let old = "CREATE TABLE m (id int, at int, v text) PARTITION BY RANGE (at);
        CREATE TABLE m_a PARTITION OF m FOR VALUES FROM (0) TO (1) PARTITION BY LIST (v);
        CREATE TABLE m_a_x PARTITION OF m_a DEFAULT";
    let new = "CREATE TABLE m (id int, at int, v text) PARTITION BY LIST (v);
        CREATE TABLE m_a PARTITION OF m FOR VALUES IN ('x')";
    check(old, new);
}
