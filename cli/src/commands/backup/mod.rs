//! `mainstay backup …`: one file each.

mod create;
mod delete;
mod drill;
mod export;
mod list;
mod news;
mod prune;
mod show;
mod verify;

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
    /// List the backups, the newest first, and how far each has come
    List(list::ListArgs),
    /// Show what a backup holds
    Show(show::ShowArgs),
    /// Read a backup again: every file, and every row against its digest
    Verify(verify::VerifyArgs),
    /// Prove a backup: restore it where nobody needs it, and compare every row
    Drill(drill::DrillArgs),
    /// Remove the backups that no rule keeps
    Prune(prune::PruneArgs),
    /// Remove backups by name
    Delete(delete::DeleteArgs),
}

/// Runs the subcommand.
pub(super) async fn run(command: Backup, context: &Context) -> Result<Outcome, CliError> {
    match command {
        Backup::Create(args) => create::run(args, context).await,
        Backup::Export(args) => export::run(args, context).await,
        Backup::List(args) => list::run(args, context).await,
        Backup::Show(args) => show::run(args, context).await,
        Backup::Verify(args) => verify::run(args, context).await,
        Backup::Drill(args) => drill::run(args, context).await,
        Backup::Prune(args) => prune::run(args, context).await,
        Backup::Delete(args) => delete::run(args, context).await,
    }
}
