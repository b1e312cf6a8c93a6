//! Proofs: of rows, whatever their order, and of stored bytes.

mod binary;
mod rows;
mod session;
mod stored;
mod text;

pub use rows::{CopyFormat, LargeObjectReader, RowReader, Rows, Seed};
pub use session::SETTINGS;
pub use stored::{Stored, StoredReader};

#[cfg(test)]
mod tests;
