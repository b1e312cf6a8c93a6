//! WalT's `server-db`: what a WalT server knows of its devices, how they are wired, what they boot and what they log.
//!
//! [`open`] makes the database ready and connects to it; each module is one subject, functions on a client. Whoever calls
//! decides on transactions: a function takes a client or a transaction, or `&mut Client` where it needs one of its own.

pub mod checkpoints;
pub mod devices;
pub mod forget;
pub mod images;
pub mod ingest;
pub mod logs;
pub mod nodes;
pub mod owner;
pub mod poe;
pub mod server;
pub mod switchports;
pub mod topology;
pub mod vpn;

mod open;

pub use open::{database, open};

/// What can go wrong: the database's error, with its SQLSTATE.
pub type Result<T, E = tokio_postgres::Error> = std::result::Result<T, E>;

/// Any error at all, where the library's and the driver's meet.
pub type AnyError = Box<dyn std::error::Error + Send + Sync>;
