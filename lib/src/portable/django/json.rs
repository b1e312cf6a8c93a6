//! JSON as Python writes it: a value is taken as its text, so that no number loses a digit.

use std::borrow::Cow;

use crate::portable::json::{Damage, Line};

/// Lists and objects within each other: more is nobody's data.
const DEEPEST: usize = 500;

/// A value of a fixture.
#[derive(Clone, Debug, PartialEq)]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number as it is written; `NaN` and `Infinity` too, which Python writes.
    Number(&'a str),
    /// A text.
    Text(Cow<'a, str>),
    /// A list or an object as it is written.
    Nested(&'a str),
}

impl Json<'_> {
    /// The start of it as a person would read it, for an error.
    pub fn excerpt(&self) -> String {
        const SHOWN: usize = 60;
        let whole = match self {
            Self::Null => "null".to_owned(),
            Self::Bool(truth) => truth.to_string(),
            Self::Number(text) | Self::Nested(text) => text.chars().take(SHOWN + 1).collect(),
            Self::Text(text) => format!("{:?}", text.chars().take(SHOWN + 1).collect::<String>()),
        };
        match whole.char_indices().nth(SHOWN) {
            Some((at, _)) => format!("{}…", &whole[..at]),
            None => whole,
        }
    }
}

/// The value that begins here.
pub(super) fn value<'a>(line: &mut Line<'a>) -> Result<Json<'a>, Damage> {
    line.space();
    let begins = line.at();
    match line.peek() {
        Some(b'"') => line.string().map(Json::Text),
        Some(b'{' | b'[') => {
            skip(line, DEEPEST)?;
            Ok(Json::Nested(text(line, begins)?))
        }
        Some(b'-' | b'0'..=b'9' | b'N' | b'I') => number(line),
        Some(b'n') => word(line, "null", Json::Null),
        Some(b't') => word(line, "true", Json::Bool(true)),
        Some(b'f') => word(line, "false", Json::Bool(false)),
        _ => Err(line.damage("this is no value")),
    }
}

/// The values of a list.
///
/// # Errors
/// It is none.
pub fn list<'a>(text: &'a str) -> Result<Vec<Json<'a>>, Damage> {
    let mut line = Line::over(text.as_bytes());
    line.expect(b'[', "this is no list")?;
    let mut values = Vec::new();
    line.space();
    while line.peek() != Some(b']') {
        if !values.is_empty() {
            line.expect(b',', "a list has commas between its values")?;
        }
        values.push(value(&mut line)?);
        line.space();
    }
    line.go(line.at() + 1);
    line.space();
    if line.peek().is_some() { Err(line.damage("something follows the list")) } else { Ok(values) }
}

/// The parts of an object.
pub(super) fn parts<'a>(line: &mut Line<'a>) -> Result<Vec<(Cow<'a, str>, Json<'a>)>, Damage> {
    line.expect(b'{', "this is no object")?;
    let mut parts: Vec<(Cow<'a, str>, Json<'a>)> = Vec::new();
    line.space();
    while line.peek() != Some(b'}') {
        if !parts.is_empty() {
            line.expect(b',', "an object has commas between its parts")?;
            line.space();
        }
        if line.peek() != Some(b'"') {
            return Err(line.damage("a name in quotes is wanted here"));
        }
        let key = line.string()?;
        line.expect(b':', "a name is followed by :")?;
        parts.push((key, value(line)?));
        line.space();
    }
    line.go(line.at() + 1);
    Ok(parts)
}

/// The document without spaces between its parts but one after each comma and colon, as Python writes it; `None` where it is none.
pub(super) fn tidied(document: &str) -> Option<String> {
    let mut line = Line::over(document.as_bytes());
    value(&mut line).ok()?;
    line.space();
    if line.peek().is_some() {
        return None;
    }
    let (mut out, mut rest) = (String::with_capacity(document.len()), document);
    while let Some(quote) = rest.find('"') {
        plain(&rest[..quote], &mut out);
        let after = &rest[quote + 1..];
        let mut escaped = false;
        let end = after.bytes().position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        })?;
        out.push_str(&rest[quote..quote + end + 2]);
        rest = &after[end + 1..];
    }
    plain(rest, &mut out);
    Some(out)
}

/// What stands between texts.
fn plain(text: &str, out: &mut String) {
    for letter in text.chars().filter(|letter| !matches!(letter, ' ' | '\n' | '\r' | '\t')) {
        out.push(letter);
        if matches!(letter, ',' | ':') {
            out.push(' ');
        }
    }
}

fn skip(line: &mut Line<'_>, deep: usize) -> Result<(), Damage> {
    let Some(inner) = deep.checked_sub(1) else {
        return Err(line.damage("lists and objects are within each other too deep"));
    };
    let (is_object, end) = if line.peek() == Some(b'{') { (true, b'}') } else { (false, b']') };
    line.go(line.at() + 1);
    let mut first = true;
    loop {
        line.space();
        if line.peek() == Some(end) && first {
            break;
        }
        if is_object {
            if line.peek() != Some(b'"') {
                return Err(line.damage("a name in quotes is wanted here"));
            }
            line.string()?;
            line.expect(b':', "a name is followed by :")?;
            line.space();
        }
        match line.peek() {
            Some(b'{' | b'[') => skip(line, inner)?,
            _ => drop(value(line)?),
        }
        line.space();
        first = false;
        match line.peek() {
            Some(b',') => line.go(line.at() + 1),
            Some(found) if found == end => break,
            _ => return Err(line.damage("a comma or the end is wanted here")),
        }
    }
    line.go(line.at() + 1);
    Ok(())
}

fn number<'a>(line: &mut Line<'a>) -> Result<Json<'a>, Damage> {
    let begins = line.at();
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
    let length = line.text()[begins..].iter().take_while(|byte| part(byte)).count();
    line.go(begins + length);
    let text = text(line, begins)?;
    if is_number(text) || matches!(text, "NaN" | "Infinity" | "-Infinity") {
        return Ok(Json::Number(text));
    }
    Err(Damage { at: begins, reason: "this is no number".to_owned() })
}

/// Whether JSON takes it for a number.
fn is_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, "0"), |(mantissa, rest)| (mantissa, rest));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && digits(fraction)
        && digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))
}

fn word<'a>(line: &mut Line<'a>, word: &str, value: Json<'a>) -> Result<Json<'a>, Damage> {
    if !line.text()[line.at()..].starts_with(word.as_bytes()) {
        return Err(line.damage("this is no value"));
    }
    line.go(line.at() + word.len());
    Ok(value)
}

fn text<'a>(line: &Line<'a>, begins: usize) -> Result<&'a str, Damage> {
    std::str::from_utf8(&line.text()[begins..line.at()])
        .map_err(|error| Damage { at: begins + error.valid_up_to(), reason: "the text is not UTF-8".to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_spelling() {
        for (text, expected) in [
            ("1.10", Some(Json::Number("1.10"))),
            ("-1e+21", Some(Json::Number("-1e+21"))),
            ("NaN", Some(Json::Number("NaN"))),
            (" null", Some(Json::Null)),
            ("{\"a\": [1, {}]}", Some(Json::Nested("{\"a\": [1, {}]}"))),
            ("[]", Some(Json::Nested("[]"))),
            ("01", None),
            ("1.", None),
            ("[1,]", None),
            ("{\"a\" 1}", None),
            ("{1: 2}", None),
            ("[1 2]", None),
            ("nul", None),
        ] {
            assert_eq!(value(&mut Line::over(text.as_bytes())).ok(), expected, "{text}");
        }
        let deep = "[".repeat(100_000);
        assert!(value(&mut Line::over(deep.as_bytes())).is_err());
    }

    #[test]
    fn a_document_is_spelt_as_python_spells_it() {
        for (text, expected) in [
            ("{\"a\":[1,2],\n \"b,:\" : \"c\\\" , d\" }", Some("{\"a\": [1, 2], \"b,:\": \"c\\\" , d\"}")),
            ("null", Some("null")),
            ("{} {}", None),
            ("x", None),
        ] {
            assert_eq!(tidied(text).as_deref(), expected, "{text}");
        }
        assert_eq!(list("[1, \"a\"]").map(|values| values.len()), Ok(2));
        assert!(list("[1").is_err() && list("[1] 2").is_err());
    }
}
