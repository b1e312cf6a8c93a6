//! Rows out of PostgreSQL.

use std::collections::BTreeSet;

use tokio::sync::mpsc;

use super::session::{columns_now, columns_said, lock, settle, version, wait_as_usual};
use super::statements::{copy_out, list};
use crate::catalog::{Catalog, Name, Scope, TableKind};
use crate::conn::PostgresTarget;
use crate::data::dump::{self, Draft, Form, Order, Writing};
use crate::data::{Base, Format, thread_gone};
use crate::engine::postgres::{PostgresSession, Taker, connect};
use crate::engine::{Session, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::portable::Kind;
use crate::portable::manifest::{Engine, Manifest};
use crate::portable::postgres::RowText;

/// Pieces of about 256 KiB that wait to be made lines of.
const WAITING: usize = 8;

/// Times that the tables are locked anew because they were altered meanwhile.
const ATTEMPTS: usize = 5;

/// A session on one snapshot, with the tables that it reads locked against being altered.
pub(in crate::data) struct Source {
    session: PostgresSession,
    draft: Draft,
    partitioned: BTreeSet<Name>,
}

impl Source {
    pub(in crate::data) async fn open(target: &PostgresTarget, base: Base<'_>, order: &Order) -> Result<Self> {
        let mut session = connect(target, base.context).await?;
        for _ in 0..ATTEMPTS {
            let catalog = session.catalog(Scope::All).await?;
            let server = session.server().clone();
            let models = dump::models(&mut session, &catalog, base, order).await?;
            let mut draft = dump::draft(&catalog, Engine::Postgres, &server, None, &order.selection, models.as_ref())?;
            let manifest = &mut draft.manifest;
            settle(&mut session).await?;
            // A lock takes no snapshot: what is locked is seen as it stays.
            session.query("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
            let names: Vec<String> = manifest.tables.iter().map(|table| table.full_name().to_string()).collect();
            match lock(&mut session, &names, "ACCESS SHARE", order.lock_wait).await {
                // Dropped since it was listed.
                Err(error) if matches!(error.sqlstate(), Some("42P01" | "3F000")) => {
                    session.query("ROLLBACK").await?;
                    continue;
                }
                locked => locked?,
            }
            wait_as_usual(&mut session).await?;
            let mut said = columns_said(manifest);
            said.sort();
            let mut now = columns_now(&mut session, &names).await?;
            now.sort();
            if said != now {
                session.query("ROLLBACK").await?;
                continue;
            }
            manifest.migration = version(&mut session, base).await?;
            if order.selection.tables.is_empty() && order.format == Format::Own {
                manifest.left_out.extend(large_objects(&mut session).await?);
            }
            let partitioned = partitioned(&catalog);
            return Ok(Self { session, draft, partitioned });
        }
        let message = "tables are altered faster than they can be locked";
        Err(Error::new(ErrorKind::Locked, message).hint("run the command again in a quieter moment"))
    }

    pub(in crate::data) fn draft(&self) -> &Draft {
        &self.draft
    }

    /// The rows of each table, counted.
    pub(in crate::data) async fn count(&mut self) -> Result<(Manifest, Vec<u64>)> {
        let mut counts = Vec::new();
        for table in &self.draft.manifest.tables {
            let only = if self.partitioned.contains(&table.full_name()) { "" } else { "ONLY " };
            let answer =
                self.session.query(&format!("SELECT pg_catalog.count(*) FROM {only}{}", table.full_name())).await?;
            counts.push(first_cell(&answer).and_then(|count| count.parse().ok()).unwrap_or_default());
        }
        Ok((self.draft.manifest.clone(), counts))
    }

    /// Reads every table: the server's bytes come in here, and are written down on another thread.
    pub(in crate::data) async fn pour(&mut self, form: Box<dyn Form>, base: Base<'_>) -> Result<Manifest> {
        let (draft, observer) = (self.draft.clone(), base.context.observer.clone());
        let (send, receive) = mpsc::channel(WAITING);
        let writer = tokio::task::spawn_blocking(move || write(Writing::begin(form, draft, observer)?, receive));
        let read = self.read(&send).await;
        drop(send);
        let written = writer.await.map_err(thread_gone)?;
        match (read, written) {
            // Why nobody took the rows any more is the writer's to say.
            (Err(error), Err(cause)) => {
                Err(if error.kind() == ErrorKind::ConnectionLost && error.sql().is_none() { cause } else { error })
            }
            (Err(error), Ok(_)) => Err(error),
            (Ok(()), written) => {
                let manifest = written?;
                self.session.query("COMMIT").await?;
                Ok(manifest)
            }
        }
    }

    async fn read(&self, send: &mpsc::Sender<Sent>) -> Result<()> {
        for (at, read) in self.draft.reads.iter().enumerate() {
            let name = self.draft.manifest.tables[read.table].full_name();
            let columns = list(read.columns.iter().map(|(name, _)| name.as_str()));
            let copy = match &read.select {
                Some(select) => format!("COPY ({select}) TO STDOUT"),
                None => copy_out(&name, &columns, self.partitioned.contains(&name)),
            };
            put(send, Sent::Table(at)).await?;
            let copied = self.session.copy_to(&copy, &mut Handed { send }).await;
            copied.map_err(|error| match error.sql() {
                Some(_) => error.context(format!("the rows of {name} cannot be read")),
                None => error,
            })?;
            put(send, Sent::End).await?;
        }
        put(send, Sent::All).await
    }
}

/// Large objects lie in no table of the user's.
async fn large_objects(session: &mut PostgresSession) -> Result<Option<String>> {
    let answer = session.query("SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata").await?;
    let count = first_cell(&answer).filter(|count| *count != "0");
    Ok(count.map(|count| format!("large objects ({count}), which only a backup takes along")))
}

fn partitioned(catalog: &Catalog) -> BTreeSet<Name> {
    let is = |table: &&crate::catalog::Table| table.kind == TableKind::Partitioned;
    catalog.tables.iter().filter(is).map(|table| table.name.clone()).collect()
}

/// What goes to the thread that makes lines.
enum Sent {
    Table(usize),
    Piece(Vec<u8>),
    End,
    /// Nothing was left out: without it the dump is not whole.
    All,
}

struct Handed<'a> {
    send: &'a mpsc::Sender<Sent>,
}

#[async_trait::async_trait]
impl Taker for Handed<'_> {
    async fn take(&mut self, piece: Vec<u8>) -> Result<()> {
        put(self.send, Sent::Piece(piece)).await
    }
}

async fn put(send: &mpsc::Sender<Sent>, what: Sent) -> Result<()> {
    send.send(what).await.map_err(|_| Error::new(ErrorKind::ConnectionLost, "whoever writes the rows has ended"))
}

fn write(mut writing: Writing, mut receive: mpsc::Receiver<Sent>) -> Result<Manifest> {
    let mut kinds: Vec<Kind> = Vec::new();
    let mut row = RowText::default();
    // The row whose end has not come yet.
    let mut begun: Vec<u8> = Vec::new();
    while let Some(sent) = receive.blocking_recv() {
        match sent {
            Sent::Table(at) => {
                kinds = writing.reads()[at].kinds();
                writing.table(at)?;
            }
            Sent::Piece(piece) => {
                let mut rest = &piece[..];
                while let Some(end) = memchr::memchr(b'\n', rest) {
                    let (line, after) = (&rest[..end], &rest[end + 1..]);
                    rest = after;
                    if begun.is_empty() {
                        writing.row(|take| row.read(line, &kinds, take))?;
                    } else {
                        begun.extend_from_slice(line);
                        writing.row(|take| row.read(&begun, &kinds, take))?;
                        begun.clear();
                    }
                }
                begun.extend_from_slice(rest);
            }
            Sent::End => writing.end_table()?,
            Sent::All => return writing.finish(),
        }
    }
    Err(Error::new(ErrorKind::ConnectionLost, "whoever reads the rows has ended"))
}
