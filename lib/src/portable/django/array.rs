//! PostgreSQL's texts of values that hold others: arrays, ranges, hstore.
//!
//! Source: PostgreSQL documentation, "Array Input and Output Syntax", "Range Types", "hstore".

/// An element of an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Null,
    Text(String),
    Array(Vec<Element>),
}

/// A range: its ends, and the signs that say whether they belong to it. `None` is the empty one.
pub(super) type Range = Option<(char, Option<String>, Option<String>, char)>;

/// `{a,"b c",NULL,{…}}`; `None` for what is none, and for arrays that do not count from 1.
pub(super) fn array(text: &str) -> Option<Vec<Element>> {
    let mut rest = text.strip_prefix('{')?;
    let elements = inside(&mut rest)?;
    rest.is_empty().then_some(elements)
}

/// How many lists are within each other.
pub(super) fn depth(elements: &[Element]) -> usize {
    let within = elements.iter().map(|element| match element {
        Element::Array(inner) => depth(inner),
        Element::Null | Element::Text(_) => 0,
    });
    1 + within.max().unwrap_or_default()
}

fn inside(rest: &mut &str) -> Option<Vec<Element>> {
    let mut elements = Vec::new();
    if let Some(after) = rest.strip_prefix('}') {
        *rest = after;
        return Some(elements);
    }
    loop {
        if let Some(after) = rest.strip_prefix('{') {
            *rest = after;
            elements.push(Element::Array(inside(rest)?));
        } else if rest.starts_with('"') {
            elements.push(Element::Text(quoted(rest)?));
        } else {
            let end = rest.find([',', '}'])?;
            let word = &rest[..end];
            elements.push(if word == "NULL" { Element::Null } else { Element::Text(word.to_owned()) });
            *rest = &rest[end..];
        }
        let next = rest.chars().next()?;
        *rest = &rest[1..];
        match next {
            ',' => {}
            '}' => return Some(elements),
            _ => return None,
        }
    }
}

/// The text in quotes that comes first; a backslash, and a quote twice, stand for what follows.
fn quoted(rest: &mut &str) -> Option<String> {
    let mut text = String::new();
    let mut letters = rest.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => text.push(letters.next()?.1),
            '"' if letters.peek().is_some_and(|(_, next)| *next == '"') => {
                letters.next();
                text.push('"');
            }
            '"' => {
                *rest = &rest[at + 1..];
                return Some(text);
            }
            other => text.push(other),
        }
    }
    None
}

/// `[1,5)`, `empty`, `(,"2024-01-01 00:00:00+00"]`
pub(super) fn range(text: &str) -> Option<Range> {
    if text == "empty" {
        return Some(None);
    }
    let opens = text.chars().next().filter(|sign| matches!(sign, '[' | '('))?;
    let mut rest = &text[1..];
    let mut end = |stops: &[char]| -> Option<(Option<String>, char)> {
        let found = if rest.starts_with('"') {
            Some(quoted(&mut rest)?)
        } else {
            let at = rest.find(stops)?;
            let word = &rest[..at];
            rest = &rest[at..];
            (!word.is_empty()).then(|| word.to_owned())
        };
        let sign = rest.chars().next().filter(|sign| stops.contains(sign))?;
        rest = &rest[1..];
        Some((found, sign))
    };
    let (lower, _) = end(&[','])?;
    let (upper, closes) = end(&[']', ')'])?;
    rest.is_empty().then_some(Some((opens, lower, upper, closes)))
}

/// `"a"=>"1", "b"=>NULL`
pub(super) fn hstore(text: &str) -> Option<Vec<(String, Option<String>)>> {
    let (mut rest, mut pairs) = (text, Vec::new());
    while !rest.is_empty() {
        if !pairs.is_empty() {
            rest = rest.strip_prefix(", ")?;
        }
        let key = rest.starts_with('"').then(|| quoted(&mut rest))??;
        rest = rest.strip_prefix("=>")?;
        let value = match rest.strip_prefix("NULL") {
            Some(after) => {
                rest = after;
                None
            }
            None => Some(rest.starts_with('"').then(|| quoted(&mut rest))??),
        };
        pairs.push((key, value));
    }
    Some(pairs)
}

/// Writes `text` in quotes, as all three read it.
pub(super) fn quote(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        if matches!(letter, '"' | '\\') {
            out.push('\\');
        }
        out.push(letter);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_read() {
        let text = |text: &str| Element::Text(text.to_owned());
        assert_eq!(array("{}"), Some(vec![]));
        assert_eq!(
            array(r#"{a,"b, \"c\"",NULL,"NULL"}"#),
            Some(vec![text("a"), text("b, \"c\""), Element::Null, text("NULL")])
        );
        assert_eq!(array("{{1},{2}}"), Some(vec![Element::Array(vec![text("1")]), Element::Array(vec![text("2")])]));
        for none in ["", "{", "{a", "{\"a}", "[0:1]={1,2}", "{a}b", "{a\"b\"c"] {
            assert_eq!(array(none), None, "{none}");
        }
    }

    #[test]
    fn ranges_are_read() {
        let end = |text: &str| Some(text.to_owned());
        assert_eq!(range("[1,5)"), Some(Some(('[', end("1"), end("5"), ')'))));
        assert_eq!(range("empty"), Some(None));
        assert_eq!(range("(,\"a b\"]"), Some(Some(('(', None, end("a b"), ']'))));
        assert_eq!(range("1,5"), None);
        assert_eq!(range("[1,5"), None);
    }

    #[test]
    fn pairs_are_read() {
        let some = |text: &str| text.to_owned();
        assert_eq!(hstore(r#""a"=>"1", "b\"c"=>NULL"#), Some(vec![(some("a"), Some(some("1"))), (some("b\"c"), None)]));
        assert_eq!((hstore(""), hstore("a=>1")), (Some(vec![]), None));
        let mut text = String::new();
        quote("a\"b\\", &mut text);
        assert_eq!(text, r#""a\"b\\""#);
    }
}
