//! What loading a dump will do.

use serde::Serialize;

use super::{Options, fit};
use crate::catalog::{Catalog, Constraint, Name, Scope, Table};
use crate::data::Base;
use crate::data::tables::{Portable, counters, links};
use crate::engine;
use crate::error::{Error, ErrorKind, Result};
use crate::portable::manifest::{Engine, Manifest};
use crate::portable::{Kind, order};
use crate::sql::Flavor;

/// What loading a dump will do, in this order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// The dump, by its id.
    pub dump: String,
    /// The version of the migrations that it was made at.
    pub migration: Option<String>,
    /// The tables, in the order in which they are filled.
    pub tables: Vec<PlannedTable>,
    /// Tables that are filled in one transaction, by their places in `tables`, where the load goes by batches.
    pub(in crate::data) units: Vec<Unit>,
    /// Foreign keys that hold only once other tables are filled.
    pub late_keys: Vec<LateKey>,
    /// Triggers that do not fire meanwhile: rows come as they were.
    pub silenced: Vec<Silenced>,
}

/// A table that is filled.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedTable {
    /// Its place in the manifest.
    #[serde(skip)]
    pub place: usize,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Rows that come, where that is known before.
    pub rows: Option<u64>,
    /// Its columns, in the dump's order.
    pub columns: Vec<PlannedColumn>,
    /// The columns of the primary key.
    pub primary_key: Vec<String>,
    /// The columns that are given their numbers by a counter, and what the dump knows of it.
    #[serde(skip)]
    pub(in crate::data) counters: Vec<Counter>,
    /// STRICT, in SQLite.
    #[serde(skip)]
    pub(in crate::data) strict: bool,
    /// A table of partitions.
    #[serde(skip)]
    pub(in crate::data) has_foreign_keys: bool,
}

/// A column that is filled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub data_type: String,
    /// The type below, where that is a domain.
    #[serde(skip)]
    pub base_type: String,
    /// What its values mean.
    pub kind: Kind,
    /// What they mean in the dump.
    pub from: Kind,
    /// The types are the very same.
    #[serde(skip)]
    pub same: bool,
}

/// A counter of a column's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::data) struct Counter {
    pub(in crate::data) column: String,
    /// The sequence; SQLite has none.
    pub(in crate::data) sequence: Option<Name>,
    pub(in crate::data) ascending: bool,
    pub(in crate::data) lowest: i64,
    pub(in crate::data) highest: i64,
    /// The highest number given out in the source.
    pub(in crate::data) last: Option<i64>,
}

/// A foreign key to a table that is filled later, or to the table itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LateKey {
    /// The table that has it.
    pub table: Name,
    /// Its name; empty in SQLite.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// It may be put off as it is.
    pub deferrable: bool,
    /// It is put off without being asked.
    #[serde(skip)]
    pub(in crate::data) initially_deferred: bool,
    /// The table refers to itself.
    #[serde(skip)]
    pub(in crate::data) to_itself: bool,
}

/// A trigger that does not fire while rows are loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Silenced {
    /// The table, or a partition of it.
    pub table: Name,
    /// Its name.
    pub name: String,
    /// The table that is filled: that one, or the one that it is a partition of.
    #[serde(skip)]
    pub(in crate::data) filled: Name,
    /// It fires in replication sessions too.
    #[serde(skip)]
    pub(in crate::data) always: bool,
    /// The statement that makes it; SQLite alone needs it.
    #[serde(skip)]
    pub(in crate::data) definition: String,
}

/// Tables that must be filled in one transaction, or a single one that may be filled in several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::data) struct Unit {
    /// Places in the plan, one after the other.
    pub(in crate::data) from: usize,
    pub(in crate::data) to: usize,
    /// One row may need another: it cannot be cut up.
    pub(in crate::data) whole: bool,
}

impl Plan {
    /// The places in the manifest of the tables that are filled.
    pub(super) fn order(&self) -> Vec<usize> {
        self.tables.iter().map(|table| table.place).collect()
    }

    /// Rows that come, where that is known.
    pub fn rows(&self) -> Option<u64> {
        self.tables.iter().map(|table| table.rows).sum()
    }
}

impl PlannedTable {
    /// Its name in the catalog.
    pub fn full_name(&self) -> Name {
        Name::new(&*self.schema, &*self.name)
    }
}

/// What a load depends on.
pub(in crate::data) struct TargetState {
    catalog: Catalog,
    engine: Engine,
    migration: Option<String>,
    describe: String,
}

impl TargetState {
    pub(in crate::data) async fn read(base: Base<'_>) -> Result<Self> {
        let mut session = engine::connect(base.target, base.context).await?;
        engine::act_as(session.as_mut(), base.owner).await?;
        let catalog = session.catalog(Scope::All).await?;
        let migration = base.version(session.as_mut()).await;
        let engine = match session.flavor() {
            Flavor::Postgres => Engine::Postgres,
            Flavor::Sqlite => Engine::Sqlite,
        };
        session.close().await;
        Ok(Self { catalog, engine, migration, describe: base.target.describe() })
    }

    /// The order in which this database's keys want the dump's tables.
    pub(in crate::data) fn order(&self, manifest: &Manifest) -> Result<Vec<usize>> {
        let tables = self.tables(manifest)?;
        Ok(order(tables.len(), &links(&tables)).tables())
    }

    fn tables(&self, manifest: &Manifest) -> Result<Vec<&Table>> {
        let portable = Portable::of(&self.catalog, self.engine);
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        for table in &manifest.tables {
            match fit::table(&portable, manifest.source.engine, table) {
                Ok(table) if found.iter().any(|one: &&Table| one.name == table.name) => {
                    problems.push(format!("two tables of the dump would go into {}", table.name));
                }
                Ok(table) => found.push(table),
                Err(problem) => problems.push(problem),
            }
        }
        self.fits(manifest, problems)?;
        Ok(found)
    }

    pub(in crate::data) fn plan(&self, manifest: &Manifest, order: &[usize], options: &Options) -> Result<Plan> {
        self.check_version(manifest, options)?;
        let found = self.tables(manifest)?;
        let portable = Portable::of(&self.catalog, self.engine);
        let mut problems = Vec::new();
        let mut tables = Vec::new();
        for place in order {
            let (from, to) = (&manifest.tables[*place], found[*place]);
            let columns = fit::columns(&portable, manifest, from, to, &mut problems);
            let primary_key = to.primary_key().map(|key| key.columns.clone()).unwrap_or_default();
            if options.on_conflict == super::OnConflict::Update && primary_key.is_empty() {
                problems.push(format!("{} has no primary key by which rows could be updated", to.name));
            }
            tables.push(PlannedTable {
                place: *place,
                schema: to.name.schema.clone(),
                name: to.name.name.clone(),
                rows: from.rows.map(|rows| rows.count),
                counters: self.counters(to, &columns, from),
                columns,
                primary_key,
                strict: to.options.iter().any(|option| option == "STRICT"),
                has_foreign_keys: to.foreign_keys().next().is_some(),
            });
        }
        self.fits(manifest, problems)?;
        let in_order: Vec<&Table> = order.iter().map(|place| found[*place]).collect();
        Ok(Plan {
            dump: manifest.id.clone(),
            migration: manifest.migration.clone(),
            units: units(&in_order),
            late_keys: late_keys(&in_order),
            silenced: self.silenced(&in_order),
            tables,
        })
    }

    fn check_version(&self, manifest: &Manifest, options: &Options) -> Result<()> {
        let (Some(theirs), Some(ours)) = (&manifest.migration, &self.migration) else { return Ok(()) };
        if theirs == ours || options.any_version {
            return Ok(());
        }
        let message = format!("the dump is of version {theirs}, and {} is at version {ours}", self.describe);
        Err(Error::new(ErrorKind::Refused, message)
            .hint(format!("bring the database to the dump's version: mainstay migrate up --to {theirs}"))
            .hint("where tables and columns agree all the same: mainstay data load DUMP --any-version"))
    }

    fn fits(&self, manifest: &Manifest, problems: Vec<String>) -> Result<()> {
        /// Problems that are told; of the others there is only the number.
        const TOLD: usize = 10;
        if problems.is_empty() {
            return Ok(());
        }
        let more = if problems.len() > TOLD { format!("; and {} more", problems.len() - TOLD) } else { String::new() };
        let told = problems.into_iter().take(TOLD).collect::<Vec<_>>().join("; ");
        let error = Error::new(ErrorKind::Refused, format!("the dump does not fit {}: {told}{more}", self.describe));
        Err(match &manifest.migration {
            Some(version) => {
                error.hint(format!("bring the database to the dump's version: mainstay migrate up --to {version}"))
            }
            None => error.hint("see what the database has: mainstay tables"),
        })
    }

    fn counters(
        &self,
        table: &Table,
        columns: &[PlannedColumn],
        from: &crate::portable::manifest::Table,
    ) -> Vec<Counter> {
        let last = |name: &str| {
            let place = columns.iter().position(|column| column.name == name)?;
            from.columns.get(place)?.counter
        };
        let counts_up = |column: &&crate::catalog::Column| self.engine == Engine::Sqlite && column.identity.is_some();
        let of_file = table.columns.iter().filter(counts_up).map(|column| Counter {
            column: column.name.clone(),
            sequence: None,
            ascending: true,
            lowest: 1,
            highest: i64::MAX,
            last: last(&column.name),
        });
        let whole = |name: &str| columns.iter().any(|column| column.name == name && column.kind == Kind::Integer);
        let of_server = counters(&self.catalog, table).into_iter().filter(|(column, _)| whole(column));
        let of_server = of_server.map(|(column, sequence)| Counter {
            column: column.to_owned(),
            sequence: Some(sequence.name.clone()),
            ascending: sequence.increment > 0,
            lowest: sequence.min,
            highest: sequence.max,
            last: last(column),
        });
        of_file.chain(of_server).collect()
    }

    /// The triggers of `tables` and their partitions.
    fn silenced(&self, tables: &[&Table]) -> Vec<Silenced> {
        use crate::catalog::TriggerState::{Always, Origin};
        let mut silenced = Vec::new();
        for filled in tables {
            let mut family = vec![*filled];
            while let Some(table) = family.pop() {
                family.extend(self.catalog.partitions_of(&table.name));
                let fire = table.triggers.iter().filter(|trigger| matches!(trigger.enabled, Origin | Always));
                silenced.extend(fire.map(|trigger| Silenced {
                    table: table.name.clone(),
                    name: trigger.name.clone(),
                    filled: filled.name.clone(),
                    always: trigger.enabled == Always,
                    definition: trigger.definition.clone(),
                }));
            }
        }
        silenced
    }
}

/// Where the table that a key refers to is filled, if it is.
fn target(tables: &[&Table], key: &Constraint) -> Option<usize> {
    let to = key.references.as_ref()?;
    tables.iter().position(|table| table.name == to.table)
}

fn late_keys(tables: &[&Table]) -> Vec<LateKey> {
    let mut late = Vec::new();
    for (from, table) in tables.iter().enumerate() {
        for key in table.foreign_keys().filter(|key| key.enforced) {
            let Some(to) = target(tables, key).filter(|to| *to >= from) else { continue };
            late.push(LateKey {
                table: table.name.clone(),
                name: key.name.clone(),
                columns: key.columns.clone(),
                deferrable: key.deferrable,
                initially_deferred: key.initially_deferred,
                to_itself: to == from,
            });
        }
    }
    late
}

/// Tables between which a key leads forward are one unit.
fn units(tables: &[&Table]) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    for (from, table) in tables.iter().enumerate() {
        let furthest = table.foreign_keys().filter_map(|key| target(tables, key)).filter(|to| *to >= from).max();
        match units.last_mut().filter(|unit| unit.to >= from) {
            Some(unit) => unit.to = unit.to.max(furthest.unwrap_or(from)),
            None => units.push(Unit { from, to: furthest.unwrap_or(from), whole: furthest.is_some() }),
        }
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{ConstraintKind, Reference};

    fn table(name: &str, to: &[&str]) -> Table {
        let key = |to: &&str| Constraint {
            kind: ConstraintKind::Foreign,
            references: Some(Reference { table: Name::new("public", *to), ..Reference::default() }),
            ..Constraint::default()
        };
        Table { name: Name::new("public", name), constraints: to.iter().map(key).collect(), ..Table::default() }
    }

    fn cut(tables: &[Table]) -> (Vec<(usize, usize, bool)>, Vec<String>) {
        let tables: Vec<&Table> = tables.iter().collect();
        let units = units(&tables).into_iter().map(|unit| (unit.from, unit.to, unit.whole)).collect();
        (units, late_keys(&tables).into_iter().map(|key| key.table.name).collect())
    }

    #[test]
    fn tables_that_need_each_other_stay_together() {
        let plain = [table("a", &[]), table("b", &["a"])];
        assert_eq!(cut(&plain), (vec![(0, 0, false), (1, 1, false)], vec![]));
        let circle = [table("a", &["c"]), table("b", &["a"]), table("c", &["b"]), table("d", &["a"])];
        assert_eq!(cut(&circle), (vec![(0, 2, true), (3, 3, false)], vec!["a".to_owned()]));
        let itself = [table("a", &["a"]), table("b", &[])];
        assert_eq!(cut(&itself), (vec![(0, 0, true), (1, 1, false)], vec!["a".to_owned()]));
        let wrong_order = [table("b", &["a"]), table("x", &[]), table("a", &[])];
        assert_eq!(cut(&wrong_order), (vec![(0, 2, true)], vec!["b".to_owned()]));
    }
}
