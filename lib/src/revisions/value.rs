//! Python's values, as far as revision files write them down: texts, lists, names and calls.

use std::ops::Range;

use super::python::{Kind, Token, said};

/// A value as it is written; nothing is run.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// `None`
    None,
    /// A text, adjacent literals joined.
    Text(String),
    /// A list, tuple or set; two of them joined by `+`.
    List(Vec<Value<'a>>),
    /// A name, dots and all: `migrations.RunPython.noop`.
    Name(String),
    /// A call.
    Call(Call<'a>),
    /// Anything else, which only Python could tell.
    Other,
}

/// `a.b(c, d=e)`: names as far back as they are written, and the arguments.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call<'a> {
    /// `["op", "drop_table"]`; behind `)` or `]` only what follows.
    pub(super) path: Vec<&'a str>,
    /// The tokens between its parentheses.
    pub(super) inside: Range<usize>,
    /// Byte offset of its first name.
    pub(super) at: usize,
}

impl<'a> Call<'a> {
    /// The last name: what is called.
    pub(super) fn name(&self) -> &'a str {
        self.path.last().copied().unwrap_or_default()
    }

    /// Its arguments, each with its keyword.
    pub(super) fn arguments<'t>(&self, tokens: &'t [Token<'a>]) -> Vec<(Option<&'a str>, Value<'a>)> {
        let argument = |range: Range<usize>| match &tokens[range.clone()] {
            [name, equals, ..] if name.kind == Kind::Name && equals.text == "=" => {
                (Some(name.text), value(tokens, range.start + 2..range.end))
            }
            _ => (None, value(tokens, range)),
        };
        parts(tokens, self.inside.clone(), ",").map(argument).collect()
    }

    /// The argument of that keyword, or in that position.
    pub(super) fn argument(&self, tokens: &[Token<'a>], keyword: &str, position: usize) -> Option<Value<'a>> {
        let arguments = self.arguments(tokens);
        let named = arguments.iter().position(|(name, _)| *name == Some(keyword));
        let placed = || arguments.get(position).is_some_and(|(name, _)| name.is_none()).then_some(position);
        named.or_else(placed).map(|at| arguments[at].1.clone())
    }

    /// The same, where it is a text.
    pub(super) fn text(&self, tokens: &[Token<'a>], keyword: &str, position: usize) -> Option<String> {
        match self.argument(tokens, keyword, position) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }
}

impl Value<'_> {
    /// The texts of a text or of a list of them; `None` where it holds anything else.
    pub(super) fn texts(&self) -> Option<Vec<String>> {
        match self {
            Self::None => Some(Vec::new()),
            Self::Text(text) => Some(vec![text.clone()]),
            Self::List(items) => Some(items.iter().map(Self::texts).collect::<Option<Vec<_>>>()?.concat()),
            _ => None,
        }
    }
}

/// The value that the tokens of `range` write.
pub(super) fn value<'a>(tokens: &[Token<'a>], range: Range<usize>) -> Value<'a> {
    let here = &tokens[range.clone()];
    match here {
        [] => Value::Other,
        [one] if one.text == "None" => Value::None,
        all if all.iter().all(|token| token.kind == Kind::Text) => {
            Value::Text(all.iter().map(|token| said(token.text)).collect())
        }
        [open, ..] if matches!(open.text, "(" | "[" | "{") && closing(tokens, range.start) == Some(range.end - 1) => {
            bracketed(tokens, range)
        }
        [first, ..] if first.kind == Kind::Name => {
            named(tokens, range.clone()).unwrap_or_else(|| joined(tokens, range))
        }
        _ => joined(tokens, range),
    }
}

fn bracketed<'a>(tokens: &[Token<'a>], range: Range<usize>) -> Value<'a> {
    let inside = range.start + 1..range.end - 1;
    let comma = tokens[inside.clone()].last().is_some_and(|token| token.text == ",");
    let mut items: Vec<Value<'a>> = parts(tokens, inside, ",").map(|part| value(tokens, part)).collect();
    // Parentheses around one value without a comma are no tuple.
    match items.len() == 1 && !comma && tokens[range.start].text == "(" {
        true => items.remove(0),
        false => Value::List(items),
    }
}

/// A dotted name, or a call of one that ends with the range.
fn named<'a>(tokens: &[Token<'a>], range: Range<usize>) -> Option<Value<'a>> {
    let mut at = range.start;
    let mut path = vec![tokens[at].text];
    while at + 2 < range.end && tokens[at + 1].text == "." && tokens[at + 2].kind == Kind::Name {
        at += 2;
        path.push(tokens[at].text);
    }
    if at + 1 == range.end {
        return Some(Value::Name(path.join(".")));
    }
    let called = tokens[at + 1].text == "(" && closing(tokens, at + 1) == Some(range.end - 1);
    called.then(|| Value::Call(Call { path, inside: at + 2..range.end - 1, at: tokens[range.start].at }))
}

/// Lists that `+` joins.
fn joined<'a>(tokens: &[Token<'a>], range: Range<usize>) -> Value<'a> {
    let pieces: Vec<Range<usize>> = parts(tokens, range.clone(), "+").collect();
    if pieces.len() < 2 {
        return Value::Other;
    }
    let mut all = Vec::new();
    for piece in pieces {
        match value(tokens, piece) {
            Value::List(items) => all.extend(items),
            _ => all.push(Value::Other),
        }
    }
    Value::List(all)
}

/// The pieces of `range` between `sign`s that are in no bracket of it; an empty one behind the last sign is none.
fn parts<'t>(tokens: &'t [Token<'_>], range: Range<usize>, sign: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
    let (mut depth, mut start) = (0_usize, range.start);
    let end = range.end;
    let mut cuts = Vec::new();
    for at in range {
        match tokens[at].text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            text if depth == 0 && text == sign => {
                cuts.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
    }
    cuts.push(start..end);
    cuts.into_iter().filter(|part| !part.is_empty())
}

/// The bracket that closes the one at `open`.
pub(super) fn closing(tokens: &[Token<'_>], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Every call in `range`, nested ones too, in the order of their opening parentheses.
pub(super) fn calls<'a>(tokens: &[Token<'a>], range: Range<usize>) -> Vec<Call<'a>> {
    let mut found = Vec::new();
    for at in range.clone() {
        let opens = at + 1 < range.end && tokens[at].kind == Kind::Name && tokens[at + 1].text == "(";
        let defines = at > range.start && matches!(tokens[at - 1].text, "def" | "class");
        if !opens || defines {
            continue;
        }
        let mut first = at;
        while first >= range.start + 2 && tokens[first - 1].text == "." && tokens[first - 2].kind == Kind::Name {
            first -= 2;
        }
        let Some(end) = closing(tokens, at + 1) else { continue };
        let path = (first..=at).step_by(2).map(|name| tokens[name].text).collect();
        found.push(Call { path, inside: at + 2..end, at: tokens[first].at });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::python::lex;
    use super::*;

    fn read(text: &str) -> Value<'_> {
        let lexed = lex(text).unwrap();
        value(&lexed.tokens, 0..lexed.tokens.len())
    }

    #[test]
    fn values_are_read_as_they_are_written() {
        let text = |text: &str| Value::Text(text.to_owned());
        for (python, expected) in [
            ("None", Value::None),
            ("'a' \"b\"", text("ab")),
            ("('a')", text("a")),
            ("('a',)", Value::List(vec![text("a")])),
            ("['a', ('b', 'c')]", Value::List(vec![text("a"), Value::List(vec![text("b"), text("c")])])),
            ("()", Value::List(vec![])),
            ("['a'] + ['b']", Value::List(vec![text("a"), text("b")])),
            ("settings.AUTH_USER_MODEL", Value::Name("settings.AUTH_USER_MODEL".into())),
            ("a if b else c", Value::Other),
            ("'%s' % x", Value::Other),
            ("f(1)[0]", Value::Other),
        ] {
            assert_eq!(read(python), expected, "{python}");
        }
    }

    #[test]
    fn calls_have_their_arguments() {
        let lexed = lex("op.get_context().begin(a('x', k=['y']), z='1')").unwrap();
        let calls = calls(&lexed.tokens, 0..lexed.tokens.len());
        let paths: Vec<String> = calls.iter().map(|call| call.path.join(".")).collect();
        assert_eq!(paths, ["op.get_context", "begin", "a"]);
        assert_eq!(calls[1].text(&lexed.tokens, "z", 9).as_deref(), Some("1"));
        assert_eq!(calls[2].argument(&lexed.tokens, "k", 1), Some(Value::List(vec![Value::Text("y".into())])));
        assert_eq!(calls[2].text(&lexed.tokens, "name", 0).as_deref(), Some("x"));
        assert_eq!(calls[2].argument(&lexed.tokens, "name", 1), None);
    }
}
