//! `mainstay migrate adopt`.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use mainstay::adopt::{Adoption, Grounds, Proof, Request};
use serde_json::json;

use super::{capture, folder};
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;
use crate::reach;

/// Take over a database that another tool has migrated, or nobody kept books of, without running anything on it
///
/// What the other tool's ledger says is recorded in this folder's own, so that the next `up` applies only what comes after.
/// Before that, the files are run in a scratch database, and what they make is compared with the database.
#[derive(Args, Clone)]
pub struct AdoptArgs {
    /// The migration that the database is at, by version or name, where no ledger tells
    #[arg(long, value_name = "VERSION")]
    at: Option<String>,

    /// Find the version by the schema: the files are run one by one in a scratch, and the schema after each is compared
    #[arg(long, conflicts_with_all = ["at", "unproven"])]
    by_catalog: bool,

    /// Adopt without the comparison
    #[arg(long)]
    unproven: bool,

    /// Run another tool's whole chain on a private server, and write what it does there as migrations
    #[arg(long, requires = "command", conflicts_with_all = ["at", "by_catalog", "unproven"])]
    capture: bool,

    /// The folder for captured migrations
    #[arg(long, value_name = "FOLDER", requires = "capture", default_value = "migrations")]
    into: PathBuf,

    /// The program that runs the chain, from nothing to its end
    #[arg(last = true, value_name = "COMMAND", requires = "capture")]
    command: Vec<String>,
}

/// Plans, proves and writes the ledger.
pub(super) async fn run(args: AdoptArgs, context: &Context) -> Result<Outcome, CliError> {
    if args.capture {
        return capture::run(args.command, &args.into, context).await;
    }
    let database = reach::open(context, reach::builder(context)?)?;
    let folder = folder(&database)?;
    let position = if args.by_catalog { Some(database.locate(&folder).await?) } else { None };
    let at = args.at.or(position.as_ref().map(|position| position.at.to_string()));
    let adoption = database.adoption(&folder, &Request { at }).await?;
    let proof = match position {
        _ if adoption.plan.is_empty() || args.unproven => None,
        Some(position) => Some(position.proof),
        None => Some(database.prove(&folder, &adoption).await?),
    };
    let done = !context.globals.dry_run && !adoption.plan.is_empty();
    let data = json!({ "adoption": adoption, "proof": proof, "done": done });
    if context.globals.dry_run {
        let proven = proof.as_ref().map(proven).unwrap_or_default();
        context.answer(data, Text::Lines(format!("{}{proven}", adoption.plan.to_text())))?;
        return Ok(Outcome::Done);
    }
    let grounds = proof.as_ref().map_or(Grounds::Told, Grounds::Proven);
    database.adopt(&folder, &adoption, grounds).await?;
    context.answer(data, Text::Lines(lines(&adoption, proof.as_ref())))?;
    Ok(Outcome::Done)
}

/// What was done, a line each.
fn lines(adoption: &Adoption, proof: Option<&Proof>) -> String {
    let mut text = String::new();
    let pending = match adoption.pending {
        0 => "nothing is pending".to_owned(),
        some => format!("{some} pending: mainstay migrate up"),
    };
    if adoption.plan.is_empty() {
        let _ = writeln!(text, "already adopted; the database is at {}; {pending}", adoption.at);
        return text;
    }
    if let Some(origin) = &adoption.from {
        let _ = writeln!(text, "read     {} ({})", origin.table, origin.tool);
    }
    text.push_str(&proof.map_or_else(|| "unproven as asked: the files were not compared\n".to_owned(), proven));
    for step in &adoption.plan.steps {
        let _ = writeln!(text, "done     {}", step.title);
    }
    for left in &adoption.left {
        let _ = writeln!(text, "left     {}; when nothing uses it any more: {}", left.table, left.drop);
    }
    let _ = writeln!(text, "the database is at {}; {pending}", adoption.at);
    text
}

fn proven(proof: &Proof) -> String {
    format!(
        "proven   {} run in {} in {}; {} are the same\n",
        words::plural(proof.migrations, "migration"),
        proof.place,
        words::duration(Duration::from_secs_f64(proof.seconds)),
        words::plural(proof.objects, "object"),
    )
}
