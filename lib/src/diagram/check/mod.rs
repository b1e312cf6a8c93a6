//! Is a written diagram still true? Compared is what it says and not how: order, blanks, looks and the spelling of types do
//! not matter.

mod lines;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::catalog::Name;
use crate::error::Result;

use super::drawn::{Drawn, DrawnColumn, DrawnEntity};
use super::graph::{Entity, Field, Graph};
use super::{Format, dot, json, mermaid, svg};

/// One thing in which a diagram and the database differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// How.
    pub change: Change,
    /// What sort of thing.
    pub subject: Subject,
    /// Which: `log_detective_run`, `log_detective_run.error_msg`, `scans -> builds (build_id)`.
    pub name: String,
    /// What is missing, or what the diagram says and what is so; empty where there is no more to say.
    pub detail: String,
}

/// How a diagram differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The database has it, the diagram does not.
    Missing,
    /// The diagram has it, the database does not, or not among what was asked for.
    Extra,
    /// Both have it, and not alike.
    Changed,
}

/// What a difference is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A table.
    Table,
    /// A column.
    Column,
    /// A foreign key.
    Relation,
}

/// In what the diagram `text`, the text of `file`, differs from `graph`: in the order of names, empty where it is true.
///
/// A Mermaid diagram may come from any tool: a name may be spelled with the schema or without, a type with its length or
/// under its usual second name, a relation may be labelled with its columns, its constraint or nothing of the database.
///
/// # Errors
/// [`ErrorKind::Usage`](crate::ErrorKind::Usage): the file is not a diagram, or not one of ours where only ours can be read.
pub fn check(graph: &Graph, format: Format, file: &str, text: &str) -> Result<Vec<Difference>> {
    let drawn = match format {
        Format::Mermaid => mermaid::read(file, text)?,
        Format::Svg => Drawn::exactly(&svg::read(file, text)?),
        Format::Dot => Drawn::exactly(&dot::read(file, text)?),
        Format::Json => Drawn::exactly(&json::read(file, text)?),
    };
    let mut check = Check { graph, names: spellings(graph), exact: drawn.exact, found: Vec::new() };
    check.entities(&drawn);
    check.relations(&drawn);
    check.found.sort_by(|a, b| (a.subject, &a.name, a.change).cmp(&(b.subject, &b.name, b.change)));
    Ok(check.found)
}

/// Every spelling under which a table may be drawn, and the table; `None` where a spelling fits several.
fn spellings(graph: &Graph) -> BTreeMap<String, Option<Name>> {
    let mut names: BTreeMap<String, Option<Name>> = BTreeMap::new();
    for name in graph.entities.iter().map(|entity| &entity.name).chain(&graph.aside) {
        let bare = name.name.clone();
        let whole = [format!("{}.{bare}", name.schema), format!("{}_{bare}", name.schema)];
        for spelling in
            whole.into_iter().chain([bare]).flat_map(|one| [mermaid::word(&one), one]).collect::<BTreeSet<_>>()
        {
            names.entry(spelling).and_modify(|known| *known = None).or_insert_with(|| Some(name.clone()));
        }
    }
    // The label is what we write ourselves, and unique.
    names.extend(graph.entities.iter().map(|entity| (graph.label(&entity.name), Some(entity.name.clone()))));
    names
}

struct Check<'a> {
    graph: &'a Graph,
    names: BTreeMap<String, Option<Name>>,
    exact: bool,
    found: Vec<Difference>,
}

impl Check<'_> {
    fn tell(&mut self, change: Change, subject: Subject, name: String, detail: impl Into<String>) {
        self.found.push(Difference { change, subject, name, detail: detail.into() });
    }

    /// The table that is drawn under this name.
    fn table(&self, drawn: &str) -> Option<&Name> {
        self.names.get(drawn)?.as_ref()
    }

    fn drawn_table(&self, drawn: &DrawnEntity) -> Option<&Name> {
        self.table(&drawn.id).or_else(|| self.table(drawn.alias.as_deref()?))
    }

    fn entities(&mut self, drawn: &Drawn) {
        let graph = self.graph;
        let with_columns = drawn.entities.iter().any(|entity| !entity.columns.is_empty());
        let mut missing: BTreeSet<&Name> = graph.entities.iter().map(|entity| &entity.name).collect();
        for drawn in &drawn.entities {
            let Some(name) = self.drawn_table(drawn).cloned() else {
                self.tell(Change::Extra, Subject::Table, drawn.id.clone(), "");
                continue;
            };
            missing.remove(&name);
            if let Some(entity) = graph.entity(&name).filter(|_| with_columns) {
                self.columns(entity, &drawn.columns);
            }
        }
        for name in missing {
            self.tell(Change::Missing, Subject::Table, graph.label(name), "");
        }
    }

    fn columns(&mut self, entity: &Entity, drawn: &[DrawnColumn]) {
        let table = self.graph.label(&entity.name);
        let is = |field: &Field, column: &DrawnColumn| {
            field.name == column.name || (!self.exact && mermaid::word(&field.name) == mermaid::word(&column.name))
        };
        let mut told = Vec::new();
        for field in &entity.columns {
            let name = format!("{table}.{}", field.name);
            match drawn.iter().find(|column| is(field, column)) {
                None => told.push((Change::Missing, name, field.data_type.clone())),
                Some(column) => {
                    told.extend(self.changes(field, column).map(|detail| (Change::Changed, name, detail)));
                }
            }
        }
        for column in drawn.iter().filter(|column| !entity.columns.iter().any(|field| is(field, column))) {
            told.push((Change::Extra, format!("{table}.{}", column.name), column.data_type.clone()));
        }
        for (change, name, detail) in told {
            self.tell(change, Subject::Column, name, detail);
        }
    }

    /// In what a column is drawn otherwise than it is.
    fn changes(&self, field: &Field, column: &DrawnColumn) -> Option<String> {
        let mut changes = Vec::new();
        if !column.is_of(&field.data_type, self.exact) {
            changes.push(format!("type {}, now {}", column.data_type, field.data_type));
        }
        // A unique index makes a column unique without a constraint: tools differ in whether they mark it.
        let unique = if field.unique == field.in_unique { field.unique } else { column.unique };
        let marks = |primary: bool, foreign: bool, unique: bool| {
            let marks = [(primary, "PK"), (foreign, "FK"), (unique, "UK")];
            let marks: Vec<&str> = marks.iter().filter(|(has, _)| *has).map(|(_, mark)| *mark).collect();
            if marks.is_empty() { "no key".to_owned() } else { marks.join(",") }
        };
        let was = marks(column.primary, column.foreign, column.unique);
        let is = marks(field.primary, field.foreign, if self.exact { field.unique || field.in_unique } else { unique });
        if was != is {
            changes.push(format!("{was}, now {is}"));
        }
        (!changes.is_empty()).then(|| changes.join("; "))
    }
}
