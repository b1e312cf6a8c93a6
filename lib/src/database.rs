//! The handle that an embedder holds.

/// One service's database.
pub struct Database {}
