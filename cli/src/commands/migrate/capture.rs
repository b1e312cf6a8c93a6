//! `mainstay migrate adopt --capture`.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use mainstay::capture::{Capture, capture};
use mainstay::config::CommandLine;
use serde_json::json;

use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;
use crate::reach;

/// Runs the command on a private server, proves what was captured, and writes it; the project's database is only asked for its
/// version.
pub(super) async fn run(command: Vec<String>, into: &Path, context: &Context) -> Result<Outcome, CliError> {
    let line = CommandLine::of_words(command).ok_or_else(|| CliError::usage("there is no command to capture"))?;
    let builder = reach::builder(context)?.read_only();
    let (states, workshop) = (builder.states()?, builder.workshop()?);
    let today = jiff::Timestamp::now().strftime("%Y%m%d").to_string();
    let folder = context.project.root.join(into);
    let captured = capture(&states, &workshop, &line, &folder, &today).await?;
    let done = !context.globals.dry_run;
    if done {
        captured.write()?;
    }
    let data = json!({ "capture": captured, "done": done });
    context.answer(data, Text::Lines(text(&captured, into, done)))?;
    Ok(Outcome::Done)
}

fn text(captured: &Capture, into: &Path, done: bool) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "proven   {} run in {}; {} and {} are the same ({})",
        words::plural(captured.files.len(), "captured migration"),
        captured.place,
        words::plural(captured.objects, "object"),
        words::plural(captured.rows.iter().map(|(_, count)| count).sum(), "row"),
        words::duration(Duration::from_secs_f64(captured.seconds)),
    );
    for varying in &captured.varying {
        let _ = writeln!(text, "varies   {varying}: the migrations make it anew at each run, as the program does");
    }
    let word = if done { "wrote" } else { "would write" };
    for file in &captured.files {
        let alone = if file.no_transaction { ", outside a transaction" } else { "" };
        let statements = words::plural(file.statements, "statement");
        let _ = writeln!(text, "{word:8} {}: {statements}{alone}", captured.folder.join(&file.name).display());
    }
    let into = into.display();
    let at = match captured.tool {
        Some(_) => String::new(),
        None => "--by-catalog".to_owned(),
    };
    let _ = writeln!(
        text,
        "to go on with them: under [migrations] in mainstay.toml, dir = \"{into}\" and dialect = \"mainstay\""
    );
    let _ = writeln!(text, "and on each database that has had them: mainstay migrate adopt {at}");
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}
