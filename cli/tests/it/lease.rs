//! `mainstay run` and `mainstay lease show`: real processes against each other, on either engine.

mod cut;
mod unclean;

use std::io::Read;
use std::process::Child;
use std::time::{Duration, Instant};

use mainstay_testing::{Cli, TestDatabase, server};
use rustix::process::{Pid, Signal, kill_process};

use crate::{mainstay, on_database};

/// A project on one engine, and how its database is asked beside the command.
struct Place {
    cli: Cli,
    database: Option<TestDatabase>,
}

/// Writes the time to the file named first, all the time, from a process that its shell has left in the background.
const TICKS: &str = "(while :; do date +%s%N >>\"$0\"; sleep 0.02; done) & sleep 0.2; echo started; wait";

impl Place {
    fn postgres() -> Self {
        let database = server().database();
        Self { cli: on_database(&database), database: Some(database) }
    }

    fn sqlite() -> Self {
        let mut cli = mainstay();
        cli.env("DATABASE_URL", "sqlite:walt.db");
        Self { cli, database: None }
    }

    /// `mainstay run --lease hub` with `flags`, started.
    fn start(&mut self, flags: &[&str], program: &[&str]) -> Running {
        let args = [&["run", "--lease", "hub", "--ttl", "2s"], flags, &["--"], program].concat();
        Running(self.cli.args(args).command().spawn().expect("it starts"))
    }

    /// The same with a program that writes the time to `file`, once that is at work.
    fn ticking(&mut self, flags: &[&str], file: &str) -> Running {
        let mut running = self.start(flags, &["sh", "-c", TICKS, file]);
        running.says("started\n");
        running
    }

    /// What the command says at once.
    fn run(&mut self, flags: &[&str], program: &[&str]) -> mainstay_testing::Run {
        let args = [&["run", "--lease", "hub", "--ttl", "2s"], flags, &["--"], program].concat();
        self.cli.args(args).run()
    }

    /// The last time in `file`, in nanoseconds.
    fn last_tick(&self, file: &str) -> u128 {
        let text = std::fs::read_to_string(self.cli.project().join(file)).expect("ticks");
        // The writer may have been killed in the middle of a line.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().last().and_then(|line| line.parse().ok()).expect("a time")
    }

    /// Runs `sql`, in which `[lease]` is the table, outside the command.
    fn sql(&self, sql: &str) {
        match &self.database {
            Some(database) => drop(database.psql(&sql.replace("[lease]", "mainstay.lease"))),
            None => {
                let script = format!(
                    "import sqlite3; c = sqlite3.connect('walt.db', isolation_level=None); c.execute(\"\"\"{}\"\"\")",
                    sql.replace("[lease]", "mainstay_lease")
                );
                let mut python = std::process::Command::new("python3");
                let status = python.args(["-c", &script]).current_dir(self.cli.project()).status().expect("python3");
                assert!(status.success());
            }
        }
    }

    fn show(&mut self) -> serde_json::Value {
        let run = self.cli.args(["lease", "show", "--json"]).run();
        assert_eq!(run.code, 0, "{run:?}");
        let shown: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        shown["data"]["leases"][0].clone()
    }
}

/// A command under way; killed when the test has failed.
struct Running(Child);

impl Running {
    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.0.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Reads exactly `words` from its output.
    fn says(&mut self, words: &str) {
        let mut read = vec![0; words.len()];
        self.0.stdout.as_mut().unwrap().read_exact(&mut read).expect("it says something");
        assert_eq!(String::from_utf8_lossy(&read), words);
    }

    /// Its exit code, and what it has said on both streams.
    fn end(mut self) -> (Option<i32>, String, String) {
        let (mut out, mut err) = (String::new(), String::new());
        self.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        self.0.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        (self.0.wait().unwrap().code(), out, err)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Each check on both engines.
macro_rules! on_both {
    ($($check:ident),* $(,)?) => {
        mod postgres { $( #[test] fn $check() { super::$check(super::Place::postgres()) } )* }
        mod sqlite { $( #[test] fn $check() { super::$check(super::Place::sqlite()) } )* }
    };
}
use on_both;

on_both!(
    the_program_has_its_streams_its_variables_and_its_exit_code,
    a_second_one_is_refused_by_name,
    a_second_one_waits,
    signals_are_handed_on,
    a_program_that_is_not_there_leaves_the_lease_free,
    what_the_program_leaves_behind_is_ended,
    leases_of_other_names_do_not_matter,
    the_ledger_is_whole_when_a_lease_came_first,
);

fn the_program_has_its_streams_its_variables_and_its_exit_code(mut place: Place) {
    place.cli.stdin("typed");
    let run = place.run(&[], &["sh", "-c", "cat; echo \" $MAINSTAY_LEASE $MAINSTAY_FENCE\"; echo no >&2; exit 7"]);
    assert_eq!((run.code, run.stdout.as_str()), (7, "typed hub 1\n"), "{run:?}");
    assert!(run.stderr.ends_with("\nno\n"), "{run:?}");
    let begun = Instant::now();
    let run = place.run(&[], &["sh", "-c", "echo $MAINSTAY_FENCE; kill -9 $$"]);
    assert_eq!((run.code, run.stdout.as_str()), (137, "2\n"), "{run:?}");
    assert!(begun.elapsed() < Duration::from_millis(1500), "after a clean end there is nothing to wait for");
    assert_eq!(place.show()["left"], serde_json::Value::Null);
}

fn a_second_one_is_refused_by_name(mut place: Place) {
    let mut first = place.start(&[], &["sh", "-c", "echo started; read line"]);
    first.says("started\n");
    let run = place.run(&[], &["echo", "two"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{run:?}");
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    for words in [format!("the lease `hub` is held by sh on {host} (process {})", first.0.id()), " since 2".into()] {
        assert!(run.stderr.contains(&words), "{run:?}");
    }
    let shown = place.show();
    assert_eq!((&shown["holder"], &shown["fence"]), (&"sh".into(), &1.into()));
    let table = place.cli.args(["lease", "show"]).run().stdout;
    assert!(table.contains("hub\theld\tsh\t"), "{table}");
    drop(first.0.stdin.take());
    assert_eq!(first.end().0, Some(1));
    assert!(place.cli.args(["lease", "show"]).run().stdout.contains("hub\tfree\tsh\t"));
}

fn a_second_one_waits(mut place: Place) {
    // Longer than the deadline, so that heartbeats are what keeps it.
    let mut first = place.start(&[], &["sh", "-c", "echo started; sleep 3; date +%s%N >ended"]);
    first.says("started\n");
    let run = place.run(&["--wait", "500ms"], &["echo", "two"]);
    assert!(run.code == 1 && run.stderr.contains("waited 0.5 s"), "{run:?}");
    let run = place.run(&["--wait"], &["sh", "-c", "date +%s%N; echo $MAINSTAY_FENCE"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("the lease `hub` is held by sh on"), "{run:?}");
    let mut lines = run.stdout.lines();
    assert!(lines.next().unwrap().parse::<u128>().unwrap() > place.last_tick("ended"));
    assert_eq!(lines.next(), Some("2"));
    assert_eq!(first.end().0, Some(0));
}

fn signals_are_handed_on(mut place: Place) {
    for (signal, name) in [(Signal::TERM, "TERM"), (Signal::INT, "INT")] {
        let script = format!("trap 'echo told; exit 9' {name}; echo started; while :; do sleep 0.05; done");
        let mut running = place.start(&[], &["sh", "-c", &script]);
        running.says("started\n");
        running.signal(signal);
        let (code, out, err) = running.end();
        assert_eq!((code, out.as_str()), (Some(9), "told\n"), "{err}");
    }
}

fn a_program_that_is_not_there_leaves_the_lease_free(mut place: Place) {
    let run = place.run(&[], &["/nonexistent/hub"]);
    assert!(run.code == 1 && run.stderr.contains("cannot start /nonexistent/hub"), "{run:?}");
    assert_eq!(place.run(&[], &["true"]).code, 0);
}

fn what_the_program_leaves_behind_is_ended(mut place: Place) {
    let run = place.run(&[], &["sh", "-c", "(while :; do date +%s%N >>ticks; sleep 0.02; done) >&- 2>&- & sleep 0.3"]);
    assert_eq!(run.code, 0, "{run:?}");
    let last = place.last_tick("ticks");
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(place.last_tick("ticks"), last);
}

fn leases_of_other_names_do_not_matter(mut place: Place) {
    let _hub = place.ticking(&[], "hub");
    let run = place.cli.args(["run", "--lease", "hüb / 2", "--", "true"]).run();
    assert_eq!(run.code, 0, "{run:?}");
    let run = place.cli.args(["run", "--lease", "", "--", "true"]).run();
    assert_eq!(run.code, 2, "{run:?}");
    let run = place.cli.args(["run", "--lease", "short", "--ttl", "10ms", "--", "true"]).run();
    assert_eq!(run.code, 2, "{run:?}");
    let run = place.cli.args(["run", "--lease", "hub", "--dry-run", "--", "false"]).run();
    assert!(run.code == 0 && run.stderr.contains("would run false after sh on"), "{run:?}");
}

fn the_ledger_is_whole_when_a_lease_came_first(mut place: Place) {
    // None yet, which is no error; on SQLite there is no file to look into.
    let shown = place.cli.args(["lease", "show"]).run();
    assert!(matches!((shown.code, shown.stdout.lines().count()), (0, 1) | (4, 0)), "{shown:?}");
    assert_eq!(place.run(&[], &["true"]).code, 0);
    place.cli.file("migrations/20260101000000_start.up.sql", "CREATE TABLE device (id int);");
    let run = place.cli.args(["prepare"]).run();
    assert!(run.code == 0 && run.stdout.contains("applied  20260101000000_start"), "{run:?}");
    let tables = place.cli.args(["tables"]).run().stdout;
    assert_eq!(tables.lines().count(), 2, "Mainstay's own are not listed: {tables}");
    assert_eq!(place.run(&[], &["sh", "-c", "exit $MAINSTAY_FENCE"]).code, 2);
}
