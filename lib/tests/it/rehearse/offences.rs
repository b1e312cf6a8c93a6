//! Rows on which a migration fails are found, counted and named.

use mainstay::rehearse::Means;

use super::{Lab, told};

const TABLES: &str = "
CREATE TABLE owner (id int PRIMARY KEY, name text);
INSERT INTO owner VALUES (1, 'ann'), (2, 'bob'), (3, 'bob'), (4, NULL), (5, 'bob');
CREATE TABLE log (id int PRIMARY KEY, owner int, level text, during int4range);
INSERT INTO log VALUES (10, 1, '1', '[1,5)'), (11, 9, 'x', '[4,6)'), (12, NULL, 'warn', NULL), (13, 8, '2', '[6,7)');
CREATE TABLE keyless (a int, b text);
INSERT INTO keyless VALUES (1, 'one'), (2, NULL);";

/// Each migration with its SQLSTATE and the rows in its way.
#[tokio::test]
async fn the_rows_in_the_way_are_named() {
    let cases = [
        ("ALTER TABLE owner ALTER name SET NOT NULL", "23502", "1 of public.owner: NOT NULL of name: id=4"),
        (
            "ALTER TABLE keyless ADD since date NOT NULL",
            "23502",
            "2 of public.keyless: NOT NULL of since, which is new and has no default: ctid=(0,1); ctid=(0,2)",
        ),
        (
            "ALTER TABLE owner ADD CONSTRAINT once UNIQUE (name)",
            "23505",
            "3 of public.owner: once: UNIQUE (name): name=bob is in 3 rows: id=2; id=3; id=5",
        ),
        (
            "CREATE UNIQUE INDEX once ON owner (lower(name)) WHERE id < 5",
            "23505",
            "2 of public.owner: once: UNIQUE (lower(name)) WHERE (id < 5): lower(name)=bob is in 2 rows: id=2; id=3",
        ),
        ("ALTER TABLE keyless ADD PRIMARY KEY (b)", "23502", "1 of public.keyless: NOT NULL of b: ctid=(0,2)"),
        (
            "ALTER TABLE log ADD FOREIGN KEY (owner) REFERENCES owner",
            "23503",
            "2 of public.log: log_owner_fkey: FOREIGN KEY (owner) REFERENCES owner(id): id=11: owner=9; id=13: owner=8",
        ),
        (
            "ALTER TABLE log ADD CONSTRAINT short CHECK (length(level) < 2)",
            "23514",
            "1 of public.log: short: CHECK ((length(level) < 2)): id=12",
        ),
        (
            "ALTER TABLE log ADD CONSTRAINT alone EXCLUDE USING gist (during WITH &&)",
            "23P01",
            "2 of public.log: alone: EXCLUDE USING gist (during WITH &&): id=10 and id=11",
        ),
        (
            "ALTER TABLE log ALTER level TYPE int USING level::int",
            "22P02",
            "2 of public.log: level from text to integer: id=11: level=x; id=12: level=warn",
        ),
        (
            "ALTER TABLE log ALTER level TYPE varchar(3)",
            "22001",
            "1 of public.log: level from text to character varying(3): id=12: level=warn",
        ),
        (
            "CREATE TABLE part (LIKE log) PARTITION BY RANGE (id); \
             ALTER TABLE part ATTACH PARTITION log FOR VALUES FROM (0) TO (12)",
            "23514",
            "2 of public.log: the partition's bounds: ((id IS NOT NULL) AND (id >= 0) AND (id < 12)): id=12; id=13",
        ),
        (
            "ALTER TABLE log ADD CONSTRAINT later CHECK (id > 10) NOT VALID; ALTER TABLE log VALIDATE CONSTRAINT later",
            "23514",
            "1 of public.log: later: CHECK ((id > 10)): id=10",
        ),
        // Only behind the first statement is there anything in the way; it was rolled back with the rest.
        (
            "ALTER TABLE owner ADD age int; UPDATE owner SET age = id WHERE id > 2; ALTER TABLE owner ALTER age SET NOT NULL",
            "23502",
            "2 of public.owner: NOT NULL of age: id=1; id=2",
        ),
        (
            "-- mainstay: no-transaction\nALTER TABLE owner ADD age int; ALTER TABLE owner ALTER age SET NOT NULL",
            "23502",
            "5 of public.owner: NOT NULL of age: id=1; id=2; id=3; id=4; id=5",
        ),
        // At COMMIT.
        (
            "ALTER TABLE log ADD CONSTRAINT known FOREIGN KEY (owner) REFERENCES owner DEFERRABLE INITIALLY DEFERRED NOT VALID; \
             INSERT INTO log VALUES (14, 77)",
            "23503",
            "3 of public.log: known: FOREIGN KEY (owner) REFERENCES owner(id) DEFERRABLE INITIALLY DEFERRED: \
             id=11: owner=9; id=13: owner=8; id=14: owner=77",
        ),
    ];
    for (sql, sqlstate, expected) in cases {
        let lab = Lab::new(TABLES);
        lab.migration(1, sql);
        let one = lab.one().await;
        let failure = one.failure.unwrap_or_else(|| panic!("it succeeds: {sql}"));
        assert_eq!(failure.sql.as_ref().map(|sql| sql.sqlstate.as_str()), Some(sqlstate), "{sql}");
        assert_eq!(failure.offence.as_ref().map(told).as_deref(), Some(expected), "{sql}: {failure:?}");
    }
}

/// The new rows are in the way, and none that is there.
#[tokio::test]
async fn what_the_script_itself_brings_is_not_looked_for_in_the_table() {
    for sql in ["INSERT INTO owner VALUES (1, 'twice')", "INSERT INTO owner VALUES (NULL)", "SELECT 1 / 0"] {
        let lab = Lab::new(TABLES);
        lab.migration(1, sql);
        let failure = lab.one().await.failure.unwrap();
        assert_eq!(failure.offence, None, "{sql}");
    }
}

#[tokio::test]
async fn constraints_that_are_to_be_validated_later_are_tried_now() {
    let lab = Lab::new(TABLES);
    lab.database.psql("ALTER TABLE log ADD CONSTRAINT old CHECK (id > 99) NOT VALID");
    lab.migration(
        1,
        "ALTER TABLE owner ADD CONSTRAINT named CHECK (name <> 'bob') NOT VALID;
         ALTER TABLE log ADD CONSTRAINT owned FOREIGN KEY (owner) REFERENCES owner NOT VALID;
         ALTER TABLE log ADD CONSTRAINT fine CHECK (id > 0) NOT VALID",
    );
    lab.migration(2, "CREATE TABLE more ()");
    let rehearsal = lab.rehearsed(Means::Any).await;
    let mut broken: Vec<String> = rehearsal.migrations[0].broken.iter().map(told).collect();
    broken.sort();
    assert_eq!(
        broken,
        [
            "2 of public.log: owned: FOREIGN KEY (owner) REFERENCES owner(id): id=11: owner=9; id=13: owner=8",
            "3 of public.owner: named: CHECK ((name <> 'bob'::text)): id=2; id=3; id=5",
        ]
    );
    assert!(rehearsal.migrations[1].broken.is_empty() && rehearsal.failure().is_none() && !rehearsal.is_good());
}

/// An ended rehearsal says how many migrations it did not come to.
#[tokio::test]
async fn nothing_is_run_behind_a_failure() {
    let lab = Lab::new(TABLES);
    lab.migration(1, "CREATE TABLE a ()").migration(2, "SELECT nothing").migration(3, "CREATE TABLE b ()");
    let rehearsal = lab.rehearsed(Means::Any).await;
    let titles: Vec<&str> = rehearsal.migrations.iter().map(|one| one.title.as_str()).collect();
    assert_eq!((titles.as_slice(), rehearsal.of), (["apply 1_step", "apply 2_step"].as_slice(), 3));
    assert_eq!(rehearsal.failure().unwrap().0, "apply 2_step");
}
