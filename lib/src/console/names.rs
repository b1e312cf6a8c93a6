//! The names that a person may want to be completed, asked of the server in one message.

use std::collections::HashMap;

use super::Console;
use crate::engine::Row;
use crate::error::Result;
use crate::sql::Flavor;

/// Rows of the answer at most: a database of more names than that completes those that came.
const MOST: usize = 200_000;

/// Nobody waits longer than this for completion.
const PATIENCE: &str = "2s";

/// What there is to name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Schemas.
    pub schemas: Vec<String>,
    /// Tables and views.
    pub relations: Vec<RelationName>,
    /// Functions that need no schema before their name.
    pub functions: Vec<String>,
    /// Databases of the server.
    pub databases: Vec<String>,
    /// Keywords, in lower case; empty where the server does not tell them.
    pub keywords: Vec<String>,
}

/// A table or view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationName {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// It needs no schema before its name.
    pub visible: bool,
    /// Its columns.
    pub columns: Vec<String>,
}

impl Console {
    /// Asks for the names; not to be called while the user's transaction is open, for it makes one of its own.
    ///
    /// # Errors
    /// The server does not answer, or not in time.
    pub async fn names(&mut self) -> Result<Names> {
        let rows = match self.flavor() {
            Flavor::Sqlite => self.session.query(SQLITE).await?,
            Flavor::Postgres => {
                let sql = format!(
                    "BEGIN READ ONLY; SET LOCAL statement_timeout = '{PATIENCE}'; {POSTGRES} LIMIT {MOST}; ROLLBACK"
                );
                match self.session.query(&sql).await {
                    Ok(rows) => rows,
                    Err(error) => {
                        // Where the connection is lost this fails too, and the first error is the one to tell.
                        let _ = self.session.query("ROLLBACK").await;
                        return Err(error);
                    }
                }
            }
        };
        Ok(sorted(rows))
    }
}

/// Rows of (kind, schema, relation or name, column or `visible`); relations come before columns.
const POSTGRES: &str = "
SELECT kind, schema, name, more FROM (
  SELECT 1 AS place, 0 AS number, 'keyword' AS kind, '' AS schema, word AS name, '' AS more
    FROM pg_catalog.pg_get_keywords()
  UNION ALL SELECT 2, 0, 'database', '', datname, '' FROM pg_catalog.pg_database WHERE datallowconn
  UNION ALL SELECT 2, 0, 'schema', '', nspname, '' FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_(toast|temp)'
  UNION ALL SELECT 3, 0, 'relation', n.nspname, c.relname,
      CASE WHEN pg_catalog.pg_table_is_visible(c.oid) THEN 'visible' ELSE '' END
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_(toast|temp)'
  UNION ALL SELECT 4, a.attnum, 'column', n.nspname, c.relname, a.attname
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_(toast|temp)'
  UNION ALL SELECT DISTINCT 5, 0, 'function', '', p.proname, ''
    FROM pg_catalog.pg_proc p WHERE pg_catalog.pg_function_is_visible(p.oid)
) AS names ORDER BY place, schema, name, number";

const SQLITE: &str = "
SELECT 'relation', 'main', name, 'visible' FROM sqlite_schema WHERE type IN ('table', 'view')
UNION ALL SELECT 'column', 'main', m.name, c.name
  FROM sqlite_schema m JOIN pragma_table_xinfo(m.name) c WHERE m.type IN ('table', 'view')
UNION ALL SELECT DISTINCT 'function', '', name, '' FROM pragma_function_list";

fn sorted(rows: Vec<Row>) -> Names {
    let mut names = Names::default();
    let mut places = HashMap::new();
    for row in rows {
        let [Some(kind), Some(schema), Some(name), Some(more)] = row.as_slice() else { continue };
        match kind.as_str() {
            "keyword" => names.keywords.push(name.clone()),
            "database" => names.databases.push(name.clone()),
            "schema" => names.schemas.push(name.clone()),
            "function" => names.functions.push(name.clone()),
            "relation" => {
                places.insert((schema.clone(), name.clone()), names.relations.len());
                names.relations.push(RelationName {
                    schema: schema.clone(),
                    name: name.clone(),
                    visible: more == "visible",
                    columns: Vec::new(),
                });
            }
            _ => {
                if let Some(at) = places.get(&(schema.clone(), name.clone())) {
                    names.relations[*at].columns.push(more.clone());
                }
            }
        }
    }
    names
}
