//! psql's patterns for names.

use crate::catalog::Name;

/// A pattern as psql's `\d` commands take it: `*` is any text, `?` any character, a dot parts schema and name, upper
/// case is folded to lower; inside double quotes every character means itself and its case stays.
pub struct Pattern {
    schema: Option<Vec<Piece>>,
    name: Vec<Piece>,
}

#[derive(Clone, Copy)]
enum Piece {
    Any,
    One,
    Char(char),
}

impl Pattern {
    /// Reads a pattern as it is typed.
    pub fn parse(text: &str) -> Self {
        let mut parts = vec![Vec::new()];
        let mut quoted = false;
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            let first = parts.len() == 1;
            let part = parts.last_mut().expect("there is always one part");
            match char {
                '"' if quoted && chars.peek() == Some(&'"') => {
                    chars.next();
                    part.push(Piece::Char('"'));
                }
                '"' => quoted = !quoted,
                other if quoted => part.push(Piece::Char(other)),
                '*' => part.push(Piece::Any),
                '?' => part.push(Piece::One),
                '.' if first => parts.push(Vec::new()),
                other => part.extend(other.to_lowercase().map(Piece::Char)),
            }
        }
        let name = parts.pop().unwrap_or_default();
        Self { schema: parts.pop(), name }
    }

    /// Does it ask for the schema or the prefix of Mainstay's own tables?
    pub(super) fn asks_for_own(&self) -> bool {
        let begins = |pieces: &[Piece], word: &str| {
            let mut chars = word.chars();
            let same = pieces
                .iter()
                .zip(chars.by_ref())
                .all(|(piece, char)| matches!(piece, Piece::Char(one) if *one == char));
            same && chars.next().is_none()
        };
        self.schema.as_deref().is_some_and(|schema| begins(schema, "mainstay")) || begins(&self.name, "mainstay_")
    }

    /// Does it cover `name`? Without a schema in the pattern, any schema will do.
    pub fn covers(&self, name: &Name) -> bool {
        let schema = self.schema.as_deref();
        schema.is_none_or(|schema| fits(schema, &name.schema)) && fits(&self.name, &name.name)
    }
}

/// Goes back to the last `*` when what follows it does not fit: linear memory, no recursion.
fn fits(pieces: &[Piece], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut piece, mut at) = (0, 0);
    let mut retry = None;
    while at < text.len() {
        match pieces.get(piece) {
            Some(Piece::Any) => {
                retry = Some((piece + 1, at));
                piece += 1;
            }
            Some(Piece::One) => (piece, at) = (piece + 1, at + 1),
            Some(Piece::Char(char)) if *char == text[at] => (piece, at) = (piece + 1, at + 1),
            _ => match retry {
                Some((after, from)) => {
                    retry = Some((after, from + 1));
                    (piece, at) = (after, from + 1);
                }
                None => return false,
            },
        }
    }
    pieces[piece..].iter().all(|piece| matches!(piece, Piece::Any))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_tables_are_asked_for_by_name() {
        for (pattern, expected) in [
            ("mainstay.*", true),
            ("mainstay_*", true),
            ("mainstay_journal", true),
            ("*", false),
            ("*.*", false),
            ("m*", false),
            ("setting", false),
        ] {
            assert_eq!(Pattern::parse(pattern).asks_for_own(), expected, "{pattern}");
        }
    }

    #[test]
    fn patterns_mean_what_psql_means() {
        for (pattern, schema, name, expected) in [
            ("logs", "public", "logs", true),
            ("LOGS", "public", "logs", true),
            ("logs", "public", "Logs", false),
            ("\"Logs\"", "public", "Logs", true),
            ("log*", "public", "logstreams", true),
            ("log*s", "public", "logstreams", true),
            ("log*m", "public", "logstreams", false),
            ("*ream*", "public", "logstreams", true),
            ("log?", "public", "logs", true),
            ("log?", "public", "log", false),
            ("log?", "public", "logß", true),
            ("app.*", "app", "x", true),
            ("app.*", "public", "x", false),
            ("*.x", "public", "x", true),
            ("a*.x", "app", "x", true),
            ("\"a*\"", "public", "a*", true),
            ("\"a*\"", "public", "ab", false),
            ("\"a.b\"", "public", "a.b", true),
            ("\"a\"\"b\"", "public", "a\"b", true),
            ("a.b.c", "a", "b.c", true),
            ("*", "any", "thing", true),
            ("", "public", "x", false),
            ("**a", "public", "ba", true),
            ("*ab", "public", "aab", true),
        ] {
            assert_eq!(Pattern::parse(pattern).covers(&Name::new(schema, name)), expected, "{pattern} {schema}.{name}");
        }
    }
}
