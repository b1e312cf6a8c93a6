//! Copies of the data: backups, and the safety copy that is taken before migrations.

#[cfg(feature = "backup")]
mod create;
mod kept;
#[cfg(feature = "postgres")]
mod postgres;
mod rows;
mod safety;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "backup")]
pub use create::{Cut, Foreseen, ForeseenTable, Ledger, Order, RowFormat, Taken, create, foresee};
pub use kept::{KeptCopies, KeptCopy, kept_copies};
pub use rows::has_rows;
pub use safety::{SafetyCopy, safety_copy};
