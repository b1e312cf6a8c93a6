//! The root of the argument tree. The doc comments are the help.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, ValueEnum};

use crate::commands::Command;

/// Looks after a self-hosted service's PostgreSQL or SQLite database, from its birth to its last upgrade
#[derive(Parser)]
#[command(name = "mainstay", version, disable_help_flag = true, disable_help_subcommand = true)]
#[command(subcommand_required = true, arg_required_else_help = true, infer_subcommands = false)]
#[command(after_help = "\
Connection settings come from flags, DATABASE_URL, PG* variables, .env and mainstay.toml: `mainstay conn show` \
says which.
Exit codes: 0 done, 1 failed, 2 usage, 3 SQL error, 4 cannot connect, 5 refused, 6 verification failed, \
10 findings (--exit-code).")]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
    /// Flags that every command takes
    #[command(flatten)]
    pub globals: Globals,
}

/// Flags that every command takes.
#[derive(Args, Clone, Default)]
pub struct Globals {
    /// Which database
    #[command(flatten)]
    pub connection: Connection,

    /// Project folder: work as if started there
    #[arg(short = 'C', long, global = true, value_name = "DIR", help_heading = "Global options")]
    pub directory: Option<PathBuf>,

    /// Print one JSON object instead of text
    #[arg(long, global = true, help_heading = "Global options")]
    pub json: bool,

    /// Show what would be done and do nothing
    #[arg(long, global = true, help_heading = "Global options")]
    pub dry_run: bool,

    /// Answer yes to every question that needs no name typed
    #[arg(long, global = true, help_heading = "Global options")]
    pub yes: bool,

    /// Confirm what cannot be undone by the database's name
    #[arg(long, global = true, value_name = "NAME", help_heading = "Global options")]
    pub confirm: Option<String>,

    /// Never ask anything
    #[arg(long, global = true, help_heading = "Global options")]
    pub no_input: bool,

    /// Print every SQL statement with its duration
    #[arg(long, global = true, help_heading = "Global options")]
    pub echo: bool,

    /// Say less: results, warnings and errors only (twice: no warnings)
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "verbose", help_heading = "Global options")]
    pub quiet: u8,

    /// Say more
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Global options")]
    pub verbose: u8,

    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Global options")]
    pub color: Color,

    /// Print help
    #[arg(short = '?', long, global = true, action = ArgAction::HelpShort, help_heading = "Global options")]
    pub help: Option<bool>,
}

/// Which database: psql's flags and our two.
#[derive(Args, Clone, Default)]
pub struct Connection {
    /// Connection URL, keyword string or sqlite:PATH
    #[arg(long, global = true, help_heading = "Connection options")]
    pub url: Option<String>,

    /// Target of mainstay.toml to work on
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "url", help_heading = "Connection options")]
    pub target: Option<String>,

    /// Server's host name, address or socket folder
    #[arg(short = 'h', long, global = true, help_heading = "Connection options")]
    pub host: Option<String>,

    /// Server's port
    #[arg(short, long, global = true, help_heading = "Connection options")]
    pub port: Option<String>,

    /// Role to connect as
    #[arg(short = 'U', long, global = true, value_name = "ROLE", help_heading = "Connection options")]
    pub user: Option<String>,

    /// Database to connect to
    #[arg(short, long, global = true, value_name = "NAME", help_heading = "Connection options")]
    pub dbname: Option<String>,

    /// Never ask for a password
    #[arg(short = 'w', long, global = true, conflicts_with = "password", help_heading = "Connection options")]
    pub no_password: bool,

    /// Ask for the password before connecting
    #[arg(short = 'W', long, global = true, help_heading = "Connection options")]
    pub password: bool,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What has to be known before the arguments are parsed, so that a usage error looks as asked for.
pub(crate) struct Early {
    pub(crate) color: Color,
    pub(crate) json: bool,
}

/// Reads [`Early`] from the raw arguments; what it cannot read is left at its default.
pub(crate) fn early(raw: &[OsString]) -> Early {
    let mut early = Early { color: Color::Auto, json: false };
    let words: Vec<_> = raw.iter().skip(1).map(|word| word.to_string_lossy()).take_while(|word| word != "--").collect();
    for (at, word) in words.iter().enumerate() {
        let next = words.get(at + 1).map(AsRef::as_ref);
        match (word.as_ref(), next) {
            ("--json", _) => early.json = true,
            ("--color", Some(when)) => early.color = Color::from_str(when, true).unwrap_or_default(),
            (other, _) => {
                if let Some(when) = other.strip_prefix("--color=") {
                    early.color = Color::from_str(when, true).unwrap_or_default();
                }
            }
        }
    }
    early
}

/// The command's name as typed, `conn show`; empty where there is none. Good enough for a wrong command line too.
pub(crate) fn command_name(root: &clap::Command, raw: &[OsString]) -> String {
    let mut at = root;
    let mut name = Vec::new();
    for word in raw.iter().skip(1).map(|word| word.to_string_lossy()) {
        if let Some(next) = at.find_subcommand(word.as_ref()) {
            name.push(next.get_name().to_owned());
            at = next;
        }
    }
    name.join(" ")
}
