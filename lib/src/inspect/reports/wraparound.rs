//! How far the counter of transactions is from its end.

use crate::inspect::report::{Report, count, percent, text};

pub(super) const REPORT: Report = Report {
    name: "wraparound",
    about: "Age of the oldest transactions that are not frozen: databases, then the oldest tables of this one",
    advice: "At 100% the server takes no more writes. Autovacuum begins by itself at autovacuum_freeze_max_age (200 million, \
             10%); well beyond that something holds it up: a prepared transaction, a replication slot, an old session. By hand: \
             VACUUM (FREEZE, VERBOSE) TABLE.",
    nothing: "there is nothing",
    needs: None,
    columns: &[text("object"), text("kind"), count("age"), count("multixact_age"), percent("used")],
    sql: "
SELECT name, kind, age, multi, round(100.0 * GREATEST(age, multi) / 2147483648, 2) FROM (
  SELECT 0 AS place, datname::text AS name, 'database' AS kind, age(datfrozenxid)::bigint AS age, mxid_age(datminmxid)::bigint AS multi
  FROM pg_catalog.pg_database
  UNION ALL (
    SELECT 1, c.oid::regclass::text, 'table', age(c.relfrozenxid), mxid_age(c.relminmxid) FROM pg_catalog.pg_class c
    WHERE c.relkind IN ('r', 'm', 't') AND c.relfrozenxid <> '0' ORDER BY GREATEST(age(c.relfrozenxid), mxid_age(c.relminmxid)) DESC, c.oid LIMIT 10)) AS s
ORDER BY place, GREATEST(age, multi) DESC, name",
};
