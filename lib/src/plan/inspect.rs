//! Finds what a statement does to data when it runs.

use super::Hazard;
use super::drops::{self, Finding};
use super::words::{Word, begins, group, key, parts, significant, skip, text};
use crate::sql::{Flavor, TokenKind, split};

/// Walks statements, and the statements inside them.
pub(super) struct Inspector {
    flavor: Flavor,
    /// " in a DO block" and the like, while inside.
    context: &'static str,
    /// Strings may hold strings; a limit keeps hostile text harmless.
    levels: usize,
    pub findings: Vec<Finding>,
}

impl Inspector {
    pub(super) fn new(flavor: Flavor) -> Self {
        Self { flavor, context: "", levels: 0, findings: Vec::new() }
    }

    /// Looks at each statement of `sql`.
    pub(super) fn script(&mut self, sql: &str) {
        match split(sql, self.flavor) {
            Ok(statements) => {
                for statement in statements {
                    self.statement(&significant(statement.text, self.flavor));
                }
            }
            // Half a quote: the server will refuse it, but what can be read is looked at all the same.
            Err(_) => {
                for part in parts(&significant(sql, self.flavor), |word| word.text == ";") {
                    self.statement(part);
                }
            }
        }
    }

    fn found(&mut self, finding: Finding) {
        let reason = format!("{}{}", finding.reason, self.context);
        self.findings.push(Finding { reason, ..finding });
    }

    /// Rows that a condition chooses, so that nobody knows how many.
    fn deletes(&mut self, reason: String) {
        self.found(Finding::new(Hazard::DeletesData, reason));
    }

    fn statement(&mut self, words: &[Word<'_>]) {
        match key(words, 0) {
            "DROP" if self.flavor == Flavor::Sqlite && drops::is_temporary(&words[1..]) => {}
            "DROP" => self.keep(drops::drop(&words[1..])),
            "ALTER" => self.keep(drops::alter(&words[1..])),
            "TRUNCATE" => self.truncate(&words[1..]),
            "DO" => self.block(&words[1..]),
            "EXPLAIN" => self.explain(&words[1..]),
            "PREPARE" => self.after_as(&words[1..]),
            "CREATE" if is_create_table(words) => self.after_as(words),
            "COPY" if text(words, 1) == "(" => self.statement(group(words, 1)),
            "DECLARE" | "SELECT" | "WITH" | "INSERT" | "REPLACE" | "UPDATE" | "DELETE" | "MERGE" | "VALUES"
            | "CALL" | "PERFORM" => self.data_statement(words),
            _ if text(words, 0) == "(" => self.data_statement(words),
            _ => {}
        }
    }

    fn keep(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            self.found(finding);
        }
    }

    fn truncate(&mut self, words: &[Word<'_>]) {
        let depth = words.first().map_or(0, |word| word.depth);
        let tables: Vec<String> =
            parts(words, |word| word.text == "," && word.depth == depth).map(drops::table).collect();
        let found = Finding::new(Hazard::DeletesData, format!("truncates {}", tables.join(", ")));
        self.found(found.of(tables));
    }

    /// EXPLAIN runs its statement only with ANALYZE; SQLite's never does.
    fn explain(&mut self, words: &[Word<'_>]) {
        if self.flavor == Flavor::Sqlite {
            return;
        }
        let (runs, rest) = if text(words, 0) == "(" {
            let options = group(words, 0);
            let runs = parts(options, |word| word.text == ",").any(|option| {
                matches!(key(option, 0), "ANALYZE" | "ANALYSE")
                    && !matches!(text(option, 1).to_ascii_lowercase().trim_matches('\''), "false" | "off" | "0")
            });
            (runs, words.get(options.len() + 2..).unwrap_or_default())
        } else {
            let options =
                words.iter().take_while(|word| matches!(word.key.as_str(), "ANALYZE" | "ANALYSE" | "VERBOSE"));
            let len = options.clone().count();
            (options.clone().any(|word| word.key != "VERBOSE"), &words[len..])
        };
        if runs {
            self.statement(rest);
        }
    }

    /// `PREPARE p AS …`, `CREATE TABLE t AS …`.
    fn after_as(&mut self, words: &[Word<'_>]) {
        let depth = words.first().map_or(0, |word| word.depth);
        if let Some(at) = words.iter().position(|word| word.key == "AS" && word.depth == depth) {
            self.statement(&words[at + 1..]);
        }
    }

    /// Queries and changes of rows: the verb itself, those in WITH, and functions that delete.
    fn data_statement(&mut self, words: &[Word<'_>]) {
        self.verb(main_verb(words));
        for (at, word) in words.iter().enumerate() {
            let opens = text(words, at + 1) == "(";
            if word.key == "LO_UNLINK" && opens {
                self.deletes("deletes a large object".to_owned());
            }
            if word.text == "(" && at > 0 && matches!(key(words, at - 1), "AS" | "MATERIALIZED") {
                self.verb(main_verb(group(words, at)));
            }
            // `SELECT run($$DROP TABLE x$$)`: what is quoted this way is meant to be run.
            if word.kind == TokenKind::String && word.text.starts_with('$') && !begins(words, &["INSERT"]) {
                let body = content(word.text);
                self.nested(" in a quoted text", |inner| inner.script(&body));
            }
        }
    }

    fn verb(&mut self, words: &[Word<'_>]) {
        match key(words, 0) {
            "DELETE" if key(words, 1) == "FROM" => {
                self.deletes(format!("deletes rows of {}", drops::table(&words[1..])));
            }
            "REPLACE" if key(words, 1) == "INTO" => {
                self.deletes(format!("replaces rows of {}", drops::table(&words[1..])));
            }
            "INSERT" | "UPDATE" if begins(&words[1..], &["OR", "REPLACE"]) => {
                self.deletes(format!("replaces rows of {}", drops::table(&words[3..])));
            }
            "MERGE" => {
                let depth = words[0].depth;
                let deletes = |pair: &[Word<'_>]| begins(pair, &["THEN", "DELETE"]) && pair[0].depth == depth;
                if words.windows(2).any(deletes) {
                    self.deletes(format!("deletes rows of {}", drops::table(&words[1..])));
                }
            }
            _ => {}
        }
    }

    /// A DO block: its body, statement by statement, whatever its language.
    fn block(&mut self, words: &[Word<'_>]) {
        for word in words.iter().filter(|word| word.kind == TokenKind::String) {
            let body = content(word.text);
            self.nested(" in a DO block", |inner| inner.body(&body));
        }
    }

    fn nested(&mut self, context: &'static str, work: impl FnOnce(&mut Self)) {
        if self.levels == 8 {
            return;
        }
        let outer = self.context;
        if outer.is_empty() {
            self.context = context;
        }
        self.levels += 1;
        work(self);
        self.levels -= 1;
        self.context = outer;
    }

    /// A procedural body. A statement may begin after a semicolon and after each word that opens a block or
    /// introduces a query; strings count when the body executes text.
    fn body(&mut self, sql: &str) {
        let words = significant(sql, self.flavor);
        let dynamic = words.iter().any(|word| word.key == "EXECUTE");
        for line in parts(&words, |word| word.text == ";") {
            let opens = |word: &Word<'_>| {
                let opener = matches!(
                    word.key.as_str(),
                    "BEGIN" | "THEN" | "ELSE" | "LOOP" | "IN" | "QUERY" | "FOR" | "DECLARE"
                );
                opener && word.depth == line[0].depth
            };
            let merges = line.iter().any(|word| word.key == "MERGE");
            let defines = line.iter().any(|word| word.key == "CREATE");
            if merges || defines {
                // THEN and FOR belong to these statements themselves.
                let start = line.iter().position(|word| matches!(word.key.as_str(), "MERGE" | "CREATE" | "WITH"));
                self.statement(&line[start.unwrap_or(0)..]);
            }
            for part in parts(line, opens) {
                self.statement(skip(part, &["EXECUTE"]));
                if dynamic && !matches!(key(part, 0), "RAISE" | "INSERT" | "UPDATE" | "COMMENT" | "CREATE") {
                    self.dynamic(part);
                }
            }
        }
    }

    /// The statements that string literals in `words` make up. What is joined between two literals by an
    /// expression stands as `_`: `'DROP TABLE ' || t` is `DROP TABLE _`.
    fn dynamic(&mut self, words: &[Word<'_>]) {
        for argument in parts(words, |word| word.text == ",") {
            let mut sql = String::new();
            for word in argument {
                match word.kind {
                    TokenKind::String => sql.push_str(&without_placeholders(&content(word.text))),
                    TokenKind::Punct => {}
                    _ if sql.is_empty() || sql.ends_with('_') => {}
                    _ => sql.push('_'),
                }
            }
            if !sql.is_empty() {
                self.nested(" in a dynamic statement", |inner| inner.script(&sql));
            }
        }
    }
}

fn is_create_table(words: &[Word<'_>]) -> bool {
    let kinds = ["GLOBAL", "LOCAL", "TEMP", "TEMPORARY", "UNLOGGED"];
    words[1..].iter().find(|word| !kinds.contains(&word.key.as_str())).is_some_and(|word| word.key == "TABLE")
}

/// `words` from its verb on: behind the list of WITH, where there is one.
fn main_verb<'w, 'a>(words: &'w [Word<'a>]) -> &'w [Word<'a>] {
    if key(words, 0) != "WITH" {
        return words;
    }
    let depth = words[0].depth;
    let verb = (2..words.len()).find(|&at| {
        let verbs = ["SELECT", "VALUES", "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE"];
        words[at].depth == depth
            && verbs.contains(&words[at].key.as_str())
            // A query in WITH may have one of these words as its name.
            && words[at - 1].text != ","
            && words[at - 1].key != "RECURSIVE"
    });
    verb.map_or(&[], |at| &words[at..])
}

/// What a string literal holds, doubled quotes made single.
fn content(literal: &str) -> String {
    if let Some(tagged) = literal.strip_prefix('$') {
        let delimiter = &literal[..tagged.find('$').map_or(1, |at| at + 2)];
        let body = &literal[delimiter.len()..];
        return body.strip_suffix(delimiter).unwrap_or(body).to_owned();
    }
    let body = literal.split_once('\'').map_or("", |(_, body)| body);
    body.strip_suffix('\'').unwrap_or(body).replace("''", "'").replace("\\'", "'")
}

/// `text` with the placeholders of `format` (`%I`, `%2$s`) as `_`.
fn without_placeholders(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit() || c == '$' || c == '-');
        match rest.strip_prefix(['I', 's', 'L']) {
            Some(rest) => out.extend(["_", rest]),
            None => out.extend(["%", piece]),
        }
    }
    out
}
