//! What became of objects: kept, altered, replaced, renamed. Read from the server's own numbers, so that no plan can say
//! otherwise.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::cluster::Cluster;

/// Kind, name, number and content of what budgets speak of.
const OBJECTS: &str = "\
SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materializedView' WHEN 'f' THEN 'foreignTable' ELSE 'table' END, \
    n.nspname || '.' || c.relname, c.oid::text, \
    pg_catalog.md5((c.relowner, c.relacl, c.reloptions, CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END)::text) \
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
UNION ALL SELECT 'column', n.nspname || '.' || c.relname || '.' || a.attname, a.attrelid || ':' || a.attnum, \
    pg_catalog.md5((a.atttypid, a.atttypmod, a.attnotnull, a.attstorage, a.attcollation, a.attidentity, a.attgenerated, a.attoptions, \
      a.attfdwoptions, a.attacl, (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef d \
        WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum))::text) \
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
  WHERE c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
UNION ALL SELECT 'policy', c.relnamespace::pg_catalog.regnamespace::text || '.' || c.relname || '.' || p.polname, p.oid::text, \
    pg_catalog.md5((p.polcmd, p.polpermissive, p.polroles, pg_catalog.pg_get_expr(p.polqual, p.polrelid), \
      pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))::text) \
  FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid \
UNION ALL SELECT 'role', r.rolname, r.oid::text, '' FROM pg_catalog.pg_roles r WHERE r.oid >= 16384 ORDER BY 1, 2";

/// An object at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    kind: String,
    name: String,
    number: String,
    content: String,
}

/// What a way may and may not do: `alter:column`, `replacement:table`, `rename:role`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Budget {
    require: Vec<String>,
    forbid: Vec<String>,
}

impl Budget {
    /// The budget of one direction, from the text of `budget.json`.
    pub fn parse(text: &str, direction: &str) -> Result<Self, String> {
        let mut both: BTreeMap<String, Self> =
            serde_json::from_str(text).map_err(|error| format!("budget.json: {error}"))?;
        Ok(both.remove(direction).unwrap_or_default())
    }

    /// What does not hold, a phrase each.
    pub fn broken(&self, done: &BTreeSet<String>) -> Vec<String> {
        let missing = self.require.iter().filter(|shape| !done.contains(*shape)).map(|shape| format!("no {shape}"));
        let forbidden = self.forbid.iter().filter(|shape| done.contains(*shape)).cloned();
        missing.chain(forbidden).collect()
    }
}

/// Every object of `database` that budgets speak of.
pub fn read(cluster: &Cluster, database: &str) -> Result<Vec<Object>, String> {
    let object = |line: &str| {
        let mut fields = line.split('|').map(str::to_owned);
        let mut next = || fields.next().unwrap_or_default();
        Object { kind: next(), name: next(), number: next(), content: next() }
    };
    Ok(cluster.psql(database, "", OBJECTS)?.lines().map(object).collect())
}

/// The shapes of what happened between two moments.
pub fn between(before: &[Object], after: &[Object]) -> BTreeSet<String> {
    let mut shapes = BTreeSet::new();
    for old in before {
        for new in after.iter().filter(|new| new.kind == old.kind) {
            let shape = match (new.name == old.name, new.number == old.number) {
                (true, false) => "replacement",
                (false, true) => "rename",
                (true, true) if new.content != old.content => "alter",
                _ => continue,
            };
            shapes.insert(format!("{shape}:{}", old.kind));
        }
    }
    shapes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_altered_replaced_or_renamed() {
        let object = |kind: &str, name: &str, number: &str, content: &str| Object {
            kind: kind.into(),
            name: name.into(),
            number: number.into(),
            content: content.into(),
        };
        let before = [
            object("view", "v", "1", "a"),
            object("table", "t", "2", "a"),
            object("role", "r", "3", ""),
            object("policy", "p", "4", "a"),
        ];
        let after = [
            object("view", "v", "9", "a"),
            object("table", "t", "2", "b"),
            object("role", "s", "3", ""),
            object("policy", "p", "4", "a"),
        ];
        let done = between(&before, &after);
        assert_eq!(done, ["alter:table", "rename:role", "replacement:view"].map(str::to_owned).into());
        let text = r#"{"a-to-b": {"require": ["alter:table", "alter:column"], "forbid": ["replacement:view", "alter:policy"]}}"#;
        let budget = Budget::parse(text, "a-to-b").unwrap();
        assert_eq!(budget.broken(&done), ["no alter:column", "replacement:view"]);
        assert!(Budget::parse(text, "b-to-a").unwrap().broken(&done).is_empty());
    }
}
