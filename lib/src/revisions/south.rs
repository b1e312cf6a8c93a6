//! South: numbered files of an app, applied in the order of their names.
//!
//! Source: South's documentation, "Migration structure" and "Dependencies".

use std::collections::HashSet;

use super::losses::{self, risk};
use super::outline::{Definition, Outline, What};
use super::value::{Call, Value};
use super::{Around, File, Found, History, Revision, Severity, Tool, Undo, imports};
use crate::plan::Risk;

/// Is it one of South's migrations?
pub(super) fn claims(text: &str) -> bool {
    Outline::read("", text).is_ok_and(|outline| class(&outline).is_some())
}

fn class<'a>(outline: &Outline<'a>) -> Option<Definition<'a>> {
    let is_base = |text: &str| matches!(text, "SchemaMigration" | "DataMigration");
    outline.top().into_iter().find(|it| {
        it.kind == What::Class
            && it.name == "Migration"
            && outline.tokens()[it.head.clone()].iter().any(|base| is_base(base.text))
    })
}

pub(super) fn read(files: &[File], around: &Around) -> History {
    let mut found = Found::default();
    for file in files {
        if let Some(outline) = found.outline(file) {
            read_file(file, &outline, around, &mut found);
        }
    }
    let ids: HashSet<String> = found.revisions.iter().map(|revision| revision.id.clone()).collect();
    let apps: HashSet<&str> = files.iter().map(|file| file.app.as_str()).collect();
    let missing =
        |parent: &&String| !ids.contains(*parent) && parent.split_once('.').is_some_and(|(app, _)| apps.contains(app));
    let gone = |it: &Revision| -> Vec<(String, crate::error::Place)> {
        let message = |parent: &String| format!("{} depends on {parent}, which no file here is", it.title());
        it.parents.iter().filter(missing).map(|parent| (message(parent), it.place.clone())).collect()
    };
    let all: Vec<_> = found.revisions.iter().flat_map(gone).collect();
    for (message, place) in all {
        found.say(Severity::Error, message, place);
    }
    History::new(Tool::South, found)
}

fn read_file(file: &File, outline: &Outline<'_>, around: &Around, found: &mut Found) {
    let Some(class) = class(outline) else {
        return found.say(Severity::Warning, "there is no class Migration in this file", outline.place(0));
    };
    let stem = stem(file);
    let place = outline.place(class.at);
    // Files come sorted: the app's last one is the one before.
    let before =
        found.revisions.iter().rfind(|known| known.id.rsplit_once('.').is_some_and(|(app, _)| app == file.app));
    let mut parents: Vec<String> = before.map(|before| before.id.clone()).into_iter().collect();
    if let Some(twin) = before.filter(|before| number(&before.id).is_some_and(|taken| number(stem) == Some(taken))) {
        let message =
            format!("{} and {} have the same number: their order is that of their names", twin.file, file.name);
        found.say(Severity::Warning, message, place.clone());
    }
    let members = outline.inside(&class);
    let member = |name: &str| members.iter().find(|member| member.name == name);
    if let Some(Value::List(needed)) = member("depends_on").map(|it| outline.value(it)) {
        parents.extend(needed.iter().filter_map(|pair| match pair.texts()?.as_slice() {
            [app, name] => Some(format!("{app}.{name}")),
            _ => None,
        }));
    }
    imports::check(outline, around, found);
    let allowed = losses::allowed(outline, found);
    let (forwards, backwards) = (member("forwards"), member("backwards"));
    let freezes = member("models").is_some();
    let uses_orm = |way: &Definition<'_>| outline.tokens()[way.body.clone()].iter().any(|token| token.text == "orm");
    if let Some(way) = forwards.filter(|way| uses_orm(way) && !freezes) {
        let message = "uses orm, but freezes no models: it has nothing to work on";
        found.say(Severity::Error, message, outline.place(way.at));
    }
    let undo = match backwards {
        None => Undo::Never("there is no backwards".to_owned(), place.clone()),
        Some(back) => match outline.first_work(&back.body) {
            Some(("raise", at)) => Undo::Never("its backwards raises".to_owned(), outline.place(at)),
            None if forwards.is_some_and(|forth| outline.first_work(&forth.body).is_some()) => Undo::Empty,
            _ => Undo::Written,
        },
    };
    let top = outline.top();
    let lost = |way: Option<&Definition<'_>>| way.map_or_else(Vec::new, |way| lost(outline, way, &top, around));
    let (up, down) = (losses::marked(lost(forwards), &allowed), losses::marked(lost(backwards), &allowed));
    let id = format!("{}.{stem}", file.app);
    let file = file.name.clone();
    found.add(Revision {
        id,
        name: String::new(),
        file,
        place,
        parents,
        replaces: Vec::new(),
        up,
        down,
        undo,
        commits: None,
    });
}

fn lost(outline: &Outline<'_>, way: &Definition<'_>, top: &[Definition<'_>], around: &Around) -> Vec<Risk> {
    let known: Vec<Definition<'_>> = top.iter().filter(|it| it.name != "Migration").cloned().collect();
    let bodies = outline.reach(&[way], &known);
    let mut found = losses::in_bodies(outline, &bodies, around);
    for call in bodies.iter().flat_map(|body| outline.calls(body)) {
        found.extend(dropped(outline, &call).map(|reason| risk(reason, outline.place(call.at))));
    }
    found
}

fn dropped(outline: &Outline<'_>, call: &Call<'_>) -> Option<String> {
    let tokens = outline.tokens();
    let table = call.text(tokens, "table_name", 0);
    match (call.name(), table, call.text(tokens, "name", 1)) {
        ("delete_table", Some(table), _) => Some(format!("drops table {table}")),
        ("delete_table", ..) => Some("drops a table".to_owned()),
        ("delete_column", Some(table), Some(column)) => Some(format!("drops column {column} of {table}")),
        ("delete_column", ..) => Some("drops a column".to_owned()),
        _ => None,
    }
}

/// The file's name without its ending: what the ledger keeps.
pub(super) fn stem(file: &File) -> &str {
    file.name.rsplit('/').next().unwrap_or(&file.name).trim_end_matches(".py")
}

/// The number that a name begins with.
fn number(id: &str) -> Option<&str> {
    let name = id.rsplit_once('.').map_or(id, |(_, name)| name);
    let end = name.find(|c: char| !c.is_ascii_digit()).unwrap_or(name.len());
    Some(&name[..end]).filter(|number| !number.is_empty())
}
