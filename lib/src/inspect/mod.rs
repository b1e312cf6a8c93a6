//! Questions about a database: its tables and what one table is made of. Pure functions over a [`Catalog`],
//! but for the list of databases, of which a catalog knows one.
//!
//! [`Catalog`]: crate::catalog::Catalog

mod databases;
mod describe;
mod pattern;
mod tables;

pub use databases::{DatabaseLine, databases};
pub use describe::{Description, IndexLine, Referrer, describe};
pub use pattern::Pattern;
pub use tables::{RelationKind, TableLine, tables};
