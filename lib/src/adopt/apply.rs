//! Writing the ledger.

use std::sync::Arc;
use std::time::Instant;

use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::ledger::{self, Entry};
use crate::migrate::{Folder, Migrator, refuse};
use crate::observer::Event;
use crate::states::States;

use super::plan::{own_state, plan};
use super::{Adoption, Grounds};

/// Writes what `adoption` plans, in one transaction under the migration lock, with a line in the journal that says on what
/// `grounds`.
///
/// # Errors
/// [`ErrorKind::Refused`]: ledgers or files have changed since it was planned. Otherwise the ledger cannot be written; nothing
/// of it is then.
pub async fn apply(
    states: &States,
    session: &mut dyn Session,
    folder: &Folder,
    adoption: &Adoption,
    grounds: Grounds<'_>,
) -> Result<()> {
    if adoption.plan.is_empty() {
        return Ok(());
    }
    migrator(states, session, folder).lock().await?;
    let done = apply_locked(states, session, folder, adoption, grounds).await;
    migrator(states, session, folder).unlock().await;
    done
}

async fn apply_locked(
    states: &States,
    session: &mut dyn Session,
    folder: &Folder,
    adoption: &Adoption,
    grounds: Grounds<'_>,
) -> Result<()> {
    let started = Instant::now();
    let now = plan(states, session, folder, &adoption.request).await?;
    if now.plan != adoption.plan {
        return Err(Error::new(ErrorKind::Refused, "the ledgers or the files have changed since this was planned")
            .hint("mainstay migrate adopt"));
    }
    for step in &adoption.plan.steps {
        states.context.observer.event(Event::StepStarted { title: &step.title });
    }
    let entry = Entry {
        action: "migrate adopt".to_owned(),
        detail: detail(adoption, grounds),
        host: states.rules.host.clone(),
        seconds: started.elapsed().as_secs_f64(),
        result: "ok".to_owned(),
    };
    let journal = ledger::journal_insert(session.flavor(), &entry);
    migrator(states, session, folder).write_ledger(&adoption.plan, &[journal]).await?;
    for step in &adoption.plan.steps {
        states.context.observer.event(Event::StepDone { title: &step.title, took: started.elapsed() });
    }
    refuse(&own_state(states, session, folder).await?.problems)
}

fn migrator<'a>(states: &'a States, session: &'a mut dyn Session, folder: &'a Folder) -> Migrator<'a> {
    Migrator::new(session, folder, &states.rules, Arc::clone(&states.context.observer))
}

/// `20260101000000 20260102000000; from alembic_version; proven`.
fn detail(adoption: &Adoption, grounds: Grounds<'_>) -> String {
    let versions: Vec<&str> = adoption.missing.iter().map(|version| version.as_str()).collect();
    let from = adoption.from.as_ref().map_or_else(|| "as told".to_owned(), |origin| format!("from {}", origin.table));
    let proof = match grounds {
        Grounds::Proven(_) => "proven",
        Grounds::Told => "unproven",
    };
    format!("{}; {from}; {proof}", versions.join(" "))
}
