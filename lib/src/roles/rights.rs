//! What a step takes, and whether we have it: said before anything runs.

use super::Change;
use super::state::Facts;
use super::step::{Need, Needed};
use crate::bootstrap::MEMBERSHIP_OPTIONS;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::ident;

/// Refuses if we lack a right for one of the steps: all that we lack, at once.
pub(super) fn refuse_lacking(change: &Change, facts: &Facts, steps: &[Needed]) -> Result<()> {
    if facts.am("superuser") {
        return Ok(());
    }
    let mut lacking: Vec<(String, &str)> = Vec::new();
    for needed in steps {
        for right in needed.needs.iter().filter_map(|need| lacks(need, change, facts)) {
            if !lacking.iter().any(|(said, _)| *said == right) {
                lacking.push((right, &needed.step.title));
            }
        }
    }
    if lacking.is_empty() {
        return Ok(());
    }
    let said: Vec<String> = lacking.iter().map(|(right, title)| format!("{right} (to {title})")).collect();
    Err(Error::new(ErrorKind::Refused, format!("role {} may not do this: it lacks {}", facts.me.0, said.join(" and ")))
        .hint("run it as the server's own user: sudo -u postgres mainstay role …")
        .hint("or name a role that may: --admin-url postgresql://ROLE@HOST/postgres")
        .hint("or hand the SQL to an administrator: --print"))
}

/// The right by its name, if we lack it.
fn lacks(need: &Need, change: &Change, facts: &Facts) -> Option<String> {
    // Before 16, CREATEROLE is enough for every role that is no superuser.
    let broad = facts.am("createrole") && facts.version < MEMBERSHIP_OPTIONS;
    match need {
        Need::CreateRole => (!facts.am("createrole")).then(|| "CREATEROLE".to_owned()),
        Need::AdminOfRole => (!broad && facts.exists() && !facts.is("ours"))
            .then(|| format!("ADMIN OPTION on role {}", ident(&change.role))),
        Need::AdminOf(role) => {
            let flags = facts.groups.get(role);
            let superuser = flags.is_some_and(|flags| flags.contains("superuser"));
            let ours = flags.is_some_and(|flags| flags.contains("ours"));
            match superuser {
                true => Some("SUPERUSER".to_owned()),
                false => (!broad && !ours).then(|| format!("ADMIN OPTION on role {}", ident(role))),
            }
        }
        Need::Become(role) => {
            let ours = facts.creators.get(role) == Some(&true) || *role == change.role && facts.is("ours");
            (!ours && *role != facts.me.0).then(|| format!("the right to act as {}", ident(role)))
        }
        Need::Superuser => Some("SUPERUSER".to_owned()),
    }
}
