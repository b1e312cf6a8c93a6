//! Options of columns that a newer minor release of PostgreSQL keeps for itself, and an older pg_dump writes down as if they were
//! the user's: `ALTER TABLE ONLY t ALTER COLUMN c SET (pg_attver=22158952)`. No server takes them back.

use std::borrow::Cow;

use crate::sql::{Flavor, Statement, significant, split};

/// What such an option begins with: no user can set one of that name.
const INTERNAL: &str = "pg_";

/// `definition` without such options.
pub(super) fn without_internal<'a>(kind: &str, definition: &'a str) -> Cow<'a, str> {
    let may_have = matches!(kind, "TABLE" | "FOREIGN TABLE" | "MATERIALIZED VIEW" | "VIEW" | "INDEX");
    if !may_have || !definition.contains("(pg_") && !definition.contains(", pg_") {
        return Cow::Borrowed(definition);
    }
    let Ok(statements) = split(definition, Flavor::Postgres) else { return Cow::Borrowed(definition) };
    let mut kept = String::new();
    for statement in statements {
        if let Some(text) = kept_of(&statement) {
            kept.push_str(&text);
            kept.push_str(";\n");
        }
    }
    Cow::Owned(kept)
}

/// The statement without such options; nothing where nothing is left to be set.
pub(super) fn kept_of<'a>(statement: &Statement<'a>) -> Option<Cow<'a, str>> {
    let tokens: Vec<_> = significant(statement.text, Flavor::Postgres).collect();
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.text.eq_ignore_ascii_case(word));
    if !is(0, "ALTER") {
        return Some(Cow::Borrowed(statement.text));
    }
    let set = (1..tokens.len()).find(|at| is(*at, "SET") && is(at + 1, "("));
    let column = (1..tokens.len()).any(|at| is(at, "COLUMN"));
    let Some(set) = set.filter(|_| column) else { return Some(Cow::Borrowed(statement.text)) };
    let open = tokens[set + 1].offset;
    let close = tokens.last().filter(|token| token.text == ")").map(|token| token.offset);
    let Some(close) = close else { return Some(Cow::Borrowed(statement.text)) };
    let options: Vec<&str> = statement.text[open + 1..close].split(',').map(str::trim).collect();
    let own: Vec<&str> = options.iter().copied().filter(|option| !option.starts_with(INTERNAL)).collect();
    if own.is_empty() {
        return None;
    }
    if own.len() == options.len() {
        return Some(Cow::Borrowed(statement.text));
    }
    Some(Cow::Owned(format!("{}({})", &statement.text[..open], own.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::without_internal;

    #[test]
    fn internal_options_go_and_all_else_stays() {
        let table = "CREATE TABLE public.t (\n    \"(pg_a\" integer\n);\n";
        let cases = [
            ("ALTER TABLE ONLY public.t ALTER COLUMN a SET (pg_attver=22158952);\n", ""),
            (
                "ALTER TABLE ONLY public.t ALTER COLUMN a SET (n_distinct=5, pg_attver=2);\n",
                "ALTER TABLE ONLY public.t ALTER COLUMN a SET (n_distinct=5);\n",
            ),
            (
                "ALTER TABLE ONLY public.t ALTER COLUMN a SET (n_distinct=5);\n",
                "ALTER TABLE ONLY public.t ALTER COLUMN a SET (n_distinct=5);\n",
            ),
        ];
        for (alter, kept) in cases {
            let found = without_internal("TABLE", &format!("{table}{alter}")).into_owned();
            let expected = format!("CREATE TABLE public.t (\n    \"(pg_a\" integer\n);\n{kept}");
            assert_eq!(found, expected, "{alter}");
        }
        assert_eq!(without_internal("TABLE", "CREATE TABLE t (pg_a int);"), "CREATE TABLE t (pg_a int);\n");
        assert_eq!(without_internal("FUNCTION", "SELECT (pg_a)"), "SELECT (pg_a)");
    }
}
