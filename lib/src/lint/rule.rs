//! What a rule is.

use crate::plan::Severity;
use crate::sql::Flavor;

use super::finding::Found;
use super::look::Look;

/// A rule, as it is explained.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// How much its findings weigh; `None` where it is off unless the project turns it on.
    pub severity: Option<Severity>,
    /// What it is about, and so for which tables it is silent.
    pub about: About,
    /// What it finds, in one sentence.
    pub title: &'static str,
    /// Why that matters; for a rule that is off, why it is.
    pub why: &'static str,
    /// What else there is to know of it; empty where nothing.
    pub more: &'static str,
    /// What to do instead.
    pub instead: &'static str,
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// Locks, and how long they are held: it is silent for tables that are new, empty or small.
    Locks,
    /// Rows that are there: it is silent for tables that are new or empty.
    Rows,
    /// Programs that use the table meanwhile: it is silent for tables that are new.
    Clients,
    /// The text itself.
    Text,
}

impl About {
    /// For which tables it is silent, for the reader.
    pub fn silence(self) -> Option<&'static str> {
        match self {
            Self::Locks => Some("tables that are new in the same run, empty or small"),
            Self::Rows => Some("tables that are new in the same run, or empty"),
            Self::Clients => Some("tables that are new in the same run"),
            Self::Text => None,
        }
    }
}

/// A rule of ours.
pub(super) struct Own {
    pub rule: Rule,
    /// Whose scripts it looks at.
    pub flavors: &'static [Flavor],
    /// Squawk's rules that it stands for; their ignore comments hold for it too.
    pub covers: &'static [&'static str],
    /// What it finds.
    pub bad: Example,
    /// The same done so that it finds nothing.
    pub good: Example,
    pub check: fn(&Look<'_>, &mut Vec<Found>),
}

/// A migration as an example.
pub(super) struct Example {
    pub up: &'static str,
    pub down: Option<&'static str>,
}

impl Example {
    pub(super) const fn up(up: &'static str) -> Self {
        Self { up, down: None }
    }

    pub(super) const fn both(up: &'static str, down: &'static str) -> Self {
        Self { up, down: Some(down) }
    }
}

pub(super) const POSTGRES: &[Flavor] = &[Flavor::Postgres];
pub(super) const SQLITE: &[Flavor] = &[Flavor::Sqlite];
pub(super) const BOTH: &[Flavor] = &[Flavor::Postgres, Flavor::Sqlite];
