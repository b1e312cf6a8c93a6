//! Django's fixtures: out of a database whose tables are Django's, and into one.

mod facts;
mod file;
mod fixture;
mod index;
mod natural;
mod objects;
mod rows;
mod select;
mod source;

pub(in crate::data) use facts::{history, models};
pub(in crate::data) use file::FixtureFile;
pub(in crate::data) use fixture::{Fixture, History};
pub(in crate::data) use objects::{AsObjects, Layout};
pub(in crate::data) use rows::FixtureRows;
pub(in crate::data) use select::draft;
pub(in crate::data) use source::{ENDINGS, Text};
