//! `fractalctl set-db`: the database of `.fractal_server.env` is there, and at this release's version, afterwards.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use mainstay::Database;
use mainstay::prepare::Prepared;

const USAGE: &str = "usage: fractalctl set-db";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args != ["set-db"] {
        say(&mut std::io::stderr(), USAGE);
        return ExitCode::from(2);
    }
    match set_db() {
        Ok(prepared) => {
            let version = prepared.version.map(|version| version.to_string()).unwrap_or_default();
            say(&mut std::io::stdout(), &format!("{} is at version {version}", prepared.database));
            ExitCode::SUCCESS
        }
        Err(error) => {
            say(&mut std::io::stderr(), &explain(&error));
            ExitCode::FAILURE
        }
    }
}

fn set_db() -> mainstay::Result<Prepared> {
    let database = Database::project(".").vars(std::env::vars()).wait(Duration::from_secs(60)).build()?;
    database.prepare_blocking()
}

/// An error with its causes and hints.
fn explain(error: &mainstay::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text += &format!("\n  because: {error}");
        cause = error.source();
    }
    for hint in error.hints() {
        text += &format!("\n  hint: {hint}");
    }
    text
}

fn say(to: &mut dyn Write, text: &str) {
    // A reader that went away is no failure of ours.
    let _ = writeln!(to, "{text}");
}
