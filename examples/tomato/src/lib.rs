//! ToMaTo's backend: topologies of virtual machines that users build on hosts, and the tasks that work on them.
//!
//! [`open`] makes the database ready, SQLite or PostgreSQL; each module is one subject, functions on [`Records`]. Whoever calls
//! decides on transactions: [`Store::read`] and [`Store::write`] are one each.

pub mod devices;
pub mod hosts;
pub mod resources;
pub mod tasks;
pub mod topologies;
pub mod users;

mod on_postgres;
mod on_sqlite;
mod open;
mod pool;
mod records;
mod store;

pub use open::{database, open, open_unchanged};
pub use pool::{Pool, Sessions, pool};
pub use records::{Records, Row, Value};
pub use store::Store;

/// Any error at all, where the library's and the drivers' meet.
pub type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// What a function on the database returns.
pub type Result<T> = std::result::Result<T, AnyError>;
