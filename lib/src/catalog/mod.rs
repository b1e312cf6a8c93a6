//! What a database is made of: the typed model that every engine's reader fills.

/// What a database is made of.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Catalog {}
