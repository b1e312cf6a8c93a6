//! Where the project's database stands among the folder's migrations.

use crate::conn::Target;
use crate::error::{ErrorClass, Result};
use crate::migrate::{self, Folder, Migrator, refuse};

use super::States;

/// Why the database was not asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unchecked {
    /// None is named.
    Unnamed,
    /// It could not be reached, in the error's words.
    Unreachable(String),
}

impl States {
    /// What the project's database has had, and the dialect that its ledger tells; else that of the configuration, and why the
    /// database could not be asked.
    ///
    /// # Errors
    /// Ledger and folder disagree, or the folder cannot be read.
    pub(super) async fn standing(&self) -> Result<(String, Option<migrate::State>, Option<Unchecked>)> {
        let unknown = |why| Ok((self.dialect.clone(), None, Some(why)));
        let Some(home) = &self.home else { return unknown(Unchecked::Unnamed) };
        if let Target::Sqlite(file) = home
            && !file.path.exists()
        {
            return unknown(Unchecked::Unreachable(format!("{} is not there yet", file.path.display())));
        }
        let mut session = match self.connect_as_owner(home).await {
            Err(error) if error.kind().class() == ErrorClass::Connect => {
                return unknown(Unchecked::Unreachable(error.message().to_owned()));
            }
            session => session?,
        };
        let folder = Folder::read(&self.migrations, &self.dialect, self.flavor)?;
        let mut migrator = Migrator::new(session.as_mut(), &folder, &self.rules, self.context.observer.clone());
        let state = migrator.state().await?;
        let dialect = migrator.folder().dialect.name().to_owned();
        session.close().await;
        refuse(&state.problems)?;
        Ok((dialect, Some(state), None))
    }
}
