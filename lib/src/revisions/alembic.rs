//! Alembic: one file per revision, each naming the one before it.
//!
//! Source: Alembic's documentation, "Operation Reference" and "Working with Branches".

use std::collections::HashMap;

use super::losses::{self, risk};
use super::outline::{Definition, Outline, What};
use super::value::{Call, Value, closing};
use super::{Around, File, Found, History, Revision, Severity, Tool, Undo, imports};
use crate::plan::Risk;

/// The ledger's column is this wide.
const WIDEST: usize = 32;

/// Is it a revision file?
pub(super) fn claims(text: &str) -> bool {
    let Ok(outline) = Outline::read("", text) else { return false };
    let top = outline.top();
    ["revision", "down_revision"].iter().all(|name| top.iter().any(|definition| definition.name == *name))
}

pub(super) fn read(files: &[File], around: &Around) -> History {
    let mut found = Found::default();
    let mut seen = Seen::default();
    for file in files {
        if let Some(outline) = found.outline(file) {
            read_file(&outline, around, &mut found, &mut seen);
        }
    }
    join(&mut found, &seen);
    let mut history = History::new(Tool::Alembic, found);
    ends(&mut history, !seen.labels.is_empty() || around.several_heads);
    history
}

/// What the files have been called so far.
#[derive(Default)]
struct Seen {
    /// Ids, each with its file.
    ids: HashMap<String, String>,
    /// Labels of branches, each with the revision that has it.
    labels: HashMap<String, String>,
}

fn read_file(outline: &Outline<'_>, around: &Around, found: &mut Found, seen: &mut Seen) {
    let top = outline.top();
    let assigned = |name: &str| top.iter().rfind(|it| it.kind == What::Value && it.name == name);
    let Some((said, id)) = assigned("revision").and_then(|it| Some((it, single(outline.value(it))?))) else {
        let place = outline.place(assigned("revision").map_or(0, |it| it.at));
        return found.say(Severity::Error, "this file does not say which revision it is: revision = \"…\"", place);
    };
    let place = outline.place(said.at);
    if let Some(twin) = seen.ids.insert(id.clone(), outline.file.to_owned()) {
        let message = format!("revision {id} is in two files: {twin} has it too");
        return found.say(Severity::Error, message, place);
    }
    if id.len() > WIDEST {
        let message = format!("revision {id} does not fit into alembic_version, which holds {WIDEST} characters");
        found.say(Severity::Warning, message, place.clone());
    }
    let mut listed = |name: &str| match assigned(name).map(|it| (it.at, outline.value(it).texts())) {
        None => Vec::new(),
        Some((_, Some(texts))) => texts,
        Some((at, None)) => {
            let message = format!("{name} is computed: what it says cannot be told without running Python");
            found.say(Severity::Warning, message, outline.place(at));
            Vec::new()
        }
    };
    let mut parents = listed("down_revision");
    parents.extend(listed("depends_on"));
    for label in listed("branch_labels") {
        seen.labels.insert(label, id.clone());
    }
    imports::check(outline, around, found);
    let allowed = losses::allowed(outline, found);
    let of = |way: &str| -> Vec<&Definition<'_>> {
        let is_way = |it: &&Definition<'_>| {
            it.kind == What::Function
                && it.name.strip_prefix(way).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        };
        top.iter().filter(is_way).collect()
    };
    let (upgrade, downgrade) = (of("upgrade"), of("downgrade"));
    let up = Way::read(outline, &upgrade, &top, around);
    let down = Way::read(outline, &downgrade, &top, around);
    for way in [&up, &down] {
        for call in &way.unnamed {
            let message = "drops a constraint that has no name, which fails unless a naming convention gives it one: write its name";
            found.say(Severity::Warning, message, outline.place(call.at));
        }
    }
    for at in &up.commits {
        let message = "ends the transaction: when something fails later, the database stays at a version between this one's neighbours";
        found.say(Severity::Note, message, outline.place(*at));
    }
    let commits = up.commits.first().map(|at| outline.place(*at));
    let undo = match downgrade.first() {
        None => Undo::Never("there is no downgrade".to_owned(), place.clone()),
        Some(back) => match outline.first_work(&back.body) {
            Some(("raise", at)) => Undo::Never("its downgrade raises".to_owned(), outline.place(at)),
            None if upgrade.iter().any(|forth| outline.first_work(&forth.body).is_some()) => Undo::Empty,
            _ => Undo::Written,
        },
    };
    let name = name(outline.file, &id);
    let (up, down) = (losses::marked(up.risks, &allowed), losses::marked(down.risks, &allowed));
    let file = outline.file.to_owned();
    found.add(Revision { id, name, file, place, parents, replaces: Vec::new(), up, down, undo, commits });
}

fn single(value: Value<'_>) -> Option<String> {
    match value {
        Value::Text(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// `1975ea83b712_create_account.py`, or with a date in front: what stands behind the id.
fn name(file: &str, id: &str) -> String {
    let stem = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".py");
    let name = stem.split_once(id).map_or(stem, |(_, name)| name);
    name.trim_matches(['_', '-']).to_owned()
}

/// What one direction does.
#[derive(Default)]
struct Way<'a> {
    risks: Vec<Risk>,
    unnamed: Vec<Call<'a>>,
    /// Where it ends the transaction.
    commits: Vec<usize>,
}

impl<'a> Way<'a> {
    fn read(outline: &Outline<'a>, roots: &[&Definition<'a>], top: &[Definition<'a>], around: &Around) -> Self {
        // The other direction's functions are not this one's, even where a text names them.
        let known: Vec<Definition<'a>> = top
            .iter()
            .filter(|it| !it.name.starts_with("upgrade") && !it.name.starts_with("downgrade"))
            .cloned()
            .collect();
        let bodies = outline.reach(roots, &known);
        let mut way = Self { risks: losses::in_bodies(outline, &bodies, around), ..Self::default() };
        for body in &bodies {
            let calls = outline.calls(body);
            for call in &calls {
                way.operation(outline, call, &calls);
            }
            for (at, text) in outline.texts(body) {
                if text.trim().trim_end_matches(';').eq_ignore_ascii_case("commit") {
                    way.commits.push(at);
                }
            }
        }
        way
    }

    fn operation(&mut self, outline: &Outline<'a>, call: &Call<'a>, calls: &[Call<'a>]) {
        let tokens = outline.tokens();
        let place = || outline.place(call.at);
        let batch = || calls.iter().rfind(|batch| batch.at < call.at && alias(outline, batch) == Some(call.path[0]));
        match call.name() {
            "drop_table" => {
                let reason = match call.text(tokens, "table_name", 0) {
                    Some(table) => format!("drops table {}", qualified(call.text(tokens, "schema", 9), table)),
                    None => "drops a table".to_owned(),
                };
                self.risks.push(risk(reason, place()));
            }
            "drop_column" => {
                let (table, column) = match batch() {
                    Some(batch) => (batch.text(tokens, "table_name", 0), call.text(tokens, "column_name", 0)),
                    None => (call.text(tokens, "table_name", 0), call.text(tokens, "column_name", 1)),
                };
                let reason = match (table, column) {
                    (Some(table), Some(column)) => format!("drops column {column} of {table}"),
                    (_, Some(column)) => format!("drops column {column}"),
                    _ => "drops a column".to_owned(),
                };
                self.risks.push(risk(reason, place()));
            }
            "drop_constraint" if call.argument(tokens, "constraint_name", 0) == Some(Value::None) => {
                let convention = |batch: &Call<'a>| batch.argument(tokens, "naming_convention", usize::MAX).is_some();
                if !batch().is_some_and(convention) {
                    self.unnamed.push(call.clone());
                }
            }
            "autocommit_block" => self.commits.push(call.at),
            _ => {}
        }
    }
}

/// `x` in `with op.batch_alter_table(…) as x:`.
fn alias<'a>(outline: &Outline<'a>, batch: &Call<'a>) -> Option<&'a str> {
    let tokens = outline.tokens();
    let close = closing(tokens, batch.inside.start - 1).filter(|_| batch.name() == "batch_alter_table")?;
    match &tokens[close + 1..] {
        [word, alias, ..] if word.text == "as" => Some(alias.text),
        _ => None,
    }
}

fn qualified(schema: Option<String>, table: String) -> String {
    schema.map_or(table.clone(), |schema| format!("{schema}.{table}"))
}

/// Finds the file of every parent; a branch's label stands for the revision that has it.
fn join(found: &mut Found, seen: &Seen) {
    let mut missing = Vec::new();
    for revision in &mut found.revisions {
        let (place, title) = (revision.place.clone(), revision.title());
        for parent in &mut revision.parents {
            if let Some(labelled) = seen.labels.get(parent).filter(|_| !seen.ids.contains_key(parent)) {
                *parent = labelled.clone();
            }
        }
        revision.parents.dedup();
        let unknown = revision.parents.iter().filter(|parent| !seen.ids.contains_key(*parent));
        missing.extend(
            unknown.map(|parent| (format!("{title} comes after {parent}, which no file here is"), place.clone())),
        );
    }
    for (message, place) in missing {
        found.say(Severity::Error, message, place);
    }
}

/// Where the history begins and ends: once, unless branches are meant to be.
fn ends(history: &mut History, branches: bool) {
    let (mut said, revisions) = (Found::default(), &history.revisions);
    let roots: Vec<&Revision> = revisions.iter().filter(|revision| revision.parents.is_empty()).collect();
    let place = |revision: &Revision| revision.place.clone();
    if let (true, Some(first)) = (roots.is_empty(), revisions.first()) {
        said.say(Severity::Error, "no revision is the first one: down_revision = None is in no file", place(first));
    }
    if let ([first, .., last], false) = (roots.as_slice(), branches) {
        let message =
            format!("the history begins twice: {} and {} have no revision before them", first.title(), last.title());
        said.say(Severity::Warning, message, place(last));
    }
    let heads: Vec<&Revision> = history.heads.iter().filter_map(|id| history.find(id)).collect();
    if let ([.., last], true) = (heads.as_slice(), heads.len() > 1) {
        let names: Vec<String> = heads.iter().map(|head| head.title()).collect();
        let severity = if branches { Severity::Note } else { Severity::Error };
        let join = if branches { "" } else { "; join them: alembic merge heads -m merge" };
        let message = format!("there are {} heads: {}{join}", names.len(), names.join(", "));
        said.say(severity, message, place(last));
    }
    history.findings.extend(said.findings);
}
