//! The console on the database, and what it may run there.

use super::Database;
use crate::conn::Target;
use crate::console::{self, Console, Script};
use crate::engine;
use crate::error::Result;

impl Database {
    /// A console as the configured role; the project's readers are added to those of `options`.
    ///
    /// # Errors
    /// See [`Console::open`].
    pub async fn console(&self, options: &console::Options) -> Result<Console> {
        self.console_at(&self.target, options).await
    }

    /// [`Database::console`] on another database: one of the same server, commonly.
    ///
    /// # Errors
    /// See [`Console::open`]; what only reads needs a file that is there, see [`engine::check_there`].
    pub async fn console_at(&self, target: &Target, options: &console::Options) -> Result<Console> {
        if !options.write {
            engine::check_there(target)?;
        }
        let readers = options.readers.iter().chain(&self.config.database.readers).cloned().collect();
        Console::open(target, &self.context, &console::Options { readers, ..options.clone() }).await
    }

    /// Is it a production database, by its environment or by its own mark?
    pub async fn reads_production(&self, console: &mut Console) -> bool {
        self.environment() == Some("production") || console.is_production().await
    }

    /// Checks `scripts` before a console that may write runs them: what deletes data in production needs the database's name.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) without the name; a script does not split into statements.
    pub async fn consent_to(&self, scripts: &[Script], console: &mut Console) -> Result<()> {
        if !self.reads_production(console).await {
            return Ok(());
        }
        let name = console.server().database.clone();
        console::check_consent(scripts, console.flavor(), &name, self.consent.confirm.as_deref())
    }
}
