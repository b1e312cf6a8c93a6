//! Mainstay looks after one service's database from its birth to its last upgrade.
//!
//! This crate does the work and is what a service embeds; the command `mainstay` is one face of it.
//! It never prints, never reads the environment by itself, and touches nothing without a plan.
//!
//! The modules are the architecture, lowest first; a module uses only those above it in this list.

pub mod error;

pub mod observer;
pub mod sql;

pub mod catalog;
pub mod config;
pub mod plan;

#[cfg(feature = "backup")]
pub mod archive;
pub mod conn;
#[cfg(feature = "diagram")]
pub mod diagram;
pub mod diff;
pub mod effects;
pub mod lint;
pub mod retention;
pub mod revisions;

pub mod disk;
#[cfg(feature = "diagram")]
pub mod pages;
#[cfg(feature = "data")]
pub mod portable;
pub mod tool;

#[cfg(feature = "postgres")]
pub mod cluster;
pub mod engine;
#[cfg(feature = "backup")]
pub mod store;

pub mod ledger;
pub mod scratch;
pub mod trace;

pub mod dialect;

pub mod backup;
pub mod bootstrap;
pub mod console;
#[cfg(feature = "data")]
pub mod data;
pub mod doctor;
pub mod inspect;
pub mod lease;
pub mod migrate;
#[cfg(all(feature = "backup", feature = "postgres"))]
pub mod restore;
#[cfg(feature = "postgres")]
pub mod server;
#[cfg(feature = "postgres")]
pub mod tune;

pub mod cleanup;
#[cfg(feature = "postgres")]
pub mod roles;
pub mod wrapped;

#[cfg(feature = "backup")]
pub mod drill;
pub mod prepare;
pub mod states;
pub mod status;

pub mod adopt;
pub mod apply;
#[cfg(feature = "postgres")]
pub mod capture;
pub mod rehearse;
#[cfg(all(feature = "backup", feature = "postgres"))]
pub mod upgrade;

mod database;

#[cfg(all(feature = "backup", feature = "postgres"))]
pub use database::Restorable;
pub use database::{Builder, Database};
pub use error::{Error, ErrorKind, Result};

/// The PostgreSQL driver, in the version whose client [`Database::client`] returns.
#[cfg(feature = "postgres")]
pub use tokio_postgres;

/// SQLite's driver, in the version whose transactions [`Database::sqlite`] hands out.
#[cfg(feature = "sqlite")]
pub use rusqlite;

/// The files of a folder as part of the binary, for [`Builder::migrations`]:
/// `embed_migrations!("$CARGO_MANIFEST_DIR/migrations")`. An edited file rebuilds by itself; for added ones put
/// `println!("cargo:rerun-if-changed=migrations")` into `build.rs`.
#[cfg(feature = "embed")]
#[macro_export]
macro_rules! embed_migrations {
    ($path:tt) => {{
        use $crate::include_dir;
        static FOLDER: include_dir::Dir<'static> = include_dir::include_dir!($path);
        $crate::disk::embedded(&FOLDER)
    }};
}

#[cfg(feature = "embed")]
#[doc(hidden)]
pub use include_dir;
