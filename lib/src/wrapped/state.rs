//! What the other program's ledger and files say together.

use std::collections::{HashMap, HashSet};

use crate::dialect::{Applied, AppliedState, Version};
use crate::migrate::{Problem, Rules, State, Status};
use crate::plan::Severity;
use crate::revisions::{History, Revision, Tool, Undo};

use super::Wrapped;
use super::ledger::Entry;

/// Compares `entries`, `None` where there is no ledger yet, with the files.
pub(super) fn compare(wrapped: &Wrapped, entries: Option<&[Entry]>, rules: &Rules) -> State {
    let history = &wrapped.history;
    let rows = entries.unwrap_or_default();
    let done = applied(history, rows);
    let wanted = wanted(history, rules);
    let skipped = skipped(history, &done);
    let is_pending = |it: &&Revision| {
        let id = it.id.as_str();
        !done.contains_key(id) && !skipped.contains(id) && wanted.as_ref().is_none_or(|wanted| wanted.contains(id))
    };
    let pending = history.revisions.iter().filter(is_pending).map(|it| Version::new(&it.id)).collect();
    let mut problems = of_files(history);
    problems.extend(of_ledger(wrapped, rows, &done));
    problems.extend(above(history, rows, wanted.as_ref(), rules));
    let record = |revision: &Revision| {
        let at = done.get(revision.id.as_str())?;
        let (version, name) = (Version::new(&revision.id), Some(revision.name.clone()));
        Some(Applied { version, name, checksum: None, state: AppliedState::Done, applied_at: at.clone() })
    };
    State {
        applied: history.revisions.iter().filter_map(record).collect(),
        pending,
        version: version(history, rows),
        problems,
        environment: None,
        has_ledger: entries.is_some(),
        hash: hash(wrapped, rows),
    }
}

/// Ids of what is applied, each with when. Alembic's rows are heads, which stand for everything before them; Django's and
/// South's are one each, and all that a squashed migration replaces stands for it.
fn applied<'a>(history: &'a History, rows: &'a [Entry]) -> HashMap<&'a str, Option<String>> {
    if history.tool == Tool::Alembic {
        let known = rows.iter().map(|row| row.id.as_str()).filter(|id| history.find(id).is_some());
        return history.until(known).into_iter().map(|id| (id, None)).collect();
    }
    let mut done: HashMap<&str, Option<String>> = rows.iter().map(|row| (row.id.as_str(), row.at.clone())).collect();
    for revision in history.revisions.iter().filter(|revision| !revision.replaces.is_empty()) {
        if revision.replaces.iter().all(|old| done.contains_key(old.as_str())) {
            done.entry(&revision.id).or_default();
        }
    }
    done
}

/// Ids that are neither applied nor to be: what a squashed migration has replaced, or that one itself where only some of what
/// it replaces is applied, which Django then finishes one by one.
fn skipped<'a>(history: &'a History, done: &HashMap<&str, Option<String>>) -> HashSet<&'a str> {
    let mut skipped = HashSet::new();
    for revision in history.revisions.iter().filter(|revision| !revision.replaces.is_empty()) {
        let begun = revision.replaces.iter().any(|old| done.contains_key(old.as_str()));
        match begun && !done.contains_key(revision.id.as_str()) {
            true => drop(skipped.insert(revision.id.as_str())),
            false => skipped.extend(revision.replaces.iter().map(String::as_str)),
        }
    }
    skipped
}

/// The ids up to the desired version.
fn wanted<'a>(history: &'a History, rules: &Rules) -> Option<HashSet<&'a str>> {
    let to = rules.to.as_ref()?;
    Some(history.called(to.as_str()).map_or_else(HashSet::new, |goal| history.until([goal.id.as_str()])))
}

/// What is wrong with the files stops everything: the program itself would refuse, or guess.
fn of_files(history: &History) -> Vec<Problem> {
    let wrong = history.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let problem = |finding: &crate::plan::Finding| {
        let place = finding.place.as_ref().map(|place| format!("{}:{}: ", place.file, place.line)).unwrap_or_default();
        let hint = "mend the files, then: mainstay migrate check".to_owned();
        Problem::Foreign { version: None, message: format!("{place}{}", finding.message), hint }
    };
    wrong.map(problem).collect()
}

fn of_ledger(wrapped: &Wrapped, rows: &[Entry], done: &HashMap<&str, Option<String>>) -> Vec<Problem> {
    let (history, dir) = (&wrapped.history, wrapped.path.display());
    let mut problems = Vec::new();
    let apps: HashSet<&str> =
        history.revisions.iter().filter_map(|it| it.id.split_once('.')).map(|(app, _)| app).collect();
    let replaced: HashSet<&str> =
        history.revisions.iter().flat_map(|it| it.replaces.iter().map(String::as_str)).collect();
    // Other projects' apps have their files elsewhere.
    let is_ours =
        |id: &str| history.tool == Tool::Alembic || id.split_once('.').is_some_and(|(app, _)| apps.contains(app));
    for row in rows
        .iter()
        .filter(|row| is_ours(&row.id) && history.find(&row.id).is_none() && !replaced.contains(row.id.as_str()))
    {
        problems.push(Problem::Foreign {
            version: Some(Version::new(&row.id)),
            message: format!("the database is at revision {}, and no file in {dir} is that", row.id),
            hint: "bring its file back, or start the service's newer version; then: mainstay migrate status".to_owned(),
        });
    }
    for revision in
        history.revisions.iter().filter(|it| history.tool == Tool::Django && done.contains_key(it.id.as_str()))
    {
        let missing = |parent: &&String| !done.contains_key(parent.as_str()) && history.find(parent).is_some();
        if let Some(parent) = revision.parents.iter().find(missing) {
            problems.push(Problem::Foreign {
                version: Some(Version::new(&revision.id)),
                message: format!("{} is applied, but {parent}, which comes before it, is not", revision.id),
                hint: "Django refuses to go on: see which one is right, then: python manage.py migrate --fake APP NAME"
                    .to_owned(),
            });
        }
    }
    problems
}

/// A database above the desired version.
fn above(history: &History, rows: &[Entry], wanted: Option<&HashSet<&str>>, rules: &Rules) -> Option<Problem> {
    let wanted = wanted?;
    let row = rows.iter().find(|row| history.find(&row.id).is_some() && !wanted.contains(row.id.as_str()))?;
    Some(Problem::Newer { version: Version::new(&row.id), limit: rules.to.clone() })
}

/// Alembic's heads, or what was applied last of the project's own apps.
fn version(history: &History, rows: &[Entry]) -> Option<Version> {
    if history.tool == Tool::Alembic {
        let heads: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        return (!heads.is_empty()).then(|| Version::new(heads.join(", ")));
    }
    rows.iter().rfind(|row| history.find(&row.id).is_some()).map(|row| Version::new(&row.id))
}

fn hash(wrapped: &Wrapped, rows: &[Entry]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(wrapped.hash.as_bytes());
    for row in rows {
        hasher.update(&(row.id.len() as u64).to_le_bytes());
        hasher.update(row.id.as_bytes());
    }
    hasher.finalize().to_hex()[..32].to_owned()
}

/// Every revision of files and ledger with its state, in the order of applying.
pub(super) fn lines(history: &History, state: &State, rules: &Rules) -> Vec<Status> {
    let applied: HashMap<&str, &Applied> = state.applied.iter().map(|it| (it.version.as_str(), it)).collect();
    let pending: HashSet<&str> = state.pending.iter().map(Version::as_str).collect();
    let wanted = wanted(history, rules);
    let line = |revision: &Revision| {
        let id = revision.id.as_str();
        let done = applied.get(id);
        let held = wanted.as_ref().is_some_and(|wanted| !wanted.contains(id));
        Status {
            version: Version::new(id),
            name: revision.name.clone(),
            state: match done {
                Some(_) => "applied",
                None if pending.contains(id) => "pending",
                None if held => "held",
                None => "replaced",
            },
            applied_at: done.and_then(|done| done.applied_at.clone()),
            has_down: !matches!(revision.undo, Undo::Never(..)),
        }
    };
    let mut lines: Vec<Status> = history.revisions.iter().map(line).collect();
    let gone = state.problems.iter().filter_map(|problem| match problem {
        Problem::Foreign { version: Some(version), .. } if history.find(version.as_str()).is_none() => Some(version),
        _ => None,
    });
    lines.extend(gone.map(|version| Status {
        version: version.clone(),
        name: String::new(),
        state: "missing",
        applied_at: None,
        has_down: false,
    }));
    lines
}
