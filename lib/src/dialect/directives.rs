//! Directives in a script's leading comments: `-- mainstay: no-transaction`.

use std::time::Duration;

use crate::config::parse_duration;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::lint;
use crate::plan::Hazard;
use crate::sql::{Flavor, significant, unquoted};

use super::Version;

/// What a script's leading comments ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directives {
    /// `no-transaction`: each statement by itself.
    pub no_transaction: bool,
    /// `lock-timeout 2s`: how long its statements may wait for a lock; `0` waits for ever.
    pub lock_timeout: Option<Duration>,
    /// `statement-timeout 10 min`: how long each may run; `0` is without limit.
    pub statement_timeout: Option<Duration>,
    /// `allow deletes-data`: hazards consented to by whoever wrote the script.
    pub allow: Vec<Hazard>,
    /// `allow several-locks`: rules of `migrate lint` that the script breaks on purpose.
    pub allow_rules: Vec<String>,
    /// `requires 20261120093000`: versions that must be applied before.
    pub requires: Vec<Version>,
    /// `foreign-keys-off`: on SQLite, foreign keys are not enforced until the script is done, and must all hold then.
    pub foreign_keys_off: bool,
    /// `rebuilds log, "old log"`: tables that are dropped because their rows have been copied into what takes their name.
    pub rebuilds: Vec<String>,
    /// `replaces 1, 2, 3`: versions that this migration stands for, itself the last; a list for each squash, the oldest first.
    pub replaces: Vec<Vec<Version>>,
}

const KNOWN: [&str; 8] = [
    "no-transaction",
    "lock-timeout",
    "statement-timeout",
    "allow",
    "requires",
    "foreign-keys-off",
    "rebuilds",
    "replaces",
];

impl Directives {
    /// Is it the first word of a directive for migrations?
    pub fn is_known(word: &str) -> bool {
        KNOWN.contains(&word)
    }

    /// Reads the comments and blank lines at the head of `text`; the first other line ends them.
    ///
    /// # Errors
    /// [`ErrorKind::Source`] with the place: an unknown directive or a value that does not parse. A mistyped
    /// `no-transaction` must not pass for a comment.
    pub fn read(file: &str, text: &str) -> Result<Self> {
        let mut directives = Self::default();
        let (mut offset, mut goes_on) = (0, false);
        for line in text.split_inclusive('\n') {
            let trimmed = line.trim();
            if let Some(directive) = directive(trimmed) {
                directives.add(directive, goes_on).map_err(|error| error.at(Place::in_text(file, text, offset)))?;
                goes_on = directive.starts_with("replaces") && directive.ends_with(',');
            } else if !trimmed.is_empty() && !trimmed.starts_with("--") {
                break;
            }
            offset += line.len();
        }
        match directives.no_transaction && directives.foreign_keys_off {
            true => Err(Error::new(ErrorKind::Source, "`foreign-keys-off` goes with a transaction alone")
                .at(Place::in_text(file, text, 0))
                .hint(format!("take `no-transaction` out of {file}"))),
            false => Ok(directives),
        }
    }

    /// Whether the script has said of every one of `tables`, written as in SQL, that its rows have been copied.
    pub fn rebuilds_all(&self, tables: &[String]) -> bool {
        let is_known = |table: &String| {
            let name = significant(table, Flavor::Sqlite).last().map(|token| unquoted(token.text)).unwrap_or_default();
            self.rebuilds.iter().any(|known| known.eq_ignore_ascii_case(&name))
        };
        !tables.is_empty() && tables.iter().all(is_known)
    }

    /// `goes_on`: the directive before was a list of `replaces` that ended in a comma.
    fn add(&mut self, directive: &str, goes_on: bool) -> Result<()> {
        let (word, rest) = directive.split_once(char::is_whitespace).unwrap_or((directive, ""));
        let rest = rest.trim();
        match word {
            "no-transaction" => self.no_transaction = true,
            "lock-timeout" => self.lock_timeout = Some(parse_duration(rest).map_err(in_directive(word))?),
            "statement-timeout" => self.statement_timeout = Some(parse_duration(rest).map_err(in_directive(word))?),
            "allow" => {
                for name in names(rest) {
                    self.allow(name)?;
                }
            }
            "foreign-keys-off" => self.foreign_keys_off = true,
            "rebuilds" => {
                let tokens = significant(rest, Flavor::Sqlite).filter(|token| token.text != ",");
                self.rebuilds.extend(tokens.map(|token| unquoted(token.text)));
            }
            "requires" => self.requires.extend(names(rest).map(Version::new)),
            "replaces" => match self.replaces.last_mut().filter(|_| goes_on) {
                Some(list) => list.extend(names(rest).map(Version::new)),
                None => self.replaces.push(names(rest).map(Version::new).collect()),
            },
            _ => {
                let near = KNOWN.iter().min_by_key(|known| strsim::damerau_levenshtein(known, word)).unwrap_or(&"");
                return Err(Error::new(ErrorKind::Source, format!("unknown directive `{word}`"))
                    .hint(format!("did you mean `-- mainstay: {near}`? Known: {}", KNOWN.join(", "))));
            }
        }
        if matches!(word, "allow" | "requires" | "rebuilds" | "replaces") && rest.is_empty() {
            return Err(Error::new(ErrorKind::Source, format!("the directive `{word}` needs a value")));
        }
        Ok(())
    }

    fn allow(&mut self, name: &str) -> Result<()> {
        match Hazard::parse(name) {
            Ok(hazard) => self.allow.push(hazard),
            Err(_) if lint::names().any(|rule| rule == name) => self.allow_rules.push(name.to_owned()),
            Err(_) => return Err(unknown(name)),
        }
        Ok(())
    }
}

fn unknown(name: &str) -> Error {
    let hazards: Vec<&str> = Hazard::ALL.iter().map(|hazard| hazard.name()).collect();
    let near =
        hazards.iter().copied().chain(lint::names()).min_by_key(|known| strsim::damerau_levenshtein(known, name));
    Error::new(ErrorKind::Source, format!("there is no hazard or rule `{name}`"))
        .hint(format!("did you mean `{}`?", near.unwrap_or_default()))
        .hint(format!("known hazards: {}; rules: mainstay migrate lint --explain all", hazards.join(", ")))
}

fn directive(line: &str) -> Option<&str> {
    line.strip_prefix("--")?.trim_start().strip_prefix("mainstay:").map(str::trim)
}

fn names(list: &str) -> impl Iterator<Item = &str> {
    list.split([',', ' ']).filter(|name| !name.is_empty())
}

fn in_directive(word: &str) -> impl Fn(String) -> Error {
    move |why| Error::new(ErrorKind::Source, format!("the directive `{word}` has no duration: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_read_from_the_head_only() {
        let text = "-- a note\n\n-- mainstay: no-transaction\n--mainstay: lock-timeout 500ms\n\
                    -- mainstay: allow deletes-data\nSELECT 1;\n-- mainstay: nonsense\n";
        let read = Directives::read("x.up.sql", text).expect("reads");
        assert!(read.no_transaction);
        assert_eq!(read.lock_timeout, Some(Duration::from_millis(500)));
        assert_eq!(read.allow, [Hazard::DeletesData]);
        let read = Directives::read("x.up.sql", "-- mainstay: allow deletes-data, several-locks\n").expect("reads");
        assert_eq!((read.allow, read.allow_rules), (vec![Hazard::DeletesData], vec!["several-locks".to_owned()]));
    }

    #[test]
    fn a_rebuild_is_told_by_the_tables_names() {
        let read =
            Directives::read("x.up.sql", "-- mainstay: foreign-keys-off\n-- mainstay: rebuilds Log, \"old log\"\n");
        let read = read.expect("reads");
        assert!(read.foreign_keys_off);
        let all = |tables: &[&str]| read.rebuilds_all(&tables.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>());
        assert!(all(&["log"]) && all(&["main.log", "\"Old Log\""]));
        assert!(!all(&["log", "other"]) && !all(&[]));
        let both = "-- mainstay: no-transaction\n-- mainstay: foreign-keys-off\n";
        assert!(Directives::read("x.up.sql", both).expect_err("refused").hints()[0].contains("no-transaction"));
    }

    #[test]
    fn a_list_of_replaced_versions_goes_on_after_a_comma() {
        let text = "-- mainstay: replaces 1, 2,\n-- mainstay: replaces 3\n-- mainstay: replaces 3, 4\n";
        let read = Directives::read("4_baseline.up.sql", text).expect("reads");
        let lists: Vec<Vec<&str>> =
            read.replaces.iter().map(|list| list.iter().map(Version::as_str).collect()).collect();
        assert_eq!(lists, [vec!["1", "2", "3"], vec!["3", "4"]]);
        assert!(Directives::read("4_baseline.up.sql", "-- mainstay: replaces\n").is_err());
    }

    #[test]
    fn a_mistyped_directive_is_an_error_with_its_line() {
        let error = Directives::read("x.up.sql", "-- why\n-- mainstay: no-transation\n").expect_err("refused");
        assert_eq!(error.place().map(|place| place.line), Some(2));
        assert!(error.hints()[0].contains("no-transaction"), "{error:?}");
        assert!(Directives::read("x.up.sql", "-- mainstay: lock-timeout soon\n").is_err());
        let error = Directives::read("x.up.sql", "-- mainstay: allow delets-data\n").expect_err("refused");
        assert_eq!(
            (error.message(), &*error.hints()[0]),
            ("there is no hazard or rule `delets-data`", "did you mean `deletes-data`?")
        );
        let error = Directives::read("x.up.sql", "-- mainstay: allow severallocks\n").expect_err("refused");
        assert_eq!(error.hints()[0], "did you mean `several-locks`?");
    }
}
