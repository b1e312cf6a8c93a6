//! The line to the bucket, on which requests meet faults.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use mainstay_testing::{Fault, FaultyProxy};

use super::ground::{Ended, Ground};
use super::moments::moments;

/// What the line to the bucket does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Line {
    /// One request meets this.
    Once(Fault),
    /// Three in a row do.
    Thrice(Fault),
    /// Every request from then on does.
    From(Fault),
}

pub(super) const DENIED: Fault = Fault::Refuse(403, "AccessDenied");
pub(super) const EXPIRED: Fault = Fault::Refuse(403, "ExpiredToken");
pub(super) const NO_BUCKET: Fault = Fault::Refuse(404, "NoSuchBucket");

impl Line {
    /// What becomes of the request `number` where the fault is to come at `at`.
    fn fault(self, number: usize, at: usize) -> Fault {
        match self {
            Self::Once(fault) if number == at => fault,
            Self::Thrice(fault) if (at..at + 3).contains(&number) => fault,
            Self::From(fault) if number >= at => fault,
            _ => Fault::None,
        }
    }

    /// Whether a command has to get over it.
    fn passes(self) -> bool {
        matches!(self, Self::Once(Fault::Status(_) | Fault::Drop | Fault::Deaf | Fault::Cut(_)) | Self::Thrice(_))
    }

    /// The methods of the requests that it can do harm to: bodies come with some alone.
    fn hits(self, method: &str) -> bool {
        match self {
            Self::Once(Fault::Cut(_) | Fault::Flip(_)) => method == "GET",
            Self::Once(Fault::Garble(_)) => method == "PUT",
            _ => true,
        }
    }
}

/// A request, as far as a fault asks for it.
pub(super) struct Asked<'a> {
    /// From 0.
    pub(super) number: usize,
    /// `PUT`.
    pub(super) method: &'a str,
    /// With what follows the question mark.
    pub(super) path: &'a str,
}

/// Runs `args` behind a line on which each request meets what `fault` says.
pub(super) fn behind(
    ground: &mut Ground,
    args: &[&str],
    fault: impl Fn(Asked<'_>) -> Fault + Send + Sync + 'static,
) -> Ended {
    behind_one_that_may_die(ground, args, move |asked, _| fault(asked))
}

/// The same where the fault may end the command, whose process it is told.
pub(super) fn behind_one_that_may_die(
    ground: &mut Ground,
    args: &[&str],
    fault: impl Fn(Asked<'_>, u32) -> Fault + Send + Sync + 'static,
) -> Ended {
    let process = Arc::new(OnceLock::new());
    let started = Arc::clone(&process);
    let address = ground.s3.as_ref().expect("a bucket").address();
    let proxy = FaultyProxy::start(address, move |request, number| {
        let path = request.uri.path_and_query().map_or("", |path| path.as_str());
        fault(Asked { number, method: request.method.as_str(), path }, *started.wait())
    });
    let mut command = ground.command(args);
    let child = command.env("AWS_ENDPOINT_URL", proxy.endpoint()).spawn().expect("the command starts");
    let _ = process.set(child.id());
    Ended::of(child)
}

/// The methods of the requests that `args` make, one after the other.
pub(super) fn requests(ground: &mut Ground, args: &[&str]) -> Vec<String> {
    let methods = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&methods);
    let ended = behind(ground, args, move |asked| {
        heard.lock().unwrap().push(asked.method.to_owned());
        Fault::None
    });
    assert_eq!(ended.code, 0, "{ended:?}");
    methods.lock().unwrap().clone()
}

/// Runs `args` so that the request `at` of those that `line` can hit meets it.
fn met(ground: &mut Ground, args: &[&str], line: Line, at: usize) -> (String, Ended) {
    let hits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&hits);
    let ended = behind(ground, args, move |asked| match line.hits(asked.method) {
        true => line.fault(counted.fetch_add(1, Ordering::SeqCst), at),
        false => Fault::None,
    });
    let fault = format!("{args:?}: {line:?} at request {at}");
    assert!(hits.load(Ordering::SeqCst) > at, "{fault} never came");
    if line.passes() {
        assert_eq!(ended.code, 0, "{fault}: {ended:?}");
    }
    (fault, ended)
}

/// Every fault of `lines` so many times, each at a moment of its own among the requests that `args` make; what came of it is looked
/// at by `truths`, after `before`.
pub(super) fn through(
    ground: &mut Ground,
    args: &[&str],
    methods: &[String],
    lines: &[(Line, u64)],
    before: impl Fn(&Ground),
    mut truths: impl FnMut(&mut Ground, &str, &Ended),
) {
    for (seed, (line, count)) in (1..).zip(lines) {
        let all = methods.iter().filter(|method| line.hits(method)).count();
        for at in moments(all as u64, *count, seed) {
            before(ground);
            let (fault, ended) = met(ground, args, *line, at as usize);
            truths(ground, &fault, &ended);
        }
    }
}
