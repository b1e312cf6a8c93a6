//! `mainstay server logs`.

use std::io::Write;
use std::time::Duration;

use clap::Args;
use mainstay::cluster::Cluster;
use mainstay::server::Follower;
use mainstay::{Error, ErrorKind};

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
    let (name, cluster) = choose(args.name.as_deref(), find_all(context).await?)?;
    let Some(log) = &cluster.log else { return Err(no_log(&name, &cluster).into()) };
    let mut follower = Follower::open(log, args.lines)?;
    let mut out = std::io::stdout().lock();
    loop {
        let piece = follower.piece()?;
        if !piece.is_empty() {
            // A terminal's own commands do not come out of a log.
            let text = String::from_utf8_lossy(&piece);
            let shown = if context.output.terminal { lines(&text) } else { text.into_owned() };
            out.write_all(shown.as_bytes()).and_then(|()| out.flush())?;
        } else if args.follow {
            tokio::time::sleep(PAUSE).await;
        } else {
            return Ok(Outcome::Done);
        }
    }
}

/// Every line as a terminal may be given it.
fn lines(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| match line.strip_suffix('\n') {
            Some(line) => words::printable(line) + "\n",
            None => words::printable(line),
        })
        .collect()
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
