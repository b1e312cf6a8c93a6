//! Private servers, one database per test, and a harness that runs the command.

mod captured;
mod cli;
mod command;
mod database;
mod language;
mod matrix;
mod psql;
mod python;
mod schema;
mod server;
mod stable;
mod terminal;

pub use captured::Captured;
pub use cli::{Cli, Run};
pub use command::mainstay;
pub use database::TestDatabase;
pub use matrix::{VERSIONS, clients, server_of};
pub use python::python_peers;
pub use schema::statements;
pub use server::{TestServer, server};
pub use terminal::Terminal;
