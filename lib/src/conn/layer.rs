//! One source's values, and how a source stands to others.

use std::path::PathBuf;

use super::locator::{self, Locator};
use super::{Origin, keyword};
use crate::error::Result;

/// A value with where it came from.
#[derive(Clone)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) origin: Origin,
}

/// How a source came to speak.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Asked for on the command line: overrides others on purpose.
    Explicit,
    /// Found in the environment: must agree with its like before anything is written.
    Ambient,
    /// Written in `mainstay.toml`, for the environment to override.
    Fallback,
}

/// All that one source says.
pub(super) struct Layer {
    pub(super) standing: Standing,
    /// The source as a whole.
    pub(super) origin: Origin,
    /// Keywords, each at most once.
    pub(super) values: Vec<(&'static str, Value)>,
    /// The file, where the source names SQLite.
    pub(super) sqlite: Option<PathBuf>,
    /// The source is a whole connection string: it names a database even where it leaves all to the defaults.
    pub(super) whole: bool,
}

impl Layer {
    pub(super) fn new(standing: Standing, origin: Origin) -> Self {
        Self { standing, origin, values: Vec::new(), sqlite: None, whole: false }
    }

    /// Reads a connection string.
    pub(super) fn from_locator(text: &str, standing: Standing, origin: Origin) -> Result<Self> {
        let mut layer = Self::new(standing, origin.clone());
        layer.whole = true;
        match locator::parse(text, &origin)? {
            Locator::Sqlite(path) => layer.sqlite = Some(path),
            Locator::Postgres(pairs) => {
                pairs.into_iter().for_each(|(name, text)| layer.add(name, text, origin.clone()))
            }
        }
        Ok(layer)
    }

    pub(super) fn add(&mut self, name: &'static str, text: impl Into<String>, origin: Origin) {
        self.values.push((name, Value { text: text.into(), origin }));
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Does it say which PostgreSQL database?
    pub(super) fn names_postgres(&self) -> bool {
        let locates =
            || keyword::LOCATING.iter().any(|name| self.get(name).is_some_and(|value| !value.text.is_empty()));
        self.sqlite.is_none() && (self.whole || locates())
    }
}

/// The first layer's value of `name`; one that is empty hides those below and means the default.
pub(super) fn first<'a>(layers: &'a [Layer], name: &str) -> Option<&'a Value> {
    layers.iter().find_map(|layer| layer.get(name))
}
