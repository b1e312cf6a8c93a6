//! One SQLite table.

use rusqlite::{Connection, OptionalExtension, Result, Row};

use super::{SCHEMA, ddl, triggers};
use crate::catalog::{
    Action, Column, Constraint, ConstraintKind, Generated, Identity, Index, Name, Reference, Size, Table,
};
use crate::sql::{self, Clause, ClauseKind, ColumnDef, CreateTable, ForeignDef, KeyPart, unquoted};

/// Reads the table `name` whose stored statement is `definition`.
pub(super) fn read(conn: &Connection, name: String, definition: String, options: Vec<String>) -> Result<Table> {
    if options.iter().any(|option| option == "VIRTUAL") {
        return Ok(virtual_table(conn, name, definition, options));
    }
    let written = CreateTable::parse(&definition);
    let columns = columns(conn, &name, written.as_ref())?;
    let indexes = indexes(conn, &name)?;
    let clauses: Vec<(Option<&ColumnDef>, &Clause)> = written.iter().flat_map(CreateTable::clauses).collect();
    let mut constraints = keys(conn, &name, &clauses, &indexes)?;
    constraints.extend(foreign_keys(conn, &name, &clauses)?);
    constraints.extend(clauses.iter().filter_map(|(_, clause)| check(clause)));
    Ok(Table {
        rows: estimate(conn, &name)?,
        size: Size::default(),
        triggers: triggers(conn, &name)?,
        name: Name::new(SCHEMA, name),
        definition: Some(definition),
        options,
        columns,
        constraints,
        indexes,
        ..Table::default()
    })
}

/// A virtual table is its statement; what its module says of columns is lost where the module is missing.
fn virtual_table(conn: &Connection, name: String, definition: String, options: Vec<String>) -> Table {
    let columns = columns(conn, &name, None).unwrap_or_default();
    Table { name: Name::new(SCHEMA, name), definition: Some(definition), options, columns, ..Table::default() }
}

/// The columns of a table or view, hidden ones of virtual tables left out.
pub(super) fn columns(conn: &Connection, name: &str, written: Option<&CreateTable>) -> Result<Vec<Column>> {
    let sql = "SELECT name, type, \"notnull\", dflt_value, hidden FROM pragma_table_xinfo(?1)
               WHERE hidden <> 1 ORDER BY cid";
    let column = |row: &Row<'_>| {
        let (name, hidden): (String, i64) = (row.get(0)?, row.get(4)?);
        let written = written.and_then(|table| table.column(&name));
        let expression = written.and_then(|column| column.generated()).map(|(expression, _)| expression.to_owned());
        let generated = Generated { expression: expression.unwrap_or_default(), stored: hidden == 3 };
        Ok(Column {
            data_type: row.get(1)?,
            not_null: row.get(2)?,
            default: row.get(3)?,
            identity: written.is_some_and(counts_up).then_some(Identity::ByDefault),
            generated: (hidden >= 2).then_some(generated),
            collation: written.and_then(ColumnDef::collation).map(str::to_owned),
            options: written.map(unusual).unwrap_or_default(),
            name,
            ..Column::default()
        })
    };
    conn.prepare_cached(sql)?.query_map([name], column)?.collect()
}

/// Is it an `AUTOINCREMENT` one?
fn counts_up(column: &ColumnDef) -> bool {
    column.clauses.iter().any(|clause| matches!(clause.kind, ClauseKind::Primary { autoincrement: true, .. }))
}

/// What a column says besides, as SQL: what happens to a row without a value, where that is not to refuse the statement.
fn unusual(column: &ColumnDef) -> Vec<String> {
    let conflict = column.not_null().and_then(|clause| clause.conflict.as_ref());
    let mut options: Vec<String> = conflict.map(|word| format!("NOT NULL ON CONFLICT {word}")).into_iter().collect();
    options.extend(column.clauses.iter().filter_map(|clause| match &clause.kind {
        ClauseKind::Other(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    }));
    options
}

fn indexes(conn: &Connection, table: &str) -> Result<Vec<Index>> {
    let sql = "SELECT l.name, l.\"unique\", l.origin, s.sql FROM pragma_index_list(?1) l
               LEFT JOIN sqlite_schema s ON s.type = 'index' AND s.name = l.name";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([table])?;
    let mut indexes = Vec::new();
    while let Some(row) = rows.next()? {
        let (name, origin): (String, String) = (row.get(0)?, row.get(2)?);
        let definition: String = row.get::<_, Option<String>>(3)?.unwrap_or_default();
        let written = if definition.is_empty() { Vec::new() } else { ddl::list(&definition) };
        indexes.push(Index {
            columns: keys_of(conn, &name, &written)?,
            predicate: ddl::predicate(&definition),
            method: "btree".to_owned(),
            unique: row.get(1)?,
            primary: origin == "pk",
            valid: true,
            constraint: None,
            name,
            definition,
            ..Index::default()
        });
    }
    Ok(indexes)
}

/// An index's keys; an expression's text is in the statement only.
fn keys_of(conn: &Connection, index: &str, written: &[String]) -> Result<Vec<String>> {
    let sql = "SELECT seqno, name FROM pragma_index_info(?1) ORDER BY seqno";
    let key = |row: &Row<'_>| {
        let (place, name): (u32, Option<String>) = (row.get(0)?, row.get(1)?);
        Ok(name.map_or_else(|| written.get(place as usize).cloned().unwrap_or_default(), |name| sql::ident(&name)))
    };
    conn.prepare_cached(sql)?.query_map([index], key)?.collect()
}

/// The primary key and the unique constraints.
fn keys(
    conn: &Connection,
    table: &str,
    clauses: &[(Option<&ColumnDef>, &Clause)],
    indexes: &[Index],
) -> Result<Vec<Constraint>> {
    let sql = "SELECT name FROM pragma_table_xinfo(?1) WHERE pk > 0 ORDER BY pk";
    let primary: Vec<String> =
        conn.prepare_cached(sql)?.query_map([table], |row| row.get(0))?.collect::<Result<_>>()?;
    let mut keys = Vec::new();
    if !primary.is_empty() {
        let is_primary = |clause: &Clause| matches!(clause.kind, ClauseKind::Primary { .. });
        let written = clauses.iter().find(|(_, clause)| is_primary(clause));
        keys.push(key(ConstraintKind::Primary, written.map(|(_, clause)| *clause), primary));
    }
    // The index of a constraint has no statement of its own.
    for index in indexes.iter().filter(|index| index.unique && !index.primary && index.definition.is_empty()) {
        let columns: Vec<String> = index.columns.iter().map(|column| unquoted(column)).collect();
        let written = clauses.iter().find(|(column, clause)| match &clause.kind {
            ClauseKind::Unique(parts) if parts.is_empty() => {
                column.is_some_and(|column| same(std::slice::from_ref(&column.name), &columns))
            }
            ClauseKind::Unique(parts) => same(&names(parts), &columns),
            _ => false,
        });
        keys.push(key(ConstraintKind::Unique, written.map(|(_, clause)| *clause), columns));
    }
    Ok(keys)
}

fn names(parts: &[KeyPart]) -> Vec<String> {
    parts.iter().map(|part| part.column.clone()).collect()
}

fn key(kind: ConstraintKind, written: Option<&Clause>, columns: Vec<String>) -> Constraint {
    let word = if kind == ConstraintKind::Primary { "PRIMARY KEY" } else { "UNIQUE" };
    let parts: &[KeyPart] = match written.map(|clause| &clause.kind) {
        Some(ClauseKind::Primary { keys, .. } | ClauseKind::Unique(keys)) => keys,
        _ => &[],
    };
    let part = |(at, column): (usize, &String)| {
        let written = parts.get(at);
        let collation =
            written.and_then(|part| part.collation.as_ref()).map(|name| format!(" COLLATE {}", sql::ident(name)));
        let order = if written.is_some_and(|part| part.descending) { " DESC" } else { "" };
        format!("{}{}{order}", sql::ident(column), collation.unwrap_or_default())
    };
    let list: Vec<String> = columns.iter().enumerate().map(part).collect();
    let conflict = written.and_then(|clause| clause.conflict.as_ref()).map(|word| format!(" ON CONFLICT {word}"));
    let definition = format!("{word} ({}){}", list.join(", "), conflict.unwrap_or_default());
    constraint(kind, written.and_then(|clause| clause.name.clone()).unwrap_or_default(), definition, columns)
}

fn check(clause: &Clause) -> Option<Constraint> {
    let ClauseKind::Check(condition) = &clause.kind else { return None };
    let (name, definition) = (clause.name.clone().unwrap_or_default(), format!("CHECK ({condition})"));
    let check = constraint(ConstraintKind::Check, name, definition, Vec::new());
    Some(Constraint { expression: Some(condition.clone()), ..check })
}

fn foreign_keys(conn: &Connection, table: &str, clauses: &[(Option<&ColumnDef>, &Clause)]) -> Result<Vec<Constraint>> {
    let sql = "SELECT id, \"table\", \"from\", \"to\", on_update, on_delete FROM pragma_foreign_key_list(?1)
               ORDER BY id, seq";
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([table])?;
    let mut keys: Vec<(i64, Constraint)> = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, from): (i64, String) = (row.get(0)?, row.get(2)?);
        if keys.last().is_none_or(|(last, _)| *last != id) {
            let references = Reference {
                table: Name::new(SCHEMA, row.get::<_, String>(1)?),
                columns: Vec::new(),
                on_update: action(&row.get::<_, String>(4)?),
                on_delete: action(&row.get::<_, String>(5)?),
                ..Reference::default()
            };
            let key = constraint(ConstraintKind::Foreign, String::new(), String::new(), Vec::new());
            keys.push((id, Constraint { references: Some(references), ..key }));
        }
        let Some((_, key)) = keys.last_mut() else { continue };
        key.columns.push(from);
        // NULL: the primary key of the other table, filled in once all are read.
        if let (Some(to), Some(references)) = (row.get::<_, Option<String>>(3)?, key.references.as_mut()) {
            references.columns.push(to);
        }
    }
    for (_, key) in &mut keys {
        let written =
            clauses.iter().find_map(|(column, clause)| Some((clause, written_foreign(*column, clause, key)?)));
        if let Some((clause, written)) = written {
            key.name = clause.name.clone().unwrap_or_default();
            (key.deferrable, key.initially_deferred) = (written.deferrable, written.deferred);
        }
    }
    Ok(keys.into_iter().map(|(_, key)| key).collect())
}

/// The key that `clause` says, where it is `key`.
fn written_foreign<'c>(column: Option<&ColumnDef>, clause: &'c Clause, key: &Constraint) -> Option<&'c ForeignDef> {
    let ClauseKind::Foreign(written) = &clause.kind else { return None };
    let own = column.map_or(written.columns.as_slice(), |column| std::slice::from_ref(&column.name));
    let to = key.references.as_ref().map(|to| to.table.name.as_str()).unwrap_or_default();
    (same(own, &key.columns) && written.table.eq_ignore_ascii_case(to)).then_some(written)
}

/// Gives keys that name no columns those of the other table's primary key, tables and columns the spelling that they were made
/// with, and every key its definition.
pub(super) fn complete_references(tables: &mut [Table]) {
    let known: Vec<Known> = tables.iter().map(Known::new).collect();
    for key in tables.iter_mut().flat_map(|table| &mut table.constraints) {
        let Some(to) = &mut key.references else { continue };
        if let Some(known) = known.iter().find(|known| known.name.name.eq_ignore_ascii_case(&to.table.name)) {
            to.table = known.name.clone();
            to.columns.iter_mut().for_each(|column| known.spell(column));
            if to.columns.is_empty() {
                to.columns.clone_from(&known.primary);
            }
        }
        let there = format!("{} ({})", sql::ident(&to.table.name), list(&to.columns));
        key.definition = format!("FOREIGN KEY ({}) REFERENCES {there}", list(&key.columns));
        for (event, action) in [("UPDATE", to.on_update), ("DELETE", to.on_delete)] {
            if let Some(words) = words(action) {
                key.definition.push_str(&format!(" ON {event} {words}"));
            }
        }
        if key.deferrable {
            key.definition.push_str(if key.initially_deferred {
                " DEFERRABLE INITIALLY DEFERRED"
            } else {
                " DEFERRABLE"
            });
        }
    }
}

/// What keys of other tables may mean.
struct Known {
    name: Name,
    columns: Vec<String>,
    primary: Vec<String>,
}

impl Known {
    fn new(table: &Table) -> Self {
        Self {
            name: table.name.clone(),
            columns: table.columns.iter().map(|column| column.name.clone()).collect(),
            primary: table.primary_key().map(|key| key.columns.clone()).unwrap_or_default(),
        }
    }

    /// Names are compared without case.
    fn spell(&self, name: &mut String) {
        if let Some(own) = self.columns.iter().find(|column| column.eq_ignore_ascii_case(name)) {
            name.clone_from(own);
        }
    }
}

/// Rows as `ANALYZE` counted them; `None` where it never did: counting would read the table.
fn estimate(conn: &Connection, table: &str) -> Result<Option<u64>> {
    let analysed = "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'";
    if conn.query_row(analysed, [], |_| Ok(())).optional()?.is_none() {
        return Ok(None);
    }
    // Each row begins with a number of entries; a partial index has fewer than the table.
    let sql = "SELECT max(CAST(stat AS INTEGER)) FROM sqlite_stat1 WHERE tbl = ?1";
    let rows: Option<i64> = conn.prepare_cached(sql)?.query_row([table], |row| row.get(0))?;
    Ok(rows.and_then(|rows| u64::try_from(rows).ok()))
}

fn constraint(kind: ConstraintKind, name: String, definition: String, columns: Vec<String>) -> Constraint {
    Constraint { name, kind, definition, columns, ..Constraint::default() }
}

fn action(text: &str) -> Action {
    match text {
        "CASCADE" => Action::Cascade,
        "RESTRICT" => Action::Restrict,
        "SET NULL" => Action::SetNull,
        "SET DEFAULT" => Action::SetDefault,
        _ => Action::NoAction,
    }
}

fn words(action: Action) -> Option<&'static str> {
    match action {
        Action::NoAction => None,
        Action::Restrict => Some("RESTRICT"),
        Action::Cascade => Some("CASCADE"),
        Action::SetNull => Some("SET NULL"),
        Action::SetDefault => Some("SET DEFAULT"),
    }
}

fn list(columns: &[String]) -> String {
    columns.iter().map(|column| sql::ident(column)).collect::<Vec<_>>().join(", ")
}

fn same(a: &[String], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.eq_ignore_ascii_case(b))
}
