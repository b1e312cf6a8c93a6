//! Private servers, one database per test, and a harness that runs the command.

mod captured;
mod cli;
mod cluster;
mod command;
mod database;
mod finished;
mod language;
mod matrix;
mod psql;
mod python;
#[cfg(feature = "s3")]
mod s3;
mod schema;
mod server;
mod stable;
mod terminal;
mod wire;

pub use captured::Captured;
pub use cli::{Cli, Run};
pub use cluster::TestCluster;
pub use command::mainstay;
pub use database::TestDatabase;
pub use matrix::{VERSIONS, clients, programs_of, server_of, start_server_of};
pub use python::python_peers;
#[cfg(feature = "s3")]
pub use s3::{Fault, FaultyProxy, S3_KEY_ID, S3_SECRET, S3Server};
pub use schema::statements;
pub use server::{TestServer, server};
pub use terminal::Terminal;
pub use wire::{After, Counted, Wire};
