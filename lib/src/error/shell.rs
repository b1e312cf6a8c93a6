//! Words of a command line, as hints have them.

use std::path::Path;

/// `text` as one word of a shell's command line, in quotes where it has to be.
pub fn shell_word(text: &str) -> String {
    // A NUL is in no path and in no argument.
    shlex::try_quote(text).map_or_else(|_| text.to_owned(), |quoted| quoted.into_owned())
}

/// How what is at `path` is moved away, as a hint says it.
pub fn move_away(path: &Path) -> String {
    let name = path.display().to_string();
    format!("move it away first: mv {} {}", shell_word(&name), shell_word(&format!("{name}.old")))
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn one_word_stays_one() {
        for text in ["walt.db", "/srv/my data/walt.db", "it's", "$(reboot)", "a;b", ""] {
            assert_eq!(shlex::split(&format!("rm {}", shell_word(text))).unwrap(), ["rm", text]);
        }
        assert_eq!(shell_word("backups/walt.dump"), "backups/walt.dump");
    }
}
