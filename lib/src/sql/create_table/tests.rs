use super::*;

fn check(sql: &str, column: &str, expected: &str) {
    let table = CreateTable::parse(sql).unwrap_or_else(|| panic!("{sql}"));
    let told = |clause: &Clause| {
        let name = clause.name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
        let conflict = clause.conflict.as_ref().map(|word| format!(" or {word}")).unwrap_or_default();
        format!("{name}{:?}{conflict}", clause.kind)
    };
    let clauses = match table.column(column) {
        Some(column) => &column.clauses,
        None => &table.constraints,
    };
    assert_eq!(clauses.iter().map(told).collect::<Vec<_>>().join("; "), expected, "{sql}");
}

#[test]
fn clauses_of_columns() {
    let sql = "CREATE TABLE t (a VARCHAR(20, 3) CONSTRAINT nn NOT NULL ON CONFLICT IGNORE DEFAULT -5 COLLATE nocase, \
               b INTEGER PRIMARY KEY DESC ON CONFLICT ROLLBACK AUTOINCREMENT, c DEFAULT (a + (1)) NULL, \
               d INT GENERATED ALWAYS AS (a || ')') STORED UNIQUE, e CHECK (a > 1) whatever (x))";
    check(sql, "a", "nn: NotNull or IGNORE; Default(\"-5\"); Collate(\"nocase\")");
    let descending = "KeyPart { column: \"\", collation: None, descending: true }";
    check(sql, "b", &format!("Primary {{ keys: [{descending}], autoincrement: true }} or ROLLBACK"));
    check(sql, "c", "Default(\"a + (1)\"); Null");
    check(sql, "d", "Generated { expression: \"a || ')'\", stored: true }; Unique([])");
    check(sql, "e", "Check(\"a > 1\"); Other(\"whatever\"); Other(\"(x)\")");
    let table = CreateTable::parse(sql).unwrap();
    assert_eq!(table.columns[0].data_type, "VARCHAR(20, 3)");
    assert_eq!(&sql[table.columns[2].place.clone()], "c DEFAULT (a + (1)) NULL");
}

#[test]
fn constraints_of_the_table_need_no_comma() {
    let sql = "CREATE TABLE IF NOT EXISTS main.\"t t\" (a, b INTEGER, PRIMARY KEY (b AUTOINCREMENT) \
               CONSTRAINT u UNIQUE (a COLLATE nocase DESC) ON CONFLICT REPLACE, \
               FOREIGN KEY (a, b) REFERENCES o (x, \"y z\") ON DELETE SET NULL MATCH full NOT DEFERRABLE) WITHOUT rowid, STRICT";
    let table = CreateTable::parse(sql).unwrap();
    assert_eq!((&sql[table.name.clone()], table.columns.len()), ("\"t t\"", 2));
    assert_eq!(table.options, ["WITHOUT ROWID", "STRICT"]);
    let key = ForeignDef {
        columns: vec!["a".into(), "b".into()],
        table: "o".into(),
        to: vec!["x".into(), "y z".into()],
        on_delete: "SET NULL".into(),
        matching: "FULL".into(),
        ..ForeignDef::default()
    };
    let part = |column: &str| KeyPart { column: column.into(), collation: None, descending: false };
    let clause = |name: Option<&str>, kind, conflict: Option<&str>| Clause {
        name: name.map(str::to_owned),
        kind,
        conflict: conflict.map(str::to_owned),
    };
    let unique = KeyPart { collation: Some("nocase".into()), descending: true, ..part("a") };
    assert_eq!(
        table.constraints,
        [
            clause(None, ClauseKind::Primary { keys: vec![part("b")], autoincrement: true }, None),
            clause(Some("u"), ClauseKind::Unique(vec![unique]), Some("REPLACE")),
            clause(None, ClauseKind::Foreign(key), None),
        ]
    );
}

#[test]
fn other_statements_are_none() {
    for sql in ["CREATE VIRTUAL TABLE t USING fts5(a)", "CREATE VIEW v AS SELECT 1", "CREATE TABLE t", ""] {
        assert_eq!(CreateTable::parse(sql), None, "{sql}");
    }
}
