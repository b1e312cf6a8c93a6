//! A rehearsal: the pending migrations are run on a clone of the database, by the code that will run them on the database
//! itself, and what they lock, rewrite, lose and fail on is told before it happens there.
//!
//! The database is only read. What a rehearsal has found is remembered in a file beside the project, by the hash of the plan.

mod assemble;
mod clone;
#[cfg(feature = "postgres")]
mod facts;
mod listener;
mod memory;
#[cfg(feature = "postgres")]
mod offence;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod private;
mod report;
#[cfg(feature = "postgres")]
mod room;
mod rows;
mod run;
mod seen;
#[cfg(feature = "sqlite")]
mod sqlite;
mod watched;

pub use clone::{Cloned, How, Means, Prospect};
pub use report::{Broken, Failure, Held, Offence, Ran, Rehearsal, Rehearsed, Rewritten};
pub use rows::{Change, Fate, LostColumn};
pub use run::{ahead, rehearse};

use std::path::Path;

use crate::conn::Target;
use crate::engine::Context;
use crate::error::Result;
use crate::migrate::{Rules, Source};

/// Reads a project's migrations for work on the database that it is given.
pub type Sources<'a> = dyn Fn(&Target) -> Result<Box<dyn Source>> + Send + Sync + 'a;

/// What is rehearsed, and with what.
pub struct Subject<'a> {
    /// The database.
    pub target: &'a Target,
    /// The role that owns its objects, where it is not the one connected as.
    pub owner: Option<&'a str>,
    /// How migrations are run.
    pub rules: &'a Rules,
    /// Its migrations.
    pub source: &'a Sources<'a>,
    /// Where rehearsals are remembered.
    pub memory: &'a Path,
    /// The value of PATH, by which PostgreSQL's programs are found.
    pub search_path: &'a str,
    /// Folder for private servers, dumps and scratch files.
    pub temporary: &'a Path,
    /// Observer, dialler, session name.
    pub context: &'a Context,
}

/// How a rehearsal goes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// How the clone is made.
    pub means: Means,
    /// Leave the clone where it is afterwards.
    pub keep: bool,
}
