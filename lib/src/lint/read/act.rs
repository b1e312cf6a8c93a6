//! What statements do, as far as a rule asks.

use crate::catalog::Name;
use crate::plan::words::{Word, name_len, phrase};
use crate::sql::ident;

/// A statement and what it does.
#[derive(Clone, Debug)]
pub(in crate::lint) struct Statement<'a> {
    /// Its text.
    pub text: &'a str,
    /// Byte offset in the script.
    pub offset: usize,
    /// Does it run inside a transaction?
    pub in_transaction: bool,
    /// What it does, in the order of the text.
    pub acts: Vec<Act>,
}

/// One thing that a statement does.
#[derive(Clone, Debug)]
pub(in crate::lint) struct Act {
    /// Byte offset in the script.
    pub offset: usize,
    /// What.
    pub does: Does,
}

/// The name of a table or of another object that lives in a schema.
#[derive(Clone, Debug, Default)]
pub(in crate::lint) struct Named {
    /// As written.
    pub text: String,
    schema: Option<String>,
    name: String,
}

/// What is done.
#[derive(Clone, Debug)]
pub(in crate::lint) enum Does {
    CreateTable {
        table: Named,
        if_not_exists: bool,
    },
    CreateType {
        name: Named,
    },
    /// `CREATE INDEX`, and the index that a key makes.
    CreateIndex {
        table: Named,
        columns: Vec<String>,
    },
    CreateTrigger {
        table: Named,
    },
    AddColumn(NewColumn),
    DropColumn {
        table: Named,
        column: String,
        cascade: bool,
    },
    RenameColumn {
        table: Named,
        column: String,
    },
    RenameTable {
        table: Named,
        to: String,
    },
    ChangeType {
        table: Named,
        column: String,
        to: String,
        using: bool,
    },
    SetNotNull {
        table: Named,
        column: String,
    },
    AddConstraint {
        table: Named,
        kind: Kind,
        columns: Vec<String>,
        expression: String,
        checked: bool,
    },
    DropConstraint {
        table: Named,
        name: String,
        cascade: bool,
    },
    /// A foreign key, wherever it is written.
    ForeignKey {
        table: Named,
        columns: Vec<String>,
        to: Named,
    },
    /// Any other `ALTER TABLE`.
    AlterTable {
        table: Named,
        what: String,
    },
    AddEnumValue {
        name: Named,
        value: String,
    },
    Drop {
        kind: String,
        names: Vec<Named>,
        cascade: bool,
    },
    Truncate {
        tables: Vec<Named>,
    },
    LockTable {
        tables: Vec<Named>,
    },
    Write {
        table: Named,
        verb: &'static str,
        filtered: bool,
    },
    Pragma {
        name: String,
    },
}

/// The kinds of constraints that rows can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lint) enum Kind {
    Primary,
    Unique,
    Check,
    Exclusion,
    Foreign,
}

/// A column that is added to a table.
#[derive(Clone, Debug, Default)]
pub(in crate::lint) struct NewColumn {
    pub table: Named,
    pub column: String,
    pub not_null: bool,
    /// The default's text.
    pub default: Option<String>,
    /// It is an identity or a generated column, or of a serial type: rows get a value.
    pub filled: bool,
    /// Generated and stored.
    pub stored: bool,
    pub unique: bool,
    pub primary: bool,
    pub references: bool,
}

impl Named {
    /// The possibly qualified name that `words` begin with.
    pub(super) fn read(words: &[Word<'_>]) -> Self {
        let words = &words[..name_len(words)];
        let parts: Vec<String> = words.iter().filter(|word| word.text != ".").map(|word| folded(word.text)).collect();
        let mut parts = parts.into_iter().rev();
        let name = parts.next().unwrap_or_default();
        Self { text: phrase(words), schema: parts.next(), name }
    }

    /// The name of an object of the catalog.
    pub fn of(name: &Name) -> Self {
        let text = if name.schema == "public" { ident(&name.name) } else { name.to_string() };
        Self { text, schema: Some(name.schema.clone()), name: name.name.clone() }
    }

    /// Whether both may be the same object: one without a schema is looked for in any.
    pub fn is(&self, other: &Self) -> bool {
        self.name == other.name && (self.schema.is_none() || other.schema.is_none() || self.schema == other.schema)
    }

    /// The name without its schema, as the server keeps it.
    pub fn bare(&self) -> &str {
        &self.name
    }

    /// The same object under another name.
    pub fn renamed(&self, to: &str) -> Self {
        Self { text: to.to_owned(), schema: self.schema.clone(), name: folded(to) }
    }
}

/// An identifier as the server keeps it: quotes taken off, else in lower case.
pub(in crate::lint) fn folded(text: &str) -> String {
    let quoted = |open: char, close: char| text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    if let Some(inner) = quoted('"', '"') {
        return inner.replace("\"\"", "\"");
    }
    match quoted('`', '`').or_else(|| quoted('[', ']')) {
        Some(inner) => inner.to_owned(),
        None => text.to_lowercase(),
    }
}

impl Does {
    /// The table that it is about, where it is about one.
    pub fn table(&self) -> Option<&Named> {
        match self {
            Self::CreateTable { table, .. }
            | Self::CreateIndex { table, .. }
            | Self::CreateTrigger { table }
            | Self::DropColumn { table, .. }
            | Self::RenameColumn { table, .. }
            | Self::RenameTable { table, .. }
            | Self::ChangeType { table, .. }
            | Self::SetNotNull { table, .. }
            | Self::AddConstraint { table, .. }
            | Self::DropConstraint { table, .. }
            | Self::ForeignKey { table, .. }
            | Self::AlterTable { table, .. }
            | Self::Write { table, .. } => Some(table),
            Self::AddColumn(column) => Some(&column.table),
            Self::Truncate { tables } | Self::LockTable { tables } => tables.first(),
            Self::Drop { kind, names, .. } if kind == "TABLE" => names.first(),
            _ => None,
        }
    }
}

impl Statement<'_> {
    /// The last thing that it does at or before byte `offset` of the script.
    pub fn act_at(&self, offset: usize) -> Option<&Act> {
        self.acts.iter().rev().find(|act| act.offset <= offset).or(self.acts.first())
    }
}
