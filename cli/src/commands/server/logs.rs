//! `mainstay server logs`.

use std::io::Write;
use std::time::Duration;

use clap::Args;
use mainstay::cluster::{self, Cluster};
use mainstay::server::Follower;
use mainstay::{Error, ErrorKind};
use serde_json::json;

use super::status::{PROJECT, find_all};
use crate::commands::Outcome;
use crate::context::Context;
use crate::error::CliError;
use crate::output::words;

/// How often it is looked for something new.
const PAUSE: Duration = Duration::from_millis(200);

/// Print a server's log, and follow it
#[derive(Args, Clone)]
#[command(after_help = "\
Examples:
  mainstay server logs -f
  mainstay server logs 15/main -n 200")]
pub struct LogsArgs {
    /// The server, as server status calls it, or by its data folder; the project's own otherwise, else the only one
    name: Option<String>,

    /// Go on with what comes, until Ctrl-C
    #[arg(short, long)]
    follow: bool,

    /// So many of the last lines
    #[arg(short = 'n', long, value_name = "COUNT", default_value = "50")]
    lines: usize,
}

/// Prints it.
pub(super) async fn run(args: LogsArgs, context: &Context) -> Result<Outcome, CliError> {
    if args.follow && context.output.json {
        let error = Error::new(ErrorKind::Usage, "--json prints one object, and a log that is followed has no end");
        return Err(error.hint("leave -f out, or --json").into());
    }
    let (name, cluster) = choose(args.name.as_deref(), find_all(context).await?)?;
    let Some(mut log) = cluster.log.clone() else { return Err(no_log(&name, &cluster).into()) };
    let mut follower = Follower::open(&log, args.lines)?;
    if context.output.json {
        context.answer_as_json(json!({ "server": name, "file": log, "lines": lines(&mut follower)? }))?;
        return Ok(Outcome::Done);
    }
    let mut out = Out { terminal: context.output.terminal, rest: Vec::new() };
    loop {
        let piece = follower.piece()?;
        if !piece.is_empty() {
            out.write(&piece)?;
            continue;
        }
        if !args.follow {
            out.end()?;
            return Ok(Outcome::Done);
        }
        tokio::time::sleep(PAUSE).await;
        // A server's own collector begins a new file, with a name of its own.
        let newer = cluster::at(&cluster.data).ok().filter(|_| name != PROJECT).and_then(|now| now.log);
        if let Some(newer) = newer.filter(|newer| *newer != log && newer.is_file()) {
            follower = Follower::open(&newer, usize::MAX)?;
            log = newer;
        }
    }
}

/// All that there is, line by line.
fn lines(follower: &mut Follower) -> Result<Vec<String>, Error> {
    let mut text = Vec::new();
    loop {
        match follower.piece()? {
            piece if piece.is_empty() => break,
            piece => text.extend(piece),
        }
    }
    Ok(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
}

/// Where a log goes: as it is, or line by line so that none of it takes a terminal over.
struct Out {
    terminal: bool,
    /// A line that has not ended yet.
    rest: Vec<u8>,
}

impl Out {
    fn write(&mut self, piece: &[u8]) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        if !self.terminal {
            return out.write_all(piece).and_then(|()| out.flush());
        }
        self.rest.extend_from_slice(piece);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            writeln!(out, "{}", words::printable(&String::from_utf8_lossy(&line[..end])))?;
        }
        out.flush()
    }

    fn end(&mut self) -> std::io::Result<()> {
        match self.rest.is_empty() {
            true => Ok(()),
            false => self.write(b"\n"),
        }
    }
}

fn choose(name: Option<&str>, found: Vec<(String, Cluster)>) -> Result<(String, Cluster), Error> {
    let names: Vec<String> = found.iter().map(|(name, _)| name.clone()).collect();
    let wanted = match name {
        Some(wanted) => found.into_iter().find(|(name, cluster)| name == wanted || cluster.data.as_os_str() == wanted),
        None if found.len() == 1 => found.into_iter().next(),
        None => found.into_iter().find(|(name, _)| name == PROJECT),
    };
    wanted.ok_or_else(|| {
        let message = match (name, names.len()) {
            (_, 0) => "there is no PostgreSQL server on this machine that could be seen".to_owned(),
            (Some(name), _) => format!("there is no server `{name}`"),
            (None, many) => format!("{many} servers are on this machine"),
        };
        let error = Error::new(ErrorKind::NotFound, message);
        match names.is_empty() {
            true => error.hint("make one for the project: mainstay server init"),
            false => error.hint(format!("name one: {}", names.join(", "))),
        }
    })
}

fn no_log(name: &str, cluster: &Cluster) -> Error {
    let error = Error::new(ErrorKind::NotFound, format!("where the server {name} writes its log cannot be seen"));
    match &cluster.unit {
        Some(unit) => error.hint(format!("what systemd keeps of it: journalctl -u {unit} -f")),
        None => error.hint("where it is: mainstay sql -c 'SHOW log_directory' and 'SHOW logging_collector'"),
    }
}
