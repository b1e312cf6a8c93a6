//! Rows of a dump on their way into COPY: made text of on one thread, sent on another.

use std::io;

use tokio::sync::mpsc;

use crate::data::load::{Incoming, Place, Plan, Position, Stop, Unit};
use crate::engine::Pieces;
use crate::error::{Error, ErrorKind, Result};
use crate::observer::{Event, Observer};
use crate::portable::Refusal;
use crate::portable::postgres::{Column, write};

/// Bytes of a piece.
const PIECE: usize = 256 * 1024;

/// What goes from the thread that reads.
pub(super) enum Sent {
    /// The row of this number in the COPY, from 1, stands here; those after it in the lines after it.
    Place(u64, Place),
    /// Whole rows of COPY's text.
    Data(Vec<u8>),
    /// The COPY ends: its rows, and whether more of the table comes after a COMMIT.
    End(u64, bool),
    /// All of the dump was read, and is what its manifest says.
    Finished,
    /// It cannot be read on.
    Failed(Error),
}

/// Reads the dump for `units`, from `earlier` on, and sends what comes of it.
pub(super) fn give(
    reader: Box<dyn Incoming>,
    plan: &Plan,
    units: &[Unit],
    batch: Option<u64>,
    earlier: Position,
    send: &mpsc::Sender<Sent>,
    observer: &dyn Observer,
) {
    let mut giver = Giver { reader, send, observer, done: earlier.total, total: plan.rows() };
    if let Err(error) = giver.all(plan, units, batch, earlier) {
        // Nobody listens where the server's refusal came first.
        let _ = send.blocking_send(Sent::Failed(error));
    }
}

struct Giver<'a> {
    reader: Box<dyn Incoming>,
    send: &'a mpsc::Sender<Sent>,
    observer: &'a dyn Observer,
    done: u64,
    total: Option<u64>,
}

impl Giver<'_> {
    fn all(&mut self, plan: &Plan, units: &[Unit], batch: Option<u64>, earlier: Position) -> Result<()> {
        for done in &plan.tables[..earlier.tables.min(plan.tables.len())] {
            self.reader.table(done.place)?;
            self.reader.rows(u64::MAX, &mut |_, _| Ok(()))?;
        }
        for unit in units {
            for place in unit.from.max(earlier.tables)..=unit.to {
                let table = &plan.tables[place];
                self.reader.table(table.place)?;
                if place == earlier.tables {
                    self.reader.rows(earlier.rows, &mut |_, _| Ok(()))?;
                }
                let columns: Vec<Column> = table.columns.iter().map(|column| column.holds.clone()).collect();
                let limit = batch.filter(|_| !unit.whole).unwrap_or(u64::MAX);
                loop {
                    let rows = self.copy(&columns, limit)?;
                    let goes_on = rows == limit;
                    self.put(Sent::End(rows, goes_on))?;
                    if !goes_on {
                        break;
                    }
                }
            }
        }
        self.reader.finish()?;
        self.put(Sent::Finished)
    }

    /// The rows of one COPY.
    fn copy(&mut self, columns: &[Column], limit: u64) -> Result<u64> {
        let mut out: Vec<u8> = Vec::with_capacity(PIECE + PIECE / 4);
        let mut row = 0;
        let mut file = None;
        let send = self.send;
        let (observer, done, total) = (self.observer, self.done, self.total);
        let rows = self.reader.rows(limit, &mut |values, place| {
            row += 1;
            if file.as_ref() != Some(&place.file) {
                file = Some(place.file.clone());
                put(send, Sent::Place(row, place.clone())).map_err(Stop::Error)?;
            }
            for (at, (value, column)) in values.iter().zip(columns).enumerate() {
                if at > 0 {
                    out.push(b'\t');
                }
                write(value, column, &mut out).map_err(|why| Stop::Refused(Refusal::of(at, value, why)))?;
            }
            out.push(b'\n');
            if out.len() >= PIECE {
                let piece = std::mem::replace(&mut out, Vec::with_capacity(PIECE + PIECE / 4));
                put(send, Sent::Data(piece)).map_err(Stop::Error)?;
                observer.event(Event::Progress { what: "load rows", done: done + row, total });
            }
            Ok(())
        })?;
        self.done += rows;
        if !out.is_empty() {
            self.put(Sent::Data(out))?;
        }
        Ok(rows)
    }

    fn put(&self, what: Sent) -> Result<()> {
        put(self.send, what)
    }
}

fn put(send: &mpsc::Sender<Sent>, what: Sent) -> Result<()> {
    send.blocking_send(what).map_err(|_| Error::new(ErrorKind::ConnectionLost, "whoever loads the rows has ended"))
}

/// Pulls the pieces of one COPY after the other.
pub(super) struct Pulled {
    receive: mpsc::Receiver<Sent>,
    /// Where the rows of the present COPY stand, by the first of each file.
    places: Vec<(u64, Place)>,
    rows: u64,
    goes_on: bool,
}

impl Pulled {
    pub(super) fn new(receive: mpsc::Receiver<Sent>) -> Self {
        Self { receive, places: Vec::new(), rows: 0, goes_on: false }
    }

    /// A COPY begins.
    pub(super) fn begin(&mut self) {
        (self.rows, self.goes_on) = (0, false);
        self.places.clear();
    }

    /// The rows of the COPY that has ended.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether more of the table comes.
    pub(super) fn goes_on(&self) -> bool {
        self.goes_on
    }

    /// Where the row of this number stands.
    pub(super) fn place(&self, row: u64) -> Option<Place> {
        let (first, place) = self.places.iter().rev().find(|(first, _)| *first <= row)?;
        Some(Place { file: place.file.clone(), line: place.line + (row - first) })
    }

    /// Waits until the whole dump was read and compared.
    pub(super) async fn finished(&mut self) -> Result<()> {
        match self.receive.recv().await {
            Some(Sent::Finished) => Ok(()),
            Some(Sent::Failed(error)) => Err(error),
            _ => Err(Error::new(ErrorKind::ConnectionLost, "whoever reads the dump has ended")),
        }
    }
}

#[async_trait::async_trait]
impl Pieces for Pulled {
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            match self.receive.recv().await {
                Some(Sent::Place(row, place)) => self.places.push((row, place)),
                Some(Sent::Data(piece)) => return Ok(Some(piece)),
                Some(Sent::End(rows, goes_on)) => {
                    (self.rows, self.goes_on) = (rows, goes_on);
                    return Ok(None);
                }
                Some(Sent::Failed(error)) => return Err(io::Error::other(error)),
                Some(Sent::Finished) | None => {
                    let gone = Error::new(ErrorKind::ConnectionLost, "whoever reads the dump has ended");
                    return Err(io::Error::other(gone));
                }
            }
        }
    }
}
