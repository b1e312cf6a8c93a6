//! Two catalogs held against each other: which objects only one of them has, and which attributes differ.
//!
//! It knows no kind of object by heart. A catalog is taken as data: whatever has a name is an object, what it has besides
//! are its attributes, so a kind that the model learns is compared without a line here.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::catalog::Catalog;
use crate::dialect::is_books;
use crate::ledger;
use crate::sql::{Flavor, Token, TokenKind, qualified, significant};

/// What is not the files' doing, or follows from the rest: the server's, its roles' and their rights, the database's own name,
/// place and settings, who needs whom.
const LEFT_OUT: [&str; 8] = [
    "database",
    "roles",
    "privileges",
    "default_privileges",
    "labels",
    "settings",
    "depends_on_extension",
    "dependencies",
];

/// Attributes that tell nothing of the structure: rights, sizes, positions, the version of an extension.
const IGNORED: [&str; 10] =
    ["owner", "grants", "acl", "privileges", "rows", "size", "bytes", "last_value", "populated", "version"];

/// How much of an attribute's text a message shows.
const SHOWN: usize = 60;

/// Something in which the database and the files differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Kind and name: `column public.logs.line`.
    pub object: String,
    /// In which way, one phrase.
    pub how: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.object, self.how)
    }
}

/// Kind and name.
type Key = (String, String);

struct Object {
    /// The object that it goes away with.
    parent: Option<Key>,
    attributes: Map<String, Value>,
}

type Objects = BTreeMap<Key, Object>;

/// In what `database` differs from what the files make. Owners, rights, sizes, the order of columns, tables of migration tools
/// and extensions that only the database has do not count.
pub fn differences(database: &Catalog, files: &Catalog, flavor: Flavor) -> Vec<Difference> {
    let (here, made) = (objects(database, flavor), objects(files, flavor));
    let mut found = Vec::new();
    for key in here.keys().chain(made.keys().filter(|key| !here.contains_key(*key))) {
        let how = match (here.get(key), made.get(key)) {
            (Some(one), Some(other)) => attributes(one, other),
            // What hangs on an object that is missing itself is missing with it.
            (Some(one), None) if missing_parent(one, &made) || key.0 == "extension" => None,
            (None, Some(other)) if missing_parent(other, &here) => None,
            (Some(_), None) => Some("in the database, but the files do not make it".to_owned()),
            _ => Some("missing in the database".to_owned()),
        };
        found.extend(how.map(|how| Difference { object: format!("{} {}", key.0, key.1), how }));
    }
    found
}

/// Whether there is nothing in it that a file would have made.
pub(super) fn is_empty(catalog: &Catalog) -> bool {
    objects(catalog, Flavor::Postgres).keys().all(|(kind, _)| matches!(kind.as_str(), "schema" | "extension"))
}

/// How many objects it has.
pub(super) fn count(catalog: &Catalog) -> usize {
    objects(catalog, Flavor::Postgres).len()
}

fn objects(catalog: &Catalog, flavor: Flavor) -> Objects {
    let mut objects = Objects::new();
    // The model has nothing that JSON cannot hold.
    if let Ok(Value::Object(kinds)) = serde_json::to_value(catalog) {
        for (kind, list) in kinds.into_iter().filter(|(kind, _)| !LEFT_OUT.contains(&kind.as_str())) {
            collect(&kind, list, None, flavor, &mut objects);
        }
    }
    objects
}

/// Puts the objects of `list`, which hang on `parent`, into `objects`.
fn collect(kind: &str, list: Value, parent: Option<&Key>, flavor: Flavor, objects: &mut Objects) {
    let Value::Array(list) = list else { return };
    for value in list {
        let Value::Object(mut fields) = value else { continue };
        if is_tool(&fields) || serves_a_constraint(&fields) {
            continue;
        }
        let key = key(kind, &fields, parent);
        let owner = fields.get("owned_by").and_then(|owner| full_name(owner.get("table")?));
        let parent = parent.cloned().or(owner.map(|name| ("table".to_owned(), name)));
        fields.retain(|name, value| name != "name" && !IGNORED.contains(&name.as_str()) && !says_nothing(value));
        // SQLite keeps the statement as it was typed, and changes it by gluing: what it says is in columns and constraints.
        if flavor == Flavor::Sqlite && key.0 == "table" {
            fields.remove("definition");
        }
        let (parts, attributes): (Map<_, _>, Map<_, _>) =
            fields.into_iter().partition(|(_, value)| holds_objects(value));
        for (part, list) in parts {
            collect(&part, list, Some(&key), flavor, objects);
        }
        let attributes = attributes.into_iter().map(|(name, value)| (name, canonical(value, flavor))).collect();
        objects.insert(key, Object { parent, attributes });
    }
}

/// Its kind and its name, the names of what it hangs on in front.
fn key(kind: &str, fields: &Map<String, Value>, parent: Option<&Key>) -> Key {
    let own = match fields.get("name") {
        // SQLite has constraints without a name: they are what they say.
        Some(Value::String(name)) if name.is_empty() => {
            fields.get("definition").and_then(Value::as_str).map(str::to_owned)
        }
        Some(Value::String(name)) => Some(name.clone()),
        name => name.and_then(full_name),
    };
    // What has no name at all, such as a cast, is told by all that it is.
    let own = own.unwrap_or_else(|| Value::Object(fields.clone()).to_string());
    let overload = fields.get("identity").and_then(Value::as_str).filter(|_| parent.is_none());
    let own = overload.map_or(own.clone(), |arguments| format!("{own}({arguments})"));
    (singular(kind), parent.map_or(own.clone(), |(_, above)| format!("{above}.{own}")))
}

/// `{schema, name}` as people write it.
fn full_name(name: &Value) -> Option<String> {
    Some(qualified(name.get("schema")?.as_str()?, name.get("name")?.as_str()?))
}

/// The books of Mainstay or another tool, or what belongs to them.
fn is_tool(fields: &Map<String, Value>) -> bool {
    let of = |name: &Value| {
        let (schema, name) = (name.get("schema").and_then(Value::as_str), name.get("name").and_then(Value::as_str));
        schema.zip(name).is_some_and(|(schema, name)| ledger::owns(schema, name) || is_books(name))
    };
    let is_schema = fields.get("name").and_then(Value::as_str) == Some("mainstay");
    let owner = fields.get("owned_by").and_then(|owner| owner.get("table"));
    is_schema || fields.get("name").is_some_and(of) || owner.is_some_and(of)
}

/// The index of a key comes and goes with the constraint, which is compared.
fn serves_a_constraint(fields: &Map<String, Value>) -> bool {
    fields.get("constraint").is_some_and(Value::is_string)
}

fn says_nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

/// A list of named things, as opposed to a list of names.
fn holds_objects(value: &Value) -> bool {
    let is_object = |one: &Value| one.get("name").is_some() && one.as_object().is_some_and(|fields| fields.len() > 2);
    value.as_array().is_some_and(|list| list.iter().all(is_object))
}

/// SQLite's own text is as typed: there, space and comments do not count, nor does the case of words.
fn canonical(value: Value, flavor: Flavor) -> Value {
    match value {
        Value::String(text) if flavor == Flavor::Sqlite => {
            let token = |token: Token<'_>| match token.kind {
                TokenKind::Word => token.text.to_lowercase(),
                _ => token.text.to_owned(),
            };
            Value::String(significant(&text, flavor).map(token).collect::<Vec<_>>().join(" "))
        }
        Value::Array(list) => Value::Array(list.into_iter().map(|one| canonical(one, flavor)).collect()),
        other => other,
    }
}

fn missing_parent(object: &Object, others: &Objects) -> bool {
    object.parent.as_ref().is_some_and(|parent| !others.contains_key(parent))
}

/// The attributes that differ.
fn attributes(here: &Object, made: &Object) -> Option<String> {
    let names =
        here.attributes.keys().chain(made.attributes.keys().filter(|name| !here.attributes.contains_key(*name)));
    let differing = names.filter(|name| here.attributes.get(*name) != made.attributes.get(*name));
    let said: Vec<String> = differing
        .map(|name| {
            let (one, other) = (shown(here.attributes.get(name)), shown(made.attributes.get(name)));
            format!("{} is {one}, by the files {other}", name.replace('_', " "))
        })
        .collect();
    (!said.is_empty()).then(|| said.join("; "))
}

fn shown(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => return "none".to_owned(),
        Some(Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        Some(Value::String(text)) => text.replace('\n', " "),
        Some(other) => other.to_string(),
    };
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// `tables` as the word for one of them.
fn singular(kind: &str) -> String {
    let kind = kind.replace('_', " ");
    match (kind.strip_suffix("ies"), kind.strip_suffix("xes"), kind.strip_suffix('s')) {
        (Some(stem), ..) => format!("{stem}y"),
        (_, Some(stem), _) => format!("{stem}x"),
        (_, _, Some(stem)) => stem.to_owned(),
        _ => kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn catalog(value: Value) -> Catalog {
        serde_json::from_value(value).expect("a catalog")
    }

    fn table(name: &str, columns: &Value) -> Value {
        json!({"name": {"schema": "public", "name": name}, "owner": "a", "rows": 7, "columns": columns})
    }

    fn check(database: Value, files: Value, expected: &[&str]) {
        let found = differences(&catalog(database), &catalog(files), Flavor::Postgres);
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_only_one_has_and_what_differs() {
        check(
            json!({"tables": [table("a", &json!([{"name": "x", "data_type": "text"}, {"name": "y", "not_null": true}])),
                              table("old", &json!([{"name": "z"}]))]}),
            json!({"tables": [table("a", &json!([{"name": "y"}, {"name": "x", "data_type": "integer"}])),
                              table("new", &json!([{"name": "z"}]))]}),
            &[
                "column public.a.x: data type is text, by the files integer",
                "column public.a.y: not null is yes, by the files no",
                "table public.old: in the database, but the files do not make it",
                "table public.new: missing in the database",
            ],
        );
    }

    #[test]
    fn books_owners_and_an_administrators_extension_do_not_count() {
        check(
            json!({"tables": [table("alembic_version", &json!([])), {"name": {"schema": "mainstay", "name": "migration"}}],
                   "schemas": [{"name": "mainstay", "owner": "b"}, {"name": "public", "owner": "b"}],
                   "extensions": [{"name": "pg_stat_statements", "version": "1.10", "schema": "public"}],
                   "roles": [{"name": "walt"}]}),
            json!({"schemas": [{"name": "public", "owner": "a"}]}),
            &[],
        );
    }

    /// The model grows: a kind that has no name is compared whole, not passed over.
    #[test]
    fn what_has_no_name_is_an_object_too() {
        let mut found = Objects::new();
        collect("casts", json!([{"source": "a", "target": "b"}]), None, Flavor::Postgres, &mut found);
        let expected = ("cast".to_owned(), r#"{"source":"a","target":"b"}"#.to_owned());
        assert_eq!(found.keys().collect::<Vec<_>>(), [&expected]);
    }

    #[test]
    fn nothing_but_books_is_empty() {
        let books = json!({"tables": [table("alembic_version", &json!([]))], "schemas": [{"name": "public"}]});
        assert!(is_empty(&catalog(books)));
        assert!(!is_empty(&catalog(json!({"tables": [table("a", &json!([]))]}))));
    }
}
