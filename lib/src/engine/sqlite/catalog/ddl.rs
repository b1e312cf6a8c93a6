//! What SQLite keeps only in the text of its `CREATE` statements: check constraints, names of constraints, generated
//! columns' expressions, collations, deferrable keys, `AUTOINCREMENT`.
//!
//! Source of the grammar: SQLite documentation, "CREATE TABLE".

use crate::sql::{self, Flavor, Token, TokenKind, tokens};

/// A table's statement, taken apart as far as the pragmas are silent.
#[derive(Default)]
pub(super) struct Ddl {
    /// Column definitions and table constraints, in order.
    items: Vec<Item>,
}

/// One comma-separated part of the statement's parentheses.
#[derive(Default)]
struct Item {
    /// The first word, unquoted: a column's name.
    head: String,
    /// The expression after `AS`.
    generated: Option<String>,
    /// The name after `COLLATE`.
    collation: Option<String>,
    autoincrement: bool,
    constraints: Vec<Clause>,
}

/// A constraint as written.
pub(super) struct Clause {
    /// Its name, where it has one.
    pub(super) name: String,
    /// `CHECK`, `UNIQUE`, `PRIMARY`, `REFERENCES`, `FOREIGN`.
    pub(super) keyword: String,
    /// The first parentheses' content: a check's condition, a key's columns.
    pub(super) inner: String,
    /// The column that it is written at; empty for a table's constraint.
    pub(super) column: String,
    /// `DEFERRABLE` and `INITIALLY DEFERRED`.
    pub(super) deferrable: bool,
    pub(super) deferred: bool,
}

const TABLE_CONSTRAINTS: [&str; 5] = ["CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY", "FOREIGN"];

impl Ddl {
    /// Takes `sql`, a `CREATE TABLE` statement, apart; anything else is empty.
    pub(super) fn parse(sql: &str) -> Self {
        let tokens = significant(sql);
        let Some(open) = tokens.iter().position(|token| token.text == "(") else { return Self::default() };
        let close = closing(&tokens, open);
        let mut items = Vec::new();
        let mut start = open + 1;
        let mut at = start;
        while at <= close && at < tokens.len() {
            if at == close || tokens[at].text == "," {
                items.push(item(sql, &tokens[start..at]));
                start = at + 1;
            }
            at = if tokens[at].text == "(" && at != close { closing(&tokens, at) + 1 } else { at + 1 };
        }
        Self { items }
    }

    /// The expression of the generated column `name`.
    pub(super) fn generated(&self, name: &str) -> Option<String> {
        self.item(name).and_then(|item| item.generated.clone())
    }

    /// The collation that the column `name` was given.
    pub(super) fn collation(&self, name: &str) -> Option<String> {
        self.item(name).and_then(|item| item.collation.clone())
    }

    /// Is the column `name` an `AUTOINCREMENT` one?
    pub(super) fn autoincrement(&self, name: &str) -> bool {
        self.item(name).is_some_and(|item| item.autoincrement)
    }

    /// The constraints in the order in which they are written.
    pub(super) fn constraints(&self) -> impl Iterator<Item = &Clause> {
        self.items.iter().flat_map(|item| &item.constraints)
    }

    fn item(&self, name: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.head.eq_ignore_ascii_case(name))
    }
}

impl Clause {
    /// The columns that it is about, unquoted.
    pub(super) fn columns(&self) -> Vec<String> {
        match self.column.is_empty() {
            true => parts(&self.inner)
                .iter()
                .filter_map(|part| significant(part).first().map(|t| unquoted(t.text)))
                .collect(),
            false => vec![self.column.clone()],
        }
    }

    /// Is it a key to another table?
    pub(super) fn is_foreign(&self) -> bool {
        matches!(self.keyword.as_str(), "FOREIGN" | "REFERENCES")
    }
}

/// The keys of a `CREATE INDEX` statement as written.
pub(super) fn list(sql: &str) -> Vec<String> {
    let tokens = significant(sql);
    let open = tokens.iter().position(|token| token.text == "(");
    open.map(|open| parts(&inner(sql, &tokens, open))).unwrap_or_default()
}

/// The condition of a `CREATE INDEX` statement.
pub(super) fn predicate(sql: &str) -> Option<String> {
    let tokens = significant(sql);
    let open = tokens.iter().position(|token| token.text == "(")?;
    let word = tokens.get(closing(&tokens, open) + 1).filter(|token| is(token, "WHERE"))?;
    Some(sql[word.offset + word.text.len()..].trim().to_owned())
}

/// Text between commas that no parenthesis encloses.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for token in tokens(text, Flavor::Sqlite) {
        match token.text {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        match parts.last_mut() {
            Some(part) if token.text != "," || depth > 0 => part.push_str(token.text),
            _ => parts.push(String::new()),
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

fn significant(sql: &str) -> Vec<Token<'_>> {
    sql::significant(sql, Flavor::Sqlite).collect()
}

fn item(sql: &str, tokens: &[Token<'_>]) -> Item {
    let Some(first) = tokens.first() else { return Item::default() };
    let of_table = first.kind == TokenKind::Word && TABLE_CONSTRAINTS.iter().any(|word| is(first, word));
    let column = if of_table { String::new() } else { unquoted(first.text) };
    let mut item = Item { head: column.clone(), ..Item::default() };
    let mut name = String::new();
    let mut at = usize::from(!of_table);
    while let Some(token) = tokens.get(at) {
        let next = tokens.get(at + 1);
        if is(token, "CONSTRAINT") {
            name = next.map(|next| unquoted(next.text)).unwrap_or_default();
            at += 1;
        } else if is(token, "COLLATE") {
            item.collation = next.map(|next| unquoted(next.text));
        } else if is(token, "AUTOINCREMENT") {
            item.autoincrement = true;
        } else if is(token, "AS") && next.is_some_and(|next| next.text == "(") {
            item.generated = Some(inner(sql, tokens, at + 1));
        } else if is(token, "DEFERRABLE") && !(at > 0 && is(&tokens[at - 1], "NOT")) {
            if let Some(last) = item.constraints.last_mut() {
                last.deferrable = true;
                last.deferred = next.is_some_and(|next| is(next, "INITIALLY"))
                    && tokens.get(at + 2).is_some_and(|word| is(word, "DEFERRED"));
            }
        } else if ["CHECK", "UNIQUE", "PRIMARY", "FOREIGN"].iter().any(|word| is(token, word))
            || (is(token, "REFERENCES") && !of_table)
        {
            let open = tokens[at..].iter().position(|token| token.text == "(").map(|skip| at + skip);
            item.constraints.push(Clause {
                name: std::mem::take(&mut name),
                keyword: token.text.to_uppercase(),
                inner: open.map(|open| inner(sql, tokens, open)).unwrap_or_default(),
                column: column.clone(),
                deferrable: false,
                deferred: false,
            });
        } else if token.text == "(" {
            at = closing(tokens, at);
        }
        at += 1;
    }
    item
}

/// The token that closes the parenthesis at `open`; the end where nothing does.
fn closing(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len().saturating_sub(1)
}

/// The text between the parenthesis at `open` and its end.
fn inner(sql: &str, tokens: &[Token<'_>], open: usize) -> String {
    let from = tokens[open].offset + 1;
    let to = tokens[closing(tokens, open)].offset.max(from);
    sql[from..to].trim().to_owned()
}

fn is(token: &Token<'_>, word: &str) -> bool {
    token.kind == TokenKind::Word && token.text.eq_ignore_ascii_case(word)
}

/// A name without its quotes: `"x"`, `` `x` ``, `[x]`, and `'x'`, which SQLite takes too.
pub(super) fn unquoted(text: &str) -> String {
    let quote = text.chars().next().unwrap_or_default();
    match quote {
        '"' | '`' | '\'' if text.len() >= 2 => {
            text[1..text.len() - 1].replace(&format!("{quote}{quote}"), &quote.to_string())
        }
        '[' if text.len() >= 2 => text[1..text.len() - 1].to_owned(),
        _ => text.to_owned(),
    }
}
