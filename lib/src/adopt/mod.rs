//! `migrate adopt`: takes a database over whose migrations were run by another tool, or by nobody who kept books.
//!
//! Nothing is run on it: its migrations are recorded in the folder's own ledger as applied. [`plan`] says which these are, by
//! the other tool's ledger, by what the user tells, or by what [`locate`] sees in the schema; [`prove`] runs their files in a
//! scratch database and compares what comes out with the database; [`apply`] writes the ledger in one transaction.

mod apply;
mod books;
mod locate;
mod mapping;
mod plan;
mod proof;

pub use apply::apply;
pub use locate::{Position, locate};
pub use plan::plan;
pub use proof::{Proof, prove};

use serde::Serialize;

use crate::dialect::Version;
use crate::plan::Plan;

/// What is to be adopted.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The version that the database is at, by number or name; `None` where another tool's ledger tells.
    pub at: Option<String>,
}

/// A take-over that can be read before it is done.
#[derive(Clone, Debug, Serialize)]
pub struct Adoption {
    /// The statements; none where the ledger has all of it already.
    pub plan: Plan,
    /// The ledger that the versions come from; `None` where the user has told.
    pub from: Option<Origin>,
    /// Every version that the database has had, lowest first.
    pub versions: Vec<Version>,
    /// Those that the folder's own ledger does not have yet.
    pub missing: Vec<Version>,
    /// The version that the database is at afterwards, as files call it.
    pub at: String,
    /// How many migrations of the folder come after it.
    pub pending: usize,
    /// Tables of other ledgers that are left as they are, with the command that drops each by hand.
    pub left: Vec<Left>,
    #[serde(skip)]
    request: Request,
}

impl Adoption {
    /// The command that asks for the same once more, without the proof.
    fn unproven(&self) -> String {
        match &self.request.at {
            Some(at) => format!("mainstay migrate adopt --at {at} --unproven"),
            None => "mainstay migrate adopt --unproven".to_owned(),
        }
    }
}

/// Where versions come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// The tool.
    pub tool: String,
    /// Its table, as SQL.
    pub table: String,
}

/// A table that is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Left {
    /// Its name, as SQL.
    pub table: String,
    /// The command that drops it, once nothing uses it any more.
    pub drop: String,
}

/// On what grounds an adoption is written.
#[derive(Clone, Copy, Debug)]
pub enum Grounds<'a> {
    /// The files make what the database is.
    Proven(&'a Proof),
    /// The user says so.
    Told,
}
