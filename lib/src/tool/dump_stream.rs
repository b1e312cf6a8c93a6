//! A dump as plain SQL, as it comes.

use tokio::io::AsyncReadExt;
use tokio::sync::mpsc::Sender;

use crate::conn::PostgresTarget;
use crate::error::{Error, ErrorKind, Result};

use super::find::Binaries;
use super::pg_dump::Route;
use super::process::Program;
use super::schema_dump::closest;

/// Bytes that are handed on at once.
const PIECE: usize = 256 * 1024;

/// Dumps `target`, which has one host, as plain SQL, with the pg_dump of `binaries` that is closest to the server's version, and
/// hands its bytes `to` whoever takes them.
///
/// # Errors
/// No fitting pg_dump; it failed, with its own words as the cause; nobody takes the bytes.
pub async fn dump_plain(
    target: &PostgresTarget,
    server_version: u32,
    binaries: &[Binaries],
    lock_wait_millis: u128,
    to: &Sender<Vec<u8>>,
) -> Result<()> {
    let binaries = closest(binaries, server_version / 10_000)?;
    let wait = format!("--lock-wait-timeout={lock_wait_millis}");
    let dump = |program: Program| {
        let program = program.args(["--format=plain", wait.as_str()]);
        async move {
            let (mut child, mut stdout) = program.stream()?;
            let mut taken = Ok(());
            loop {
                let mut piece = Vec::with_capacity(PIECE);
                let read = (&mut stdout).take(PIECE as u64).read_to_end(&mut piece).await;
                read.map_err(|error| {
                    Error::new(ErrorKind::Program, "pg_dump's output ends in an error").source(error)
                })?;
                if piece.is_empty() {
                    break;
                }
                if to.send(piece).await.is_err() {
                    taken = Err(Error::new(ErrorKind::Io, "the dump is not taken"));
                    break;
                }
            }
            drop(stdout);
            let outcome = child.outcome().await?;
            taken?;
            if outcome.status.success() { Ok(()) } else { Err(program.failed(&outcome)) }
        }
    };
    Route::by("pg_dump", target, binaries)?.each_way(dump).await
}
