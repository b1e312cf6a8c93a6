//! The objects, as pg_dump knows them.

use std::time::Duration;

use crate::archive::toc::Toc;
use crate::backup::create::order::Order;
use crate::conn::PostgresTarget;
use crate::error::{Error, ErrorKind, Result};
use crate::scratch::ScratchFolder;
use crate::tool::{Binaries, SchemaDump, dump_toc};

/// What pg_dump reads.
pub(super) struct Source<'a> {
    pub(super) target: &'a PostgresTarget,
    /// The server's, as a number.
    pub(super) version: u32,
    pub(super) snapshot: Option<&'a str>,
    /// The database is in no encoding.
    pub(super) unencoded: bool,
}

/// The table of contents without rows, and the version of the pg_dump that wrote it; it waits so long for a lock.
///
/// # Errors
/// No pg_dump fits the server: names the package; it failed; what it wrote cannot be read.
pub(super) async fn dump(
    source: &Source<'_>,
    binaries: &[Binaries],
    order: &Order<'_>,
    wait: Duration,
) -> Result<(Toc, String)> {
    let scratch = ScratchFolder::create(order.temporary)?;
    let folder = scratch.path().join("schema");
    let dump = SchemaDump {
        snapshot: source.snapshot,
        encoding: if source.unencoded { "SQL_ASCII" } else { "UTF8" },
        without_schemas: false,
        lock_wait: wait.max(Duration::from_millis(1)),
        folder: &folder,
    };
    let version = dump_toc(source.target, source.version, binaries, &dump).await?;
    let file = folder.join("toc.dat");
    let bytes = std::fs::read(&file).map_err(|error| Error::io("read", &file, error))?;
    let mut toc = Toc::read(&bytes)?;
    strip_internal_options(&mut toc)?;
    Ok((toc, version))
}

/// Takes out options of columns that servers keep for themselves (`pg_attver`) and a pg_dump that does not know them has
/// written down: no server takes them back, and the table would be lost.
///
/// # Errors
/// There is one where it cannot be taken out.
fn strip_internal_options(toc: &mut Toc) -> Result<()> {
    for entry in &mut toc.entries {
        let Some(definition) = &entry.definition else { continue };
        let has_columns = ["TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW"].contains(&entry.kind.as_str());
        if !has_columns || memchr::memmem::find(definition, b"pg_").is_none() {
            continue;
        }
        let stripped = stripped(definition);
        if stripped.split(|byte| *byte == b'\n').any(|line| options(line).is_some_and(|(_, some, _)| internal(some))) {
            let message = format!("pg_dump's {} has an option of the server's own in it", entry.describe());
            return Err(Error::new(ErrorKind::Program, message).hint(
                "a pg_dump as new as the server leaves it out: apt-get install --only-upgrade postgresql-client",
            ));
        }
        entry.definition = Some(stripped);
    }
    Ok(())
}

/// `definition` without such options; a statement that has no others goes.
fn stripped(definition: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(definition.len());
    for line in definition.split_inclusive(|byte| *byte == b'\n') {
        match options(line) {
            Some((front, some, back)) if internal(some) => {
                let others: Vec<&[u8]> = some
                    .split(|byte| *byte == b',')
                    .filter(|option| !option.trim_ascii().starts_with(b"pg_"))
                    .collect();
                if !others.is_empty() {
                    kept.extend([front, others.join(&b","[..]).trim_ascii(), back].concat());
                }
            }
            _ => kept.extend(line),
        }
    }
    kept
}

/// A line of `ALTER TABLE … ALTER COLUMN … SET (…);` in three: up to the parenthesis, the options, the rest.
fn options(line: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    const SET: &[u8] = b" SET (";
    let begins = line.starts_with(b"ALTER TABLE ") && memchr::memmem::find(line, b" ALTER COLUMN ").is_some();
    let at = memchr::memmem::rfind(line, SET).filter(|_| begins)? + SET.len();
    let end = memchr::memmem::rfind(line, b");").filter(|end| *end >= at)?;
    Some((&line[..at], &line[at..end], &line[end..]))
}

fn internal(options: &[u8]) -> bool {
    options.split(|byte| *byte == b',').any(|option| option.trim_ascii().starts_with(b"pg_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_keep_for_themselves_is_taken_out_and_nothing_else() {
        let column = |options: &str| format!("ALTER TABLE ONLY public.t ALTER COLUMN a SET ({options});\n");
        let table = "CREATE TABLE public.t (\n    a integer DEFAULT pg_backend_pid()\n);\n";
        let statistics = "ALTER TABLE ONLY public.t ALTER COLUMN a SET STATISTICS 5;\n";
        let cases = [
            (column("pg_attver=22158952"), String::new()),
            (column("n_distinct=5, pg_attver=22158952"), column("n_distinct=5")),
            (column("pg_attver=22158952, n_distinct=5"), column("n_distinct=5")),
            (column("n_distinct=5"), column("n_distinct=5")),
            (statistics.to_owned(), statistics.to_owned()),
        ];
        for (found, kept) in cases {
            let definition = [table, &found, statistics].concat();
            let kept = [table, &kept, statistics].concat();
            assert_eq!(String::from_utf8(stripped(definition.as_bytes())).unwrap(), kept);
        }
    }
}
