//! The grammar of columns and constraints.

use super::cursor::Cursor;
use super::{Clause, ClauseKind, ColumnDef, ForeignDef, KeyPart};

/// Where a clause of a column begins.
const CLAUSES: [&str; 11] =
    ["CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE", "REFERENCES", "GENERATED", "AS"];

impl Cursor<'_> {
    /// Reads a column, which is over at the token `end` at the latest.
    pub(super) fn column(&mut self, end: usize) -> ColumnDef {
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
    pub(super) fn clause(&mut self) -> Clause {
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

    fn default(&mut self) -> String {
        if self.is_punct("(") {
            return self.parentheses();
        }
        let from = self.at;
        let _ = self.punct("+") || self.punct("-");
        self.at += 1;
        self.text(from..self.at)
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
}
