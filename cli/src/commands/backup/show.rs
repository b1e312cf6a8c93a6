//! `mainstay backup show`.

use std::fmt::Write;

use clap::Args;
use mainstay::store::Found;
use serde_json::json;

use super::drill::differs;
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;
use crate::reach;

/// Show what a backup holds: where it is from, its tables and files, what was left out
#[derive(Args, Clone)]
pub struct ShowArgs {
    /// Its name, or `latest`
    #[arg(value_name = "ID", default_value = "latest")]
    id: String,

    /// Where it lies: a folder, or s3://BUCKET/PREFIX; [backup] to in mainstay.toml otherwise
    #[arg(long, value_name = "PLACE")]
    from: Option<String>,
}

/// Shows it.
pub(super) async fn run(args: ShowArgs, context: &Context) -> Result<Outcome, CliError> {
    let (store, found) = reach::backup(context, args.from.as_deref(), &args.id).await?;
    let data = json!({
        "store": store.describe(),
        "backup": found.listed,
        "manifest": found.manifest,
        "proof": found.proof,
    });
    context.answer(data, Text::Lines(text(&found, &store.describe())))?;
    Ok(Outcome::Done)
}

fn text(found: &Found, store: &str) -> String {
    let (listed, manifest) = (&found.listed, &found.manifest);
    let source = &manifest.source;
    let mut lines = vec![
        ("backup", format!("{} in {store}, {}", listed.id, listed.state.word())),
        ("database", format!("{}, {}", source.database, source.version)),
        ("taken", format!("{} to {}", manifest.started, manifest.finished)),
        ("size", format!("{} in {}", words::bytes(listed.bytes), words::plural(manifest.files.len(), "file"))),
        ("rows", format!("{} of {}", words::count(listed.rows), words::plural(listed.tables, "table"))),
    ];
    if manifest.large_objects.count > 0 {
        lines.push(("", format!("{} large objects", words::count(manifest.large_objects.count))));
    }
    if let Some(version) = &source.migration {
        lines.push(("migration", version.clone()));
    }
    if let Some(encryption) = &manifest.encryption {
        lines.push(("encrypted", format!("to {}", encryption.recipients.join(", "))));
    }
    if let Some(proof) = &found.proof {
        let word = if proof.is_clean() { "restored and compared" } else { "restored, and not the same" };
        let who = format!("by {}, {}, {}", proof.by, proof.place, proof.server);
        lines.push(("proof", format!("{word} at {} {who}", proof.at)));
        lines.extend(proof.mismatches.iter().map(|mismatch| ("", differs(mismatch))));
        lines.extend(proof.failures.iter().map(|failure| ("", failure.clone())));
    }
    let mut text = String::new();
    for (name, value) in lines {
        let _ = writeln!(text, "{name:<10} {}", words::printable(&value));
    }
    text.push('\n');
    for table in &manifest.tables {
        let name = words::printable(&table.describe());
        let parts = words::plural(table.parts.len(), "file");
        let _ = writeln!(text, "  {name}: {} rows, {parts}", words::count(table.rows.count));
    }
    text.extend(manifest.left_out.iter().map(|left_out| format!("left out: {left_out}\n")));
    text
}
