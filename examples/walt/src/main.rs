//! `walt start MAC IP` makes the database ready and says what it holds; `walt serve MAC IP` owns it, too, until it is told to
//! end; `walt bench-ingest ROWS` measures log ingest.

mod bench;

use std::io::Write;
use std::process::ExitCode;

use mainstay::Database;
use tokio::signal::unix::{SignalKind, signal};
use walt::{AnyError, devices, owner, poe, server};

const USAGE: &str = "usage: walt start MAC IP      prepare the database, enter this server, show what is known
       walt serve MAC IP      the same, and own the database until Ctrl-C or SIGTERM
       walt bench-ingest ROWS  prepare the empty database of DATABASE_URL and ingest ROWS log lines";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args[..] {
        ["start", mac, ip] => start(mac, ip).await,
        ["serve", mac, ip] => serve(mac, ip).await,
        ["bench-ingest", rows] => bench::run(rows).await,
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(text) => say(&mut std::io::stdout(), &text, ExitCode::SUCCESS),
        Err(error) => say(&mut std::io::stderr(), &explain(error.as_ref()), ExitCode::FAILURE),
    }
}

/// Makes the database ready, and owns it until the process is told to end.
async fn serve(mac: &str, ip: &str) -> Result<String, AnyError> {
    let database = walt::database(".", std::env::vars())?;
    let ready = make_ready(&database, mac, ip).await?;
    let lease = owner::own(&database).await?;
    let mut terminate = signal(SignalKind::terminate())?;
    let text = format!("{ready}\nthe lease `{}` is ours, number {}", lease.name(), lease.fence());
    say(&mut std::io::stdout(), &text, ExitCode::SUCCESS);
    let told_to_end = async {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    };
    owner::serve(lease, told_to_end).await?;
    Ok("ended".to_owned())
}

async fn start(mac: &str, ip: &str) -> Result<String, AnyError> {
    make_ready(&walt::database(".", std::env::vars())?, mac, ip).await
}

async fn make_ready(database: &Database, mac: &str, ip: &str) -> Result<String, AnyError> {
    let (prepared, mut client) = walt::open(database).await?;
    server::enter(&mut client, mac, ip).await?;

    let mut text = format!("{} is ready in {:.2} s", database.target().describe(), prepared.seconds);
    for created in &prepared.created {
        text += &format!("\n  {created}");
    }
    for device in devices::all(&client).await? {
        text += &format!("\n{:<7} {} {}", device.kind, device.mac, device.name.unwrap_or_default());
    }
    for port in poe::off_ports(&client).await? {
        text += &format!("\nno power on {} port {} ({})", port.switch, port.port, port.reason);
    }
    Ok(text)
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
