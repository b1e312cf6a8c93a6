//! Throw-away servers and databases.

#[cfg(feature = "postgres")]
mod server;

#[cfg(feature = "postgres")]
pub use server::ScratchServer;
