//! capsul: small virtual machines for people. One hub talks to the database; spokes, one on each host, make the machines.
//!
//! [`open`](fn@open) makes the database ready and connects to it. [`Hub`] is the one that may hand out operations; [`spoke`]
//! needs neither database nor lease.

pub mod accounts;
pub mod hub;
pub mod operations;
pub mod spoke;

mod open;

pub use hub::Hub;
pub use open::{database, open};

/// What can go wrong in the database, with its SQLSTATE.
pub type Result<T, E = tokio_postgres::Error> = std::result::Result<T, E>;

/// Any error at all, where the library's, the driver's and the system's meet.
pub type AnyError = Box<dyn std::error::Error + Send + Sync>;
