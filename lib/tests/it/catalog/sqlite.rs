//! The SQLite reader.

use std::sync::Arc;

use mainstay::catalog::{Action, Catalog, ConstraintKind, Identity, Scope};
use mainstay::conn::{SqliteTarget, Target};
use mainstay::engine::{Context, connect};
use mainstay::observer::Silent;

fn read_after(sql: &str) -> Catalog {
    let folder = tempfile::tempdir().expect("a folder");
    let target = Target::Sqlite(SqliteTarget { path: folder.path().join("test.db") });
    let context = Context { observer: Arc::new(Silent), dial: None, application_name: "test".to_owned() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut session = connect(&target, &context).await.expect("a session");
        session.query(sql).await.expect("the script runs");
        session.catalog(Scope::All).await.expect("a catalog")
    })
}

#[test]
fn an_empty_file_has_an_empty_catalog() {
    let catalog = read_after("SELECT 1");
    assert!(catalog.tables.is_empty() && catalog.views.is_empty());
    assert_eq!(catalog.schemas[0].name, "main");
}

#[test]
fn everything_a_table_has() {
    let catalog = read_after(
        r#"
        CREATE TABLE "Größe" (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            "camelCase" TEXT NOT NULL DEFAULT 'a, (b' COLLATE NOCASE UNIQUE,
            n INT CONSTRAINT positive CHECK (n > 0 AND n <> (1 + 1)), -- a remark, with a comma
            twice INT GENERATED ALWAYS AS (n * 2) STORED,
            thrice INT AS (n * 3),
            CONSTRAINT both UNIQUE (n, [camelCase]),
            CHECK (length("camelCase") < 10)
        );
        CREATE TABLE "order" (
            a INT, b INT,
            up INT REFERENCES "Größe" ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
            PRIMARY KEY (b, a),
            CONSTRAINT "to size" FOREIGN KEY (a, "b") REFERENCES größe (n, "camelCase") ON UPDATE SET NULL NOT DEFERRABLE
        ) WITHOUT ROWID, STRICT;
        CREATE INDEX part ON "Größe" (n, lower("camelCase")) WHERE n > 5;
        CREATE VIEW v AS SELECT n FROM "Größe";
        CREATE TRIGGER t AFTER INSERT ON "order" BEGIN SELECT 1; END;
        INSERT INTO "Größe" (n, "camelCase") VALUES (1, 'x'), (3, 'y');
        ANALYZE;
        "#
        .replace("größe", "\"Größe\"")
        .as_str(),
    );
    let names: Vec<&str> = catalog.tables.iter().map(|table| table.name.name.as_str()).collect();
    assert_eq!(names, ["Größe", "order"]);
    let size = catalog.table("Größe").expect("the table");
    assert_eq!(size.rows, Some(2));
    assert_eq!(size.column("id").and_then(|id| id.identity), Some(Identity::ByDefault));
    let camel = size.column("camelCase").expect("the column");
    assert!(camel.not_null);
    assert_eq!((camel.default.as_deref(), camel.collation.as_deref()), (Some("'a, (b'"), Some("NOCASE")));
    let generated = |name: &str| {
        let generated = size.column(name).and_then(|column| column.generated.clone()).expect("generated");
        (generated.expression, generated.stored)
    };
    assert_eq!(generated("twice"), ("n * 2".to_owned(), true));
    assert_eq!(generated("thrice"), ("n * 3".to_owned(), false));
    let constraints: Vec<(&str, &str)> = size.constraints.iter().map(|one| (&*one.name, &*one.definition)).collect();
    let expected = [
        ("", "PRIMARY KEY (id)"),
        ("", "UNIQUE (\"camelCase\")"),
        ("", "CHECK (length(\"camelCase\") < 10)"),
        ("both", "UNIQUE (n, \"camelCase\")"),
        ("positive", "CHECK (n > 0 AND n <> (1 + 1))"),
    ];
    for one in expected {
        assert!(constraints.contains(&one), "{one:?} in {constraints:?}");
    }
    assert_eq!(constraints.len(), expected.len());
    let part = size.index("part").expect("the index");
    assert_eq!(part.columns, ["n", "lower(\"camelCase\")"]);
    assert_eq!(part.predicate.as_deref(), Some("n > 5"));

    let order = catalog.table("order").expect("the table");
    assert_eq!(order.options, ["STRICT", "WITHOUT ROWID"]);
    assert_eq!(order.primary_key().map(|key| key.columns.clone()), Some(vec!["b".to_owned(), "a".to_owned()]));
    assert_eq!(order.triggers.len(), 1);
    let keys: Vec<_> = order.foreign_keys().collect();
    let named = keys.iter().find(|key| key.name == "to size").expect("the named key");
    assert_eq!(named.references.as_ref().map(|to| to.on_update), Some(Action::SetNull));
    assert!(!named.deferrable);
    let up = keys.iter().find(|key| key.columns == ["up"]).expect("the other key");
    let to = up.references.as_ref().expect("its target");
    assert_eq!((to.columns.as_slice(), to.on_delete), (&["id".to_owned()][..], Action::Cascade));
    assert!(up.deferrable && up.initially_deferred);
    assert_eq!(catalog.references_to(&size.name).count(), 2);
    assert_eq!(catalog.views[0].columns[0].name, "n");
    assert!(catalog.database.bytes.is_some_and(|bytes| bytes >= 4096));
}

#[test]
fn a_broken_view_and_a_virtual_table() {
    let catalog = read_after(
        "CREATE TABLE gone (a); CREATE VIEW v AS SELECT a FROM gone; PRAGMA foreign_keys = off; DROP TABLE gone;
         CREATE VIRTUAL TABLE words USING fts5(body);
         CREATE TABLE child (a INT REFERENCES nowhere)",
    );
    assert_eq!(catalog.views[0].columns, []);
    let names: Vec<&str> = catalog.tables.iter().map(|table| table.name.name.as_str()).collect();
    assert_eq!(names, ["child", "words"]);
    let key = catalog.tables[0].foreign_keys().next().expect("the key");
    assert_eq!(key.kind, ConstraintKind::Foreign);
    assert_eq!(key.references.as_ref().map(|to| to.table.name.as_str()), Some("nowhere"));
    assert_eq!(catalog.tables[1].options, ["VIRTUAL"]);
}
