//! What tables are called as models.

use std::collections::{BTreeMap, BTreeSet};

use super::Facts;
use crate::catalog::{Name, Table};
use crate::config::Named;
use crate::error::{Error, ErrorKind, Result};

/// The models of Django's own whose tables are not named after them.
const OWN: [(&str, &str); 6] = [
    ("django_admin_log", "admin.logentry"),
    ("django_content_type", "contenttypes.contenttype"),
    ("django_flatpage", "flatpages.flatpage"),
    ("django_redirect", "redirects.redirect"),
    ("django_session", "sessions.session"),
    ("django_site", "sites.site"),
];

/// What tables are called as models.
pub(super) fn labels(facts: &Facts<'_>) -> Result<BTreeMap<Name, String>> {
    let mut labels = BTreeMap::new();
    // A model has one table. Where several schemas have one of its name, it is the one in `public`, else in the first of them.
    let mut tables = facts.tables.clone();
    tables.sort_by_key(|table| !matches!(table.name.schema.as_str(), "public" | "main"));
    let mut taken = BTreeSet::new();
    for table in tables {
        if let Some(label) = label(facts, &table.name.name).filter(|label| taken.insert(label.clone())) {
            labels.insert(table.name.clone(), label);
        }
    }
    for books in facts.books.iter().filter(|table| table.name.name == "south_migrationhistory") {
        labels.insert(books.name.clone(), "south.migrationhistory".to_owned());
    }
    for named in &facts.config.models {
        let table = table_named(facts, named)?;
        labels.retain(|_, label| *label != named.name);
        labels.insert(table.name.clone(), named.name.clone());
    }
    Ok(labels)
}

/// What Django calls the model with a table of this name.
fn label(facts: &Facts<'_>, table: &str) -> Option<String> {
    if let Some((_, label)) = OWN.iter().find(|(name, _)| *name == table) {
        return Some((*label).to_owned());
    }
    let (app, model) = match &facts.content_types {
        Some(types) => types.iter().find(|(app, model)| table == format!("{app}_{model}")).cloned(),
        None => split(table, &facts.apps),
    }?;
    Some(format!("{app}.{model}"))
}

/// `app_model`, where only the history of migrations says which applications there are, or nothing does.
fn split(table: &str, apps: &[String]) -> Option<(String, String)> {
    let known = apps.iter().filter(|app| table.strip_prefix(app.as_str()).is_some_and(|rest| rest.starts_with('_')));
    let app = match known.max_by_key(|app| app.len()) {
        Some(app) => app.as_str(),
        None => table.split_once('_')?.0,
    };
    let model = &table[app.len() + 1..];
    (!app.is_empty() && !model.is_empty()).then(|| (app.to_owned(), model.to_owned()))
}

/// The table that the configuration names.
pub(super) fn table_named<'a>(facts: &Facts<'a>, named: &Named) -> Result<&'a Table> {
    let found = facts.tables.iter().find(|table| table.name.name == named.here || table.name.to_string() == named.here);
    found.copied().ok_or_else(|| {
        let message = format!("[data.django] says that {} is the table {}, which is not there", named.name, named.here);
        let error = Error::new(ErrorKind::Config, message).at(named.place.clone());
        let names = facts.tables.iter().map(|table| table.name.name.as_str());
        match nearest(&named.here, names) {
            Some(nearest) => error.hint(format!("did you mean \"{nearest}\"?")),
            None => error.hint("see which tables there are: mainstay tables"),
        }
    })
}

/// The name that looks most like `wanted`.
pub(super) fn nearest<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let scored = names.map(|name| (strsim::jaro_winkler(wanted, name), name));
    scored.filter(|(score, _)| *score > 0.75).max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, name)| name)
}
