//! SQLite's `CREATE TABLE`, taken apart. Every token of it comes to stand somewhere, so that nothing that SQLite keeps is lost.
//!
//! Source of the grammar: SQLite documentation, "CREATE TABLE".

use std::ops::Range;

use super::normal::unquoted;
use super::words::significant;
use super::{Flavor, Token, TokenKind};

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

/// Where a table's constraints begin, and a clause of a column.
const TABLE_CONSTRAINTS: [&str; 5] = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"];
const CLAUSES: [&str; 11] =
    ["CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE", "REFERENCES", "GENERATED", "AS"];

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
            if at.is_word_of(&TABLE_CONSTRAINTS) {
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

/// Walks the tokens of a statement.
struct Cursor<'a> {
    sql: &'a str,
    tokens: &'a [Token<'a>],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a [Token<'a>] {
        self.tokens.get(self.at..).unwrap_or_default()
    }

    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.tokens.get(self.at).copied()?;
        self.at += 1;
        Some(token)
    }

    fn name(&mut self) -> String {
        self.next().map(|token| unquoted(token.text)).unwrap_or_default()
    }

    fn upper(&mut self) -> String {
        self.next().map(|token| token.text.to_uppercase()).unwrap_or_default()
    }

    fn is_word(&self, word: &str) -> bool {
        self.rest().first().is_some_and(|token| token.kind == TokenKind::Word && token.text.eq_ignore_ascii_case(word))
    }

    fn is_word_of(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word(word))
    }

    /// Steps over `word`, where that is what stands here.
    fn word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    fn is_punct(&self, punct: &str) -> bool {
        self.rest().first().is_some_and(|token| token.kind == TokenKind::Punct && token.text == punct)
    }

    fn punct(&mut self, punct: &str) -> bool {
        let found = self.is_punct(punct);
        self.at += usize::from(found);
        found
    }

    /// The token that closes the parenthesis which opens here.
    fn closing(&self) -> Option<usize> {
        if !self.is_punct("(") {
            return None;
        }
        let mut depth = 0;
        for (at, token) in self.tokens.iter().enumerate().skip(self.at) {
            match token.text {
                "(" => depth += 1,
                ")" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(at);
            }
        }
        None
    }

    /// Steps over parentheses; returns the text in them.
    fn parentheses(&mut self) -> String {
        let Some(close) = self.closing() else { return String::new() };
        let from = self.tokens[self.at].offset + 1;
        self.at = close + 1;
        self.sql[from..self.tokens[close].offset].trim().to_owned()
    }

    /// Steps over a list of names in parentheses; none where there is none.
    fn names(&mut self) -> Vec<String> {
        self.parts().into_iter().map(|part| part.column).collect()
    }

    /// Steps over a key's columns in parentheses.
    fn parts(&mut self) -> Vec<KeyPart> {
        let Some(close) = self.closing() else { return Vec::new() };
        let mut parts = Vec::new();
        self.at += 1;
        while self.at < close {
            let mut part = KeyPart { column: self.name(), collation: None, descending: false };
            while self.at < close && !self.punct(",") {
                if self.word("COLLATE") {
                    part.collation = Some(self.name());
                } else if self.word("DESC") {
                    part.descending = true;
                } else if self.is_word("AUTOINCREMENT") {
                    break;
                } else {
                    self.at += 1;
                }
            }
            if self.word("AUTOINCREMENT") {
                self.punct(",");
            }
            parts.push(part);
        }
        self.at = close + 1;
        parts
    }

    fn column(&mut self, end: usize) -> ColumnDef {
        let first = self.at;
        let mut column = ColumnDef { name: self.name(), ..ColumnDef::default() };
        let from = self.at;
        while self.at < end && !self.is_punct(",") && !self.is_word_of(&CLAUSES) {
            self.at = self.closing().unwrap_or(self.at) + 1;
        }
        column.data_type = self.text(from..self.at);
        while self.at < end && !self.is_punct(",") {
            let clause = self.clause();
            column.clauses.push(clause);
        }
        column.place = self.place(first..self.at);
        column
    }

    /// Reads one clause, with its name before and its conflict clause behind; takes at least one token.
    fn clause(&mut self) -> Clause {
        let mut name = None;
        while self.word("CONSTRAINT") {
            name = Some(self.name());
        }
        let from = self.at;
        let mut kind = if self.word("PRIMARY") {
            self.word("KEY");
            let listed = self.closing().map_or(&[][..], |close| &self.tokens[self.at..close]);
            let autoincrement = listed.iter().any(|token| token.text.eq_ignore_ascii_case("AUTOINCREMENT"));
            let mut keys = self.parts();
            if keys.is_empty() && !self.word("ASC") && self.word("DESC") {
                // The column's own, whose order makes it no alias of the rowid.
                keys.push(KeyPart { column: String::new(), collation: None, descending: true });
            }
            ClauseKind::Primary { keys, autoincrement }
        } else if self.word("UNIQUE") {
            ClauseKind::Unique(self.parts())
        } else if self.word("CHECK") {
            ClauseKind::Check(self.parentheses())
        } else if self.word("FOREIGN") {
            self.word("KEY");
            let columns = self.names();
            self.word("REFERENCES");
            ClauseKind::Foreign(self.references(columns))
        } else if self.word("REFERENCES") {
            ClauseKind::Foreign(self.references(Vec::new()))
        } else if self.word("NOT") {
            self.word("NULL");
            ClauseKind::NotNull
        } else if self.word("NULL") {
            ClauseKind::Null
        } else if self.word("DEFAULT") {
            ClauseKind::Default(self.default())
        } else if self.word("COLLATE") {
            ClauseKind::Collate(self.name())
        } else if self.is_word("GENERATED") || self.is_word("AS") {
            let _ = self.word("GENERATED") && self.word("ALWAYS");
            self.word("AS");
            let expression = self.parentheses();
            let stored = self.word("STORED");
            self.word("VIRTUAL");
            ClauseKind::Generated { expression, stored }
        } else {
            // A constraint may have a name and nothing else.
            if !self.is_punct(",") && !self.is_punct(")") {
                self.at = self.closing().unwrap_or(self.at) + 1;
            }
            ClauseKind::Other(self.text(from..self.at))
        };
        let conflict = (self.word("ON") && self.word("CONFLICT")).then(|| self.upper());
        if let ClauseKind::Primary { autoincrement, .. } = &mut kind {
            *autoincrement |= self.word("AUTOINCREMENT");
        }
        Clause { name, kind, conflict }
    }

    /// What follows `REFERENCES`.
    fn references(&mut self, columns: Vec<String>) -> ForeignDef {
        let mut key = ForeignDef { columns, table: self.name(), to: self.names(), ..ForeignDef::default() };
        loop {
            if self.is_word("ON") && !self.follows("CONFLICT") {
                self.at += 1;
                let deletes = self.word("DELETE");
                let _ = deletes || self.word("UPDATE");
                let mut action = self.upper();
                if matches!(action.as_str(), "SET" | "NO") {
                    action = format!("{action} {}", self.upper());
                }
                *(if deletes { &mut key.on_delete } else { &mut key.on_update }) = action;
            } else if self.word("MATCH") {
                key.matching = self.upper();
            } else if self.is_word("NOT") && self.follows("DEFERRABLE") {
                self.at += 2;
                key.deferrable = false;
                self.initially();
            } else if self.word("DEFERRABLE") {
                key.deferrable = true;
                key.deferred = self.initially();
            } else {
                return key;
            }
        }
    }

    /// Steps over `INITIALLY …`; `true` for deferred.
    fn initially(&mut self) -> bool {
        self.word("INITIALLY") && self.upper() == "DEFERRED"
    }

    fn follows(&self, word: &str) -> bool {
        let next = self.tokens.get(self.at + 1);
        next.is_some_and(|token| token.kind == TokenKind::Word && token.text.eq_ignore_ascii_case(word))
    }

    fn default(&mut self) -> String {
        if self.is_punct("(") {
            return self.parentheses();
        }
        let from = self.at;
        let _ = self.punct("+") || self.punct("-");
        self.at += 1;
        self.text(from..self.at)
    }

    fn place(&self, tokens: Range<usize>) -> Range<usize> {
        match self.tokens.get(tokens).unwrap_or_default() {
            [] => 0..0,
            [first, .., last] => first.offset..last.offset + last.text.len(),
            [one] => one.offset..one.offset + one.text.len(),
        }
    }

    fn text(&self, tokens: Range<usize>) -> String {
        self.sql[self.place(tokens)].to_owned()
    }
}

#[cfg(test)]
mod tests {
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
}
