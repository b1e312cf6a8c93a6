//! A setting that is kept in the catalog is not known to the new version.

use super::Machine;
use super::blocker::{Blocker, Found, Look, renamed};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "stored-setting-removed",
    severity: Severity::Error,
    title: "a setting that is kept in the catalog is not known to the new version",
    why: "Making the role, database or function in the new cluster fails, after the old one was stopped.",
    old_before: None,
    new_from: None,
    look: Look::SiftedDatabases(
        "
SELECT pg_catalog.split_part(one, '=', 1),
  CASE WHEN s.setdatabase = 0 THEN 'ALTER ROLE ' || s.setrole::regrole ELSE 'ALTER DATABASE ' || pg_catalog.quote_ident(d.datname) END
FROM pg_catalog.pg_db_role_setting s LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase, pg_catalog.unnest(s.setconfig) AS one
WHERE s.setdatabase = 0 OR d.datname = pg_catalog.current_database()
UNION ALL
SELECT pg_catalog.split_part(one, '=', 1), 'ALTER ROUTINE ' || p.oid::regprocedure
FROM pg_catalog.pg_proc p, pg_catalog.unnest(p.proconfig) AS one ORDER BY 1, 2",
        sift,
    ),
    example: &["ALTER ROLE CURRENT_USER SET force_parallel_mode = off"],
};

fn sift(row: &[Option<String>], machine: &Machine) -> Option<Found> {
    let [Some(name), Some(alter)] = row else { return None };
    machine.lacks_setting(name).then(|| Found {
        object: name.clone(),
        evidence: format!("set by {alter}"),
        mend: match renamed(name) {
            Some(now) => format!("{alter} RESET {name}; in version {} it is called {now}", machine.to.major),
            None => format!("{alter} RESET {name}"),
        },
    })
}
