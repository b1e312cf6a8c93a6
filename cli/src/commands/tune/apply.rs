//! `mainstay tune apply`.

use std::fmt::Write;

use clap::Args;
use mainstay::tune::{Holds, Set};
use serde_json::json;

use super::machine::MachineArgs;
use super::plan::page;
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;
use crate::reach;

/// Set them by ALTER SYSTEM, and say what takes a restart
///
/// All of it or nothing, and only after a private server has started with it. What was set before is written down in the database,
/// and mainstay tune reset brings it back. The server is never restarted. It takes a superuser.
#[derive(Args, Clone)]
#[command(after_help = "\
Examples:
  mainstay tune apply --dry-run
  mainstay tune apply --connections 300 -U postgres")]
pub struct ApplyArgs {
    #[command(flatten)]
    machine: MachineArgs,

    /// Set them though no private server could be started with them
    #[arg(long)]
    untried: bool,
}

/// Sets them.
pub(super) async fn run(args: ApplyArgs, context: &Context) -> Result<Outcome, CliError> {
    let database = reach::open(context, reach::builder(context)?)?;
    let (told, wanted) = args.machine.read();
    let plan = database.tune_plan(&told, &wanted).await?;
    if context.globals.dry_run {
        context.answer(&plan, Text::Lines(page(&plan, context)))?;
        return Ok(Outcome::Done);
    }
    let set = database.tune_apply(&plan, args.untried).await?;
    let restart = plan.machine.restart.as_deref().unwrap_or("restart the server");
    context.answer(
        json!({ "set": set, "kernel": plan.kernel, "restart": restart }),
        Text::Lines(lines(&set, &plan.kernel, restart)),
    )?;
    Ok(Outcome::Done)
}

fn lines(set: &[Set], kernel: &[String], restart: &str) -> String {
    let mut text = String::new();
    for one in set {
        let holds = match &one.holds {
            Holds::Now => "",
            Holds::AfterRestart => ", after a restart",
            Holds::Overruled(source) => &format!(", but the server's {} goes before it", words::printable(source)),
        };
        let _ = writeln!(text, "{} is {}{holds}", one.name, one.to);
    }
    if set.is_empty() {
        text.push_str("the server is set for this machine\n");
    }
    for line in kernel {
        let _ = writeln!(text, "first, in /etc/sysctl.d/30-postgresql.conf: {line}");
    }
    if set.iter().any(|one| one.holds == Holds::AfterRestart) {
        let _ = writeln!(text, "restart: {}", words::printable(restart));
    }
    text
}
