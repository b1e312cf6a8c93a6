//! Loading files of SQL into an empty database, in whatever order they stand: what fails for an object that is not there yet is
//! tried again after the rest, until nothing moves any more.

use crate::dialect::{Script, needs_no_transaction};
use crate::engine::{Flight, Session};
use crate::error::{Error, Result};
use crate::observer::{Event, Observer};
use crate::sql::{Flavor, Statement, words};

use super::roles::is_missing_role;
use super::stage::Home;
use super::units::{Sorted, Unit, is_rows};

/// So many statements go out as one transaction: enough to be quick, few enough for the server's table of locks.
const FLIGHT: usize = 200;

/// SQLSTATEs of what may be there later: undefined table, function, object, schema, column; no unique constraint for a foreign
/// key to point at. Source: PostgreSQL documentation, "PostgreSQL Error Codes".
const NOT_YET: [&str; 6] = ["42P01", "42883", "42704", "3F000", "42703", "42830"];

/// A unit of the script with that number.
#[derive(Clone)]
struct Waiting {
    script: usize,
    unit: Unit,
}

/// A unit that did not load, the statement that failed in it, and why.
struct Failed {
    waiting: Waiting,
    statement: usize,
    error: Error,
}

/// Loads `scripts` through `session`, which is `home` at first and in the end.
///
/// # Errors
/// A statement fails for good: with its place, and with those of the others that wait in vain.
pub(super) async fn load(
    session: &mut dyn Session,
    scripts: &[Script],
    home: &Home,
    observer: &dyn Observer,
) -> Result<()> {
    let flavor = session.flavor();
    let sorted = scripts.iter().map(|script| Sorted::new(script, flavor)).collect::<Result<Vec<_>>>()?;
    say_rows(&sorted, observer);
    let units = |(script, sorted): (usize, &Sorted<'_>)| {
        sorted.units.iter().map(move |unit| Waiting { script, unit: unit.clone() }).collect::<Vec<_>>()
    };
    let mut waiting: Vec<Waiting> = sorted.iter().enumerate().flat_map(units).collect();
    let mut loader = Loader { session, flavor, sorted: &sorted, home, at: None, observer };
    while !waiting.is_empty() {
        let failed = loader.pass(&waiting).await?;
        if failed.len() == waiting.len() {
            return Err(in_vain(&sorted, failed));
        }
        waiting = failed.into_iter().map(|failed| failed.waiting).collect();
    }
    loader.go_home().await
}

fn say_rows(sorted: &[Sorted<'_>], observer: &dyn Observer) {
    let rows: usize = sorted.iter().map(|sorted| sorted.rows).sum();
    let message = match rows {
        0 => return,
        1 => "1 statement that brings rows was passed over: only the schema is loaded".to_owned(),
        _ => format!("{rows} statements that bring rows were passed over: only the schema is loaded"),
    };
    observer.event(Event::Warning { message: &message });
}

struct Loader<'a> {
    session: &'a mut dyn Session,
    flavor: Flavor,
    sorted: &'a [Sorted<'a>],
    home: &'a Home,
    /// Whose settings the session has, and how many of them.
    at: Option<(usize, usize)>,
    observer: &'a dyn Observer,
}

impl<'a> Loader<'a> {
    /// Tries every unit once, in order; returns those that may load later.
    async fn pass(&mut self, waiting: &[Waiting]) -> Result<Vec<Failed>> {
        let mut failed = Vec::new();
        let mut rest = waiting;
        while let Some(first) = rest.first() {
            let (script, settings) = (first.script, first.unit.settings);
            let same = |one: &&Waiting| one.script == script && one.unit.settings == settings && self.may_fly(one);
            let together = rest.iter().take(FLIGHT).take_while(same).count().max(1);
            let (batch, after) = rest.split_at(together);
            rest = after;
            self.prepare(script, settings).await?;
            if batch.len() > 1 && self.fly(batch).await {
                continue;
            }
            for one in batch {
                match self.with_roles(one).await? {
                    Err(broken) if is_not_yet(&broken, self.flavor, self.sorted) => failed.push(broken),
                    Err(broken) => return Err(refused(self.sorted, broken)),
                    Ok(()) => {}
                }
            }
        }
        Ok(failed)
    }

    fn may_fly(&self, one: &Waiting) -> bool {
        let statements = self.statements(one);
        statements.len() == 1 && needs_no_transaction(statements[0].text, self.flavor).is_none()
    }

    fn statements(&self, one: &Waiting) -> &'a [Statement<'a>] {
        &self.sorted[one.script].statements[one.unit.statements.clone()]
    }

    /// The whole batch as one transaction; `false`: nothing of it has happened, and each is to be tried by itself.
    async fn fly(&mut self, batch: &[Waiting]) -> bool {
        let statements: Vec<Statement<'_>> = batch.iter().flat_map(|one| self.statements(one)).copied().collect();
        self.session.fly(Flight { statements: &statements, ..Flight::default() }).await.is_ok()
    }

    /// Loads a unit, making the roles that it misses where they may be made.
    async fn with_roles(&mut self, one: &Waiting) -> Result<Result<(), Failed>> {
        loop {
            match self.one_by_one(one).await {
                Err(broken) if self.home.makes_role(self.session, &broken.error).await? => {
                    self.at = None;
                    self.prepare(one.script, one.unit.settings).await?;
                }
                done => return Ok(done),
            }
        }
    }

    async fn one_by_one(&mut self, one: &Waiting) -> Result<(), Failed> {
        let statements = self.statements(one);
        for (index, statement) in statements.iter().enumerate() {
            if statements.len() > 1 && is_rows(statement.text, self.flavor) {
                continue;
            }
            if let Err(error) = self.session.run(statement).await {
                if statements.len() > 1 {
                    // The server may have ended it already.
                    let _ = self.session.query("ROLLBACK").await;
                }
                let statement = one.unit.statements.start + index;
                return Err(Failed { waiting: one.clone(), statement, error });
            }
        }
        Ok(())
    }

    /// Gives the session the settings that stand before the unit in its file, and no other's.
    async fn prepare(&mut self, script: usize, settings: usize) -> Result<()> {
        let done = match self.at {
            Some((at, done)) if at == script && done <= settings => done,
            Some(_) => {
                self.go_home().await?;
                0
            }
            None => 0,
        };
        let sorted = &self.sorted[script];
        for index in &sorted.settings[done..settings] {
            let statement = &sorted.statements[*index];
            let mut set = self.session.run(statement).await;
            if let Err(error) = &set
                && self.home.makes_role(self.session, error).await?
            {
                set = self.session.run(statement).await;
            }
            match set {
                // Newer servers know settings that older ones do not, and pg_dump sets them all.
                Err(error) if error.sqlstate() == Some("42704") => {
                    let place = sorted.script.place(statement, None);
                    let message = format!("{place}: passed over: {}", error.message());
                    self.observer.event(Event::Warning { message: &message });
                }
                Err(error) => return Err(placed(sorted, *index, error)),
                Ok(()) => {}
            }
        }
        self.at = Some((script, settings));
        Ok(())
    }

    async fn go_home(&mut self) -> Result<()> {
        self.at = None;
        self.home.go(self.session).await
    }
}

/// A missing object may come with another statement; one that is to be dropped would be dropped too late then, and a missing
/// role comes with none.
fn is_not_yet(failed: &Failed, flavor: Flavor, sorted: &[Sorted<'_>]) -> bool {
    let text = sorted[failed.waiting.script].statements[failed.statement].text;
    let drops = words(text, flavor, 1).first().is_some_and(|word| word == "DROP");
    let role = is_missing_role(&failed.error);
    !drops && !role && failed.error.sqlstate().is_some_and(|code| NOT_YET.contains(&code))
}

fn placed(sorted: &Sorted<'_>, statement: usize, error: Error) -> Error {
    let script = sorted.script;
    let position = error.sql().and_then(|sql| sql.position);
    let place = script.place(&sorted.statements[statement], position);
    let error = error.context(format!("{} does not load", script.file)).at(place);
    match error.sql().and_then(|sql| sql.routine.as_deref()) {
        Some("parse_extension_control_file") => error
            .hint("install the extension's package; those at hand: mainstay sql -c 'TABLE pg_available_extensions'"),
        _ => error.hint(format!("mend {}, then try again", script.file)),
    }
}

fn refused(sorted: &[Sorted<'_>], failed: Failed) -> Error {
    placed(&sorted[failed.waiting.script], failed.statement, failed.error)
}

/// Every statement that waits misses something: the first with its place, the others a line each.
fn in_vain(sorted: &[Sorted<'_>], mut failed: Vec<Failed>) -> Error {
    /// So many others are told; more would bury the first.
    const TOLD: usize = 9;
    let others = failed.split_off(1);
    let first = failed.remove(0);
    let line = |failed: &Failed| {
        let sorted = &sorted[failed.waiting.script];
        format!("{}: {}", sorted.script.place(&sorted.statements[failed.statement], None), failed.error.message())
    };
    let told: Vec<String> = others.iter().take(TOLD).map(line).collect();
    let error = refused(sorted, first);
    if others.is_empty() {
        return error;
    }
    let more = others.len() - told.len();
    let more = if more > 0 { format!("\n  and {more} more") } else { String::new() };
    let told = told.join("\n  ");
    error.context(format!("{} statements do not load; besides the one shown:\n  {told}{more}", others.len() + 1))
}
