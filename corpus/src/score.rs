//! What was reached, and what was reached last time.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::judge::Outcome;
use crate::worker::Done;

/// What a run reached, by suite.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Score {
    pub suites: BTreeMap<String, SuiteScore>,
}

/// What it reached in one suite.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SuiteScore {
    pub passed: usize,
    /// Cases that load on this server.
    pub counted: usize,
    pub not_counted: usize,
    /// Why each case that failed did.
    pub failed: BTreeMap<String, String>,
}

impl Score {
    pub fn of(done: &[Done]) -> Self {
        let mut score = Self::default();
        for one in done {
            let suite = score.suites.entry(one.suite.clone()).or_default();
            match &one.outcome {
                Outcome::NotCounted(_) => suite.not_counted += 1,
                Outcome::Passed => (suite.passed, suite.counted) = (suite.passed + 1, suite.counted + 1),
                Outcome::Failed(reason, _) => {
                    suite.counted += 1;
                    suite.failed.insert(one.name.clone(), (*reason).to_owned());
                }
            }
        }
        score
    }

    /// What is worse than `recorded`, a sentence each. A run of `some` cases only is held to those that it ran.
    pub fn worse_than(&self, recorded: &Self, some: bool) -> Vec<String> {
        let mut worse = Vec::new();
        for (name, suite) in &self.suites {
            let Some(before) = recorded.suites.get(name) else { continue };
            let new = suite.failed.iter().filter(|(case, _)| !before.failed.contains_key(*case));
            worse.extend(new.map(|(case, reason)| format!("{name}/{case} passed before: {reason}")));
            if !some && suite.passed < before.passed {
                worse.push(format!("{name}: {} passed, and {} did before", suite.passed, before.passed));
            }
        }
        worse
    }

    /// A line for each suite, and how often which reason.
    pub fn table(&self) -> String {
        let mut text = String::new();
        for (name, suite) in &self.suites {
            let share = 100.0 * suite.passed as f64 / suite.counted.max(1) as f64;
            let SuiteScore { passed, counted, not_counted, .. } = suite;
            let _ =
                writeln!(text, "{name:<12} {passed:>4} of {counted:>4}  {share:5.1} %  ({not_counted} not counted)");
            let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
            suite.failed.values().for_each(|reason| *reasons.entry(reason).or_default() += 1);
            for (reason, count) in reasons {
                let _ = writeln!(text, "    {count:>4}  {reason}");
            }
        }
        text
    }
}

/// The recorded score for servers of version `major`; `None` where there is none yet.
pub fn recorded(file: &Path, major: u32) -> Result<Option<Score>, String> {
    Ok(all(file)?.remove(&major.to_string()))
}

/// Records `score` for servers of version `major`, suite by suite.
pub fn record(file: &Path, major: u32, score: &Score) -> Result<(), String> {
    let mut all = all(file)?;
    all.entry(major.to_string()).or_default().suites.extend(score.suites.clone());
    let text = serde_json::to_string_pretty(&all).map_err(|error| error.to_string())? + "\n";
    std::fs::write(file, text).map_err(|error| format!("cannot write {}: {error}", file.display()))
}

fn all(file: &Path) -> Result<BTreeMap<String, Score>, String> {
    match std::fs::read(file) {
        Ok(text) => serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", file.display())),
        Err(_) => Ok(BTreeMap::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locks::Seen;

    fn score(outcomes: &[(&str, Outcome)]) -> Score {
        let done = |(name, outcome): &(&str, Outcome)| Done {
            suite: "s".into(),
            name: (*name).into(),
            outcome: outcome.clone(),
            seen: Seen::default(),
            seconds: 0.0,
        };
        Score::of(&outcomes.iter().map(done).collect::<Vec<_>>())
    }

    #[test]
    fn a_case_that_passed_before_must_pass() {
        let failed = || Outcome::Failed("another schema", String::new());
        let before = score(&[("a", Outcome::Passed), ("b", failed()), ("c", Outcome::Passed)]);
        let check = |now: &[(&str, Outcome)], some, expected: &[&str]| {
            assert_eq!(score(now).worse_than(&before, some), expected);
        };
        check(&[("a", Outcome::Passed), ("b", failed()), ("c", Outcome::Passed)], false, &[]);
        check(&[("b", failed())], true, &[]);
        check(&[("a", failed())], true, &["s/a passed before: another schema"]);
        let unloaded = Outcome::NotCounted("x".into());
        check(&[("a", Outcome::Passed), ("b", failed()), ("c", unloaded)], false, &["s: 1 passed, and 2 did before"]);
    }
}
