//! SQLite's values: what a column makes of them, and what it would change.
//!
//! Source: SQLite documentation, "Datatypes In SQLite", column affinity.

mod affinity;
mod read;
mod write;

pub use affinity::Affinity;
pub use read::settle;
pub use write::{Column, stored};

#[cfg(all(test, feature = "sqlite"))]
mod tests;
