//! `mainstay upgrade rehearse`.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use mainstay::upgrade::{self, Rehearsed, Seconds, Settled};

use super::plan;
use super::which::{How, Which};
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;

/// Upgrade a copy of the whole cluster, and say how long the real one will be down
///
/// The copy is made by pg_basebackup while the cluster is in use, upgraded by the same steps as the real one, compared, and thrown
/// away.
#[derive(Args, Clone)]
#[command(after_help = "\
Examples:
  mainstay upgrade rehearse --to 18
  mainstay upgrade rehearse --to 18 --link --in /mnt/spare")]
pub struct RehearseArgs {
    #[command(flatten)]
    which: Which,

    #[command(flatten)]
    how: How,

    /// Make the copy in this folder, not beside the data folder; on another disk it takes another time
    #[arg(long = "in", value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// Rehearses.
pub(super) async fn run(args: RehearseArgs, context: &Context) -> Result<Outcome, CliError> {
    let ground = args.which.ground(&args.how, context).await?;
    if context.globals.dry_run {
        let plan = upgrade::plan(&ground.order(false)).await?;
        context.answer(&plan, Text::Lines(plan::page(&plan)))?;
        return Ok(Outcome::Done);
    }
    let folder = args.folder.map(|folder| context.project.root.join(folder));
    let rehearsed = upgrade::rehearse(&ground.order(false), folder.as_deref()).await?;
    context.answer(&rehearsed, Text::Lines(lines(&rehearsed)))?;
    Ok(Outcome::Done)
}

fn lines(rehearsed: &Rehearsed) -> String {
    let mut text = String::new();
    settled(&mut text, &rehearsed.settled);
    parts(&mut text, &rehearsed.seconds);
    let (from, to) = (rehearsed.from.major, rehearsed.to.major);
    let copied = words::duration(Duration::from_secs_f64(rehearsed.copied));
    let bytes = words::bytes(rehearsed.bytes);
    let _ = writeln!(text, "{from} to {to} by {} goes through ({bytes} copied in {copied})", rehearsed.method.word());
    let downtime = words::duration(Duration::from_secs_f64(rehearsed.downtime));
    let _ = writeln!(text, "predicted: nobody can connect for {downtime}");
    text
}

/// What was done to the new cluster, a line each.
pub(super) fn settled(text: &mut String, settled: &Settled) {
    let groups = [
        ("extension", &settled.extensions),
        ("kept", &settled.extensions_left),
        ("rebuilt", &settled.indexes),
        ("collation", &settled.collations),
    ];
    for (what, names) in groups {
        for name in names {
            let _ = writeln!(text, "{what:9}  {}", words::printable(name));
        }
    }
    let _ = writeln!(
        text,
        "compared   {}, {}, {} rows: the same",
        words::plural(settled.databases, "schema"),
        words::plural(settled.tables, "table"),
        words::count(settled.rows)
    );
}

/// The parts of the downtime in a line.
pub(super) fn parts(text: &mut String, seconds: &Seconds) {
    let all = [
        ("stop", seconds.stop),
        ("survey", seconds.survey),
        ("pg_upgrade", seconds.upgrade),
        ("settle", seconds.settle),
        ("open", seconds.open),
    ];
    let told = all.map(|(name, took)| format!("{name} {}", words::duration(Duration::from_secs_f64(took))));
    let _ = writeln!(text, "downtime   {}", told.join(", "));
}
