//! Throw-away servers, databases and files. Each is gone with its value, and what a killed process leaves behind is swept
//! away: a server by its guardian, a database or file by the next run.

#[cfg(feature = "postgres")]
mod begin;
#[cfg(feature = "postgres")]
mod database;
mod either;
#[cfg(feature = "sqlite")]
mod file;
mod folder;
#[cfg(feature = "postgres")]
mod leftovers;
#[cfg(feature = "postgres")]
mod original;
#[cfg(feature = "postgres")]
mod programs;
#[cfg(feature = "postgres")]
mod server;

#[cfg(feature = "postgres")]
pub use begin::{Begin, likeness, setting_value};
#[cfg(feature = "postgres")]
pub use database::ScratchDatabase;
pub use either::Scratch;
#[cfg(feature = "sqlite")]
pub use file::ScratchFile;
pub use folder::ScratchFolder;
#[cfg(feature = "postgres")]
pub(crate) use original::Original;
#[cfg(feature = "postgres")]
pub use programs::{HASTE, server_programs};
#[cfg(feature = "postgres")]
pub use server::ScratchServer;
