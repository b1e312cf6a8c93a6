//! pg_dump and pg_restore: safety copies, and a schema's text.

use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::conn::{Host, PostgresTarget};
use crate::error::{Error, ErrorKind, Result};
use crate::observer::{Event, Observer};

use super::bridge::Bridge;
use super::find::Binaries;
use super::libpq;
use super::process::{Outcome, Program};

/// What a finished dump was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PgDump {
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Entries in its table of contents, counted by decoding it whole.
    pub entries: usize,
}

/// Dumps `target` in custom format into `file` (made with mode 0600), with the newest of `binaries` that fits `server_version`
/// (a number as 150018). Password by environment, `via` through a private socket. `what` the copy is, progress is told by.
///
/// # Errors
/// No fitting pg_dump, or it failed: its own words are the cause. Nothing is left at `file`.
pub async fn dump_custom(
    target: &PostgresTarget,
    server_version: u32,
    binaries: &[Binaries],
    file: &Path,
    what: &str,
    observer: &Arc<dyn Observer>,
) -> Result<()> {
    let route = Route::new("pg_dump", target, server_version, binaries)?;
    make_file(file)?;
    let leftovers = Leftovers(Some(file));
    // Level 1: a copy that delays a migration should be quick rather than small.
    let options = ["--format=custom", "--compress=1", "--no-sync", "--lock-wait-timeout=30000"];
    let dump = |program: Program| async move {
        let program = program.args(options).arg("--file", file);
        let outcome = tokio::select! {
            outcome = program.outcome() => outcome?,
            () = tell_progress(file, what, observer) => unreachable!("progress has no end"),
        };
        copied(&program, &outcome, file)
    };
    route.each_way(dump).await?;
    leftovers.keep();
    Ok(())
}

/// The schema of `target` as SQL text, by the newest of `binaries` that fits `server_version`, without the schemas and tables
/// whose names fit `schemas` and `tables` (patterns as psql has them).
///
/// # Errors
/// No fitting pg_dump, or it failed: its own words are the cause.
pub async fn dump_schema(
    target: &PostgresTarget,
    server_version: u32,
    binaries: &[Binaries],
    schemas: &[&str],
    tables: &[&str],
) -> Result<String> {
    dump_text(target, server_version, binaries, &["--schema-only"], schemas, tables).await
}

/// The same with the rows, as statements: they load where no client is at hand to feed `COPY`. Large objects are left out.
///
/// # Errors
/// As [`dump_schema`].
pub async fn dump_statements(
    target: &PostgresTarget,
    server_version: u32,
    binaries: &[Binaries],
    schemas: &[&str],
    tables: &[&str],
) -> Result<String> {
    let options = ["--column-inserts", "--rows-per-insert=100", "--no-blobs"];
    dump_text(target, server_version, binaries, &options, schemas, tables).await
}

async fn dump_text(
    target: &PostgresTarget,
    server_version: u32,
    binaries: &[Binaries],
    options: &[&str],
    schemas: &[&str],
    tables: &[&str],
) -> Result<String> {
    let route = Route::new("pg_dump", target, server_version, binaries)?;
    let outside =
        |option: &str, names: &[&str]| names.iter().map(|name| format!("--{option}={name}")).collect::<Vec<_>>();
    let outside = [outside("exclude-schema", schemas), outside("exclude-table", tables)].concat();
    let dump = |program: Program| {
        let program = program
            .args(["--lock-wait-timeout=30000"])
            .args(options)
            .args(["--encoding=UTF8"])
            .args(&outside)
            .keep_all();
        async move { program.run().await.map(|outcome| outcome.stdout) }
    };
    route.each_way(dump).await
}

/// The program and the ways to the server.
pub(super) struct Route<'a> {
    name: &'static str,
    binaries: &'a Binaries,
    target: PostgresTarget,
    bridge: Option<Bridge>,
}

impl<'a> Route<'a> {
    fn new(name: &'static str, target: &PostgresTarget, server_version: u32, binaries: &'a [Binaries]) -> Result<Self> {
        Self::by(name, target, fitting(binaries, server_version / 10_000)?)
    }

    /// By the programs of `binaries`.
    pub(super) fn by(name: &'static str, target: &PostgresTarget, binaries: &'a Binaries) -> Result<Self> {
        check_system_roots(target, binaries)?;
        let bridge = Bridge::where_needed(target, name)?;
        let target = match &bridge {
            Some(bridge) => libpq::through(target, bridge.folder(), Bridge::PORT),
            None => target.clone(),
        };
        Ok(Self { name, binaries, target, bridge })
    }

    /// Runs the program as `dump` wants it on one way to the server after the other, until it succeeds.
    pub(super) async fn each_way<T, F: Future<Output = Result<T>>>(self, dump: impl Fn(Program) -> F) -> Result<T> {
        let mut result = Err(Error::new(ErrorKind::Config, "no host is named"));
        for hosts in attempts(&self.target) {
            let mut program = Program::new(self.binaries.program(self.name)).args(["--no-password"]);
            for (name, value) in libpq::environment(&self.target, hosts) {
                program = program.env(name, value);
            }
            result = dump(program).await;
            if result.is_ok() {
                return result;
            }
        }
        match self.bridge.and_then(|bridge| bridge.trouble()) {
            Some(trouble) => {
                result.map_err(|error| error.context(format!("{} could not connect: {trouble}", self.name)))
            }
            None => result,
        }
    }
}

/// Restores the custom-format `file` into `target`, an empty database, by `jobs` sessions at a time, and stops at the first
/// statement that fails. `options` are pg_restore's own.
///
/// # Errors
/// No fitting pg_restore, or it failed: its own words are the cause.
pub async fn restore_custom(
    target: &PostgresTarget,
    server_version: u32,
    binaries: &[Binaries],
    file: &Path,
    jobs: usize,
    options: &[&str],
) -> Result<()> {
    let route = Route::new("pg_restore", target, server_version, binaries)?;
    // A name with an equals sign in it would be read as a connection string: it is always given as one.
    let dbname = target.dbname.replace('\\', "\\\\").replace('\'', "\\'");
    let database = format!("--dbname=dbname='{dbname}'");
    let jobs = format!("--jobs={}", jobs.max(1));
    let restore = |program: Program| {
        let program = program.args([database.as_str(), jobs.as_str(), "--exit-on-error"]).args(options).args([file]);
        async move { program.run().await.map(drop) }
    };
    route.each_way(restore).await
}

/// Decodes every byte of the custom-format `file` with pg_restore (to nowhere), and counts its entries.
///
/// # Errors
/// It is damaged, truncated, or not an archive.
pub async fn verify_custom(binaries: &[Binaries], file: &Path) -> Result<PgDump> {
    let newest =
        binaries.first().ok_or_else(|| Error::new(ErrorKind::Program, "no pg_restore to read the copy with"))?;
    let bytes = std::fs::metadata(file).map_err(|e| Error::io("read", file, e))?.len();
    let decode = Program::new(newest.program("pg_restore")).args(["--file=/dev/null", "--"]).args([file]);
    demand(&decode, decode.outcome().await?, file)?;
    let list = Program::new(newest.program("pg_restore")).args(["--list", "--"]).args([file]);
    let listed = demand(&list, list.outcome().await?, file)?;
    let entries = listed.stdout.lines().filter(|line| !line.starts_with(';') && !line.is_empty()).count();
    Ok(PgDump { bytes, entries })
}

fn demand(program: &Program, outcome: Outcome, file: &Path) -> Result<Outcome> {
    if outcome.status.success() {
        return Ok(outcome);
    }
    let message = format!("the dump {} does not read back whole", file.display());
    Err(program.failed(&outcome).context(message).of_kind(ErrorKind::Verification))
}

/// The newest pg_dump that is not older than the server: pg_dump refuses a server newer than itself.
pub(super) fn fitting(binaries: &[Binaries], server: u32) -> Result<&Binaries> {
    if let Some(found) = binaries.iter().find(|binaries| binaries.major >= server) {
        return Ok(found);
    }
    let message = match binaries.first() {
        Some(newest) => format!("pg_dump {} is older than the server ({server})", newest.version),
        None => "pg_dump is not on this machine".to_owned(),
    };
    Err(Error::new(ErrorKind::Program, message)
        .hint(format!("Debian and Ubuntu: apt-get install postgresql-client-{server}"))
        .hint(format!("Fedora and Red Hat: dnf install postgresql{server}")))
}

/// `sslrootcert=system` came with libpq 16; before, it is the name of a file.
fn check_system_roots(target: &PostgresTarget, binaries: &Binaries) -> Result<()> {
    if !target.ssl_system_roots || binaries.major >= 16 {
        return Ok(());
    }
    let message = format!("pg_dump {} does not know sslrootcert=system, which came with 16", binaries.version);
    Err(Error::new(ErrorKind::Config, message)
        .hint("name the file instead: sslrootcert=/etc/ssl/certs/ca-certificates.crt in the connection string")
        .hint("or install a newer pg_dump: apt-get install postgresql-client-16"))
}

/// The hosts for each run of pg_dump: all at once unless their passwords differ, for the environment holds one.
fn attempts(target: &PostgresTarget) -> Vec<&[Host]> {
    let first = target.hosts.first().and_then(|host| libpq::password(target, host));
    match target.hosts.iter().all(|host| libpq::password(target, host) == first) {
        true => vec![&target.hosts],
        false => target.hosts.chunks(1).collect(),
    }
}

/// Success, or why there is no whole copy.
fn copied(program: &Program, outcome: &Outcome, file: &Path) -> Result<()> {
    if outcome.status.success() {
        return Ok(());
    }
    let error = program.failed(outcome);
    match out_of_space(outcome) {
        true => {
            let folder = file.parent().unwrap_or(file).display();
            Err(error.hint(format!("there is no room for the copy: look at df -h {folder}")))
        }
        false => Err(error),
    }
}

/// A full disk, a quota, or the limit of a file's size (which ends the program by a signal).
fn out_of_space(outcome: &Outcome) -> bool {
    use std::os::unix::process::ExitStatusExt;
    const FILE_TOO_LARGE: i32 = 25;
    let words = ["No space left", "Disk quota exceeded", "File too large"];
    outcome.status.signal() == Some(FILE_TOO_LARGE) || words.iter().any(|word| outcome.stderr.contains(word))
}

async fn tell_progress(file: &Path, what: &str, observer: &Arc<dyn Observer>) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let done = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
        observer.event(Event::Progress { what, done, total: None });
    }
}

/// Makes the file, or takes an empty one that is there: somebody has made it for this.
fn make_file(file: &Path) -> Result<()> {
    let is_empty = file.symlink_metadata().is_ok_and(|about| about.is_file() && about.len() == 0);
    let mut options = std::fs::OpenOptions::new();
    let made = options.write(true).create_new(!is_empty).mode(0o600).open(file);
    made.map(drop).map_err(|e| Error::io("make", file, e))
}

/// Removes an unfinished file, also when the work is given up half-way.
struct Leftovers<'a>(Option<&'a Path>);

impl Leftovers<'_> {
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Leftovers<'_> {
    fn drop(&mut self) {
        if let Some(file) = self.0 {
            let _ = std::fs::remove_file(file);
        }
    }
}
