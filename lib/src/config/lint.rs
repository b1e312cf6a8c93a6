//! `[lint]`: what the project wants of the rules that migrations are looked at by.

use crate::error::{Place, Result};

use super::section::Section;

/// `[lint]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LintConfig {
    /// A table of fewer rows is small, and rules about locks are silent for it.
    pub small_rows: u64,
    /// A table of fewer bytes is small, indexes and all; it must be both.
    pub small_size: u64,
    /// `[lint.rules]`
    pub rules: Vec<LintRule>,
}

/// A line of `[lint.rules]`: what a rule's findings weigh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LintRule {
    /// The rule's name as written.
    pub name: String,
    /// What its findings weigh.
    pub level: LintLevel,
    /// Where it is written.
    pub place: Place,
}

/// What a rule's findings weigh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LintLevel {
    /// Nothing: the rule is off.
    Off,
    /// Good to know.
    Note,
    /// Needs attention.
    Warning,
    /// Will fail.
    Error,
}

impl Default for LintConfig {
    fn default() -> Self {
        Self { small_rows: 10_000, small_size: 10_000_000, rules: Vec::new() }
    }
}

impl LintConfig {
    pub(super) fn read(section: Section<'_>) -> Result<Self> {
        let default = Self::default();
        let levels = section.choices("rules", &["off", "note", "warning", "error"])?;
        let rule = |(name, level, place)| {
            let level = match level {
                "note" => LintLevel::Note,
                "warning" => LintLevel::Warning,
                "error" => LintLevel::Error,
                _ => LintLevel::Off,
            };
            LintRule { name, level, place }
        };
        let lint = Self {
            small_rows: section.count("small_rows")?.unwrap_or(default.small_rows),
            small_size: section.size("small_size")?.unwrap_or(default.small_size),
            rules: levels.into_iter().map(rule).collect(),
        };
        section.finish()?;
        Ok(lint)
    }
}
