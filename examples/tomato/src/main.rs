//! `tomato start` makes the database ready and says what it holds; `tomato work TASKS SECONDS` runs tasks.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use mainstay::Database;
use tomato::{Result, Store, hosts, tasks};

const USAGE: &str = "usage: tomato start               prepare the database, show what is known
       tomato work TASKS SECONDS  run tasks one after another, each a transaction of that length
With TOMATO_MAINTENANCE set, nothing is created and nothing migrated.";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args[..] {
        ["start"] => start().await,
        ["work", tasks, seconds] => work(tasks, seconds).await,
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(text) => say(&mut std::io::stdout(), &text, ExitCode::SUCCESS),
        Err(error) => say(&mut std::io::stderr(), &explain(error.as_ref()), ExitCode::FAILURE),
    }
}

async fn start() -> Result<String> {
    let database = tomato::database(".", std::env::vars())?;
    let (mut text, store) = ready(&database).await?;
    for host in store.read(hosts::all).await? {
        text += &format!("\nhost {}{}", host.name, if host.enabled { "" } else { " (not in use)" });
    }
    let (tasks, ports) = store.read(tasks::totals).await?;
    Ok(text + &format!("\n{tasks} tasks done, {ports} ports in use"))
}

/// The database, made ready or, in maintenance, as it is.
async fn ready(database: &Arc<Database>) -> Result<(String, Store)> {
    let place = database.target().describe();
    if std::env::var_os("TOMATO_MAINTENANCE").is_some() {
        return Ok((format!("{place}, in maintenance: not migrated"), tomato::open_unchanged(database)?));
    }
    let (prepared, store) = tomato::open(database).await?;
    let applied = prepared.migrations.map(|report| report.done.len()).unwrap_or_default();
    Ok((format!("{place} is ready, {applied} migrations applied"), store))
}

async fn work(tasks: &str, seconds: &str) -> Result<String> {
    let tasks: u32 = tasks.parse().map_err(|_| format!("`{tasks}` is no number of tasks"))?;
    let seconds: f64 = seconds.parse().map_err(|_| format!("`{seconds}` is no number of seconds"))?;
    let talk = Duration::try_from_secs_f64(seconds)?;
    let database = tomato::database(".", std::env::vars())?;
    let (_, store) = ready(&database).await?;
    let worker = format!("worker {}", std::process::id());
    let mut ports = Vec::new();
    for _ in 0..tasks {
        let worker = worker.clone();
        let begun = || drop(writeln!(std::io::stdout(), "working"));
        let done = store.write(move |db| tasks::build(db, &worker, talk, begun)).await?;
        ports.extend(done.ports.iter().map(i64::to_string));
    }
    Ok(format!("ports {}", ports.join(" ")))
}

/// An error with its causes, and the hints that the library's errors have.
fn explain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!("\n  because: {error}");
        cause = error.source();
    }
    for hint in error.downcast_ref::<mainstay::Error>().into_iter().flat_map(mainstay::Error::hints) {
        text += &format!("\n  hint: {hint}");
    }
    text
}

fn say(to: &mut dyn Write, text: &str, code: ExitCode) -> ExitCode {
    // A reader that went away is no failure of ours.
    let _ = writeln!(to, "{text}");
    code
}
