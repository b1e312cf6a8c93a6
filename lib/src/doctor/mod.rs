//! What is wrong with a server and a database: each finding with its evidence and the command that mends it.

mod check;
mod checks;
mod page;

use serde::Serialize;

use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Flavor, literal};

pub use check::{Check, Finding, SeenBy};
pub use checks::CHECKS;
pub use page::{page, pages};

/// What was looked at, and what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Examined {
    /// What is wrong, the worst first.
    pub findings: Vec<Finding>,
    /// How many checks were made.
    pub checks: usize,
    /// Checks that were not made, each with the reason.
    pub left_out: Vec<(&'static str, String)>,
}

/// Makes all checks; nothing is changed. `role` is the one that the service logs in as.
///
/// # Errors
/// It is an SQLite file, or the connection broke.
pub async fn examine(session: &mut dyn Session, role: &str) -> Result<Examined> {
    if session.flavor() == Flavor::Sqlite {
        return Err(Error::new(ErrorKind::Unsupported, "the doctor is for a server, and SQLite has none")
            .hint("whether the file is sound: mainstay sql -c 'PRAGMA integrity_check'"));
    }
    // Names come out with their schemas, and nobody's function stands in for one of the server's.
    session.query("SET search_path = ''").await?;
    let version = session.server().version_number;
    let superuser =
        session.query("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = current_user AND rolsuper").await?;
    let mut examined = Examined { findings: Vec::new(), checks: 0, left_out: Vec::new() };
    for check in CHECKS {
        if version < check.since {
            continue;
        }
        if check.seen_by == SeenBy::Superuser && superuser.is_empty() {
            examined.left_out.push((check.name, "a superuser alone may look".to_owned()));
            continue;
        }
        match session.query(&check.sql.replace(check::ROLE, &literal(role))).await {
            Ok(rows) => {
                examined.checks += 1;
                examined.findings.extend(rows.into_iter().map(|row| found(check, row)));
            }
            Err(error) if error.kind() == ErrorKind::ConnectionLost => return Err(error),
            // What this role or this server does not show is no finding, and no silence either.
            Err(error) => examined.left_out.push((check.name, error.one_line())),
        }
    }
    examined.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Ok(examined)
}

fn found(check: &'static Check, row: Vec<Option<String>>) -> Finding {
    let mut cells = row.into_iter().map(Option::unwrap_or_default);
    let mut next = || cells.next().unwrap_or_default();
    Finding {
        check: check.name,
        severity: check.severity,
        title: check.title,
        object: next(),
        evidence: next(),
        why: check.why,
        mend: next(),
    }
}
