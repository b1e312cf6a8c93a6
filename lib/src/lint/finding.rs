//! What a rule has found.

use serde::Serialize;

use crate::error::Place;
use crate::plan::Severity;

use super::Measured;
use super::read::Named;

/// What a rule has found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// What, in one sentence.
    pub message: String,
    /// Why that matters.
    pub why: String,
    /// What to do instead.
    pub instead: String,
    /// The table concerned, where the live database has it.
    pub table: Option<Measured>,
}

/// The same before it is known whether anybody wants to hear of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// Byte offset in the script.
    pub offset: usize,
    /// What, in one sentence.
    pub message: String,
    /// What to do, where it is something else than the rule says.
    pub instead: Option<String>,
    /// How much it weighs, where it is something else than the rule says.
    pub severity: Option<Severity>,
    /// The table concerned.
    pub table: Option<Named>,
    /// It is in the way back.
    pub in_down: bool,
}

impl Found {
    pub(super) fn new(offset: usize, message: impl Into<String>) -> Self {
        Self { offset, message: message.into(), ..Self::default() }
    }

    pub(super) fn on(self, table: &Named) -> Self {
        Self { table: Some(table.clone()), ..self }
    }

    pub(super) fn weighs(self, severity: Severity) -> Self {
        Self { severity: Some(severity), ..self }
    }

    pub(super) fn instead(self, instead: impl Into<String>) -> Self {
        Self { instead: Some(instead.into()), ..self }
    }
}
