//! Holders that do not end in order: the program is dead before the next one starts.

use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{Place, on_both};

/// Starts, tells when, and ends.
const NEXT: [&str; 3] = ["sh", "-c", "date +%s%N; echo $MAINSTAY_FENCE"];

on_both!(killed, stopped, emptied, emptied_after_a_clean_end);

/// The next one starts after the last tick of `file`, with a higher number.
fn next_starts_after(place: &mut Place, file: &str) {
    let run = place.run(&["--wait", "20s"], &NEXT);
    assert_eq!(run.code, 0, "{run:?}");
    let mut lines = run.stdout.lines();
    let started: u128 = lines.next().unwrap().parse().unwrap();
    assert!(place.last_tick(file) < started, "two at once");
    assert_eq!(lines.next(), Some("2"));
    let last = place.last_tick(file);
    sleep(Duration::from_millis(200));
    assert_eq!(place.last_tick(file), last, "still at work");
}

fn killed(mut place: Place) {
    let first = place.ticking(&[], "ticks");
    first.signal(Signal::KILL);
    let begun = Instant::now();
    let run = place.run(&[], &NEXT);
    assert!(run.code == 1 && run.stderr.contains("held by sh on"), "the old deadline counts: {run:?}");
    next_starts_after(&mut place, "ticks");
    assert!(begun.elapsed() > Duration::from_millis(1200), "{:?}", begun.elapsed());
}

fn stopped(mut place: Place) {
    let first = place.ticking(&[], "ticks");
    first.signal(Signal::STOP);
    next_starts_after(&mut place, "ticks");
    let last = place.last_tick("ticks");
    first.signal(Signal::CONT);
    let (code, _, err) = first.end();
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains("the lease `hub` (fence 1) could not be kept: its program was killed"), "{err}");
    assert_eq!(place.last_tick("ticks"), last);
    assert_eq!(place.show()["fence"], 2, "the old holder has not touched it");
}

fn emptied(mut place: Place) {
    let first = place.ticking(&[], "ticks");
    place.sql("DELETE FROM [lease]");
    let run = place.run(&[], &NEXT);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("the lease `hub` is held by "), "{run:?}");
    // The next heartbeat writes it again.
    sleep(Duration::from_millis(1000));
    assert_eq!(place.show()["fence"], 1);
    first.signal(Signal::TERM);
    assert_eq!(first.end().0, Some(143));
    next_starts_after(&mut place, "ticks");
}

fn emptied_after_a_clean_end(mut place: Place) {
    assert_eq!(place.run(&[], &NEXT).stdout.lines().nth(1), Some("1"));
    place.sql("DELETE FROM [lease]");
    let run = place.run(&[], &NEXT);
    assert!(run.code == 1 && run.stderr.contains("somebody has removed"), "{run:?}");
    let run = place.run(&["--wait"], &NEXT);
    let fence: u64 = run.stdout.lines().nth(1).unwrap().parse().unwrap();
    assert!(fence > 1, "{run:?}");
}

#[test]
fn the_session_is_ended_by_the_server() {
    let mut place = Place::postgres();
    let first = place.ticking(&[], "ticks");
    let database = place.database.as_ref().unwrap();
    let ended = database.psql(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
         WHERE pid <> pg_backend_pid() AND datname = current_database()",
    );
    assert_eq!(ended, "1");
    let (code, _, err) = first.end();
    assert!(code == Some(1) && err.contains("terminating connection due to administrator command"), "{err}");
    next_starts_after(&mut place, "ticks");
}

#[test]
fn the_guardian_is_killed() {
    let mut place = Place::postgres();
    let first = place.ticking(&[], "ticks");
    let holder = first.0.id();
    let children = std::fs::read_to_string(format!("/proc/{holder}/task/{holder}/children")).unwrap();
    let guardian = children.split_whitespace().next().unwrap();
    let killed = std::process::Command::new("kill").args(["-KILL", guardian]).status().unwrap();
    assert!(killed.success());
    let (code, _, err) = first.end();
    assert!(code == Some(1) && err.contains("guardian"), "{err}");
    next_starts_after(&mut place, "ticks");
}
