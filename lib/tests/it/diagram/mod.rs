//! Diagrams: what they show, how they are written, and whether one is still true.

mod check;
mod formats;
mod select;
mod services;

use std::sync::Arc;

use mainstay::catalog::{Catalog, Name, Scope};
use mainstay::conn::{SqliteTarget, Target};
use mainstay::diagram::{Graph, Selection};
use mainstay::engine::{Context, connect};
use mainstay::observer::Silent;

const SHOP: &str = r#"
CREATE TABLE customer (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL, email TEXT UNIQUE);
CREATE TABLE "order" (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer (id), parent INTEGER REFERENCES "order" (id));
CREATE TABLE item (shop INTEGER, nr INTEGER, "Größe <cm>" REAL, PRIMARY KEY (shop, nr));
CREATE TABLE line (
    order_id INTEGER NOT NULL REFERENCES "order" (id), shop INTEGER NOT NULL, nr INTEGER NOT NULL, amount INTEGER,
    PRIMARY KEY (order_id, shop, nr), FOREIGN KEY (shop, nr) REFERENCES item (shop, nr)
);
CREATE TABLE invoice (order_id INTEGER PRIMARY KEY REFERENCES "order" (id), total NUMERIC(10,2));
CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY);
"#;

/// The catalog of a SQLite database that `sql` has made.
fn catalog(sql: &str) -> Catalog {
    let folder = tempfile::tempdir().expect("a folder");
    let target = Target::Sqlite(SqliteTarget { path: folder.path().join("test.db") });
    let context = Context { observer: Arc::new(Silent), dial: None, application_name: "test".to_owned() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut session = connect(&target, &context).await.expect("a session");
        session.query(sql).await.expect("the script runs");
        session.catalog(Scope::Relations).await.expect("a catalog")
    })
}

/// What migration tools keep their books in.
fn hidden(name: &Name) -> bool {
    name.name == "alembic_version"
}

fn graph(sql: &str) -> Graph {
    Graph::select(&catalog(sql), &Selection::default(), hidden).expect("a graph")
}
