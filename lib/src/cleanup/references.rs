//! Every reference between tables, by foreign key or by a link of the policy, and what becomes of the row that refers.

use serde::Serialize;

use super::defaults::defaults;
use super::old::as_meant;
use crate::catalog::{Action, Catalog, Column, Match, Name, Origin, Reference, Table, TableKind};
use crate::config::{CleanupConfig, LinkConfig, ReferenceRule};
use crate::error::{Error, ErrorKind, Place, Result};
use crate::sql::{Flavor, ident};

/// Rows of one table refer to rows of another, or of the same.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Edge {
    /// The table that refers.
    pub from: Name,
    /// Its rows are in partitions.
    pub partitioned: bool,
    /// Its columns.
    pub columns: Vec<String>,
    /// The table that is referred to.
    pub to: Name,
    /// Its columns, in the order of `columns`.
    pub keys: Vec<String>,
    /// By which collation each pair of columns is compared, as SQL, where the two have different ones: that of the key.
    pub collations: Vec<Option<String>>,
    /// The foreign key; `None` for a link that the policy alone knows of.
    pub constraint: Option<String>,
    /// Which rows of `from` refer, where not all do: a link's condition.
    pub condition: Option<String>,
    /// What becomes of the row that refers.
    pub rule: Rule,
    /// Who says so.
    pub by: By,
    /// What the database itself does to the row that refers.
    pub on_delete: Action,
    /// Rows that refer without a word are refused at once, not at the end of the transaction.
    pub restricts: bool,
}

/// What becomes of a row that refers to one that goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// It goes too.
    Follow,
    /// It stays; these columns become NULL.
    Null(Vec<String>),
    /// It stays, and so does what it refers to.
    Keep,
    /// It stays; the database gives its columns these defaults.
    Default(Vec<(String, String)>),
}

/// Who says what becomes of the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// The policy.
    Policy,
    /// The foreign key's own ON DELETE.
    OnDelete,
    /// Nobody: what refers keeps.
    Nobody,
}

impl Edge {
    /// `logs.stream_id`, `parts.(a, b)`.
    pub fn title(&self) -> String {
        match self.columns.as_slice() {
            [one] => format!("{}.{}", shown(&self.from), ident(one)),
            several => {
                let columns: Vec<String> = several.iter().map(|column| ident(column)).collect();
                format!("{}.({})", shown(&self.from), columns.join(", "))
            }
        }
    }

    /// `text`, which stands for its column number `at`, as it is compared with the key.
    pub(super) fn compared(&self, at: usize, text: String) -> String {
        match self.collations.get(at) {
            Some(Some(collation)) => format!("{text} COLLATE {collation}"),
            _ => text,
        }
    }

    /// Whether a row that refers keeps what it refers to, and frees it when it goes.
    pub fn keeps(&self) -> bool {
        self.rule == Rule::Keep
    }
}

/// A table's name as people know it: without the schema that is looked in anyway.
pub fn shown(name: &Name) -> String {
    match name.schema.as_str() {
        "public" | "main" => ident(&name.name),
        _ => name.to_string(),
    }
}

/// All references of the database, those of `policy` among them, with their rules.
///
/// # Errors
/// [`ErrorKind::Config`]: a rule or a link names what is not there, or a column that cannot be NULL is to become it.
/// [`ErrorKind::Unsupported`]: a partition has a foreign key of its own.
pub(super) fn references(catalog: &Catalog, policy: &CleanupConfig, flavor: Flavor) -> Result<Vec<Edge>> {
    let mut edges: Vec<Edge> = Vec::new();
    for table in &catalog.tables {
        for key in table.foreign_keys() {
            let Some(to) = &key.references else { continue };
            if table.partition_of.is_some() && key.origin != Origin::Own {
                continue;
            }
            let same = |edge: &&mut Edge| {
                (&edge.from, &edge.columns, &edge.to, &edge.keys) == (&table.name, &key.columns, &to.table, &to.columns)
            };
            if let Some(twin) = edges.iter_mut().find(same) {
                // Two keys on the same columns: the one that forbids has the last word.
                twin.restricts |= to.on_delete == Action::Restrict;
                if matches!(to.on_delete, Action::NoAction | Action::Restrict) {
                    (twin.rule, twin.by, twin.on_delete) = (Rule::Keep, By::Nobody, to.on_delete);
                }
                continue;
            }
            let emptied = match to.set_columns.as_slice() {
                [] => nullable(table, &key.columns, to.matching),
                some => some.to_vec(),
            };
            let (rule, by) = match to.on_delete {
                // Columns that cannot be NULL: the server would refuse as well.
                Action::SetNull if emptied.is_empty() => (Rule::Keep, By::Nobody),
                Action::Cascade => (Rule::Follow, By::OnDelete),
                Action::SetNull => (Rule::Null(emptied), By::OnDelete),
                Action::SetDefault => {
                    let set = if to.set_columns.is_empty() { &key.columns } else { &to.set_columns };
                    (Rule::Default(defaults(table, set, flavor)), By::OnDelete)
                }
                Action::NoAction | Action::Restrict => (Rule::Keep, By::Nobody),
            };
            edges.push(Edge {
                from: table.name.clone(),
                partitioned: table.kind == TableKind::Partitioned,
                columns: key.columns.clone(),
                to: to.table.clone(),
                keys: to.columns.clone(),
                collations: collations(catalog, table, &key.columns, (&to.table, &to.columns), flavor),
                constraint: Some(key.name.clone()),
                condition: None,
                rule,
                by,
                on_delete: to.on_delete,
                restricts: to.on_delete == Action::Restrict,
            });
        }
    }
    for link in &policy.links {
        edges.push(linked(catalog, link, flavor)?);
    }
    for (name, rule, place) in &policy.references {
        apply(catalog, &mut edges, name, *rule, place)?;
    }
    Ok(edges)
}

/// Gives the edges that `name` means their rule: `table`, `table.column` or `table.constraint`.
fn apply(catalog: &Catalog, edges: &mut [Edge], name: &str, rule: ReferenceRule, place: &Place) -> Result<()> {
    let named = Named::new(catalog, name);
    let mut found = false;
    for edge in edges.iter_mut().filter(|edge| named.is(edge)) {
        found = true;
        (edge.rule, edge.by) = match rule {
            ReferenceRule::Follow => (Rule::Follow, By::Policy),
            ReferenceRule::Keep => (Rule::Keep, By::Policy),
            ReferenceRule::Null => {
                // SQLite's keys have no names to be known by.
                let matching = catalog.tables.iter().find(|table| table.name == edge.from).and_then(|table| {
                    let is_it = |to: &Reference| to.table == edge.to && to.columns == edge.keys;
                    let mut keys = table.foreign_keys().filter(|key| key.columns == edge.columns);
                    let to = keys.find_map(|key| key.references.as_ref().filter(|to| is_it(to)))?;
                    Some((table, to.matching))
                });
                let columns = match matching {
                    Some((table, matching)) => nullable(table, &edge.columns, matching),
                    None => edge.columns.clone(),
                };
                if columns.is_empty() {
                    let message = format!("{} cannot become NULL: its columns are NOT NULL", edge.title());
                    return Err(Error::new(ErrorKind::Config, message)
                        .at(place.clone())
                        .hint("let the rows go (\"follow\"), or stay with what they refer to (\"keep\")"));
                }
                (Rule::Null(columns), By::Policy)
            }
        };
    }
    if found {
        return Ok(());
    }
    let titles: Vec<String> = edges.iter().map(Edge::title).collect();
    let error = Error::new(ErrorKind::Config, format!("there is no reference `{name}`")).at(place.clone());
    Err(match nearest(name, &titles) {
        Some(title) => error.hint(format!("did you mean `{title}`?")),
        None => error.hint("a reference is `table`, `table.column` or `table.constraint` of the table that refers"),
    })
}

/// Which edges a name means.
pub(super) struct Named {
    table: Option<Name>,
    part: Option<(Name, String)>,
}

impl Named {
    pub(super) fn new(catalog: &Catalog, name: &str) -> Self {
        let table = meant(catalog, name).map(|table| table.name.clone());
        let part = name.rsplit_once('.').and_then(|(before, last)| {
            let table = meant(catalog, before)?;
            Some((table.name.clone(), last.trim_matches('"').to_owned()))
        });
        Self { table, part }
    }

    pub(super) fn is(&self, edge: &Edge) -> bool {
        let whole = self.table.as_ref() == Some(&edge.from);
        let part = self.part.as_ref().is_some_and(|(table, part)| {
            *table == edge.from && (edge.columns == [part.clone()] || edge.constraint.as_ref() == Some(part))
        });
        whole || part
    }
}

/// The columns of a key that may become NULL so that it refers to nothing; none where that is not possible.
fn nullable(table: &Table, columns: &[String], matching: Match) -> Vec<String> {
    let may = |column: &&String| {
        table.column(column).is_some_and(|column| !column.not_null && column.generated.is_none())
            && !table.primary_key().is_some_and(|key| key.columns.contains(column))
    };
    let free: Vec<String> = columns.iter().filter(may).cloned().collect();
    if matching == Match::Full && free.len() < columns.len() { Vec::new() } else { free }
}

/// By which collation each of `columns` is compared with the key of another table that it refers to, where theirs differ.
fn collations(
    catalog: &Catalog,
    from: &Table,
    columns: &[String],
    (to, keys): (&Name, &[String]),
    flavor: Flavor,
) -> Vec<Option<String>> {
    let to = catalog.tables.iter().find(|table| table.name == *to);
    let of = |table: Option<&Table>, column: &String| {
        table.and_then(|table| table.column(column)).map(|column| collation(catalog, column, flavor))
    };
    let pairs = columns.iter().zip(keys);
    pairs
        .map(|(column, key)| of(to, key).filter(|own| of(Some(from), column).is_some_and(|from| from != *own)))
        .collect()
}

/// The collation of a column, as SQL.
fn collation(catalog: &Catalog, column: &Column, flavor: Flavor) -> String {
    if flavor == Flavor::Sqlite {
        return column.collation.as_deref().map_or_else(|| "BINARY".to_owned(), str::to_ascii_uppercase);
    }
    let (mut own, mut data_type) = (column.collation.as_ref(), &column.data_type);
    while let Some(domain) = catalog.domains.iter().find(|domain| domain.name.to_string() == *data_type) {
        (own, data_type) = (own.or(domain.collation.as_ref()), &domain.data_type);
    }
    let of_type = if data_type == "name" { "\"C\"" } else { "\"default\"" };
    own.map_or(of_type, String::as_str).to_owned()
}

fn linked(catalog: &Catalog, link: &LinkConfig, flavor: Flavor) -> Result<Edge> {
    let end = |(table, column): &(String, String)| {
        let found = meant(catalog, table).ok_or_else(|| no_table(catalog, table, &link.place))?;
        if found.column(column).is_none() {
            return Err(no_column(found, column, &link.place));
        }
        Ok((found, vec![column.clone()]))
    };
    let ((from, columns), (to, keys)) = (end(&link.from)?, end(&link.to)?);
    let rule = match link.rule {
        ReferenceRule::Follow => Rule::Follow,
        ReferenceRule::Null => Rule::Null(columns.clone()),
        ReferenceRule::Keep => Rule::Keep,
    };
    let condition = link.condition.as_deref().map(|condition| as_meant(condition, flavor));
    let on_delete = Action::NoAction;
    let by = By::Policy;
    Ok(Edge {
        from: from.name.clone(),
        partitioned: from.kind == TableKind::Partitioned,
        collations: collations(catalog, from, &columns, (&to.name, &keys), flavor),
        columns,
        to: to.name.clone(),
        keys,
        constraint: None,
        condition,
        rule,
        by,
        on_delete,
        restricts: false,
    })
}

/// No table of that name.
pub(super) fn no_table(catalog: &Catalog, name: &str, place: &Place) -> Error {
    let view = catalog.relation(name).is_some() && catalog.table(name).is_none();
    let kind = if view { "is no table" } else { "does not exist" };
    let error = Error::new(ErrorKind::Config, format!("table `{name}` {kind}")).at(place.clone());
    let table = |near: &&&Name| catalog.tables.iter().any(|table| table.name == ***near);
    match catalog.nearest(name).iter().find(table) {
        Some(near) => error.hint(format!("did you mean `{}`?", shown(near))),
        None => error.hint("list them: mainstay tables"),
    }
}

/// The table that `text` means: without a schema, only one that the server would find under that name. Elsewhere a name is taken
/// for the only table that has it, which is good enough for looking and not for deleting.
pub(super) fn meant<'a>(catalog: &'a Catalog, text: &str) -> Option<&'a Table> {
    let path = &catalog.database.search_path;
    let usual = |schema: &str| matches!(schema, "public" | "main") || path.iter().any(|listed| listed == schema);
    catalog.table(text).filter(|table| text.contains('.') || usual(&table.name.schema))
}

/// No column of that name.
pub(super) fn no_column(table: &Table, name: &str, place: &Place) -> Error {
    let names: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    let message = format!("table `{}` has no column `{name}`", shown(&table.name));
    let error = Error::new(ErrorKind::Config, message).at(place.clone());
    match nearest(name, &names) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("it has: {}", names.join(", "))),
    }
}

/// The name most like `wanted`.
fn nearest<'a>(wanted: &str, names: &'a [String]) -> Option<&'a str> {
    let scored = names.iter().map(|name| (strsim::jaro_winkler(wanted, name), name.as_str()));
    scored.filter(|(score, _)| *score > 0.75).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}
