//! Copies of the data. So far: the safety copy that is taken before migrations.

mod kept;
#[cfg(feature = "postgres")]
mod postgres;
mod rows;
mod safety;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use kept::{KeptCopies, KeptCopy, kept_copies};
pub use rows::has_rows;
pub use safety::{SafetyCopy, safety_copy};
