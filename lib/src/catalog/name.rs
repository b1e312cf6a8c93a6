//! Names of objects that live in a schema.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::sql;

/// `schema.name`, ordered by schema first. SQLite's schema is `main`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Name {
    /// The schema, unquoted.
    pub schema: String,
    /// The object, unquoted.
    pub name: String,
}

impl Name {
    /// `schema.name`, both unquoted.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }
}

/// As SQL text: both parts quoted where they have to be.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sql::qualified(&self.schema, &self.name))
    }
}
