//! What is looked at.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::catalog::Catalog;
use crate::config::{LintConfig, LintLevel};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::Severity;
use crate::sql::Flavor;

use super::{names, nearest};

/// Migrations to look at, and what is known of the database that they are for.
pub struct Input<'a> {
    /// Whose rules the scripts follow.
    pub flavor: Flavor,
    /// Migrations in their order; those of one list are applied together, so that what one makes is new for the next.
    pub runs: Vec<Vec<Migration<'a>>>,
    /// The live database, where it was asked.
    pub facts: Option<&'a Facts>,
    /// What the project wants of the rules.
    pub settings: &'a Settings,
    /// What to write where a script must not run in a transaction, for the reader.
    pub no_transaction: &'a str,
    /// Whether migrations of this layout have a way back.
    pub has_downs: bool,
}

/// One migration.
#[derive(Clone, Copy, Debug)]
pub struct Migration<'a> {
    /// The way up.
    pub up: Script<'a>,
    /// The way back.
    pub down: Option<Script<'a>>,
}

/// One script.
#[derive(Clone, Copy, Debug)]
pub struct Script<'a> {
    /// Its file, as findings name it.
    pub file: &'a str,
    /// The file's text; what is not this script's is blank, so that places are right.
    pub text: &'a str,
    /// Does the runner put it into a transaction?
    pub transaction: bool,
    /// Rules that its head allows, for all of it.
    pub allow: &'a [String],
    /// Its head allows that data is deleted: dropped tables and columns are no news to its author.
    pub may_delete: bool,
}

/// What the live database is like.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Its tables with rows and sizes, and who needs whom.
    pub catalog: Catalog,
    /// The server's version as it tells it, `16.4`.
    pub version: String,
}

/// What the project wants of the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Rules that weigh something else than by themselves; `None` is off.
    pub levels: BTreeMap<String, Option<Severity>>,
    /// A table of fewer rows is small.
    pub small_rows: u64,
    /// A table of fewer bytes is small, indexes and all.
    pub small_size: u64,
}

impl Settings {
    /// What `[lint]` of `mainstay.toml` says.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] with the place: no rule has that name.
    pub fn new(config: &LintConfig) -> Result<Self> {
        let mut levels = BTreeMap::new();
        for rule in &config.rules {
            if !names().any(|name| name == rule.name) {
                return Err(Error::new(ErrorKind::Config, format!("there is no rule `{}`", rule.name))
                    .at(rule.place.clone())
                    .hint(format!(
                        "did you mean `{}`? All of them: mainstay migrate lint --explain all",
                        nearest(&rule.name)
                    )));
            }
            let level = match rule.level {
                LintLevel::Off => None,
                LintLevel::Note => Some(Severity::Note),
                LintLevel::Warning => Some(Severity::Warning),
                LintLevel::Error => Some(Severity::Error),
            };
            levels.insert(rule.name.clone(), level);
        }
        Ok(Self { levels, small_rows: config.small_rows, small_size: config.small_size })
    }
}

impl Default for Settings {
    fn default() -> Self {
        let config = LintConfig::default();
        Self { levels: BTreeMap::new(), small_rows: config.small_rows, small_size: config.small_size }
    }
}

/// How large a table is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// Its name.
    pub name: String,
    /// Rows, as the server estimates them; partitions' are counted.
    pub rows: Option<u64>,
    /// Bytes on disk, indexes and all.
    pub bytes: Option<u64>,
}
