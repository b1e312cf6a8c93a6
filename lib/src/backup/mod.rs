//! Copies of the data: backups, and the safety copy that is taken before migrations.

#[cfg(feature = "backup")]
mod create;
#[cfg(feature = "backup")]
mod export;
mod kept;
#[cfg(feature = "backup")]
mod notice;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "backup")]
mod prune;
#[cfg(feature = "backup")]
mod reread;
mod rows;
mod safety;
#[cfg(all(feature = "backup", feature = "postgres"))]
mod single;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "backup")]
mod verify;

#[cfg(feature = "backup")]
pub use crate::archive::sealed::Unlocking;
#[cfg(feature = "backup")]
pub use create::{Cut, Foreseen, ForeseenTable, Ledger, Order, RowFormat, Taken, create, foresee};
#[cfg(feature = "backup")]
pub use export::{Exported, export};
pub(crate) use kept::prune_copies;
pub use kept::{KeptCopies, KeptCopy, kept_copies};
#[cfg(feature = "backup")]
pub use notice::{Listeners, Notice, Operation};
#[cfg(feature = "backup")]
pub use prune::{Kept, Removal, Removed, plan_delete, plan_prune, remove};
pub use rows::has_rows;
pub use safety::{SafetyCopy, safety_copy};
#[cfg(feature = "backup")]
pub use safety::{TakesBackups, safety_backup};
#[cfg(all(feature = "backup", feature = "postgres"))]
pub use single::{SingleFile, SingleFormat, single_file};
#[cfg(feature = "backup")]
pub use verify::{Damage, Extent, Verified, verify};
