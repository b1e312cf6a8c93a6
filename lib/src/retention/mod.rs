//! Which backups are kept, by restic's rules: data in, data out.
//!
//! As `restic forget` does it (`internal/restic/snapshot_policy.go`): backups are gone through from the newest to the oldest, and
//! each rule keeps the first that it meets in a span of time until it has kept as many as it may; the oldest of all is kept
//! too by a rule that has not, so that history reaches back as far as it can. Spans are those of UTC, weeks those of ISO 8601.
//! Beyond that, three are never given up: the newest that is proven, one that is not complete, and the last. One that a drill has
//! refuted counts for no rule: it stays while it is newer than all others, and goes when there is a better one.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::config::Keep;

/// What of a backup matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its name.
    pub id: String,
    /// When it was begun.
    pub taken: Timestamp,
    /// Whether all of it is there: it has its manifest.
    pub complete: bool,
    /// Whether it was restored and had every row.
    pub proven: bool,
    /// Whether it was restored and came out with other rows: it takes no good one's place.
    pub refuted: bool,
}

/// Why a backup is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// `last`
    Last,
    /// `hourly`
    Hourly,
    /// `daily`
    Daily,
    /// `weekly`
    Weekly,
    /// `monthly`
    Monthly,
    /// `yearly`
    Yearly,
    /// There are no rules.
    NoRules,
    /// It is the newest that is proven.
    NewestProven,
    /// It came out with other rows, and there is nothing as new.
    NothingNewer,
    /// It may be the work of somebody who is at it.
    Incomplete,
}

impl Reason {
    /// For people: "newest proven".
    pub fn words(self) -> &'static str {
        match self {
            Self::Last => "last",
            Self::Hourly => "hourly",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Yearly => "yearly",
            Self::NoRules => "no rules",
            Self::NewestProven => "newest proven",
            Self::NothingNewer => "refuted, with nothing newer to have",
            Self::Incomplete => "not complete",
        }
    }
}

/// What becomes of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// Its name.
    pub id: String,
    /// Why it is kept; nothing: it goes.
    pub reasons: Vec<Reason>,
}

/// A rule while backups are gone through.
struct Rule {
    left: u32,
    reason: Reason,
    /// The span of a backup of this time and number.
    span: fn(DateTime, usize) -> (i64, i64),
    /// The span of the last that it kept.
    kept: Option<(i64, i64)>,
}

/// What becomes of each of `backups` of one database, the newest first. Some are always kept where there are any.
pub fn judge(backups: &[Candidate], keep: Keep) -> Vec<Judgement> {
    let mut sorted: Vec<&Candidate> = backups.iter().collect();
    sorted.sort_by(|a, b| (b.taken, &b.id).cmp(&(a.taken, &a.id)));
    let good = |backup: &&Candidate| backup.complete && !backup.refuted;
    let (newest, oldest) = (sorted.iter().position(good), sorted.iter().rposition(good));
    let newest_proven = sorted.iter().position(|backup| good(backup) && backup.proven);
    let mut rules = rules(keep);
    let judged = |(number, backup): (usize, &&Candidate)| {
        let reasons = match backup.complete {
            false => vec![Reason::Incomplete],
            true if rules.is_empty() => vec![Reason::NoRules],
            true if backup.refuted && newest.is_some_and(|newest| newest < number) => Vec::new(),
            true if backup.refuted => vec![Reason::NothingNewer],
            true => {
                let time = backup.taken.to_zoned(TimeZone::UTC).datetime();
                let met = rules.iter_mut().filter_map(|rule| rule.keeps(time, number, Some(number) == oldest));
                met.chain((Some(number) == newest_proven).then_some(Reason::NewestProven)).collect()
            }
        };
        Judgement { id: backup.id.clone(), reasons }
    };
    sorted.iter().enumerate().map(judged).collect()
}

impl Rule {
    fn keeps(&mut self, time: DateTime, number: usize, oldest: bool) -> Option<Reason> {
        let span = (self.span)(time, number);
        if self.left == 0 || (self.kept == Some(span) && !oldest) {
            return None;
        }
        self.left -= 1;
        self.kept = Some(span);
        Some(self.reason)
    }
}

/// The rules that say something. One that does keeps the newest of all, so never are all given up.
fn rules(keep: Keep) -> Vec<Rule> {
    let rule = |left, reason, span| Rule { left, reason, span, kept: None };
    let mut rules = vec![
        rule(keep.last, Reason::Last, |_, number| (number as i64, 0)),
        rule(keep.hourly, Reason::Hourly, |time, _| (day(time), time.hour().into())),
        rule(keep.daily, Reason::Daily, |time, _| (day(time), 0)),
        rule(keep.weekly, Reason::Weekly, |time, _| {
            let week = time.date().iso_week_date();
            (week.year().into(), week.week().into())
        }),
        rule(keep.monthly, Reason::Monthly, |time, _| (time.year().into(), time.month().into())),
        rule(keep.yearly, Reason::Yearly, |time, _| (time.year().into(), 0)),
    ];
    rules.retain(|rule| rule.left > 0);
    rules
}

/// A number of the day.
fn day(time: DateTime) -> i64 {
    i64::from(time.year()) * 10_000 + i64::from(time.month()) * 100 + i64::from(time.day())
}

#[cfg(test)]
mod tests;
