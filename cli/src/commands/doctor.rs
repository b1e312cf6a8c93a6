//! `mainstay doctor`.

use std::fmt::Write;

use clap::Args;
use mainstay::doctor::{self, Examined};
use serde_json::json;

use super::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::fail_on::FailOn;
use crate::output::words;
use crate::reach;

/// Look for what is wrong with the server and the database, each with the command that mends it
///
/// Nothing is changed. Some checks want a superuser or pg_monitor; those that were not made are named.
#[derive(Args, Clone)]
#[command(after_help = "\
Examples:
  mainstay doctor
  mainstay doctor --fail-on warning --json
  mainstay doctor --explain sequence-end")]
pub struct DoctorArgs {
    /// Exit with 10 from this weight on
    #[arg(long, value_name = "WEIGHT", default_value = "error")]
    fail_on: FailOn,

    /// Print what a check is about, or `all` of them
    #[arg(long, value_name = "CHECK", exclusive = true)]
    explain: Option<String>,
}

/// Examines.
pub(super) async fn run(args: DoctorArgs, context: &Context) -> Result<Outcome, CliError> {
    if let Some(name) = &args.explain {
        let text = if name == "all" { doctor::pages() } else { doctor::page(name)? };
        context.answer(json!({ "page": text }), Text::Lines(text))?;
        return Ok(Outcome::Done);
    }
    let database = reach::open(context, reach::builder(context)?.read_only())?;
    let examined = database.examine().await?;
    context.answer(&examined, Text::Lines(lines(&examined)))?;
    Ok(args.fail_on.outcome(examined.findings.iter().map(|finding| finding.severity)))
}

/// One check after the other: what, why, and for each object the evidence and the command.
fn lines(examined: &Examined) -> String {
    let mut text = String::new();
    let mut before = "";
    for finding in &examined.findings {
        if finding.check != before {
            let _ =
                writeln!(text, "{}: {} [{}]\n  {}", finding.severity.word(), finding.title, finding.check, finding.why);
        }
        before = finding.check;
        let (object, evidence) = (words::printable(&finding.object), words::printable(&finding.evidence));
        let _ = writeln!(text, "  {object}: {evidence}\n    mend: {}", words::printable(&finding.mend));
    }
    for (check, why) in &examined.left_out {
        let _ = writeln!(text, "not checked: {check}: {}", words::printable(why));
    }
    let checks = words::plural(examined.checks, "check");
    let found = match examined.findings.len() {
        0 => "nothing is wrong".to_owned(),
        several => words::plural(several, "finding"),
    };
    let _ = writeln!(text, "{checks}, {found}");
    text
}
