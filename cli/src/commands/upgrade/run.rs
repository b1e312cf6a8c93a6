//! `mainstay upgrade run`.

use std::fmt::Write;
use std::sync::atomic::Ordering;
use std::time::Duration;

use clap::Args;
use mainstay::migrate::Consent;
use mainstay::upgrade::{self, Journal, Method, Order, Site, Upgraded};
use serde_json::json;

use super::backup::{self, Insurance};
use super::plan;
use super::rehearse::{parts, settled};
use super::which::{How, Which};
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;
use crate::reach::{Allow, Identities};

/// Upgrade, or go on with an upgrade that was broken off
///
/// What is in the way is looked for first, and nothing is stopped as long as something is. A journal beside the data folder says
/// how far it has come: after a crash the same command goes on. What fails before the new cluster is in its place is taken back,
/// and the old server started again. The old cluster stays until upgrade finish.
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

    #[command(flatten)]
    identities: Identities,

    /// Consent to hazards
    #[command(flatten)]
    allow: Allow,
}

/// Upgrades.
pub(super) async fn run(args: RunArgs, context: &Context) -> Result<Outcome, CliError> {
    let consent = args.allow.consent(context)?;
    let ground = args.which.ground(&args.how, context).await?;
    let order = ground.order(args.no_start);
    let site = Site::of(&ground.cluster.data);
    let under_way = Journal::read(&site)?;
    if let (true, Some(journal)) = (context.globals.dry_run, &under_way) {
        let (step, to) = (journal.step.word(), journal.to.major);
        let text =
            format!("an upgrade to {to} was broken off ({step}): upgrade run goes on, upgrade rollback goes back\n");
        context.answer(json!({ "step": step, "to": journal.to.version }), Text::Lines(text))?;
        return Ok(Outcome::Done);
    }
    if under_way.is_none() {
        let plan = upgrade::plan(&order).await?;
        if context.globals.dry_run {
            return plan::answer(&plan, &args.insurance.ahead(&ground, context).await?, context);
        }
        consent.check_plan(&plan.plan, true, false, "mainstay upgrade plan")?;
        backup::take(&args.insurance, &args.identities, &ground, &plan.databases, context).await?;
    }
    let upgraded = to_the_end(&order, &site, &consent, context).await?;
    context.answer(&upgraded, Text::Lines(lines(&upgraded, &args.which.again(&ground.cluster.data))))?;
    Ok(Outcome::Done)
}

/// Upgrades. Who is told to stop in the middle leaves a server that runs: the old one is put back, as long as there is a way.
async fn to_the_end(
    order: &Order<'_>,
    site: &Site,
    consent: &Consent,
    context: &Context,
) -> Result<Upgraded, CliError> {
    let mut work = Box::pin(upgrade::run(order, consent));
    context.hands_signals_on.store(true, Ordering::Relaxed);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return Ok(done?),
            () = crate::told_to_stop() => {}
        }
        match Journal::read(site)? {
            Some(journal) if !journal.can_be_left() => {
                context
                    .observer
                    .line("interrupted, but the old cluster cannot be put back from here: it goes on to its end");
            }
            Some(_) => {
                drop(work);
                context.observer.line("interrupted: the old cluster is put back");
                upgrade::rollback(order, consent, false).await?;
                return Err(CliError::Interrupted);
            }
            None => return Err(CliError::Interrupted),
        }
    }
}

/// What was done, and the commands to come, which name the cluster by `again`.
fn lines(upgraded: &Upgraded, again: &str) -> String {
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
    let back = format!("  back to it: mainstay upgrade rollback {again}");
    let end = format!("  remove it: mainstay upgrade finish --allow no-way-back {again}");
    let _ = match upgraded.method {
        Method::Link => writeln!(text, "the old cluster has the same files, in {old}"),
        _ => writeln!(text, "the old cluster is in {old}\n{}", back.trim_end()),
    };
    let _ = writeln!(text, "{}", end.trim_end());
    text
}
