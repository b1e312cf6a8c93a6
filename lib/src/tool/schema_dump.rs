//! The objects of a database as pg_dump's table of contents: what an archive begins with.

use std::path::Path;
use std::time::Duration;

use crate::conn::PostgresTarget;
use crate::error::Result;

use super::find::Binaries;
use super::pg_dump::{Route, fitting};
use super::process::Program;

/// What is asked of pg_dump.
#[derive(Clone, Copy, Debug)]
pub struct SchemaDump<'a> {
    /// The snapshot of a session that waits for it; `None` for one of its own.
    pub snapshot: Option<&'a str>,
    /// The encoding of texts.
    pub encoding: &'a str,
    /// Whether the objects in schemas are left out: what is left belongs to the database itself, and no table is locked.
    pub without_schemas: bool,
    /// How long it waits for a lock.
    pub lock_wait: Duration,
    /// The folder that it makes; `toc.dat` will be in it, and nothing else.
    pub folder: &'a Path,
}

/// Writes the table of contents of `target` without rows; the version of the pg_dump that did. Of the `binaries` those of
/// the server's own major version are best: a newer one writes what only newer servers understand.
///
/// # Errors
/// No fitting pg_dump: names the package to install; or it failed: its own words are the cause.
pub async fn dump_toc(
    target: &PostgresTarget,
    server_version: u32,
    binaries: &[Binaries],
    dump: &SchemaDump<'_>,
) -> Result<String> {
    let closest = closest(binaries, server_version / 10_000)?;
    let mut options = vec![
        "--format=directory".to_owned(),
        "--schema-only".to_owned(),
        "--no-sync".to_owned(),
        format!("--encoding={}", dump.encoding),
        format!("--lock-wait-timeout={}", dump.lock_wait.as_millis()),
    ];
    options.extend(dump.without_schemas.then(|| "--exclude-schema=*".to_owned()));
    options.extend(dump.snapshot.map(|snapshot| format!("--snapshot={snapshot}")));
    let run = |program: Program| {
        let program = program.args(&options).arg("--file", dump.folder);
        async move { program.run().await.map(drop) }
    };
    Route::by("pg_dump", target, closest)?.each_way(run).await?;
    Ok(closest.version.clone())
}

/// Of the lowest major version that is not older than the server's, the newest.
pub(super) fn closest(binaries: &[Binaries], server: u32) -> Result<&Binaries> {
    let major = binaries.iter().map(|binaries| binaries.major).filter(|major| *major >= server).min();
    match binaries.iter().find(|binaries| Some(binaries.major) == major) {
        Some(found) => Ok(found),
        None => fitting(binaries, server),
    }
}

/// Whether the programs of `binaries` read and write zstd, which came with 16 and which a packager may leave out.
pub async fn knows_zstd(binaries: &Binaries) -> bool {
    if binaries.major < 16 {
        return false;
    }
    // It looks at its options before it connects, and nobody listens there.
    let asked = Program::new(binaries.program("pg_dump"))
        .args([
            "--format=directory",
            "--compress=zstd",
            "--no-password",
            "--host=/nonexistent",
            "--file=/nonexistent/a",
        ])
        .outcome()
        .await;
    asked.is_ok_and(|outcome| !outcome.stderr.contains("compression"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_is_of_the_servers_own_version() {
        let of = |version: &str| Binaries {
            bin: format!("/{version}").into(),
            major: version.split('.').next().unwrap().parse().unwrap(),
            version: version.to_owned(),
        };
        let found = [of("18.4"), of("16.14"), of("16.3"), of("15.18")];
        for (server, version) in [(15, "15.18"), (16, "16.14"), (13, "15.18"), (17, "18.4")] {
            assert_eq!(closest(&found, server).unwrap().version, version);
        }
        let error = closest(&found, 19).unwrap_err();
        assert_eq!(error.message(), "pg_dump 18.4 is older than the server (19)");
        assert!(error.hints()[0].contains("postgresql-client-19"));
        assert_eq!(closest(&[], 15).unwrap_err().message(), "pg_dump is not on this machine");
    }
}
