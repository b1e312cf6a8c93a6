//! `capsul hub` is the hub, `capsul spoke HOST` one host's spoke, `capsul both HOST` the two in one process.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use capsul::{AnyError, Hub, spoke};
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "usage: capsul hub         prepare the database, and hand out operations as the only hub
       capsul spoke HOST  do what the hub asks, on this host
       capsul both HOST   both in one process";

/// The folder with the spokes' sockets.
const SPOKES: &str = "spokes";

/// How long a hub that is not heard of still counts as the hub.
const TTL: Duration = Duration::from_secs(5);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args[..] {
        ["hub"] => hub().await,
        ["spoke", host] => serve(host).await,
        ["both", host] => tokio::select!(ended = hub() => ended, ended = serve(host) => ended),
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&mut std::io::stderr(), &explain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// The hub, until it is told to end.
async fn hub() -> Result<(), AnyError> {
    let database = capsul::database(".", std::env::vars())?;
    let mut hub = Hub::start(&database, SPOKES.into(), TTL).await?;
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    say(&mut std::io::stdout(), &format!("capsul is the hub, number {}", hub.fence()));
    tokio::select! {
        ended = hub.work() => return Err(ended.map_or_else(|error| error, |never| match never {})),
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(hub.stop().await?)
}

async fn serve(host: &str) -> Result<(), AnyError> {
    Ok(spoke::serve(Path::new(SPOKES), host).await?)
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

fn say(to: &mut dyn Write, text: &str) {
    // A reader that went away is no failure of ours.
    let _ = writeln!(to, "{text}");
}
