//! What DROP and ALTER take away.

use super::Hazard;
use super::words::{Word, begins, key, name_len, parts, phrase, skip, text};
use crate::sql::TokenKind;

/// A hazard and its reason, before it is known which statement of the step it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub hazard: Hazard,
    pub reason: String,
    /// The tables all of whose rows, or a column's values in them, are lost: names as written.
    pub tables: Vec<String>,
}

impl Finding {
    pub(super) fn new(hazard: Hazard, reason: String) -> Self {
        Self { hazard, reason: reason.trim_end().to_owned(), tables: Vec::new() }
    }

    pub(super) fn of(self, tables: impl IntoIterator<Item = String>) -> Self {
        Self { tables: tables.into_iter().filter(|name| !name.is_empty()).collect(), ..self }
    }
}

/// Kinds named by more than one word.
const LONG_KINDS: &[&[&str]] = &[
    &["MATERIALIZED", "VIEW"],
    &["FOREIGN", "TABLE"],
    &["FOREIGN", "DATA", "WRAPPER"],
    &["EVENT", "TRIGGER"],
    &["ACCESS", "METHOD"],
    &["OPERATOR", "CLASS"],
    &["OPERATOR", "FAMILY"],
    &["PROCEDURAL", "LANGUAGE"],
    &["TEXT", "SEARCH", "CONFIGURATION"],
    &["TEXT", "SEARCH", "DICTIONARY"],
    &["TEXT", "SEARCH", "PARSER"],
    &["TEXT", "SEARCH", "TEMPLATE"],
    &["USER", "MAPPING"],
    &["OWNED", "BY"],
];

/// `DROP …`, `words` being what follows DROP.
pub(super) fn drop(words: &[Word<'_>]) -> Option<Finding> {
    let kind_len = LONG_KINDS.iter().find(|kind| begins(words, kind)).map_or(1, |kind| kind.len());
    let (kind, rest) = words.split_at(kind_len.min(words.len()));
    let names = skip(skip(rest, &["CONCURRENTLY"]), &["IF", "EXISTS"]);
    let end = names.iter().position(|word| matches!(word.key.as_str(), "CASCADE" | "RESTRICT")).unwrap_or(names.len());
    let cascades = key(names, end) == "CASCADE";
    let hazard = match key(kind, 0) {
        "TABLE" | "SCHEMA" | "DATABASE" | "OWNED" => Hazard::DeletesData,
        // Columns that use them go too.
        "TYPE" | "DOMAIN" | "SEQUENCE" | "EXTENSION" | "COLLATION" if cascades => Hazard::DeletesData,
        "" => return None,
        _ => Hazard::DropsObject,
    };
    let cascade = if cascades { " and what depends on it" } else { "" };
    let found =
        Finding::new(hazard, format!("drops {} {}{cascade}", phrase(kind).to_lowercase(), phrase(&names[..end])));
    let tables = parts(&names[..end], |word| word.text == ",").map(table);
    Some(if key(kind, 0) == "TABLE" { found.of(tables) } else { found })
}

/// Is it `TABLE temp.x`, SQLite's name for what ends with the session anyway?
pub(super) fn is_temporary(words: &[Word<'_>]) -> bool {
    let name = skip(skip(words, &["TABLE"]), &["IF", "EXISTS"]);
    key(words, 0) == "TABLE" && key(name, 0) == "TEMP" && text(name, 1) == "." && name.len() == 3
}

/// `ALTER …`, `words` being what follows ALTER.
pub(super) fn alter(words: &[Word<'_>]) -> Vec<Finding> {
    let (foreign, rest) = match key(words, 0) {
        "FOREIGN" if key(words, 1) == "TABLE" => (true, &words[2..]),
        "TABLE" => (false, &words[1..]),
        "TYPE" => return alter_type(&words[1..]),
        "DOMAIN" => return alter_domain(&words[1..]),
        _ => return Vec::new(),
    };
    let rest = skip(skip(rest, &["IF", "EXISTS"]), &["ONLY"]);
    let (name, actions) = rest.split_at(name_len(rest));
    let actions = if text(actions, 0) == "*" { &actions[1..] } else { actions };
    let of = phrase(name);
    let depth = name.first().map_or(0, |word| word.depth);
    parts(actions, |word| word.text == "," && word.depth == depth)
        .filter(|action| key(action, 0) == "DROP")
        .map(|action| drop_from_table(&action[1..], &of, foreign))
        .map(|found| if found.hazard == Hazard::DeletesData { found.of([table(name)]) } else { found })
        .collect()
}

fn drop_from_table(action: &[Word<'_>], of: &str, foreign: bool) -> Finding {
    if key(action, 0) == "CONSTRAINT" {
        let name = skip(&action[1..], &["IF", "EXISTS"]);
        return Finding::new(Hazard::DropsObject, format!("drops constraint {} of {of}", text(name, 0)));
    }
    // `DROP COLUMN c`, `DROP c`, and `DROP column` for a column of that name.
    let named = key(action, 0) == "COLUMN" && action.len() > 1 && !matches!(key(action, 1), "CASCADE" | "RESTRICT");
    let rest = if named { &action[1..] } else { action };
    let name = skip(rest, &["IF", "EXISTS"]);
    // A foreign table's rows are elsewhere.
    let hazard = if foreign { Hazard::DropsObject } else { Hazard::DeletesData };
    Finding::new(hazard, format!("drops column {} of {of}", text(name, 0)))
}

fn alter_type(words: &[Word<'_>]) -> Vec<Finding> {
    let (name, actions) = words.split_at(name_len(words));
    parts(actions, |word| word.text == ",")
        .filter(|action| begins(action, &["DROP", "ATTRIBUTE"]))
        .map(|action| {
            let attribute = text(skip(&action[2..], &["IF", "EXISTS"]), 0);
            Finding::new(Hazard::DeletesData, format!("drops attribute {attribute} of type {}", phrase(name)))
        })
        .collect()
}

fn alter_domain(words: &[Word<'_>]) -> Vec<Finding> {
    let (name, action) = words.split_at(name_len(words));
    if !begins(action, &["DROP", "CONSTRAINT"]) {
        return Vec::new();
    }
    let constraint = text(skip(&action[2..], &["IF", "EXISTS"]), 0);
    vec![Finding::new(Hazard::DropsObject, format!("drops constraint {constraint} of domain {}", phrase(name)))]
}

/// The table that `DELETE FROM`, `TRUNCATE` and the like name, `words` being what follows the verb.
pub(super) fn table(words: &[Word<'_>]) -> String {
    let name = skip(skip(skip(skip(words, &["FROM"]), &["INTO"]), &["TABLE"]), &["ONLY"]);
    let plain = name.first().is_some_and(|word| matches!(word.kind, TokenKind::Word | TokenKind::QuotedIdent));
    if plain { phrase(&name[..name_len(name)]) } else { String::new() }
}
