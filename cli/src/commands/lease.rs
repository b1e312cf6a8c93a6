//! `mainstay lease`.

use clap::Subcommand;
use mainstay::lease::Standing;
use serde_json::json;

use super::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::Table;
use crate::reach;

/// `mainstay lease …`
#[derive(Subcommand, Clone)]
pub enum Lease {
    /// Show every lease: who holds or held it, where, since when, and its fencing number
    Show,
}

/// Shows the leases.
pub(super) async fn run(args: Lease, context: &Context) -> Result<Outcome, CliError> {
    let Lease::Show = args;
    let database = reach::open(context, reach::builder(context)?.read_only())?;
    let leases = database.leases().await?;
    if leases.is_empty() {
        context.observer.line("no lease was ever taken here");
    }
    let mut table = Table::new(["NAME", "STATE", "HOLDER", "HOST", "PID", "SINCE", "HEARTBEAT", "FENCE"]).whole(&[0]);
    for lease in &leases {
        table.row([
            lease.name.clone(),
            state(lease).to_owned(),
            lease.holder.clone(),
            lease.host.clone(),
            lease.pid.to_string(),
            lease.since.clone(),
            lease.heartbeat.clone(),
            lease.fence.to_string(),
        ]);
    }
    context.answer(json!({ "leases": leases }), Text::Table(table))?;
    Ok(Outcome::Done)
}

/// Can it be had? `lapsed` is free too: its holder ended without a word.
fn state(lease: &Standing) -> &'static str {
    match lease.left {
        None => "free",
        Some(_) if lease.held() => "held",
        Some(_) => "lapsed",
    }
}
