//! `mainstay server …`: one file per subcommand.

mod init;
mod logs;
mod start;
mod status;
mod stop;

use clap::Subcommand;
use mainstay::server::OwnServer;

use super::Outcome;
use crate::context::Context;
use crate::env;
use crate::error::CliError;

/// Run a private PostgreSQL server for development, and find the machine's
#[derive(Subcommand, Clone)]
pub enum Server {
    /// Make one in the project's folder
    Init(init::InitArgs),
    /// Start it; it runs on in the background
    Start(start::StartArgs),
    /// Stop it
    Stop(stop::StopArgs),
    /// Show the project's server and every other one that is found on this machine
    Status(status::StatusArgs),
    /// Print a server's log, and follow it
    Logs(logs::LogsArgs),
}

/// Runs the subcommand.
pub(super) async fn run(command: Server, context: &Context) -> Result<Outcome, CliError> {
    match command {
        Server::Init(args) => init::run(args, context).await,
        Server::Start(args) => start::run(args, context).await,
        Server::Stop(args) => stop::run(args, context).await,
        Server::Status(args) => status::run(args, context).await,
        Server::Logs(args) => logs::run(args, context).await,
    }
}

/// The project's own server.
fn own(context: &Context) -> Result<OwnServer, CliError> {
    Ok(OwnServer::find(&context.project.root, search_path(context))?)
}

/// The folders in which PostgreSQL's programs are looked for.
fn search_path(context: &Context) -> &str {
    context.vars().get(env::PATH).map_or("", String::as_str)
}

/// The database that the service has in it: the service's name, else the project folder's.
fn database_name(context: &Context) -> Result<String, CliError> {
    let config = context.project.config()?;
    let folder = context.project.root.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(config.service.name.or(folder).unwrap_or_else(|| "postgres".to_owned()))
}
