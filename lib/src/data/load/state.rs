//! What the database is that a dump is to be loaded into, and the plan that follows from it.

use super::fit;
use super::plan::{Counter, LateKey, Plan, PlannedColumn, PlannedTable, Silenced, Unit};
use super::{Incoming, OnConflict, Options};
use crate::catalog::{
    self, Catalog, Constraint, ConstraintKind, Identity, Scope, Table, TableKind, what_is_pointed_at_first,
};
use crate::data::Base;
use crate::data::tables::{Portable, counters, links};
use crate::engine;
use crate::error::{Error, ErrorKind, Result};
use crate::ledger;
use crate::portable::Kind;
use crate::portable::manifest::{self, Engine, Manifest};
use crate::sql::{Flavor, ident};

/// What a load depends on.
pub(in crate::data) struct TargetState {
    catalog: Catalog,
    engine: Engine,
    migration: Option<String>,
    production: bool,
    database: String,
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
        let production = ledger::is_production(session.as_mut(), base.environment).await?;
        session.close().await;
        let (database, describe) = (base.target.database(), base.target.describe());
        Ok(Self { catalog, engine, migration, production, database, describe })
    }

    /// Values that are written over are gone.
    pub(in crate::data) fn check_consent(&self, options: &Options) -> Result<()> {
        let overwrites = options.on_conflict == OnConflict::Update;
        if !overwrites || !self.production || options.confirm.as_deref() == Some(self.database.as_str()) {
            return Ok(());
        }
        let message = format!("`{}` is a production database, and rows of it would be written over", self.database);
        Err(Error::new(ErrorKind::Refused, message)
            .hint(format!("type its name to go on: --confirm {}", self.database)))
    }

    /// The order in which this database's keys want the dump's tables.
    pub(in crate::data) fn order(&self, manifest: &Manifest) -> Result<Vec<usize>> {
        let tables = self.tables(manifest)?;
        Ok(what_is_pointed_at_first(tables.len(), &links(&tables)).concat())
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

    pub(in crate::data) fn plan(&self, incoming: &dyn Incoming, order: &[usize], options: &Options) -> Result<Plan> {
        let manifest = incoming.manifest();
        self.check_version(manifest, options)?;
        let found = self.tables(manifest)?;
        let portable = Portable::of(&self.catalog, self.engine);
        let mut problems = Vec::new();
        let mut tables = Vec::new();
        for place in order {
            let (from, to) = (&manifest.tables[*place], found[*place]);
            let columns = fit::columns(&portable, manifest, from, to, incoming.leaves_out(), &mut problems);
            let primary_key = key(to, &columns);
            let is_always = |column: &&catalog::Column| {
                self.engine == Engine::Postgres
                    && column.identity == Some(Identity::Always)
                    && !primary_key.contains(&column.name)
                    && columns.iter().any(|one| one.name == column.name)
            };
            let always = to.columns.iter().filter(is_always).map(|column| column.name.clone()).collect();
            if options.on_conflict == OnConflict::Update && primary_key.is_empty() {
                let lacks = if to.primary_key().is_some() { "comes without the key" } else { "has no primary key" };
                problems.push(format!("{} {lacks} by which rows could be updated", to.name));
            }
            if let Some(key) = self.blind_key(to, &primary_key, options.on_conflict) {
                problems.push(format!(
                    "{}: {} is DEFERRABLE, so PostgreSQL does not find rows by it that are there already",
                    to.name, key.name
                ));
            }
            tables.push(PlannedTable {
                place: *place,
                schema: to.name.schema.clone(),
                name: to.name.name.clone(),
                rows: from.rows.map(|rows| rows.count),
                counters: self.counters(to, &columns, from),
                columns,
                always,
                primary_key,
                partitioned: to.kind == TableKind::Partitioned,
                keys_wait: to.foreign_keys().any(|key| key.initially_deferred),
                strict: to.options.iter().any(|option| option == "STRICT"),
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

    /// The key by which rows would have to be found that are there already, and are not: PostgreSQL looks at one that is DEFERRABLE
    /// only later. To leave rows it looks at every key, to update them at one.
    fn blind_key<'t>(&self, table: &'t Table, by: &[String], conflict: OnConflict) -> Option<&'t Constraint> {
        let is_asked = |key: &&Constraint| match conflict {
            OnConflict::Error => false,
            OnConflict::Skip => {
                matches!(key.kind, ConstraintKind::Primary | ConstraintKind::Unique | ConstraintKind::Exclusion)
            }
            OnConflict::Update => {
                matches!(key.kind, ConstraintKind::Primary | ConstraintKind::Unique) && key.columns == by
            }
        };
        table.constraints.iter().filter(|key| key.deferrable && self.engine == Engine::Postgres).find(is_asked)
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

    fn counters(&self, table: &Table, columns: &[PlannedColumn], from: &manifest::Table) -> Vec<Counter> {
        let last = |name: &str| {
            let place = columns.iter().position(|column| column.name == name)?;
            from.columns.get(place)?.counter
        };
        let counts_up = |column: &&catalog::Column| self.engine == Engine::Sqlite && column.identity.is_some();
        let of_file = table.columns.iter().filter(counts_up).map(|column| Counter {
            column: column.name.clone(),
            is_value: true,
            sequence: None,
            ascending: true,
            lowest: 1,
            highest: i64::MAX,
            last: last(&column.name),
        });
        let of_server = counters(&self.catalog, table).into_iter().filter_map(|(name, sequence)| {
            let kind = columns.iter().find(|column| column.name == name)?.kind;
            let last = last(name);
            // What is computed from the number is not the number, and stands for it only where nothing better is known.
            let is_plain = table.column(name)?.default.as_ref().is_none_or(|default| is_call(default, &sequence.name));
            Some(Counter {
                column: name.to_owned(),
                is_value: matches!(kind, Kind::Integer | Kind::Decimal) && (is_plain || last.is_none()),
                sequence: Some(sequence.name.clone()),
                ascending: sequence.increment > 0,
                lowest: sequence.min,
                highest: sequence.max,
                last,
            })
        });
        of_file.chain(of_server).collect()
    }

    /// The triggers of `tables` and their partitions.
    fn silenced(&self, tables: &[&Table]) -> Vec<Silenced> {
        use catalog::TriggerState::{Always, Origin};
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

/// Whether a column's default is the next number of `sequence`, and nothing else.
fn is_call(default: &str, sequence: &catalog::Name) -> bool {
    default == format!("nextval('{}'::regclass)", sequence.to_string().replace('\'', "''"))
}

/// The columns by which a row is known: the primary key, or where the dump comes without it others that are unique.
fn key(table: &Table, columns: &[PlannedColumn]) -> Vec<String> {
    let comes = |key: &&Constraint| key.columns.iter().all(|name| columns.iter().any(|column| column.name == *name));
    let unique = table.constraints.iter().filter(|key| key.kind == ConstraintKind::Unique);
    let of_indexes = table.indexes.iter().filter(|index| index.unique && index.predicate.is_none());
    let found = table.primary_key().into_iter().chain(unique).find(comes).map(|key| key.columns.clone());
    let names = |index: &catalog::Index| -> Option<Vec<String>> {
        let column = |text: &String| columns.iter().find(|column| ident(&column.name) == *text || column.name == *text);
        index.columns.iter().map(|text| column(text).map(|column| column.name.clone())).collect()
    };
    found.or_else(|| of_indexes.filter_map(names).next()).unwrap_or_default()
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
    use crate::catalog::{Name, Reference};

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
