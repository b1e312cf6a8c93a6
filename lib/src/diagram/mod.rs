//! Entity-relationship diagrams of a catalog, and whether one that was written earlier is still true.
//!
//! [`Graph`] is what is shown; one module for each format writes it; [`check`] reads a written diagram back and compares it.
//! The layout of the SVG is our own: see `docs/design/diagram.md`.
//!
//! ```
//! use mainstay::diagram::{Format, Graph, Selection};
//! # let catalog = mainstay::catalog::Catalog::default();
//! let nothing = Graph::select(&catalog, &Selection::default(), |_| false);
//! assert_eq!(nothing.unwrap_err().message(), "there is nothing to draw: the database has no tables");
//! ```

mod check;
mod dot;
mod drawn;
mod format;
mod graph;
mod json;
mod layout;
mod mermaid;
mod select;
mod svg;
mod types;

pub use check::{Change, Difference, Subject, check};
pub use format::Format;
pub use graph::{Entity, Field, Graph, Relation};
pub use select::{Detail, Selection};
