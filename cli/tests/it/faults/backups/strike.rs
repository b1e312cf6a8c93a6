//! What hits a command at a byte that passes between it and the server.

use std::process::Command;
use std::sync::{Arc, OnceLock};

use mainstay_testing::{After, Counted, Wire};

use super::ground::{Ended, Ground};
use crate::faults::until;

/// What happens at the byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blow {
    /// The connection that it belongs to is dropped.
    Cut,
    /// All connections are dropped, and there is no other.
    CutOff,
    /// We are killed.
    Killed,
    /// An administrator ends our sessions.
    Terminated,
    /// A process of the server is killed, so that it ends all sessions and recovers.
    BackendKilled,
    /// The server is broken off, and comes back later.
    ServerDies,
}

/// The sessions of whoever connects as a client.
const CLIENTS: &str = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";

/// Runs `args` until so many bytes have passed, and then lets the blow fall.
pub(super) fn struck(ground: &mut Ground, blow: Blow, counted: Counted, at: u64, args: &[&str]) -> Ended {
    let victim = Arc::new(OnceLock::<String>::new());
    let (us, data, database) = (Arc::clone(&victim), ground.server.data(), ground.server.named("postgres"));
    let wire = Wire::before(&ground.server, counted, at, move || {
        match blow {
            Blow::Cut => return After::Ends,
            Blow::CutOff => return After::AllEnd,
            Blow::Killed => kill("-KILL", us.wait()),
            Blow::Terminated => drop(database.psql(&format!("SELECT count(pg_terminate_backend(pid)) {CLIENTS}"))),
            Blow::BackendKilled => kill("-KILL", &database.psql(&format!("SELECT min(pid) {CLIENTS}"))),
            Blow::ServerDies => {
                let file = std::fs::read_to_string(data.join("postmaster.pid")).expect("the server's number");
                kill("-QUIT", file.lines().next().expect("a number"));
            }
        }
        After::Goes
    });
    let mut command = ground.command(args);
    let child = command.env("DATABASE_URL", wire.url(ground.database.name())).spawn().expect("the command starts");
    let _ = victim.set(child.id().to_string());
    let ended = Ended::of(child);
    let reached = wire.happened();
    drop(wire);
    assert!(reached, "{blow:?} at {at} never fell: {ended:?}");
    match blow {
        Blow::ServerDies => {
            let file = ground.server.data().join("postmaster.pid");
            until("the server is dead", || !file.exists());
            ground.server.restart();
        }
        Blow::BackendKilled => {
            until("the server has recovered", || ground.server.try_psql("postgres", "postgres", "SELECT 1").is_ok());
        }
        _ => {}
    }
    ended
}

/// The bytes that pass while `args` succeed.
pub(super) fn passing(ground: &mut Ground, counted: Counted, args: &[&str]) -> u64 {
    let wire = Wire::counting(&ground.server, counted);
    let mut command = ground.command(args);
    let child = command.env("DATABASE_URL", wire.url(ground.database.name())).spawn().expect("the command starts");
    let ended = Ended::of(child);
    assert_eq!(ended.code, 0, "{ended:?}");
    wire.passed()
}

fn kill(signal: &str, process: &str) {
    let killed = Command::new("kill").args([signal, process]).status();
    assert!(killed.is_ok_and(|status| status.success()), "process {process} cannot be killed");
}
