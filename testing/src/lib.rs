//! Private servers, one database per test, and a harness that runs the command.

mod cli;
mod database;
mod matrix;
mod psql;
mod server;
mod stable;

pub use cli::{Cli, Run};
pub use database::TestDatabase;
pub use matrix::{VERSIONS, server_of};
pub use server::{TestServer, server};
