//! Questions about a database: its tables and what one table is made of. Pure functions over a [`Catalog`].
//!
//! [`Catalog`]: crate::catalog::Catalog

mod describe;
mod pattern;
mod tables;

pub use describe::{Description, IndexLine, Referrer, describe};
pub use tables::{RelationKind, TableLine, tables};
