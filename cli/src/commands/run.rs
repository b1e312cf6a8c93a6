//! `mainstay run`.

use std::ffi::OsString;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use clap::Args;
use mainstay::config::parse_duration;
use mainstay::lease::Options;
use mainstay::tool::{Program, Signal};
use mainstay::{Error, ErrorKind};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{Receiver, channel};

use super::{Outcome, exit_code};
use crate::context::Context;
use crate::error::CliError;
use crate::reach;

/// Run a program that only one of us may run: it starts when we hold the lease, and is dead before another can
#[derive(Args, Clone)]
pub struct RunArgs {
    /// Name of the lease
    #[arg(long, value_name = "NAME")]
    lease: String,

    /// Wait for the lease, TIME at most, instead of failing at once: 60s, 2 min
    #[arg(long, value_name = "TIME", num_args = 0..=1, default_missing_value = "365d", value_parser = parse_duration)]
    wait: Option<Duration>,

    /// How long the lease lasts when we are not heard of: 30s, 2 min
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_duration)]
    ttl: Duration,

    /// The program and its arguments; MAINSTAY_LEASE and MAINSTAY_FENCE are set for it
    #[arg(last = true, required = true, value_name = "CMD")]
    program: Vec<OsString>,
}

/// Runs the program under the lease.
pub(super) async fn run(args: RunArgs, context: &Context) -> Result<Outcome, CliError> {
    let Some((program, rest)) = args.program.split_first() else {
        return Err(CliError::usage("there is no program to run"));
    };
    let database = reach::open(context, reach::builder(context)?)?;
    let called = Path::new(program).file_name().unwrap_or(program).to_string_lossy();
    if context.globals.dry_run {
        let held = database.leases().await?.into_iter().find(|lease| lease.name == args.lease && lease.held());
        let by = held.map(|lease| format!("after {} on {} has ended", lease.holder, lease.host));
        context.observer.line(&format!("would run {called} {}", by.unwrap_or_else(|| "now".to_owned())));
        return Ok(Outcome::Done);
    }
    let options = Options { holder: called.into_owned(), ttl: args.ttl, wait: args.wait.unwrap_or(Duration::ZERO) };
    let lease = database.lease(&args.lease, &options).await?;
    let mut signals = forwarded()?;
    context.hands_signals_on.store(true, Ordering::Relaxed);
    context.observer.finish();
    let program = Program { program: program.clone(), args: rest.to_vec(), env: Vec::new() };
    let ended = lease.run(program, &mut signals).await;
    Ok(Outcome::Exited(exit_code(ended?)))
}

/// INT and TERM, to be handed on.
fn forwarded() -> Result<Receiver<Signal>, Error> {
    let listen = |kind| signal(kind).map_err(|e| Error::new(ErrorKind::Io, "cannot listen for signals").source(e));
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    let (sender, receiver) = channel(8);
    tokio::spawn(async move {
        loop {
            let signal = tokio::select! {
                _ = interrupt.recv() => Signal::INT,
                _ = terminate.recv() => Signal::TERM,
            };
            if sender.send(signal).await.is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}
