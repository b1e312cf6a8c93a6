//! `mainstay server start`.

use clap::Args;
use mainstay::server::Was;
use serde_json::json;

use super::{database_name, own};
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::env;
use crate::error::CliError;

/// Start it; it runs on in the background
#[derive(Args, Clone)]
pub struct StartArgs {}

/// Starts it.
pub(super) async fn run(_: StartArgs, context: &Context) -> Result<Outcome, CliError> {
    let mut server = own(context)?;
    let was = server.start().await?;
    let url = server.url(&database_name(context)?);
    let pid = server.cluster().running().map(|postmaster| postmaster.pid);
    let (version, process) =
        (&server.binaries().version, pid.map(|pid| format!(" (process {pid})")).unwrap_or_default());
    let already = if was == Was::Already { " already" } else { "" };
    let text = format!("PostgreSQL {version} runs{already}{process}\n{}={url}\n", env::DATABASE_URL);
    context.answer(
        json!({ "version": version, "pid": pid, "url": url, "was_running": was == Was::Already }),
        Text::Lines(text),
    )?;
    Ok(Outcome::Done)
}
