//! What is asked of a restore.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

use super::birth::Birth;
use super::roles::Owners;

/// Where what is restored goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Into a new database of this name, which nothing has yet.
    New(String),
    /// Into a new database, which takes the name of this one once it is proven whole; the old one is kept under another name.
    Swap(String),
    /// Into this database as it is, all in one transaction.
    InPlace(String),
    /// Into a scratch database, which is dropped again: only what was found out stays.
    Scratch,
}

impl Way {
    /// The name of the database that comes of it; of one that goes again, no name.
    pub fn database(&self) -> &str {
        match self {
            Self::New(name) | Self::Swap(name) | Self::InPlace(name) => name,
            Self::Scratch => "",
        }
    }
}

/// What a plan asks of the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asks {
    /// Nothing: what is there stays as it is.
    Nothing,
    /// To agree.
    Agreement,
    /// To type the database's name.
    Name,
}

/// What the user has agreed to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    /// To what is done to the old database.
    pub agreed: bool,
    /// The database's name, as it was typed.
    pub name: Option<String>,
}

impl Consent {
    /// # Errors
    /// [`ErrorKind::Refused`] where `database` asks for more.
    pub(super) fn check(&self, asks: Asks, database: &str) -> Result<()> {
        let named = self.name.as_deref() == Some(database);
        match asks {
            Asks::Nothing => Ok(()),
            Asks::Agreement if self.agreed || named => Ok(()),
            Asks::Name if named => Ok(()),
            Asks::Agreement => {
                Err(Error::new(ErrorKind::Refused, format!("database {database} is there and would be replaced"))
                    .hint("read what is done: the same command with --dry-run; to go on: --yes")
                    .hint("or into a new database beside it: --into NAME"))
            }
            Asks::Name => Err(Error::new(
                ErrorKind::Refused,
                format!("database {database} would be replaced, and nobody has typed its name"),
            )
            .hint(format!("read what is done: the same command with --dry-run; to go on: --confirm {database}"))
            .hint("or into a new database beside it: --into NAME")),
        }
    }
}

/// What is asked of a restore.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it goes.
    pub way: Way,
    /// Only these tables, with their schemas or without; empty for everything.
    pub only: Vec<String>,
    /// Whose the restored objects are.
    pub owners: Owners,
    /// Roles that the server lacks are made as the backup has them.
    pub roles: bool,
    /// The role that the new database belongs to, where somebody says it: the service's owner.
    pub owner: Option<String>,
    /// How the new database begins.
    pub birth: Birth,
    /// Sessions side by side; 0 for as many as this machine has processors, eight at most.
    pub jobs: usize,
    /// In place: what the database has goes first, in the same transaction.
    pub clean: bool,
    /// The database is a production one.
    pub production: bool,
    /// What the user has agreed to.
    pub consent: Consent,
    /// What ends the name of the old database that a swap keeps, a timestamp as `20261121T221000Z`.
    pub label: String,
}

impl Options {
    /// Everything, as it was, where it is tried out.
    pub(super) fn everything() -> Self {
        Self {
            way: Way::Scratch,
            only: Vec::new(),
            owners: Owners::default(),
            roles: false,
            owner: None,
            birth: Birth::default(),
            jobs: 0,
            clean: false,
            production: false,
            consent: Consent::default(),
            label: String::new(),
        }
    }

    /// How many sessions.
    pub(super) fn sessions(&self, way: &Way) -> usize {
        let processors = || std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
        match (way, self.jobs) {
            (Way::InPlace(_), _) => 1,
            (_, 0) => processors(),
            (_, jobs) => jobs,
        }
    }
}
