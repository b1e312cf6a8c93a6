//! Comments by which whoever wrote a script silences rules: `-- mainstay: allow RULE`, and squawk's own.
//!
//! At the head of a script the first holds for all of it; anywhere else for the statement that it stands in, before, or behind on
//! its last line.

use std::ops::Range;

use crate::error::{Error, ErrorKind, Place, Result};
use crate::plan::Hazard;
use crate::sql::{Flavor, TokenKind, tokens};

use super::read::Statement;
use super::{Script, names, nearest};

/// What is silenced in one script.
pub(super) struct Suppressions<'a> {
    script: &'a Script<'a>,
    ours: Vec<(Range<usize>, &'a str)>,
    squawks: Vec<(Range<usize>, &'a str)>,
}

/// Squawk's name for all of its rules.
const ALL: &str = "";

impl<'a> Suppressions<'a> {
    /// Reads the comments of `script`.
    ///
    /// # Errors
    /// [`ErrorKind::Source`] with the place: no rule has that name.
    pub(super) fn read(script: &'a Script<'a>, statements: &[Statement<'_>], flavor: Flavor) -> Result<Self> {
        let mut found = Self { script, ours: Vec::new(), squawks: Vec::new() };
        let head = statements.first().map_or(script.text.len(), |first| first.offset);
        for comment in tokens(script.text, flavor).into_iter().filter(|token| token.kind == TokenKind::Comment) {
            let body = body(comment.text);
            let target = || target(script.text, statements, comment.offset);
            if let Some(list) = body.strip_prefix("squawk-ignore-file") {
                found.squawks.extend(squawk_names(list).map(|name| (0..script.text.len(), name)));
            } else if let Some(list) = body.strip_prefix("squawk-ignore") {
                found.squawks.extend(squawk_names(list).filter_map(|name| Some((target()?, name))));
            }
            // The head's directives have been read with the script.
            if comment.offset < head {
                continue;
            }
            let Some(list) = body.strip_prefix("mainstay:").and_then(|rest| rest.trim().strip_prefix("allow ")) else {
                continue;
            };
            for name in list.split([',', ' ']).filter(|name| !name.is_empty()) {
                if !names().any(|known| known == name) {
                    return Err(unknown(name).at(Place::in_text(script.file, script.text, comment.offset)));
                }
                found.ours.extend(target().map(|range| (range, name)));
            }
        }
        Ok(found)
    }

    /// Whether `rule` is silenced at byte `offset`; `covers` are squawk's rules that it stands for.
    pub(super) fn silence(&self, rule: &str, covers: &[&str], offset: usize) -> bool {
        let holds = |list: &[(Range<usize>, &str)], wanted: &dyn Fn(&str) -> bool| {
            list.iter().any(|(range, name)| range.contains(&offset) && wanted(name))
        };
        self.script.allow.iter().any(|name| name == rule)
            || holds(&self.ours, &|name| name == rule)
            || !covers.is_empty() && holds(&self.squawks, &|name| name == ALL || covers.contains(&name))
    }
}

/// There is no rule of that name.
fn unknown(name: &str) -> Error {
    let error = Error::new(ErrorKind::Source, format!("there is no rule `{name}`"));
    match Hazard::parse(name) {
        Ok(_) => error.hint("it is a hazard: those are allowed at the head of the script"),
        Err(_) => error.hint(format!("did you mean `{}`?", nearest(name))),
    }
}

/// What a comment says, without its marks.
fn body(comment: &str) -> &str {
    match comment.strip_prefix("--") {
        Some(line) => line.trim(),
        None => comment.trim_start_matches("/*").trim_end_matches("*/").trim(),
    }
}

/// The names before a second comment; [`ALL`] where there is none.
fn squawk_names(list: &str) -> impl Iterator<Item = &str> {
    list.split("--").next().unwrap_or_default().split(',').map(str::trim)
}

/// The statement that a comment at `offset` speaks of.
fn target(text: &str, statements: &[Statement<'_>], offset: usize) -> Option<Range<usize>> {
    let range = |statement: &Statement<'_>| statement.offset..statement.offset + statement.text.len();
    let same_line = |from: usize| !text[from..offset].contains('\n');
    let around = statements
        .iter()
        .map(range)
        .find(|range| range.contains(&offset) || (range.end <= offset && same_line(range.end)));
    around.or_else(|| statements.iter().map(range).find(|range| range.start > offset))
}
