//! Which tables have portable rows, and what a manifest says of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Name, Sequence, Table, TableKind, what_is_pointed_at_first};
use crate::dialect::is_books;
use crate::error::{Error, ErrorKind, Result, shell_word};
use crate::ledger;
use crate::portable::Kind;
use crate::portable::manifest::{self, Engine};

/// The tables of a database that have rows of the user's, and what has rows and cannot be taken along.
pub(super) struct Portable<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) engine: Engine,
    /// Plain tables, and partitioned ones for all their partitions.
    pub(super) tables: Vec<&'a Table>,
    pub(super) left_out: Vec<String>,
}

impl<'a> Portable<'a> {
    /// Of the whole `catalog`: all but Mainstay's own tables and those of other migration tools.
    pub(super) fn of(catalog: &'a Catalog, engine: Engine) -> Self {
        let (mut tables, mut left_out) = (Vec::new(), Vec::new());
        for table in &catalog.tables {
            let name = &table.name;
            if ledger::owns(&name.schema, &name.name) || is_books(table) || table.partition_of.is_some() {
                continue;
            }
            if table.kind == TableKind::Foreign {
                left_out.push(format!("the foreign table {name}, whose rows are another server's"));
            } else if table.options.iter().any(|option| option == "VIRTUAL") {
                left_out.push(format!("the virtual table {name}, which its module makes"));
            } else {
                tables.push(table);
            }
        }
        left_out.extend(
            lonely(catalog, &tables).map(|name| format!("the sequence {name}, which gives no column its numbers")),
        );
        let views = catalog.views.iter().filter(|view| view.materialized);
        left_out
            .extend(views.map(|view| format!("the materialized view {0}: REFRESH MATERIALIZED VIEW {0}", view.name)));
        Self { catalog, engine, tables, left_out }
    }

    /// Those that `names` name, as people type them; all of them where none is named.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: there is no such table, or its rows are not portable.
    pub(super) fn named(&self, names: &[String]) -> Result<Vec<&'a Table>> {
        if names.is_empty() {
            return Ok(self.tables.clone());
        }
        let mut found: Vec<&Table> = Vec::new();
        for typed in names {
            let table = self.catalog.table(typed).ok_or_else(|| self.unknown(typed))?;
            if let Some(part) = &table.partition_of {
                let message = format!("{} is a partition of {}, whose rows go together", table.name, part.parent);
                return Err(
                    Error::new(ErrorKind::Usage, message).hint(format!("name the whole table: {}", part.parent))
                );
            }
            if !self.tables.iter().any(|one| one.name == table.name) {
                let message = format!("{} has no rows of its own that could be taken along", table.name);
                return Err(
                    Error::new(ErrorKind::Usage, message).hint("see which tables have: mainstay data dump --dry-run")
                );
            }
            if !found.iter().any(|one| one.name == table.name) {
                found.push(table);
            }
        }
        Ok(found)
    }

    fn unknown(&self, typed: &str) -> Error {
        let is_view = |name: &Name| self.catalog.views.iter().any(|view| view.name == *name);
        let nearest = self.catalog.nearest(typed);
        if let Some(view) = nearest.first().filter(|name| is_view(name) && is_called(name, typed)) {
            return Error::new(ErrorKind::Usage, format!("{view} is a view, whose rows are those of other tables"))
                .hint("see which tables have rows of their own: mainstay data dump --dry-run");
        }
        let error = Error::new(ErrorKind::NotFound, format!("there is no table `{typed}`"));
        match nearest.into_iter().find(|name| !is_view(name)) {
            Some(nearest) => {
                let word = shell_word(&nearest.to_string());
                error.hint(format!("did you mean {nearest}? mainstay data dump {word}"))
            }
            None => error.hint("see which tables there are: mainstay tables"),
        }
    }

    /// What the manifest says of `tables`, those first that others refer to.
    pub(super) fn describe(&self, tables: &[&Table]) -> Vec<manifest::Table> {
        let order = what_is_pointed_at_first(tables.len(), &links(tables)).concat();
        order.into_iter().map(|at| self.describe_one(tables[at])).collect()
    }

    fn describe_one(&self, table: &Table) -> manifest::Table {
        let counters = counters(self.catalog, table);
        let column = |column: &crate::catalog::Column| manifest::Column {
            name: column.name.clone(),
            data_type: column.data_type.clone(),
            kind: self.kind(&column.data_type),
            counter: counters.get(column.name.as_str()).and_then(|sequence| sequence.last_value),
        };
        let key = |key: &crate::catalog::Constraint| {
            let to = key.references.as_ref()?;
            Some(manifest::ForeignKey {
                columns: key.columns.clone(),
                table: (&to.table).into(),
                references: to.columns.clone(),
            })
        };
        manifest::Table {
            schema: table.name.schema.clone(),
            name: table.name.name.clone(),
            columns: table.columns.iter().filter(|column| column.generated.is_none()).map(column).collect(),
            primary_key: table.primary_key().map(|key| key.columns.clone()).unwrap_or_default(),
            foreign_keys: table.foreign_keys().filter_map(key).collect(),
            files: Vec::new(),
            rows: None,
        }
    }

    /// What the values of a column of this type mean.
    pub(super) fn kind(&self, data_type: &str) -> Kind {
        match self.engine {
            Engine::Postgres => Kind::of_postgres(base_type(self.catalog, data_type)),
            Engine::Sqlite => Kind::of_sqlite(data_type),
        }
    }
}

/// Whether `typed` is that name, with its schema or without.
fn is_called(name: &Name, typed: &str) -> bool {
    let typed = typed.replace('"', "");
    typed == name.name || typed == format!("{}.{}", name.schema, name.name)
}

/// The type below a domain, and below that; `data_type` itself where it is none.
pub(super) fn base_type<'a>(catalog: &'a Catalog, data_type: &'a str) -> &'a str {
    let mut base = data_type;
    // Domains are not made of each other in a circle.
    while let Some(domain) = catalog.domains.iter().find(|domain| domain.name.to_string() == base) {
        base = &domain.data_type;
    }
    base
}

/// The foreign keys among `tables`; one that a table has to itself says nothing of the order.
pub(super) fn links(tables: &[&Table]) -> Vec<(usize, usize)> {
    let places: BTreeMap<&Name, usize> = tables.iter().enumerate().map(|(at, table)| (&table.name, at)).collect();
    let mut links = Vec::new();
    for (from, table) in tables.iter().enumerate() {
        let targets = table.foreign_keys().filter_map(|key| key.references.as_ref());
        links.extend(targets.filter_map(|to| Some((from, *places.get(&to.table)?))));
    }
    links
}

/// The sequences that give no column of `tables` its numbers.
fn lonely<'a>(catalog: &'a Catalog, tables: &[&'a Table]) -> impl Iterator<Item = &'a Name> {
    let used: BTreeSet<&Name> =
        tables.iter().flat_map(|table| counters(catalog, table).into_values()).map(|sequence| &sequence.name).collect();
    let all = catalog.sequences.iter().filter(|one| !ledger::owns(&one.name.schema, &one.name.name));
    // One that a column owns goes with that column, whatever its default is.
    let free = all.filter(move |one| !used.contains(&one.name) && one.owned_by.is_none());
    free.map(|sequence| &sequence.name)
}

/// The sequences that give columns their numbers, by the column.
pub(super) fn counters<'a>(catalog: &'a Catalog, table: &'a Table) -> BTreeMap<&'a str, &'a Sequence> {
    let mut found = BTreeMap::new();
    for column in &table.columns {
        let owned = |sequence: &&Sequence| {
            sequence.owned_by.as_ref().is_some_and(|owner| owner.table == table.name && owner.column == column.name)
        };
        let asked = |sequence: &&Sequence| {
            let call = format!("nextval('{}'::", sequence.name.to_string().replace('\'', "''"));
            column.default.as_ref().is_some_and(|default| default.contains(&call))
        };
        if let Some(sequence) =
            catalog.sequences.iter().find(|one| asked(one)).or_else(|| catalog.sequences.iter().find(owned))
        {
            found.insert(column.name.as_str(), sequence);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Domain;

    #[test]
    fn a_domain_means_what_the_type_below_it_means() {
        let domain = |name: &str, data_type: &str| Domain {
            name: Name::new("public", name),
            data_type: data_type.to_owned(),
            ..Domain::default()
        };
        let catalog =
            Catalog { domains: vec![domain("a", "numeric(5,2)"), domain("b", "public.a")], ..Catalog::default() };
        assert_eq!(base_type(&catalog, "public.b"), "numeric(5,2)");
        assert_eq!(base_type(&catalog, "public.c"), "public.c");
    }
}
