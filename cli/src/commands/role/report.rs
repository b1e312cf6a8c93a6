//! What would be done to a role, and what was.

use mainstay::conn::Secret;
use mainstay::observer::{Event, Observer};
use mainstay::roles::{Change, Deed, PASSWORD_VARIABLE, Proposal};
use mainstay::{Error, ErrorKind};
use serde_json::json;

use super::How;
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;

/// Does it, or says how.
pub(super) async fn carry_out(context: &Context, how: &How, change: &Change) -> Result<Outcome, CliError> {
    let database = how.open(context)?;
    let proposal = database.plan_role(change).await?;
    if how.print || context.globals.dry_run {
        return proposed(context, change, &proposal, how.print);
    }
    database.change_role(change, &proposal.plan, None).await?;
    done(context, change, &proposal, None)
}

/// What would be done: as SQL for an administrator, or step by step.
pub(super) fn proposed(
    context: &Context,
    change: &Change,
    proposal: &Proposal,
    sql: bool,
) -> Result<Outcome, CliError> {
    warn(context, change, proposal);
    let text = if sql { script(proposal) } else { proposal.plan.to_text() };
    context.answer(proposal, Text::Lines(text))?;
    Ok(Outcome::Done)
}

/// What was done, with the password once.
pub(super) fn done(
    context: &Context,
    change: &Change,
    proposal: &Proposal,
    password: Option<&Secret>,
) -> Result<Outcome, CliError> {
    warn(context, change, proposal);
    let mut text: String = proposal.plan.steps.iter().map(|step| format!("done  {}\n", step.title)).collect();
    if proposal.plan.is_empty() {
        text = match change.deed {
            Deed::Revoke { .. } => format!("{} has nothing of it\n", change.role),
            _ => format!("{} has everything already\n", change.role),
        };
    }
    if let Some(password) = password {
        text.push_str(&shown_once(context, password));
    }
    let data = json!({
        "plan": proposal.plan,
        "remains": proposal.remains,
        "password": password.map(Secret::expose),
    });
    context.answer(data, Text::Lines(text))?;
    Ok(Outcome::Done)
}

/// What failed. Where the server may have taken the password all the same, it is shown: nobody else has it.
pub(super) fn failed(context: &Context, error: Error, password: Option<&Secret>) -> CliError {
    let may_be_done = matches!(error.kind(), ErrorKind::Verification | ErrorKind::ConnectionLost);
    let Some(password) = password.filter(|_| may_be_done) else { return error.into() };
    let text = shown_once(context, password);
    let data = json!({ "password": password.expose(), "failed": error.one_line() });
    match context.answer(data, Text::Lines(text)) {
        Ok(()) => CliError::Answered(error),
        Err(unwritten) => unwritten,
    }
}

fn shown_once(context: &Context, password: &Secret) -> String {
    context.observer.line("the password is shown this once and kept nowhere; another one: --new-password");
    format!("password  {}\n", password.expose())
}

/// What the role can do all the same.
fn warn(context: &Context, change: &Change, proposal: &Proposal) {
    for remaining in &proposal.remains {
        let role = &change.role;
        let message = format!("{role} can {}; to end that: {}", remaining.what, remaining.mend);
        context.observer.event(Event::Warning { message: &message });
    }
}

/// The plan as a script for psql, with the line that says how the password is given where one is needed.
fn script(proposal: &Proposal) -> String {
    let sql = proposal.plan.to_sql();
    if !proposal.wants_password() {
        return sql;
    }
    let variable = PASSWORD_VARIABLE.trim_start_matches(':');
    format!("-- the password is a variable of psql: psql -v {variable}=\"'…'\"\n{sql}")
}
