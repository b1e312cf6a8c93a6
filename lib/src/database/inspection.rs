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

    /// Asks for several in one session, in their order.
    ///
    /// # Errors
    /// See [`Report::ask`].
    pub async fn reports<'r>(&self, reports: impl Iterator<Item = &'r Report>) -> Result<Vec<(&'r Report, Found)>> {
        let mut session = self.connect().await?;
        let mut found = Vec::new();
        for report in reports {
            match report.ask(session.as_mut()).await {
                Ok(rows) => found.push((report, rows)),
                Err(error) => {
                    session.close().await;
                    return Err(error);
                }
            }
        }
        session.close().await;
        Ok(found)
    }
}
