//! The values within a value's text: of arrays, composites, ranges and shapes.
//!
//! Source: PostgreSQL documentation, "Array Input and Output Syntax", "Composite Type Input and Output Syntax", "Range/Multirange
//! Constructing and Output".

/// The elements of an array that are not NULL; `None` for what is no array.
pub(super) fn elements(text: &str, delimiter: char) -> Option<Vec<String>> {
    let text = text.trim();
    // The bounds of an array that does not begin at 1: `[2:3]={1,2}`.
    let body = if text.starts_with('[') { text.split_once('=')?.1.trim_start() } else { text };
    let mut letters = body.chars().peekable();
    let (mut found, mut depth, mut begun) = (Vec::new(), 0_usize, false);
    while let Some(letter) = letters.next() {
        match letter {
            '{' => (depth, begun) = (depth + 1, true),
            '}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return letters.all(char::is_whitespace).then_some(found);
                }
            }
            _ if !begun => return None,
            letter if letter == delimiter || letter.is_whitespace() => {}
            '"' => {
                let mut element = String::new();
                loop {
                    match letters.next()? {
                        '"' => break,
                        '\\' => element.push(letters.next()?),
                        other => element.push(other),
                    }
                }
                found.push(element);
            }
            first => {
                let mut element = String::new();
                let mut next = Some(first);
                while let Some(letter) = next {
                    match letter {
                        '\\' => element.push(letters.next()?),
                        '"' | '{' => return None,
                        other => element.push(other),
                    }
                    let ends = |letter: &char| *letter == delimiter || *letter == '}';
                    next = letters.next_if(|letter| !ends(letter));
                }
                let element = element.trim_end();
                if !element.eq_ignore_ascii_case("null") {
                    found.push(element.to_owned());
                }
            }
        }
    }
    None
}

/// The fields of a composite, `None` for NULL; nothing for what is no composite.
pub(super) fn fields(text: &str) -> Option<Vec<Option<String>>> {
    let mut fields = Fields { rest: text.trim().strip_prefix('(')? };
    let mut found = Vec::new();
    loop {
        let (field, end) = fields.next(&[',', ')'])?;
        found.push(field);
        if end == ')' {
            return fields.rest.is_empty().then_some(found);
        }
    }
}

/// The bounds of a range that are not infinite.
pub(super) fn bounds(text: &str) -> Option<Vec<String>> {
    let mut fields = Fields { rest: text.trim() };
    let found = fields.range()?;
    fields.rest.is_empty().then_some(found)
}

/// The same of all ranges of a multirange.
pub(super) fn bounds_of_all(text: &str) -> Option<Vec<String>> {
    let inside = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let (mut fields, mut found) = (Fields { rest: inside.trim() }, Vec::new());
    while !fields.rest.is_empty() {
        found.extend(fields.range()?);
        fields.rest = fields.rest.trim_start();
        fields.rest = fields.rest.strip_prefix(',').unwrap_or(fields.rest).trim_start();
    }
    Some(found)
}

/// The numbers of a shape, infinities and NaN included.
pub(super) fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '+');
    text.split(move |letter: char| !part(letter)).filter(|word| !word.is_empty())
}

struct Fields<'t> {
    rest: &'t str,
}

impl Fields<'_> {
    /// The field up to one of `ends`, which is taken too. One without a letter is NULL.
    fn next(&mut self, ends: &[char]) -> Option<(Option<String>, char)> {
        let mut letters = self.rest.char_indices();
        let (mut field, mut quoted, mut any) = (String::new(), false, false);
        while let Some((at, letter)) = letters.next() {
            match letter {
                '\\' => field.push(letters.next()?.1),
                '"' if quoted && letters.as_str().starts_with('"') => {
                    letters.next();
                    field.push('"');
                }
                '"' => quoted = !quoted,
                end if !quoted && ends.contains(&end) => {
                    self.rest = &self.rest[at + end.len_utf8()..];
                    return Some((any.then_some(field), end));
                }
                other => field.push(other),
            }
            any = true;
        }
        None
    }

    fn range(&mut self) -> Option<Vec<String>> {
        if let Some((word, rest)) = self.rest.split_at_checked(5)
            && word.eq_ignore_ascii_case("empty")
        {
            self.rest = rest;
            return Some(Vec::new());
        }
        self.rest = self.rest.strip_prefix(['[', '('])?;
        let (lower, _) = self.next(&[','])?;
        let (upper, _) = self.next(&[']', ')'])?;
        Some(lower.into_iter().chain(upper).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found() {
        for (text, expected) in [
            ("{1,NULL,3}", Some(vec!["1", "3"])),
            ("{}", Some(vec![])),
            ("{{1,2},{3,4}}", Some(vec!["1", "2", "3", "4"])),
            ("[2:3]={1,2}", Some(vec!["1", "2"])),
            (r#"{"a,b","\"q\"",NULL,"NULL",""}"#, Some(vec!["a,b", "\"q\"", "NULL", ""])),
            ("{ a b , c }", Some(vec!["a b", "c"])),
            ("{1,2", None),
            ("1,2", None),
            ("{a\"b\"}", None),
        ] {
            let found = elements(text, ',');
            assert_eq!(found.as_ref().map(|all| all.iter().map(String::as_str).collect()), expected, "{text}");
        }
        assert_eq!(elements("{(1,1),(0,0);(2,2),(1,1)}", ';').unwrap(), ["(1,1),(0,0)", "(2,2),(1,1)"]);
    }

    #[test]
    fn fields_and_bounds_are_found() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(fields("(1,\"a, b\",)"), Some(vec![some("1"), some("a, b"), None]));
        assert_eq!(fields(r#"("say ""x""",\,,"")"#), Some(vec![some("say \"x\""), some(","), some("")]));
        assert_eq!((fields("1,2"), fields("(1,2"), fields("(1)x")), (None, None, None));
        assert_eq!(
            bounds("[\"2024-01-01 00:00:00+00\",infinity)"),
            Some(vec!["2024-01-01 00:00:00+00".to_owned(), "infinity".to_owned()])
        );
        assert_eq!((bounds("(,)"), bounds("empty"), bounds("[1")), (Some(vec![]), Some(vec![]), None));
        assert_eq!(bounds_of_all("{[1,3), [5,9)}").unwrap(), ["1", "3", "5", "9"]);
        assert_eq!(bounds_of_all("{}"), Some(vec![]));
        assert_eq!(numbers("<(0,-1e-5),NaN>").collect::<Vec<_>>(), ["0", "-1e-5", "NaN"]);
    }
}
