//! NOT NULL with a name of its own, as PostgreSQL has it from 18 on.

use mainstay::plan::Hazard;
use mainstay_testing::{server, server_of};

use super::{apply, check, plan, plan_of, round_trip, told};

/// What the server itself keeps of NOT NULL: there is no pg_dump beside these servers.
const KEPT: &str = "SELECT string_agg(format('%s.%s %s%s%s', c.conrelid::regclass, a.attname, c.conname, \
    CASE WHEN c.connoinherit THEN ' no inherit' END, CASE WHEN NOT c.convalidated THEN ' not valid' END), '; ' ORDER BY c.conrelid::regclass::text, a.attname) \
  FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] \
  WHERE c.contype = 'n' AND c.connamespace = 'public'::regnamespace";

#[test]
fn it_changes_by_its_name() {
    let states = [
        "CREATE TABLE t (a int, b int)",
        "CREATE TABLE t (a int NOT NULL, b int)",
        "CREATE TABLE t (a int CONSTRAINT given NOT NULL, b int)",
        "CREATE TABLE t (a int CONSTRAINT other NOT NULL NO INHERIT, b int)",
        "CREATE TABLE t (a int, b int); ALTER TABLE t ADD CONSTRAINT given NOT NULL a NOT VALID",
        "CREATE TABLE t (a int PRIMARY KEY, b int CONSTRAINT x NOT NULL)",
        "CREATE TABLE t (a int CONSTRAINT given NOT NULL, b int); CREATE TABLE c (e int NOT NULL) INHERITS (t)",
        "CREATE TABLE t (a int CONSTRAINT given NOT NULL, b int) PARTITION BY RANGE (a); CREATE TABLE c PARTITION OF t DEFAULT",
    ];
    for old in ["", states[1], states[3], states[4]] {
        for new in states {
            let (from, to) = (server_of(18).database(), server_of(18).database());
            from.psql(old);
            to.psql(new);
            let plan = plan(&from, &to);
            apply(&from, &plan);
            assert_eq!(from.psql(KEPT), to.psql(KEPT), "{old}\n{new}\n{}", plan.to_sql());
            let rest = super::plan(&from, &to);
            assert!(rest.is_empty(), "{old}\n{new}\n{}\nthen {}", plan.to_sql(), rest.to_sql());
        }
    }
}

/// Rows that have NULL are told of before the statement that meets them.
#[test]
fn rows_without_a_value_are_named() {
    let fails = ["fails where a in public.t is NULL"];
    let (old, new) = ("CREATE TABLE t (a int, b int NOT NULL)", "CREATE TABLE t (a int NOT NULL, b int)");
    for server in [server(), server_of(18)] {
        let (from, to) = (server.database(), server.database());
        from.psql(old);
        to.psql(new);
        for online in [true, false] {
            assert_eq!(told(&plan_of(&from, &to, online), Hazard::FailsOnRows), fails, "online {online}");
        }
        to.psql("ALTER TABLE t ADD PRIMARY KEY (a)");
        assert_eq!(told(&plan(&from, &to), Hazard::FailsOnRows), fails);
        from.psql("INSERT INTO t VALUES (NULL, 1)");
        let sql = plan(&from, &to).to_sql();
        assert!(server.try_psql("postgres", from.name(), &sql).is_err(), "{sql}");
    }
}

/// What a child refuses by itself it refuses still when its parent no longer does.
#[test]
fn a_child_keeps_it() {
    let own = "ALTER TABLE c ALTER a SET NOT NULL";
    let heirs = |parent: &str, more: &str| {
        format!(
            "CREATE TABLE t (a int {parent}); CREATE TABLE c () INHERITS (t); CREATE TABLE d () INHERITS (c); {more}"
        )
    };
    let partitions = |parent: &str, more: &str| {
        format!(
            "CREATE TABLE t (a int {parent}) PARTITION BY LIST (a); CREATE TABLE c PARTITION OF t FOR VALUES IN (1);
            CREATE TABLE d PARTITION OF t FOR VALUES IN (2); {more}"
        )
    };
    for (old, new) in [
        (heirs("NOT NULL", ""), heirs("", own)),
        (heirs("NOT NULL", ""), heirs("", "ALTER TABLE d ALTER a SET NOT NULL")),
        (partitions("NOT NULL", ""), partitions("", own)),
    ] {
        check(&old, &new);
        round_trip(server_of(18), &old, &new, true);
        round_trip(server_of(18), &old, &new, false);
    }
}

/// One name is that of one constraint at a time.
#[test]
fn its_name_goes_to_another_constraint() {
    for (old, new) in [
        ("CREATE TABLE t (a int, b int CONSTRAINT x NOT NULL)", "CREATE TABLE t (a int CONSTRAINT x NOT NULL, b int)"),
        (
            "CREATE TABLE t (a int, b int CONSTRAINT x NOT NULL)",
            "CREATE TABLE t (a int CONSTRAINT x NOT NULL, b int NOT NULL)",
        ),
        (
            "CREATE TABLE t (a int, b int CONSTRAINT x NOT NULL)",
            "CREATE TABLE t (a int, b int, CONSTRAINT x CHECK (b > 0))",
        ),
    ] {
        round_trip(server_of(18), old, new, true);
        round_trip(server_of(18), old, new, false);
    }
}

/// A partition has its name already when the table is made anew.
#[test]
fn a_table_made_anew_has_its_usual_name() {
    round_trip(
        server_of(18),
        "CREATE TABLE t (id int NOT NULL) PARTITION BY RANGE (id); CREATE TABLE t0 PARTITION OF t FOR VALUES FROM (0) TO (1)",
        "CREATE TABLE t (id int NOT NULL) PARTITION BY LIST (id); CREATE TABLE t0 PARTITION OF t FOR VALUES IN (0)",
        true,
    );
}

/// A child's own key asks for it beside the parent, under a name of the child's.
#[test]
fn a_childs_own_beside_its_parents() {
    let parent = "CREATE TABLE p (id int PRIMARY KEY, a int NOT NULL)";
    let child = format!("{parent}; CREATE TABLE c (PRIMARY KEY (id)) INHERITS (p)");
    round_trip(server_of(18), parent, &child, true);
}
