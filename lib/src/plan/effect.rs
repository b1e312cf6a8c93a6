//! What a statement does to other people's work while it runs.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Blocks, LockMode};

/// What one statement does to one relation: a table, view, index or sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// Which statement of the step, from 0.
    pub statement: usize,
    /// The relation, as SQL text with its schema: `public.devices`. Empty where nobody can tell what is touched.
    pub object: String,
    /// The strongest lock that the statement takes on it; held to the end of the transaction.
    pub lock: LockMode,
    /// What is done to what the relation holds.
    pub work: Work,
    /// An earlier statement of the same plan made it, or this one does: nobody else knows it yet.
    #[serde(default, skip_serializing_if = "is_false")]
    pub new: bool,
    /// Nobody can tell from the text what the statement does; `lock` and `work` are then the worst that it may be.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unknown: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// What is done to what a relation holds, least first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Work {
    /// Nothing that takes longer for more rows.
    #[default]
    Nothing,
    /// All of it is read.
    Scans,
    /// All of it is written again, with its indexes.
    Rewrites,
}

impl Work {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Scans => "scans",
            Self::Rewrites => "rewrites",
        }
    }
}

impl Effect {
    /// Whether somebody else's reads or writes wait for it: the lock blocks them, on something that they may know.
    pub fn disturbs(&self) -> bool {
        !self.new && self.lock.blocks() != Blocks::Nothing
    }
}

/// `locks public.t: access exclusive (blocks reads and writes), rewrites`.
impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.object.is_empty() {
            return f.write_str("what it locks cannot be told from its text");
        }
        let perhaps = if self.unknown { "may lock" } else { "locks" };
        write!(f, "{perhaps} {}: {}", self.object, self.lock)?;
        if self.lock.blocks() != Blocks::Nothing {
            write!(f, " (blocks {})", self.lock.blocks())?;
        }
        match self.work {
            Work::Nothing => Ok(()),
            work => write!(f, ", {}", work.name()),
        }
    }
}
