//! From which weight of its findings a command fails.

use clap::ValueEnum;
use mainstay::migrate::Severity;

use crate::commands::Outcome;

/// From which weight on a command that looks for something fails.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Errors: what fails, loses data or stops the server
    Error,
    /// Warnings too
    Warning,
    /// Whatever is found
    Note,
    /// Never
    Never,
}

impl FailOn {
    /// How a command ends that found these.
    pub fn outcome(self, found: impl Iterator<Item = Severity>) -> Outcome {
        let worst = found.max();
        let fails = match self {
            Self::Error => worst >= Some(Severity::Error),
            Self::Warning => worst >= Some(Severity::Warning),
            Self::Note => worst.is_some(),
            Self::Never => false,
        };
        if fails { Outcome::Findings } else { Outcome::Done }
    }
}
