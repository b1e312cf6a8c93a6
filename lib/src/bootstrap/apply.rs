//! Carrying out a plan, step by step, each checked by reading again what is there.

use std::time::{Duration, Instant};

use super::plan::{Needed, needed};
use super::state::State;
use super::{Admin, Wish, facts, fit, password, rights};
use crate::engine::{Context, Flight, FlightError, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::observer::Event;
use crate::plan::{Action, Plan, SqlStep, Step};
use crate::sql::Statement;

/// How often a step that collided with another instance's is tried again.
const ATTEMPTS: u32 = 20;

/// Applies a plan that [`plan`](super::plan()) made, after checking that the state it was made for still holds, and
/// checks each step. Other instances may do the same at the same time: what one of them has done counts as done.
///
/// # Errors
/// [`ErrorKind::Refused`] before anything runs: the state has changed so that the plan no longer says all that would
/// be done, or `admin` lacks a right. [`ErrorKind::Verification`]: a step ran, and what it should have made is not
/// there.
pub async fn apply(admin: &Admin, wish: &Wish, plan: &Plan, context: &Context) -> Result<()> {
    wish.validate()?;
    let mut desk = Desk::open(admin, wish, context).await?;
    let done = desk.carry_out(plan).await;
    desk.close().await;
    done
}

/// The open sessions of one bootstrap.
pub(super) struct Desk<'a> {
    admin: &'a Admin,
    wish: &'a Wish,
    context: &'a Context,
    cluster: Box<dyn Session>,
    inside: Option<Box<dyn Session>>,
}

impl<'a> Desk<'a> {
    /// Connects to the maintenance database; the target's own follows as soon as it exists.
    pub async fn open(admin: &'a Admin, wish: &'a Wish, context: &'a Context) -> Result<Self> {
        let cluster = admin.maintenance(context).await?;
        if cluster.server().standby {
            let place = &cluster.server().address;
            return Err(Error::new(
                ErrorKind::Refused,
                format!("the server at {place} is a standby: nothing can be created"),
            )
            .hint("name the primary: mainstay bootstrap --admin-url postgresql://ROLE@PRIMARY/postgres"));
        }
        Ok(Self { admin, wish, context, cluster, inside: None })
    }

    /// Reads what is there.
    pub async fn read(&mut self) -> Result<State> {
        let version = self.cluster.server().version_number;
        let me = self.cluster.query(&facts::of_me(self.wish, version)).await?;
        if let Some(inside) = &mut self.inside {
            return Ok(State::new(version, inside.query(&facts::of_database(self.wish, version)).await?, Some(me)));
        }
        let rows = self.cluster.query(&facts::of_cluster(self.wish, version)).await?;
        let state = State::new(version, rows, Some(me.clone()));
        if state.database.is_none() {
            return Ok(state);
        }
        let mut inside = self.admin.session(&self.wish.database, self.context).await?;
        let rows = inside.query(&facts::of_database(self.wish, version)).await?;
        self.inside = Some(inside);
        Ok(State::new(version, rows, Some(me)))
    }

    /// Ends the sessions in order.
    pub async fn close(self) {
        self.cluster.close().await;
        if let Some(inside) = self.inside {
            inside.close().await;
        }
    }

    async fn carry_out(&mut self, plan: &Plan) -> Result<()> {
        let state = self.read().await?;
        fit::refuse_unfit(self.wish, &state)?;
        let missing = needed(self.wish, &state);
        if plan.state != state.hash() {
            refuse_more(plan, &missing)?;
        }
        rights::refuse_lacking(self.wish, &state, &missing)?;
        for Needed { step, .. } in &missing {
            let started = Instant::now();
            self.context.observer.event(Event::StepStarted { title: &step.title });
            self.make(step).await.map_err(|error| error.context(format!("cannot {}", step.title)))?;
            self.context.observer.event(Event::StepDone { title: &step.title, took: started.elapsed() });
        }
        Ok(())
    }

    /// Runs one step until what it makes is there, by us or by another instance.
    async fn make(&mut self, step: &Step) -> Result<()> {
        let Action::Sql(sql) = &step.action else {
            return Err(Error::new(ErrorKind::Usage, "a bootstrap plan has SQL steps only"));
        };
        for attempt in 1.. {
            let ran = self.run(sql).await;
            let state = match (self.read().await, &ran) {
                (Ok(state), _) => state,
                // A lost connection is the step's news, not the reading's.
                (Err(_), Err(_)) => return ran,
                (Err(error), Ok(())) => return Err(error),
            };
            let missing = needed(self.wish, &state);
            if !missing.iter().any(|needed| needed.step.title == step.title) {
                return Ok(());
            }
            match ran {
                Err(error) if attempt < ATTEMPTS && is_collision(&error) => {
                    tokio::time::sleep(Duration::from_millis(u64::from(5 * attempt))).await;
                }
                Err(error) => return Err(error),
                Ok(()) => break,
            }
        }
        Err(Error::new(
            ErrorKind::Verification,
            "the server took the statements, but what they should have made is not there",
        )
        .hint("see what is still missing: mainstay bootstrap --print"))
    }

    async fn run(&mut self, sql: &SqlStep) -> Result<()> {
        let password = self.wish.app_password.as_ref();
        let statements =
            sql.statements.iter().map(|statement| password::fill(statement, password::PASSWORD_VARIABLE, password));
        let statements = statements.collect::<Result<Vec<String>>>()?;
        let session = match (&sql.database, &mut self.inside) {
            (Some(_), _) => &mut self.cluster,
            (None, Some(inside)) => inside,
            (None, None) => {
                let message = format!("database {} is not there", self.wish.database);
                return Err(Error::new(ErrorKind::DatabaseMissing, message));
            }
        };
        if sql.transaction {
            return match session.fly(Flight { lead: &statements, ..Flight::default() }).await {
                Err(FlightError::Own(error) | FlightError::Statement(_, error)) => Err(error),
                // Without a guard there is none to fail.
                Ok(()) | Err(FlightError::Guard(_)) => Ok(()),
            };
        }
        for text in &statements {
            session.run(&Statement { text, offset: 0, line: 1, copy_data: None }).await?;
        }
        Ok(())
    }
}

/// Refuses if something is missing now that the plan does not make. That less is missing is fine.
fn refuse_more(plan: &Plan, missing: &[Needed]) -> Result<()> {
    match missing.iter().find(|needed| !plan.steps.contains(&needed.step)) {
        None => Ok(()),
        Some(needed) => Err(Error::new(
            ErrorKind::Refused,
            format!(
                "database {} has changed since the plan was made: it takes a step that the plan does not have ({})",
                plan.database, needed.step.title
            ),
        )
        .hint("make a new plan: mainstay bootstrap --print")),
    }
}

/// Two instances touched the same catalog row. SQLSTATE alone does not say so for the last of them, an internal error.
fn is_collision(error: &Error) -> bool {
    let Some(sql) = error.sql() else { return false };
    match sql.sqlstate.as_str() {
        // unique_violation on a catalog's index, duplicate_object, duplicate_database, serialization and deadlock,
        // object_in_use: template0 while another database is made from it.
        "23505" | "42710" | "42P04" | "40001" | "40P01" | "55006" => true,
        "XX000" => matches!(sql.routine.as_deref(), Some("simple_heap_update" | "simple_heap_delete")),
        _ => false,
    }
}
