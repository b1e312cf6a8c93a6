//! Questions about a database: its tables and what one table is made of, pure functions over a [`Catalog`]; the list of databases;
//! and [reports](Report) on the server and what goes on in it.
//!
//! [`Catalog`]: crate::catalog::Catalog

mod databases;
mod describe;
mod pattern;
mod report;
mod reports;
mod tables;

pub use databases::{DatabaseLine, databases};
pub use describe::{Description, IndexLine, Referrer, describe};
pub use pattern::Pattern;
pub use report::{Column, Found, Kind, Report};
pub use reports::REPORTS;
pub use tables::{RelationKind, TableLine, tables};
