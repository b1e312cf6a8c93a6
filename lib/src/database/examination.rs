//! What is wrong with the server and the database.

use super::Database;
use crate::conn::Target;
use crate::doctor::{self, Examined};
use crate::error::Result;

impl Database {
    /// Looks for what is wrong, each finding with the command that mends it.
    ///
    /// # Errors
    /// See [`doctor::examine`].
    pub async fn examine(&self) -> Result<Examined> {
        let logs_in = self.wish().map(|wish| wish.app.clone()).or_else(|| match &self.target {
            Target::Postgres(target) => Some(target.user.clone()),
            Target::Sqlite(_) => None,
        });
        let mut session = self.connect().await?;
        let examined = doctor::examine(session.as_mut(), &logs_in.unwrap_or_default()).await;
        session.close().await;
        examined
    }
}
