//! By which it is known that the new cluster has what the old one had: roles and settings, the text of every schema, and digests of
//! sampled rows.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::servers::{Private, databases_of, open};
use super::{Order, Site, wording};
use crate::archive::digest::{CopyFormat, RowReader, Rows, Seed};
use crate::engine::postgres::{PostgresSession, Taker};
use crate::engine::{Session, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::tool::dump_schema;

/// Of a table up to this size all rows are looked at, of a larger one about as many.
const SAMPLE: u64 = 4 << 20;

/// Of all tables together about so much.
const WHOLE: u64 = 256 << 20;

/// What a cluster has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// What belongs to no database, or to one as a whole, each with a digest.
    #[serde(default)]
    pub shared: BTreeMap<String, String>,
    /// By the name of the database.
    pub databases: BTreeMap<String, Inside>,
}

/// What a database has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Inside {
    /// The digest of its schema's text.
    pub schema: String,
    /// Tables and sequences by name.
    pub tables: BTreeMap<String, Sample>,
}

/// What a table has.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// How many of a hundred of its pages were read.
    pub percent: f64,
    /// Their rows.
    #[serde(flatten)]
    pub rows: Rows,
}

impl Evidence {
    /// Reads a running private server. The texts of the schemas are left among the logs of `site`, ending with `side`. With `like`
    /// the same pages are read as there.
    pub(super) async fn read(
        server: &Private<'_>,
        order: &Order<'_>,
        site: &Site,
        side: &str,
        like: Option<&Evidence>,
    ) -> Result<Self> {
        let mut session = open(&server.target("template1"), order).await?;
        let mut names = databases_of(&mut session).await?;
        // The texts are numbered as the map is ordered.
        names.sort();
        let shared = session.query(SHARED).await?;
        let shared = shared.into_iter().filter_map(|row| {
            let [name, digest] = <[_; 2]>::try_from(row).ok()?;
            Some((name?, digest.unwrap_or_default()))
        });
        let shared = shared.collect();
        Box::new(session).close().await;
        let mut databases = BTreeMap::new();
        for (number, name) in names.into_iter().enumerate() {
            let file = text_of(&site.logs(), number, side);
            let before = like.and_then(|like| like.databases.get(&name));
            let (schema, tables) =
                tokio::join!(schema(server, order, site, &name, &file), samples(server, order, &name, before));
            databases.insert(name, Inside { schema: schema?, tables: tables? });
        }
        Ok(Self { shared, databases })
    }

    /// Tables and sequences in all databases.
    pub fn tables(&self) -> usize {
        self.databases.values().map(|inside| inside.tables.len()).sum()
    }

    /// Rows that were read.
    pub fn rows(&self) -> u64 {
        self.databases.values().flat_map(|inside| inside.tables.values()).map(|sample| sample.rows.count).sum()
    }

    /// What is otherwise in `new`, a sentence each; the texts of the schemas are in `logs`, the old one's by a server of version
    /// `from`.
    pub(super) fn differences(&self, new: &Self, logs: &Path, from: u32) -> Vec<String> {
        let shared = self.shared.iter().filter_map(|(name, digest)| match new.shared.get(name) {
            None => Some(format!("{name} is not there")),
            Some(now) => (now != digest).then(|| format!("{name} is another one")),
        });
        let mut found: Vec<String> = shared.collect();
        for (number, (name, old)) in self.databases.iter().enumerate() {
            let Some(new) = new.databases.get(name) else {
                found.push(format!("database {name} is not there"));
                continue;
            };
            if old.schema != new.schema {
                let read = |side| std::fs::read_to_string(text_of(logs, number, side)).unwrap_or_default();
                if let Some(words) = wording::difference(&read("old"), &read("new"), from) {
                    found.push(format!("the schema of {name} is another one: {words}"));
                }
            }
            for (table, sample) in &old.tables {
                match new.tables.get(table) {
                    None => found.push(format!("{name}: {table} is not there")),
                    Some(now) if now.rows != sample.rows => {
                        found.push(format!(
                            "{name}: {table} has other rows: {} of {}",
                            now.rows.count, sample.rows.count
                        ));
                    }
                    Some(_) => {}
                }
            }
        }
        found
    }
}

/// Dumps the schema by the new version's pg_dump, as PostgreSQL's own test of pg_upgrade does, and keeps what is of the schema.
async fn schema(server: &Private<'_>, order: &Order<'_>, site: &Site, database: &str, file: &Path) -> Result<String> {
    let programs = std::slice::from_ref(order.to);
    let number = server.keeper.binaries.major * 10_000;
    let text = dump_schema(&server.target(database), number, programs, &[], &[]).await?;
    let text = of_schema(&text);
    site.write(file, &text)?;
    Ok(blake3::hash(text.as_bytes()).to_hex().to_string())
}

/// Without what is of the moment: versions, and the word that closes what a restore may not run.
fn of_schema(text: &str) -> String {
    let of_the_moment = |line: &&str| {
        line.starts_with("-- Dumped")
            || line.starts_with("\\restrict")
            || line.starts_with("\\unrestrict")
            || line.starts_with("SET transaction_timeout")
    };
    let mut kept = String::with_capacity(text.len());
    for line in text.lines().filter(|line| !of_the_moment(line)) {
        kept.push_str(line);
        kept.push('\n');
    }
    kept
}

fn text_of(logs: &Path, number: usize, side: &str) -> PathBuf {
    logs.join(format!("schema-{number}-{side}.sql"))
}

/// Roles, who is in which, databases, and what is set for them; passwords are in the digests. Roles of PostgreSQL's own are another
/// version's own.
const SHARED: &str = "
SELECT name, pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(what, 'UTF8')), 'hex') FROM (
  SELECT 'the role ' || pg_catalog.quote_ident(rolname), pg_catalog.concat_ws('|', rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin,
    rolreplication, rolbypassrls, rolconnlimit, rolpassword, extract(epoch FROM rolvaliduntil)::text)
  FROM pg_catalog.pg_authid WHERE rolname !~ '^pg_'
  UNION ALL
  SELECT 'the membership of ' || pg_catalog.quote_ident(m.rolname) || ' in ' || pg_catalog.quote_ident(r.rolname), pg_catalog.bool_or(a.admin_option)::text
  FROM pg_catalog.pg_auth_members a JOIN pg_catalog.pg_authid m ON m.oid = a.member JOIN pg_catalog.pg_authid r ON r.oid = a.roleid
  WHERE m.rolname !~ '^pg_' GROUP BY m.rolname, r.rolname
  UNION ALL
  SELECT pg_catalog.concat_ws(' ', 'what is set', 'for ' || pg_catalog.quote_ident(r.rolname), 'in ' || pg_catalog.quote_ident(d.datname)),
    (SELECT pg_catalog.string_agg(one, E'\\n' ORDER BY one) FROM pg_catalog.unnest(s.setconfig) one)
  FROM pg_catalog.pg_db_role_setting s LEFT JOIN pg_catalog.pg_authid r ON r.oid = s.setrole LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
  UNION ALL
  SELECT 'the database ' || pg_catalog.quote_ident(d.datname), pg_catalog.concat_ws('|', pg_catalog.pg_get_userbyid(d.datdba), d.encoding, d.datcollate, d.datctype,
    d.datistemplate, d.datconnlimit, t.spcname,
    (SELECT pg_catalog.string_agg(one::text, ',' ORDER BY one::text)
     FROM pg_catalog.unnest(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) one))
  FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
) all_of_it (name, what) ORDER BY 1";

/// Tables, materialised views and sequences with what to read of each; a table without pages of its own has no rows of its own.
const TABLES: &str = "
SELECT c.oid::regclass::text, c.relkind, pg_catalog.pg_relation_size(c.oid)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
WHERE (c.relkind IN ('r', 'm') AND am.amname = 'heap' AND c.relispopulated OR c.relkind = 'S') AND c.relpersistence <> 't'
  AND (n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') OR c.oid = 'pg_catalog.pg_largeobject'::regclass)
ORDER BY 1";

async fn samples(
    server: &Private<'_>,
    order: &Order<'_>,
    database: &str,
    like: Option<&Inside>,
) -> Result<BTreeMap<String, Sample>> {
    let mut session = open(&server.target(database), order).await?;
    session.query("SET bytea_output = hex; SET extra_float_digits = 3; SET datestyle = ISO; SET timezone = UTC; SET lc_monetary = 'C'").await?;
    let rows = session.query("SELECT pg_catalog.current_setting('server_encoding')").await?;
    // As they are stored: an old encoding may have bytes in it that are no character of any other.
    let as_stored = format!("WITH (ENCODING '{}')", first_cell(&rows).unwrap_or("UTF8"));
    let rows = session.query(TABLES).await?;
    let found: Vec<(String, bool, u64)> = rows
        .into_iter()
        .filter_map(|row| {
            let [Some(name), Some(kind), Some(bytes)] = row.as_slice() else { return None };
            Some((name.clone(), kind == "S", bytes.parse().ok()?))
        })
        .collect();
    let all: u64 = found.iter().map(|(_, _, bytes)| (*bytes).min(SAMPLE)).sum();
    let share = if all > WHOLE { WHOLE as f64 / all as f64 } else { 1.0 };
    let mut samples = BTreeMap::new();
    for (name, sequence, bytes) in found {
        let before = like.and_then(|like| like.tables.get(&name)).map(|sample| sample.percent);
        let percent = before.unwrap_or_else(|| percent_of(bytes, share));
        let sql = match (sequence, percent < 100.0) {
            (true, _) => format!("COPY (SELECT last_value, is_called FROM {name}) TO STDOUT"),
            (false, false) => format!("COPY (SELECT * FROM ONLY {name}) TO STDOUT {as_stored}"),
            // The same number chooses the same pages: pg_upgrade takes the files as they are.
            (false, true) => {
                format!(
                    "COPY (SELECT * FROM ONLY {name} TABLESAMPLE SYSTEM ({percent}) REPEATABLE (7)) TO STDOUT {as_stored}"
                )
            }
        };
        let rows = digest(&session, &sql).await.map_err(|error| error.context(format!("{name} cannot be read")))?;
        samples.insert(name, Sample { percent, rows });
    }
    let owners = "COPY (SELECT oid, pg_catalog.pg_get_userbyid(lomowner), lomacl FROM pg_catalog.pg_largeobject_metadata) TO STDOUT";
    samples.insert("large objects".to_owned(), Sample { percent: 100.0, rows: digest(&session, owners).await? });
    Box::new(session).close().await;
    Ok(samples)
}

/// How many of a hundred pages of a table are read, to four places, which is written and read without loss.
fn percent_of(bytes: u64, share: f64) -> f64 {
    let wanted = SAMPLE as f64 * share;
    let percent = if bytes as f64 <= wanted { 100.0 } else { 100.0 * wanted / bytes as f64 };
    ((percent * 10_000.0).round() / 10_000.0).clamp(0.0001, 100.0)
}

async fn digest(session: &PostgresSession, sql: &str) -> Result<Rows> {
    struct Reader(RowReader);
    #[async_trait::async_trait]
    impl Taker for Reader {
        async fn take(&mut self, piece: Vec<u8>) -> Result<()> {
            self.0.push(&piece)
        }
    }
    let mut reader = Reader(RowReader::new(CopyFormat::Text, Seed(0)));
    session.copy_to(sql, &mut reader).await?;
    reader.0.finish()
}

/// The error for what is otherwise in the new cluster.
pub(super) fn refuted(differences: &[String], logs: &Path) -> Error {
    let first = differences.first().map(String::as_str).unwrap_or_default();
    let message = format!("the new cluster does not have what the old one has: {first}");
    let error = Error::new(ErrorKind::Verification, message);
    let error = if differences.len() > 1 { error.source(differences.join("\n")) } else { error };
    error.hint(format!("the schemas of both sides are in {}", logs.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_tables_are_sampled_and_small_ones_read_whole() {
        assert_eq!(percent_of(0, 1.0), 100.0);
        assert_eq!(percent_of(SAMPLE, 1.0), 100.0);
        assert_eq!(percent_of(SAMPLE * 8, 1.0), 12.5);
        assert_eq!(percent_of(SAMPLE, 0.5), 50.0);
        assert_eq!(percent_of(u64::MAX, 1.0), 0.0001);
    }

    #[test]
    fn what_is_of_the_moment_is_no_difference() {
        let old = "-- Dumped from database version 15.18\n\\restrict abc\nCREATE TABLE t (a int);\n\\unrestrict abc\n";
        let new = "-- Dumped from database version 18.4\n\\restrict xyz\nCREATE TABLE t (a int);\n\\unrestrict xyz\n";
        assert_eq!(of_schema(old), of_schema(new));
        assert_ne!(of_schema(old), of_schema(&new.replace("int", "bigint")));
    }
}
