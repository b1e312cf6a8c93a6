//! `mainstay upgrade plan`.

use std::fmt::Write;
use std::time::Duration;

use clap::Args;
use mainstay::plan::Action;
use mainstay::upgrade::{self, UpgradePlan};

use super::backup::{Ahead, Insurance};
use super::which::{How, Which};
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;

/// Print what would be done, with its hazards
///
/// Nothing is changed; what is in the way is looked for first, as upgrade check does.
#[derive(Args, Clone)]
pub struct PlanArgs {
    #[command(flatten)]
    which: Which,

    #[command(flatten)]
    how: How,

    #[command(flatten)]
    insurance: Insurance,
}

/// Makes the plan and prints it.
pub(super) async fn run(args: PlanArgs, context: &Context) -> Result<Outcome, CliError> {
    let ground = args.which.ground(&args.how, context).await?;
    let plan = upgrade::plan(&ground.order(false)).await?;
    answer(&plan, &args.insurance.ahead(&ground, context).await?, context)
}

/// Prints the plan, and what is taken before.
pub(super) fn answer(plan: &UpgradePlan, first: &Ahead, context: &Context) -> Result<Outcome, CliError> {
    let mut data = serde_json::to_value(plan).map_err(std::io::Error::from)?;
    data["backup"] = serde_json::to_value(first).map_err(std::io::Error::from)?;
    context.answer(data, Text::Lines(format!("{}\n{}", first.line(), page(plan))))?;
    Ok(Outcome::Done)
}

/// A plan as people read it.
pub(super) fn page(plan: &UpgradePlan) -> String {
    let mut text = String::new();
    for (number, step) in plan.plan.steps.iter().enumerate() {
        let _ = writeln!(text, "{}. {}", number + 1, words::printable(&step.title));
        match &step.action {
            Action::Program { program, args, does } => {
                let _ = writeln!(text, "     {} {}", words::printable(program), words::printable(&args.join(" ")));
                for one in does {
                    let _ = writeln!(text, "     {}", words::printable(one));
                }
            }
            Action::Move { from, to } => {
                let _ = writeln!(text, "     {} and {} change places", words::printable(from), words::printable(to));
            }
            _ => {}
        }
        for risk in &step.risks {
            let _ = writeln!(text, "     hazard: {}: {}", risk.hazard.name(), words::printable(&risk.told()));
        }
    }
    match &plan.rehearsed {
        Some(last) => {
            let downtime = words::duration(Duration::from_secs_f64(last.downtime));
            let _ = writeln!(text, "nobody can connect for about {downtime}, as rehearsed at {}", last.at);
        }
        None => text.push_str("how long nobody can connect, a rehearsal says: mainstay upgrade rehearse\n"),
    }
    text
}
