//! What a plan's statements do, held against what the plan says of them: whoever made it may have overlooked something, and a
//! file can be edited.

use std::borrow::Cow;

use crate::catalog::{Catalog, Table};
use crate::effects;
use crate::plan::{Action, Blocks, Hazard, Plan, Risk, Work, risks};
use crate::sql::{Flavor, ident, significant};

/// `plan` with the risks and effects of its statements on a database that is what `catalog` says, of an engine of that `flavor` and
/// a server of the version `major`. What it says already is kept; what it leaves out is added, so that it needs consent.
pub fn examined(plan: &Plan, catalog: &Catalog, flavor: Flavor, major: u32) -> Plan {
    let mut plan = plan.clone();
    if flavor == Flavor::Postgres {
        effects::foretell(&mut plan, catalog, major);
    }
    let mut standing = Standing::new(catalog, flavor);
    for step in &mut plan.steps {
        let Action::Sql(sql) = &step.action else { continue };
        let told = std::mem::take(&mut step.risks);
        let mut found: Vec<Risk> = Vec::new();
        for (at, text) in sql.statements.iter().enumerate() {
            found.extend(standing.losses(text, at));
            standing.pass(text);
        }
        let costs = step.effects.iter().filter(|effect| effect.disturbs() && !effect.unknown);
        let costs = costs.filter_map(|effect| {
            let (hazard, reason) = match effect.work {
                Work::Rewrites => (Hazard::RewritesTable, format!("rewrites table {}", effect.object)),
                Work::Scans if effect.lock.blocks() != Blocks::Nothing => {
                    (Hazard::BlocksWrites, format!("blocks writes to {} while it is read", effect.object))
                }
                _ => return None,
            };
            Some(Risk::new(hazard, reason, effect.statement))
        });
        found.extend(costs);
        step.risks = joined(told, found);
        step.risks.sort_by_key(|risk| risk.statement);
    }
    plan
}

/// What is told, with what is found besides. Told are a loss by its own reason, and a wait by any that is as bad.
fn joined(mut told: Vec<Risk>, found: Vec<Risk>) -> Vec<Risk> {
    for risk in found {
        let covers = |one: &&mut Risk| {
            one.statement == risk.statement
                && match risk.hazard {
                    Hazard::DeletesData => one.hazard == risk.hazard && says(&one.reason, &risk.reason),
                    Hazard::BlocksWrites => matches!(one.hazard, Hazard::BlocksWrites | Hazard::RewritesTable),
                    hazard => one.hazard == hazard,
                }
        };
        match told.iter_mut().find(covers) {
            // A plan from a file has no tables, by which the rows at stake are counted.
            Some(one) if one.tables.is_empty() => one.tables = risk.tables,
            Some(_) => {}
            None => told.push(risk),
        }
    }
    told
}

/// Whether the reason `told` says what `found` says; a table made anew has other words for the same.
fn says(told: &str, found: &str) -> bool {
    let of_rebuilt = |told: &str| {
        let rows = told.strip_prefix("drops the rows of ").map(|name| format!("drops table {name}"));
        let computed =
            told.strip_prefix("replaces the values of ").and_then(|rest| rest.strip_suffix(" by computed ones"));
        rows.or_else(|| computed.map(|column| format!("drops {column}")))
    };
    told.starts_with(found) || of_rebuilt(told).is_some_and(|told| told == found)
}

/// The tables as they are after the statements so far.
struct Standing<'a> {
    flavor: Flavor,
    tables: Vec<Cow<'a, Table>>,
    /// Tables whose rows another one has, and the columns that went along.
    copied: Vec<(String, Vec<String>)>,
    /// Partitions that are their parents' no more.
    parted: Vec<String>,
    /// Tables that the plan itself has made, and filled with nothing.
    made: Vec<String>,
}

impl<'a> Standing<'a> {
    fn new(catalog: &'a Catalog, flavor: Flavor) -> Self {
        let tables = catalog.tables.iter().map(Cow::Borrowed).collect();
        Self { flavor, tables, copied: Vec::new(), parted: Vec::new(), made: Vec::new() }
    }

    /// What `text`, statement `at` of its step, takes away; without what has no values of its own, or was copied before.
    fn losses(&self, text: &str, at: usize) -> Vec<Risk> {
        let losses = risks(text, self.flavor, at).into_iter().filter(|risk| risk.hazard.loses_rows());
        losses.flat_map(|risk| self.really_lost(risk)).collect()
    }

    fn really_lost(&self, risk: Risk) -> Vec<Risk> {
        let [name] = risk.tables.as_slice() else { return vec![risk] };
        if self.made.contains(name) && risk.reason == format!("drops table {name}") {
            return Vec::new();
        }
        let Some(table) = self.table(name) else { return vec![risk] };
        let is_whole = risk.reason == format!("drops table {name}");
        if is_whole && self.flavor == Flavor::Sqlite {
            return match self.copied.iter().rev().find(|(from, _)| self.is(from, table)) {
                Some((_, columns)) => left_behind(table, name, columns, &risk),
                None => vec![risk],
            };
        }
        if is_whole && table.partition_key.is_some() && self.is_parted(table) {
            return Vec::new();
        }
        let computed = table.columns.iter().filter(|column| column.generated.is_some());
        let mut computed = computed.map(|column| format!("drops column {} of {name}", ident(&column.name)));
        if computed.any(|reason| reason == risk.reason) { Vec::new() } else { vec![risk] }
    }

    /// Whether every partition of `table` has gone by a statement of its own: the others would go with it.
    fn is_parted(&self, table: &Table) -> bool {
        let own =
            |one: &&Cow<'_, Table>| one.partition_of.as_ref().is_some_and(|partition| partition.parent == table.name);
        self.tables.iter().filter(own).all(|one| self.parted.iter().any(|name| self.is(name, one)))
    }

    /// Takes in what the statement `text` makes of the tables, as far as a later one's losses depend on it.
    fn pass(&mut self, text: &str) {
        let tokens: Vec<&str> = significant(text, self.flavor).map(|token| token.text).collect();
        let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token.eq_ignore_ascii_case(word));
        if is(0, "INSERT")
            && let Some(copied) = copied_from(&tokens)
        {
            self.copied.push(copied);
        }
        if is(0, "CREATE") && is(1, "TABLE") && is(3, ".") && is(5, "(") && is(6, "LIKE") {
            self.made.push(name_at(&tokens, 2).0);
        }
        if is(0, "INSERT") {
            let (name, _) = name_at(&tokens, 2);
            self.made.retain(|one| *one != name);
        }
        if is(0, "DROP") && is(1, "TABLE") {
            let at = if is(2, "IF") { 4 } else { 2 };
            let (name, _) = name_at(&tokens, at);
            self.made.retain(|one| *one != name);
            self.parted.push(name);
        }
        if !(is(0, "ALTER") && is(1, "TABLE")) {
            return;
        }
        let (name, next) = name_at(&tokens, if is(2, "ONLY") { 3 } else { 2 });
        if is(next, "DETACH") {
            self.parted.push(name_at(&tokens, next + 2).0);
        }
        if is(next, "RENAME")
            && let Some(at) = self.tables.iter().position(|table| self.is(&name, table))
        {
            let last = tokens.last().map(|token| unquoted(token)).unwrap_or_default();
            let table = self.tables[at].to_mut();
            match is(next + 1, "TO") {
                true => table.name.name = last,
                false => {
                    let column =
                        unquoted(tokens.get(if is(next + 1, "COLUMN") { next + 2 } else { next + 1 }).unwrap_or(&""));
                    table
                        .columns
                        .iter_mut()
                        .filter(|one| one.name == column)
                        .for_each(|one| one.name.clone_from(&last));
                }
            }
        }
    }

    fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().map(Cow::as_ref).find(|table| self.is(name, table))
    }

    /// Whether `name`, as SQL has it, is `table`'s.
    fn is(&self, name: &str, table: &Table) -> bool {
        match self.flavor {
            Flavor::Postgres => name == table.name.to_string() || name == ident(&table.name.name),
            Flavor::Sqlite => {
                let bare = name.strip_prefix("main.").unwrap_or(name);
                unquoted(bare).eq_ignore_ascii_case(&table.name.name)
            }
        }
    }
}

/// The columns of `table` whose values were not copied before it is dropped.
fn left_behind(table: &Table, name: &str, copied: &[String], drop: &Risk) -> Vec<Risk> {
    let gone = table.columns.iter().filter(|column| {
        column.generated.is_none() && !copied.iter().any(|one| one.eq_ignore_ascii_case(&column.name))
    });
    let reason = |column: &str| match copied.is_empty() {
        true => format!("drops the rows of {name}"),
        false => format!("drops column {} of {name}", ident(column)),
    };
    gone.map(|column| Risk { reason: reason(&column.name), ..drop.clone() }).collect()
}

/// The table that `INSERT INTO … SELECT a, b FROM table` copies whole, and the columns that it takes.
fn copied_from(tokens: &[&str]) -> Option<(String, Vec<String>)> {
    let at = |word: &str| tokens.iter().position(|token| token.eq_ignore_ascii_case(word));
    let (select, from) = (at("SELECT")?, at("FROM")?);
    let (name, end) = name_at(tokens, from + 1);
    // Anything behind it would choose among the rows; anything but names would change the values.
    let list = tokens.get(select + 1..from)?;
    let plain = list.iter().enumerate().all(|(at, token)| (*token == ",") == (at % 2 == 1));
    (end == tokens.len() && plain).then(|| (name, list.iter().step_by(2).map(|column| unquoted(column)).collect()))
}

/// The name, with its schema, that begins at `at`, and where it ends.
fn name_at(tokens: &[&str], at: usize) -> (String, usize) {
    let mut name = tokens.get(at).copied().unwrap_or_default().to_owned();
    let mut end = at + 1;
    while tokens.get(end) == Some(&".") {
        name = format!("{name}.{}", tokens.get(end + 1).copied().unwrap_or_default());
        end += 2;
    }
    (name, end)
}

fn unquoted(name: &str) -> String {
    let inner = |open: char, close: char| name.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    match inner('"', '"').map(|name| name.replace("\"\"", "\"")) {
        Some(name) => name,
        None => inner('`', '`').or_else(|| inner('[', ']')).unwrap_or(name).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Column, Generated, Name, Partition};
    use crate::plan::{PlanKind, SqlStep, Step};

    fn catalog(schema: &str) -> Catalog {
        let column = |name: &str, computed: bool| Column {
            name: name.into(),
            generated: computed.then(|| Generated { expression: "1".into(), stored: true }),
            ..Column::default()
        };
        let table = |name: &str| Table {
            name: Name::new(schema, name),
            columns: vec![column("id", false), column("size", false), column("half", true)],
            ..Table::default()
        };
        let parent = Table { partition_key: Some("RANGE (id)".into()), ..table("cut") };
        let bound = Partition { parent: Name::new(schema, "cut"), bound: "DEFAULT".into(), detaching: false };
        let part = Table { partition_of: Some(bound), ..table("part") };
        Catalog { tables: vec![table("device"), parent, part], ..Catalog::default() }
    }

    /// What is found of statements of which the plan says nothing.
    fn check(flavor: Flavor, statements: &[&str], expected: &[&str]) {
        let sql = SqlStep::new(statements.iter().map(|sql| (*sql).to_owned()).collect());
        let step = Step::new("t", Action::Sql(sql));
        let plan = Plan { kind: PlanKind::Schema, database: "d".into(), state: String::new(), steps: vec![step] };
        let schema = if flavor == Flavor::Sqlite { "main" } else { "public" };
        let plan = examined(&plan, &catalog(schema), flavor, 15);
        let found: Vec<&str> = plan.risks().map(|(_, risk)| risk.reason.as_str()).collect();
        assert_eq!(found, expected, "{statements:?}");
        assert!(plan.risks().all(|(_, risk)| !risk.allowed));
    }

    #[test]
    fn a_rebuilt_table_has_lost_what_was_not_copied() {
        let make = "CREATE TABLE device__new (id, size)";
        let rename = "ALTER TABLE device__new RENAME TO device";
        let rebuild = |fill| [make, fill, "DROP TABLE device", rename];
        let check = |fill, expected: &[&str]| check(Flavor::Sqlite, &rebuild(fill), expected);
        check("INSERT INTO device__new (rowid, id, size) SELECT rowid, id, size FROM device", &[]);
        check("INSERT OR ABORT INTO device__new (id, \"size\") SELECT id, \"size\" FROM device", &[]);
        check("INSERT INTO device__new (id) SELECT id FROM device", &["drops column size of device"]);
        check("INSERT INTO device__new (id, size) SELECT id, size FROM device WHERE id = 1", &["drops table device"]);
        check("INSERT INTO device__new (id, size) SELECT id, NULL FROM other", &["drops table device"]);
        check("INSERT INTO device__new (id, size) SELECT id, size + 0 FROM device", &["drops table device"]);
    }

    #[test]
    fn the_engine_s_own_comments_hide_nothing() {
        check(Flavor::Sqlite, &["/* /* */ DELETE FROM device -- */"], &["deletes rows of device"]);
        check(Flavor::Sqlite, &["DROP TABLE [device]"], &["drops table [device]"]);
    }

    #[test]
    fn on_postgres_what_has_no_values_of_its_own_is_no_loss() {
        let check = |statements: &[&str], expected: &[&str]| check(Flavor::Postgres, statements, expected);
        check(&["ALTER TABLE public.cut DETACH PARTITION public.part", "DROP TABLE public.cut"], &[]);
        check(&["DROP TABLE public.cut"], &["drops table public.cut"]);
        check(&["ALTER TABLE public.device DROP COLUMN half"], &[]);
        check(&["ALTER TABLE public.device DROP COLUMN size"], &["drops column size of public.device"]);
        check(
            &["ALTER TABLE public.device RENAME COLUMN half TO part", "ALTER TABLE public.device DROP COLUMN part"],
            &[],
        );
        let (make, drop) = ("CREATE TABLE public.same (LIKE public.device)", "DROP TABLE public.same");
        check(&[make, drop], &[]);
        check(&[make, "INSERT INTO public.same SELECT * FROM public.device", drop], &["drops table public.same"]);
        check(&["DELETE FROM public.device"], &["deletes rows of public.device"]);
    }

    #[test]
    fn on_postgres_those_who_wait_are_found() {
        let check = |statements: &[&str], expected: &[&str]| check(Flavor::Postgres, statements, expected);
        check(&["ALTER TABLE public.device ALTER COLUMN size TYPE bigint"], &["rewrites table public.device"]);
        check(&["CREATE INDEX ON public.device (size)"], &["blocks writes to public.device while it is read"]);
        check(&["CREATE INDEX CONCURRENTLY ON public.device (size)"], &[]);
        check(&["CREATE TABLE public.new (a int)", "CREATE INDEX ON public.new (a)"], &[]);
    }
}
