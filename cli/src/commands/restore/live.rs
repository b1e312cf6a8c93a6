//! `mainstay restore live`: a second database of the one that is there.

use std::fmt::Write;
use std::time::Duration;

use mainstay::conn::Target;
use mainstay::restore::{By, Copied, CopyPlan, Options};
use mainstay::{Database, Error, ErrorKind};

use super::{Outcome, lines};
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;

/// Copies the database as it is now.
pub(super) async fn run(
    database: &Database,
    options: &Options,
    from: Option<&str>,
    context: &Context,
) -> Result<Outcome, CliError> {
    if let Some(from) = from {
        let message = format!("live is the database as it is now, and lies nowhere in {from}");
        return Err(Error::new(ErrorKind::Usage, message).hint("leave out --from, or name a backup there").into());
    }
    if options.roles {
        let message = "live is on the server whose roles it has, and --roles has none to make";
        return Err(Error::new(ErrorKind::Usage, message).hint("leave out --roles").into());
    }
    let plan = database.copy_plan(options).await?;
    if context.globals.dry_run {
        context.answer(&plan, Text::Lines(told(&plan)))?;
        return Ok(Outcome::Done);
    }
    let copied = database.copy(&plan, options).await?;
    let on_server = matches!(database.target(), Target::Postgres(_));
    context.answer(&copied, Text::Lines(done(&copied, on_server)))?;
    Ok(Outcome::Done)
}

fn told(plan: &CopyPlan) -> String {
    let size = plan.bytes.map(|bytes| format!(" ({})", words::bytes(bytes))).unwrap_or_default();
    let mut text = format!("copy     {}{size} -> {}\n", plan.database, plan.into);
    let _ = writeln!(text, "how      {}", how(plan));
    for (at, step) in plan.steps.iter().enumerate() {
        let _ = writeln!(text, "{}. {step}", at + 1);
    }
    text
}

fn done(copied: &Copied, on_server: bool) -> String {
    let took = words::duration(Duration::from_secs_f64(copied.seconds));
    let plan = &copied.plan;
    let size = plan.bytes.map(|bytes| format!("{}, ", words::bytes(bytes))).unwrap_or_default();
    let mut text = format!("copied   {} -> {} ({size}{took})\n", plan.database, plan.into);
    let _ = writeln!(text, "how      {}", how(plan));
    for what in &copied.left_out {
        let _ = writeln!(text, "left out {what}");
    }
    if let Some(restored) = &copied.restored {
        text.push_str(&lines(restored, on_server));
    }
    text
}

fn how(plan: &CopyPlan) -> String {
    let how = match plan.by {
        By::Server => "by the server, from its files",
        By::Backup => "by a backup, compared",
    };
    plan.because.as_ref().map_or_else(|| how.to_owned(), |because| format!("{how}: {because}"))
}
