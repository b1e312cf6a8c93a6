//! Reading Rust source just well enough: comments and literals blanked, test modules cut, paths listed.

/// The code of `text`: comments and the insides of literals become spaces and test modules become empty lines, so that
/// lines keep their numbers.
pub fn code(text: &str) -> String {
    without_tests(&blank(text))
}

/// A path in the code, `crate::sql::Flavor`, with the line where it ends. A tree in braces is one path per leaf.
#[derive(Debug, PartialEq, Eq)]
pub struct CodePath {
    /// Its line, from 1.
    pub line: usize,
    /// Its names.
    pub names: Vec<String>,
}

/// Every path of two names or more in `code`.
pub fn paths(code: &str) -> Vec<CodePath> {
    let mut reader = Reader { rest: code, line: 1, found: Vec::new() };
    while let Some(c) = reader.rest.chars().next() {
        if is_word(c) {
            reader.path(&mut Vec::new());
        } else {
            reader.skip(c);
        }
    }
    reader.found.retain(|path| path.names.len() > 1);
    reader.found
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    found: Vec<CodePath>,
}

impl Reader<'_> {
    fn skip(&mut self, c: char) {
        self.line += usize::from(c == '\n');
        self.rest = &self.rest[c.len_utf8()..];
    }

    fn skip_space(&mut self) {
        while let Some(c) = self.rest.chars().next().filter(|c| c.is_whitespace()) {
            self.skip(c);
        }
    }

    /// Reads one path below `before`; a word by itself is a path of one name.
    fn path(&mut self, before: &mut Vec<String>) {
        let depth = before.len();
        loop {
            let end = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
            before.push(self.rest[..end].to_owned());
            self.rest = &self.rest[end..];
            let Some(rest) = self.rest.strip_prefix("::") else { break self.found(before) };
            self.rest = rest;
            match rest.chars().next() {
                Some('{') => break self.tree(before),
                Some(c) if is_word(c) => {}
                _ => break self.found(before),
            }
        }
        before.truncate(depth);
    }

    fn tree(&mut self, before: &mut Vec<String>) {
        self.skip('{');
        while let Some(c) = self.rest.chars().next() {
            match c {
                '}' => return self.skip(c),
                c if is_word(c) => self.path(before),
                c => self.skip(c),
            }
            self.skip_space();
            if let Some(renamed) = self.rest.strip_prefix("as ") {
                self.rest = renamed.trim_start_matches(is_word);
            }
        }
    }

    fn found(&mut self, names: &[String]) {
        self.found.push(CodePath { line: self.line, names: names.to_vec() });
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn without_tests(code: &str) -> String {
    let mut lines: Vec<&str> = code.lines().collect();
    let mut at = 0;
    while at + 1 < lines.len() {
        let opens = lines[at].trim() == "#[cfg(test)]" && lines[at + 1].trim_start().starts_with("mod ");
        if opens {
            // rustfmt closes a module with a brace in the column where it began.
            let indent = lines[at].len() - lines[at].trim_start().len();
            let closes = |line: &&str| line.len() == indent + 1 && line.ends_with('}');
            let inline = lines[at + 1].trim_end().ends_with('{');
            let length =
                if inline { lines[at..].iter().position(closes).map_or(lines.len() - at, |n| n + 1) } else { 2 };
            lines[at..at + length].fill("");
        }
        at += 1;
    }
    lines.join("\n")
}

/// Replaces comments and the insides of string and character literals by spaces.
fn blank(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = skipped(rest, out.chars().next_back());
        if length > 0 {
            out.extend(rest[..length].chars().map(|c| if c == '\n' { c } else { ' ' }));
            rest = &rest[length..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// Length of the comment or literal that `rest` begins with; 0 where it begins with code.
fn skipped(rest: &str, before: Option<char>) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment(rest);
    }
    if rest.starts_with('"') {
        return quoted(rest, '"');
    }
    let in_word = before.is_some_and(is_word);
    if rest.starts_with('r') && (!in_word || before == Some('b')) {
        return raw_string(rest);
    }
    if rest.starts_with('\'') && is_character(rest) {
        return quoted(rest, '\'');
    }
    0
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = true; // so that the opening quote is passed over
    for (at, c) in rest.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn raw_string(rest: &str) -> usize {
    let hashes = rest[1..].chars().take_while(|c| *c == '#').count();
    if !rest[1 + hashes..].starts_with('"') {
        return 0;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    let inside = 2 + hashes;
    rest[inside..].find(&close).map_or(rest.len(), |at| inside + at + close.len())
}

/// Is this quote a character and not a lifetime?
fn is_character(rest: &str) -> bool {
    let mut chars = rest.chars().skip(1);
    match chars.next() {
        Some('\\') => true,
        Some(_) => chars.next() == Some('\''),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{code, paths};

    fn list(text: &str) -> Vec<String> {
        paths(&code(text)).iter().map(|path| format!("{} {}", path.line, path.names.join("::"))).collect()
    }

    #[test]
    fn trees_are_listed_leaf_by_leaf() {
        let text = "use crate::a::{b, c as d, e::{f, self}};\nuse std::{\n    env,\n    fs::File,\n};\n";
        assert_eq!(
            list(text),
            [
                "1 crate::a::b",
                "1 crate::a::c",
                "1 crate::a::e::f",
                "1 crate::a::e::self",
                "3 std::env",
                "4 std::fs::File"
            ]
        );
    }

    #[test]
    fn paths_inside_code_count_and_words_inside_text_do_not() {
        let text = "// crate::no\nfn f<'a>(x: &'a crate::yes::T) {\n    g(\"crate::no\", r#\"crate::\"no\"#, '\"', b\"x::y\");\n    \
                    /* crate::no /* std::no */ */ super::other();\n}\n";
        assert_eq!(list(text), ["2 crate::yes::T", "4 super::other"]);
    }

    #[test]
    fn test_modules_are_cut_and_lines_keep_their_numbers() {
        let text = "use a::b;\n#[cfg(test)]\nmod tests {\n    use crate::x;\n}\n#[cfg(test)]\nmod more;\nuse c::d;\n";
        assert_eq!(list(text), ["1 a::b", "8 c::d"]);
    }
}
