//! Named risks of statements.

use serde::Serialize;

use crate::error::{Error, ErrorKind, Place, Result};
use crate::sql::Flavor;

/// A named risk. What cannot be undone needs consent by this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hazard {
    /// Rows, or a column's values, are gone afterwards.
    DeletesData,
    /// An object other than rows is dropped: index, view, function, constraint, trigger, policy, type.
    DropsObject,
}

/// A hazard found in a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Risk {
    /// Its name.
    pub hazard: Hazard,
    /// Why, in a few words: "drops table devices".
    pub reason: String,
    /// Which statement of the step, from 0.
    pub statement: usize,
    /// Whether whoever wrote the script has allowed it there, by a directive.
    pub allowed: bool,
    /// Where the statement is, when it came from a file.
    pub place: Option<Place>,
}

impl Hazard {
    /// Every hazard there is.
    pub const ALL: [Hazard; 2] = [Hazard::DeletesData, Hazard::DropsObject];

    /// The name used in directives, `--allow` and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::DeletesData => "deletes-data",
            Self::DropsObject => "drops-object",
        }
    }

    /// Whether it must be allowed by name before a step that has it is applied.
    pub fn needs_consent(self) -> bool {
        matches!(self, Self::DeletesData)
    }

    /// The hazard of that name.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] with the names there are.
    pub fn parse(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|hazard| hazard.name() == name).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|hazard| hazard.name()).collect();
            Error::new(ErrorKind::Usage, format!("there is no hazard `{name}`"))
                .hint(format!("known hazards: {}", names.join(", ")))
        })
    }
}

/// The risks of one statement, `statement` being its index in the step.
pub fn risks(sql: &str, flavor: Flavor, statement: usize) -> Vec<Risk> {
    todo!("{sql}{flavor:?}{statement}")
}
