//! PostgreSQL's values: what COPY's text says, and what may be said in it.
//!
//! The session prints and reads as [`SETTINGS`](crate::archive::digest::SETTINGS) has it: ISO dates in UTC, all digits.

mod column;
mod interval;
pub(super) mod moment;
mod nested;
mod read;
mod write;

pub use column::Column;
pub use read::RowText;
pub use write::write;

#[cfg(test)]
mod tests;
