//! `mainstay tune plan`.

use std::fmt::Write;

use clap::{Args, ValueEnum};
use mainstay::tune::{Amount, Change, Machine, SharedMemory, Trial, TunePlan};

use super::machine::MachineArgs;
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::{Table, words};
use crate::reach;

/// Say what the settings would be and why, tried on a private server
///
/// Memory and processors are those of the control group that the server is in, else the machine's. A private server of the same
/// version is started with what is set and what would be, so that nothing is proposed that does not start. What somebody has set
/// higher stays, and max_connections too, unless it is asked for.
#[derive(Args, Clone)]
#[command(after_help = "\
Examples:
  mainstay tune plan
  mainstay tune plan --profile oltp --connections 300
  mainstay tune plan --memory 8GB --processors 4 --disk ssd --format conf")]
pub struct PlanArgs {
    #[command(flatten)]
    machine: MachineArgs,

    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

/// How a plan is printed.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table with reasons
    Text,
    /// ALTER SYSTEM statements
    Sql,
    /// Lines for postgresql.conf
    Conf,
}

/// Makes it and prints it.
pub(super) async fn run(args: PlanArgs, context: &Context) -> Result<Outcome, CliError> {
    let database = reach::open(context, reach::builder(context)?.read_only())?;
    let (told, wanted) = args.machine.read();
    let plan = database.tune_plan(&told, &wanted).await?;
    let text = match args.format {
        Format::Text => page(&plan, context),
        Format::Sql => plan.plan.to_sql(),
        Format::Conf => plan.to_conf(),
    };
    context.answer(&plan, Text::Lines(text))?;
    Ok(Outcome::Done)
}

/// A plan as people read it.
pub(super) fn page(plan: &TunePlan, context: &Context) -> String {
    let mut text = machine(&plan.machine);
    let _ = writeln!(text, "profile  {}, {} connections\n", plan.profile.name(), plan.connections);
    if plan.changes.is_empty() {
        text.push_str("the server is set for this machine\n");
    } else {
        let mut table = Table::new(["SETTING", "NOW", "PROPOSED", "RESTART", "WHY"]).wrapped();
        for change in &plan.changes {
            let restart = if change.restart { "yes" } else { "" };
            table.row([change.name, &words::printable(&change.now), &change.proposed.to_string(), restart, change.why]);
        }
        text.push_str(&table.render(&context.output));
    }
    kept(&mut text, &plan.kept);
    match &plan.trial {
        Trial::Made(memory) => tried(&mut text, memory),
        Trial::NotMade(why) if !plan.changes.is_empty() => drop(writeln!(text, "not tried: {why}")),
        Trial::NotMade(_) => {}
    }
    for name in &plan.untried {
        let _ = writeln!(text, "waits for a restart already, and was not tried: {}", words::printable(name));
    }
    for line in &plan.kernel {
        let _ = writeln!(text, "first, in /etc/sysctl.d/30-postgresql.conf: {line}");
    }
    if plan.wants_restart() {
        let how = plan.machine.restart.as_deref().unwrap_or("restart the server");
        let _ = writeln!(text, "then, for those that take a restart: {}", words::printable(how));
    }
    text
}

fn machine(machine: &Machine) -> String {
    let (memory, share) = (Amount::Bytes(machine.memory).round(), machine.share);
    let mut text = format!("memory   {memory} ({}), {share}% of it PostgreSQL's\n", machine.memory_from);
    let _ = writeln!(text, "cores    {} ({})", machine.processors, machine.processors_from);
    let free = machine.free_disk.map(|free| format!(", {} free", words::bytes(free))).unwrap_or_default();
    let disk = if machine.disk == mainstay::tune::Disk::Hdd { "hdd" } else { "ssd" };
    let _ = writeln!(text, "disk     {disk} ({}){free}", machine.disk_from);
    text
}

fn kept(text: &mut String, kept: &[Change]) {
    for change in kept {
        let (now, source) = (words::printable(&change.now), words::printable(&change.source));
        let _ = writeln!(text, "stays: {} is {now} ({source}), and would be {}: --lower", change.name, change.proposed);
    }
}

fn tried(text: &mut String, memory: &SharedMemory) {
    let shown = |bytes| Amount::Bytes(bytes).round();
    let now = memory.now.map(|bytes| format!(" instead of {}", shown(bytes))).unwrap_or_default();
    let _ = writeln!(
        text,
        "\ntried on a private PostgreSQL {}: it takes {} of shared memory{now}, and {} for each connection more",
        words::printable(&memory.server),
        shown(memory.then),
        words::bytes(memory.each_connection),
    );
}
