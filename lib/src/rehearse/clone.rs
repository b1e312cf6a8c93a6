//! A clone of the database, whichever way it was to be had.

use std::time::Instant;

use serde::Serialize;

use crate::conn::Target;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::Plan;
use crate::scratch::Scratch;

use super::{Options, Subject};

/// How a clone may be made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Means {
    /// As it goes: by the server where nobody is connected, else from a dump, on a private server where there is no right to
    /// make a database.
    #[default]
    Any,
    /// By the server itself, from the database's files.
    Template,
    /// From a dump, on the database's own server.
    Dump,
    /// From a dump, on a private server.
    Private,
}

/// How a clone was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// `CREATE DATABASE … TEMPLATE`, on the database's own server.
    Template,
    /// `pg_dump` and `pg_restore`, on the database's own server.
    Dump,
    /// `pg_dump` and `pg_restore`, on a private server.
    Private,
    /// SQLite's online copy of the file.
    Copy,
}

/// What a clone was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cloned {
    /// How it was made.
    pub how: How,
    /// Why not in a quicker way, where there is one: a clause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// Where it was, for people: `a scratch database on the same server`.
    pub place: String,
    /// How long making it took, in seconds.
    pub seconds: f64,
    /// Size of the database that was cloned, in bytes.
    pub bytes: Option<u64>,
    /// Its name or file, where it was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
}

/// What a rehearsal would do.
#[derive(Clone, Debug, Serialize)]
pub struct Prospect {
    /// What is pending.
    pub plan: Plan,
    /// How the clone would be made; `None` where nothing is pending.
    pub how: Option<How>,
    /// Why not in a quicker way, where there is one: a clause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// Size of the database, in bytes.
    pub bytes: Option<u64>,
}

/// How the clone would be made, why not in a quicker way, and the database's size in bytes.
///
/// # Errors
/// As [`Clone::make`], as far as that can be known before.
#[cfg_attr(
    not(feature = "postgres"),
    allow(unused_variables, clippy::unused_async, reason = "a file is cloned in one way only")
)]
pub(super) async fn ahead(
    subject: &Subject<'_>,
    plan: &Plan,
    options: Options,
) -> Result<(How, Option<String>, Option<u64>)> {
    match subject.target {
        #[cfg(feature = "postgres")]
        Target::Postgres(target) => super::postgres::ahead(subject, target, plan, options).await,
        #[cfg(feature = "sqlite")]
        Target::Sqlite(target) => super::sqlite::ahead(target, plan),
        #[allow(unreachable_patterns, reason = "with both engines compiled in, every target has its arm")]
        other => Err(unknown(other)),
    }
}

fn unknown(target: &Target) -> Error {
    let message = format!("this build of the library cannot clone {}", target.describe());
    Error::new(ErrorKind::Usage, message).hint("build with the feature `postgres` or `sqlite`")
}

/// A clone in use; gone with the value.
pub(super) struct Clone {
    scratch: Scratch,
    /// What it was.
    pub(super) told: Cloned,
}

/// How a clone came about.
pub(super) struct Made {
    pub(super) scratch: Scratch,
    pub(super) how: How,
    pub(super) because: Option<String>,
    pub(super) bytes: Option<u64>,
}

impl Clone {
    /// Clones the database of `subject`, as `plan` needs it.
    ///
    /// # Errors
    /// It cannot be read whole, there is no room, or no place for it is to be had.
    #[cfg_attr(not(feature = "postgres"), allow(unused_variables, reason = "a file is cloned in one way only"))]
    pub(super) async fn make(subject: &Subject<'_>, plan: &Plan, options: Options) -> Result<Self> {
        let started = Instant::now();
        let made: Made = match subject.target {
            #[cfg(feature = "postgres")]
            Target::Postgres(target) => super::postgres::clone(subject, target, plan, options).await?,
            #[cfg(feature = "sqlite")]
            Target::Sqlite(target) => super::sqlite::clone(subject, target, plan).await?,
            #[allow(unreachable_patterns, reason = "with both engines compiled in, every target has its arm")]
            other => return Err(unknown(other)),
        };
        let told = Cloned {
            how: made.how,
            because: made.because,
            place: made.scratch.place(),
            seconds: started.elapsed().as_secs_f64(),
            bytes: made.bytes,
            kept: None,
        };
        Ok(Self { scratch: made.scratch, told })
    }

    /// How to reach it.
    pub(super) fn target(&self) -> Target {
        self.scratch.target()
    }

    /// Removes it, or with `keep` leaves it and says so in what is returned.
    ///
    /// # Errors
    /// It cannot be dropped, or not be kept.
    pub(super) async fn end(self, keep: bool, of: &str) -> Result<Cloned> {
        let mut told = self.told;
        if keep {
            let comment = format!("a clone of {of}, kept by mainstay migrate rehearse --keep");
            told.kept = self.scratch.keep(&comment).await?;
        } else {
            self.scratch.remove().await?;
        }
        Ok(told)
    }
}
