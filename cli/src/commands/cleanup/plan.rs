//! `mainstay cleanup plan`.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use mainstay::cleanup::{CleanupPlan, ReferenceRows};
use mainstay::disk;
use mainstay::plan::Plan;
use serde_json::json;

use super::{plans, policies};
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;
use crate::reach;

/// Count what would go, table by table, and name what makes it slow
///
/// Nothing is changed. The search is the one that cleanup run begins with; what it finds is kept in temporary tables.
#[derive(Args, Clone)]
#[command(after_help = "\
Examples:
  mainstay cleanup plan
  mainstay cleanup plan logs -o plan.json
  mainstay cleanup run logs --plan plan.json --allow deletes-data")]
pub struct PlanArgs {
    /// The policy, as mainstay.toml calls it; all of them otherwise
    name: Option<String>,

    /// Write the plan to this file, which must not exist yet, for cleanup run --plan
    #[arg(short, long, value_name = "FILE", requires = "name")]
    output: Option<PathBuf>,

    /// Print the statements of a batch
    #[arg(long)]
    sql: bool,
}

/// Makes the plans and prints them.
pub(super) async fn run(args: PlanArgs, context: &Context) -> Result<Outcome, CliError> {
    let database = reach::open(context, reach::builder(context)?.read_only())?;
    let plans = plans(&database, policies(&database, args.name)?, context).await?;
    if let (Some(file), [plan]) = (args.output, plans.as_slice()) {
        let text = serde_json::to_string_pretty(plan).map_err(std::io::Error::from)? + "\n";
        disk::write_new(&file, &text)?;
        let written = Text::Lines(format!("{}wrote {}\n", page(plan), file.display()));
        context.answer(json!({ "file": file.display().to_string(), "rows": plan.rows() }), written)?;
        return Ok(Outcome::Done);
    }
    let text: Vec<String> = plans.iter().map(|plan| if args.sql { plan.plan.to_sql() } else { page(plan) }).collect();
    context.answer(&plans, Text::Lines(text.join("\n")))?;
    Ok(Outcome::Done)
}

/// A plan as people read it.
pub(super) fn page(plan: &CleanupPlan) -> String {
    let mut text = String::new();
    let before = plan.before.as_ref().map(|moment| format!(", from before {}", shown(moment))).unwrap_or_default();
    let _ = writeln!(text, "{}: {}{before}", plan.policy, rows(plan.rows()));
    let touched = plan.tables.iter().filter(|table| table.rows > 0);
    let width = touched.map(|table| table.table.chars().count()).max().unwrap_or_default();
    for table in plan.tables.iter().filter(|table| table.rows > 0 || table.why == "old") {
        let why = match table.why.as_str() {
            "old" => "old",
            "follow" => "refer to what goes",
            _ => "nobody refers to them any more",
        };
        let count = words::count(table.rows);
        let _ = writeln!(text, "  {:width$}  {count:>12}  {why}", words::printable(&table.table));
    }
    for part in &plan.partitions {
        let how = if part.emptied_first { "as a whole, once it is empty".to_owned() } else { rows(part.rows) };
        let _ = writeln!(text, "  partition {}: {how}", words::printable(&part.name.to_string()));
    }
    references(&mut text, &plan.references);
    if plan.held > 0 {
        let held = rows(plan.held);
        let _ = writeln!(
            text,
            "  stays though old, for something that stays refers to it: {held} of {}",
            words::printable(&plan.tables[0].table)
        );
    }
    for index in &plan.missing_indexes {
        let _ = writeln!(text, "  slow: {} has no index; build it first:", words::printable(&index.reference));
        for create in &index.create {
            let _ = writeln!(text, "    {create};");
        }
    }
    hazards(&mut text, &plan.plan);
    if plan.rows() > 0 {
        let about = words::duration(Duration::from_secs_f64(plan.seconds.max(1.0)).max(Duration::from_secs(1)));
        let _ = writeln!(text, "  takes about {about}");
    }
    text
}

/// What becomes of rows that refer to those that go, where the database itself says so or rows change or stay for it.
fn references(text: &mut String, references: &[ReferenceRows]) {
    for one in references {
        let done = match (one.rule.as_str(), one.changed, one.holds) {
            ("null", changed, _) if changed > 0 => format!(": {} become NULL", rows(changed)),
            ("default", changed, _) if changed > 0 => format!(": {} get their default", rows(changed)),
            (_, _, holds) if holds > 0 => format!(": holds {} back", rows(holds)),
            _ if one.by.starts_with("ON DELETE") => String::new(),
            _ => continue,
        };
        let name = words::printable(&format!("{} -> {}", one.reference, one.to));
        let by = if one.by == "nobody" { String::new() } else { format!(", {}", one.by) };
        let _ = writeln!(text, "  {name} ({}{by}){done}", one.rule);
    }
}

fn hazards(text: &mut String, plan: &Plan) {
    for (_, risk) in plan.risks() {
        let _ = writeln!(text, "  hazard: {}: {}", risk.hazard.name(), words::printable(&risk.told()));
    }
}

/// `1 row`, `12,000 rows`.
pub(super) fn rows(count: u64) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{} rows", words::count(count)) }
}

/// A moment to the second.
fn shown(moment: &str) -> String {
    let bare = moment.split('.').next().unwrap_or(moment).trim_end_matches('Z');
    format!("{}Z", bare)
}
