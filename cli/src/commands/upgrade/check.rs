//! `mainstay upgrade check`.

use std::fmt::Write;

use clap::Args;
use mainstay::plan::Severity;
use mainstay::upgrade::{self, Checked, blockers};
use serde_json::json;

use super::which::{How, Which};
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;

/// Look for everything that is in the way, while the old server runs
///
/// Nothing is changed. Our own looks come first, each with what mends it; a new cluster like the old one is made in a temporary
/// folder, started with the old configuration, and thrown away; pg_upgrade --check has the last word. Exits with 10 where something
/// is in the way.
#[derive(Args, Clone)]
#[command(after_help = "\
Examples:
  mainstay upgrade check --to 18
  mainstay upgrade check --to 18 --data /srv/pg/data --to-bin /opt/pg18/bin")]
pub struct CheckArgs {
    #[command(flatten)]
    which: Which,

    #[command(flatten)]
    how: How,

    /// Print what is looked for
    #[arg(long, exclusive = true)]
    explain: bool,
}

/// Looks.
pub(super) async fn run(args: CheckArgs, context: &Context) -> Result<Outcome, CliError> {
    if args.explain {
        let text = blockers::pages();
        context.answer(json!({ "page": text }), Text::Lines(text))?;
        return Ok(Outcome::Done);
    }
    let ground = args.which.ground(&args.how, context).await?;
    let checked = upgrade::check(&ground.order(false)).await?;
    context.answer(&checked, Text::Lines(lines(&checked)))?;
    Ok(if checked.is_clear() { Outcome::Done } else { Outcome::Findings })
}

/// One blocker after the other: what, why, and for each object the evidence and what mends it.
pub(super) fn lines(checked: &Checked) -> String {
    let mut text = String::new();
    let mut before = "";
    for finding in &checked.findings {
        if finding.blocker != before {
            let word = finding.severity.word();
            let _ = writeln!(text, "{word}: {} [{}]\n  {}", finding.title, finding.blocker, finding.why);
        }
        before = finding.blocker;
        let inside =
            finding.database.as_deref().map(|name| format!("{}: ", words::printable(name))).unwrap_or_default();
        let object = words::printable(&finding.found.object);
        let evidence = finding.found.evidence.lines().map(words::printable).collect::<Vec<_>>().join("\n    ");
        let _ = writeln!(text, "  {inside}{object}: {evidence}\n    mend: {}", words::printable(&finding.found.mend));
    }
    for (blocker, why) in &checked.left_out {
        let _ = writeln!(text, "not looked for: {blocker}: {}", words::printable(why));
    }
    let count = |severity| checked.findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let fits = match checked.fits {
        Some(true) => ", pg_upgrade finds that they fit",
        Some(false) => ", pg_upgrade refuses",
        None => "",
    };
    let looks = words::plural(checked.checks, "look");
    let verdict = match (errors, warnings) {
        (0, 0) => "nothing is in the way".to_owned(),
        (0, _) => format!("nothing is in the way, {}", words::plural(warnings, "warning")),
        _ => format!("{} in the way", words::plural(errors, "thing")),
    };
    let (from, to) = (words::printable(&checked.from), words::printable(&checked.to));
    let databases = words::plural(checked.databases.len(), "database");
    let _ = writeln!(text, "{from} to {to}, {databases}, {}: {looks}, {verdict}{fits}", words::bytes(checked.bytes));
    text
}
