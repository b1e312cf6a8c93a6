//! `mainstay migrate status`.

use clap::Args;
use mainstay::migrate::Status;
use mainstay::observer::{Event, Observer};
use serde_json::json;

use super::migrations;
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::Table;
use crate::reach;

/// List applied and pending migrations and what is wrong between ledger and folder
#[derive(Args, Clone)]
pub struct StatusArgs {
    /// Exit with 10 if anything is pending or wrong
    #[arg(long)]
    exit_code: bool,
}

/// Lists the migrations.
pub(super) async fn run(args: StatusArgs, context: &Context) -> Result<Outcome, CliError> {
    let database = reach::open(context, reach::builder(context)?.read_only())?;
    let source = migrations(&database)?;
    let (state, lines) = database.migration_state(source.as_ref()).await?;
    for problem in &state.problems {
        context.observer.event(Event::Warning { message: &problem.message() });
    }
    let data = json!({
        "dialect": source.dialect(),
        "version": state.version(),
        "pending": state.pending.len(),
        "problems": state.problems,
        "migrations": lines,
    });
    context.answer(data, Text::Table(table(&lines)))?;
    let clean = state.problems.is_empty() && state.pending.is_empty();
    Ok(if args.exit_code && !clean { Outcome::Findings } else { Outcome::Done })
}

/// A row for every migration.
pub(in crate::commands) fn table(lines: &[Status]) -> Table {
    let mut table = Table::new(["VERSION", "NAME", "STATE", "APPLIED AT", "UNDO"]).whole(&[0]);
    for line in lines {
        table.row([
            line.version.as_str(),
            &line.name,
            line.state,
            line.applied_at.as_deref().unwrap_or(""),
            if line.has_down { "yes" } else { "no" },
        ]);
    }
    table
}
