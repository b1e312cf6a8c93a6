//! `mainstay migrate …`: one file per subcommand.

mod adopt;
mod capture;
mod check;
mod down;
mod lint;
mod new;
mod plan;
mod rehearse;
mod repair;
mod squash;
pub(super) mod status;
mod up;
mod verify;

use std::fmt::Write;
use std::time::Duration;

use clap::Subcommand;
use mainstay::dialect::Direction;
use mainstay::migrate::{Done, Folder, MigrationPlan, Report, Source};
use mainstay::prepare::Migrated;
use mainstay::{Database, Error, ErrorKind};

use super::Outcome;
use crate::context::Context;
use crate::error::CliError;
use crate::output::words;
use crate::reach;

/// Write, plan, apply and undo migrations
#[derive(Subcommand, Clone)]
pub enum Migrate {
    /// Write the files of a new migration
    New(new::NewArgs),
    /// Show what would be applied: statements, timeouts, hazards
    Plan(plan::PlanArgs),
    /// Try what is pending on a clone of the database: locks, rewrites, rows lost, rows in the way
    Rehearse(rehearse::RehearseArgs),
    /// Apply what is pending, a safety copy first where there are rows to lose
    Up(up::UpArgs),
    /// Undo the last migrations, a safety copy first
    Down(down::DownArgs),
    /// List applied and pending migrations and what is wrong between ledger and folder
    Status(status::StatusArgs),
    /// Check the folder without a database
    Check(check::CheckArgs),
    /// Try every migration up, down and up again in a scratch, and look for drift in the database
    Verify(verify::VerifyArgs),
    /// Look for what is slow, dangerous or bound to fail in pending migrations
    Lint(lint::LintArgs),
    /// Take over a database that another tool has migrated, without running anything on it
    Adopt(adopt::AdoptArgs),
    /// Put the ledger right after showing why
    Repair(repair::RepairArgs),
    /// Make one migration of a long history
    Squash(squash::SquashArgs),
}

/// Runs the subcommand.
pub(super) async fn run(command: Migrate, context: &Context) -> Result<Outcome, CliError> {
    match command {
        Migrate::New(args) => new::run(args, context).await,
        Migrate::Plan(args) => plan::run(args, context).await,
        Migrate::Rehearse(args) => rehearse::run(args, context).await,
        Migrate::Up(args) => up::run(args, context).await,
        Migrate::Down(args) => down::run(args, context).await,
        Migrate::Status(args) => status::run(args, context).await,
        Migrate::Check(args) => check::run(args, context).await,
        Migrate::Verify(args) => verify::run(args, context).await,
        Migrate::Lint(args) => lint::run(args, context).await,
        Migrate::Adopt(args) => adopt::run(args, context).await,
        Migrate::Repair(args) => repair::run(args, context).await,
        Migrate::Squash(args) => squash::run(args, context).await,
    }
}

/// The project's migrations, which this command cannot do without.
fn migrations(database: &Database) -> Result<Box<dyn Source>, Error> {
    database.migrations()?.ok_or_else(none)
}

/// The same for what only our own scripts have.
fn folder(database: &Database) -> Result<Folder, Error> {
    database.folder()?.ok_or_else(none)
}

fn none() -> Error {
    Error::new(ErrorKind::Config, "this project has no migrations folder")
        .hint("mainstay init, or [migrations] dir in mainstay.toml")
}

/// The project's migrations for a command that touches no database, so that none need be named yet.
fn migrations_alone(context: &Context) -> Result<Box<dyn Source>, CliError> {
    Ok(reach::builder(context)?.migrations_alone()?.ok_or_else(none)?)
}

/// What a run did, a line each.
fn lines(migrated: &Migrated) -> String {
    let mut text = String::new();
    text.push_str(&words::copied(&migrated.safety));
    if let Some(report) = &migrated.report {
        let word = if report.direction == Direction::Up { "applied" } else { "undid" };
        text.push_str(&done_lines(word, report));
    }
    let nothing = if migrated.report.is_none() { "; nothing to do" } else { "" };
    let _ = match &migrated.version {
        Some(version) => writeln!(text, "the database is at version {version}{nothing}"),
        None => writeln!(text, "no migration is applied{nothing}"),
    };
    text
}

/// What was applied or undone, a line each.
pub(super) fn done_lines(word: &str, report: &Report) -> String {
    let line = |done: &Done| {
        let took = done.seconds.map(|seconds| format!(" ({})", words::duration(Duration::from_secs_f64(seconds))));
        format!("{word:8} {}{}\n", words::step(&done.version, &done.name), took.unwrap_or_default())
    };
    report.done.iter().map(line).collect()
}

/// A plan as the user asked for it: `text`, `sql` or, through the envelope, JSON.
fn plan_text(plan: &MigrationPlan, sql: bool) -> String {
    if sql { plan.plan.to_sql() } else { plan.plan.to_text() }
}
