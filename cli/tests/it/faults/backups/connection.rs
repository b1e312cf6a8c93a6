//! Between a command and the server: connections are dropped, sessions ended, one of the two dies. The moment is a byte of what the
//! server says, or of what it is told.

use mainstay_testing::Counted;

use super::ground::{Ground, Server};
use super::moments::moments;
use super::strike::Blow::{BackendKilled, Cut, CutOff, Killed, ServerDies, Terminated};
use super::strike::{Blow, passing, struck};

#[test]
fn a_backup_that_is_struck() {
    let mut ground = Ground::in_folder(Server::own());
    let args = ["backup", "create", "--jobs", "1"];
    // Sizes and times of the server's answers vary by some bytes: the last moments are left out.
    let all = passing(&mut ground, Counted::Said, &args) - 500;
    ground.give_up_others();
    let blows: [(Blow, u64); 6] =
        [(Cut, 10), (CutOff, 5), (Killed, 10), (Terminated, 8), (BackendKilled, 4), (ServerDies, 4)];
    for (seed, (blow, count)) in (1..).zip(blows) {
        for at in moments(all, count, seed) {
            let ended = struck(&mut ground, blow, Counted::Said, at, &args);
            ground.after_create(&format!("{blow:?} at {at}"), &ended, true);
        }
    }
    assert_eq!(ground.faults, 41);
    assert!(ground.debris_goes() > 0, "who was killed has left something");
}

#[test]
fn a_restore_that_is_struck() {
    let mut ground = Ground::in_folder(Server::own());
    let id = ground.proven.clone();
    let all = passing(&mut ground, Counted::Told, &["restore", &id, "--into", "counted", "--jobs", "2"]) - 100;
    let blows: [(Blow, u64); 5] = [(Cut, 6), (Killed, 6), (Terminated, 5), (BackendKilled, 3), (ServerDies, 3)];
    for (seed, (blow, count)) in (11..).zip(blows) {
        for at in moments(all, count, seed) {
            let ended =
                struck(&mut ground, blow, Counted::Told, at, &["restore", &id, "--into", "came", "--jobs", "2"]);
            ground.after_restore(&format!("{blow:?} at {at}"), &ended, "came");
        }
    }
    assert_eq!(ground.faults, 23);
}

/// The database's own name is at stake: it is what it was, or what was backed up, and in both cases open.
#[test]
fn a_swap_that_is_struck() {
    let mut ground = Ground::in_folder(Server::own());
    let (id, name) = (ground.proven.clone(), ground.database.name().to_owned());
    let args = ["restore", &id, "--yes", "--jobs", "2"];
    let all = passing(&mut ground, Counted::Told, &args) - 100;
    ground.give_up_kept();
    for (seed, (blow, count)) in (21..).zip([(Cut, 4), (Killed, 5), (Terminated, 3), (BackendKilled, 2)]) {
        for at in moments(all, count, seed) {
            ground.database.psql("INSERT INTO little VALUES (8, now())");
            let changed = ground.has(&name);
            let ended = struck(&mut ground, blow, Counted::Told, at, &args);
            ground.after_exchange(&format!("{blow:?} at {at}"), &ended, changed.as_deref(), &args);
        }
    }
    assert_eq!(ground.faults, 14);
}

/// In place it is one transaction.
#[test]
fn a_restore_in_place_that_is_struck() {
    let mut ground = Ground::in_folder(Server::own());
    let (id, name) = (ground.proven.clone(), ground.database.name().to_owned());
    let args = ["restore", &id, "--in-place", "--clean", "--confirm", &name];
    let all = passing(&mut ground, Counted::Told, &args) - 100;
    for (seed, (blow, count)) in (31..).zip([(Cut, 3), (Killed, 4), (Terminated, 3)]) {
        for at in moments(all, count, seed) {
            ground.database.psql("INSERT INTO little VALUES (8, now())");
            let changed = ground.has(&name);
            let ended = struck(&mut ground, blow, Counted::Told, at, &args);
            ground.after_exchange(&format!("{blow:?} at {at}"), &ended, changed.as_deref(), &args);
        }
    }
    assert_eq!(ground.faults, 10);
}

#[test]
fn a_drill_that_is_struck() {
    let mut ground = Ground::in_folder(Server::own());
    let args = ["backup", "drill", "--on", "server", "--jobs", "2"];
    let all = passing(&mut ground, Counted::Told, &args) - 100;
    ground.proven_again();
    for (seed, (blow, count)) in (41..).zip([(Cut, 5), (Killed, 5), (Terminated, 4), (BackendKilled, 2)]) {
        for at in moments(all, count, seed) {
            let ended = struck(&mut ground, blow, Counted::Told, at, &args);
            ground.after_drill(&format!("{blow:?} at {at}"), &ended);
        }
    }
    assert_eq!(ground.faults, 16);
}
