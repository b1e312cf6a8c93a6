//! Online forms: what each is, on the oldest server, the newest and today's, and that a plan goes on wherever it has stopped.

use mainstay::plan::{Hazard, Plan};
use mainstay_testing::{TestServer, server, server_of};

use super::{apply, check, dump, plan, plan_of, round_trip, statements, there};

/// Versions between which the forms differ: 18 has a NOT NULL that is checked later, 13 little of all.
const VERSIONS: [u32; 2] = [13, 18];

/// Goes from `old` to `new` and back on every server, and there by exactly these statements on one of today.
fn form(old: &str, new: &str, expected: &[&str]) {
    for major in VERSIONS {
        round_trip(server_of(major), old, new, true);
    }
    let (there, _) = round_trip(server(), old, new, true);
    assert_eq!(there, expected);
}

const TABLES: &str = "CREATE TABLE r (id int PRIMARY KEY);
    CREATE TABLE t (id int PRIMARY KEY, a text, b int);
    INSERT INTO r VALUES (1), (2);
    INSERT INTO t SELECT n, 'x' || n, 1 + n % 2 FROM generate_series(1, 50) n;";

fn from_tables(change: &str, expected: &[&str]) {
    form(TABLES, &format!("{TABLES}{change}"), expected);
}

#[test]
fn an_index_is_built_while_others_write() {
    from_tables(
        "CREATE UNIQUE INDEX \"I x\" ON t (lower(a) DESC) WHERE b > 0; COMMENT ON INDEX \"I x\" IS 'x'",
        &[
            "CREATE UNIQUE INDEX CONCURRENTLY \"I x\" ON public.t USING btree (lower(a) DESC) WHERE (b > 0)",
            "COMMENT ON INDEX public.\"I x\" IS 'x'",
        ],
    );
    form(&format!("{TABLES} CREATE INDEX i ON t (a)"), TABLES, &["DROP INDEX CONCURRENTLY public.i"]);
}

#[test]
fn a_changed_index_is_built_beside_the_old_one() {
    form(
        &format!("{TABLES} CREATE INDEX i ON t (a); COMMENT ON INDEX i IS 'kept'"),
        &format!("{TABLES} CREATE INDEX i ON t (a, b); COMMENT ON INDEX i IS 'kept'"),
        &[
            "CREATE INDEX CONCURRENTLY i__new ON public.t USING btree (a, b)",
            "DROP INDEX CONCURRENTLY public.i",
            "ALTER INDEX public.i__new RENAME TO i",
            "COMMENT ON INDEX public.i IS 'kept'",
        ],
    );
}

#[test]
fn an_index_that_replication_needs_is_never_missing() {
    let with = |more: &str| {
        format!(
            "CREATE TABLE t (a int NOT NULL, b int NOT NULL); CREATE UNIQUE INDEX i ON t (a{more});
            ALTER TABLE t REPLICA IDENTITY USING INDEX i; CLUSTER t USING i"
        )
    };
    form(
        &with(""),
        &with(", b"),
        &[
            "CREATE UNIQUE INDEX CONCURRENTLY i__new ON public.t USING btree (a, b)",
            "ALTER TABLE public.t CLUSTER ON i__new",
            "ALTER TABLE public.t REPLICA IDENTITY USING INDEX i__new",
            "DROP INDEX CONCURRENTLY public.i",
            "ALTER INDEX public.i__new RENAME TO i",
        ],
    );
}

#[test]
fn the_indexes_of_partitions_are_built_one_by_one() {
    let parted = "CREATE TABLE r (id int PRIMARY KEY); INSERT INTO r VALUES (1);
        CREATE TABLE p (a int, b int) PARTITION BY RANGE (a);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE TABLE p2 PARTITION OF p DEFAULT; INSERT INTO p VALUES (1, 1), (11, 1);";
    form(
        parted,
        &format!("{parted} CREATE INDEX i ON p (b)"),
        &[
            "CREATE INDEX i ON ONLY public.p USING btree (b)",
            "CREATE INDEX CONCURRENTLY p1_b_idx ON public.p1 USING btree (b)",
            "CREATE INDEX CONCURRENTLY p2_b_idx ON public.p2 USING btree (b)",
            "ALTER INDEX public.i ATTACH PARTITION public.p1_b_idx",
            "ALTER INDEX public.i ATTACH PARTITION public.p2_b_idx",
        ],
    );
    for change in [
        "ALTER TABLE p ADD PRIMARY KEY (a)",
        "ALTER TABLE p ADD CHECK (b > 0), ALTER b SET NOT NULL",
        "ALTER TABLE p ADD FOREIGN KEY (b) REFERENCES r",
        "ALTER TABLE p ADD u uuid DEFAULT gen_random_uuid() NOT NULL",
    ] {
        check(parted, &format!("{parted}{change}"));
        there(server_of(18), parted, &format!("{parted}{change}"));
    }
}

#[test]
fn a_key_is_made_of_an_index() {
    from_tables(
        "ALTER TABLE t ADD CONSTRAINT k UNIQUE (a) INCLUDE (b) WITH (fillfactor = 50) DEFERRABLE INITIALLY DEFERRED;
        COMMENT ON CONSTRAINT k ON t IS 'x'",
        &[
            "CREATE UNIQUE INDEX CONCURRENTLY k ON public.t USING btree (a) INCLUDE (b) WITH (fillfactor='50')",
            "ALTER TABLE public.t ADD CONSTRAINT k UNIQUE USING INDEX k DEFERRABLE INITIALLY DEFERRED",
            "COMMENT ON CONSTRAINT k ON public.t IS 'x'",
        ],
    );
    check(TABLES, &format!("{TABLES} ALTER TABLE t ADD UNIQUE NULLS NOT DISTINCT (b, a)"));
    form(
        &format!("{TABLES} ALTER TABLE t ADD CONSTRAINT k UNIQUE (a); COMMENT ON CONSTRAINT k ON t IS 'x'"),
        &format!("{TABLES} ALTER TABLE t ADD CONSTRAINT k UNIQUE (a, b); COMMENT ON CONSTRAINT k ON t IS 'x'"),
        &[
            "CREATE UNIQUE INDEX CONCURRENTLY k__new ON public.t USING btree (a, b)",
            "ALTER TABLE public.t DROP CONSTRAINT k, ADD CONSTRAINT k UNIQUE USING INDEX k__new",
            "COMMENT ON CONSTRAINT k ON public.t IS 'x'",
        ],
    );
    // A primary key refuses NULL.
    let bare = "CREATE TABLE t (a int, b int); INSERT INTO t VALUES (1, 1);";
    form(
        bare,
        &format!("{bare} ALTER TABLE t ADD PRIMARY KEY (a)"),
        &[
            "ALTER TABLE public.t ADD CONSTRAINT a__not_null CHECK ((a IS NOT NULL)) NOT VALID",
            "ALTER TABLE public.t VALIDATE CONSTRAINT a__not_null",
            "ALTER TABLE public.t ALTER COLUMN a SET NOT NULL",
            "ALTER TABLE public.t DROP CONSTRAINT a__not_null",
            "CREATE UNIQUE INDEX CONCURRENTLY t_pkey ON public.t USING btree (a)",
            "ALTER TABLE public.t ADD CONSTRAINT t_pkey PRIMARY KEY USING INDEX t_pkey",
        ],
    );
}

/// There is one primary key at a time: it takes the new one's name, and is replaced under it.
#[test]
fn a_primary_key_replaces_one_of_another_name() {
    let with =
        |key: &str| format!("CREATE TABLE t (a int NOT NULL, b int NOT NULL, {key}); INSERT INTO t VALUES (1, 1)");
    form(
        &with("CONSTRAINT k PRIMARY KEY (a)"),
        &with("CONSTRAINT l PRIMARY KEY (a, b)"),
        &[
            "ALTER TABLE public.t RENAME CONSTRAINT k TO l",
            "CREATE UNIQUE INDEX CONCURRENTLY l__new ON public.t USING btree (a, b)",
            "ALTER TABLE public.t DROP CONSTRAINT l, ADD CONSTRAINT l PRIMARY KEY USING INDEX l__new",
        ],
    );
}

#[test]
fn a_foreign_key_waits_for_its_key() {
    let bare =
        "CREATE TABLE r (id int, n int); CREATE TABLE t (r int); INSERT INTO r VALUES (1); INSERT INTO t VALUES (1);";
    form(
        bare,
        &format!(
            "{bare} ALTER TABLE r ADD CONSTRAINT k UNIQUE (id); ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (r) REFERENCES r (id)"
        ),
        &[
            "CREATE UNIQUE INDEX CONCURRENTLY k ON public.r USING btree (id)",
            "ALTER TABLE public.r ADD CONSTRAINT k UNIQUE USING INDEX k",
            "ALTER TABLE public.t ADD CONSTRAINT f FOREIGN KEY (r) REFERENCES public.r(id) NOT VALID",
            "ALTER TABLE public.t VALIDATE CONSTRAINT f",
        ],
    );
    // What is made at once cannot wait: the view needs the key.
    let grouped = format!(
        "{bare} ALTER TABLE r ADD CONSTRAINT k PRIMARY KEY (id); CREATE VIEW v AS SELECT id, n FROM r GROUP BY id"
    );
    check(bare, &grouped);
}

#[test]
fn constraints_are_checked_after_they_are_made() {
    from_tables(
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES r ON DELETE CASCADE DEFERRABLE,
            ADD CONSTRAINT c CHECK (b > 0) NO INHERIT",
        &[
            "ALTER TABLE public.t ADD CONSTRAINT c CHECK ((b > 0)) NO INHERIT NOT VALID",
            "ALTER TABLE public.t ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES public.r(id) ON DELETE CASCADE DEFERRABLE NOT VALID",
            "ALTER TABLE public.t VALIDATE CONSTRAINT c",
            "ALTER TABLE public.t VALIDATE CONSTRAINT f",
        ],
    );
    form(
        &format!("{TABLES} ALTER TABLE t ADD CONSTRAINT c CHECK (b > 0)"),
        &format!("{TABLES} ALTER TABLE t ADD CONSTRAINT c CHECK (b < 9)"),
        &[
            "ALTER TABLE public.t DROP CONSTRAINT c",
            "ALTER TABLE public.t ADD CONSTRAINT c CHECK ((b < 9)) NOT VALID",
            "ALTER TABLE public.t VALIDATE CONSTRAINT c",
        ],
    );
}

#[test]
fn a_column_refuses_null_once_there_is_none() {
    from_tables(
        "ALTER TABLE t ALTER b SET NOT NULL",
        &[
            "ALTER TABLE public.t ADD CONSTRAINT b__not_null CHECK ((b IS NOT NULL)) NOT VALID",
            "ALTER TABLE public.t VALIDATE CONSTRAINT b__not_null",
            "ALTER TABLE public.t ALTER COLUMN b SET NOT NULL",
            "ALTER TABLE public.t DROP CONSTRAINT b__not_null",
        ],
    );
    let (there, _) = round_trip(server_of(18), TABLES, &format!("{TABLES} ALTER TABLE t ALTER b SET NOT NULL"), true);
    assert_eq!(
        there,
        [
            "ALTER TABLE public.t ADD CONSTRAINT t_b_not_null NOT NULL b NOT VALID",
            "ALTER TABLE public.t VALIDATE CONSTRAINT t_b_not_null",
        ]
    );
    let family =
        "CREATE TABLE base (a int); CREATE TABLE child (b int) INHERITS (base); INSERT INTO child VALUES (1, 1);";
    for major in VERSIONS {
        let new = format!("{family} ALTER TABLE base ALTER a SET NOT NULL, ADD CHECK (a > 0)");
        round_trip(server_of(major), family, &new, true);
    }
}

#[test]
fn rows_get_a_default_of_their_own_in_batches() {
    let new = "ALTER TABLE t ADD u uuid DEFAULT gen_random_uuid() NOT NULL, ADD n int DEFAULT 7 NOT NULL, ADD s serial UNIQUE";
    let (from, to) = (server().database(), server().database());
    from.psql(TABLES);
    to.psql(&format!("{TABLES}{new}"));
    let plan = plan(&from, &to);
    let told = statements(&plan).into_iter().filter(|sql| !sql.starts_with("DO")).collect::<Vec<_>>();
    assert_eq!(
        told,
        [
            "CREATE SEQUENCE public.t_s_seq AS integer",
            "ALTER TABLE public.t ADD COLUMN n integer DEFAULT 7 NOT NULL",
            "ALTER TABLE public.t ADD COLUMN s integer",
            "ALTER TABLE public.t ALTER COLUMN s SET DEFAULT nextval('public.t_s_seq'::regclass)",
            "ALTER TABLE public.t ADD COLUMN u uuid",
            "ALTER TABLE public.t ALTER COLUMN u SET DEFAULT gen_random_uuid()",
            "ALTER TABLE public.t ADD CONSTRAINT s__filling CHECK (((s IS NOT NULL) OR true)) NOT VALID",
            "ALTER TABLE public.t ADD CONSTRAINT u__filling CHECK (((u IS NOT NULL) OR true)) NOT VALID",
            "ALTER SEQUENCE public.t_s_seq OWNED BY public.t.s",
            "ALTER TABLE public.t DROP CONSTRAINT s__filling",
            "ALTER TABLE public.t ADD CONSTRAINT s__not_null CHECK ((s IS NOT NULL)) NOT VALID",
            "ALTER TABLE public.t VALIDATE CONSTRAINT s__not_null",
            "ALTER TABLE public.t ALTER COLUMN s SET NOT NULL",
            "ALTER TABLE public.t DROP CONSTRAINT s__not_null",
            "CREATE UNIQUE INDEX CONCURRENTLY t_s_key ON public.t USING btree (s)",
            "ALTER TABLE public.t ADD CONSTRAINT t_s_key UNIQUE USING INDEX t_s_key",
            "ALTER TABLE public.t DROP CONSTRAINT u__filling",
            "ALTER TABLE public.t ADD CONSTRAINT u__not_null CHECK ((u IS NOT NULL)) NOT VALID",
            "ALTER TABLE public.t VALIDATE CONSTRAINT u__not_null",
            "ALTER TABLE public.t ALTER COLUMN u SET NOT NULL",
            "ALTER TABLE public.t DROP CONSTRAINT u__not_null",
        ]
    );
    apply(&from, &plan);
    assert_eq!(from.psql("SELECT count(*), count(DISTINCT u), count(DISTINCT s), sum(n) FROM t"), "50|50|50|350");
    assert_eq!(dump(&from), dump(&to));
    for major in VERSIONS {
        round_trip(server_of(major), TABLES, &format!("{TABLES} ALTER TABLE t ADD x float DEFAULT random()"), true);
    }
}

#[test]
fn what_the_plan_makes_itself_takes_the_plain_form() {
    let new = "CREATE TABLE n (id int PRIMARY KEY, a int NOT NULL CHECK (a > 0), r int REFERENCES n); CREATE INDEX i ON n (a)";
    let (there, _) = check("", new);
    assert!(there.iter().all(|sql| !sql.contains("CONCURRENTLY") && !sql.contains("NOT VALID")), "{there:?}");
    let (from, to) = (server().database(), server().database());
    to.psql(new);
    assert_eq!(plan(&from, &to).steps.len(), 1);
}

/// The hazards of the way from `old` to `new`, by name.
fn hazards(old: &str, new: &str, online: bool) -> Vec<&'static str> {
    let (from, to) = (server().database(), server().database());
    from.psql(old);
    to.psql(new);
    plan_of(&from, &to, online).risks().map(|(_, risk)| risk.hazard.name()).collect()
}

#[test]
fn what_takes_long_under_a_lock_is_named() {
    let check = |change: &str, online: &[&str], offline: &[&str]| {
        let new = format!("{TABLES}{change}");
        assert_eq!(hazards(TABLES, &new, true), online, "online: {change}");
        assert_eq!(hazards(TABLES, &new, false), offline, "offline: {change}");
    };
    check("ALTER TABLE t ALTER b TYPE bigint", &["rewrites-table"], &["rewrites-table"]);
    check("ALTER TABLE t ALTER a TYPE varchar", &[], &[]);
    check("ALTER TABLE t ADD g int GENERATED ALWAYS AS (b * 2) STORED", &["rewrites-table"], &["rewrites-table"]);
    check("ALTER TABLE t SET UNLOGGED", &["rewrites-table"], &["rewrites-table"]);
    check("ALTER TABLE t ADD u uuid DEFAULT gen_random_uuid()", &[], &["rewrites-table"]);
    check("ALTER TABLE t ADD u uuid DEFAULT gen_random_uuid() NOT NULL", &[], &["rewrites-table"]);
    check("ALTER TABLE t ADD d date DEFAULT now() NOT NULL", &[], &[]);
    check("CREATE INDEX i ON t (a)", &[], &["blocks-writes"]);
    check("ALTER TABLE t ADD UNIQUE (a)", &[], &["blocks-writes"]);
    check("ALTER TABLE t ALTER a SET NOT NULL", &["fails-on-rows"], &["blocks-writes", "fails-on-rows"]);
    check("ALTER TABLE t ADD FOREIGN KEY (b) REFERENCES r", &[], &["blocks-writes"]);
    check("ALTER TABLE t ADD EXCLUDE USING btree (a WITH =)", &["blocks-writes"], &["blocks-writes"]);
    check("CREATE TABLE n (a int PRIMARY KEY); CREATE INDEX i ON n (a)", &[], &[]);
    assert!(Hazard::ALL.iter().filter(|hazard| hazard.loses_rows()).all(|hazard| hazard.needs_consent()));
}

/// The steps of `plan` in `range`, as psql runs them.
fn part(plan: &Plan, range: std::ops::Range<usize>) -> Plan {
    Plan { steps: plan.steps[range].to_vec(), ..plan.clone() }
}

#[test]
fn a_plan_goes_on_wherever_it_has_stopped() {
    let old = format!("{TABLES} CREATE INDEX i ON t (a); ALTER TABLE t ADD CONSTRAINT k UNIQUE (a);");
    let new = format!(
        "{TABLES} CREATE INDEX i ON t (b, a); ALTER TABLE t ADD CONSTRAINT k UNIQUE (a, b); CREATE INDEX j ON t (b);
        COMMENT ON INDEX i IS 'i'; COMMENT ON CONSTRAINT k ON t IS 'k';
        ALTER TABLE t ALTER b SET NOT NULL, ADD u uuid DEFAULT gen_random_uuid() NOT NULL, ADD x float DEFAULT random(),
            ADD CONSTRAINT q UNIQUE (b, a), ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES r, ADD CONSTRAINT c CHECK (b > 0);"
    );
    let builds = |plan: &Plan| statements(plan).iter().filter(|sql| sql.contains("INDEX CONCURRENTLY")).count();
    let go_on = |server: &TestServer, every: usize| {
        let to = server.database();
        to.psql(&new);
        let mut stop = 1;
        loop {
            let from = server.database();
            from.psql(&old);
            let whole = plan(&from, &to);
            if stop >= whole.steps.len() {
                assert!(stop > 12, "{}", whole.to_sql());
                return;
            }
            let first = part(&whole, 0..stop);
            apply(&from, &first);
            let rest = plan(&from, &to);
            apply(&from, &rest);
            let told = format!("{}\n-- stopped\n{}", first.to_sql(), rest.to_sql());
            assert_eq!(dump(&from), dump(&to), "{told}");
            assert!(plan(&from, &to).is_empty(), "{told}");
            assert_eq!(from.psql("SELECT count(*), count(DISTINCT u), count(DISTINCT x) FROM t"), "50|50|50", "{told}");
            assert_eq!(builds(&first) + builds(&rest), builds(&whole), "no index is built twice: {told}");
            stop += every;
        }
    };
    go_on(server(), 1);
    go_on(server_of(18), 4);
}

/// A column that some rows refuse to be filled in is not done.
#[test]
fn rows_that_stay_without_a_value_are_an_error() {
    let old = "CREATE TABLE t (id int); INSERT INTO t VALUES (1);
        CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER no BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION no();";
    let (from, to) = (server().database(), server().database());
    from.psql(old);
    to.psql(&format!("{old} ALTER TABLE t ADD u uuid DEFAULT gen_random_uuid()"));
    let error = server().try_psql("postgres", from.name(), &plan(&from, &to).to_sql()).expect_err("it is kept");
    assert!(error.contains("left without a value"), "{error}");
    assert!(!plan(&from, &to).is_empty(), "what is left is planned again");
}

#[test]
fn what_an_interrupted_build_has_left_is_replaced() {
    let new = format!("{TABLES} CREATE UNIQUE INDEX i ON t (b, id); ALTER TABLE t ADD CONSTRAINT k UNIQUE (id, a);");
    let (from, to) = (server().database(), server().database());
    from.psql(TABLES);
    to.psql(&new);
    for name in ["i", "i__new", "k"] {
        // Values that are there twice break the build off.
        let broken = format!("CREATE UNIQUE INDEX CONCURRENTLY {name} ON t ((b * 0))");
        assert!(server().try_psql("postgres", from.name(), &broken).is_err());
    }
    assert_eq!(from.psql("SELECT count(*) FROM pg_index WHERE NOT indisvalid"), "3");
    let plan = plan(&from, &to);
    apply(&from, &plan);
    assert_eq!(dump(&from), dump(&to), "{}", plan.to_sql());
    assert_eq!(from.psql("SELECT count(*) FROM pg_index WHERE NOT indisvalid"), "0");
}

/// There is one primary key at a time.
#[test]
fn keys_that_change_places() {
    let state = |first: &str, second: &str| {
        format!("CREATE TABLE t (a int NOT NULL, b int NOT NULL, CONSTRAINT k {first} (a), CONSTRAINT l {second} (b))")
    };
    check(&state("PRIMARY KEY", "UNIQUE"), &state("UNIQUE", "PRIMARY KEY"));
    check(&state("PRIMARY KEY", "UNIQUE").replace(", CONSTRAINT l UNIQUE (b)", ""), &state("UNIQUE", "PRIMARY KEY"));
}

/// A key's definition does not say how its index is kept.
#[test]
fn keys_have_parameters() {
    let state = |with: &str, more: &str| {
        format!(
            "CREATE TABLE t (a int PRIMARY KEY {with}, b int, c int, r int4range, CONSTRAINT u UNIQUE (b) {with},
                CONSTRAINT d UNIQUE (c) {with} DEFERRABLE, CONSTRAINT e EXCLUDE USING gist (r WITH &&) {with} WHERE (a > 0)); {more}"
        )
    };
    let [plain, tight] = ["", "WITH (fillfactor = 70)"];
    check("", &state(tight, "ALTER TABLE t CLUSTER ON t_pkey, REPLICA IDENTITY USING INDEX t_pkey"));
    check("CREATE TABLE t (a int, b int, c int, r int4range)", &state(tight, ""));
    check(&state(plain, ""), &state(tight, ""));
}

/// The passing names of two columns whose own names are long differ as these do.
#[test]
fn long_names_that_differ_at_the_end() {
    let column = |end: char| format!("{}{end} float8 DEFAULT random()", "d".repeat(62));
    check("CREATE TABLE t (id int)", &format!("CREATE TABLE t (id int, {}, {})", column('1'), column('2')));
}
