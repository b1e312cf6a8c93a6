//! The statements of a search or a batch, one after the other, and how long the longest took.

use std::time::{Duration, Instant};

use crate::engine::{Cell, Row, Rows, Session};
use crate::error::Result;
use crate::sql::Statement;

/// Runs statements and notes the longest: for as long as one runs, others may wait for the processor that runs it.
pub(super) struct Statements<'a> {
    session: &'a mut dyn Session,
    longest: Duration,
}

impl<'a> Statements<'a> {
    pub(super) fn new(session: &'a mut dyn Session) -> Self {
        Self { session, longest: Duration::ZERO }
    }

    /// Runs `sql` and returns its rows.
    pub(super) async fn query(&mut self, sql: &str) -> Result<Vec<Row>> {
        let begun = Instant::now();
        let rows = self.session.query(sql).await;
        self.longest = self.longest.max(begun.elapsed());
        rows
    }

    /// Runs one statement and returns how many rows it has changed.
    pub(super) async fn changed(&mut self, sql: &str) -> Result<u64> {
        let begun = Instant::now();
        let statement = Statement { text: sql, offset: 0, line: 1, copy_data: None };
        let changed = self.session.stream(&statement, &mut Unread).await;
        self.longest = self.longest.max(begun.elapsed());
        changed
    }

    /// How long the longest took since this was last asked.
    pub(super) fn longest(&mut self) -> Duration {
        std::mem::take(&mut self.longest)
    }
}

/// Statements that return no rows.
struct Unread;

impl Rows for Unread {
    fn columns(&mut self, _: &[String]) -> std::io::Result<()> {
        Ok(())
    }

    fn row(&mut self, _: &[Cell<'_>]) -> std::io::Result<()> {
        Ok(())
    }
}
