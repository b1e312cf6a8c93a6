//! Names of rows that no query of the catalog's has read: objects of the system and of extensions whose privileges were
//! changed, and objects of kinds that the model has no place for.

use std::collections::HashMap;

use super::PostgresSession;
use super::book::Row;
use super::unreadable;
use crate::catalog::{ObjectId, ObjectKind};
use crate::engine::Session;
use crate::error::Result;

/// Asks the server what `rows` (and columns of them) are called; what is gone meanwhile has no name.
pub(super) async fn names(session: &mut PostgresSession, rows: &[(Row, i32)]) -> Result<HashMap<(Row, i32), ObjectId>> {
    /// Before PostgreSQL 14 the server fails for what is gone, where later ones answer nothing.
    const INTERNAL_ERROR: &str = "XX000";
    match ask(session, rows).await {
        Err(error) if error.sqlstate() == Some(INTERNAL_ERROR) => {
            let mut names = HashMap::new();
            session.query("ROLLBACK").await?;
            for row in rows {
                match ask(session, std::slice::from_ref(row)).await {
                    Err(error) if error.sqlstate() == Some(INTERNAL_ERROR) => drop(session.query("ROLLBACK").await?),
                    answer => names.extend(answer?),
                }
            }
            Ok(names)
        }
        answer => answer,
    }
}

async fn ask(session: &mut PostgresSession, rows: &[(Row, i32)]) -> Result<HashMap<(Row, i32), ObjectId>> {
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let list = |of: fn(&(Row, i32)) -> String| rows.iter().map(of).collect::<Vec<_>>().join(",");
    let (classes, oids, parts) =
        (list(|(row, _)| row.0.to_string()), list(|(row, _)| row.1.to_string()), list(|(_, part)| part.to_string()));
    let sql = format!(
        "BEGIN READ ONLY; SET LOCAL search_path = pg_catalog, pg_temp;
        SELECT a.class, a.object, a.part, i.type, array_to_json(i.object_names), 
            (SELECT oidvectortypes(p.proargtypes) FROM pg_proc p WHERE p.oid = a.object AND a.class = 'pg_proc'::regclass),
            pg_describe_object(a.class, a.object, a.part)
        FROM unnest('{{{classes}}}'::oid[], '{{{oids}}}'::oid[], '{{{parts}}}'::int[]) a(class, object, part),
            LATERAL pg_identify_object_as_address(a.class, a.object, a.part) i
        WHERE pg_describe_object(a.class, a.object, a.part) IS NOT NULL;
        COMMIT"
    );
    let answer = session.query(&sql).await.map_err(|error| error.context("cannot name what the catalog has"))?;
    let mut names = HashMap::new();
    for row in answer {
        let [Some(class), Some(object), Some(part), Some(kind), objects, arguments, Some(description)] = row.as_slice()
        else {
            return Err(unreadable("an object without a name"));
        };
        let number = |text: &str| text.parse::<i64>().map_err(|_| unreadable(text));
        let texts = |json: &Option<String>| -> Result<Vec<String>> {
            let list: Option<Vec<Option<String>>> = serde_json::from_str(json.as_deref().unwrap_or("[]"))
                .map_err(|wrong| unreadable(kind).source(wrong))?;
            Ok(list.unwrap_or_default().into_iter().flatten().collect())
        };
        let id = named(kind, &texts(objects)?, arguments.as_deref().unwrap_or_default(), description);
        names.insert(((number(class)? as u32, number(object)? as u32), number(part)? as i32), id);
    }
    Ok(names)
}

/// The kinds that have privileges or labels and names of one form; all else is called as the server describes it.
fn named(kind: &str, names: &[String], arguments: &str, description: &str) -> ObjectId {
    use ObjectKind as Kind;
    let kinds = [
        ("table", Kind::Table),
        ("view", Kind::View),
        ("materialized view", Kind::MaterializedView),
        ("foreign table", Kind::ForeignTable),
        ("sequence", Kind::Sequence),
        ("type", Kind::Type),
        ("schema", Kind::Schema),
        ("language", Kind::Language),
        ("function", Kind::Function),
        ("procedure", Kind::Procedure),
        ("aggregate", Kind::Aggregate),
        ("server", Kind::Server),
        ("foreign-data wrapper", Kind::ForeignDataWrapper),
        ("table column", Kind::Column),
        ("view column", Kind::Column),
        ("materialized view column", Kind::Column),
        ("foreign table column", Kind::Column),
    ];
    let unknown = || ObjectId::global(Kind::Unknown, description);
    let Some((_, kind)) = kinds.iter().find(|(word, _)| *word == kind) else { return unknown() };
    match names {
        [name] => ObjectId::global(*kind, &**name),
        [schema, name] => {
            ObjectId { schema: schema.clone(), detail: arguments.to_owned(), ..ObjectId::global(*kind, &**name) }
        }
        [schema, name, column] => {
            ObjectId { schema: schema.clone(), detail: column.clone(), ..ObjectId::global(*kind, &**name) }
        }
        _ => unknown(),
    }
}
