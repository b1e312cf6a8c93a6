//! Rows between databases: out to a portable dump, in from one, or from one database straight into another, whatever their engines.
//!
//! A dump is made on one snapshot; a load changes a database wholly or, in batches that are asked for, up to a place from which it
//! goes on. Both ends of either engine are in its folder; `places` are where rows lie in between.

mod copy;
mod django;
mod dump;
mod explain;
mod load;
mod places;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
mod tables;

pub use copy::{Copied, copy, plan_copy};
pub use dump::{Dumped, Foreseen, ForeseenTable, Order, Selection, dump, foresee};
pub use load::{
    LateKey, Loaded, LoadedTable, OnConflict, Options, Plan, PlannedColumn, PlannedTable, Ready, Silenced, load, plan,
};
pub use places::{Input, Output};

use std::path::Path;

use crate::config::DjangoConfig;
use crate::conn::Target;
use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::observer::Event;

/// A form of rows in files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Lines of JSON for each table, and a manifest.
    #[default]
    Own,
    /// A fixture, as Django's `dumpdata` writes it.
    Django,
}

/// Knows where the version of the migrations stands in a database.
#[async_trait::async_trait]
pub trait Versions: Send + Sync {
    /// The version, as the session sees it.
    ///
    /// # Errors
    /// The ledger cannot be read.
    async fn version(&self, session: &mut dyn Session) -> Result<Option<String>>;
}

/// One database and what is known of it.
#[derive(Clone, Copy)]
pub struct Base<'a> {
    /// Where it is.
    pub target: &'a Target,
    /// The role that owns the objects, where it is not the one that is connected as.
    pub owner: Option<&'a str>,
    /// Reads the migrations' ledger; missing where there are no migrations.
    pub versions: Option<&'a dyn Versions>,
    /// What the configuration calls it: `production`, where rows are not written over without its name typed.
    pub environment: Option<&'a str>,
    /// What the configuration says of Django's models.
    pub django: &'a DjangoConfig,
    /// The folder for temporary files.
    pub temporary: &'a Path,
    /// Observer, dialler and name of its sessions.
    pub context: &'a crate::engine::Context,
}

impl Base<'_> {
    /// The version of the migrations as `session` sees it. Rows are as good without one.
    async fn version(&self, session: &mut dyn Session) -> Option<String> {
        match self.versions?.version(session).await {
            Ok(version) => version,
            Err(error) => {
                let message = format!("the version of the migrations cannot be told: {}", error.one_line());
                self.context.observer.event(Event::Warning { message: &message });
                None
            }
        }
    }
}

fn without_engine(target: &Target) -> Error {
    let message = format!("this build of the library cannot read or write the rows of {}", target.describe());
    Error::new(ErrorKind::Usage, message).hint("build with the feature `postgres` or `sqlite`")
}

/// A thread that was doing part of the work has ended without an answer.
fn thread_gone(error: tokio::task::JoinError) -> Error {
    Error::new(ErrorKind::Io, "a thread that moves rows has ended").source(error)
}
