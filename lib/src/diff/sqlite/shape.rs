//! A table of SQLite's as its statement says it, in a form in which two spellings of one thing are equal.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{
    Clause, ClauseKind, ColumnDef, CreateTable, Flavor, ForeignDef, KeyPart, ident, normal, normal_name, normal_with,
    significant, unquoted,
};

/// A table, taken apart.
pub(super) struct Shape<'a> {
    pub table: &'a Table,
    pub written: CreateTable,
    sql: &'a str,
    /// Each column's normal form, by name in lower case; constraints left out.
    pub columns: BTreeMap<String, String>,
    /// Each constraint's normal form, and the column that it is written at.
    pub constraints: Vec<(Option<String>, String)>,
    /// `STRICT`, `WITHOUT ROWID`, in order.
    pub options: Vec<String>,
}

/// How a column turns what it is given into what it keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Affinity {
    Text,
    Numeric,
    Real,
    /// Values stay as they are.
    Blob,
}

impl<'a> Shape<'a> {
    /// # Errors
    /// [`ErrorKind::Unsupported`]: its statement cannot be taken apart.
    pub(super) fn of(table: &'a Table, catalog: &Catalog) -> Result<Self> {
        let sql = table.definition.as_deref().unwrap_or_default();
        let written = CreateTable::parse(sql).ok_or_else(|| {
            Error::new(ErrorKind::Unsupported, format!("{} is made by a statement that cannot be read", table.id()))
                .hint("read it: mainstay schema dump")
        })?;
        let mut options = written.options.clone();
        options.sort();
        let mut shape = Self { table, written, sql, columns: BTreeMap::new(), constraints: Vec::new(), options };
        shape.columns = shape.written.columns.iter().map(|one| (one.name.to_lowercase(), shape.column(one))).collect();
        let constraint = |(column, clause): (Option<&ColumnDef>, &Clause)| {
            let at = column.map(|column| column.name.to_lowercase());
            shape.constraint(column, clause, catalog).map(|normal| (at, normal))
        };
        shape.constraints = shape.written.clauses().filter_map(constraint).collect();
        Ok(shape)
    }

    /// The statement that makes it under the name `name`, an identifier as SQL.
    pub(super) fn create_as(&self, name: &str) -> String {
        let place = &self.written.name;
        let body = self.unqualified(&self.sql[place.end..]);
        format!("{}{name}{body}", &self.sql[..place.start])
    }

    /// A column's definition as it is written.
    pub(super) fn text_of(&self, column: &ColumnDef) -> String {
        self.unqualified(&self.sql[column.place.clone()])
    }

    /// Has it numbers for its rows besides its key?
    pub(super) fn has_rowid(&self) -> bool {
        !self.options.iter().any(|option| option == "WITHOUT ROWID")
    }

    /// The column whose values are the numbers of the rows, in lower case.
    pub(super) fn rowid_alias(&self) -> Option<String> {
        if !self.has_rowid() {
            return None;
        }
        let key = self.written.clauses().find_map(|(column, clause)| match &clause.kind {
            ClauseKind::Primary { keys, .. } => Some((column, keys)),
            _ => None,
        })?;
        let column = match key {
            (Some(column), keys) => keys.is_empty().then_some(column)?,
            (None, keys) if keys.len() == 1 => self.written.column(&keys[0].column)?,
            _ => return None,
        };
        column.data_type.eq_ignore_ascii_case("integer").then(|| column.name.to_lowercase())
    }

    /// Does a number that was given never come again?
    pub(super) fn counts_up(&self) -> bool {
        self.written.clauses().any(|(_, clause)| matches!(clause.kind, ClauseKind::Primary { autoincrement: true, .. }))
    }

    /// Does a row without a value for the column fail? A key's columns fail too where there is no rowid.
    pub(super) fn refuses_null(&self, column: &ColumnDef) -> bool {
        let in_key = |(at, clause): (Option<&ColumnDef>, &Clause)| match &clause.kind {
            ClauseKind::Primary { keys, .. } => {
                at.is_some_and(|at| at.name == column.name) || keys.iter().any(|part| same(&part.column, &column.name))
            }
            _ => false,
        };
        column.not_null().is_some() || (!self.has_rowid() && self.written.clauses().any(in_key))
    }

    /// Says a clause what happens to rows that break it, other than that the statement fails?
    pub(super) fn forgives(&self) -> bool {
        self.written.clauses().any(|(_, clause)| clause.conflict.is_some())
    }

    /// Is `name`, in lower case, named anywhere besides its own definition: in a key, a check, another column's expression?
    pub(super) fn needs_column(&self, name: &str) -> bool {
        let mentions = |text: &str| mentions(text, name);
        self.written.clauses().any(|(at, clause)| {
            let own = at.is_some_and(|at| same(&at.name, name));
            let has = |parts: &[KeyPart]| parts.iter().any(|part| same(&part.column, name));
            match &clause.kind {
                ClauseKind::Primary { keys, .. } | ClauseKind::Unique(keys) => own || has(keys),
                ClauseKind::Foreign(key) => own || key.columns.iter().any(|column| same(column, name)),
                ClauseKind::Check(text) => !own && mentions(text),
                ClauseKind::Generated { expression, .. } => !own && mentions(expression),
                _ => false,
            }
        })
    }

    fn column(&self, column: &ColumnDef) -> String {
        let mut words = vec![normal(&column.data_type)];
        for clause in &column.clauses {
            words.push(match &clause.kind {
                ClauseKind::NotNull => format!("not null{}", conflict(clause)),
                // In a default, a name in double quotes can only be a text.
                ClauseKind::Default(value) => format!("default {}", normal_with(value, &|_| false)),
                ClauseKind::Collate(name) if !same(name, "binary") => format!("collate {}", normal_name(name)),
                ClauseKind::Generated { expression, stored } => {
                    format!("as ( {} ) {}", self.expression(expression), if *stored { "stored" } else { "virtual" })
                }
                ClauseKind::Other(text) => normal(text),
                _ => continue,
            });
        }
        words[1..].sort();
        words.join(" ")
    }

    /// A constraint's normal form, as if it stood behind the columns; `None` for what is a column's own.
    fn constraint(&self, column: Option<&ColumnDef>, clause: &Clause, catalog: &Catalog) -> Option<String> {
        let list = |names: &[String]| names.iter().map(|name| normal_name(name)).collect::<Vec<_>>().join(" , ");
        let keys = |parts: &[KeyPart]| match (column, parts) {
            (Some(column), []) => normal_name(&column.name),
            // `INTEGER PRIMARY KEY DESC` is no alias of the rowid, and `PRIMARY KEY (id DESC)` is one.
            (Some(column), _) => format!("{} itself desc", normal_name(&column.name)),
            (None, parts) => parts.iter().map(key_part).collect::<Vec<_>>().join(" , "),
        };
        let text = match &clause.kind {
            ClauseKind::Primary { keys: parts, autoincrement } => {
                let counts_up = if *autoincrement { " autoincrement" } else { "" };
                format!("primary key ( {} ){counts_up}", keys(parts))
            }
            ClauseKind::Unique(parts) => format!("unique ( {} )", keys(parts)),
            ClauseKind::Check(condition) => format!("check ( {} )", self.expression(condition)),
            ClauseKind::Foreign(key) => {
                let own = column.map_or_else(|| list(&key.columns), |column| normal_name(&column.name));
                let to = if key.to.is_empty() { primary_key(catalog, &key.table) } else { key.to.clone() };
                format!("foreign key ( {own} ) references {} ( {} ){}", normal_name(&key.table), list(&to), follow(key))
            }
            _ => return None,
        };
        let name = clause.name.as_ref().map(|name| format!("constraint {} ", normal_name(name)));
        Some(format!("{}{text}{}", name.unwrap_or_default(), conflict(clause)))
    }

    fn expression(&self, text: &str) -> String {
        normal_with(&self.unqualified(text), &|name| self.written.column(name).is_some() || is_rowid(name))
    }

    /// `text` without the table's own name in front of its columns: while it is rebuilt it has another.
    fn unqualified(&self, text: &str) -> String {
        let tokens: Vec<_> = significant(text, Flavor::Sqlite).collect();
        let (mut out, mut from) = (String::new(), 0);
        for pair in tokens.windows(2) {
            if pair[1].text == "." && same(&unquoted(pair[0].text), &self.table.name.name) {
                out.push_str(&text[from..pair[0].offset]);
                from = pair[1].offset + 1;
            }
        }
        out + &text[from..]
    }
}

impl Affinity {
    /// That of a declared type. Source: SQLite documentation, "Determination Of Column Affinity".
    pub(super) fn of(data_type: &str) -> Self {
        let upper = data_type.to_uppercase();
        let has = |parts: &[&str]| parts.iter().any(|part| upper.contains(part));
        match () {
            () if has(&["INT"]) => Self::Numeric,
            () if has(&["CHAR", "CLOB", "TEXT"]) => Self::Text,
            () if upper.is_empty() || has(&["BLOB"]) => Self::Blob,
            () if has(&["REAL", "FLOA", "DOUB"]) => Self::Real,
            () => Self::Numeric,
        }
    }
}

/// The names that SQLite has for a row's number.
pub(super) fn is_rowid(name: &str) -> bool {
    ["rowid", "_rowid_", "oid"].iter().any(|word| same(name, word))
}

/// Has `text` the name `name`, in whatever case and quotes?
pub(super) fn mentions(text: &str, name: &str) -> bool {
    significant(text, Flavor::Sqlite).any(|token| same(&unquoted(token.text), name))
}

pub(super) fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

fn key_part(part: &KeyPart) -> String {
    let collation = part.collation.as_ref().map(|name| format!(" collate {}", normal_name(name)));
    let order = if part.descending { " desc" } else { "" };
    format!("{}{}{order}", normal_name(&part.column), collation.unwrap_or_default())
}

/// What a row that breaks the clause meets; `ABORT` is what it meets anyway.
fn conflict(clause: &Clause) -> String {
    let word = clause.conflict.as_ref().filter(|word| *word != "ABORT");
    word.map(|word| format!(" on conflict {}", word.to_lowercase())).unwrap_or_default()
}

/// What a foreign key says behind the columns, without what holds anyway.
fn follow(key: &ForeignDef) -> String {
    let said = |word: &str, what: &str, nothing: &str| match what.is_empty() || what == nothing {
        true => String::new(),
        false => format!(" {word} {}", what.to_lowercase()),
    };
    let deferred = if key.deferrable && key.deferred { " deferrable initially deferred" } else { "" };
    let actions = said("on delete", &key.on_delete, "NO ACTION") + &said("on update", &key.on_update, "NO ACTION");
    actions + &said("match", &key.matching, "SIMPLE") + deferred
}

fn primary_key(catalog: &Catalog, table: &str) -> Vec<String> {
    let table = catalog.tables.iter().find(|one| same(&one.name.name, table));
    table.and_then(Table::primary_key).map(|key| key.columns.clone()).unwrap_or_default()
}

/// An identifier as SQL.
pub(super) fn name_of(table: &Table) -> String {
    ident(&table.name.name)
}
