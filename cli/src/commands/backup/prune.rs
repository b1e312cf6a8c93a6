//! `mainstay backup prune`.

use std::fmt::Write;

use clap::Args;
use mainstay::backup::{self, Removal};
use mainstay::config::Keep;
use serde_json::json;

use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;
use crate::reach;

/// Remove the backups that no rule of [backup] keep keeps; --dry-run shows which and why
///
/// Rules are those of restic: the newest backup of each of the last so many hours, days, weeks, months and years, of each
/// database for itself. The newest proven one always stays. What was never finished goes after a day.
#[derive(Args, Clone)]
pub struct PruneArgs {
    /// Where they lie: a folder, or s3://BUCKET/PREFIX; [backup] to in mainstay.toml otherwise
    #[arg(long, value_name = "PLACE")]
    from: Option<String>,
}

/// Prunes, or says what would be removed.
pub(super) async fn run(args: PruneArgs, context: &Context) -> Result<Outcome, CliError> {
    let store = reach::backup_store(context, args.from.as_deref()).await?;
    let keep = context.config()?.backup.keep;
    if keep == Keep::default() {
        let hint = "set [backup] keep in mainstay.toml, such as { last = 3, daily = 7, weekly = 4, monthly = 12 }";
        context.observer.line(&format!("there are no rules for keeping backups, so all finished ones stay: {hint}"));
    }
    let plan = backup::plan_prune(store.as_ref(), keep, jiff::Timestamp::now()).await?;
    if !context.globals.dry_run {
        backup::remove(store.as_ref(), &plan).await?;
    }
    answer(context, &plan)
}

/// Prints what is removed and what stays.
pub(super) fn answer(context: &Context, plan: &Removal) -> Result<Outcome, CliError> {
    let dry = context.globals.dry_run;
    let data = json!({ "removed": !dry, "bytes": plan.bytes(), "plan": plan });
    context.answer(data, Text::Lines(text(plan, dry)))?;
    Ok(Outcome::Done)
}

fn text(plan: &Removal, dry: bool) -> String {
    let mut text = String::new();
    let verb = if dry { "would remove" } else { "removed" };
    for removed in &plan.remove {
        let bytes = words::bytes(removed.backup.bytes);
        let _ = writeln!(text, "{verb} {} ({bytes}): {}", removed.backup.id, removed.why);
    }
    for name in &plan.uploads {
        let verb = if dry { "would give up" } else { "gave up" };
        let _ = writeln!(text, "{verb} the upload of {}: never finished", words::printable(name));
    }
    for kept in &plan.keep {
        let _ = writeln!(text, "keeps {}: {}", kept.id, kept.why.join(", "));
    }
    let count = words::plural(plan.remove.len(), "backup");
    let _ = writeln!(text, "{verb} {count} with {} from {}", words::bytes(plan.bytes()), plan.store);
    text
}
