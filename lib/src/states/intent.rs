//! What a catalog cannot say of a change: that something was renamed, or is really to go.

use std::time::Duration;

use crate::catalog::{Catalog, ObjectKind};
use crate::diff::{Rename, lookalikes};
use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Action, Plan, SqlStep, Step};

/// What was declared of a change.
#[derive(Clone, Debug, Default)]
pub struct Intent {
    /// What gets another name, in order.
    pub renames: Vec<Rename>,
    /// What goes while something like it comes is to be dropped all the same.
    pub drops: bool,
}

impl Intent {
    /// The same on the way back.
    pub(super) fn reversed(&self) -> Self {
        Self { renames: self.renames.iter().rev().map(Rename::reversed).collect(), drops: true }
    }

    /// Renames in a database what is to be renamed.
    pub(super) async fn carry_out(&self, session: &mut dyn Session) -> Result<()> {
        for rename in &self.renames {
            session.query(&rename.sql()).await.map_err(|error| {
                error
                    .context(format!("cannot rename {rename}"))
                    .hint("names are those of the state that the way starts from")
            })?;
        }
        Ok(())
    }

    /// Nothing that looks like a rename is dropped and made anew, unless that was declared.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`], with both readings.
    pub(super) fn refuse_ambiguous(&self, old: &Catalog, new: &Catalog) -> Result<()> {
        if self.drops {
            return Ok(());
        }
        let found = lookalikes(old, new);
        let Some(first) = found.first() else { return Ok(()) };
        let kind = if first.column.is_some() { ObjectKind::Column } else { ObjectKind::Table };
        let (gone, come) = (first.to_string(), first.to.as_str());
        let gone = gone.split('=').next().unwrap_or_default();
        let message = format!(
            "{} {gone} is gone and `{come}` is like it: it was renamed, or it is to be dropped with its data",
            kind.words()
        );
        let mut error = Error::new(ErrorKind::Refused, message);
        if found.len() > 1 {
            let all: Vec<String> = found.iter().map(Rename::to_string).collect();
            error = error.source(format!("what may be renamed: {}", all.join(", ")));
        }
        Err(error.hint(format!("renamed: --rename {first}")).hint("dropped, with its data: --allow deletes-data"))
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
        let sql =
            SqlStep { database: None, transaction: true, lock_timeout, statement_timeout: None, statements: renames };
        plan.steps.insert(
            0,
            Step { title: "rename".to_owned(), action: Action::Sql(sql), risks: Vec::new(), effects: Vec::new() },
        );
    }
}
