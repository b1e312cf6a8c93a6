//! The counter of transactions nears its end.

use crate::doctor::check::{Check, SeenBy};
use crate::plan::Severity;

pub(super) const CHECK: Check = Check {
    name: "wraparound",
    severity: Severity::Error,
    title: "the counter of transactions nears its end",
    why: "Autovacuum freezes old rows long before; that it has not means something holds it up: a prepared transaction, a \
             replication slot, an old session, autovacuum off. At two thousand million the server takes no more writes.",
    since: 0,
    seen_by: SeenBy::All,
    sql: "
SELECT datname, age(datfrozenxid) || ' transactions since the oldest row that is not frozen',
  'look what holds it up: mainstay inspect long-running-queries, mainstay inspect replication-slots; then VACUUM (FREEZE) in ' || quote_ident(datname)
FROM pg_catalog.pg_database
WHERE GREATEST(age(datfrozenxid), mxid_age(datminmxid)) > LEAST(1000000000, 3 * current_setting('autovacuum_freeze_max_age')::bigint)
ORDER BY age(datfrozenxid) DESC, datname",
    example: &[],
};
