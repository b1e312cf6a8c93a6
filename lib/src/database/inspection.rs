//! Reports on the server.

use super::Database;
use crate::error::Result;
use crate::inspect::{Found, Report};

impl Database {
    /// Asks for a report: what goes on, what takes room, what wants care.
    ///
    /// # Errors
    /// See [`Report::ask`].
    pub async fn report(&self, report: &Report) -> Result<Found> {
        let mut session = self.connect().await?;
        let found = report.ask(session.as_mut()).await;
        session.close().await;
        found
    }
}
