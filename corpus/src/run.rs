//! All cases, on several threads, and what is told of them.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::args::{Args, Which};
use crate::differ::{Differ, Mainstay, Nothing};
use crate::judge::Outcome;
use crate::programs::Programs;
use crate::score::{self, Score};
use crate::suite::{self, Case};
use crate::worker::{Done, Worker};

/// Runs what `args` ask for; fails where a case that passed before does not.
pub fn run(args: &Args) -> Result<ExitCode, String> {
    let some = args.filter.is_some() || args.every > 1 || args.folder.join("old.sql").is_file();
    if args.record && some {
        return Err("only a run of whole suites is recorded\nhint: leave out --filter and --every".into());
    }
    let programs = Programs::find(args.server.as_deref())?;
    let cases: Vec<_> =
        suite::cases(&args.folder, args.filter.as_deref())?.into_iter().step_by(args.every.max(1)).collect();
    eprintln!("{} cases on PostgreSQL {}", cases.len(), programs.server.version);
    if !programs.dumps {
        eprintln!(
            "no pg_dump knows that server: a plan is right here where it applies, keeps the rows and leaves nothing to plan"
        );
    }
    let differ: &dyn Differ = match args.differ {
        Which::Mainstay => &Mainstay,
        Which::Nothing => &Nothing,
    };
    let done = run_all(&cases, &programs, args.threads.max(1), differ)?;
    let score = Score::of(&done);
    print!("{}{}", score.table(), traced(&done));
    if let Some(file) = &args.json {
        write_verdicts(file, &done)?;
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("score.json");
    let major = programs.server.major;
    if args.record {
        score::record(&file, major, &score)?;
        println!("recorded in {}", file.display());
        return Ok(ExitCode::SUCCESS);
    }
    let worse = score::recorded(&file, major)?.map(|recorded| score.worse_than(&recorded, some)).unwrap_or_default();
    worse.iter().for_each(|line| println!("worse: {line}"));
    Ok(if worse.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs `cases` on `threads` threads, telling each failure when it happens; the result is in the order of the cases.
fn run_all(cases: &[Case], programs: &Programs, threads: usize, differ: &dyn Differ) -> Result<Vec<Done>, String> {
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
    let Done { suite, name, outcome, seconds, .. } = done;
    match outcome {
        Outcome::Passed => {}
        Outcome::NotCounted(why) => eprintln!("-     {suite}/{name}: {why}"),
        Outcome::Failed(reason, detail) => {
            eprintln!("FAIL  {suite}/{name}: {reason} ({seconds:.1} s)\n    {}", detail.replace('\n', "\n    "));
        }
    }
}

/// How many statements were traced for their locks.
fn traced(done: &[Done]) -> String {
    let sum = |count: fn(&Done) -> usize| done.iter().map(count).sum::<usize>();
    let (seen, not) = (sum(|one| one.seen.traced), sum(|one| one.seen.untraced.len()));
    let mut text = format!("locks: {seen} statements traced, {not} could not run by themselves on a copy\n");
    for one in done.iter().filter(|one| !one.seen.untraced.is_empty()) {
        text += &format!("    {}/{}: {}\n", one.suite, one.name, one.seen.untraced[0]);
    }
    text
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
