//! Keys, and the columns and foreign keys that go with them.

use mainstay_testing::server_of;

use super::{check, round_trip};

/// A partition's own foreign key and one of the whole have one name.
#[test]
fn a_foreign_key_of_a_partition_becomes_one_of_the_whole() {
    let state = |more: &str| {
        format!(
            "CREATE TABLE k (id int PRIMARY KEY);
            CREATE TABLE c (id int NOT NULL, r int NOT NULL, k int) PARTITION BY LIST (r);
            CREATE TABLE c1 PARTITION OF c FOR VALUES IN (1); {more}"
        )
    };
    let own = state("ALTER TABLE c1 ADD CONSTRAINT f FOREIGN KEY (k) REFERENCES k");
    check(&own, &state("ALTER TABLE c ADD PRIMARY KEY (id, r), ADD CONSTRAINT f FOREIGN KEY (id, r) REFERENCES c"));
    check(&own, &state("ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (k) REFERENCES k"));
}

/// What a primary key leaves takes NULL only once the new key has taken its place.
#[test]
fn a_primary_key_loses_a_column() {
    let state =
        |columns: &str| format!("CREATE TABLE b (id int NOT NULL, a int, CONSTRAINT k PRIMARY KEY ({columns}))");
    let (old, new) = (state("id, a"), state("id"));
    let (statements, _) = check(&old, &new);
    assert!(statements.iter().any(|sql| sql.contains("CONCURRENTLY")), "{statements:?}");
    round_trip(server_of(18), &old, &new, true);
    let heirs = |columns: &str| format!("{}; CREATE TABLE c () INHERITS (b)", state(columns));
    check(&heirs("id, a"), &heirs("id"));
    round_trip(server_of(18), &heirs("id, a"), &heirs("id"), true);
    let numbered =
        "CREATE TABLE b (id int NOT NULL, a int GENERATED ALWAYS AS IDENTITY, CONSTRAINT k PRIMARY KEY (id, a))";
    check(numbered, &new);
}

/// A new foreign key is none of the index that goes.
#[test]
fn a_foreign_key_to_columns_whose_key_is_replaced() {
    let state = |keys: &str, more: &str| {
        format!("CREATE TABLE t (a int NOT NULL, b int NOT NULL{keys}); CREATE TABLE f (a int); {more}")
    };
    let (pointing, index) = ("ALTER TABLE f ADD FOREIGN KEY (a) REFERENCES t (a)", "CREATE UNIQUE INDEX k ON t");
    let new = state(", CONSTRAINT k UNIQUE (b), CONSTRAINT other UNIQUE (a)", pointing);
    check(&state(", CONSTRAINT k UNIQUE (a)", ""), &new);
    check(
        &state(", CONSTRAINT k PRIMARY KEY (a, b), CONSTRAINT u UNIQUE (a)", ""),
        &state(", CONSTRAINT k PRIMARY KEY (a), CONSTRAINT u UNIQUE (b)", pointing),
    );
    check(
        &state("", &format!("{index} (a)")),
        &state(", CONSTRAINT other UNIQUE (a)", &format!("{index} (b); {pointing}")),
    );
}

/// A primary key and a unique one change places.
#[test]
fn keys_swap() {
    let state = |a: &str, b: &str| {
        format!(
            "CREATE TABLE t (a int NOT NULL, b int NOT NULL, CONSTRAINT {a} UNIQUE (a), CONSTRAINT {b} PRIMARY KEY (b));
            CREATE TABLE f (a int REFERENCES t (a), b int REFERENCES t)"
        )
    };
    check(&state("k", "u"), &state("u", "k"));
    round_trip(server_of(18), &state("k", "u"), &state("u", "k"), true);
}

/// The server takes no index of a partition for a part of one that keeps rows from overlapping.
#[test]
fn partitions_get_a_key_of_periods_with_their_table() {
    let base = "CREATE EXTENSION btree_gist;";
    let state = |key: &str, cut: &str, bounds: [&str; 2], more: &str| {
        format!(
            "{base} CREATE TABLE r (id int NOT NULL, v daterange NOT NULL{key}) PARTITION BY {cut} (id);
            CREATE TABLE r1 PARTITION OF r FOR VALUES {} PARTITION BY LIST (id); CREATE TABLE r11 PARTITION OF r1 FOR VALUES IN (1);
            CREATE TABLE r2 PARTITION OF r FOR VALUES {}; {more}",
            bounds[0], bounds[1]
        )
    };
    let (lists, ranges) = (["IN (1)", "IN (2)"], ["FROM (1) TO (2)", "FROM (2) TO (3)"]);
    let without = state("", "LIST", lists, "");
    let primary = ", PRIMARY KEY (id, v WITHOUT OVERLAPS)";
    for key in [primary, ", UNIQUE (id, v WITHOUT OVERLAPS)", ", EXCLUDE USING gist (id WITH =, v WITH &&)"] {
        let keyed = state(key, "LIST", lists, "");
        for old in [base, &without, &state(key, "RANGE", ranges, "")] {
            round_trip(server_of(18), old, &keyed, true);
        }
    }
    let own = state("", "LIST", lists, "ALTER TABLE r2 ADD CONSTRAINT own PRIMARY KEY (id, v WITHOUT OVERLAPS)");
    let pointing =
        state(primary, "LIST", lists, "CREATE TABLE q (id int, v daterange, FOREIGN KEY (id, PERIOD v) REFERENCES r)");
    round_trip(server_of(18), &own, &pointing, false);
    let separate =
        format!("{base} CREATE TABLE r2 (id int NOT NULL, v daterange NOT NULL, PRIMARY KEY (id, v WITHOUT OVERLAPS))");
    round_trip(server_of(18), &separate, &pointing, true);
}

/// Keys of partitions are attached again on the newest server, too.
#[test]
fn a_key_moves_down_to_a_partition() {
    let state = |table: &str| {
        format!(
            "CREATE TABLE p (c int, d int) PARTITION BY LIST (c); CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2) PARTITION BY LIST (c);
            CREATE TABLE p21 PARTITION OF p2 FOR VALUES IN (2); ALTER TABLE {table} ADD UNIQUE (c, d)"
        )
    };
    round_trip(server_of(18), &state("p"), &state("p2"), true);
}
