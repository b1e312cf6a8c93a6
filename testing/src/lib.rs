//! Private servers, one database per test, and a harness that runs the command.

mod cli;
mod database;
mod psql;
mod python;
mod server;
mod stable;

pub use cli::{Cli, Run};
pub use database::TestDatabase;
pub use python::python_peers;
pub use server::{TestServer, server};
