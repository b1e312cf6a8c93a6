//! Writing the ledger.

use std::sync::Arc;
use std::time::Instant;

use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::ledger::{self, Entry};
use crate::migrate::{Folder, Migrator, refuse};
use crate::observer::Event;

use super::plan::{own_state, plan};
use super::{Adoption, Grounds, Subject};

/// Writes what `adoption` plans, in one transaction under the migration lock, with a line in the journal that says on what
/// `grounds`.
///
/// # Errors
/// [`ErrorKind::Refused`]: ledgers or files have changed since it was planned. Otherwise the ledger cannot be written; nothing
/// of it is then.
pub async fn apply(
    subject: &Subject<'_>,
    session: &mut dyn Session,
    folder: &Folder,
    adoption: &Adoption,
    grounds: Grounds<'_>,
) -> Result<()> {
    if adoption.plan.is_empty() {
        return Ok(());
    }
    migrator(subject, session, folder).lock().await?;
    let done = apply_locked(subject, session, folder, adoption, grounds).await;
    migrator(subject, session, folder).unlock().await;
    done
}

async fn apply_locked(
    subject: &Subject<'_>,
    session: &mut dyn Session,
    folder: &Folder,
    adoption: &Adoption,
    grounds: Grounds<'_>,
) -> Result<()> {
    let started = Instant::now();
    let now = plan(subject, session, folder, &adoption.request).await?;
    if now.plan != adoption.plan {
        return Err(Error::new(ErrorKind::Refused, "the ledgers or the files have changed since this was planned")
            .hint("mainstay migrate adopt"));
    }
    for step in &adoption.plan.steps {
        subject.context.observer.event(Event::StepStarted { title: &step.title });
    }
    let entry = Entry {
        action: "migrate adopt".to_owned(),
        detail: detail(adoption, grounds),
        host: subject.rules.host.clone(),
        seconds: started.elapsed().as_secs_f64(),
        result: "ok".to_owned(),
    };
    let journal = ledger::journal_insert(session.flavor(), &entry);
    migrator(subject, session, folder).write_ledger(&adoption.plan, &[journal]).await?;
    for step in &adoption.plan.steps {
        subject.context.observer.event(Event::StepDone { title: &step.title, took: started.elapsed() });
    }
    refuse(&own_state(subject, session, folder).await?.problems)
}

fn migrator<'a>(subject: &'a Subject<'_>, session: &'a mut dyn Session, folder: &'a Folder) -> Migrator<'a> {
    Migrator::new(session, folder, subject.rules, Arc::clone(&subject.context.observer))
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
