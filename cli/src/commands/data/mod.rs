//! `mainstay data …`: one file each.

mod copy;
mod dump;
mod form;
mod load;
mod plan;

use clap::Subcommand;

use super::Outcome;
use crate::context::Context;
use crate::error::CliError;

/// `mainstay data …`
#[derive(Subcommand, Clone)]
pub enum Data {
    /// Write rows as JSON lines that either engine can load, or as a Django fixture
    Dump(dump::DumpArgs),
    /// Load what `data dump` or Django's `dumpdata` has written
    Load(load::LoadArgs),
    /// Copy rows from one database into another, whatever their engines
    Copy(copy::CopyArgs),
}

/// Runs the subcommand.
pub(super) async fn run(command: Data, context: &Context) -> Result<Outcome, CliError> {
    match command {
        Data::Dump(args) => dump::run(args, context).await,
        Data::Load(args) => load::run(args, context).await,
        Data::Copy(args) => copy::run(args, context).await,
    }
}
