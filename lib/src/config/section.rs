//! One table of the file, read key by key; what nobody asked for is unknown.

use std::cell::RefCell;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::CommandLine;
use super::duration;
use super::mask::mask;
use super::{percent, size};
use crate::error::{Error, ErrorKind, Place, Result};

/// The file's name and text, for places.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Source<'_> {
    /// An error that points at byte `offset`.
    pub(super) fn error(&self, offset: usize, message: impl Into<String>) -> Error {
        let mut place = Place::in_text(self.file, self.text, offset);
        place.text = mask(&place.text);
        Error::new(ErrorKind::Config, message).at(place)
    }
}

/// A table of the file.
pub(super) struct Section<'a> {
    source: Source<'a>,
    /// As written in the file: `[target.prod]`; empty for the file itself.
    name: String,
    table: Option<&'a DeTable<'a>>,
    asked: RefCell<Vec<&'static str>>,
    /// The byte at which it begins.
    start: usize,
}

impl<'a> Section<'a> {
    pub(super) fn new(source: Source<'a>, name: String, table: Option<&'a DeTable<'a>>) -> Self {
        Self { source, name, table, asked: RefCell::new(Vec::new()), start: 0 }
    }

    /// The table under `key`; an empty one where there is none.
    pub(super) fn section(&self, key: &'static str) -> Result<Section<'a>> {
        let table = match self.get(key) {
            Some(value) => Some(value.get_ref().as_table().ok_or_else(|| self.wrong(key, value, "a section"))?),
            None => None,
        };
        let title = if self.name.is_empty() { format!("[{key}]") } else { format!("{} {key}", self.name) };
        Ok(Section::new(self.source, title, table))
    }

    /// Whether the file has it.
    pub(super) fn is_there(&self) -> bool {
        self.table.is_some()
    }

    /// The tables under `key`, each with its own name.
    pub(super) fn sections(&self, key: &'static str) -> Result<Vec<(String, Section<'a>)>> {
        let Some(tables) = self.section(key)?.table else { return Ok(Vec::new()) };
        let section = |(name, value): (&Spanned<std::borrow::Cow<'a, str>>, &'a Spanned<DeValue<'a>>)| {
            let (name, title) = (name.get_ref().to_string(), format!("[{key}.{}]", name.get_ref()));
            match value.get_ref().as_table() {
                Some(table) => {
                    Ok((name, Section { start: value.span().start, ..Section::new(self.source, title, Some(table)) }))
                }
                None => Err(self.source.error(value.span().start, format!("{title} must be a section"))),
            }
        };
        tables.iter().map(section).collect()
    }

    pub(super) fn string(&self, key: &'static str) -> Result<Option<String>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        match value.get_ref() {
            DeValue::String(text) if text.trim().is_empty() => {
                Err(self.at(value.span(), format!("{} is empty", self.shown(key))).hint("leave the key out instead"))
            }
            DeValue::String(text) => Ok(Some(text.to_string())),
            _ => Err(self.wrong(key, value, "a string")),
        }
    }

    /// A string, or a whole number as its digits: `to = 4`.
    pub(super) fn string_or_integer(&self, key: &'static str) -> Result<Option<String>> {
        match self.get(key).map(|value| (value, value.get_ref())) {
            Some((value, DeValue::Integer(number))) => {
                let digits = number.as_str().replace('_', "");
                match number.radix() == 10 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    true => Ok(Some(digits)),
                    false => Err(self.wrong(key, value, "a version: digits or a string")),
                }
            }
            Some((_, DeValue::String(_))) | None => self.string(key),
            Some((value, _)) => Err(self.wrong(key, value, "a string or a whole number")),
        }
    }

    /// A string that is one of `choices`.
    pub(super) fn choice(&self, key: &'static str, choices: &[&'static str]) -> Result<Option<&'static str>> {
        let Some(text) = self.string(key)? else { return Ok(None) };
        choices.iter().find(|choice| **choice == text).map(|choice| Some(*choice)).ok_or_else(|| {
            let span = self.get(key).map(Spanned::span).unwrap_or_default();
            let error = self.at(span, format!("{} is {text:?}", self.shown(key)));
            match nearest(&text, choices) {
                Some(nearest) => error.hint(format!("did you mean \"{nearest}\"?")),
                None => error.hint(format!("it is one of: {}", choices.join(", "))),
            }
        })
    }

    pub(super) fn strings(&self, key: &'static str) -> Result<Vec<String>> {
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        let wrong = |value| self.wrong(key, value, "a list of strings");
        let items = value.get_ref().as_array().ok_or_else(|| wrong(value))?;
        items.iter().map(|item| item.get_ref().as_str().map(str::to_owned).ok_or_else(|| wrong(item))).collect()
    }

    /// A string that `is_good` takes; `expected` says which those are.
    pub(super) fn checked(
        &self,
        key: &'static str,
        expected: &str,
        is_good: impl Fn(&str) -> bool,
    ) -> Result<Option<String>> {
        let Some(text) = self.string(key)? else { return Ok(None) };
        if is_good(&text) {
            return Ok(Some(text));
        }
        let span = self.get(key).map(Spanned::span).unwrap_or_default();
        Err(self.at(span, format!("{} is {text:?}", self.shown(key))).hint(format!("it is {expected}")))
    }

    /// A part of the whole, `"50%"`: its percent, 1 to 100.
    pub(super) fn percent(&self, key: &'static str) -> Result<Option<u8>> {
        let expected = "a part of the whole, \"1%\" to \"100%\"";
        let text = self.checked(key, expected, |text| percent::parse(text).is_some())?;
        Ok(text.and_then(|text| percent::parse(&text)))
    }

    /// Public keys of age. What stands there instead may be a secret one: it is not shown.
    pub(super) fn public_keys(&self, key: &'static str) -> Result<Vec<String>> {
        let keys = self.strings(key)?;
        let Some(wrong) = keys.iter().position(|text| !is_public_key(text)) else { return Ok(keys) };
        let items = self.get(key).and_then(|value| value.get_ref().as_array());
        let start = items.and_then(|items| items.get(wrong)).map(Spanned::span).unwrap_or_default().start;
        let message = format!("{} has no public key of age as its item {}", self.shown(key), wrong + 1);
        Err(Error::new(ErrorKind::Config, message)
            .at(self.hidden(start))
            .hint("a public key begins with age1 and is copied whole; make a pair with: age-keygen -o backup.key"))
    }

    /// A file with secret keys, `file:PATH` or just its path. A key itself does not belong here, and is not shown.
    pub(super) fn key_file(&self, key: &'static str) -> Result<Option<PathBuf>> {
        let Some(text) = self.string(key)? else { return Ok(None) };
        if text.to_ascii_uppercase().contains("AGE-SECRET-KEY-") {
            let start = self.get(key).map(Spanned::span).unwrap_or_default().start;
            let message = format!("{} is a secret key, and the name of its file is wanted", self.shown(key));
            return Err(Error::new(ErrorKind::Config, message)
                .at(self.hidden(start))
                .hint("write the key into a file that nobody else reads (chmod 0600), and here: \"file:backup.key\""));
        }
        Ok(Some(PathBuf::from(text.strip_prefix("file:").unwrap_or(&text))))
    }

    /// A place whose text is not shown.
    fn hidden(&self, start: usize) -> Place {
        Place { text: String::new(), ..Place::in_text(self.source.file, self.source.text, start) }
    }

    /// A whole number, zero or more.
    pub(super) fn count(&self, key: &'static str) -> Result<Option<u64>> {
        self.count_from(key, 0)
    }

    /// A whole number, `least` or more.
    pub(super) fn count_from(&self, key: &'static str, least: u64) -> Result<Option<u64>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let Some(number) = value.get_ref().as_integer() else { return Err(self.wrong(key, value, "a whole number")) };
        let digits = number.as_str().replace('_', "");
        digits.parse().ok().filter(|number| *number >= least).map(Some).ok_or_else(|| {
            self.at(value.span(), format!("{} is {digits}", self.shown(key)))
                .hint(format!("it is a whole number, at least {least}"))
        })
    }

    /// A size in bytes: "10 MB", in powers of 1000.
    pub(super) fn size(&self, key: &'static str) -> Result<Option<u64>> {
        let Some(text) = self.string(key)? else { return Ok(None) };
        size::parse(&text).map(Some).ok_or_else(|| {
            let span = self.get(key).map(Spanned::span).unwrap_or_default();
            self.at(span, format!("{} is {text:?}, which is no size", self.shown(key)))
                .hint("write \"10 MB\" or \"1 GB\"")
        })
    }

    /// The table under `key` as pairs of a name and one of `choices`, each with its place.
    pub(super) fn choices(
        &self,
        key: &'static str,
        choices: &[&'static str],
    ) -> Result<Vec<(String, &'static str, Place)>> {
        let section = self.section(key)?;
        let pair = |(name, value): (&Spanned<std::borrow::Cow<'a, str>>, &'a Spanned<DeValue<'a>>)| {
            let (key, span) = (name.get_ref().to_string(), name.span());
            let text = value.get_ref().as_str().ok_or_else(|| section.wrong(&key, value, "a string"))?;
            let choice = choices.iter().find(|choice| **choice == text).ok_or_else(|| {
                let error = section.at(value.span(), format!("{} is {text:?}", section.shown(&key)));
                error.hint(format!("it is one of: {}", choices.join(", ")))
            })?;
            Ok((key, *choice, Place::in_text(self.source.file, self.source.text, span.start)))
        };
        section.table.into_iter().flat_map(|table| table.iter()).map(pair).collect()
    }

    /// The strings of the section under `key`, each with its own name and its place.
    pub(super) fn pairs(&self, key: &'static str) -> Result<Vec<(String, String, Place)>> {
        let section = self.section(key)?;
        let pair = |(name, value): (&Spanned<std::borrow::Cow<'a, str>>, &'a Spanned<DeValue<'a>>)| {
            let key = name.get_ref().to_string();
            let text = value.get_ref().as_str().filter(|text| !text.trim().is_empty());
            let text = text.ok_or_else(|| section.wrong(&key, value, "a name in quotes"))?;
            Ok((key, text.to_owned(), Place::in_text(self.source.file, self.source.text, name.span().start)))
        };
        section.table.into_iter().flat_map(|table| table.iter()).map(pair).collect()
    }

    /// The tables of the list under `key`; none where there is none.
    pub(super) fn list(&self, key: &'static str) -> Result<Vec<Section<'a>>> {
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        let wrong = |value| self.wrong(key, value, "a list of sections");
        let items = value.get_ref().as_array().ok_or_else(|| wrong(value))?;
        let section = |(at, item): (usize, &'a Spanned<DeValue<'a>>)| {
            let table = item.get_ref().as_table().ok_or_else(|| wrong(item))?;
            let title = format!("{} {key} {}", self.name, at + 1);
            Ok(Section { start: item.span().start, ..Section::new(self.source, title, Some(table)) })
        };
        items.iter().enumerate().map(section).collect()
    }

    /// Where the section is.
    pub(super) fn place(&self) -> Place {
        Place::in_text(self.source.file, self.source.text, self.start)
    }

    /// The error that `key` is missing, which is written like `example`.
    pub(super) fn lacks(&self, key: &str, example: &str) -> Error {
        self.source.error(self.start, format!("{} lacks {key}", self.name)).hint(format!("add: {example}"))
    }

    /// A program's line, which may have `places`.
    pub(super) fn command_line(&self, key: &'static str, places: &[&str]) -> Result<Option<CommandLine>> {
        let Some(text) = self.string(key)? else { return Ok(None) };
        CommandLine::parse(&text, places).map(Some).map_err(|why| {
            let span = self.get(key).map(Spanned::span).unwrap_or_default();
            self.at(span, format!("{} cannot be run: {why}", self.shown(key)))
        })
    }

    /// A duration between `range`'s ends.
    pub(super) fn duration(&self, key: &'static str, range: Range<Duration>) -> Result<Option<Duration>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let text = value.get_ref().as_str().ok_or_else(|| self.wrong(key, value, "a duration in quotes, \"2s\""))?;
        let read = duration::parse(text).ok_or_else(|| {
            self.at(value.span(), format!("{} is {text:?}, which is no duration", self.shown(key)))
                .hint("write \"2s\", \"500ms\" or \"1 min\"")
        })?;
        if !range.contains(&read) {
            let (low, high) = (range.start, range.end);
            return Err(self
                .at(value.span(), format!("{} is out of range: {text}", self.shown(key)))
                .hint(format!("it must be at least {low:?} and less than {high:?}")));
        }
        Ok(Some(read))
    }

    /// Refuses the keys that were not asked for.
    pub(super) fn finish(self) -> Result<()> {
        let known = self.asked.borrow();
        let Some(table) = self.table else { return Ok(()) };
        let Some((key, _)) = table.iter().find(|(key, _)| !known.contains(&key.get_ref().as_ref())) else {
            return Ok(());
        };
        let (kind, owner) = match self.name.as_str() {
            "" => ("section or key", String::new()),
            name => ("key", format!(" in {name}")),
        };
        let error = self.at(key.span(), format!("unknown {kind} {:?}{owner}", key.get_ref()));
        Err(match nearest(key.get_ref(), &known) {
            Some(nearest) => error.hint(format!("did you mean `{nearest}`?")),
            None => error.hint(format!("it knows: {}", known.join(", "))),
        })
    }

    fn get(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        if !self.asked.borrow().contains(&key) {
            self.asked.borrow_mut().push(key);
        }
        self.table.and_then(|table| table.get(key))
    }

    fn wrong(&self, key: &str, value: &Spanned<DeValue<'_>>, expected: &str) -> Error {
        let found = value.get_ref().type_str();
        self.at(value.span(), format!("{} must be {expected}, not {} {found}", self.shown(key), article(found)))
            .hint("mend that line, then: mainstay config show")
    }

    fn shown(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{} {key}", self.name) }
    }

    fn at(&self, span: Range<usize>, message: String) -> Error {
        self.source.error(span.start, message)
    }
}

/// Whether it is a public key of age, checksum and all; a build that cannot encrypt knows its beginning alone.
fn is_public_key(text: &str) -> bool {
    #[cfg(feature = "encrypt")]
    return text.parse::<age::x25519::Recipient>().is_ok();
    #[cfg(not(feature = "encrypt"))]
    text.starts_with("age1")
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

fn nearest<'k>(wanted: &str, known: &[&'k str]) -> Option<&'k str> {
    let scored = known.iter().map(|name| (strsim::jaro_winkler(wanted, name), *name));
    scored.filter(|(score, _)| *score > 0.75).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}
