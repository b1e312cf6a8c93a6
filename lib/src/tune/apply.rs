//! Setting it: all of it, or nothing; and looking whether it is so.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::now::{Now, written};
use super::plan::{TunePlan, same, state};
use super::record::{self, Remembered};
use super::trial::Trial;
use crate::engine::{Session, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::ledger::Entry;
use crate::observer::{Event, Observer};
use crate::plan::{Action, Plan};
use crate::sql::{ident, literal};

/// The sessions that it takes: ALTER SYSTEM is a superuser's, and the ledger is the owner's.
pub struct Hands<'a> {
    /// A superuser's.
    pub admin: &'a mut dyn Session,
    /// The owner's, on the service's database.
    pub owner: &'a mut dyn Session,
    /// Hears what is done.
    pub observer: &'a dyn Observer,
    /// This machine's name, for the journal.
    pub host: &'a str,
}

/// A setting after it was set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Set {
    /// Its name.
    pub name: String,
    /// What it was set to.
    pub to: String,
    /// Since when that holds.
    pub holds: Holds,
}

/// Since when a value holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holds {
    /// Already.
    Now,
    /// From the next start of the server on.
    AfterRestart,
    /// Not at all: this goes before it, `command line`.
    Overruled(String),
}

/// How long the server may take to read its configuration again.
const PATIENCE: Duration = Duration::from_secs(5);

const PAUSE: Duration = Duration::from_millis(50);

/// Sets what `plan` says by ALTER SYSTEM, has the server read it, and looks. What was set before is written down first, so that
/// [`reset`](super::reset) brings it back.
///
/// # Errors
/// [`ErrorKind::Refused`] before anything is set: the settings are not those of the plan, nobody has tried it and `untried` is not
/// given, or the role is no superuser. A statement fails: what was set is taken back.
pub async fn apply(hands: Hands<'_>, plan: &TunePlan, untried: bool) -> Result<Vec<Set>> {
    let started = Instant::now();
    let Hands { admin, owner, observer, host } = hands;
    refuse(admin, owner).await?;
    if let (Trial::NotMade(why), false) = (&plan.trial, untried) {
        return Err(Error::new(
            ErrorKind::Refused,
            format!("nobody has tried whether the server starts with these settings: {why}"),
        )
        .hint("install the server's programs here, or go on without: --untried"));
    }
    if state(&Now::read(admin).await?, &plan.own) != plan.plan.state {
        return Err(Error::new(ErrorKind::Refused, "the server's settings are not those that this plan was made for")
            .hint("nothing was set; look at it again: mainstay tune plan"));
    }
    let names: Vec<&str> = plan.changes.iter().map(|change| change.name).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let before = written(admin, &names).await?;
    let mut remembered = record::read(owner).await?;
    for change in &plan.changes {
        let set = change.proposed.to_string();
        let first = || Remembered { before: before.get(change.name).cloned(), set: Vec::new() };
        let one = remembered.entry(change.name.to_owned()).or_insert_with(first);
        one.set.retain(|known| *known != set);
        one.set.push(set);
    }
    record::write(owner, &remembered, None).await?;
    run(admin, &plan.plan, &before, observer).await?;
    let set = settled(admin, plan).await?;
    let told: Vec<String> = set.iter().map(|one| format!("{} {}", one.name, one.to)).collect();
    record::write(owner, &remembered, Some(&entry("tune apply", told.join(", "), host, started))).await?;
    Ok(set)
}

/// Whether these sessions can do it.
pub(super) async fn refuse(admin: &mut dyn Session, owner: &mut dyn Session) -> Result<()> {
    if admin.server().standby {
        return Err(Error::new(
            ErrorKind::Refused,
            "this server is a standby, and what was set before cannot be written down in it",
        )
        .hint("set it by hand: mainstay tune plan --format conf >>postgresql.conf"));
    }
    let by_hand = "or have somebody write it into postgresql.conf: mainstay tune plan --format conf";
    if !admin.server().superuser {
        let message = format!("role {} is no superuser, and ALTER SYSTEM is a superuser's", admin.server().user);
        return Err(Error::new(ErrorKind::Refused, message).hint("connect as one: -U postgres").hint(by_hand));
    }
    let allowed = owner.query("SELECT pg_catalog.current_setting('allow_alter_system', true)").await?;
    if first_cell(&allowed) == Some("off") {
        return Err(Error::new(ErrorKind::Refused, "this server takes no ALTER SYSTEM (allow_alter_system is off)")
            .hint(by_hand));
    }
    Ok(())
}

/// Runs the statements of `plan`; when one fails, what was set gets the value that it had, `before`.
pub(super) async fn run(
    admin: &mut dyn Session,
    plan: &Plan,
    before: &BTreeMap<String, String>,
    observer: &dyn Observer,
) -> Result<()> {
    let mut done: Vec<&str> = Vec::new();
    for step in &plan.steps {
        let Action::Sql(sql) = &step.action else { continue };
        let started = Instant::now();
        observer.event(Event::StepStarted { title: &step.title });
        for statement in &sql.statements {
            if let Err(error) = admin.query(statement).await {
                let back = take_back(admin, &done, before).await;
                let error = error.context(format!("cannot {}", step.title));
                return Err(match back {
                    Ok(()) => error.hint("what was set before it was taken back: nothing has changed"),
                    Err(_) => error.hint(format!("{} stay set; take them back: mainstay tune reset", done.join(", "))),
                });
            }
            done.extend(changed_name(statement));
        }
        observer.event(Event::StepDone { title: &step.title, took: started.elapsed() });
    }
    Ok(())
}

/// The setting that a statement of ours changes.
fn changed_name(statement: &str) -> Option<&str> {
    let rest = statement.strip_prefix("ALTER SYSTEM SET ").or_else(|| statement.strip_prefix("ALTER SYSTEM RESET "))?;
    rest.split(' ').next()
}

async fn take_back(admin: &mut dyn Session, names: &[&str], before: &BTreeMap<String, String>) -> Result<()> {
    for name in names {
        admin.query(&setting_back(name, before.get(*name).map(String::as_str))).await?;
    }
    admin.query("SELECT pg_catalog.pg_reload_conf()").await.map(drop)
}

/// The statement that gives a setting the value that ALTER SYSTEM gave it before, or none.
pub(super) fn setting_back(name: &str, before: Option<&str>) -> String {
    match before {
        Some(value) => format!("ALTER SYSTEM SET {} = {}", ident(name), literal(value)),
        None => format!("ALTER SYSTEM RESET {}", ident(name)),
    }
}

/// Since when each value holds, once the server has read its configuration.
async fn settled(admin: &mut dyn Session, plan: &TunePlan) -> Result<Vec<Set>> {
    let begun = Instant::now();
    loop {
        let now = Now::read(admin).await?;
        let set: Vec<Set> = plan
            .changes
            .iter()
            .map(|change| {
                let holds = match now.settings.get(change.name) {
                    Some(setting) if setting.source == "command line" => Holds::Overruled(setting.source.clone()),
                    _ if now.amount(change.name).is_some_and(|amount| same(amount, change.proposed)) => Holds::Now,
                    Some(setting) if setting.pending => Holds::AfterRestart,
                    other => Holds::Overruled(other.map(|setting| setting.source.clone()).unwrap_or_default()),
                };
                Set { name: change.name.to_owned(), to: change.proposed.to_string(), holds }
            })
            .collect();
        let waits = set.iter().any(|one| matches!(&one.holds, Holds::Overruled(by) if by != "command line"));
        if !waits || begun.elapsed() > PATIENCE {
            return Ok(set);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

pub(super) fn entry(action: &str, detail: String, host: &str, started: Instant) -> Entry {
    Entry {
        action: action.to_owned(),
        detail,
        host: host.to_owned(),
        seconds: started.elapsed().as_secs_f64(),
        result: "ok".to_owned(),
    }
}
