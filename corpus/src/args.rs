//! What the command line says.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Runs other tools' schema-diff cases and judges the plans by pg_dump
#[derive(Parser)]
#[command(name = "cargo xtask corpus")]
pub struct Args {
    /// A case, a suite, or a folder of suites
    pub folder: PathBuf,

    /// Only cases whose `suite/name` holds this text
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,

    /// Only every so manieth case: a quick look
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub every: usize,

    /// Folder of the server's programs; pg_dump and psql are taken from there too, where they are
    #[arg(long, value_name = "BIN_FOLDER")]
    pub server: Option<PathBuf>,

    /// Threads, each with clusters of its own
    #[arg(long, default_value_t = 2)]
    pub threads: usize,

    /// What to judge; `nothing` plans nothing, to see the judge awake
    #[arg(long, value_enum, default_value = "mainstay")]
    pub differ: Which,

    /// Keep the score, to which later runs are held
    #[arg(long)]
    pub record: bool,

    /// Write every verdict to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Which {
    Mainstay,
    Nothing,
}
