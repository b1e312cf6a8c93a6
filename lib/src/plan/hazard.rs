//! Named risks of statements.

use serde::{Deserialize, Serialize};

use super::drops::Finding;
use super::inspect::Inspector;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::sql::Flavor;

/// A named risk. What cannot be undone needs consent by this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hazard {
    /// Rows, or a column's values, are gone afterwards.
    DeletesData,
    /// A table is written anew: nobody reads or writes it meanwhile, and it takes its size again on disk.
    RewritesTable,
    /// Nobody writes to a table while its rows are looked at: an index is built, a constraint is checked.
    BlocksWrites,
    /// An object other than rows is dropped: index, view, function, constraint, trigger, policy, type.
    DropsObject,
    /// It fails where the table has rows, or rows of a certain kind; nothing is changed then.
    FailsOnRows,
    /// Values are kept in another form: SQLite's texts that look like numbers become numbers.
    ConvertsValues,
    /// Every row of a table goes: most often its policy is wrong.
    EmptiesTable,
    /// From then on there is no way back but a backup: the old cluster of an upgrade is of no use, or gone.
    NoWayBack,
}

/// A hazard found in a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    /// Its name.
    pub hazard: Hazard,
    /// Why, in a few words: "drops table devices".
    pub reason: String,
    /// The tables that lose rows or values, as the statement names them.
    #[serde(skip)]
    pub tables: Vec<String>,
    /// How many rows they have, where somebody has counted; at most [`ROWS_COUNTED`] of each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// How many rows were lost when the same plan was rehearsed on a clone of the database, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearsed: Option<u64>,
    /// Which statement of the step, from 0.
    pub statement: usize,
    /// Whether whoever wrote the script has allowed it there, by a directive.
    pub allowed: bool,
    /// Where the statement is, when it came from a file.
    pub place: Option<Place>,
}

/// Rows of one table that are counted at most: beyond it they are simply many.
pub const ROWS_COUNTED: u64 = 1_000_000;

impl Risk {
    /// The risk of statement `statement` of a step, in which no table loses rows.
    pub fn new(hazard: Hazard, reason: impl Into<String>, statement: usize) -> Self {
        let reason = reason.into();
        Self { hazard, reason, tables: Vec::new(), rows: None, rehearsed: None, statement, allowed: false, place: None }
    }

    /// The reason with what is at stake: "drops table devices (12 rows, 12 lost when rehearsed)".
    pub fn told(&self) -> String {
        let rows = self.rows.map(|rows| match rows {
            0 => "no rows".to_owned(),
            1 => "1 row".to_owned(),
            ROWS_COUNTED.. => "more than a million rows".to_owned(),
            _ => format!("{rows} rows"),
        });
        let rehearsed = self.rehearsed.map(|lost| match lost {
            0 => "none lost when rehearsed".to_owned(),
            _ => format!("{lost} lost when rehearsed"),
        });
        let known: Vec<String> = rows.into_iter().chain(rehearsed).collect();
        if known.is_empty() { self.reason.clone() } else { format!("{} ({})", self.reason, known.join(", ")) }
    }
}

impl Hazard {
    /// Every hazard there is.
    pub const ALL: [Hazard; 8] = [
        Hazard::DeletesData,
        Hazard::RewritesTable,
        Hazard::BlocksWrites,
        Hazard::DropsObject,
        Hazard::FailsOnRows,
        Hazard::ConvertsValues,
        Hazard::EmptiesTable,
        Hazard::NoWayBack,
    ];

    /// The name used in directives, `--allow` and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::DeletesData => "deletes-data",
            Self::RewritesTable => "rewrites-table",
            Self::BlocksWrites => "blocks-writes",
            Self::DropsObject => "drops-object",
            Self::FailsOnRows => "fails-on-rows",
            Self::ConvertsValues => "converts-values",
            Self::EmptiesTable => "empties-table",
            Self::NoWayBack => "no-way-back",
        }
    }

    /// Whether it must be allowed by name before a step that has it is applied to a database with rows: what cannot be undone,
    /// and what makes those wait who use a table.
    pub fn needs_consent(self) -> bool {
        self.loses_rows() || matches!(self, Self::RewritesTable | Self::BlocksWrites | Self::NoWayBack)
    }

    /// Whether rows, or values of them, are gone afterwards.
    pub fn loses_rows(self) -> bool {
        matches!(self, Self::DeletesData | Self::EmptiesTable)
    }

    /// The hazard of that name.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] with the names there are.
    pub fn parse(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|hazard| hazard.name() == name).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|hazard| hazard.name()).collect();
            Error::new(ErrorKind::Usage, format!("there is no hazard `{name}`"))
                .hint(format!("known hazards: {}", names.join(", ")))
        })
    }
}

/// The risks of one statement, `statement` being its index in the step.
///
/// Found from the text alone: what the statement itself does when it runs, in a DO block or a dynamic
/// statement too. What it only defines (a function's body, a rule, a trigger, a foreign key's action) or
/// says (a comment, a string, a quoted name) is no risk of this statement.
pub fn risks(sql: &str, flavor: Flavor, statement: usize) -> Vec<Risk> {
    let mut inspector = Inspector::new(flavor);
    inspector.script(sql);
    let mut risks: Vec<Risk> = Vec::new();
    for Finding { hazard, reason, tables } in inspector.findings {
        if !risks.iter().any(|risk| risk.hazard == hazard && risk.reason == reason) {
            risks.push(Risk { tables, ..Risk::new(hazard, reason, statement) });
        }
    }
    risks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_that_lose_rows() {
        let cases: [(&str, &[&str]); 8] = [
            ("DROP TABLE a, s.\"B c\" CASCADE", &["a", "s.\"B c\""]),
            ("ALTER TABLE ONLY s.t DROP COLUMN a", &["s.t"]),
            ("ALTER TABLE t DROP CONSTRAINT a", &[]),
            ("TRUNCATE TABLE a, ONLY b", &["a", "b"]),
            ("DROP VIEW v", &[]),
            ("DROP SCHEMA s CASCADE", &[]),
            ("DELETE FROM t WHERE a = 1", &[]),
            ("DROP TABLE f(1)", &["f"]),
        ];
        for (sql, tables) in cases {
            let found: Vec<String> = risks(sql, Flavor::Postgres, 0).into_iter().flat_map(|risk| risk.tables).collect();
            assert_eq!(found, tables, "{sql}");
        }
    }

    /// Each statement and its risks, `d` for deletes-data and `o` for drops-object before the reason.
    const POSTGRES: &[(&str, &[&str])] = &[
        ("DROP TABLE devices", &["d drops table devices"]),
        (
            "drop /* x */ table -- y\n if exists Public.\"Dev ices\" , b cascade",
            &["d drops table Public.\"Dev ices\", b and what depends on it"],
        ),
        ("DROP SCHEMA s CASCADE", &["d drops schema s and what depends on it"]),
        ("DROP DATABASE IF EXISTS d", &["d drops database d"]),
        ("DROP OWNED BY a", &["d drops owned by a"]),
        ("DROP EXTENSION hstore", &["o drops extension hstore"]),
        ("DROP EXTENSION hstore CASCADE", &["d drops extension hstore and what depends on it"]),
        ("DROP TYPE mood CASCADE", &["d drops type mood and what depends on it"]),
        ("DROP TYPE mood", &["o drops type mood"]),
        ("DROP DOMAIN d RESTRICT", &["o drops domain d"]),
        ("DROP DOMAIN d CASCADE", &["d drops domain d and what depends on it"]),
        ("DROP SEQUENCE s CASCADE", &["d drops sequence s and what depends on it"]),
        ("DROP MATERIALIZED VIEW v", &["o drops materialized view v"]),
        ("DROP FOREIGN TABLE f", &["o drops foreign table f"]),
        ("DROP INDEX CONCURRENTLY IF EXISTS s.i", &["o drops index s.i"]),
        ("DROP VIEW \"delete\"", &["o drops view \"delete\""]),
        ("DROP FUNCTION f(int, text) CASCADE", &["o drops function f(int, text) and what depends on it"]),
        ("DROP PROCEDURE p", &["o drops procedure p"]),
        ("DROP TRIGGER t ON devices", &["o drops trigger t ON devices"]),
        ("DROP RULE r ON t", &["o drops rule r ON t"]),
        ("DROP POLICY p ON t", &["o drops policy p ON t"]),
        ("DROP EVENT TRIGGER e", &["o drops event trigger e"]),
        ("DROP TEXT SEARCH CONFIGURATION c", &["o drops text search configuration c"]),
        ("DROP ROLE r", &["o drops role r"]),
        ("ALTER TABLE t DROP COLUMN a", &["d drops column a of t"]),
        ("alter table if exists only s.t drop if exists \"A\" cascade", &["d drops column \"A\" of s.t"]),
        ("ALTER TABLE t * DROP a", &["d drops column a of t"]),
        ("ALTER TABLE t DROP column", &["d drops column column of t"]),
        (
            "ALTER TABLE t ADD b numeric(1,2), DROP a, DROP COLUMN IF EXISTS c, DROP CONSTRAINT k",
            &["d drops column a of t", "d drops column c of t", "o drops constraint k of t"],
        ),
        ("ALTER TABLE t DROP CONSTRAINT IF EXISTS \"column\"", &["o drops constraint \"column\" of t"]),
        ("ALTER TABLE t ALTER a DROP DEFAULT, ALTER COLUMN b DROP NOT NULL, ALTER c DROP IDENTITY IF EXISTS", &[]),
        ("ALTER TABLE t ALTER d DROP EXPRESSION, ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES u ON DELETE CASCADE", &[]),
        ("ALTER TABLE t RENAME COLUMN a TO drop_column", &[]),
        ("ALTER FOREIGN TABLE f DROP COLUMN a", &["o drops column a of f"]),
        (
            "ALTER TYPE s.p DROP ATTRIBUTE IF EXISTS a CASCADE, ADD ATTRIBUTE b int",
            &["d drops attribute a of type s.p"],
        ),
        ("ALTER DOMAIN d DROP CONSTRAINT c", &["o drops constraint c of domain d"]),
        ("ALTER DOMAIN d DROP NOT NULL", &[]),
        ("ALTER PUBLICATION p DROP TABLE t", &[]),
        ("TRUNCATE a, ONLY s.b RESTART IDENTITY", &["d truncates a, s.b"]),
        ("truncate/**/table t cascade", &["d truncates t"]),
        ("DELETE FROM ONLY devices d WHERE id = 1", &["d deletes rows of devices"]),
        ("WITH old AS (SELECT 1) DELETE FROM t USING old", &["d deletes rows of t"]),
        ("WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone", &["d deletes rows of t"]),
        (
            "WITH RECURSIVE delete AS NOT MATERIALIZED (WITH x AS (SELECT 1) DELETE FROM a RETURNING *) TABLE delete",
            &["d deletes rows of a"],
        ),
        ("INSERT INTO archive WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone", &["d deletes rows of t"]),
        ("CREATE TABLE x AS WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone", &["d deletes rows of t"]),
        ("MERGE INTO t USING s ON t.id = s.id WHEN MATCHED AND (s.gone) THEN DELETE", &["d deletes rows of t"]),
        ("MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET a = 1", &[]),
        ("SELECT lo_unlink(data) FROM files", &["d deletes a large object"]),
        ("EXPLAIN ANALYZE DELETE FROM t", &["d deletes rows of t"]),
        ("EXPLAIN (COSTS off, ANALYZE) DELETE FROM t", &["d deletes rows of t"]),
        ("EXPLAIN (ANALYZE false) DELETE FROM t", &[]),
        ("EXPLAIN VERBOSE DELETE FROM t", &[]),
        ("PREPARE p (int) AS DELETE FROM t WHERE a = $1", &["d deletes rows of t"]),
        ("COPY (DELETE FROM t RETURNING *) TO STDOUT", &["d deletes rows of t"]),
        (
            "DO $$BEGIN IF true THEN DROP TABLE t; ELSE TRUNCATE u; END IF; END$$",
            &["d drops table t in a DO block", "d truncates u in a DO block"],
        ),
        ("DO LANGUAGE plpgsql 'BEGIN DELETE FROM t WHERE a = ''x''; END'", &["d deletes rows of t in a DO block"]),
        (
            "DO $$BEGIN FOR r IN DELETE FROM t RETURNING * LOOP NULL; END LOOP; END$$",
            &["d deletes rows of t in a DO block"],
        ),
        ("DO $$BEGIN EXECUTE 'DROP TABLE ' || quote_ident(t); END$$", &["d drops table _ in a DO block"]),
        (
            "DO $$BEGIN EXECUTE format('ALTER TABLE %I DROP COLUMN a', t); END$$",
            &["d drops column a of _ in a DO block"],
        ),
        (
            "DO $$DECLARE r record; BEGIN FOR r IN SELECT 'DROP INDEX ' || n AS q FROM x LOOP EXECUTE r.q; END LOOP; END$$",
            &["o drops index _ in a DO block"],
        ),
        (
            "DO $$BEGIN MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE; END$$",
            &["d deletes rows of t in a DO block"],
        ),
        (
            "DO $$BEGIN PERFORM lo_unlink(1); RAISE NOTICE 'DROP TABLE x'; END$$",
            &["d deletes a large object in a DO block"],
        ),
        ("DO $$BEGIN CREATE TYPE e AS ENUM ('drop table x'); EXCEPTION WHEN duplicate_object THEN NULL; END$$", &[]),
        ("DO $$BEGIN CREATE TRIGGER g AFTER DELETE ON t FOR EACH ROW EXECUTE FUNCTION f(); END$$", &[]),
        ("SELECT run($q$DROP TABLE t; SELECT 1$q$)", &["d drops table t in a quoted text"]),
        ("CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$DELETE FROM t$$", &[]),
        ("CREATE FUNCTION f() RETURNS void BEGIN ATOMIC DELETE FROM t; END", &[]),
        ("CREATE TABLE t (a int REFERENCES u ON DELETE CASCADE, b int GENERATED ALWAYS AS (1) STORED)", &[]),
        ("CREATE POLICY p ON t FOR DELETE USING (true)", &[]),
        ("CREATE TRIGGER g AFTER DELETE OR TRUNCATE ON t EXECUTE FUNCTION f()", &[]),
        ("CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING", &[]),
        ("CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM b; DELETE FROM c)", &[]),
        ("GRANT DELETE, TRUNCATE ON t TO a", &[]),
        ("REVOKE TRUNCATE ON t FROM a", &[]),
        ("COMMENT ON TABLE t IS 'DROP TABLE t; DELETE FROM t'", &[]),
        ("SELECT 'x; DELETE FROM t', \"delete\" FROM \"drop table\"", &[]),
        ("SELECT a AS delete FROM t", &[]),
        ("INSERT INTO log VALUES ('DELETE FROM t', $$DROP TABLE x$$)", &[]),
        ("UPDATE t SET a = NULL", &[]),
        ("SELECT 1; DROP TABLE t", &["d drops table t"]),
        ("DROP TABLE t; SELECT 'open", &["d drops table t"]),
        ("DROP", &[]),
        ("", &[]),
    ];

    const SQLITE: &[(&str, &[&str])] = &[
        ("DROP TABLE IF EXISTS [my table]", &["d drops table [my table]"]),
        ("ALTER TABLE `t` DROP COLUMN a", &["d drops column a of `t`"]),
        ("REPLACE INTO t VALUES (1)", &["d replaces rows of t"]),
        ("INSERT OR REPLACE INTO main.t VALUES (1)", &["d replaces rows of main.t"]),
        ("INSERT OR IGNORE INTO t VALUES (1)", &[]),
        ("UPDATE OR REPLACE t SET a = 1", &["d replaces rows of t"]),
        ("WITH x AS (SELECT 1) DELETE FROM t WHERE a IN x", &["d deletes rows of t"]),
        ("CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM u; END", &[]),
        ("EXPLAIN QUERY PLAN DELETE FROM t", &[]),
        ("DROP INDEX i", &["o drops index i"]),
        ("SELECT replace(a, 'x', 'y') FROM t", &[]),
    ];

    #[test]
    fn every_statement_has_its_risks() {
        for (flavor, rows) in [(Flavor::Postgres, POSTGRES), (Flavor::Sqlite, SQLITE)] {
            for (sql, expected) in rows {
                let found: Vec<String> = risks(sql, flavor, 0)
                    .iter()
                    .map(|risk| format!("{} {}", if risk.hazard.needs_consent() { "d" } else { "o" }, risk.reason))
                    .collect();
                assert_eq!(found, *expected, "{sql}");
            }
        }
    }

    #[test]
    fn a_risk_knows_its_statement() {
        assert_eq!(risks("TRUNCATE t", Flavor::Postgres, 7)[0].statement, 7);
    }

    #[test]
    fn names_read_back() {
        for hazard in Hazard::ALL {
            assert_eq!(Hazard::parse(hazard.name()).unwrap(), hazard);
        }
        assert!(Hazard::parse("explodes").is_err());
    }
}
