//! SQLite's `CREATE TABLE`, taken apart. Every token of it comes to stand somewhere, so that nothing that SQLite keeps is lost.
//!
//! Source of the grammar: SQLite documentation, "CREATE TABLE".

use std::ops::Range;

use cursor::Cursor;

use super::words::significant;
use super::{Flavor, Token};

mod clauses;
mod cursor;

/// A `CREATE TABLE` statement. Places are byte offsets in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateTable {
    /// Where the table's name stands, without a schema.
    pub name: Range<usize>,
    /// Its columns, in order.
    pub columns: Vec<ColumnDef>,
    /// Constraints that stand behind the columns, in order.
    pub constraints: Vec<Clause>,
    /// Words behind the parentheses: `WITHOUT ROWID`, `STRICT`.
    pub options: Vec<String>,
}

/// A column as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnDef {
    /// Its name, unquoted.
    pub name: String,
    /// The declared type as written; empty for none.
    pub data_type: String,
    /// What follows the type.
    pub clauses: Vec<Clause>,
    /// Where its definition stands, comments before and after it left out.
    pub place: Range<usize>,
}

/// A constraint, or what else follows a column's type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Its name, where it has one.
    pub name: Option<String>,
    /// What it says.
    pub kind: ClauseKind,
    /// The word after `ON CONFLICT`, in upper case.
    pub conflict: Option<String>,
}

/// What a clause says; expressions as written, without parentheses around them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClauseKind {
    /// A primary key, of the column that it stands at where it names none.
    Primary {
        /// Its columns.
        keys: Vec<KeyPart>,
        /// `AUTOINCREMENT`.
        autoincrement: bool,
    },
    /// Unique values, of the column where it names none.
    Unique(Vec<KeyPart>),
    /// A condition on the row.
    Check(String),
    /// A row of another table.
    Foreign(ForeignDef),
    /// `NOT NULL`.
    NotNull,
    /// `NULL`, which says nothing.
    Null,
    /// A default, without parentheses around it.
    Default(String),
    /// A collation's name.
    Collate(String),
    /// A generated column's expression.
    Generated {
        /// The expression.
        expression: String,
        /// Kept on disk.
        stored: bool,
    },
    /// What the grammar did not have when this was written.
    Other(String),
}

/// A column of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPart {
    /// Its name, unquoted.
    pub column: String,
    /// The collation that the key compares by.
    pub collation: Option<String>,
    /// `DESC`.
    pub descending: bool,
}

/// A foreign key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForeignDef {
    /// The table's columns; none where it stands at a column.
    pub columns: Vec<String>,
    /// The other table, unquoted.
    pub table: String,
    /// Its columns; none for those of its primary key.
    pub to: Vec<String>,
    /// The words after `ON DELETE`, in upper case; empty for none.
    pub on_delete: String,
    /// The words after `ON UPDATE`, in upper case; empty for none.
    pub on_update: String,
    /// The word after `MATCH`, in upper case; empty for none. SQLite keeps it and does nothing by it.
    pub matching: String,
    /// `DEFERRABLE`.
    pub deferrable: bool,
    /// `INITIALLY DEFERRED`.
    pub deferred: bool,
}

/// Where a constraint of the table begins.
const CONSTRAINTS: [&str; 5] = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"];

impl CreateTable {
    /// Takes `sql` apart; `None` where it is not `CREATE TABLE … (…)`.
    pub fn parse(sql: &str) -> Option<Self> {
        let tokens: Vec<Token<'_>> = significant(sql, Flavor::Sqlite).collect();
        let mut at = Cursor { sql, tokens: &tokens, at: 0 };
        at.word("CREATE").then_some(())?;
        let _ = at.word("TEMP") || at.word("TEMPORARY");
        at.word("TABLE").then_some(())?;
        if at.word("IF") {
            let _ = at.word("NOT") && at.word("EXISTS");
        }
        let mut name = at.next()?;
        if at.punct(".") {
            name = at.next()?;
        }
        let (close, open) = (at.closing()?, at.at);
        at.at = open + 1;
        let mut table = Self {
            name: name.offset..name.offset + name.text.len(),
            columns: Vec::new(),
            constraints: Vec::new(),
            options: Vec::new(),
        };
        while at.at < close {
            if at.punct(",") {
                continue;
            }
            if at.is_word_of(&CONSTRAINTS) {
                let clause = at.clause();
                table.constraints.push(clause);
            } else {
                let column = at.column(close);
                table.columns.push(column);
            }
        }
        at.at = close + 1;
        let options: Vec<String> = at.rest().iter().map(|token| token.text.to_uppercase()).collect();
        table.options = options.split(|word| word == ",").map(|words| words.join(" ")).collect();
        table.options.retain(|option| !option.is_empty());
        Some(table)
    }

    /// The column `name`, in whatever case.
    pub fn column(&self, name: &str) -> Option<&ColumnDef> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// Every constraint and clause, with the column that it stands at.
    pub fn clauses(&self) -> impl Iterator<Item = (Option<&ColumnDef>, &Clause)> {
        let of_columns =
            self.columns.iter().flat_map(|column| column.clauses.iter().map(move |clause| (Some(column), clause)));
        of_columns.chain(self.constraints.iter().map(|clause| (None, clause)))
    }
}

impl ColumnDef {
    /// The expression that computes it, and whether its values are kept on disk.
    pub fn generated(&self) -> Option<(&str, bool)> {
        self.clauses.iter().find_map(|clause| match &clause.kind {
            ClauseKind::Generated { expression, stored } => Some((expression.as_str(), *stored)),
            _ => None,
        })
    }

    /// Its default, without parentheses around it.
    pub fn default_value(&self) -> Option<&str> {
        self.clauses.iter().find_map(|clause| match &clause.kind {
            ClauseKind::Default(value) => Some(value.as_str()),
            _ => None,
        })
    }

    /// The collation that it was given.
    pub fn collation(&self) -> Option<&str> {
        self.clauses.iter().find_map(|clause| match &clause.kind {
            ClauseKind::Collate(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The clause that refuses NULL.
    pub fn not_null(&self) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.kind == ClauseKind::NotNull)
    }
}

#[cfg(test)]
mod tests;
