//! A clone of a PostgreSQL database: by the server from its files where nobody is connected, else from a dump, on the same
//! server or on a private one.

use std::path::Path;
use std::time::Duration;

use crate::conn::PostgresTarget;
use crate::engine::{self, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::observer::Event;
use crate::plan::{Action, Plan};
use crate::scratch::{Begin, Scratch, ScratchDatabase, ScratchFolder};
use crate::sql::Flavor;
use crate::states::{Reach, reach};
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
    let beyond = beyond(plan)?;
    let facts = alone_if_possible(subject, target).await?;
    let maker = Maker { subject, target, facts: &facts };
    facts.tell(subject, target);
    let (mut because, means) = match (&beyond, options.means) {
        (Some(what), Means::Any | Means::Private) => (Some(what.clone()), Means::Private),
        (Some(what), _) => return Err(never_there(what)),
        (None, means) => (None, means),
    };
    if options.keep && means == Means::Private {
        return Err(cannot_keep(because.as_deref()));
    }
    if means != Means::Private {
        room::check_server(facts.data.as_deref(), facts.bytes)?;
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

/// What the server says, once sessions that have just ended, our own of a moment ago among them, are gone from its list.
async fn alone_if_possible(subject: &Subject<'_>, target: &PostgresTarget) -> Result<Facts> {
    let mut session = engine::postgres::connect(target, subject.context).await?;
    let mut facts = Facts::ask(&mut session, target).await?;
    for _ in 0..LOOKS {
        if facts.others == 0 {
            break;
        }
        tokio::time::sleep(PAUSE).await;
        facts = Facts::ask(&mut session, target).await?;
    }
    Box::new(session).close().await;
    Ok(facts)
}

/// How a clone is made, of a server whose facts are known.
struct Maker<'a> {
    subject: &'a Subject<'a>,
    target: &'a PostgresTarget,
    facts: &'a Facts,
}

impl Maker<'_> {
    /// By the server itself, from a database on which we are not.
    async fn copy(&self) -> Result<Made> {
        let Facts { may_create, may_copy, others, .. } = *self.facts;
        let refused = |message: String| {
            let error = Error::new(ErrorKind::Refused, message);
            Err(error.hint("from a dump instead: mainstay migrate rehearse --clone dump"))
        };
        if !may_create {
            return refused(format!("{} may not make databases", self.target.user));
        }
        if !may_copy {
            return refused(format!("{} does not own {}", self.target.user, self.target.dbname));
        }
        if others > 0 {
            let sessions = if others == 1 { "session is" } else { "sessions are" };
            return refused(format!("{others} other {sessions} connected to it"));
        }
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
        if !self.facts.may_create {
            let message = format!("{} may not make databases", self.target.user);
            return Err(Error::new(ErrorKind::Refused, message)
                .hint("let the role make databases: ALTER ROLE … CREATEDB")
                .hint("or on a private server: mainstay migrate rehearse --clone private"));
        }
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
        self.refill(&admin, server.version, facts.bytes, &options).await?;
        Ok(self.made(Scratch::Server(server.scratch, Box::new(clone)), How::Private, because))
    }

    async fn make(&self, maintenance: &PostgresTarget, begin: Begin<'_>) -> Result<ScratchDatabase> {
        let owner = self.facts.owner.as_deref().filter(|owner| *owner != self.target.user);
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
        Made { scratch, how, because, bytes: Some(self.facts.bytes) }
    }

    fn say(&self, what: &str) {
        self.subject.context.observer.event(Event::Progress { what, done: 0, total: None });
    }
}

/// The statement of `plan` that reaches beyond its database, as a clause; none may be run on the database's own server.
///
/// # Errors
/// [`ErrorKind::Refused`]: one reaches beyond the server, where no clone keeps anybody from harm.
fn beyond(plan: &Plan) -> Result<Option<String>> {
    let mut cluster = None;
    for step in &plan.steps {
        let Action::Sql(sql) = &step.action else { continue };
        for statement in &sql.statements {
            match reach(statement, Flavor::Postgres) {
                Reach::Database => {}
                Reach::Cluster => {
                    cluster.get_or_insert_with(|| format!("{} changes what belongs to the whole server", step.title));
                }
                Reach::World => {
                    let message = format!("{} connects to another server, which no clone keeps from harm", step.title);
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
    use crate::plan::{PlanKind, SqlStep, Step};

    fn plan(statements: &[&str]) -> Plan {
        let sql = SqlStep {
            database: None,
            transaction: true,
            lock_timeout: None,
            statement_timeout: None,
            without_foreign_keys: false,
            statements: statements.iter().map(|sql| (*sql).to_owned()).collect(),
        };
        let step = Step { title: "apply 1_a".into(), action: Action::Sql(sql), risks: Vec::new(), effects: Vec::new() };
        Plan { kind: PlanKind::Migrate, database: "walt".into(), state: String::new(), steps: vec![step] }
    }

    #[test]
    fn what_may_run_on_the_databases_own_server() {
        assert_eq!(beyond(&plan(&["CREATE TABLE a ()", "DROP TABLE b"])).unwrap(), None);
        let said = beyond(&plan(&["CREATE TABLE a ()", "CREATE ROLE reader"])).unwrap();
        assert_eq!(said.as_deref(), Some("apply 1_a changes what belongs to the whole server"));
        let error = beyond(&plan(&["CREATE SUBSCRIPTION s CONNECTION 'c' PUBLICATION p"])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
    }
}
