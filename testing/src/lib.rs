//! Private servers, one database per test, and a harness that runs the command.

mod captured;
mod cli;
mod database;
mod psql;
mod schema;
mod server;
mod stable;

pub use captured::Captured;
pub use cli::{Cli, Run};
pub use database::TestDatabase;
pub use schema::statements;
pub use server::{TestServer, server};
