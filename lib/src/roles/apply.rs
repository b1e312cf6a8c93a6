//! Carrying a role's plan out: one transaction, then a second look.

use std::time::Instant;

use super::{Change, Deed, PASSWORD_VARIABLE, examine, exists, rights};
use crate::bootstrap::{Wish, password};
use crate::conn::Secret;
use crate::engine::{Context, Flight, FlightError, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::observer::Event;
use crate::plan::{Action, Plan, Step};
use crate::sql::Statement;

/// Applies a plan that [`plan`](super::plan()) made, as one transaction, and looks again. `password` is what a step with a place
/// for one gets.
///
/// # Errors
/// [`ErrorKind::Refused`] before anything runs: what the plan was made for has changed, or `session`'s role lacks a right.
/// [`ErrorKind::Verification`]: it ran, and what it should have done is not so, or cannot be seen.
/// [`ErrorKind::ConnectionLost`]: nobody knows whether it ran.
pub async fn apply(
    session: &mut dyn Session,
    change: &Change,
    wish: &Wish,
    plan: &Plan,
    password: Option<&Secret>,
    context: &Context,
) -> Result<()> {
    let (facts, steps) = examine(session, change, wish).await?;
    if facts.hash() != plan.state || !steps.iter().map(|needed| &needed.step).eq(&plan.steps) {
        let message = format!("what role {} has and what is granted has changed since the plan was made", change.role);
        return Err(Error::new(ErrorKind::Refused, message)
            .hint("nothing was done; run it again, with --dry-run to see the new plan"));
    }
    rights::refuse_lacking(change, &facts, &steps)?;
    if plan.steps.is_empty() {
        return Ok(());
    }
    let started = Instant::now();
    fly(session, &plan.steps, password).await?;
    for step in &plan.steps {
        context.observer.event(Event::StepDone { title: &step.title, took: started.elapsed() });
    }
    let looked = verify(session, change, wish).await;
    looked.map_err(|error| error.of_kind(ErrorKind::Verification))
}

async fn fly(session: &mut dyn Session, steps: &[Step], password: Option<&Secret>) -> Result<()> {
    let mut texts: Vec<(&str, String)> = Vec::new();
    for step in steps {
        let Action::Sql(sql) = &step.action else {
            return Err(Error::new(ErrorKind::Usage, "a role's plan has SQL steps only"));
        };
        for statement in &sql.statements {
            if password.is_none() && statement.ends_with(PASSWORD_VARIABLE) {
                return Err(Error::new(ErrorKind::Usage, format!("there is no password to {}", step.title)));
            }
            texts.push((&step.title, password::fill(statement, PASSWORD_VARIABLE, password)?));
        }
    }
    let statements: Vec<Statement<'_>> =
        texts.iter().map(|(_, text)| Statement { text, offset: 0, line: 1, copy_data: None }).collect();
    match session.fly(Flight { statements: &statements, ..Flight::default() }).await {
        Ok(()) | Err(FlightError::Guard(_)) => Ok(()),
        Err(FlightError::Own(error)) => Err(error),
        Err(FlightError::Statement(at, error)) => {
            let title = texts.get(at).map_or("", |(title, _)| title);
            Err(error.context(format!("cannot {title}; nothing was done")))
        }
    }
}

/// A GRANT or REVOKE that has no effect is a warning of the server's, not an error.
async fn verify(session: &mut dyn Session, change: &Change, wish: &Wish) -> Result<()> {
    let role = &change.role;
    let missing = match &change.deed {
        Deed::Drop { .. } => exists(session, role).await?.then(|| format!("drop role {role}")),
        _ => {
            let (_, steps) = examine(session, &once(change), wish).await?;
            (!steps.is_empty())
                .then(|| steps.into_iter().map(|needed| needed.step.title).collect::<Vec<_>>().join("; "))
        }
    };
    match missing {
        None => Ok(()),
        Some(missing) => Err(Error::new(
            ErrorKind::Verification,
            format!("the server took the statements, but it is still left to {missing}"),
        )
        .hint("who may do what: mainstay role list")),
    }
}

/// The same without a new password, which can always be given again.
fn once(change: &Change) -> Change {
    let mut change = change.clone();
    if let Deed::Create { password, .. } = &mut change.deed {
        *password = super::Password::WhenNew;
    }
    change
}
