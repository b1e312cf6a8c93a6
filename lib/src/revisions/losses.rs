//! What of a file's text deletes data, and what the file itself allows.

use std::ops::Range;

use super::outline::Outline;
use super::{Around, Found, Severity};
use crate::error::{Error, Place};
use crate::plan::{Hazard, Risk, risks};

/// A comment that begins so holds directives, as in scripts.
const DIRECTIVE: &str = "mainstay:";

/// Words without which no statement loses anything.
const TELLING: [&str; 6] = ["drop", "delete", "truncate", "replace", "lo_unlink", "merge"];

/// A risk that a call of the tool's own is.
pub(super) fn risk(reason: String, place: Place) -> Risk {
    Risk {
        hazard: Hazard::DeletesData,
        reason,
        statement: 0,
        allowed: false,
        place: Some(place),
        tables: Vec::new(),
        rows: None,
        rehearsed: None,
    }
}

/// The risks of the SQL in the texts of `bodies`, and of the rows that they delete by a query object.
pub(super) fn in_bodies(outline: &Outline<'_>, bodies: &[Range<usize>], around: &Around) -> Vec<Risk> {
    let mut found = Vec::new();
    for body in bodies {
        for (at, text) in outline.texts(body) {
            found.extend(in_sql(&text, around).into_iter().map(|risk| Risk { place: Some(outline.place(at)), ..risk }));
        }
        for call in outline.calls(body).iter().filter(|call| call.name() == "delete") {
            found.push(risk("deletes rows".to_owned(), outline.place(call.at)));
        }
    }
    found
}

/// The risks of a text, if it is SQL. What only drops an index or a constraint is not listed: nothing asks for consent to it.
pub(super) fn in_sql(text: &str, around: &Around) -> Vec<Risk> {
    let lower = text.to_ascii_lowercase();
    if !TELLING.iter().any(|word| lower.contains(word)) {
        return Vec::new();
    }
    risks(text, around.flavor, 0).into_iter().filter(|risk| risk.hazard.needs_consent()).collect()
}

/// Hazards that the comments of a file allow: `# mainstay: allow deletes-data`. A misspelt one is a finding.
pub(super) fn allowed(outline: &Outline<'_>, found: &mut Found) -> Vec<Hazard> {
    let mut allowed = Vec::new();
    for (at, comment) in outline.comments() {
        let Some(directive) = comment.trim_start_matches('#').trim_start().strip_prefix(DIRECTIVE) else { continue };
        let Some(names) = directive.trim().strip_prefix("allow ") else {
            let message =
                format!("`{}` is no directive for a revision file: it may say `allow HAZARD`", directive.trim());
            found.say(Severity::Error, message, outline.place(*at));
            continue;
        };
        let names = names.split([',', ' ']).filter(|name| !name.is_empty());
        for hazard in names.map(|name| Hazard::parse(name).map_err(|error: Error| error.message().to_owned())) {
            match hazard {
                Ok(hazard) => allowed.push(hazard),
                Err(message) => found.say(Severity::Error, message, outline.place(*at)),
            }
        }
    }
    allowed
}

/// `risks` with those marked that are in `hazards`, each place and reason once.
pub(super) fn marked(mut risks: Vec<Risk>, hazards: &[Hazard]) -> Vec<Risk> {
    risks.sort_by_key(|risk| risk.place.as_ref().map(|place| (place.line, place.column)));
    risks.dedup_by(|a, b| a.reason == b.reason && a.place == b.place);
    risks.into_iter().map(|risk| Risk { allowed: hazards.contains(&risk.hazard), ..risk }).collect()
}
