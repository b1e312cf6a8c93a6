//! A line of the configuration that runs a program: split as a shell splits it, without a shell.

use std::fmt;

/// A program and its arguments, with places for what is known only later: `alembic revision -m {name}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    text: String,
    words: Vec<String>,
}

/// What a shell would do with a line and nothing here does.
const OF_A_SHELL: [&str; 9] = ["|", "||", "&", "&&", ";", "<", ">", ">>", "2>&1"];

impl CommandLine {
    /// Splits `text` into words; quotes and backslashes mean what they mean to a shell. `places` are those that it may have,
    /// `to` for `{to}`.
    ///
    /// # Errors
    /// A sentence: a quote is open, there is no program, a word is meant for a shell, a place has another name.
    pub fn parse(text: &str, places: &[&str]) -> Result<Self, String> {
        let words = shlex::split(text).ok_or("a quote in it is never closed")?;
        let Some(program) = words.first() else { return Err("it names no program".to_owned()) };
        if let Some((name, _)) = program.split_once('=').filter(|(name, _)| !name.contains('/')) {
            return Err(format!("it begins with a variable, which is a shell's business: write env {name}=… PROGRAM"));
        }
        if let Some(word) = words.iter().find(|word| OF_A_SHELL.contains(&word.as_str()) || word.contains("$(")) {
            return Err(format!(
                "`{word}` is a shell's business, and there is none: put it into a script, or write sh -c '…'"
            ));
        }
        if let Some(unknown) = words.iter().flat_map(|word| named(word)).find(|name| !places.contains(name)) {
            if places.is_empty() {
                return Err(format!(
                    "there is no {{{unknown}}}: nothing is filled in here, what there is to tell is in its environment"
                ));
            }
            let known: Vec<String> = places.iter().map(|place| format!("{{{place}}}")).collect();
            return Err(format!("there is no {{{unknown}}}; it may have: {}", known.join(", ")));
        }
        Ok(Self { text: text.trim().to_owned(), words })
    }

    /// A line that a shell has split already; `None` where it has no word.
    pub fn of_words(words: Vec<String>) -> Option<Self> {
        let text = shlex::try_join(words.iter().map(String::as_str)).ok()?;
        (!words.is_empty()).then_some(Self { text, words })
    }

    /// Whether it has that place.
    pub fn has(&self, place: &str) -> bool {
        self.words.iter().flat_map(|word| named(word)).any(|name| name == place)
    }

    /// Its words, the places filled in: a value stays within its word, whatever it holds.
    pub fn filled(&self, values: &[(&str, &str)]) -> Vec<String> {
        let fill = |word: &String| {
            let mut out = String::with_capacity(word.len());
            let mut rest = word.as_str();
            while let Some(open) = rest.find('{') {
                let place = rest[open + 1..].split('}').next().unwrap_or_default();
                let value = values.iter().find(|(name, _)| *name == place);
                let (piece, behind) = match value {
                    Some((_, value)) => (*value, open + place.len() + 2),
                    None => ("{", open + 1),
                };
                out.extend([&rest[..open], piece]);
                rest = &rest[behind..];
            }
            out + rest
        };
        self.words.iter().map(fill).collect()
    }
}

/// The names in `{…}` of a word; what is no name there is text.
fn named(word: &str) -> impl Iterator<Item = &str> {
    let inside = word.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name));
    inside.filter(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_and_filled() {
        let line = CommandLine::parse("env A=1 alembic revision -m '{name}' x{to}y {}", &["name", "to"]).unwrap();
        let filled = line.filled(&[("name", "a b; rm {to} $(x) \"'"), ("to", "7")]);
        assert_eq!(filled, ["env", "A=1", "alembic", "revision", "-m", "a b; rm {to} $(x) \"'", "x7y", "{}"]);
        assert!(line.has("to") && !line.has("url"));
    }

    #[test]
    fn what_needs_a_shell_is_refused() {
        for (text, why) in [
            ("", "it names no program"),
            ("alembic 'x", "a quote in it is never closed"),
            ("A=1 alembic", "it begins with a variable, which is a shell's business: write env A=… PROGRAM"),
            ("a && b", "`&&` is a shell's business, and there is none: put it into a script, or write sh -c '…'"),
            ("a {nme}", "there is no {nme}; it may have: {name}"),
        ] {
            assert_eq!(CommandLine::parse(text, &["name"]).unwrap_err(), why, "{text}");
        }
    }
}
