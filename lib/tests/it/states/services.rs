//! Real services' histories: replayed, squashed, found by their schemas, and an old database brought to today's schema. The cases
//! are not part of this project: the tests run where their folder is.

use std::io::Write;
use std::path::PathBuf;

use mainstay::engine::Session;
use mainstay::plan::{Action, Plan};
use mainstay::states::{Intent, State};
use mainstay_testing::{Captured, TestDatabase, server};

use crate::states::Lab;

/// The folder of the cases; `None` where it is not.
fn cases() -> Option<PathBuf> {
    let cases = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases/systems");
    if !cases.is_dir() {
        writeln!(std::io::stderr(), "not checked: no services are at {}", cases.display()).expect("said");
        return None;
    }
    Some(cases)
}

/// The chain of a real service as a folder of migrations, and the file of the schema at its end.
fn service(lab: &Lab, steps: &str, schema: &str) -> Option<PathBuf> {
    let cases = cases()?;
    for (name, text) in Captured::read(&cases.join(steps), "alembic_version").files() {
        lab.file(&format!("migrations/{name}"), text);
    }
    Some(cases.join(schema))
}

const PACKIT: (&str, &str) = ("packit/captured_sql", "packit/expected_schema_b4e11a52ea52.pg15.sql");
const FRACTAL: (&str, &str) = ("fractal/captured_sql_2.24.2", "fractal/expected_schema_d4027db95431.pg15.sql");

fn left(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.title.as_str()).collect()
}

#[tokio::test]
async fn a_history_replayed_is_the_expected_schema() {
    for (steps, schema) in [PACKIT, FRACTAL] {
        let lab = Lab::new(Some(server().database().target()));
        let Some(schema) = service(&lab, steps, schema) else { return };
        let (made, expected) = (State::Migrations(lab.path("migrations")), State::Sql(schema));
        for (from, to) in [(&made, &expected), (&expected, &made)] {
            let way = lab.states.compare(from, to, &Intent::default()).await.expect("compares");
            assert_eq!((left(&way.plan), way.unclaimed.len()), (Vec::new(), 0), "{steps}");
        }
    }
}

#[tokio::test]
async fn a_history_squashed_is_the_expected_schema() {
    for (steps, schema) in [PACKIT, FRACTAL] {
        let lab = Lab::new(None);
        let Some(schema) = service(&lab, steps, schema) else { return };
        let files = std::fs::read_dir(lab.path("migrations")).expect("reads").count();
        let newest = mainstay::dialect::Version::new(format!("{}", 20_200_101_000_000_u64 + files as u64));
        let squash = lab.states.squash(Some(&newest)).await.expect("squashes");
        squash.write(None).expect("writes");
        assert_eq!((squash.versions.len(), squash.old.len()), (files, files));
        assert_eq!(std::fs::read_dir(lab.path("migrations")).expect("reads").count(), 1);
        let (made, expected) = (State::Migrations(lab.path("migrations")), State::Sql(schema));
        let way = lab.states.compare(&made, &expected, &Intent::default()).await.expect("compares");
        assert_eq!((left(&way.plan), way.unclaimed.len()), (Vec::new(), 0), "{steps}");
        lab.assert_clean();
    }
}

async fn apply(database: &TestDatabase, lab: &Lab, plan: &Plan) {
    let mut session = mainstay::engine::connect(&database.target(), &lab.states.context).await.expect("a session");
    for step in &plan.steps {
        let Action::Sql(sql) = &step.action else { panic!("{step:?}") };
        for statement in &sql.statements {
            session.query(statement).await.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
        }
    }
    Session::close(session).await;
}

/// WalT's version 4 database, by the planned way alone: what its own upgrade moves from column to column is not asked of it.
#[tokio::test]
async fn an_old_database_keeps_its_rows_on_the_way_to_todays_schema() {
    let Some(cases) = cases() else { return };
    let database = server().database();
    let lab = Lab::new(Some(database.target()));
    database.psql(&std::fs::read_to_string(cases.join("walt/sample_v4_populated.sql")).expect("reads"));
    let lines = "SELECT count(*) || ' ' || md5(string_agg(line, ',' ORDER BY line)) FROM public.logs";
    let before = database.psql(lines);
    assert!(before.starts_with("1000 "), "{before}");
    let today = State::Sql(cases.join("walt/expected_schema_fresh_HEAD.pg15.sql"));
    let live = State::Live(Box::new(database.target()));
    let intent = Intent { drops: true, ..Intent::default() };
    let way = lab.states.compare(&live, &today, &intent).await.expect("a way");
    assert!(!way.plan.steps.is_empty());
    apply(&database, &lab, &way.plan).await;
    assert_eq!(database.psql(lines), before);
    let way = lab.states.compare(&live, &today, &intent).await.expect("compares");
    assert_eq!(left(&way.plan), [""; 0]);
}

/// The releases of WalT that have a schema of their own, oldest first.
const RELEASES: [&str; 10] = ["1", "4", "5", "6", "7", "8", "8.1", "8.2", "9.0", "10.0"];

/// A history is planned from one release's schema to the next; a database of any of them is found in it.
#[tokio::test]
async fn a_database_of_each_release_is_found_in_their_history() {
    let Some(cases) = cases() else { return };
    let file = |release: &str| cases.join(format!("walt/upload_{release}.schema.sql"));
    let home = server().database();
    let lab = Lab::new(Some(home.target()));
    let folder = lab.path("migrations");
    std::fs::create_dir(&folder).expect("a folder");
    let intent = Intent { drops: true, ..Intent::default() };
    for (at, release) in RELEASES.iter().enumerate() {
        let (made, wanted) = (State::Migrations(folder.clone()), State::Sql(file(release)));
        let way = lab.states.compare(&made, &wanted, &intent).await.expect("a way");
        let head = "-- mainstay: no-transaction\n";
        let statements = way.plan.steps.iter().flat_map(|step| match &step.action {
            Action::Sql(sql) => sql.statements.clone(),
            other => panic!("{other:?}"),
        });
        let text: String = statements.map(|statement| statement + ";\n").collect();
        lab.file(&format!("migrations/{}_{}.up.sql", at + 1, release.replace('.', "_")), head.to_owned() + &text);
    }
    let folder = mainstay::migrate::Folder::read(&folder, "mainstay", mainstay::sql::Flavor::Postgres).expect("reads");
    for (at, release) in RELEASES.iter().enumerate() {
        let found = lab.states.read(&State::Sql(file(release))).await.expect("reads");
        let passed = lab.states.pass(&found.catalog, &folder).await.expect("passes");
        let fitting: Vec<String> = passed
            .stations
            .iter()
            .filter(|station| station.drift.is_empty())
            .flat_map(|station| station.versions.iter().map(ToString::to_string))
            .collect();
        let same: Vec<String> = (0..RELEASES.len())
            .filter(|other| {
                let text = |at: usize| std::fs::read_to_string(file(RELEASES[at])).expect("reads");
                text(*other) == text(at)
            })
            .map(|other| (other + 1).to_string())
            .collect();
        assert_eq!(fitting, same, "release {release}");
    }
}
