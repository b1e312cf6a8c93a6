//! `mainstay cleanup run`.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use mainstay::cleanup::{self, Cleaned};

use super::plan::{page, rows};
use super::{plans, policies};
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;
use crate::reach::{self, Allow};

/// Delete it in small batches that yield to others, whole families at a time
///
/// A batch is one transaction: a row goes with all that the policy says goes with it, or not at all. It can be stopped at any
/// moment and started again. While others are at work it rests, as [cleanup.NAME] pace says.
#[derive(Args, Clone)]
#[command(after_help = "\
Examples:
  mainstay cleanup run --dry-run
  mainstay cleanup run logs --allow deletes-data")]
pub struct RunArgs {
    /// The policy, as mainstay.toml calls it; all of them otherwise, one after the other
    name: Option<String>,

    /// Only if policy and tables are those of this plan, and with its moment: what cleanup plan -o has written
    #[arg(long, value_name = "FILE", requires = "name")]
    plan: Option<PathBuf>,

    /// Consent to hazards
    #[command(flatten)]
    allow: Allow,
}

/// Cleans up.
pub(super) async fn run(args: RunArgs, context: &Context) -> Result<Outcome, CliError> {
    let consent = args.allow.consent(context)?;
    let plan = args.plan.as_deref().map(cleanup::read_plan).transpose()?;
    let database = reach::open(context, reach::builder(context)?.consent(consent))?;
    let names = policies(&database, args.name)?;
    if context.globals.dry_run {
        let plans = plans(&database, names, context).await?;
        let text: Vec<String> = plans.iter().map(page).collect();
        context.answer(&plans, Text::Lines(text.join("\n")))?;
        return Ok(Outcome::Done);
    }
    if names.len() > 1 {
        // Nothing is deleted by one as long as another is wrong.
        for name in &names {
            database.check_cleanup(name).await?;
        }
    }
    let mut all = Vec::new();
    for name in names {
        match database.cleanup(&name, plan.as_ref()).await {
            Ok(cleaned) => all.push(cleaned),
            Err(error) => {
                // What went before is told all the same.
                let before: String = all.iter().map(lines).collect();
                before.lines().for_each(|line| context.observer.line(line));
                return Err(error.into());
            }
        }
    }
    let text: String = all.iter().map(lines).collect();
    context.answer(&all, Text::Lines(text))?;
    Ok(Outcome::Done)
}

fn lines(cleaned: &Cleaned) -> String {
    let mut text = String::new();
    for table in cleaned.tables.iter().filter(|table| table.rows > 0) {
        let _ = writeln!(text, "deleted  {} of {}", rows(table.rows), words::printable(&table.name));
    }
    for reference in &cleaned.changed {
        let _ = writeln!(text, "changed  {} of {}", rows(reference.rows), words::printable(&reference.name));
    }
    for part in &cleaned.partitions {
        let _ = writeln!(text, "took out {}", words::printable(part));
    }
    let nothing = cleaned.rows() == 0 && cleaned.partitions.is_empty();
    let took = words::duration(Duration::from_secs_f64(cleaned.seconds));
    let rested = match cleaned.rested {
        rested if rested >= 0.1 => format!(", {} of it rested", words::duration(Duration::from_secs_f64(rested))),
        _ => String::new(),
    };
    let _ = match nothing {
        true => writeln!(text, "{}: nothing is old", cleaned.policy),
        false => {
            let many = cleaned.batches != 1;
            let batches = if many { format!("{} batches", cleaned.batches) } else { "1 batch".to_owned() };
            writeln!(text, "{}: {} in {batches} ({took}{rested})", cleaned.policy, rows(cleaned.rows()))
        }
    };
    text
}
