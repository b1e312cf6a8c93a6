//! Throw-away servers and databases.

#[cfg(feature = "postgres")]
mod database;
mod place;
#[cfg(feature = "postgres")]
mod server;

#[cfg(feature = "postgres")]
pub use database::ScratchDatabase;
#[cfg(feature = "postgres")]
pub use server::ScratchServer;

pub use place::{Scratch, Wanted};
