//! `mainstay role …`: one file each.

mod create;
mod drop;
mod grant;
mod list;
mod report;
mod revoke;

use clap::{Args, Subcommand, ValueEnum};
use mainstay::Database;
use mainstay::roles;

use super::Outcome;
use crate::context::Context;
use crate::error::CliError;
use crate::reach;

/// `mainstay role …`
#[derive(Subcommand, Clone)]
pub enum Role {
    /// Show who may do what, by role and schema
    List(list::ListArgs),
    /// Create a login for a purpose, with a password that is shown once
    Create(create::CreateArgs),
    /// Give a role what a purpose takes
    Grant(grant::GrantArgs),
    /// Take from a role what a purpose takes
    Revoke(revoke::RevokeArgs),
    /// Drop a role that owns nothing, or whose objects another gets
    Drop(drop::DropArgs),
}

/// What a role is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Preset {
    /// Acts as the owner of the service's objects
    Owner,
    /// Reads and writes rows
    App,
    /// Only reads
    Reader,
    /// Looks at statistics, settings and sessions of the server
    Monitor,
    /// Reads what a backup must have
    Backup,
}

impl From<Preset> for roles::Preset {
    fn from(preset: Preset) -> Self {
        match preset {
            Preset::Owner => Self::Owner,
            Preset::App => Self::App,
            Preset::Reader => Self::Reader,
            Preset::Monitor => Self::Monitor,
            Preset::Backup => Self::Backup,
        }
    }
}

/// How a role is changed.
#[derive(Args, Clone)]
pub struct How {
    /// Print the SQL and run nothing
    #[arg(long)]
    print: bool,

    /// Connection that may change roles, in any form that --url takes
    #[arg(long, value_name = "URL")]
    admin_url: Option<String>,
}

impl How {
    /// The database, and who changes roles there.
    fn open(&self, context: &Context) -> Result<Database, CliError> {
        let mut builder = reach::builder(context)?;
        if let Some(url) = &self.admin_url {
            builder = builder.admin_url(url);
        }
        reach::open(context, builder)
    }
}

/// Runs the subcommand.
pub(super) async fn run(command: Role, context: &Context) -> Result<Outcome, CliError> {
    match command {
        Role::List(args) => list::run(args, context).await,
        Role::Create(args) => create::run(args, context).await,
        Role::Grant(args) => grant::run(args, context).await,
        Role::Revoke(args) => revoke::run(args, context).await,
        Role::Drop(args) => drop::run(args, context).await,
    }
}
