//! `mainstay upgrade run`.

use std::fmt::Write;
use std::time::Duration;

use clap::Args;
use mainstay::upgrade::{self, Journal, Method, Site, Upgraded};

use super::backup::{self, Insurance};
use super::plan;
use super::rehearse::{parts, settled};
use super::which::{How, Which};
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;
use crate::reach::Allow;

/// Upgrade, or go on with an upgrade that was broken off
///
/// What is in the way is looked for first, and nothing is stopped as long as something is. A journal beside the data folder says how far
/// it has come: after a crash the same command goes on. What fails before the new cluster is in its place is taken back, and the old
/// server started again. The old cluster stays until upgrade finish.
#[derive(Args, Clone)]
#[command(after_help = "\
Examples:
  mainstay upgrade run --to 18 --dry-run
  mainstay upgrade run --to 18
  mainstay upgrade run --to 18 --link --allow no-way-back
  mainstay upgrade run")]
pub struct RunArgs {
    #[command(flatten)]
    which: Which,

    #[command(flatten)]
    how: How,

    /// Leave the new server down
    #[arg(long)]
    no_start: bool,

    #[command(flatten)]
    insurance: Insurance,

    /// Consent to hazards
    #[command(flatten)]
    allow: Allow,
}

/// Upgrades.
pub(super) async fn run(args: RunArgs, context: &Context) -> Result<Outcome, CliError> {
    let consent = args.allow.consent(context)?;
    let ground = args.which.ground(&args.how, context).await?;
    let order = ground.order(args.no_start);
    let under_way = Journal::read(&Site::of(&ground.cluster.data))?.filter(Journal::is_under_way).is_some();
    if context.globals.dry_run && !under_way {
        let plan = upgrade::plan(&order).await?;
        context.answer(&plan, Text::Lines(plan::page(&plan)))?;
        return Ok(Outcome::Done);
    }
    if !under_way {
        let plan = upgrade::plan(&order).await?;
        consent.check_plan(&plan.plan, true, false, "mainstay upgrade plan")?;
        backup::take(&args.insurance, &ground, &plan.databases, context).await?;
    }
    let upgraded = upgrade::run(&order, &consent).await?;
    context.answer(&upgraded, Text::Lines(lines(&upgraded)))?;
    Ok(Outcome::Done)
}

fn lines(upgraded: &Upgraded) -> String {
    let mut text = String::new();
    settled(&mut text, &upgraded.settled);
    parts(&mut text, &upgraded.seconds);
    let (from, to) = (words::printable(&upgraded.from), words::printable(&upgraded.to));
    let cluster = words::printable(&upgraded.cluster);
    let took = words::duration(Duration::from_secs_f64(upgraded.downtime));
    let predicted =
        upgraded.predicted.map(|said| format!(" ({} as rehearsed)", words::duration(Duration::from_secs_f64(said))));
    let _ = writeln!(text, "{cluster}: {from} to {to}, down for {took}{}", predicted.unwrap_or_default());
    if !upgraded.started {
        text.push_str("the new server was not started\n");
    }
    let old = words::printable(&upgraded.old.display().to_string());
    let _ = match upgraded.method {
        Method::Link => writeln!(text, "the old cluster has the same files, in {old}"),
        _ => writeln!(text, "the old cluster is in {old}\n  back to it: mainstay upgrade rollback"),
    };
    text.push_str("  remove it: mainstay upgrade finish\n");
    text
}
