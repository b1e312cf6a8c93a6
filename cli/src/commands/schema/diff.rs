//! `mainstay schema diff`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use mainstay::observer::{Event, Observer};
use mainstay::plan::{Hazard, Plan};
use mainstay::states::Comparison;
use mainstay::{Error, ErrorKind, disk};
use serde_json::json;

use super::plan;
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;
use crate::reach::{self, Allow, Way};

/// How the way is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// SQL that psql or sqlite3 runs; where there is no terminal
    Sql,
    /// A line for each statement, with its hazards; on a terminal
    Text,
    /// The plan as data
    Json,
}

/// Print the way from one state to another as SQL, with its hazards
///
/// Nothing is applied. Both sides are read from real servers, files in a scratch database; the books of migration tools, and
/// settings and name of the database itself, are left out.
#[derive(Args, Clone)]
#[command(after_help = "\
A STATE is `database` (the project's own), `ledger` (what its applied migrations produce), a target of mainstay.toml, a \
URL, a .sql file or a folder of such in any order, a migrations folder, or a snapshot.

Examples:
  mainstay schema diff ledger database                   what somebody has changed by hand
  mainstay schema diff migrations schema.sql             what the next migration must do
  mainstay schema diff database prod --exit-code -o change.sql")]
pub struct DiffArgs {
    /// The state to start from
    from: String,

    /// The state to arrive at
    to: String,

    /// How to write it: sql, on a terminal text; --json means json
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// Exit with 10 where the states differ
    #[arg(long)]
    exit_code: bool,

    #[command(flatten)]
    allow: Allow,

    #[command(flatten)]
    way: Way,

    /// Refuse where a side has objects that no plan can know
    #[arg(long)]
    strict: bool,

    /// Write it to this file, which must not exist yet
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Compares the states and prints the plan.
pub(super) async fn run(args: DiffArgs, context: &Context) -> Result<Outcome, CliError> {
    let builder = reach::builder(context)?.read_only();
    let allowed = args.allow.consent(context)?.allow;
    let intent = args.way.intent(&allowed, context)?;
    let (from, to) = (reach::state(context, &builder, &args.from)?, reach::state(context, &builder, &args.to)?);
    let mut found = builder.states()?.compare(&from, &to, &intent).await?;
    found.plan.allow(&allowed);
    tell_unclaimed(&found, args.strict, context)?;
    tell_losses(&found.plan, context);
    let data = json!({
        "from": args.from,
        "to": args.to,
        "different": !found.plan.is_empty(),
        "unclaimed": found.unclaimed.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "plan": found.plan,
    });
    let on_terminal = context.output.terminal && args.output.is_none();
    let unsaid = match context.globals.json {
        true => Format::Json,
        false if on_terminal => Format::Text,
        false => Format::Sql,
    };
    let format = args.format.unwrap_or(unsaid);
    match (format, args.output) {
        (format, Some(file)) => {
            let text = match format {
                Format::Sql => plan::sql(&found),
                Format::Text => plan::text(&found.plan, None),
                Format::Json => serde_json::to_string_pretty(&data).map_err(std::io::Error::from)? + "\n",
            };
            disk::write_new(&file, &text)?;
            let written = Text::Lines(format!("wrote {}\n", file.display()));
            context
                .answer(json!({ "file": file.display().to_string(), "different": !found.plan.is_empty() }), written)?;
        }
        (Format::Json, None) => context.answer_as_json(&data)?,
        (Format::Sql, None) => context.answer(&data, Text::Lines(plan::sql(&found)))?,
        (Format::Text, None) => context.answer(&data, Text::Lines(plan::text(&found.plan, context.output.width)))?,
    }
    match args.exit_code && !found.plan.is_empty() {
        true => Ok(Outcome::Findings),
        false => Ok(Outcome::Done),
    }
}

/// Names what the plan leaves alone because it cannot know it.
fn tell_unclaimed(found: &Comparison, strict: bool, context: &Context) -> Result<(), CliError> {
    let names: Vec<String> = found.unclaimed.iter().map(|id| words::printable(&id.to_string())).collect();
    if names.is_empty() {
        return Ok(());
    }
    let message = format!("of a kind that cannot be planned: {}", names.join(", "));
    if strict {
        let error = Error::new(ErrorKind::Refused, message).hint("compare them by hand, then go on without --strict");
        return Err(error.into());
    }
    context.observer.event(Event::Warning { message: &message });
    Ok(())
}

/// A plan that deletes data is printed, and never without a word.
fn tell_losses(plan: &Plan, context: &Context) {
    let losses = plan.unallowed().filter(|(_, risk)| risk.hazard.loses_rows());
    let reasons: Vec<String> = losses.map(|(_, risk)| words::printable(&risk.reason)).collect();
    if !reasons.is_empty() {
        let message = format!("this deletes data ({}): {}", Hazard::DeletesData.name(), reasons.join(", "));
        context.observer.event(Event::Warning { message: &message });
    }
}
