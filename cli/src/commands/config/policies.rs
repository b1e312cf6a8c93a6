//! `[cleanup.NAME]` as `config show` prints it.

use mainstay::config::{CleanupConfig, LinkConfig, parse};
use serde_json::{Map, Value, json};

/// The policy's keys.
pub(super) fn policy(policy: &CleanupConfig) -> Value {
    let references = policy.references.iter().map(|(name, rule, _)| (name.clone(), json!(rule)));
    let orphans = policy.orphans.iter().map(|(name, rule, _)| (name.clone(), json!(rule)));
    let links: Vec<Value> = policy.links.iter().map(link).collect();
    json!({
        "table": policy.table,
        "column": policy.column,
        "older_than": policy.older_than,
        "where": policy.condition,
        "references": some(references.collect()),
        "orphans": some(orphans.collect()),
        "links": (!links.is_empty()).then_some(links),
        "batch": policy.batch,
        "pace": format!("{}%", policy.pace),
        "partitions": policy.partitions,
    })
}

/// The keys that every policy has, whether it says them or not.
pub(super) fn usual() -> Value {
    let least = parse("mainstay.toml", "[cleanup.any]\ntable = \"any\"\nwhere = \"true\"\n");
    let read = least.ok().and_then(|config| config.cleanup.get("any").map(policy));
    let mut read = read.unwrap_or_default();
    if let Some(keys) = read.as_object_mut() {
        keys.retain(|key, value| !value.is_null() && key != "table" && key != "where");
    }
    read
}

fn some(table: Map<String, Value>) -> Option<Value> {
    (!table.is_empty()).then(|| Value::Object(table))
}

fn link(link: &LinkConfig) -> Value {
    let mut table = json!({
        "from": format!("{}.{}", link.from.0, link.from.1),
        "to": format!("{}.{}", link.to.0, link.to.1),
        "where": link.condition,
        "rule": link.rule,
    });
    if let Some(table) = table.as_object_mut() {
        table.retain(|_, value| !value.is_null());
    }
    table
}
