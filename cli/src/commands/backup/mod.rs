//! `mainstay backup …`: one file each.

mod create;
mod export;

use clap::Subcommand;

use super::Outcome;
use crate::context::Context;
use crate::error::CliError;

/// `mainstay backup …`
#[derive(Subcommand, Clone)]
pub enum Backup {
    /// Take a backup: whole, read back, readable by pg_restore too
    Create(create::CreateArgs),
    /// Write a backup as the plain folder that stock pg_restore reads
    Export(export::ExportArgs),
}

/// Runs the subcommand.
pub(super) async fn run(command: Backup, context: &Context) -> Result<Outcome, CliError> {
    match command {
        Backup::Create(args) => create::run(args, context).await,
        Backup::Export(args) => export::run(args, context).await,
    }
}
