//! The judge itself: it passes what is right, and each wrong that it exists for makes it fail.

use std::path::Path;
use std::sync::Mutex;

use mainstay::conn::PostgresTarget;
use mainstay::plan::{Action, SqlStep, Step};

use crate::differ::{Differ, Mainstay, Nothing, Planned};
use crate::judge::Outcome;
use crate::programs::Programs;
use crate::suite;
use crate::worker::Worker;

/// Plans what it was given, once; then nothing.
struct Given(Mutex<Vec<Planned>>);

impl Given {
    fn plan(sql: &str, deletes: &[&str]) -> Self {
        let deletes = deletes.iter().map(|words| (*words).to_owned()).collect();
        Self(Mutex::new(vec![Planned { sql: sql.to_owned(), deletes, steps: Vec::new() }]))
    }
}

impl Given {
    /// A plan as data, of whose locks nothing is told.
    fn steps(sql: &str) -> Self {
        let given = Self::plan(&format!("{sql};"), &[]);
        let statements = vec![sql.to_owned()];
        let action = Action::Sql(SqlStep {
            database: None,
            without_foreign_keys: false,
            transaction: true,
            lock_timeout: None,
            statement_timeout: None,
            statements,
        });
        let step = Step { title: String::new(), action, risks: Vec::new(), effects: Vec::new() };
        given.0.lock().unwrap()[0].steps.push(step);
        given
    }
}

impl Differ for Given {
    fn plan(&self, _: &PostgresTarget, _: &PostgresTarget) -> Result<Planned, String> {
        Ok(self.0.lock().unwrap().pop().unwrap_or_default())
    }
}

/// A differ that never comes to an end.
struct Restless;

impl Differ for Restless {
    fn plan(&self, _: &PostgresTarget, _: &PostgresTarget) -> Result<Planned, String> {
        Ok(Planned { sql: "ALTER TABLE t ADD IF NOT EXISTS b int;".to_owned(), deletes: Vec::new(), steps: Vec::new() })
    }
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    std::fs::create_dir_all(folder).unwrap();
    files.iter().for_each(|(name, text)| std::fs::write(folder.join(name), text).unwrap());
}

#[test]
fn each_wrong_makes_it_fail_and_what_is_right_passes() {
    let folder = tempfile::tempdir().unwrap();
    let case = |name: &str, files: &[(&str, &str)]| {
        write(&folder.path().join(name), files);
        suite::cases(&folder.path().join(name), None).unwrap().remove(0)
    };
    let old = ("old.sql", "CREATE TABLE t (a int);");
    let new = ("new.sql", "CREATE TABLE t (a int, b int);");
    let seed = ("seed.sql", "INSERT INTO t VALUES (1), (2);");
    let grown = case("grown", &[old, new, seed]);
    let same = case("same", &[old, ("new.sql", old.1)]);
    let frugal = r#"{"a-to-b": {"forbid": ["replacement:table"]}}"#;
    let budget = case("budget", &[old, new, ("budget.json", frugal)]);
    let broken = case("broken", &[old, ("new.sql", "CREATE TABLE t (a nope);")]);
    let role = r#"{"suite": "pg-delta", "peer_meta": {"isolatedCluster": true}}"#;
    let roles = [
        ("old.sql", "CREATE ROLE r;"),
        ("new.sql", "CREATE ROLE r; CREATE TABLE u (); GRANT SELECT ON u TO r;"),
        ("meta.json", role),
    ];
    let isolated = case("isolated", &roles);

    let programs = Programs::find(None).unwrap();
    let worker = Mutex::new(Worker::new(&programs, std::env::temp_dir()).unwrap());
    let check = |case: &suite::Case, differ: &dyn Differ, expected: &str| {
        let done = worker.lock().unwrap().run(case, differ).unwrap();
        let words = |outcome: &Outcome| match outcome {
            Outcome::Passed => "passed".to_owned(),
            Outcome::Failed(reason, _) => (*reason).to_owned(),
            Outcome::NotCounted(why) => why.clone(),
        };
        let found: Vec<String> = done.iter().map(|one| words(&one.outcome)).collect();
        assert_eq!(found.join(", "), expected, "{}: {done:?}", case.id);
    };
    let add = "ALTER TABLE t ADD b int;";
    check(&same, &Nothing, "passed");
    check(&grown, &Nothing, "another schema");
    check(&grown, &Given::plan(add, &[]), "passed");
    check(&grown, &Given::plan("ALTER TABLE t ADD b bigint;", &[]), "another schema");
    check(&grown, &Given::plan("ALTER TABLE nowhere ADD b int;", &[]), "does not apply");
    check(&grown, &Given::plan("DELETE FROM t; ALTER TABLE t ADD b int;", &[]), "rows lost");
    check(&grown, &Given::plan("UPDATE t SET a = 7; ALTER TABLE t ADD b int;", &[]), "rows lost");
    check(&grown, &Given::plan("DROP TABLE t; CREATE TABLE t (a int, b int);", &["drops table t"]), "passed");
    check(&grown, &Given::steps("ALTER TABLE t ADD b int"), "more locked than told");
    check(&grown, &Restless, "a second plan");
    check(&same, &Given::plan("SELECT 1;", &[]), "planned for nothing");
    check(&budget, &Given::plan("DROP TABLE t; CREATE TABLE t (a int, b int);", &[]), "over the budget");
    check(&budget, &Given::plan(add, &[]), "passed");
    check(&broken, &Nothing, "new.sql does not load: psql:<stdin>:1: ERROR:  type \"nope\" does not exist");
    check(&isolated, &Nothing, "another schema, another schema");
    check(&isolated, &Mainstay, "passed, passed");
}
