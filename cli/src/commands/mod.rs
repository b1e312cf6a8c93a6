//! The commands: one file each, with its arguments and one function.

mod backup;
mod bootstrap;
mod cleanup;
mod completions;
mod config;
mod conn;
mod data;
mod demo;
pub(crate) mod describe;
mod diagram;
mod doctor;
mod init;
mod inspect;
mod lease;
mod man;
mod migrate;
mod prepare;
mod psql;
mod restore;
mod role;
mod run;
mod schema;
mod server;
mod sql;
mod status;
pub(crate) mod tables;
mod tune;
mod upgrade;

use std::os::unix::process::ExitStatusExt;
use std::process::{ExitCode, ExitStatus};

use clap::Subcommand;

use crate::context::Context;
use crate::error::CliError;

/// What to do, in the order of a service's life.
#[derive(Subcommand, Clone)]
pub enum Command {
    /// Write mainstay.toml and a migrations folder, or adopt the migrations that are there
    Init(init::InitArgs),
    /// Create the roles, database, extensions and grants that are missing
    Bootstrap(bootstrap::BootstrapArgs),
    /// Make the database ready: wait, create what is missing, copy, migrate, verify
    Prepare(prepare::PrepareArgs),
    /// Show on one screen how the database is and what to do next
    Status(status::StatusArgs),
    /// List tables and views with owner, rows, size and comment
    Tables(tables::TablesArgs),
    /// Show what one table, view or sequence is made of
    Describe(describe::DescribeArgs),
    /// Look for what is wrong with the server and the database, each with the command that mends it
    Doctor(doctor::DoctorArgs),
    /// Look into the server: sessions, locks, sizes, unused indexes, bloat, vacuum, sequences near their end
    Inspect(inspect::InspectArgs),
    /// Set the server for the machine that it runs on
    #[command(subcommand)]
    Tune(tune::Tune),
    /// Run a private PostgreSQL server for development, and find the machine's
    #[command(subcommand)]
    Server(server::Server),
    /// Look at schemas: the database's, and every other state that one may be in
    #[command(subcommand)]
    Schema(schema::Schema),
    /// Draw the tables and their foreign keys, or check a diagram that was drawn earlier
    Diagram(diagram::DiagramArgs),
    /// Run SQL, read-only unless --write; rows of any number as table, CSV, JSON or Markdown
    Sql(sql::SqlArgs),
    /// Start PostgreSQL's own psql on the database
    Psql(psql::PsqlArgs),
    /// Write, plan, apply and undo migrations
    #[command(subcommand)]
    Migrate(migrate::Migrate),
    /// Back up the database
    #[command(subcommand)]
    Backup(backup::Backup),
    /// Restore a backup or a dump: into a new database, compared with what was backed up, then put in place
    Restore(restore::RestoreArgs),
    /// Take rows out, bring them in, or copy them, between PostgreSQL and SQLite in both directions
    #[command(subcommand)]
    Data(data::Data),
    /// Delete old data by the policies of mainstay.toml
    #[command(subcommand)]
    Cleanup(cleanup::Cleanup),
    /// Upgrade a cluster on this machine to a newer major version of PostgreSQL, with a way back
    #[command(subcommand)]
    Upgrade(upgrade::Upgrade),
    /// Give people and programs their own logins, with the rights that they need and no others
    #[command(subcommand)]
    Role(role::Role),
    /// Run a program that only one of us may run
    Run(run::RunArgs),
    /// Show who holds which lease
    #[command(subcommand)]
    Lease(lease::Lease),
    /// Show where every connection setting comes from, and test it
    #[command(subcommand)]
    Conn(conn::Conn),
    /// Show the effective mainstay.toml
    #[command(subcommand)]
    Config(config::Config),
    /// Show a service's database from nothing to its first upgrade, in a temporary folder
    Demo(demo::DemoArgs),
    /// Print a completion script for a shell
    Completions(completions::Completions),
    /// Print the manual page, or write all of them to a folder
    Man(man::Man),
}

/// How a command that did not fail ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// There is something to see to, and `--exit-code` was given.
    Findings,
    /// A program that we ran has ended with this exit code.
    Exited(u8),
}

impl Outcome {
    /// The process's exit code.
    pub fn code(self) -> ExitCode {
        match self {
            Self::Done => ExitCode::SUCCESS,
            Self::Findings => ExitCode::from(10),
            Self::Exited(code) => ExitCode::from(code),
        }
    }
}

/// The exit code of a program that we ran; as a shell has it, 128 and the signal's number when one ended it.
fn exit_code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// Runs `command`.
///
/// # Errors
/// Whatever the command's own function says.
pub async fn run(command: Command, context: &Context) -> Result<Outcome, CliError> {
    match command {
        Command::Init(args) => init::run(args, context).await,
        Command::Bootstrap(args) => bootstrap::run(args, context).await,
        Command::Prepare(args) => prepare::run(args, context).await,
        Command::Status(args) => status::run(args, context).await,
        Command::Tables(args) => tables::run(args, context).await,
        Command::Describe(args) => describe::run(args, context).await,
        Command::Doctor(args) => doctor::run(args, context).await,
        Command::Inspect(args) => inspect::run(args, context).await,
        Command::Schema(args) => schema::run(args, context).await,
        Command::Diagram(args) => diagram::run(args, context).await,
        Command::Sql(args) => sql::run(args, context).await,
        Command::Psql(args) => psql::run(args, context).await,
        Command::Migrate(args) => migrate::run(args, context).await,
        Command::Backup(args) => backup::run(args, context).await,
        Command::Restore(args) => restore::run(args, context).await,
        Command::Data(args) => data::run(args, context).await,
        Command::Server(args) => server::run(args, context).await,
        Command::Tune(args) => tune::run(args, context).await,
        Command::Cleanup(args) => cleanup::run(args, context).await,
        Command::Upgrade(args) => upgrade::run(args, context).await,
        Command::Role(args) => role::run(args, context).await,
        Command::Run(args) => run::run(args, context).await,
        Command::Lease(args) => lease::run(args, context).await,
        Command::Conn(args) => conn::run(args, context).await,
        Command::Config(args) => config::run(args, context).await,
        Command::Demo(args) => demo::run(args, context).await,
        Command::Completions(args) => completions::run(args, context).await,
        Command::Man(args) => man::run(args, context).await,
    }
}
