//! Words that mean "not finished", and paths of somebody's machine, in any file.

use std::path::{Path, PathBuf};

use super::{Finding, Findings};

/// Written in two halves, so that this file passes its own rule.
const WORDS: [(&str, &str); 8] = [
    ("to", "do!("),
    ("unimple", "mented!("),
    ("FIX", "ME"),
    ("XX", "X"),
    ("db", "g!("),
    ("/wo", "rk/"),
    ("/ro", "ot/"),
    ("for n", "ow"),
];

/// Every forbidden word. A longer word around it (`XXXX` in a template) is no match.
pub fn check(root: &Path, files: &[PathBuf]) -> Findings {
    let words: Vec<String> = WORDS.iter().map(|(a, b)| format!("{a}{b}")).collect();
    let mut findings = Vec::new();
    for file in files {
        let bytes = std::fs::read(root.join(file)).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
        let text = String::from_utf8_lossy(&bytes);
        for (index, line) in text.lines().enumerate() {
            for word in words.iter().filter(|word| contains(line, word)) {
                findings.push(Finding::new(file, index + 1, format!("`{word}` has no place here")));
            }
        }
    }
    Ok(findings)
}

fn contains(line: &str, word: &str) -> bool {
    let joins = |c: Option<char>, edge: Option<char>| {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        c.is_some_and(is_word) && edge.is_some_and(is_word)
    };
    line.match_indices(word).any(|(at, _)| {
        let (before, after) = (line[..at].chars().next_back(), line[at + word.len()..].chars().next());
        !joins(before, word.chars().next()) && !joins(after, word.chars().next_back())
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::say;
    use super::{WORDS, check};

    #[test]
    fn every_word_is_found_with_its_line() {
        for (a, b) in WORDS {
            let text = format!("fine\n {a}{b} \n");
            assert_eq!(say(check, &[("README.md", &text)]), [format!("README.md:2: `{a}{b}` has no place here")]);
        }
    }

    #[test]
    fn longer_words_are_other_words() {
        let template = format!("mktemp {}", "X".repeat(6));
        assert_eq!(say(check, &[("run", &template)]), [""; 0]);
        assert_eq!(say(check, &[("a.md", "before nowhere"), ("b.md", "for nowhere")]), [""; 0]);
    }
}
