//! Private servers, one database per test, and a harness that runs the command.

mod cli;
mod database;
mod psql;
mod server;
mod stable;
mod terminal;

pub use cli::{Cli, Run};
pub use database::TestDatabase;
pub use server::{TestServer, server};
pub use terminal::Terminal;
