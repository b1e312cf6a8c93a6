//! Rows on their way from the file's thread to whoever takes them: a few at a time, and no more than are taken.

use std::time::Instant;

use rusqlite::types::ValueRef;
use tokio::sync::mpsc;

use super::value;
use super::worker::Worker;
use crate::engine::rows::{Cell, Kind, Rows, not_taken};
use crate::error::Result;

/// Rows that travel together.
const TOGETHER: usize = 256;

/// Bytes after which rows travel before they are that many.
const HEAVY: usize = 256 * 1024;

enum Message {
    Columns(Vec<String>),
    Rows(Vec<Vec<(Kind, Option<String>)>>),
}

/// Runs `sql` on the thread and hands its rows on as they come.
pub(super) async fn stream(worker: &Worker, sql: String, rows: &mut dyn Rows) -> Result<u64> {
    let (send, mut received) = mpsc::channel::<Message>(4);
    let asked = worker.ask(move |file| {
        let begun = Instant::now();
        let mut batch = Batch { rows: Vec::new(), bytes: 0, send: &send };
        // Nobody listens any more: then the rest of the rows is not asked for.
        let columns = |names| {
            let _ = send.blocking_send(Message::Columns(names));
            Ok(())
        };
        let outcome = file.each_row(&sql, columns, |row, count| {
            let cells = (0..count).map(|at| row.get_ref(at).map(cell)).collect::<rusqlite::Result<_>>()?;
            Ok(batch.add(cells))
        });
        batch.hand_over();
        file.tell(&sql, begun, outcome.as_ref().err());
        outcome
    });
    let take = async {
        while let Some(message) = received.recv().await {
            match message {
                Message::Columns(names) => rows.columns(&names).map_err(not_taken)?,
                Message::Rows(batch) => {
                    for row in &batch {
                        rows.row(&cells(row)).map_err(not_taken)?;
                    }
                }
            }
        }
        Ok(())
    };
    let (asked, ()) = tokio::try_join!(asked, take)?;
    asked
}

struct Batch<'a> {
    rows: Vec<Vec<(Kind, Option<String>)>>,
    bytes: usize,
    send: &'a mpsc::Sender<Message>,
}

impl Batch<'_> {
    /// `false`: nobody listens any more.
    fn add(&mut self, row: Vec<(Kind, Option<String>)>) -> bool {
        self.bytes += row.iter().map(|(_, text)| text.as_ref().map_or(0, String::len)).sum::<usize>();
        self.rows.push(row);
        if self.rows.len() >= TOGETHER || self.bytes >= HEAVY { self.hand_over() } else { true }
    }

    fn hand_over(&mut self) -> bool {
        self.bytes = 0;
        self.send.blocking_send(Message::Rows(std::mem::take(&mut self.rows))).is_ok()
    }
}

fn cell(value: ValueRef<'_>) -> (Kind, Option<String>) {
    let kind = match value {
        ValueRef::Integer(_) | ValueRef::Real(_) => Kind::Number,
        _ => Kind::Text,
    };
    (kind, value::text(value))
}

fn cells(row: &[(Kind, Option<String>)]) -> Vec<Cell<'_>> {
    row.iter().map(|(kind, text)| Cell { kind: *kind, text: text.as_deref().map(str::as_bytes) }).collect()
}
