//! What a constraint or unique index says, as the catalog has it, and the rows that do not fulfil it.

use crate::catalog::Name;
use crate::engine::{Row, Session};
use crate::error::Result;
use crate::rehearse::Offence;
use crate::sql::{ident, literal};

use super::regclass;
use super::rows::{self, NAMED};

/// What must hold.
pub(super) struct Definition {
    /// In words: `log_n_check: CHECK ((n > 0))`.
    words: String,
    rule: Rule,
}

enum Rule {
    NotNull(String),
    Check(String),
    Unique(Keys),
    /// No two rows for which all operators say yes, one operator for each key.
    Exclusion(Keys, Vec<String>),
    Foreign(Foreign),
}

/// What an index is over, as expressions.
struct Keys {
    keys: Vec<String>,
    predicate: Option<String>,
    nulls_are_equal: bool,
}

struct Foreign {
    table: Name,
    /// Column and the column that it refers to.
    columns: Vec<(String, String)>,
    /// `MATCH FULL`: all are NULL or none is.
    full: bool,
}

impl Definition {
    /// The constraint or index called `name` on `table`; `None` where there is none, or none that rows can break.
    pub(super) async fn read(session: &mut dyn Session, table: &Name, name: &str) -> Result<Option<Self>> {
        let found = session
            .query(&format!(
                "SELECT k.oid, k.contype, k.conindid, pg_catalog.pg_get_constraintdef(k.oid), \
                   pg_catalog.pg_get_expr(k.conbin, k.conrelid), n.nspname, c.relname, k.confmatchtype, \
                   (k.conexclop IS NOT NULL)::int \
                 FROM pg_catalog.pg_constraint k LEFT JOIN pg_catalog.pg_class c ON c.oid = k.confrelid \
                 LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE k.conrelid = {} AND k.conname = {}",
                regclass(table),
                literal(name)
            ))
            .await?;
        let Some(row) = found.first() else { return Self::of_index(session, table, name).await };
        let cell = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
        let (oid, kind, index) = (cell(0), cell(1), cell(2));
        let rule = match kind.as_str() {
            "c" => Rule::Check(cell(4)),
            "n" => match columns(session, &oid).await?.into_iter().next() {
                Some((column, _)) => Rule::NotNull(column),
                None => return Ok(None),
            },
            "f" => Rule::Foreign(Foreign {
                table: Name::new(cell(5), cell(6)),
                columns: columns(session, &oid).await?,
                full: cell(7) == "f",
            }),
            "u" | "p" | "x" => match keys(session, &index).await? {
                Some(keys) if cell(8) == "1" => Rule::Exclusion(keys, operators(session, &oid).await?),
                Some(keys) => Rule::Unique(keys),
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        let words = cell(3);
        let words = words.strip_suffix(" NOT VALID").unwrap_or(&words);
        Ok(Some(Self { words: format!("{}: {words}", ident(name)), rule }))
    }

    async fn of_index(session: &mut dyn Session, table: &Name, name: &str) -> Result<Option<Self>> {
        let found = session
            .query(&format!(
                "SELECT c.oid FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
                 WHERE i.indrelid = {} AND i.indisunique AND c.relname = {}",
                regclass(table),
                literal(name)
            ))
            .await?;
        let Some(Some(oid)) = found.into_iter().next().and_then(|row| row.into_iter().next()) else { return Ok(None) };
        let Some(keys) = keys(session, &oid).await? else { return Ok(None) };
        let only = keys.predicate.as_ref().map(|predicate| format!(" WHERE {predicate}")).unwrap_or_default();
        let words = format!("{}: UNIQUE ({}){only}", ident(name), keys.keys.join(", "));
        Ok(Some(Self { words, rule: Rule::Unique(keys) }))
    }

    /// The rows of `table` that break it; `None` where all fulfil it.
    pub(super) async fn broken_by(self, session: &mut dyn Session, table: &Name) -> Result<Option<Offence>> {
        match self.rule {
            Rule::NotNull(column) => rows::that(session, table, &format!("{column} IS NULL"), &[], self.words).await,
            Rule::Check(expression) => {
                rows::that(session, table, &format!("({expression}) IS FALSE"), &[], self.words).await
            }
            Rule::Foreign(foreign) => {
                let from = alone(session, table).await?;
                let condition = foreign.condition(&alone(session, &foreign.table).await?);
                let columns: Vec<String> = foreign.columns.into_iter().map(|(column, _)| column).collect();
                rows::among(session, table, &from, &condition, &columns, self.words).await
            }
            Rule::Unique(keys) => keys.doubled(session, table, self.words).await,
            Rule::Exclusion(keys, operators) => keys.in_conflict(session, table, &operators, self.words).await,
        }
    }
}

impl Foreign {
    /// What is true of a row `one` that refers to nothing in `referred`.
    fn condition(&self, referred: &str) -> String {
        let all = |each: &dyn Fn(&(String, String)) -> String, joint: &str| {
            self.columns.iter().map(each).collect::<Vec<_>>().join(joint)
        };
        let given = all(&|(column, _)| format!("one.{column} IS NOT NULL"), " AND ");
        let same = all(&|(column, to)| format!("there.{to} = one.{column}"), " AND ");
        let lost = format!("({given} AND NOT EXISTS (SELECT FROM {referred} AS there WHERE {same}))");
        if !self.full || self.columns.len() < 2 {
            return lost;
        }
        let some = all(&|(column, _)| format!("one.{column} IS NOT NULL"), " OR ");
        format!("({lost} OR (({some}) AND NOT ({given})))")
    }
}

impl Keys {
    /// The rows that the index is over.
    fn condition(&self) -> String {
        let mut all: Vec<String> = self.predicate.iter().map(|predicate| format!("({predicate})")).collect();
        if !self.nulls_are_equal {
            all.extend(self.keys.iter().map(|key| format!("({key}) IS NOT NULL")));
        }
        if all.is_empty() { "true".to_owned() } else { all.join(" AND ") }
    }

    /// The rows whose keys are in other rows too.
    async fn doubled(&self, session: &mut dyn Session, table: &Name, breaks: String) -> Result<Option<Offence>> {
        let (from, key) = (alone(session, table).await?, rows::key(session, table).await?);
        let (keys, condition) = (self.keys.join(", "), self.condition());
        let doubled = format!("FROM {from} WHERE {condition} GROUP BY {keys} HAVING count(*) > 1");
        let count = session.query(&format!("SELECT sum(n) FROM (SELECT count(*) AS n {doubled}) AS each")).await?;
        let Some(rows) = count_of(&count) else { return Ok(None) };
        let values = rows::values(&self.keys);
        let examples = session
            .query(&format!(
                "SELECT {values} || ' is in ' || count(*) || ' rows: ' \
                   || pg_catalog.array_to_string((pg_catalog.array_agg({key}))[1:{NAMED}], '; ') \
                 {doubled} ORDER BY count(*) DESC LIMIT {NAMED}"
            ))
            .await?;
        Ok(Some(Offence { table: table.clone(), breaks, rows, at_least: false, examples: cells(examples) }))
    }

    /// Pairs of rows for which all `operators` say yes; `rows` of it counts the pairs' rows.
    async fn in_conflict(
        &self,
        session: &mut dyn Session,
        table: &Name,
        operators: &[String],
        breaks: String,
    ) -> Result<Option<Offence>> {
        let (from, key) = (alone(session, table).await?, rows::key(session, table).await?);
        let columns: Vec<String> = self.keys.iter().enumerate().map(|(at, key)| format!("{key} AS k{at}")).collect();
        let rows = format!(
            "(SELECT ctid AS place, {key} AS name, {} FROM {from} WHERE {})",
            columns.join(", "),
            self.condition()
        );
        let meets: Vec<String> =
            operators.iter().enumerate().map(|(at, operator)| format!("a.k{at} {operator} b.k{at}")).collect();
        let pairs = format!("FROM {rows} AS a JOIN {rows} AS b ON a.place < b.place AND {}", meets.join(" AND "));
        let count = session
            .query(&format!(
                "SELECT NULLIF(count(DISTINCT place), 0) FROM (SELECT a.place AS one, b.place AS other {pairs}) AS pair, \
                 LATERAL (VALUES (one), (other)) AS each (place)"
            ))
            .await?;
        let Some(rows) = count_of(&count) else { return Ok(None) };
        let examples = session.query(&format!("SELECT a.name || ' and ' || b.name {pairs} LIMIT {NAMED}")).await?;
        Ok(Some(Offence { table: table.clone(), breaks, rows, at_least: false, examples: cells(examples) }))
    }
}

/// The table as an index or a foreign key sees it: its own rows, or those of all its partitions.
async fn alone(session: &mut dyn Session, table: &Name) -> Result<String> {
    let split = session
        .query(&format!("SELECT 1 FROM pg_catalog.pg_class WHERE oid = {} AND relkind = 'p'", regclass(table)))
        .await?;
    Ok(if split.is_empty() { format!("ONLY {table}") } else { table.to_string() })
}

/// The columns of a constraint, with those that they refer to, in order.
async fn columns(session: &mut dyn Session, constraint: &str) -> Result<Vec<(String, String)>> {
    let rows = session
        .query(&format!(
            "SELECT a.attname, COALESCE(f.attname, '') \
             FROM (SELECT conrelid, confrelid, pg_catalog.unnest(conkey) AS own, pg_catalog.unnest(confkey) AS other, \
                     pg_catalog.generate_series(1, pg_catalog.cardinality(conkey)) AS at \
                   FROM pg_catalog.pg_constraint WHERE oid = {constraint}) AS k \
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.own \
             LEFT JOIN pg_catalog.pg_attribute f ON f.attrelid = k.confrelid AND f.attnum = k.other \
             ORDER BY k.at"
        ))
        .await?;
    let pair = |row: Row| match row.as_slice() {
        [Some(own), Some(other)] => Some((ident(own), ident(other))),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(pair).collect())
}

/// What the index of number `index` is over.
async fn keys(session: &mut dyn Session, index: &str) -> Result<Option<Keys>> {
    let rows = session
        .query(&format!(
            "SELECT pg_catalog.pg_get_indexdef(i.indexrelid, at, false), \
               pg_catalog.pg_get_expr(i.indpred, i.indrelid), \
               COALESCE(pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct', 'false') \
             FROM pg_catalog.pg_index i, pg_catalog.generate_series(1, i.indnkeyatts) AS at \
             WHERE i.indexrelid = {index} ORDER BY at"
        ))
        .await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let predicate = first.get(1).cloned().flatten();
    let nulls_are_equal = first.get(2).and_then(|cell| cell.as_deref()) == Some("true");
    Ok(Some(Keys { keys: cells(rows), predicate, nulls_are_equal }))
}

/// The operators of an exclusion constraint, one for each key.
async fn operators(session: &mut dyn Session, constraint: &str) -> Result<Vec<String>> {
    let rows = session
        .query(&format!(
            "SELECT pg_catalog.format('OPERATOR(%I.%s)', n.nspname, o.oprname) \
             FROM (SELECT pg_catalog.unnest(conexclop) AS oid, \
                     pg_catalog.generate_series(1, pg_catalog.cardinality(conexclop)) AS at \
                   FROM pg_catalog.pg_constraint WHERE oid = {constraint}) AS k \
             JOIN pg_catalog.pg_operator o ON o.oid = k.oid JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace \
             ORDER BY k.at"
        ))
        .await?;
    Ok(cells(rows))
}

/// The number, where it is none of nothing.
fn count_of(rows: &[Row]) -> Option<u64> {
    rows.first()?.first()?.as_deref()?.parse().ok().filter(|count| *count > 0)
}

fn cells(rows: Vec<Row>) -> Vec<String> {
    rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect()
}
