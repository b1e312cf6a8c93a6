//! How an object is not as expected, for people who want to know whether, and of what; the way from one state to the other is
//! `diff`'s.

use std::fmt;

use serde::Serialize;

/// An object that is not the same in two states.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// What it is called: `index public.log_at`.
    pub object: String,
    /// How it differs.
    pub change: Change,
    /// In what, where it is in both.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
}

/// How an object differs from the expected state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It is expected and not there.
    Missing,
    /// It is there and nothing expects it.
    Extra,
    /// It is there, and not as expected.
    Changed,
}

/// One thing in which an object differs; long texts are cut to where they begin to differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attribute {
    /// In words: `data type`.
    pub name: String,
    /// What it is.
    pub found: String,
    /// What it should be.
    pub expected: String,
}

impl Change {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Changed => "changed",
        }
    }
}

impl Drift {
    /// What of `first` is in `second` too.
    pub(super) fn in_both(first: Vec<Self>, second: &[Self]) -> Vec<Self> {
        let both = |mut one: Self| {
            let other = second.iter().find(|other| other.object == one.object && other.change == one.change)?;
            one.attributes.retain(|attribute| other.attributes.iter().any(|known| known.name == attribute.name));
            (one.change != Change::Changed || !one.attributes.is_empty()).then_some(one)
        };
        first.into_iter().filter_map(both).collect()
    }
}

/// `changed column public.log.at: not null is yes, expected no`.
impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.change.word(), self.object)?;
        for (place, one) in self.attributes.iter().enumerate() {
            let between = if place == 0 { ":" } else { ";" };
            write!(f, "{between} {} is {}, expected {}", one.name, one.found, one.expected)?;
        }
        Ok(())
    }
}
