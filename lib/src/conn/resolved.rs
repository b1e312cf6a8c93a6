//! The answer of resolution.

use super::{Conflict, Origin, Target};
use crate::error::{Error, ErrorKind, Result};

/// One database, with the source of everything that is known of it.
#[derive(Clone)]
pub struct Resolved {
    /// The database and how to reach it.
    pub target: Target,
    /// What was settled, in the order in which it is shown.
    pub fields: Vec<Field>,
    /// What the user should know: ignored files, settings without effect, sources that disagree.
    pub warnings: Vec<String>,
    /// `development`, `staging` or `production`, where the target's section says so.
    pub environment: Option<String>,
    /// Sources that disagree on where to write.
    pub conflicts: Vec<Conflict>,
    /// Where the password came from; `None` where there is none. Of several hosts, the first that has one.
    pub password_origin: Option<Origin>,
    /// Nobody is to be asked for a password (`--no-password`).
    pub no_password: bool,
}

/// One field of a connection, for people.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Field {
    /// libpq's keyword, or `engine`, `file`, `via`, `environment`.
    pub name: String,
    /// The value; a password is `***`.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}

impl Resolved {
    /// The field `name`, if it was settled.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The target, for an operation that writes.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`] where two sources disagree on where to write: names both.
    pub fn for_writing(&self) -> Result<&Target> {
        let Some(conflict) = self.conflicts.first() else { return Ok(&self.target) };
        let mut error = Error::new(ErrorKind::Refused, format!("refusing to write: {conflict}"));
        for further in &self.conflicts[1..] {
            error = error.hint(format!("{further}, too"));
        }
        Err(error
            .hint(format!("unset one of {} and {}", conflict.taken_from, conflict.other_from))
            .hint("or say which database is meant with --url or --target; `mainstay conn show` has every source"))
    }
}
