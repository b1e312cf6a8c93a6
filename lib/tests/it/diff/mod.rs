//! Tests of `diff`: pairs of states on a real server, one made the other and back.
//!
//! The judge is `pg_dump`, which knows nothing of our catalog; the suites of `cargo xtask corpus` go through the same in large.

mod cast;
mod children;
mod circles;
mod counters;
mod dependents;
mod domains;
mod follow;
mod kept;
mod keys;
mod kinds;
mod not_null;
mod online;
mod passing;
mod random;
mod refused;
mod rights;
mod rows;
mod sqlite;
mod typed;

use mainstay::catalog::{Catalog, Scope};
use mainstay::diff::{Options, diff};
use mainstay::plan::{Action, Hazard, Plan};
use mainstay::sql::Flavor;
use mainstay_testing::{TestDatabase, TestServer, server};

/// Makes a database of `old` one of `new` and back, each time with nothing left to do, by online forms and by plain ones; returns
/// the statements of both online ways.
fn check(old: &str, new: &str) -> (Vec<String>, Vec<String>) {
    let ends = Ends::new(server(), old, new);
    ends.there_and_back(false);
    let ways = ends.there_and_back(true);
    ends.discard();
    ways
}

fn round_trip(server: &'static TestServer, old: &str, new: &str, online: bool) -> (Vec<String>, Vec<String>) {
    let ends = Ends::new(server, old, new);
    let ways = ends.there_and_back(online);
    ends.discard();
    ways
}

fn there(server: &TestServer, old: &str, new: &str) {
    let (from, to) = (server.database(), server.database());
    from.psql(old);
    to.psql(new);
    walk(&from, &to, true);
    [from, to].into_iter().for_each(TestDatabase::discard);
}

/// Both ends of ways between two states.
struct Ends {
    server: &'static TestServer,
    script: String,
    old: State,
    new: State,
}

impl Ends {
    fn new(server: &'static TestServer, old: &str, new: &str) -> Self {
        let state = |script: &str| {
            let database = server.database();
            database.psql(script);
            State::of(database)
        };
        Self { server, script: old.to_owned(), old: state(old), new: state(new) }
    }

    fn there_and_back(&self, online: bool) -> (Vec<String>, Vec<String>) {
        let from = self.server.database();
        from.psql(&self.script);
        let (there, halfway) = self.new.reached_from(&from, structure(&from), online);
        let (back, _) = self.old.reached_from(&from, halfway, online);
        from.discard();
        (there, back)
    }

    fn discard(self) {
        [self.old.database, self.new.database].into_iter().for_each(TestDatabase::discard);
    }
}

/// A database that stays as it is, with what is read of it.
struct State {
    database: TestDatabase,
    version: u32,
    catalog: Catalog,
    dump: Vec<String>,
}

impl State {
    fn of(database: TestDatabase) -> Self {
        let version = version(&database);
        Self { version, catalog: structure(&database), dump: dump_on(version, &database), database }
    }

    /// Makes `from`, which has `catalog`, what this is; the statements, and what it has then.
    fn reached_from(&self, from: &TestDatabase, catalog: Catalog, online: bool) -> (Vec<String>, Catalog) {
        let plan = plan_between(&catalog, &self.catalog, self.version, online);
        assert_tells_all(&catalog, &plan, self.version);
        apply(from, &plan);
        let is = dump_on(self.version, from);
        let only = |these: &[String], those: &[String]| -> Vec<String> {
            these.iter().filter(|one| !those.contains(one)).cloned().collect()
        };
        assert_eq!((only(&is, &self.dump), only(&self.dump, &is)), (vec![], vec![]), "after:\n{}", plan.to_sql());
        let after = structure(from);
        let rest = plan_between(&after, &self.catalog, self.version, online);
        assert!(rest.is_empty(), "left to do:\n{}\nafter:\n{}", rest.to_sql(), plan.to_sql());
        (statements(&plan), after)
    }
}

/// Makes `from` what `to` is.
fn walk(from: &TestDatabase, to: &TestDatabase, online: bool) -> Vec<String> {
    let (statements, _) = State::of(to.clone()).reached_from(from, structure(from), online);
    statements
}

/// Rows of `old` as `query` tells them after the way to `new`, and whether the plan named what deletes data.
fn after(old: &str, new: &str, query: &str) -> (String, bool) {
    let (from, to) = (server().database(), server().database());
    from.psql(old);
    to.psql(new);
    let plan = plan(&from, &to);
    apply(&from, &plan);
    let rows = from.psql(query);
    [from, to].into_iter().for_each(TestDatabase::discard);
    (rows, !deleted(&plan).is_empty())
}

/// What the way from `old` to `new` says that it deletes.
fn deletes(old: &str, new: &str) -> Vec<String> {
    let (from, to) = (server().database(), server().database());
    from.psql(old);
    to.psql(new);
    let deleted = deleted(&plan(&from, &to));
    [from, to].into_iter().for_each(TestDatabase::discard);
    deleted
}

fn deleted(plan: &Plan) -> Vec<String> {
    told(plan, Hazard::DeletesData)
}

/// The reasons of the risks of that name.
fn told(plan: &Plan, hazard: Hazard) -> Vec<String> {
    let risks = plan.risks().filter(|(_, risk)| risk.hazard == hazard);
    risks.map(|(_, risk)| risk.reason.clone()).collect()
}

fn plan(from: &TestDatabase, to: &TestDatabase) -> Plan {
    plan_of(from, to, true)
}

fn plan_of(from: &TestDatabase, to: &TestDatabase, online: bool) -> Plan {
    plan_between(&structure(from), &structure(to), version(from), online)
}

fn plan_between(from: &Catalog, to: &Catalog, version: u32, online: bool) -> Plan {
    let mut options = Options::new("postgres");
    options.online = online;
    options.server = version;
    diff(from, to, &options).expect("a plan")
}

fn version(database: &TestDatabase) -> u32 {
    database.psql("SHOW server_version_num").parse().expect("a number")
}

fn structure(database: &TestDatabase) -> Catalog {
    super::catalog::read_as_far_as(Scope::Structure, &database.target())
}

fn statements(plan: &Plan) -> Vec<String> {
    let of = |action: &Action| match action {
        Action::Sql(step) => step.statements.clone(),
        _ => Vec::new(),
    };
    plan.steps.iter().flat_map(|step| of(&step.action)).collect()
}

/// The differ itself names all that its statements lose; who waits, and for what, is read off them as well.
fn assert_tells_all(from: &Catalog, plan: &Plan, version: u32) {
    let examined = mainstay::states::examined(plan, from, Flavor::Postgres, version / 10_000);
    let of = |plan: &Plan| {
        let risks = plan.risks().filter(|(_, risk)| risk.hazard == Hazard::DeletesData);
        risks.map(|(title, risk)| format!("{title}: {}", risk.reason)).collect::<Vec<_>>()
    };
    let told = of(plan);
    let found: Vec<String> = of(&examined).into_iter().filter(|one| !told.contains(one)).collect();
    assert_eq!(found, Vec::<String>::new(), "in:\n{}", plan.to_sql());
}

/// Runs the plan as a person would, with psql.
fn apply(database: &TestDatabase, plan: &Plan) {
    database.psql(&plan.to_sql());
}

/// What the newest pg_dump of this machine cannot dump, the server's own functions tell of.
const WORDS: &str = "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || coninhcount
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT pg_get_indexdef(indexrelid) || indisvalid || indisclustered || indisreplident || coalesce(inhparent, 0)::regclass::text
    FROM pg_index JOIN pg_class ON oid = indexrelid LEFT JOIN pg_inherits ON inhrelid = indexrelid
    WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT attrelid::regclass || '.' || attname || ' ' || format_type(atttypid, atttypmod) || attnotnull || attislocal || attidentity::text
        || attgenerated::text || coalesce(pg_get_expr(adbin, adrelid), '')
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_attrdef ON (adrelid, adnum) = (attrelid, attnum)
    WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
    UNION ALL SELECT classoid::regclass || ' ' || objsubid || ' ' || description FROM pg_description
    WHERE objoid >= 16384 ORDER BY 1";

/// The schema as pg_dump prints it, columns of a table and privileges of an object in order of names.
fn dump(database: &TestDatabase) -> Vec<String> {
    dump_on(version(database), database)
}

fn dump_on(version: u32, database: &TestDatabase) -> Vec<String> {
    if version >= 180_000 {
        return database.psql(WORDS).lines().map(str::to_owned).collect();
    }
    let text = database.dump_schema();
    let mut paragraphs: Vec<String> = text
        .split("\n\n")
        .map(|paragraph| {
            let told = |line: &&str| !line.starts_with("--") && !line.starts_with('\\') && !line.is_empty();
            let mut lines: Vec<&str> = paragraph.lines().filter(told).map(|line| line.trim_end_matches(',')).collect();
            let sorted = ["CREATE TABLE", "GRANT", "REVOKE"]
                .iter()
                .any(|start| lines.first().is_some_and(|line| line.starts_with(start)));
            if sorted {
                lines.sort_unstable();
            }
            lines.join("\n")
        })
        .filter(|paragraph| !paragraph.is_empty())
        .collect();
    paragraphs.sort();
    paragraphs
}
