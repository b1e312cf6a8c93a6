//! Django's fixtures: what `dumpdata` writes and `loaddata` reads, and the models that a database's tables are.
//!
//! Source: Django documentation, "Serialization formats", and the serializers themselves.

mod array;
mod duration;
mod joins;
mod json;
mod models;
mod naming;
mod object;
mod read;
mod scan;
mod shape;
mod write;

pub use json::{Json, list};
pub use models::{Column, Facts, Join, Model, Models, PERMISSION};
pub use object::Object;
pub use read::{of_default, read};
pub use scan::{Scan, Spot};
pub use shape::Shape;
pub use write::{write, write_list};

#[cfg(test)]
mod tests;
