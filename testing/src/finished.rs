//! Databases of tests that have ended go: thousands of them would fill a disk.

use std::cell::RefCell;
use std::process::Stdio;
use std::sync::{Arc, Weak};

use crate::psql::Psql;

/// How many databases wait to be dropped by one psql.
const AT_ONCE: usize = 16;

thread_local! {
    /// A test has a thread of its own.
    static MADE: RefCell<Made> = const { RefCell::new(Made(Vec::new())) };
}

/// The databases that this thread has made, each with whether it is done with.
struct Made(Vec<One>);

struct One {
    /// Gone with its server, and the database with it.
    server: Weak<Psql>,
    name: String,
    done: bool,
}

/// The database `name` lives as long as the thread that has made it.
pub(crate) fn note(server: &Arc<Psql>, name: &str) {
    let one = One { server: Arc::downgrade(server), name: name.to_owned(), done: false };
    MADE.with_borrow_mut(|made| made.0.push(one));
}

/// Nobody needs the database `name` of that port and socket any more.
pub(crate) fn discard(server: &Psql, name: &str) {
    let is = |one: &One| one.name == name && one.server.upgrade().is_some_and(|other| *other == *server);
    MADE.with_borrow_mut(|made| {
        made.0.iter_mut().filter(|one| is(one)).for_each(|one| one.done = true);
        if made.0.iter().filter(|one| one.done).count() >= AT_ONCE {
            let (done, rest) = made.0.drain(..).partition(|one| one.done);
            made.0 = rest;
            drop_all(done);
        }
    });
}

impl Drop for Made {
    fn drop(&mut self) {
        drop_all(std::mem::take(&mut self.0));
    }
}

/// Drops them, each server's in one go. One that does not go, as with a subscription, goes with its server.
fn drop_all(mut all: Vec<One>) {
    while let Some(server) = all.first().map(|one| one.server.clone()) {
        let (these, others): (Vec<One>, Vec<One>) = all.into_iter().partition(|one| one.server.ptr_eq(&server));
        all = others;
        let Some(server) = server.upgrade() else { continue };
        let statements = these.iter().map(|one| format!("--command=DROP DATABASE IF EXISTS {} WITH (FORCE)", one.name));
        let mut psql = server.command("postgres", "postgres");
        psql.args(statements).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let _ = psql.status();
    }
}
