//! Carrying a plan out.

use std::time::Instant;

use crate::conn::{PostgresTarget, Target};
use crate::engine::{Context, Session, connect};
use crate::error::{Error, ErrorKind, Result};
use crate::observer::Event;
use crate::scratch::{Begin, ScratchDatabase};
use crate::sql::ident;

use super::backup::Backup;
use super::birth;
use super::check::{self, Compared};
use super::crew::Tally;
use super::decide::{decide, decide_script};
use super::decision::{Decision, RestorePlan};
use super::fill::{DEFAULT_PATH, crew, fill, perform, taken, work};
use super::options::{Options, Way};
use super::perform::Performance;
use super::reach::{self, Makers, Servers};
use super::restored::Restored;
use super::swap::{self, Newborn};
use super::{clean, existing, session};

/// What restoring `backup` will do.
///
/// # Errors
/// It will not do: something is missing or in the way. Nothing is changed.
pub async fn plan(backup: &mut Backup, options: &Options, servers: &Servers<'_>) -> Result<RestorePlan> {
    let decided = decision(backup, options, servers).await?;
    decided.making.check(servers).await?;
    if !matches!(decided.way, Way::InPlace(_)) {
        let name = &servers.target.dbname;
        let instead = format!("or restore into the database as it is: mainstay restore --in-place --confirm {name}");
        reach::makers(servers).await.map_err(|error| error.hint(instead))?;
    }
    Ok(decided.plan)
}

/// Restores `backup` as `plan` says.
///
/// # Errors
/// The state has changed since the plan was made, or a step fails. What was made is gone again, and the old database is as it
/// was.
pub async fn restore(
    backup: &mut Backup,
    plan: &RestorePlan,
    options: &Options,
    servers: &Servers<'_>,
) -> Result<Restored> {
    let began = Instant::now();
    let decision = decision(backup, options, servers).await?;
    if decision.plan.state != plan.state {
        return Err(Error::new(ErrorKind::Refused, "the server has changed since the plan was made")
            .hint("make a new plan: mainstay restore --dry-run"));
    }
    options.consent.check(decision.plan.asks, &decision.plan.database)?;
    decision.making.make(servers).await?;
    match carried_out(backup, &decision, options, servers).await {
        Ok(tally) => Ok(Restored::of(&decision, &tally, began)),
        Err(error) => Err(decision.making.unmake(servers, error).await),
    }
}

async fn carried_out(backup: &Backup, decision: &Decision, options: &Options, servers: &Servers<'_>) -> Result<Tally> {
    let tally = match &decision.way {
        Way::InPlace(name) => in_place(backup, decision, options, servers, name).await?,
        Way::New(name) | Way::Swap(name) => anew(backup, decision, options, servers, name).await?,
        Way::Scratch => filled(backup, decision, options, servers).await?.gone(servers.context).await,
    };
    match tally.compared.values().find_map(Compared::mismatch) {
        Some(mismatch) => Err(check::refused(mismatch)),
        None => Ok(tally),
    }
}

pub(super) async fn decision(backup: &mut Backup, options: &Options, servers: &Servers<'_>) -> Result<Decision> {
    let mut session = reach::any(servers).await?;
    let decided = decided(backup, options, servers.target, session.as_mut()).await;
    session.close().await;
    decided
}

async fn decided(
    backup: &mut Backup,
    options: &Options,
    target: &PostgresTarget,
    session: &mut dyn Session,
) -> Result<Decision> {
    let archive = match backup {
        Backup::Archive(archive) => archive,
        Backup::Plain(plain) => return decide_script(plain, options, target, session).await,
    };
    archive.turn(session).await?;
    if options.roles {
        archive.read_globals().await?;
    }
    decide(archive, options, target, session).await
}

/// A scratch database that was filled.
pub(super) struct Filled {
    scratch: ScratchDatabase,
    maintenance: PostgresTarget,
    /// As the role that restores.
    pub(super) target: PostgresTarget,
    tally: Tally,
}

impl Filled {
    /// Drops it. What was found out counts whatever becomes of it: what cannot be dropped now is swept away by the next run.
    pub(super) async fn gone(self, context: &Context) -> Tally {
        let name = self.target.dbname;
        if let Err(error) = self.scratch.remove().await {
            let message = format!("the scratch database {name} could not be dropped: {}", error.one_line());
            context.observer.event(Event::Warning { message: &message });
        }
        self.tally
    }
}

/// Into a scratch database; where that fails, it is dropped.
pub(super) async fn filled(
    backup: &Backup,
    decision: &Decision,
    options: &Options,
    servers: &Servers<'_>,
) -> Result<Filled> {
    let Makers { maintenance, version, .. } = reach::makers(servers).await?;
    let clause = match backup {
        Backup::Archive(archive) => birth::clause(Some(&archive.toc), &archive.encoding(), &options.birth, version),
        Backup::Plain(plain) => {
            birth::clause(None, plain.survey.encoding.as_deref().unwrap_or("UTF8"), &options.birth, version)
        }
    };
    let made = ScratchDatabase::begin(&maintenance, Some(&decision.owner), Begin::With(&clause), servers.context).await;
    let scratch = made.map_err(|error| reach::not_made(error, &maintenance))?;
    let target = PostgresTarget { dbname: scratch.target().dbname.clone(), ..servers.target.clone() };
    let filled = match backup {
        Backup::Archive(archive) => fill(archive, decision, options, servers, &target).await,
        Backup::Plain(plain) => perform(plain, decision, servers, &target).await,
    };
    match filled {
        Ok(tally) => Ok(Filled { scratch, maintenance, target, tally }),
        Err(error) => {
            // The failure is what is to be told; what cannot be dropped now is swept away by the next run.
            let _ = scratch.remove().await;
            Err(error)
        }
    }
}

/// Into a scratch database, which gets its name at the end.
async fn anew(
    backup: &Backup,
    decision: &Decision,
    options: &Options,
    servers: &Servers<'_>,
    name: &str,
) -> Result<Tally> {
    let undone = |error: Error| error.hint("nothing was changed: what had been restored is dropped again");
    let filled = filled(backup, decision, options, servers).await.map_err(undone)?;
    let scratch = filled.target.dbname.as_str();
    let comment = match backup {
        Backup::Archive(archive) if options.only.is_empty() => birth::comment(&archive.toc, scratch),
        _ => None,
    };
    // Without one of its own it loses the comment that says it is a scratch database.
    let comment = comment.unwrap_or_else(|| format!("COMMENT ON DATABASE {} IS NULL", ident(scratch)));
    let newborn = Newborn { scratch, comment, name, kept: decision.plan.kept.as_deref() };
    let swapped = named(&filled.maintenance, servers.context, &newborn).await;
    // Where it has got its name, there is no scratch database of the other name any more.
    let tally = filled.gone(servers.context).await;
    match swapped {
        Ok(()) => Ok(tally),
        // Nobody has heard whether the server was done.
        Err(error) if error.kind() == ErrorKind::ConnectionLost => {
            Err(error.hint("see which one has the name now: mainstay status"))
        }
        Err(error) => Err(undone(error)),
    }
}

pub(super) async fn named(maintenance: &PostgresTarget, context: &Context, newborn: &Newborn<'_>) -> Result<()> {
    let maintenance = Target::Postgres(maintenance.clone());
    let (mut session, mut ender) = (connect(&maintenance, context).await?, connect(&maintenance, context).await?);
    let swapped = swap::swap(session.as_mut(), ender.as_mut(), newborn).await;
    session.close().await;
    ender.close().await;
    swapped
}

/// Into the database `name` as it is: one session, one transaction.
async fn in_place(
    backup: &Backup,
    decision: &Decision,
    options: &Options,
    servers: &Servers<'_>,
    name: &str,
) -> Result<Tally> {
    let target = PostgresTarget { dbname: name.to_owned(), ..servers.target.clone() };
    let ours = matches!(backup, Backup::Archive(archive) if archive.manifest.is_some());
    let mut session = session::open(&target, decision.act_as.as_deref(), 1, ours, servers.context).await?;
    session.query("BEGIN").await?;
    if options.only.is_empty() {
        clean::clean(session.as_mut(), options.clean, &decision.plan.archive).await?;
    } else {
        existing::refuse(session.as_mut(), &decision.selection).await?;
    }
    let mut sessions = [session];
    let done = match backup {
        Backup::Archive(archive) => {
            let crew = crew(archive, decision, servers, true);
            work(&crew, decision, &mut sessions).await.map(|()| taken(crew))
        }
        Backup::Plain(plain) => {
            sessions[0].query(DEFAULT_PATH).await?;
            let (manner, context) = (&decision.manner, servers.context);
            let performance = Performance { plain, manner, context, one_transaction: true };
            performance.run(sessions[0].as_mut()).await
        }
    };
    let tally = done.map_err(|error| error.hint("nothing was changed: it was one transaction"))?;
    let [mut session] = sessions;
    session.query("COMMIT").await.map_err(|error| match error.kind() {
        // Nobody has heard whether the server was done.
        ErrorKind::ConnectionLost => error.hint("see whether it has what was restored: mainstay status"),
        _ => error,
    })?;
    session.close().await;
    Ok(tally)
}
