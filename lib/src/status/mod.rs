//! How a database is, for one screen: the server, what is missing, migrations, the last entry of the journal, copies,
//! backups, and what to do next. Reads only; what cannot be told is left out or reported as a problem, so that a database in
//! trouble still has a status.

#[cfg(feature = "backup")]
mod backups;
mod books;
mod facts;

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::backup::KeptCopies;
use crate::dialect::Version;
#[cfg(feature = "postgres")]
use crate::engine::postgres::Usage;

#[cfg(feature = "backup")]
pub use backups::{Backups, Kept};
pub use books::Books;
pub use facts::{Subject, survey};

/// How a database is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// The service, where the configuration names it.
    pub service: Option<String>,
    /// `development`, `staging` or `production`, where the configuration says so.
    pub environment: Option<String>,
    /// The environment that the database itself is marked with.
    pub marker: Option<String>,
    /// Who answers.
    pub server: Server,
    /// The database.
    pub database: DatabaseFacts,
    /// What bootstrap would create, a phrase each; a file that does not exist yet.
    pub missing: Vec<String>,
    /// Migrations; `None` where the project has none.
    pub migrations: Option<Migrations>,
    /// The last entry of the journal.
    pub last: Option<Last>,
    /// Where safety copies go.
    pub copies_in: PathBuf,
    /// The safety copies kept there; `None` where the folder cannot be read.
    pub copies: Option<KeptCopies>,
    /// The newest backups; `None` where none is to be expected.
    #[cfg(feature = "backup")]
    pub backups: Option<Backups>,
    /// What to do next, a command or a sentence with one; `None` where nothing is to be done.
    pub next: Option<String>,
}

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Server {
    /// `postgres` or `sqlite`.
    pub engine: &'static str,
    /// The version as printed.
    pub version: String,
    /// The version as a number, 150018 or 3050001.
    pub version_number: u32,
    /// Where it is, for people; empty for SQLite.
    pub address: String,
    /// Role connected as; empty for SQLite.
    pub user: String,
    /// Talking through TLS?
    pub tls: bool,
    /// In recovery: a standby, which takes no writes.
    pub standby: bool,
    /// Connections in use besides the one that asks; `None` for SQLite.
    #[cfg(feature = "postgres")]
    pub connections: Option<Usage>,
}

/// The database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DatabaseFacts {
    /// Its name, or the file.
    pub name: String,
    /// Bytes on disk; `None` where it cannot be told.
    pub bytes: Option<u64>,
    /// Tables, partitions included, without the system's, extensions' and Mainstay's own.
    pub tables: u64,
}

/// What ledger and folder say together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Migrations {
    /// How they are laid out.
    pub dialect: &'static str,
    /// Whether a ledger is there at all.
    pub has_ledger: bool,
    /// The version the database is at.
    pub version: Option<Version>,
    /// How many are applied whole.
    pub applied: usize,
    /// Those to be applied, in order.
    pub pending: Vec<Pending>,
    /// What is not as it should be.
    pub problems: Vec<Trouble>,
}

/// A migration to be applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pending {
    /// Its version.
    pub version: Version,
    /// Its name.
    pub name: String,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// The migration concerned, where it is one.
    pub version: Option<Version>,
    /// One sentence.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// The last thing that was done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Last {
    /// When, as the database prints it.
    pub at: String,
    /// The role; empty for SQLite.
    pub who: String,
    /// The operation: `migrate up`.
    pub action: String,
    /// What it was about.
    pub detail: String,
    /// `ok`, or the error's sentence.
    pub result: String,
}

impl Status {
    /// Nothing is missing, pending, wrong or too old.
    pub fn is_clean(&self) -> bool {
        #[cfg(feature = "backup")]
        if self.backups.as_ref().is_some_and(|backups| !backups.problems.is_empty()) {
            return false;
        }
        let settled = |migrations: &Migrations| migrations.pending.is_empty() && migrations.problems.is_empty();
        self.missing.is_empty() && self.migrations.as_ref().is_none_or(settled)
    }

    /// Completes it by what the ledger and the journal say, and by what follows for the next step.
    pub fn complete(&mut self, books: Books) {
        self.marker = books.marker;
        self.last = books.last;
        self.migrations = books.migrations;
        self.next = self.advice();
    }

    fn advice(&self) -> Option<String> {
        if !self.missing.is_empty() {
            return Some("mainstay prepare".to_owned());
        }
        match &self.migrations {
            Some(migrations) if !migrations.problems.is_empty() => {
                return migrations.problems.first().and_then(|trouble| trouble.hint.clone());
            }
            Some(migrations) if !migrations.pending.is_empty() => {
                let up = if migrations.has_ledger { "mainstay migrate up" } else { "mainstay prepare" };
                return Some(up.to_owned());
            }
            _ => {}
        }
        #[cfg(feature = "backup")]
        if let Some(next) = self.backups.as_ref().and_then(|backups| backups.next) {
            return Some(next.to_owned());
        }
        None
    }

    /// The newest copy's name inside [`Status::copies_in`].
    pub fn newest_copy(&self) -> Option<&Path> {
        let newest = self.copies.as_ref()?.newest.as_ref()?;
        newest.path.file_name().map(Path::new)
    }
}
