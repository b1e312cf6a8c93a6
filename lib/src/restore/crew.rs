//! The sessions at work.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use futures_util::future::try_join_all;

use crate::archive::digest::Rows;
use crate::archive::manifest::Part;
use crate::archive::toc::Entry;
use crate::engine::{Context, Session};
use crate::error::{Error, Place, Result};
use crate::observer::Event;

use super::archive::Archive;
use super::check::{self, Compared, Sent};
use super::lent::{self, Lent};
use super::object::Manner;
use super::work::{Job, TableName, What, Work};
use super::{large_objects, rows, schedule::Schedule};

/// What all sessions of one restore share.
pub(super) struct Crew<'a> {
    pub(super) archive: &'a Archive,
    pub(super) manner: &'a Manner,
    pub(super) context: &'a Context,
    /// Tables that the archive makes itself.
    pub(super) made: BTreeSet<TableName>,
    /// What may be there already.
    pub(super) lent: Lent<'a>,
    /// Whether all is one transaction, on one session.
    pub(super) one_transaction: bool,
    /// Whether it goes on past a table with other rows, so that all of them are found.
    pub(super) finds_all: bool,
    /// Bytes of data to be read, for progress.
    pub(super) bytes: u64,
    pub(super) read: AtomicU64,
    pub(super) tally: Mutex<Tally>,
}

/// What has been done.
#[derive(Default)]
pub(super) struct Tally {
    /// Rows that were sent, by the table that they went into.
    pub(super) sent: BTreeMap<TableName, Option<Rows>>,
    pub(super) compared: BTreeMap<TableName, Compared>,
    pub(super) large_objects: u64,
    /// Objects that a role like ours may not touch, and that are there anyway.
    pub(super) passed_over: Vec<String>,
}

/// How often a statement is tried again that was the victim of a deadlock.
const ATTEMPTS: u32 = 5;

impl Crew<'_> {
    /// Makes everything of `work`: at first on one session, then side by side.
    pub(super) async fn carry_out(&self, sessions: &mut [Box<dyn Session>], work: &Work) -> Result<()> {
        let Some(first) = sessions.first_mut() else { return Ok(()) };
        for at in &work.before {
            self.object(first.as_mut(), *at).await?;
        }
        self.side_by_side(sessions, &work.jobs).await?;
        let Some(first) = sessions.first_mut() else { return Ok(()) };
        for at in &work.rights {
            self.object(first.as_mut(), *at).await?;
        }
        self.side_by_side(sessions, &work.last).await
    }

    /// Hands `jobs` out to the sessions; the first failure ends all of them.
    pub(super) async fn side_by_side(&self, sessions: &mut [Box<dyn Session>], jobs: &[Job]) -> Result<()> {
        let schedule = &Schedule::new(jobs);
        // One that fails drops the others, and with them what they run.
        let working = sessions.iter_mut().map(|session| self.work_off(session.as_mut(), jobs, schedule));
        try_join_all(working).await.map(drop)
    }

    async fn work_off(&self, session: &mut dyn Session, jobs: &[Job], schedule: &Schedule<'_>) -> Result<()> {
        while let Some(at) = schedule.next().await {
            self.job(session, &jobs[at]).await?;
            schedule.done(at);
        }
        Ok(())
    }

    async fn job(&self, session: &mut dyn Session, job: &Job) -> Result<()> {
        match &job.what {
            What::Object(at) => self.object(session, *at).await,
            What::Rows(load) => {
                let entry = &self.archive.toc.entries[load.entry];
                if self.lent.is_others(load.entry, entry) {
                    return Ok(());
                }
                let sent = rows::load(self, session, load).await.map_err(|error| failed(error, entry))?;
                let mut tally = self.tally();
                let whole = tally.sent.entry(load.table.clone()).or_insert(Some(Rows::default()));
                *whole = whole.zip(sent).map(|(mut whole, part)| {
                    whole += part;
                    whole
                });
                Ok(())
            }
            What::LargeObjects(at) => {
                let entry = &self.archive.toc.entries[*at];
                let count = large_objects::fill(self, session, entry).await.map_err(|error| failed(error, entry))?;
                self.tally().large_objects += count;
                Ok(())
            }
            What::Check(name) if self.lent.has_table(name) => Ok(()),
            What::Check(name) => {
                let sent = {
                    let tally = self.tally();
                    Sent {
                        rows: tally.sent.get(name).copied().unwrap_or(Some(Rows::default())),
                        ours: self.made.contains(name),
                    }
                };
                let compared = check::table(session, self.archive.manifest.as_ref(), name, &sent).await?;
                if let Some(mismatch) = compared.mismatch().filter(|_| !self.finds_all) {
                    return Err(check::refused(mismatch));
                }
                self.tally().compared.insert(name.clone(), compared);
                Ok(())
            }
            What::Analyze(name) => session.query(&format!("ANALYZE {name}")).await.map(drop),
        }
    }

    /// Makes the object of an entry.
    async fn object(&self, session: &mut dyn Session, at: usize) -> Result<()> {
        let entry = &self.archive.toc.entries[at];
        if self.lent.is_others(at, entry) {
            return Ok(());
        }
        let Some(sql) = self.manner.statements(&self.archive.toc, entry)? else { return Ok(()) };
        if self.lent.may_be_there(at) {
            return self.lend(session, entry, &sql).await;
        }
        let mut attempt = 1;
        loop {
            match session.query(&sql).await {
                Ok(_) => {
                    self.lent.made(entry);
                    return Ok(());
                }
                Err(error) if error.sqlstate() == Some("40P01") && attempt < ATTEMPTS => attempt += 1,
                // It came with the extension, whose owner is another role.
                Err(error) if error.sqlstate() == Some("42501") && is_about_extension(entry) => {
                    self.tally().passed_over.push(entry.describe());
                    return Ok(());
                }
                Err(error) => return Err(failed(placed(error, entry, &sql), entry)),
            }
        }
    }

    /// Makes the object of an entry where the database does not have it.
    async fn lend(&self, session: &mut dyn Session, entry: &Entry, sql: &str) -> Result<()> {
        let there = lent::is_there(session, entry).await?;
        if !there {
            session.query("SAVEPOINT lent").await?;
            match session.query(sql).await {
                Ok(_) => {
                    session.query("RELEASE SAVEPOINT lent").await?;
                    self.lent.made(entry);
                    return Ok(());
                }
                Err(error) if lent::says_so(&error) => drop(session.query("ROLLBACK TO SAVEPOINT lent").await?),
                Err(error) => return Err(failed(placed(error, entry, sql), entry)),
            }
        }
        self.lent.there(entry);
        self.tally().passed_over.push(format!("{}, which is there already and stays as it is", entry.describe()));
        Ok(())
    }

    /// So many stored bytes were read.
    pub(super) fn passed(&self, bytes: u64) {
        if bytes > 0 {
            let done = self.read.fetch_add(bytes, Ordering::Relaxed) + bytes;
            let total = (self.bytes > 0).then_some(self.bytes.max(done));
            self.context.observer.event(Event::Progress { what: "restore", done, total });
        }
    }

    /// The part of the manifest that an entry's rows are.
    pub(super) fn part(&self, entry: &Entry) -> Option<&Part> {
        let manifest = self.archive.manifest.as_ref()?;
        rows::part_of(manifest.tables.iter().flat_map(|table| &table.parts), &entry.file)
    }

    pub(super) fn tally(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_about_extension(entry: &Entry) -> bool {
    entry.kind == "COMMENT" && entry.tag.as_deref().is_some_and(|tag| tag.starts_with(b"EXTENSION "))
}

/// Says where in the statements `sql` it is.
fn placed(error: Error, entry: &Entry, sql: &str) -> Error {
    let position = error.sql().and_then(|words| words.position).unwrap_or(1);
    let offset = sql.char_indices().nth(position.saturating_sub(1)).map_or(sql.len(), |(at, _)| at);
    error.at(Place::in_text(entry.describe(), sql, offset))
}

/// Says which entry it is about.
fn failed(error: Error, entry: &Entry) -> Error {
    error.context(format!("cannot restore {}", entry.describe()))
}
