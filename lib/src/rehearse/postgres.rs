//! A clone of a PostgreSQL database: by the server from its files where nobody is connected, else from a dump, on the same
//! server or on a private one.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::conn::PostgresTarget;
use crate::engine::{self, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::Patient;
use crate::observer::Event;
use crate::plan::{Action, Plan, Step};
use crate::scratch::{Begin, Scratch, ScratchDatabase, ScratchFolder};
use crate::sql::Flavor;
use crate::states::{Known, Reach, Reached};
use crate::tool::{Binaries, dump_custom, find_binaries, restore_custom};

use super::clone::{How, Made};
use super::facts::Facts;
use super::private;
use super::{Means, Options, Subject, room};

/// Sessions that restore at a time, at most.
const JOBS: usize = 4;

/// So often it is asked, after a pause, whether the database's other sessions are gone.
const LOOKS: usize = 5;
const PAUSE: Duration = Duration::from_millis(100);

/// Databases that one can be connected to while another is copied.
const MAINTENANCE: [&str; 2] = ["postgres", "template1"];

/// Clones `target`.
///
/// # Errors
/// It cannot be read whole, there is no room, or no place is to be had.
pub(super) async fn clone(
    subject: &Subject<'_>,
    target: &PostgresTarget,
    plan: &Plan,
    options: Options,
) -> Result<Made> {
    let (facts, mut known) = alone_if_possible(subject, target).await?;
    let maker = Maker { subject, target, facts: &facts };
    facts.tell(subject, target);
    let (mut because, means) = choice(plan, &mut known, options)?;
    if means != Means::Private {
        room::check_server(facts.data.as_deref(), facts.original.bytes)?;
    }
    if matches!(means, Means::Any | Means::Template) {
        match maker.copy().await {
            Err(why) if means == Means::Any => because = Some(why.message().to_owned()),
            made => return made,
        }
    }
    if matches!(means, Means::Any | Means::Dump) {
        match maker.restored_here(because.clone()).await {
            Err(why) if means == Means::Any && !options.keep && private_may_do(&why) => {
                because = Some(with_cause(&why));
            }
            made => return made,
        }
    }
    maker.restored_privately(because).await
}

/// The ways that are left for `plan` on a database that has `known` defined, and why some are not.
fn choice(plan: &Plan, known: &mut Known, options: Options) -> Result<(Option<String>, Means)> {
    let (because, means) = match (beyond(plan, known)?, options.means) {
        (Some(what), Means::Any | Means::Private) => (Some(what), Means::Private),
        (Some(what), _) => return Err(never_there(&what)),
        (None, means) => (None, means),
    };
    if options.keep && means == Means::Private {
        return Err(cannot_keep(because.as_deref()));
    }
    Ok((because, means))
}

/// How [`clone`] would make one, why not in a quicker way, and the database's size in bytes.
///
/// # Errors
/// As [`clone`], as far as that can be known before.
pub(super) async fn ahead(
    subject: &Subject<'_>,
    target: &PostgresTarget,
    plan: &Plan,
    options: Options,
) -> Result<(How, Option<String>, Option<u64>)> {
    let (facts, mut known) = alone_if_possible(subject, target).await?;
    let (because, means) = choice(plan, &mut known, options)?;
    let maker = Maker { subject, target, facts: &facts };
    if means != Means::Private {
        room::check_server(facts.data.as_deref(), facts.original.bytes)?;
    }
    let (how, because) = match means {
        Means::Private => (How::Private, because),
        Means::Template => (How::Template, maker.refuse_copy().map(|()| None)?),
        Means::Dump => (How::Dump, maker.refuse_making().map(|()| None)?),
        Means::Any => match (maker.refuse_copy(), maker.refuse_making()) {
            (Ok(()), _) => (How::Template, None),
            (Err(why), Ok(())) => (How::Dump, Some(why.message().to_owned())),
            (_, Err(why)) => (How::Private, Some(why.message().to_owned())),
        },
    };
    Ok((how, because, Some(facts.original.bytes)))
}

/// Lets `session` wait for no lock longer than migrations do: what it asks is worth no queue behind it.
pub(super) async fn step_back(session: &mut dyn Session, subject: &Subject<'_>) -> Result<()> {
    let millis = subject.rules.lock_timeout.as_millis();
    session.query(&format!("SET lock_timeout = {millis}")).await.map(drop)
}

/// What the server says, once sessions that have just ended, our own of a moment ago among them, are gone from its list; and
/// what code the database has.
async fn alone_if_possible(subject: &Subject<'_>, target: &PostgresTarget) -> Result<(Facts, Known)> {
    let mut session = engine::postgres::connect(target, subject.context).await?;
    let asked = ask(subject, target, &mut session).await;
    Box::new(session).close().await;
    asked
}

async fn ask(subject: &Subject<'_>, target: &PostgresTarget, session: &mut dyn Session) -> Result<(Facts, Known)> {
    step_back(session, subject).await?;
    let started = Instant::now();
    let mut looks = 0;
    loop {
        let found = match Known::of(session).await {
            Ok(known) => Facts::ask(session, target).await.map(|facts| (facts, known)),
            Err(error) => Err(error),
        };
        match found {
            Ok((facts, _)) if facts.original.others > 0 && looks < LOOKS => looks += 1,
            Err(error) if error.sqlstate() == Some("55P03") => {
                let who = Patient::new(session, Duration::ZERO, &subject.context.observer).in_the_way().await;
                if started.elapsed() > subject.rules.lock_patience {
                    return Err(error
                        .context(format!("{} cannot be looked at: a table is locked against all others", target.dbname))
                        .hint(format!("a lock is held by {who}")));
                }
                let reason = format!("a lock is held by {who}");
                subject.context.observer.event(Event::Waiting { reason: &reason });
            }
            found => return found,
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// How a clone is made, of a server whose facts are known.
struct Maker<'a> {
    subject: &'a Subject<'a>,
    target: &'a PostgresTarget,
    facts: &'a Facts,
}

impl Maker<'_> {
    /// # Errors
    /// [`ErrorKind::Refused`]: the server will not copy the database for us.
    fn refuse_copy(&self) -> Result<()> {
        let refused = self.facts.original.refuse_copy();
        refused.map_err(|error| error.hint("from a dump instead: mainstay migrate rehearse --clone dump"))
    }

    /// # Errors
    /// [`ErrorKind::Refused`]: we may make no database there.
    fn refuse_making(&self) -> Result<()> {
        if self.facts.original.may_create {
            return Ok(());
        }
        let message = format!("{} may not make databases", self.target.user);
        Err(Error::new(ErrorKind::Refused, message)
            .hint("let the role make databases: ALTER ROLE … CREATEDB")
            .hint("or on a private server: mainstay migrate rehearse --clone private"))
    }

    /// By the server itself, from a database on which we are not.
    async fn copy(&self) -> Result<Made> {
        self.refuse_copy()?;
        let mut tried = Err(Error::new(ErrorKind::Refused, "there is no other database to be connected to meanwhile"));
        for name in MAINTENANCE.into_iter().filter(|name| *name != self.target.dbname) {
            let maintenance = PostgresTarget { dbname: name.to_owned(), ..self.target.clone() };
            let begin = Begin::Copy(&self.target.dbname);
            tried = self.make(&maintenance, begin).await;
            if tried.as_ref().err().and_then(Error::sqlstate) != Some("42501") {
                break;
            }
        }
        let scratch = tried?;
        Ok(self.made(Scratch::Database(Box::new(scratch)), How::Template, None))
    }

    /// From a dump, into a scratch database on the same server.
    async fn restored_here(&self, because: Option<String>) -> Result<Made> {
        self.refuse_making()?;
        let scratch = self.make(self.target, Begin::Like(&self.target.dbname)).await?;
        match self.refill(scratch.target(), self.facts.version, 0, &["--no-subscriptions"]).await {
            Ok(()) => Ok(self.made(Scratch::Database(Box::new(scratch)), How::Dump, because)),
            Err(error) => scratch.remove().await.and(Err(error)),
        }
    }

    /// From a dump, into a database of the same name on a private server, as its superuser.
    async fn restored_privately(&self, because: Option<String>) -> Result<Made> {
        let Self { subject, target, facts } = *self;
        let (server, clone) = private::furnish(subject, target, facts.version).await?;
        let admin = PostgresTarget { dbname: clone.dbname.clone(), ..server.target("postgres", "postgres") };
        let options = ["--no-tablespaces", "--no-subscriptions"];
        self.refill(&admin, server.version, facts.original.bytes, &options).await?;
        Ok(self.made(Scratch::Server(server.scratch, Box::new(clone)), How::Private, because))
    }

    async fn make(&self, maintenance: &PostgresTarget, begin: Begin<'_>) -> Result<ScratchDatabase> {
        let owner = self.facts.original.other_owner();
        self.say("cloning the database");
        let maintenance = aware(maintenance, self.facts.version);
        ScratchDatabase::begin(&maintenance, owner, begin, self.subject.context).await
    }

    /// Dumps the database and restores it into `clone`, on a server of version `into`; `data` bytes will lie among the
    /// temporary files.
    async fn refill(&self, clone: &PostgresTarget, into: u32, data: u64, options: &[&str]) -> Result<()> {
        let Self { subject, target, facts } = *self;
        room::check_temporary(subject.temporary, facts.tables, data)?;
        let binaries = [fitting(subject.search_path, facts.version, into)?];
        let folder = ScratchFolder::create(subject.temporary)?;
        let dump: &Path = &folder.path().join("clone.dump");
        self.say("dumping the database");
        dump_custom(target, facts.version, &binaries, dump, "dump", &subject.context.observer).await?;
        self.say("restoring the dump into the clone");
        let jobs = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(JOBS));
        let restored = restore_custom(clone, into, &binaries, dump, jobs, options).await;
        restored.map_err(|error| error.context("the dump could not be restored into a clone"))
    }

    fn made(&self, scratch: Scratch, how: How, because: Option<String>) -> Made {
        Made { scratch, how, because, bytes: Some(self.facts.original.bytes) }
    }

    fn say(&self, what: &str) {
        self.subject.context.observer.event(Event::Progress { what, done: 0, total: None });
    }
}

/// The statement of `plan` that reaches beyond its database, which has `known` defined, as a clause; none may be run on the
/// database's own server.
///
/// # Errors
/// [`ErrorKind::Refused`]: one reaches beyond the server, where no clone keeps anybody from harm.
fn beyond(plan: &Plan, known: &mut Known) -> Result<Option<String>> {
    let statements = |step: &Step| match &step.action {
        Action::Sql(sql) => sql.statements.clone(),
        _ => Vec::new(),
    };
    plan.steps.iter().flat_map(statements).for_each(|statement| known.learn(&statement));
    let mut cluster = None;
    for step in &plan.steps {
        for statement in statements(step) {
            let Reached { reach, through } = known.reach(&statement, Flavor::Postgres);
            match reach {
                Reach::Database => {}
                Reach::Cluster => {
                    let what = format!("{} changes what belongs to the whole server ({through})", step.title);
                    cluster.get_or_insert(what);
                }
                Reach::World => {
                    let message = format!(
                        "{} reaches another server, a program or a file ({through}), which no clone keeps from harm",
                        step.title
                    );
                    return Err(Error::new(ErrorKind::Refused, message)
                        .hint("rehearse up to the version before it: mainstay migrate rehearse --to VERSION"));
                }
            }
        }
    }
    Ok(cluster)
}

fn never_there(what: &str) -> Error {
    Error::new(ErrorKind::Refused, format!("{what}, so that it may not be rehearsed on the database's own server"))
        .hint("on a private server: mainstay migrate rehearse --clone private")
}

fn cannot_keep(because: Option<&str>) -> Error {
    let why = because.map(|because| format!(": {because}")).unwrap_or_default();
    Error::new(ErrorKind::Refused, format!("a clone on a private server ends with it and cannot be kept{why}"))
        .hint("leave out --keep")
}

/// Whether it failed for what a private server has: every right, every role.
fn private_may_do(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Refused | ErrorKind::Program)
        || matches!(error.sqlstate(), Some("42501" | "25006" | "0A000"))
}

fn with_cause(error: &Error) -> String {
    let first = error.causes().into_iter().next_back();
    let line =
        first.as_deref().and_then(|cause| cause.lines().find(|line| line.contains("error:")).or(cause.lines().next()));
    line.map_or_else(|| error.message().to_owned(), |line| format!("{}: {line}", error.message()))
}

/// The programs for a dump of a server of version `from` that goes into one of version `into`: what is nearest to both, for
/// newer programs say things that an older server does not understand.
fn fitting(search_path: &str, from: u32, into: u32) -> Result<Binaries> {
    let found = find_binaries(search_path, &["pg_dump", "pg_restore"])?;
    let least = from.max(into) / 10_000;
    let newest = found.first().cloned();
    let nearest = found.into_iter().rev().find(|binaries| binaries.major >= least).or(newest);
    nearest.ok_or_else(|| Error::new(ErrorKind::Program, "pg_dump is not on this machine"))
}

/// The same target, whose sessions end when we do: a killed rehearsal holds nothing up.
fn aware(target: &PostgresTarget, version: u32) -> PostgresTarget {
    let mut target = target.clone();
    if version >= 140_000 && cfg!(target_os = "linux") && target.via.is_none() {
        target.settings.push(("client_connection_check_interval".into(), "1000".into()));
    }
    target
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{PlanKind, SqlStep};

    fn plan(statements: &[&str]) -> Plan {
        let sql = SqlStep::new(statements.iter().map(|sql| (*sql).to_owned()).collect());
        let step = Step::new("apply 1_a", Action::Sql(sql));
        Plan { kind: PlanKind::Migrate, database: "walt".into(), state: String::new(), steps: vec![step] }
    }

    #[test]
    fn what_may_run_on_the_databases_own_server() {
        let beyond = |statements: &[&str]| beyond(&plan(statements), &mut Known::default());
        assert_eq!(beyond(&["CREATE TABLE a ()", "DROP TABLE b"]).unwrap(), None);
        let said = beyond(&["CREATE TABLE a ()", "CREATE ROLE reader"]).unwrap();
        assert_eq!(said.as_deref(), Some("apply 1_a changes what belongs to the whole server (CREATE ROLE)"));
        let error = beyond(&["CREATE SUBSCRIPTION s CONNECTION 'c' PUBLICATION p"]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
    }
}
