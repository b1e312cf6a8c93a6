//! The schemas of five real services. They are not part of this project: the tests run where their folder is.

use std::io::Write;
use std::path::PathBuf;

use mainstay::catalog::{Action, Catalog, ConstraintKind, Name};
use mainstay_testing::{TestDatabase, server};

use super::read;

/// A database with the schema of `file`, or `None` where the cases are not.
fn load(file: &str) -> Option<TestDatabase> {
    let cases = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases/systems");
    if !cases.is_dir() {
        writeln!(std::io::stderr(), "not checked: the services' schemas are not at {}", cases.display()).expect("said");
        return None;
    }
    let script = std::fs::read_to_string(cases.join(file)).expect("the schema's file");
    // Owners and grants of the service's own roles are not what is tested.
    let script: Vec<&str> = script.lines().filter(|line| !line.contains(" OWNER TO ")).collect();
    let database = server().database();
    database.psql(&script.join("\n"));
    Some(database)
}

fn check(file: &str, tables: usize, foreign_keys: usize) -> Option<Catalog> {
    let database = load(file)?;
    let catalog = read(&database.target());
    let keys: usize = catalog.tables.iter().map(|table| table.foreign_keys().count()).sum();
    assert_eq!((catalog.tables.len(), keys), (tables, foreign_keys), "{file}");
    same_columns(&database, &catalog);
    same_constraints(&database, &catalog);
    same_indexes(&database, &catalog);
    same_sequences(&database, &catalog);
    Some(catalog)
}

/// What information_schema says of the columns.
fn same_columns(database: &TestDatabase, catalog: &Catalog) {
    let expected = database.psql(
        "SELECT table_schema || '.' || table_name || '.' || column_name || ' ' || is_nullable
         FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
         WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
         ORDER BY table_schema COLLATE \"C\", table_name COLLATE \"C\", ordinal_position",
    );
    let mut found = Vec::new();
    for table in &catalog.tables {
        let name = format!("{}.{}", table.name.schema, table.name.name);
        let yes = |not_null| if not_null { "NO" } else { "YES" };
        found.extend(table.columns.iter().map(|column| format!("{name}.{} {}", column.name, yes(column.not_null))));
    }
    assert_eq!(found.join("\n"), expected);
}

fn same_constraints(database: &TestDatabase, catalog: &Catalog) {
    let expected = database.psql(
        "SET search_path = '';
         SELECT t.relname || ' ' || c.conname || ' ' || pg_catalog.pg_get_constraintdef(c.oid)
         FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_class t ON t.oid = c.conrelid
         JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
         WHERE n.nspname = 'public' AND c.contype <> 'n'
         ORDER BY t.relname COLLATE \"C\", c.conname COLLATE \"C\"",
    );
    let mut found = Vec::new();
    for table in &catalog.tables {
        found
            .extend(table.constraints.iter().map(|one| format!("{} {} {}", table.name.name, one.name, one.definition)));
    }
    assert_eq!(found.join("\n"), expected);
}

fn same_indexes(database: &TestDatabase, catalog: &Catalog) {
    let expected = database.psql(
        "SELECT tablename || ' ' || indexname || ' ' || CASE WHEN k.oid IS NULL THEN indexdef ELSE '' END
         FROM pg_indexes
         LEFT JOIN pg_constraint k
           ON k.conindid = format('%I', indexname)::regclass AND k.conrelid = format('%I', tablename)::regclass
          AND k.contype <> 'f'
         WHERE schemaname = 'public' ORDER BY tablename COLLATE \"C\", indexname COLLATE \"C\"",
    );
    let mut found = Vec::new();
    for table in &catalog.tables {
        found.extend(table.indexes.iter().map(|one| format!("{} {} {}", table.name.name, one.name, one.definition)));
    }
    assert_eq!(found.join("\n"), expected);
}

fn same_sequences(database: &TestDatabase, catalog: &Catalog) {
    let expected = database.psql(
        "SELECT sequencename || ' ' || data_type || ' ' || start_value || ' ' || max_value || ' '
            || coalesce(pg_get_serial_sequence(format('public.%I', t.relname), a.attname), '-')
         FROM pg_sequences s
         LEFT JOIN pg_depend d ON d.objid = format('public.%I', sequencename)::regclass AND d.deptype IN ('a', 'i')
            AND d.classid = 'pg_class'::regclass AND d.refobjsubid > 0
         LEFT JOIN pg_class t ON t.oid = d.refobjid
         LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
         WHERE schemaname = 'public' ORDER BY sequencename COLLATE \"C\"",
    );
    let found: Vec<String> = (catalog.sequences.iter())
        .map(|one| {
            let owned = one.owned_by.as_ref().map_or("-".to_owned(), |_| format!("public.{}", one.name.name));
            format!("{} {} {} {} {owned}", one.name.name, one.data_type, one.start, one.max)
        })
        .collect();
    assert_eq!(found.join("\n"), expected);
}

#[test]
fn packit() {
    let Some(catalog) = check("packit/expected_schema_b4e11a52ea52.pg15.sql", 39, 39) else { return };
    assert_eq!(catalog.enums.len(), 11);
    let table = catalog.table("tft_test_run_targets").expect("the table");
    let key = table.foreign_keys().next().expect("a foreign key").references.as_ref().expect("its target");
    assert_eq!(key.table, Name::new("public", "tft_test_run_groups"));
    assert_eq!(key.columns, ["id"]);
    let groups = &key.table;
    let who: Vec<&str> = catalog.references_to(groups).map(|from| from.table.name.name.as_str()).collect();
    assert!(who.contains(&"tft_test_run_targets") && who.contains(&"pipelines"), "{who:?}");
}

#[test]
fn fractal() {
    let Some(catalog) = check("fractal/expected_schema_d4027db95431.pg15.sql", 22, 36) else { return };
    let table = catalog.table("user_oauth").expect("the table");
    let dirs = table.column("project_dirs").expect("the column");
    assert_eq!((dirs.data_type.as_str(), dirs.not_null), ("character varying[]", true));
    let cascades = |table: &str, action| {
        let table = catalog.table(table).expect("the table");
        table.foreign_keys().filter(|key| key.references.as_ref().is_some_and(|to| to.on_delete == action)).count()
    };
    let of = |action| cascades("historyrun", action);
    assert_eq!((of(Action::Cascade), of(Action::SetNull), of(Action::NoAction)), (1, 2, 1));
}

#[test]
fn tomato_backend() {
    let Some(catalog) = check("tomato/expected_schema_tomato2.pg15.sql", 25, 33) else { return };
    let profile = catalog.table("device_profile").expect("the table");
    assert_eq!(profile.column("default").map(|column| column.data_type.as_str()), Some("boolean"));
    let key = catalog.tables.iter().flat_map(|table| table.foreign_keys()).next().expect("a foreign key");
    assert!(key.deferrable && key.initially_deferred && key.validated);
}

#[test]
fn tomato_hostmanager() {
    check("tomato/expected_schema_tomhm.pg15.sql", 22, 29);
}

#[test]
fn walt() {
    let Some(catalog) = check("walt/expected_schema_fresh_HEAD.pg15.sql", 12, 11) else { return };
    let logs = catalog.table("logs").expect("the table");
    let columns: Vec<(&str, &str)> = logs.columns.iter().map(|one| (&*one.name, &*one.data_type)).collect();
    let expected = [("stream_id", "integer"), ("timestamp", "timestamp with time zone"), ("line", "text")];
    assert_eq!(columns, expected);
    let indexes: Vec<(&str, &[String])> = logs.indexes.iter().map(|one| (&*one.name, &*one.columns)).collect();
    let key = ["stream_id".to_owned()];
    let time = ["\"timestamp\"".to_owned()];
    assert_eq!(indexes, [("logs_stream_id_idx", &key[..]), ("logs_timestamp_idx", &time[..])]);
    assert_eq!(logs.constraints.len(), 1);
    assert_eq!(logs.constraints[0].kind, ConstraintKind::Foreign);
}

#[test]
fn walt_upgraded_from_version_4() {
    check("walt/expected_schema_v4_upgraded.pg15.sql", 13, 11);
}
