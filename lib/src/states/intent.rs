//! What a catalog cannot say of a change: that something was renamed, is really to go, or may take its time under a lock.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::catalog::{Catalog, ObjectKind};
use crate::diff::{Rename, lookalikes};
use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Action, Plan, SqlStep, Step};
use crate::sql::ident;

use super::declared::{self, Declared};

/// Who is asked whether what looks like a rename is one.
pub trait Judge: fmt::Debug + Send + Sync {
    /// # Errors
    /// Nobody can be asked after all.
    fn judge(&self, candidate: &Rename) -> Result<Verdict>;
}

/// What a judge says of something that goes while something like it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It gets another name.
    Renamed,
    /// The one goes with its data, the other is new.
    Another,
    /// Nobody knows: nothing is planned.
    Unknown,
}

/// What was declared of a change.
#[derive(Clone, Debug, Default)]
pub struct Intent {
    /// What gets another name, in order.
    pub renames: Vec<Rename>,
    /// What goes while something like it comes is to be dropped all the same.
    pub drops: bool,
    /// What looks like a rename and is none.
    pub others: Vec<Rename>,
    /// Who is asked about what looks like a rename; without a judge it is refused.
    pub judge: Option<Arc<dyn Judge>>,
    /// Nobody waits: each thing is done by one plain statement, whatever it locks.
    pub offline: bool,
}

impl Intent {
    /// Nothing is declared, and what goes is to go, in the same manner.
    pub(super) fn without_questions(&self) -> Self {
        Self { drops: true, offline: self.offline, ..Self::default() }
    }

    /// The same on the way back.
    pub(super) fn reversed(&self) -> Self {
        let renames = self.renames.iter().rev().map(Rename::reversed).collect();
        Self { renames, ..self.without_questions() }
    }

    /// Renames in a database what is to be renamed.
    pub(super) async fn carry_out(&self, session: &mut dyn Session) -> Result<()> {
        for rename in &self.renames {
            session.query(&rename.sql()).await.map_err(|error| {
                let hint = match error.sqlstate() {
                    Some("42P07" | "42701") => "to exchange two names, go round by a third: three --rename in a row",
                    _ => "names are those of the state that the way starts from",
                };
                error.context(format!("cannot rename {rename}")).hint(hint)
            })?;
        }
        Ok(())
    }

    /// Adds what is to be renamed on the way from `old`, in which [`Intent::renames`] are done, to `new`: what the files
    /// of `new` have `declared`, then what the judge says. Returns whether anything was added, so that `old` is another now.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`], with both readings: what looks like a rename was not declared and nobody can be asked.
    pub(super) fn settle(&mut self, old: &Catalog, new: &Catalog, declared: &[Declared]) -> Result<bool> {
        let known = declared::renames(declared, old, new)?;
        if !known.is_empty() {
            self.renames.extend(known);
            return Ok(true);
        }
        if self.drops {
            return Ok(false);
        }
        let asked = |one: &Rename| !is_spelling(one) && !self.others.contains(one);
        let found: Vec<Rename> = lookalikes(old, new).into_iter().filter(asked).collect();
        for candidate in &found {
            let verdict = self.judge.as_ref().map_or(Ok(Verdict::Unknown), |judge| judge.judge(candidate))?;
            match verdict {
                Verdict::Renamed => {
                    self.renames.push(candidate.clone());
                    return Ok(true);
                }
                Verdict::Another => self.others.push(candidate.clone()),
                Verdict::Unknown => return Err(ambiguous(candidate, &found)),
            }
        }
        Ok(false)
    }

    /// `plan`, which begins where everything has its new name, with the renames before it.
    pub(super) fn lead(&self, plan: &mut Plan, lock_timeout: Option<Duration>) {
        if self.renames.is_empty() {
            return;
        }
        let renames: Vec<String> = self.renames.iter().map(Rename::sql).collect();
        if let Some(Step { action: Action::Sql(sql), risks, .. }) = plan.steps.first_mut()
            && sql.transaction
        {
            risks.iter_mut().for_each(|risk| risk.statement += renames.len());
            sql.statements.splice(0..0, renames);
            return;
        }
        let sql = SqlStep { lock_timeout, ..SqlStep::new(renames) };
        plan.steps.insert(0, Step::new("rename", Action::Sql(sql)));
    }
}

/// To SQLite, names that differ in case alone are one.
fn is_spelling(rename: &Rename) -> bool {
    let old = rename.column.as_ref().unwrap_or(&rename.table.name);
    rename.table.schema == "main" && old.eq_ignore_ascii_case(&rename.to)
}

/// What goes while something like it comes, with both readings.
fn ambiguous(first: &Rename, all: &[Rename]) -> Error {
    let (kind, name) = match &first.column {
        Some(column) => (ObjectKind::Column, column),
        None => (ObjectKind::Table, &first.table.name),
    };
    let message = format!(
        "{} {} is gone and `{}` is like it: it was renamed, or it is to be dropped with its data",
        kind.words(),
        first.old(),
        first.to
    );
    let mut error = Error::new(ErrorKind::Refused, message);
    if all.len() > 1 {
        let all: Vec<String> = all.iter().map(Rename::to_string).collect();
        error = error.source(format!("what may be renamed: {}", all.join(", ")));
    }
    error
        .hint(format!("renamed: --rename {first}"))
        .hint(format!("or for everybody, in the file beside `{}`: -- mainstay: renamed from {}", first.to, ident(name)))
        .hint("dropped, with its data: --allow deletes-data")
}
