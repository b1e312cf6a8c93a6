//! The tables and their names on either engine.

use crate::engine::Row;
use crate::sql::{Flavor, literal_for};

use super::FORMAT;

/// The name of ledger table `name` as SQL: `mainstay.migration`, `mainstay_migration`.
pub fn table(flavor: Flavor, name: &str) -> String {
    match flavor {
        Flavor::Postgres => format!("mainstay.{name}"),
        Flavor::Sqlite => format!("mainstay_{name}"),
    }
}

/// Is `schema.name` one of Mainstay's own tables? What lists a service's tables leaves them out.
pub fn owns(schema: &str, name: &str) -> bool {
    schema == "mainstay" || (schema == "main" && name.starts_with("mainstay_"))
}

/// The statements that make the ledger where it is missing; running them again changes nothing.
pub fn create(flavor: Flavor) -> Vec<String> {
    let mut statements = match flavor {
        Flavor::Postgres => vec![
            "CREATE SCHEMA IF NOT EXISTS mainstay".to_owned(),
            "CREATE TABLE IF NOT EXISTS mainstay.setting (name text PRIMARY KEY, value text NOT NULL)".to_owned(),
            "CREATE TABLE IF NOT EXISTS mainstay.migration (\
                version text PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, \
                applied_at timestamptz NOT NULL DEFAULT now(), duration double precision, \
                applied_by text NOT NULL DEFAULT current_user, tool_version text NOT NULL, \
                state text NOT NULL)"
                .to_owned(),
            "CREATE TABLE IF NOT EXISTS mainstay.journal (\
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), \
                who text NOT NULL DEFAULT session_user, host text NOT NULL, action text NOT NULL, \
                detail text NOT NULL, seconds double precision NOT NULL, tool_version text NOT NULL, \
                result text NOT NULL)"
                .to_owned(),
        ],
        Flavor::Sqlite => vec![
            "CREATE TABLE IF NOT EXISTS mainstay_setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)".to_owned(),
            "CREATE TABLE IF NOT EXISTS mainstay_migration (\
                version TEXT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, \
                applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')), duration REAL, \
                applied_by TEXT NOT NULL, tool_version TEXT NOT NULL, state TEXT NOT NULL)"
                .to_owned(),
            "CREATE TABLE IF NOT EXISTS mainstay_journal (\
                id INTEGER PRIMARY KEY, at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')), \
                who TEXT NOT NULL, host TEXT NOT NULL, action TEXT NOT NULL, detail TEXT NOT NULL, \
                seconds REAL NOT NULL, tool_version TEXT NOT NULL, result TEXT NOT NULL)"
                .to_owned(),
        ],
    };
    statements.push(format!(
        "INSERT INTO {} (name, value) VALUES ('format', '{FORMAT}') ON CONFLICT (name) DO NOTHING",
        table(flavor, "setting")
    ));
    statements
}

/// A query whose one value says whether the ledger's tables are there: `1` or `0`.
pub fn has_ledger_query(flavor: Flavor) -> &'static str {
    match flavor {
        Flavor::Postgres => "SELECT (to_regclass('mainstay.setting') IS NOT NULL)::int",
        Flavor::Sqlite => "SELECT count(*) FROM sqlite_schema WHERE name = 'mainstay_setting'",
    }
}

/// A query for every setting: name, value.
pub fn setting_query(flavor: Flavor) -> String {
    format!("SELECT name, value FROM {}", table(flavor, "setting"))
}

/// The environment marker among the rows of [`setting_query`].
pub fn environment(settings: &[Row]) -> Option<String> {
    settings.iter().find_map(|row| match row.as_slice() {
        [Some(name), value] if name == "environment" => value.clone(),
        _ => None,
    })
}

/// The statement that takes the setting `name` out.
pub fn drop_setting(flavor: Flavor, name: &str) -> String {
    format!("DELETE FROM {} WHERE name = {}", table(flavor, "setting"), literal_for(name, flavor))
}

/// The statement that sets `name` to `value`.
pub fn set_setting(flavor: Flavor, name: &str, value: &str) -> String {
    format!(
        "INSERT INTO {} (name, value) VALUES ({}, {}) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        table(flavor, "setting"),
        literal_for(name, flavor),
        literal_for(value, flavor)
    )
}
