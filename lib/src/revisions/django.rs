//! Django: a class with its dependencies and operations per file, a graph over all apps.
//!
//! Source: Django's documentation, "Migrations", "Migration Operations" and "Writing database migrations".

use std::collections::{BTreeMap, HashMap, HashSet};

use super::losses::{self, risk};
use super::outline::{Definition, Outline, What};
use super::south::stem;
use super::value::{Call, Value};
use super::{Around, File, Found, History, Revision, Severity, Tool, Undo, imports};
use crate::error::Place;
use crate::plan::Risk;

/// Is it one of Django's migrations?
pub(super) fn claims(text: &str) -> bool {
    Outline::read("", text).is_ok_and(|outline| class(&outline).is_some())
}

fn class<'a>(outline: &Outline<'a>) -> Option<Definition<'a>> {
    outline.top().into_iter().find(|it| {
        // The class itself has the name too.
        let named = outline.tokens()[it.head.clone()].iter().filter(|token| token.text == "Migration").count();
        it.kind == What::Class && it.name == "Migration" && named > 1
    })
}

pub(super) fn read(files: &[File], around: &Around) -> History {
    let mut found = Found::default();
    let mut before: Vec<(String, String)> = Vec::new();
    for file in files {
        if let Some(outline) = found.outline(file) {
            before.extend(read_file(file, &outline, around, &mut found));
        }
    }
    for (id, later) in before {
        found.revisions.iter_mut().filter(|revision| revision.id == later).for_each(|it| it.parents.push(id.clone()));
    }
    join(&mut found, files);
    let mut history = History::new(Tool::Django, found);
    one_leaf_each(&mut history);
    history
}

/// Reads one file; returns what must come after it by `run_before`, each with its own id.
fn read_file(file: &File, outline: &Outline<'_>, around: &Around, found: &mut Found) -> Vec<(String, String)> {
    let Some(class) = class(outline) else {
        found.say(Severity::Error, "there is no class Migration in this file", outline.place(0));
        return Vec::new();
    };
    let members = outline.inside(&class);
    let stem = stem(file);
    let (id, place) = (format!("{}.{stem}", file.app), outline.place(class.at));
    let mut linked = |name: &str| -> Vec<String> {
        members.iter().filter(|it| it.name == name).flat_map(|it| links(outline, it, found)).collect()
    };
    let (parents, replaces, before) = (linked("dependencies"), linked("replaces"), linked("run_before"));
    imports::check(outline, around, found);
    let allowed = losses::allowed(outline, found);
    let atomic = members.iter().find(|it| it.name == "atomic").map(|it| (it.at, outline.value(it)));
    let alone = atomic.filter(|(_, value)| *value == Value::Name("False".to_owned())).map(|(at, _)| at);
    if let Some(at) = alone {
        let message = "runs without a transaction: a failure leaves what it has done until then";
        found.say(Severity::Note, message, outline.place(at));
    }
    let mut work = Work {
        outline,
        app: &file.app,
        around,
        top: outline.top(),
        up: Vec::new(),
        down: Vec::new(),
        never: None,
        alone: Vec::new(),
    };
    for operations in members.iter().filter(|it| it.name == "operations") {
        work.all(&outline.value(operations));
    }
    for at in work.alone.iter().filter(|_| alone.is_none()) {
        let message = "cannot run inside a transaction: write atomic = False into this class";
        found.say(Severity::Error, message, outline.place(*at));
    }
    let commits = alone.map(|at| outline.place(at));
    let undo = work.never.map_or(Undo::Written, |(why, place)| Undo::Never(why, place));
    let (up, down) = (losses::marked(work.up, &allowed), losses::marked(work.down, &allowed));
    let before = before.into_iter().map(|later| (id.clone(), later)).collect();
    let file = file.name.clone();
    found.add(Revision { id, name: String::new(), file, place, parents, replaces, up, down, undo, commits });
    before
}

/// `[("app", "0001_initial"), …]`; a swappable dependency is on another app's first migration, whatever that is.
fn links(outline: &Outline<'_>, member: &Definition<'_>, found: &mut Found) -> Vec<String> {
    let Value::List(items) = outline.value(member) else {
        let message = format!("{} is computed: what it says cannot be told without running Python", member.name);
        found.say(Severity::Warning, message, outline.place(member.at));
        return Vec::new();
    };
    let link = |item: &Value<'_>| match item.texts()?.as_slice() {
        [app, name] => Some(format!("{app}.{name}")),
        _ => None,
    };
    items.iter().filter_map(link).collect()
}

/// What the operations of a migration do.
struct Work<'o, 'a> {
    outline: &'o Outline<'a>,
    app: &'o str,
    around: &'o Around,
    top: Vec<Definition<'a>>,
    up: Vec<Risk>,
    down: Vec<Risk>,
    never: Option<(String, Place)>,
    /// Operations that refuse a transaction.
    alone: Vec<usize>,
}

impl<'a> Work<'_, 'a> {
    fn all(&mut self, operations: &Value<'a>) {
        let Value::List(operations) = operations else { return };
        for operation in operations {
            if let Value::Call(call) = operation {
                self.one(call);
            }
        }
    }

    fn one(&mut self, call: &Call<'a>) {
        let tokens = self.outline.tokens();
        let text =
            |keyword: &str, position: usize| call.text(tokens, keyword, position).unwrap_or_else(|| "?".to_owned());
        let place = || self.outline.place(call.at);
        match call.name() {
            "RemoveField" => {
                let reason = format!("drops column {} of {}.{}", text("name", 1), self.app, text("model_name", 0));
                self.up.push(risk(reason, place()));
            }
            "AddField" => {
                let reason = format!("drops column {} of {}.{}", text("name", 1), self.app, text("model_name", 0));
                self.down.push(risk(reason, place()));
            }
            "DeleteModel" => {
                self.up.push(risk(format!("drops the table of {}.{}", self.app, text("name", 0)), place()))
            }
            "CreateModel" => {
                self.down.push(risk(format!("drops the table of {}.{}", self.app, text("name", 0)), place()))
            }
            "RunPython" => self.way(call, "code", "reverse_code", Self::python),
            "RunSQL" => self.way(call, "sql", "reverse_sql", Self::sql),
            "AddIndexConcurrently" | "RemoveIndexConcurrently" => self.alone.push(call.at),
            "SeparateDatabaseAndState" => {
                if let Some(operations) = call.argument(tokens, "database_operations", 0) {
                    self.all(&operations);
                }
            }
            _ => {}
        }
    }

    /// An operation that is written out both ways.
    fn way(&mut self, call: &Call<'a>, forth: &str, back: &str, lost: fn(&Self, &Value<'a>, usize) -> Vec<Risk>) {
        let tokens = self.outline.tokens();
        if let Some(code) = call.argument(tokens, forth, 0) {
            self.up.extend(lost(self, &code, call.at));
        }
        match call.argument(tokens, back, 1) {
            None | Some(Value::None) => {
                let why = format!("its {} has no {back}", call.name());
                self.never.get_or_insert_with(|| (why, self.outline.place(call.at)));
            }
            Some(code) => self.down.extend(lost(self, &code, call.at)),
        }
    }

    /// What the function of that name does.
    fn python(&self, code: &Value<'a>, _: usize) -> Vec<Risk> {
        let Value::Name(name) = code else { return Vec::new() };
        let Some(function) = self.top.iter().find(|it| it.name == name) else { return Vec::new() };
        let known: Vec<Definition<'a>> = self.top.iter().filter(|it| it.name != "Migration").cloned().collect();
        losses::in_bodies(self.outline, &self.outline.reach(&[function], &known), self.around)
    }

    fn sql(&self, code: &Value<'a>, at: usize) -> Vec<Risk> {
        let mut texts = Vec::new();
        self.gather(code, &mut texts);
        let found = texts.iter().flat_map(|text| losses::in_sql(text, self.around));
        found.map(|risk| Risk { place: Some(self.outline.place(at)), ..risk }).collect()
    }

    /// The texts of a value: itself, a list's, a list of statements with their parameters, a constant's.
    fn gather(&self, code: &Value<'a>, texts: &mut Vec<String>) {
        match code {
            Value::Text(text) => texts.push(text.clone()),
            Value::List(items) => items.iter().for_each(|item| self.gather(item, texts)),
            Value::Name(name) => {
                if let Some(constant) = self.top.iter().find(|it| it.kind == What::Value && it.name == name) {
                    texts.extend(self.outline.texts(&constant.body).into_iter().map(|(_, text)| text));
                }
            }
            _ => {}
        }
    }
}

/// Settles what the links lead to: a replaced migration stands for the one that replaces it, other projects' apps are theirs.
fn join(found: &mut Found, files: &[File]) {
    let apps: HashSet<&str> = files.iter().map(|file| file.app.as_str()).collect();
    let ids: HashSet<String> = found.revisions.iter().map(|revision| revision.id.clone()).collect();
    let squashed: HashMap<String, String> =
        found.revisions.iter().flat_map(|it| it.replaces.iter().map(|old| (old.clone(), it.id.clone()))).collect();
    let mut missing = Vec::new();
    for revision in &mut found.revisions {
        let inner: HashSet<String> = revision.replaces.iter().cloned().collect();
        let own = revision.id.clone();
        let title = revision.title();
        let parents = std::mem::take(&mut revision.parents);
        for parent in parents {
            let Some((app, name)) = parent.split_once('.').filter(|(app, _)| apps.contains(app)) else { continue };
            let follows = squashed.get(&parent).filter(|by| !squashed.contains_key(&own) && **by != own);
            if let Some(by) = follows {
                revision.parents.push(by.clone());
            } else if ids.contains(&parent) {
                revision.parents.push(parent);
            } else if !name.starts_with("__") && !inner.contains(&parent) {
                let message = format!("{title} depends on {parent}, and no file in {app} is that");
                missing.push((message, revision.place.clone()));
            }
        }
        revision.parents.sort();
        revision.parents.dedup();
    }
    for (message, place) in missing {
        found.say(Severity::Error, message, place);
    }
}

/// Django refuses an app that ends twice.
fn one_leaf_each(history: &mut History) {
    let app = |id: &str| id.split_once('.').map_or_else(String::new, |(app, _)| app.to_owned());
    let replaced: HashSet<&String> = history.revisions.iter().flat_map(|it| &it.replaces).collect();
    let living: Vec<&Revision> = history.revisions.iter().filter(|it| !replaced.contains(&it.id)).collect();
    let built_on: HashSet<&String> =
        living.iter().flat_map(|later| later.parents.iter().filter(|parent| app(parent) == app(&later.id))).collect();
    let mut leaves: BTreeMap<String, Vec<&Revision>> = BTreeMap::new();
    for revision in living.iter().filter(|revision| !built_on.contains(&revision.id)) {
        leaves.entry(app(&revision.id)).or_default().push(revision);
    }
    let mut said = Found::default();
    for (app, leaves) in leaves {
        let names: Vec<String> = leaves.iter().map(|leaf| leaf.title()).collect();
        if let ([.., last], true) = (leaves.as_slice(), leaves.len() > 1) {
            let message = format!(
                "{app} has {} leaves: {}; join them: python manage.py makemigrations --merge",
                names.len(),
                names.join(", ")
            );
            said.say(Severity::Error, message, last.place.clone());
        }
    }
    history.findings.extend(said.findings);
}
