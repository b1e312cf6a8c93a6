//! Rows before and after: what was there must be there still, unless the plan has said that it goes.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::cluster::Cluster;

/// A statement for each table that holds rows of its own, which prints what [`Table`] is.
const QUESTIONS: &str = "SELECT pg_catalog.format(\
    'SELECT pg_catalog.json_build_object(''name'', %L, ''columns'', %L::json, ''rows'', \
       (SELECT coalesce(pg_catalog.json_agg(pg_catalog.to_jsonb(t)), ''[]'') FROM ONLY %I.%I t));', \
    n.nspname || '.' || c.relname, \
    (SELECT pg_catalog.json_object_agg(a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)) \
     FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), n.nspname, c.relname) \
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
  WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1";

/// A table with its rows.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Table {
    name: String,
    /// Type by name.
    columns: Option<BTreeMap<String, String>>,
    rows: Vec<BTreeMap<String, Value>>,
}

/// Every table of `database` with all its rows.
pub fn read(cluster: &Cluster, database: &str) -> Result<Vec<Table>, String> {
    let questions = cluster.psql(database, "", QUESTIONS)?;
    let answers = cluster.psql(database, "", &questions)?;
    let table = |line: &str| serde_json::from_str(line).map_err(|error| format!("{error} in {line}"));
    answers.lines().filter(|line| !line.is_empty()).map(table).collect()
}

/// What `after` has lost of `before`, a sentence each, without what one of `announced` speaks of.
pub fn lost(before: &[Table], after: &[Table], announced: &[String]) -> Vec<String> {
    let bare = |table: &Table| table.name.rsplit('.').next().unwrap_or_default().to_owned();
    let said = |table: &&Table| announced.iter().any(|words| words.contains(&bare(table)));
    let with_rows = before.iter().filter(|table| !table.rows.is_empty());
    with_rows.filter(|table| !said(table)).filter_map(|table| loss(table, after)).collect()
}

fn loss(table: &Table, after: &[Table]) -> Option<String> {
    let name = &table.name;
    let Some(now) = after.iter().find(|now| now.name == *name) else { return Some(format!("{name} is gone")) };
    if now.rows.len() < table.rows.len() {
        return Some(format!("{name} had {} rows and has {}", table.rows.len(), now.rows.len()));
    }
    let types = |table: &Table| table.columns.clone().unwrap_or_default();
    let (had, has) = (types(table), types(now));
    for column in had.keys().filter(|column| !has.contains_key(*column)) {
        if table.rows.iter().any(|row| row.get(column).is_some_and(|value| !value.is_null())) {
            return Some(format!("{name} has lost the values of {column}"));
        }
    }
    // Where the type is another, the values may be printed in another way: they must be there all the same.
    let kept: Vec<&String> =
        had.iter().filter(|(column, kind)| has.get(*column) == Some(kind)).map(|(name, _)| name).collect();
    let values = |rows: &[BTreeMap<String, Value>], before: &[BTreeMap<String, Value>]| {
        let value = |row: &BTreeMap<String, Value>, column: &str| {
            let value = row.get(column).cloned().unwrap_or_default();
            let composite = had.get(column).is_some_and(|kind| !kind.starts_with("json"));
            known(value, before.iter().find_map(|row| row.get(column).filter(|value| composite && value.is_object())))
        };
        let row = |row| kept.iter().map(|column| format!("{:?};", value(row, column))).collect();
        rows.iter().map(row).collect::<Vec<String>>()
    };
    let (mut old, new) = (values(&table.rows, &[]), values(&now.rows, &table.rows));
    old.retain(|row| !new.contains(row));
    (!old.is_empty()).then(|| format!("{} rows of {name} have other values", old.len()))
}

/// A composite value without the attributes that `before`, an earlier value of the column, did not have.
fn known(value: Value, before: Option<&Value>) -> Value {
    match (value, before) {
        (Value::Object(mut attributes), Some(Value::Object(before))) => {
            attributes.retain(|name, _| before.contains_key(name));
            Value::Object(attributes)
        }
        (value, _) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Vec<Table> {
        vec![serde_json::from_str(text).unwrap()]
    }

    #[test]
    fn rows_and_values_that_are_gone_are_told() {
        let before = table(
            r#"{"name": "public.t", "columns": {"a": "int", "b": "text"}, "rows": [{"a": 1, "b": "x"}, {"a": 2, "b": null}]}"#,
        );
        let check = |after: &str, expected: &[&str]| assert_eq!(lost(&before, &table(after), &[]), expected, "{after}");
        check(
            r#"{"name": "public.t", "columns": {"a": "int", "b": "text"}, "rows": [{"a": 2, "b": null}, {"a": 1, "b": "x"}]}"#,
            &[],
        );
        check(
            r#"{"name": "public.t", "columns": {"a": "int", "b": "text", "c": "int"}, "rows": [{"a": 2, "b": null, "c": 1}, {"a": 1, "b": "x", "c": 1}]}"#,
            &[],
        );
        check(
            r#"{"name": "public.t", "columns": {"a": "bigint", "b": "text"}, "rows": [{"a": 2, "b": null}, {"a": 1, "b": "x"}]}"#,
            &[],
        );
        check(
            r#"{"name": "public.t", "columns": {"a": "int", "b": "text"}, "rows": [{"a": 1, "b": "x"}]}"#,
            &["public.t had 2 rows and has 1"],
        );
        check(
            r#"{"name": "public.t", "columns": {"a": "int"}, "rows": [{"a": 1}, {"a": 2}]}"#,
            &["public.t has lost the values of b"],
        );
        check(
            r#"{"name": "public.t", "columns": {"a": "int", "b": "text"}, "rows": [{"a": 1, "b": null}, {"a": 2, "b": null}]}"#,
            &["1 rows of public.t have other values"],
        );
        let composite = |attributes: &str| {
            table(&format!(r#"{{"name": "public.t", "columns": {{"p": "pair"}}, "rows": [{{"p": {attributes}}}]}}"#))
        };
        let pair = composite(r#"{"a": 1, "b": 2}"#);
        assert!(lost(&pair, &composite(r#"{"a": 1, "b": 2, "c": null}"#), &[]).is_empty());
        assert_eq!(
            lost(&pair, &composite(r#"{"a": 2, "b": 2, "c": null}"#), &[]),
            ["1 rows of public.t have other values"]
        );
        assert_eq!(lost(&pair, &composite(r#"{"a": 1}"#), &[]), ["1 rows of public.t have other values"]);
        check(r#"{"name": "public.u", "columns": {}, "rows": []}"#, &["public.t is gone"]);
        assert!(lost(&before, &[], &["drops table public.t".into()]).is_empty());
    }
}
