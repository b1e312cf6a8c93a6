//! `mainstay server stop`.

use clap::Args;
use mainstay::server::Was;
use serde_json::json;

use super::own;
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;

/// Stop it
///
/// Sessions are broken off; what they have committed is kept.
#[derive(Args, Clone)]
pub struct StopArgs {}

/// Stops it.
pub(super) async fn run(_: StopArgs, context: &Context) -> Result<Outcome, CliError> {
    let was = own(context)?.stop().await?;
    let text = match was {
        Was::Already => "it does not run\n",
        Was::Changed => "stopped\n",
    };
    context.answer(json!({ "was_running": was == Was::Changed }), Text::Lines(text.to_owned()))?;
    Ok(Outcome::Done)
}
