//! `mainstay migrate check`.

use clap::Args;
use mainstay::migrate::Severity;
use mainstay::{Error, ErrorKind};

use super::migrations_alone;
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::{Table, words};

/// Check the folder without a database
#[derive(Args, Clone)]
pub struct CheckArgs {
    /// Exit with 10 if there is a warning
    #[arg(long)]
    exit_code: bool,
}

/// Checks names, versions, text, directives and hazards.
pub(super) async fn run(args: CheckArgs, context: &Context) -> Result<Outcome, CliError> {
    let source = migrations_alone(context)?;
    let findings = source.check();
    let mut table = Table::new(["SEVERITY", "WHERE", "FINDING"]);
    for finding in &findings {
        let place = finding.place.as_ref().map(ToString::to_string).unwrap_or_default();
        table.row([finding.severity.word(), &place, &finding.message]);
    }
    let count = words::plural(source.count(), "migration");
    let candidates = source.candidates();
    let dialect = match candidates.as_slice() {
        [one] => format!("dialect {one}"),
        several => format!("dialect {}: the ledger in the database tells which", several.join(" or ")),
    };
    context.observer.line(&format!("{count} in {}, {dialect}", source.path().display()));
    let worst = findings.iter().map(|finding| finding.severity).max();
    let text = if findings.is_empty() { Text::Lines("no findings\n".to_owned()) } else { Text::Table(table) };
    context.answer(&findings, text)?;
    if worst == Some(Severity::Error) {
        let error = Error::new(ErrorKind::Source, "a migration in this folder cannot succeed");
        return Err(CliError::Answered(error.hint("mend what is marked as an error, then: mainstay migrate check")));
    }
    Ok(if args.exit_code && worst >= Some(Severity::Warning) { Outcome::Findings } else { Outcome::Done })
}
