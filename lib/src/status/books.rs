//! What the database's own books say: the ledger of migrations, settings, the journal.

use std::collections::HashMap;
use std::sync::Arc;

use crate::dialect::AppliedState;
use crate::engine::{Context, Row, Session, first_cell};
use crate::error::{Error, ErrorClass, Result};
use crate::ledger;
use crate::migrate::{Problem, Rules, Source, State};

use super::{Last, Migrations, Pending, Trouble};

/// What the database's own books say.
#[derive(Clone, Debug, Default)]
pub struct Books {
    /// The environment that the database is marked with.
    pub(super) marker: Option<String>,
    /// The journal's last entry.
    pub(super) last: Option<Last>,
    /// Migrations, where the project has any.
    pub(super) migrations: Option<Migrations>,
}

impl Books {
    /// Reads them as the owning role. `source` may be the error with which it was read: it becomes a problem.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn read(
        session: &mut dyn Session,
        source: Result<Option<Box<dyn Source>>>,
        rules: &Rules,
        context: &Context,
    ) -> Result<Self> {
        let migrations = match source {
            Ok(None) => None,
            Ok(Some(source)) => Some(migrations(session, source.as_ref(), rules, context).await?),
            Err(error) => Some(unreadable("auto", &error)),
        };
        let mut books = Self { migrations, ..Self::default() };
        if let Err(error) = books.read_own(session).await {
            refuse_broken(&error)?;
            let problems = &mut books.migrations.get_or_insert_with(|| nothing("auto")).problems;
            // What keeps us from the ledger keeps us from the journal: once is enough.
            if problems.iter().all(|problem| problem.version.is_some()) {
                problems.push(trouble(&error.context("cannot read the journal")));
            }
        }
        Ok(books)
    }

    /// For a role that may not become the owner: `error` says so.
    pub fn closed(error: &Error) -> Self {
        Self { migrations: Some(unreadable("auto", error)), ..Self::default() }
    }

    /// Settings and journal, where Mainstay's own tables are there.
    async fn read_own(&mut self, session: &mut dyn Session) -> Result<()> {
        let flavor = session.flavor();
        let there = session.query(ledger::has_ledger_query(flavor)).await?;
        if first_cell(&there) != Some("1") {
            return Ok(());
        }
        let settings = session.query(&ledger::setting_query(flavor)).await?;
        self.marker = ledger::environment(&settings);
        self.last = session.query(&ledger::journal_query(flavor, 1)).await?.first().map(last);
        Ok(())
    }
}

async fn migrations(
    session: &mut dyn Session,
    source: &dyn Source,
    rules: &Rules,
    context: &Context,
) -> Result<Migrations> {
    let read = source.on(session, rules, Arc::clone(&context.observer)).state().await;
    match read {
        Ok(state) => Ok(told(&state, source, rules)),
        Err(error) => {
            refuse_broken(&error)?;
            Ok(unreadable(source.dialect(), &error))
        }
    }
}

fn told(state: &State, source: &dyn Source, rules: &Rules) -> Migrations {
    let lines = if state.pending.is_empty() { Vec::new() } else { source.lines(state, rules) };
    let names: HashMap<&str, &str> = lines.iter().map(|line| (line.version.as_str(), line.name.as_str())).collect();
    let pending = |version: &crate::dialect::Version| Pending {
        version: version.clone(),
        name: names.get(version.as_str()).copied().unwrap_or_default().to_owned(),
    };
    let trouble = |problem: &Problem| Trouble {
        version: problem.version().cloned(),
        message: problem.message(),
        hint: Some(problem.hint()),
    };
    Migrations {
        dialect: source.dialect(),
        has_ledger: state.has_ledger,
        version: state.version().cloned(),
        applied: state.applied.iter().filter(|applied| applied.state == AppliedState::Done).count(),
        pending: state.pending.iter().map(pending).collect(),
        problems: state.problems.iter().map(trouble).collect(),
    }
}

/// Without a connection there is nothing more to tell.
fn refuse_broken(error: &Error) -> Result<()> {
    if error.kind().class() != ErrorClass::Connect {
        return Ok(());
    }
    Err(error.hints().iter().fold(Error::new(error.kind(), error.message()), |error, hint| error.hint(hint.clone())))
}

fn nothing(dialect: &'static str) -> Migrations {
    Migrations { dialect, has_ledger: false, version: None, applied: 0, pending: Vec::new(), problems: Vec::new() }
}

fn unreadable(dialect: &'static str, error: &Error) -> Migrations {
    Migrations { problems: vec![trouble(error)], ..nothing(dialect) }
}

fn trouble(error: &Error) -> Trouble {
    Trouble { version: None, message: error.one_line(), hint: error.hints().first().map(ToString::to_string) }
}

fn last(row: &Row) -> Last {
    let text = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    Last { at: text(0), who: text(1), action: text(2), detail: text(3), result: text(5) }
}
