//! `[cleanup.NAME]`: which rows are old, and what becomes of those around them.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::section::Section;
use crate::error::{Error, ErrorKind, Place, Result};

/// Rows of one transaction at most, where nothing is said.
const BATCH: u64 = 5_000;

/// Part of the time spent at work while others are at work too, where nothing is said.
const PACE: u8 = 50;

/// `[cleanup.NAME]`
#[derive(Clone, Debug, PartialEq)]
pub struct CleanupConfig {
    /// The table whose rows grow old.
    pub table: String,
    /// The column that says when a row is from.
    pub column: Option<String>,
    /// The age from which on they go.
    pub older_than: Option<Age>,
    /// Which rows go, as a condition in SQL; with an age, both must hold.
    pub condition: Option<String>,
    /// What becomes of rows that refer to one that goes, each with its place in the file.
    pub references: Vec<(String, ReferenceRule, Place)>,
    /// The tables whose rows go once nobody refers to them any more, each with its place in the file.
    pub orphans: Vec<(String, OrphanRule, Place)>,
    /// References that no foreign key says.
    pub links: Vec<LinkConfig>,
    /// Rows of one transaction at most, as long as a family is not larger.
    pub batch: u64,
    /// Percent of the time spent at work while others are at work too.
    pub pace: u8,
    /// What becomes of partitions that are old as a whole.
    pub partitions: PartitionRule,
    /// Where the policy is written.
    pub place: Place,
}

/// What becomes of a row that refers to one that goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReferenceRule {
    /// It goes too.
    Follow,
    /// It stays, and refers to nothing.
    Null,
    /// It stays, and so does what it refers to.
    Keep,
}

/// Which rows of a table go because nobody refers to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrphanRule {
    /// Those that rows which go have referred to last.
    Freed,
    /// Those too that nobody had referred to before.
    All,
}

/// What becomes of partitions that are old as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartitionRule {
    /// Their rows are deleted as all others are.
    #[default]
    Rows,
    /// They are dropped.
    Drop,
    /// They are detached, and stay as tables of their own.
    Detach,
}

/// A reference that no foreign key says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkConfig {
    /// The table that refers, and its column.
    pub from: (String, String),
    /// The table that is referred to, and its column.
    pub to: (String, String),
    /// Which rows refer: `type = 'pull_request'`.
    pub condition: Option<String>,
    /// What becomes of them.
    pub rule: ReferenceRule,
    /// Where it is written.
    pub place: Place,
}

/// An age in calendar units: `90 days`, `1 year 6 months`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Age(String);

impl Age {
    /// Reads it; `None` where it is none, or nothing.
    fn parse(text: &str) -> Option<Self> {
        let span: Span = text.parse().ok()?;
        (!span.is_negative() && !span.is_zero()).then(|| Self(text.trim().to_owned()))
    }

    /// The moment that lies so long before `now`; years and months are those of the calendar, in UTC.
    ///
    /// # Errors
    /// [`ErrorKind::Config`]: it lies before the year 1, which databases write in ways of their own.
    pub fn before(&self, now: Timestamp) -> Result<Timestamp> {
        let back = |span: Span| now.to_zoned(TimeZone::UTC).checked_sub(span);
        let moment = self.0.parse().and_then(back).ok().filter(|moment| moment.year() >= 1);
        moment.map(|moment| moment.timestamp()).ok_or_else(|| {
            Error::new(ErrorKind::Config, format!("the age `{}` goes back to before the year 1", self.0))
                .hint("write a shorter one: older_than = \"10 years\"")
        })
    }
}

impl std::fmt::Display for Age {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl CleanupConfig {
    /// All that it says in SQL: its own condition, and those of its links.
    pub fn conditions(&self) -> impl Iterator<Item = &str> {
        let links = self.links.iter().filter_map(|link| link.condition.as_deref());
        self.condition.as_deref().into_iter().chain(links)
    }

    pub(super) fn read(section: Section<'_>) -> Result<Self> {
        let table = section.string("table")?;
        let no_table = table.is_none().then(|| section.lacks("table", "table = \"logs\""));
        let references = section.choices("references", &["follow", "null", "keep"])?;
        let orphans = section.choices("orphans", &["freed", "all"])?;
        let column = section.string("column")?;
        let older_than = section
            .checked("older_than", "an age such as \"90 days\" or \"1 year 6 months\"", |text| {
                Age::parse(text).is_some()
            })?
            .and_then(|text| Age::parse(&text));
        let policy = Self {
            table: table.unwrap_or_default(),
            condition: section.string("where")?,
            references: references.into_iter().map(|(key, word, place)| (key, reference(word), place)).collect(),
            orphans: orphans
                .into_iter()
                .map(|(key, word, place)| (key, if word == "all" { OrphanRule::All } else { OrphanRule::Freed }, place))
                .collect(),
            links: section.list("links")?.into_iter().map(link).collect::<Result<_>>()?,
            batch: section.count_from("batch", 1)?.unwrap_or(BATCH),
            pace: section.percent("pace")?.unwrap_or(PACE),
            partitions: match section.choice("partitions", &["rows", "drop", "detach"])? {
                Some("drop") => PartitionRule::Drop,
                Some("detach") => PartitionRule::Detach,
                _ => PartitionRule::Rows,
            },
            place: section.place(),
            column,
            older_than,
        };
        let error = no_table.or(match (&policy.column, &policy.older_than, &policy.condition) {
            (Some(_), None, _) => Some(section.lacks("older_than", "older_than = \"90 days\"")),
            (None, Some(_), _) => Some(section.lacks("column", "column = \"created_at\"")),
            (None, None, None) => Some(section.lacks("column", "column = \"created_at\" and older_than = \"90 days\"")),
            _ => None,
        });
        section.finish()?;
        error.map_or(Ok(policy), Err)
    }
}

fn reference(word: &str) -> ReferenceRule {
    match word {
        "follow" => ReferenceRule::Follow,
        "null" => ReferenceRule::Null,
        _ => ReferenceRule::Keep,
    }
}

fn link(section: Section<'_>) -> Result<LinkConfig> {
    let end = |key: &'static str| {
        section.checked(key, "a table and its column, \"events.event_id\"", |text| column_of(text).is_some())
    };
    let (from, to) = (end("from")?, end("to")?);
    let missing = [("from", &from), ("to", &to)].into_iter().find(|(_, end)| end.is_none());
    let missing = missing.map(|(key, _)| section.lacks(key, &format!("{key} = \"events.event_id\"")));
    let ends = |text: Option<String>| text.as_deref().and_then(column_of).unwrap_or_default();
    let link = LinkConfig {
        from: ends(from),
        to: ends(to),
        condition: section.string("where")?,
        rule: section.choice("rule", &["follow", "null", "keep"])?.map_or(ReferenceRule::Keep, reference),
        place: section.place(),
    };
    section.finish()?;
    missing.map_or(Ok(link), Err)
}

/// `app.events.event_id` as table and column.
fn column_of(text: &str) -> Option<(String, String)> {
    let (table, column) = text.rsplit_once('.')?;
    (!table.is_empty() && !column.is_empty()).then(|| (table.to_owned(), column.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_go_by_the_calendar() {
        let now: Timestamp = "2026-03-31T12:00:00Z".parse().expect("a moment");
        let check = |text: &str, before: Option<&str>| {
            let found = Age::parse(text).map(|age| age.before(now).expect("not so far").to_string());
            assert_eq!(found.as_deref(), before, "{text}");
        };
        check("90 days", Some("2025-12-31T12:00:00Z"));
        check("1 month", Some("2026-02-28T12:00:00Z"));
        check("1 year 6 months", Some("2024-09-30T12:00:00Z"));
        check("2h", Some("2026-03-31T10:00:00Z"));
        check("0 days", None);
        check("-1 day", None);
        check("soon", None);
        check("", None);
        for age in ["15000 years", "3000 years", "2026 years"] {
            let error = Age::parse(age).expect("an age").before(now).expect_err(age);
            assert_eq!(error.message(), format!("the age `{age}` goes back to before the year 1"));
        }
        assert!(Age::parse("2000 years").expect("an age").before(now).is_ok());
    }
}
