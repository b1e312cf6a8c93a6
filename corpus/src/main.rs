//! Runs other tools' schema-diff cases: from `old.sql` to `new.sql` by a plan, judged by pg_dump.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a chore talks to whoever runs it")]

mod cluster;
mod differ;
mod dump;
mod judge;
mod rows;
mod score;
mod shapes;
mod suite;
#[cfg(test)]
mod tests;
mod worker;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::{Parser, ValueEnum};
use mainstay::tool::{Binaries, find_binaries};

use cluster::Programs;
use differ::Differ;
use judge::Outcome;
use score::Score;
use worker::{Done, Worker};

/// Runs other tools' schema-diff cases and judges the plans by pg_dump
#[derive(Parser)]
#[command(name = "cargo xtask corpus")]
struct Args {
    /// A case, a suite, or a folder of suites
    folder: PathBuf,

    /// Only cases whose `suite/name` holds this text
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,

    /// Only every so manieth case: a quick look
    #[arg(long, value_name = "N", default_value_t = 1)]
    every: usize,

    /// Folder of the server's programs; pg_dump and psql are taken from there too, where they are
    #[arg(long, value_name = "BIN_FOLDER")]
    server: Option<PathBuf>,

    /// Threads, each with clusters of its own
    #[arg(long, default_value_t = 2)]
    threads: usize,

    /// What to judge; `nothing` plans nothing, to see the judge awake
    #[arg(long, value_enum, default_value = "mainstay")]
    differ: Which,

    /// Keep the score, to which later runs are held
    #[arg(long)]
    record: bool,

    /// Write every verdict to this file, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Which {
    Mainstay,
    Nothing,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<ExitCode, String> {
    let programs = programs(args.server.as_deref())?;
    let cases: Vec<_> =
        suite::cases(&args.folder, args.filter.as_deref())?.into_iter().step_by(args.every.max(1)).collect();
    eprintln!("{} cases on PostgreSQL {}", cases.len(), programs.server.version);
    let differ: &dyn Differ = match args.differ {
        Which::Mainstay => &differ::Mainstay,
        Which::Nothing => &differ::Nothing,
    };
    let done = run_all(&cases, &programs, args.threads.max(1), differ)?;
    let score = Score::of(&done);
    print!("{}", score.table());
    if let Some(file) = &args.json {
        write_verdicts(file, &done)?;
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("score.json");
    let major = programs.server.major;
    let some = args.filter.is_some() || args.every > 1;
    if args.record {
        if some {
            return Err("only a run of all cases is recorded\nhint: leave out --filter and --every".into());
        }
        score::record(&file, major, &score)?;
        println!("recorded in {}", file.display());
        return Ok(ExitCode::SUCCESS);
    }
    let worse = score::recorded(&file, major)?.map(|recorded| score.worse_than(&recorded, some)).unwrap_or_default();
    worse.iter().for_each(|line| println!("worse: {line}"));
    Ok(if worse.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs `cases` on `threads` threads, telling each failure when it happens; the result is in the order of the cases.
fn run_all(
    cases: &[suite::Case],
    programs: &Programs,
    threads: usize,
    differ: &dyn Differ,
) -> Result<Vec<Done>, String> {
    let next = AtomicUsize::new(0);
    let all = Mutex::new(Vec::new());
    let work = || -> Result<(), String> {
        let mut worker = Worker::new(programs, std::env::temp_dir())?;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(case) = cases.get(number) else { return Ok(()) };
            let done = worker.run(case, differ)?;
            done.iter().for_each(tell);
            all.lock().map_err(|_| "a thread has failed")?.push((number, done));
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| Err("a thread has failed".into())))
    })?;
    let mut all = all.into_inner().map_err(|_| "a thread has failed")?;
    all.sort_by_key(|(number, _)| *number);
    Ok(all.into_iter().flat_map(|(_, done)| done).collect())
}

fn tell(done: &Done) {
    let Done { suite, name, outcome, seconds } = done;
    match outcome {
        Outcome::Passed => {}
        Outcome::NotCounted(why) => eprintln!("-     {suite}/{name}: {why}"),
        Outcome::Failed(reason, detail) => {
            eprintln!("FAIL  {suite}/{name}: {reason} ({seconds:.1} s)\n    {}", detail.replace('\n', "\n    "));
        }
    }
}

fn write_verdicts(file: &Path, done: &[Done]) -> Result<(), String> {
    let verdict = |one: &Done| {
        let (word, reason, detail) = match &one.outcome {
            Outcome::Passed => ("passed", None, None),
            Outcome::NotCounted(why) => ("not counted", Some(why.as_str()), None),
            Outcome::Failed(reason, detail) => ("failed", Some(*reason), Some(detail.as_str())),
        };
        serde_json::json!({
            "suite": one.suite, "case": one.name, "outcome": word, "reason": reason, "detail": detail, "seconds": one.seconds,
        })
    };
    let verdicts: Vec<_> = done.iter().map(verdict).collect();
    let text = serde_json::to_string_pretty(&verdicts).map_err(|error| error.to_string())? + "\n";
    std::fs::write(file, text).map_err(|error| format!("cannot write {}: {error}", file.display()))
}

/// The programs in `folder`, or the newest on this machine. Some builds of servers come without clients.
fn programs(folder: Option<&Path>) -> Result<Programs, String> {
    let told = |error: mainstay::Error| format!("{error}\nhint: {}", error.hints().join("\nhint: "));
    let path = std::env::var("PATH").unwrap_or_default();
    let Some(folder) = folder else {
        let server =
            find_binaries(&path, &["postgres", "initdb", "pg_ctl", "psql", "pg_dump"]).map_err(told)?.remove(0);
        return Ok(Programs { client: server.bin.clone(), server });
    };
    let folder = folder.canonicalize().map_err(|error| format!("cannot find {}: {error}", folder.display()))?;
    let path = format!("{}:{path}", folder.display());
    let of_folder = |found: &Binaries| found.bin == folder;
    let servers = find_binaries(&path, &["postgres", "initdb", "pg_ctl"]).map_err(told)?;
    let server = servers.into_iter().find(of_folder);
    let server = server.ok_or_else(|| format!("{} has no server programs", folder.display()))?;
    let clients = find_binaries(&path, &["pg_dump", "psql"]).map_err(told)?;
    let client =
        clients.iter().find(|found| of_folder(found)).or(clients.iter().find(|found| found.major >= server.major));
    let client = client.map(|found| found.bin.clone());
    let missing = || format!("there is no pg_dump for PostgreSQL {}\nhint: put its folder on PATH", server.major);
    Ok(Programs { client: client.ok_or_else(missing)?, server })
}
