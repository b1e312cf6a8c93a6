//! Random schemas, rows and policies: plan, run and the definition agree on what goes.
//!
//! The definition is tried on every set of rows: a set may go if nothing outside refers to a row of it (but by a reference that is
//! emptied), and if every row of it has its reason. What goes is all that is in any such set.

use std::collections::BTreeSet;

use mainstay::engine::Session;
use mainstay::{Error, Result};
use mainstay_testing::server;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::{Place, With, read};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Rule {
    Follow,
    Null,
    Keep,
}

#[derive(Clone, Debug)]
struct Edge {
    from: usize,
    to: usize,
    /// The foreign key's ON DELETE; `None` for a link.
    on_delete: Option<&'static str>,
    /// What the policy says.
    said: Option<Rule>,
}

/// A table's number, and a row's.
type At = (usize, usize);

/// By an edge, a row refers to another.
type Refers = (usize, At, At);

#[derive(Clone, Debug)]
struct World {
    /// For each table, how many rows.
    rows: Vec<usize>,
    edges: Vec<Edge>,
    /// For each edge and row of its table, the row that is referred to.
    values: Vec<Vec<Option<usize>>>,
    /// For each row of the first table, whether it is old.
    old: Vec<bool>,
    /// For each table, whether it has orphans: none, freed, all.
    orphans: Vec<u8>,
    batch: usize,
}

impl Edge {
    fn rule(&self) -> Rule {
        match (self.said, self.on_delete) {
            (Some(rule), _) => rule,
            (None, Some("CASCADE")) => Rule::Follow,
            (None, Some("SET NULL")) => Rule::Null,
            _ => Rule::Keep,
        }
    }
}

fn worlds() -> impl Strategy<Value = World> {
    let actions = prop::sample::select(vec![
        Some("NO ACTION"),
        Some("NO ACTION"),
        Some("RESTRICT"),
        Some("CASCADE"),
        Some("SET NULL"),
        None,
    ]);
    let said = prop::sample::select(vec![None, None, Some(Rule::Follow), Some(Rule::Null), Some(Rule::Keep)]);
    let edge =
        (0..4_usize, 0..4_usize, actions, said, prop::collection::vec(prop::option::weighted(0.7, 0..4_usize), 4));
    (
        prop::collection::vec(1..4_usize, 2..5),
        prop::collection::vec(edge, 1..7),
        prop::collection::vec(prop::bool::weighted(0.7), 4),
        prop::collection::vec(0..3_u8, 4),
        1..8_usize,
    )
        .prop_map(|(rows, edges, old, orphans, batch)| {
            let count = rows.len();
            let (edges, values): (Vec<Edge>, Vec<Vec<Option<usize>>>) = edges
                .into_iter()
                .map(|(from, to, on_delete, said, values)| {
                    let edge = Edge { from: from % count, to: to % count, on_delete, said };
                    let values = (0..rows[edge.from]).map(|row| values[row].map(|to| to % rows[edge.to])).collect();
                    (edge, values)
                })
                .unzip();
            World { old: old[..rows[0]].to_vec(), orphans: orphans[..count].to_vec(), rows, edges, values, batch }
        })
}

impl World {
    fn all(&self) -> Vec<At> {
        self.rows.iter().enumerate().flat_map(|(table, rows)| (0..*rows).map(move |row| (table, row))).collect()
    }

    /// Who refers to whom by which edge.
    fn references(&self) -> Vec<Refers> {
        let of = |(at, edge): (usize, &Edge)| {
            let (from, to) = (edge.from, edge.to);
            self.values[at]
                .iter()
                .enumerate()
                .filter_map(move |(row, value)| Some((at, (from, row), (to, (*value)?))))
                .collect::<Vec<_>>()
        };
        self.edges.iter().enumerate().flat_map(of).collect()
    }

    /// All rows that go, by the definition.
    fn goes(&self) -> BTreeSet<At> {
        let all = self.all();
        let references = self.references();
        let mut goes = BTreeSet::new();
        for bits in 0..1_u32 << all.len() {
            let set: BTreeSet<At> =
                all.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, row)| *row).collect();
            let whole = references.iter().all(|(edge, from, to)| {
                self.edges[*edge].rule() == Rule::Null || !set.contains(to) || set.contains(from)
            });
            if whole && !set.is_subset(&goes) && self.has_reasons(&set, &references) {
                goes.extend(set);
            }
        }
        goes
    }

    fn has_reasons(&self, set: &BTreeSet<At>, references: &[Refers]) -> bool {
        let kept =
            |row: &At| references.iter().any(|(edge, _, to)| to == row && self.edges[*edge].rule() == Rule::Keep);
        let source = |row: &&At| (row.0 == 0 && self.old[row.1]) || (self.orphans[row.0] == 2 && !kept(row));
        let mut reasoned: BTreeSet<At> = set.iter().filter(source).copied().collect();
        let mut freed: BTreeSet<At> = BTreeSet::new();
        loop {
            let before = (reasoned.len(), freed.len());
            for (edge, from, to) in references {
                match self.edges[*edge].rule() {
                    Rule::Follow => {
                        if reasoned.contains(to) && set.contains(from) {
                            reasoned.insert(*from);
                        }
                        if freed.contains(from) {
                            freed.insert(*to);
                        }
                    }
                    Rule::Keep if reasoned.contains(from) => drop(freed.insert(*to)),
                    Rule::Keep | Rule::Null => {}
                }
            }
            let orphaned = freed.iter().filter(|row| self.orphans[row.0] > 0 && set.contains(*row));
            reasoned.extend(orphaned.copied().collect::<Vec<_>>());
            if before == (reasoned.len(), freed.len()) {
                return reasoned.len() == set.len();
            }
        }
    }

    /// The statements that make it; keys are checked once all is there.
    fn sql(&self, postgres: bool) -> String {
        let mut tables = String::new();
        let mut rows = String::new();
        let mut later = String::new();
        for (table, count) in self.rows.iter().enumerate() {
            let mut columns = "id int PRIMARY KEY, old boolean".to_owned();
            let mut values: Vec<String> =
                (0..*count).map(|row| format!("{row}, {}", table == 0 && self.old[row])).collect();
            for (at, edge) in self.edges.iter().enumerate().filter(|(_, edge)| edge.from == table) {
                columns += &format!(", e{at} int");
                let reference = edge.on_delete.map(|action| format!("REFERENCES t{} (id) ON DELETE {action}", edge.to));
                match reference {
                    Some(reference) if !postgres => columns += &format!(" {reference}"),
                    Some(reference) => {
                        later += &format!("ALTER TABLE t{table} ADD FOREIGN KEY (e{at}) {reference};\n");
                    }
                    None => {}
                }
                for (row, values) in values.iter_mut().enumerate() {
                    *values += &self.values[at][row].map_or(", NULL".to_owned(), |to| format!(", {to}"));
                }
            }
            tables += &format!("CREATE TABLE t{table} ({columns});\n");
            rows += &format!("INSERT INTO t{table} VALUES ({});\n", values.join("), ("));
        }
        match postgres {
            true => format!("DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n{tables}{rows}{later}"),
            false => format!("PRAGMA foreign_keys = OFF;\n{tables}{rows}PRAGMA foreign_keys = ON;"),
        }
    }

    /// The policy, without the words in `idle`.
    fn policy(&self, idle: &BTreeSet<String>) -> String {
        let word = |rule: Rule| match rule {
            Rule::Follow => "follow",
            Rule::Null => "null",
            Rule::Keep => "keep",
        };
        let said = self.edges.iter().enumerate().filter(|(_, edge)| edge.on_delete.is_some());
        let said = said.filter_map(|(at, edge)| Some((format!("t{}.e{at}", edge.from), edge.said?)));
        let said = said.filter(|(name, _)| !idle.contains(name));
        let references: Vec<String> = said.map(|(name, rule)| format!("'{name}' = '{}'", word(rule))).collect();
        let orphans =
            self.orphans.iter().enumerate().filter(|(table, rule)| **rule > 0 && !idle.contains(&format!("t{table}")));
        let orphans: Vec<String> =
            orphans.map(|(table, rule)| format!("t{table} = '{}'", ["", "freed", "all"][*rule as usize])).collect();
        let links = self.edges.iter().enumerate().filter(|(_, edge)| edge.on_delete.is_none());
        let links: Vec<String> = links
            .map(|(at, edge)| {
                format!("{{ from = 't{}.e{at}', to = 't{}.id', rule = '{}' }}", edge.from, edge.to, word(edge.rule()))
            })
            .collect();
        format!(
            "table = 't0'\nwhere = 'old'\nbatch = {}\nreferences = {{ {} }}\norphans = {{ {} }}\nlinks = [{}]",
            self.batch,
            references.join(", "),
            orphans.join(", "),
            links.join(", ")
        )
    }

    /// In SQLite, rows of a ring that RESTRICT holds together cannot go.
    fn without_restrict(mut self) -> Self {
        for edge in self.edges.iter_mut().filter(|edge| edge.on_delete == Some("RESTRICT")) {
            edge.on_delete = Some("NO ACTION");
        }
        self
    }
}

/// The policy as far as it has to do with the schema: idle words are refused by name.
async fn settled(world: &World, session: &mut dyn Session) -> Result<String> {
    let mut idle = BTreeSet::new();
    loop {
        let policy = world.policy(&idle);
        let Err(error) = With::new(&read(&policy)).plan(session).await else { return Ok(policy) };
        let Some(name) = idle_word(&error) else { return Err(error) };
        if !idle.insert(name) {
            return Err(error);
        }
    }
}

fn idle_word(error: &Error) -> Option<String> {
    let message = error.message();
    let idle =
        message.contains("refers to no table that rows go from") || message.starts_with("no row that goes refers to");
    idle.then(|| message.split('`').nth(1).unwrap_or_default().to_owned())
}

async fn check(world: &World, place: &Place) -> Result<(), TestCaseError> {
    let failed = |what: &str, error: Error| TestCaseError::fail(format!("{what}: {error:?}"));
    let mut session = place.session().await;
    session.query(&world.sql(place.is_postgres())).await.map_err(|error| failed("making it", error))?;
    let policy = settled(world, session.as_mut()).await.map_err(|error| failed("the plan", error))?;
    let goes = world.goes();
    let config = read(&policy);
    let with = With::new(&config);
    let plan = with.plan(session.as_mut()).await.map_err(|error| failed("the plan", error))?;
    prop_assert_eq!(plan.rows(), goes.len() as u64, "the plan of {}", policy);
    let cleaned = with.run(session.as_mut()).await.map_err(|error| failed("the run", error))?;
    for (table, count) in world.rows.iter().enumerate() {
        let left =
            session.query(&format!("SELECT id FROM t{table} ORDER BY id")).await.map_err(|e| failed("left", e))?;
        let left: Vec<usize> = left.into_iter().filter_map(|row| row[0].as_ref()?.parse().ok()).collect();
        let expected: Vec<usize> = (0..*count).filter(|row| !goes.contains(&(table, *row))).collect();
        prop_assert_eq!(left, expected, "t{} after {} said {:?}", table, policy, cleaned);
    }
    // A row that goes itself may be pointed at nothing in an earlier batch.
    let planned: u64 = plan.references.iter().map(|one| one.changed).sum();
    prop_assert!(cleaned.changed.iter().map(|one| one.rows).sum::<u64>() >= planned, "{}", policy);
    Ok(())
}

fn run(cases: u32, check: impl Fn(World) -> Result<(), TestCaseError>) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    // The same worlds each time: what one run shows, every run shows.
    let worlds_of = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    if let Err(error) = TestRunner::new_with_rng(config, worlds_of).run(&worlds(), check) {
        panic!("{error}");
    }
}

#[test]
fn plan_run_and_definition_agree_in_postgres() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let place = Place { url: server().database().url(), _folder: None };
    run(40, |world| runtime.block_on(check(&world, &place)));
}

#[test]
fn plan_run_and_definition_agree_in_sqlite() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    run(100, |world| runtime.block_on(check(&world.without_restrict(), &Place::sqlite())));
}
