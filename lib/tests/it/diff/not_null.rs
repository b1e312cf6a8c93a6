//! NOT NULL with a name of its own, as PostgreSQL has it from 18 on.

use mainstay_testing::server_of;

use super::{apply, plan};

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
