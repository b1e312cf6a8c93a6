//! `migrate new`, written by the other program.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::dialect::Version;
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::{Created, Migrates, refuse};
use crate::revisions::Tool;

use super::{Hand, files};

impl Hand<'_> {
    /// Has the program write a revision called `name`. It compares its models with the database, so the database must be at the
    /// newest revision first.
    pub(super) async fn write_new(&mut self, name: &str) -> Result<Created> {
        let state = self.state().await?;
        refuse(&state.problems)?;
        if !state.pending.is_empty() {
            let pending: Vec<&str> = state.pending.iter().map(Version::as_str).take(5).collect();
            let more = if state.pending.len() > pending.len() { " and more" } else { "" };
            let message = format!("the database is not up to date: {}{more} must be applied first", pending.join(", "));
            return Err(Error::new(ErrorKind::Refused, message).hint("mainstay migrate up"));
        }
        let line = self.wrapped.line("new", self.wrapped.runner.new.as_ref())?;
        let before = self.there()?;
        self.wrapped.workshop.run(line, &[("name", name)], &self.observer).await?;
        let files: Vec<PathBuf> = self.there()?.difference(&before).cloned().collect();
        if files.is_empty() {
            let words = line.filled(&[("name", name)]).join(" ");
            let message = format!("`{words}` ended well, but wrote no file into {}", self.wrapped.path.display());
            let error = Error::new(ErrorKind::Verification, message);
            return Err(match self.wrapped.history.tool {
                Tool::Django => {
                    error
                    .hint("Django writes none where no model has changed; for an empty one: python manage.py makemigrations --empty APP")
                }
                _ => error.hint("does it keep its revisions elsewhere? Then set [migrations] dir in mainstay.toml"),
            });
        }
        Ok(Created { files })
    }

    fn there(&self) -> Result<BTreeSet<PathBuf>> {
        let root = &self.wrapped.workshop.root;
        let files = files::read(self.wrapped.history.tool, &self.wrapped.path, root)?;
        Ok(files.iter().map(|file| root.join(&file.name)).collect())
    }
}
