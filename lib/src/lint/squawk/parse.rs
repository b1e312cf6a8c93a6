//! Squawk's parser, kept from texts that are too much for it: it calls itself for each level of an expression.

use std::collections::BTreeMap;

use squawk_linter::Linter;
use squawk_syntax::SourceFile;

use crate::lint::read::Statement;
use crate::sql::{Flavor, TokenKind, significant, tokens};

/// Levels of an expression that are read: PostgreSQL itself gives up at some thousands.
const LEVELS: usize = 500;

/// Operators in a row that are read. Each is a level of the tree: beyond some thousands the time grows with their square.
const CHAIN: usize = 4_000;

/// Bytes for the parser's own calls: many times what so many levels take.
const STACK: usize = 128 << 20;

/// What squawk says of a text.
#[derive(Default)]
pub(super) struct Parsed {
    /// Rules broken: the rule's name, what squawk says, and where, in bytes.
    pub(super) violations: Vec<(String, String, usize)>,
    /// Statements that it cannot read: where they begin, in bytes, and why, a clause.
    pub(super) unread: BTreeMap<usize, String>,
}

/// Lints `text`, whose statements are `statements`, with what `linter` makes, on a thread with room for deep calls.
pub(super) fn parse(text: &str, statements: &[Statement<'_>], linter: impl FnOnce() -> Linter + Send) -> Parsed {
    let mut text = text.to_owned();
    let mut unread = BTreeMap::new();
    for statement in statements {
        if let Some(why) = too_much(statement.text) {
            let range = statement.offset..statement.offset + statement.text.len();
            let blank: String = statement.text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect();
            text.replace_range(range, &blank);
            unread.insert(statement.offset, why.to_owned());
        }
    }
    let work = || {
        let parsed = SourceFile::parse(&text);
        let violations = linter().lint(&parsed, &text);
        let violation = |one: &squawk_linter::Violation| {
            (one.code.to_string(), one.message.clone(), usize::from(one.text_range.start()))
        };
        let errors = parsed.errors().into_iter();
        let errors = errors.map(|one| (usize::from(one.range().start()), one.message().to_owned()));
        (violations.iter().map(violation).collect::<Vec<_>>(), errors.collect::<Vec<_>>())
    };
    let done = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        thread.ok().and_then(|thread| thread.join().ok())
    });
    let Some((violations, errors)) = done else {
        let given_up = |one: &Statement<'_>| (one.offset, "squawk's parser gave up on the file".to_owned());
        return Parsed { violations: Vec::new(), unread: statements.iter().map(given_up).collect() };
    };
    for (offset, message) in errors {
        if let Some(statement) = of(statements, offset, text.len()) {
            unread.entry(statement.offset).or_insert_with(|| format!("squawk's parser cannot read it ({message})"));
        }
    }
    Parsed { violations, unread }
}

/// The statement that a parser's error at `offset` is of; none where it is in a text, such as a function's body.
fn of<'s, 'a>(statements: &'s [Statement<'a>], offset: usize, end: usize) -> Option<&'s Statement<'a>> {
    let at = statements.iter().rposition(|statement| statement.offset <= offset)?;
    let next = statements.get(at + 1).map_or(end, |next| next.offset);
    let statement = &statements[at];
    let inside = offset - statement.offset;
    let in_text = tokens(statement.text, Flavor::Postgres).into_iter().any(|token| {
        token.kind == TokenKind::String && (token.offset..token.offset + token.text.len()).contains(&inside)
    });
    (offset < next && !in_text).then_some(statement)
}

/// Why a statement is not given to the parser, a clause; `None` where it is.
fn too_much(sql: &str) -> Option<&'static str> {
    let (mut level, mut chain) = (0_usize, 0_usize);
    for token in significant(sql, Flavor::Postgres) {
        let word = |names: &[&str]| names.iter().any(|name| token.text.eq_ignore_ascii_case(name));
        match (token.kind, token.text) {
            (TokenKind::Punct, "(" | "[") => level += 1,
            (TokenKind::Punct, ")" | "]") => level = level.saturating_sub(1),
            (TokenKind::Punct, ",") => chain = 0,
            (TokenKind::Punct, "." | ";") => {}
            (TokenKind::Punct, _) => chain += 1,
            (TokenKind::Word, _) if word(&["case"]) => level += 1,
            (TokenKind::Word, _) if word(&["end"]) => level = level.saturating_sub(1),
            (TokenKind::Word, _) if word(&["not", "and", "or", "union", "except", "intersect", "join"]) => chain += 1,
            _ => {}
        }
        if level > LEVELS {
            return Some("its expressions are nested too deeply for squawk's parser");
        }
        if chain > CHAIN {
            return Some("its expressions are too long for squawk's parser");
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::lint::read::read;

    fn check(sql: &str, unread: &[(usize, &str)]) {
        let statements = read(sql, Flavor::Postgres, true);
        let started = Instant::now();
        let parsed = parse(sql, &statements, Linter::with_default_rules);
        let found: Vec<(usize, &str)> = parsed.unread.iter().map(|(at, why)| (*at, why.as_str())).collect();
        assert_eq!(found.len(), unread.len(), "{found:?}");
        for ((at, why), (expected, part)) in found.iter().zip(unread) {
            assert!(at == expected && why.contains(part), "{found:?}");
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
        assert!(parsed.violations.iter().any(|(rule, ..)| rule == "ban-drop-table"), "the others are read");
    }

    #[test]
    fn what_is_too_deep_or_too_long_is_not_given_to_the_parser() {
        let deep =
            |open: &str, close: &str, n: usize| format!("DROP TABLE t; SELECT {}1{};", open.repeat(n), close.repeat(n));
        check(&deep("(", ")", 450), &[]);
        check(&deep("(", ")", 100_000), &[(14, "nested too deeply")]);
        check(&deep("CASE WHEN true THEN ", " END", 100_000), &[(14, "nested too deeply")]);
        check(&deep("NOT ", "", 100_000), &[(14, "too long")]);
        check(&deep("", "::int", 3_900 / 2), &[]);
        check(&deep("", "::int", 100_000), &[(14, "too long")]);
        check(&deep("", ", 1", 10_000), &[]);
    }

    #[test]
    fn what_the_parser_cannot_read_is_told() {
        check("DROP TABLE t; WAIT FOR LSN '0/1'; SELECT 1", &[(14, "cannot read it")]);
        check("DROP TABLE t;\n-- note\nWAIT FOR LSN '0/1';", &[(22, "cannot read it")]);
        check("DROP TABLE t; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELEC 1 FRM';", &[]);
    }
}
