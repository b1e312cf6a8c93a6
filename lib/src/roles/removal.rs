//! A role goes: only when nothing is lost by it.

use super::Change;
use super::facts::OWNS;
use super::state::{Facts, Tie};
use super::step::{Need, Needed, step};
use crate::bootstrap::Wish;
use crate::error::{Error, ErrorKind, Result, shell_word};
use crate::sql::{ident, literal};

/// Names shown of what it owns; the rest is counted.
const SHOWN: usize = 5;

/// Refuses a role that is in use, owns something that nobody gets, or has something in another database.
pub(super) fn refuse(change: &Change, heir: Option<&str>, wish: &Wish, facts: &Facts) -> Result<()> {
    let (role, quoted) = (&change.role, ident(&change.role));
    let refused = |message: String| Err(Error::new(ErrorKind::Refused, message));
    if *role == facts.me.0 {
        return refused(format!("role {role} is the one that is connected: it cannot drop itself")).map_err(
            |error: Error| {
                error.hint("connect as another: mainstay role drop … --admin-url postgresql://ROLE@HOST/postgres")
            },
        );
    }
    if *role == facts.database_owner {
        let hint = format!(
            "give the database away first, as a superuser: ALTER DATABASE {} OWNER TO …",
            ident(&wish.database)
        );
        return refused(format!("role {role} owns database {}: it is not dropped", wish.database))
            .map_err(|error: Error| error.hint(hint));
    }
    if facts.is("superuser") {
        return refused(format!("role {role} is a superuser: it is not dropped"))
            .map_err(|error: Error| error.hint(format!("if it is to go: ALTER ROLE {quoted} NOSUPERUSER")));
    }
    if let Some(heir) = heir.filter(|_| !facts.heir) {
        return Err(Error::new(
            ErrorKind::NotFound,
            format!("role {heir}, which is to get what {role} owns, does not exist"),
        )
        .hint(format!("mainstay role drop {quoted} --reassign-to {}", ident(&wish.owner))));
    }
    if facts.sessions > 0 {
        let count = if facts.sessions == 1 { "a session".to_owned() } else { format!("{} sessions", facts.sessions) };
        return refused(format!("role {role} has {count} open")).map_err(|error: Error| {
            error.hint(format!(
                "end what uses it, or: mainstay sql --write -c {}",
                shell_word(&format!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = {}",
                    literal(role)
                ))
            ))
        });
    }
    refuse_elsewhere(change, wish, facts)?;
    match facts.ties.iter().find(|tie| tie.owns && tie.database.is_none()) {
        Some(tie) if heir.is_none() => Err(Error::new(
            ErrorKind::Refused,
            format!("role {role} owns {} in database {}: {}", objects(tie), wish.database, names(tie)),
        )
        .hint(format!("give them to another: mainstay role drop {quoted} --reassign-to {}", ident(&wish.owner)))),
        _ => Ok(()),
    }
}

/// One session sees the objects of one database only.
fn refuse_elsewhere(change: &Change, wish: &Wish, facts: &Facts) -> Result<()> {
    let (role, quoted) = (&change.role, ident(&change.role));
    let mut told: Vec<String> = Vec::new();
    let mut databases: Vec<&str> = Vec::new();
    for tie in &facts.ties {
        let Some(database) = &tie.database else { continue };
        let verb = if tie.owns { "owns" } else { "has grants on" };
        told.push(format!("{verb} {} in database {database}", objects(tie)));
        if !databases.contains(&database.as_str()) {
            databases.push(database);
        }
    }
    if told.is_empty() {
        return Ok(());
    }
    let sql = format!("REASSIGN OWNED BY {quoted} TO {}; DROP OWNED BY {quoted}", ident(&wish.owner));
    let message = format!("role {role} {}: that has to be settled there", told.join(" and "));
    Err(databases.into_iter().fold(Error::new(ErrorKind::Refused, message), |error, database| {
        error.hint(format!("mainstay sql --write --dbname {} -c {}", shell_word(database), shell_word(&sql)))
    }))
}

/// The way for it to go.
pub(super) fn needed(change: &Change, heir: Option<&str>, facts: &Facts) -> Vec<Needed> {
    let (role, quoted) = (&change.role, ident(&change.role));
    let needs = || vec![Need::CreateRole, Need::AdminOfRole];
    let mut steps = Vec::new();
    if let Some(heir) = heir.filter(|_| facts.ties.iter().any(|tie| tie.owns)) {
        let sql = format!("REASSIGN OWNED BY {quoted} TO {}", ident(heir));
        let needs = vec![Need::Become(role.clone()), Need::Become(heir.to_owned())];
        steps.push(step(format!("give what {role} owns to {heir}"), vec![sql], needs));
    }
    if !facts.ties.is_empty() {
        // DROP OWNED drops what it owns, too: by then there must be nothing.
        let statements = vec![still_owner(role), format!("DROP OWNED BY {quoted}")];
        steps.push(step(
            format!("take from {role} everything it was granted"),
            statements,
            vec![Need::Become(role.clone())],
        ));
    }
    steps.push(step(format!("drop role {role}"), vec![format!("DROP ROLE {quoted}")], needs()));
    steps
}

/// Stops the transaction where the role owns something here.
fn still_owner(role: &str) -> String {
    let body = format!(
        "BEGIN IF EXISTS (SELECT FROM pg_catalog.pg_shdepend d JOIN pg_catalog.pg_roles r ON r.oid = d.refobjid
    WHERE d.refclassid = 'pg_catalog.pg_authid'::regclass AND r.rolname = {} AND {OWNS} AND d.dbid IN
      (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())))
  THEN RAISE EXCEPTION 'the role owns something here: nothing is dropped'; END IF; END",
        literal(role)
    );
    format!("DO {}", literal(&body))
}

fn objects(tie: &Tie) -> String {
    if tie.count == "1" { "1 object".to_owned() } else { format!("{} objects", tie.count) }
}

fn names(tie: &Tie) -> String {
    let mut shown = tie.names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if tie.names.len() > SHOWN {
        shown.push_str(" …");
    }
    shown
}
