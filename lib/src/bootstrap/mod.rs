//! Roles, database, extensions and grants where missing, and nothing else.
//!
//! [`plan`] reads what is there and says what is missing; [`apply`] does exactly that and checks each step;
//! [`check`] answers "is anything missing?" in one round trip without any rights, for every start of a service.
//! Who may do what, and why, is in `docs/design/bootstrap.md`.

pub mod access;
mod admin;
mod apply;
mod facts;
mod fit;
pub mod password;
mod plan;
mod rights;
mod state;
mod wish;

use crate::engine::{Context, Session};
use crate::error::Result;
use crate::plan::Plan;

pub use admin::{Admin, look_in};
pub use apply::apply;
pub use facts::{MEMBERSHIP_OPTIONS, becoming};
pub use password::PASSWORD_VARIABLE;
pub use wish::Wish;

/// Compares what is there with `wish` and returns what is missing as a plan. It holds no secret: where a new role
/// gets a password there is the psql variable `:app_password`, for which [`apply`] puts in a SCRAM verifier.
///
/// The plan is made whether or not `admin` may carry it out, so that it can be printed for somebody who may.
///
/// # Errors
/// [`ErrorKind::Refused`](crate::ErrorKind::Refused) for what bootstrap will not change by itself: the database
/// belongs to another role, the server has no such extension. [`ErrorKind::Config`](crate::ErrorKind::Config) for a
/// wish that contradicts itself.
pub async fn plan(admin: &Admin, wish: &Wish, context: &Context) -> Result<Plan> {
    wish.validate()?;
    let mut desk = apply::Desk::open(admin, wish, context).await?;
    let state = desk.read().await?;
    desk.close().await;
    fit::refuse_unfit(wish, &state)?;
    fit::warn(wish, &state, context);
    Ok(plan::plan(wish, &state))
}

/// The plan for a server on which nothing of `wish` is there yet, made without asking any: what can be printed for
/// an administrator when no connection is to be had at all. `version_number` is the server's, 150018 for 15.18.
///
/// # Errors
/// [`ErrorKind::Config`](crate::ErrorKind::Config) for a wish that contradicts itself.
pub fn plan_from_nothing(wish: &Wish, version_number: u32) -> Result<Plan> {
    wish.validate()?;
    Ok(plan::plan(wish, &state::State::of_nothing(version_number)))
}

/// Lists by title what is missing, or nothing: one round trip on a session of any role that is connected to the
/// target database.
///
/// # Errors
/// The connection broke, or the wish contradicts itself.
pub async fn check(session: &mut dyn Session, wish: &Wish) -> Result<Vec<String>> {
    wish.validate()?;
    let version = session.server().version_number;
    let rows = session.query(&facts::of_database(wish, version)).await?;
    let state = state::State::new(version, rows, None);
    Ok(plan::needed(wish, &state).into_iter().map(|needed| needed.step.title).collect())
}
