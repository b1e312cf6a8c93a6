//! A long history as one migration, and every kind of database that meets it.

use mainstay::dialect::Version;
use mainstay::migrate::{Goal, Problem};
use mainstay::sql::Flavor;
use mainstay::states::Squash;
use mainstay::{ErrorKind, Result};

use super::lab::{Lab, versions};

const ENGINES: [Flavor; 2] = [Flavor::Postgres, Flavor::Sqlite];

/// Four migrations with rows that they bring; the third takes back what the first has made.
fn history(lab: &Lab) {
    let (identity, bytes) = match lab.flavor {
        Flavor::Postgres => ("id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "bytea"),
        Flavor::Sqlite => ("id integer PRIMARY KEY AUTOINCREMENT", "blob"),
    };
    let raw = if lab.flavor == Flavor::Postgres { "'\\x00ff'" } else { "X'00FF'" };
    let rows = format!("INSERT INTO kind (name, raw, weight) VALUES ('it''s; \\', {raw}, 0.1), (NULL, NULL, NULL)");
    lab.step(1, "old", "CREATE TABLE old (x int);", "DROP TABLE old;");
    lab.step(
        2,
        "kinds",
        &format!(
            "CREATE TABLE kind ({identity}, name text, raw {bytes}, weight double precision);\n{rows};\n\
             CREATE TABLE part (id integer PRIMARY KEY, of integer REFERENCES part (id), kind bigint REFERENCES kind (id));\n\
             INSERT INTO part VALUES (2, NULL, 1);\nINSERT INTO part VALUES (1, 2, 2);"
        ),
        "DROP TABLE part; DROP TABLE kind;",
    );
    lab.step(3, "less", "DROP TABLE old;", "CREATE TABLE old (x int);");
    lab.step(
        4,
        "more",
        "CREATE INDEX part_kind ON part (kind);\nCREATE VIEW heavy AS SELECT name FROM kind WHERE weight > 1;\n\
         INSERT INTO kind (name) VALUES ('gone');\nDELETE FROM kind WHERE name = 'gone';",
        "DROP VIEW heavy; DROP INDEX part_kind;",
    );
}

fn fifth(lab: &Lab) {
    lab.step(5, "names", "ALTER TABLE part ADD COLUMN name text;", "ALTER TABLE part DROP COLUMN name;");
}

async fn squash(lab: &Lab, to: Option<&str>) -> Result<Squash> {
    let squash = lab.states().squash(to.map(Version::new).as_ref()).await?;
    squash.write(None)?;
    Ok(squash)
}

fn files(lab: &Lab) -> Vec<String> {
    let entries = std::fs::read_dir(lab.dir()).expect("reads");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect();
    names.sort();
    names
}

/// Another database with the same folder.
fn beside(lab: &Lab) -> Lab {
    let other = Lab::new(lab.flavor, lab.dialect);
    copy(lab, &other);
    other
}

fn copy(from: &Lab, to: &Lab) {
    std::fs::remove_dir_all(to.dir()).expect("removes");
    std::fs::create_dir(to.dir()).expect("a folder");
    for name in files(from) {
        std::fs::copy(from.dir().join(&name), to.dir().join(&name)).expect("copies");
    }
}

async fn up_to(lab: &mut Lab, version: &str) {
    lab.rules.to = Some(Version::new(version));
    lab.up().await.expect("applies");
    lab.rules.to = None;
}

const CONTENT: &str = "SELECT (SELECT count(*) FROM kind) || ' ' || (SELECT count(*) FROM part) || ' ' || \
    (SELECT name FROM kind WHERE weight IS NOT NULL) || ' ' || (SELECT of FROM part WHERE id = 1)";

#[tokio::test]
async fn old_and_new_databases_go_on() {
    for flavor in ENGINES {
        let lab = Lab::new(flavor, "mainstay");
        history(&lab);
        lab.up().await.expect("the whole history");
        let squash = squash(&lab, None).await.unwrap_or_else(|error| panic!("{flavor:?}: {error:?}"));
        assert_eq!(files(&lab), ["4_baseline.up.sql"], "{flavor:?}");
        assert_eq!((squash.versions.len(), squash.old.len()), (4, 8));
        let rows: Vec<usize> = squash.rows.iter().map(|(_, count)| *count).collect();
        assert_eq!(rows, [2, 2], "{flavor:?}: {:?}", squash.rows);
        fifth(&lab);

        // One that has had all of them: nothing is pending but what came after, and its ledger stays as it was.
        let state = lab.state().await.expect("reads");
        assert!(state.problems.is_empty(), "{flavor:?}: {:?}", state.problems);
        assert_eq!(state.pending, [Version::new("5")]);
        let lines: Vec<String> = {
            let lines = state.lines(&lab.folder(), &lab.rules);
            lines.iter().map(|line| format!("{} {}", line.version, line.state)).collect()
        };
        assert_eq!(lines, ["1 replaced", "2 replaced", "3 replaced", "4 applied", "5 pending"]);
        assert_eq!(versions(&lab.up().await.expect("goes on")), ["5"]);

        // A new one runs the baseline alone, and is the same.
        let new = beside(&lab);
        assert_eq!(versions(&new.up().await.expect("from nothing")), ["4", "5"]);
        assert_eq!(lab.cell(CONTENT).await, "2 2 it's; \\ 2");
        assert_eq!(new.cell(CONTENT).await, lab.cell(CONTENT).await);
        let next = "INSERT INTO kind (name) VALUES ('next') RETURNING id";
        let (of_new, of_old) = (new.cell(next).await, lab.cell(next).await);
        assert_eq!((of_new.as_str(), of_old.as_str()), ("4", "4"), "{flavor:?}: no number is taken twice");

        // Verify sees no drift, and there is no way back past it.
        for lab in [&lab, &new] {
            let verified = lab.states().verify().await.expect("verifies");
            assert_eq!(verified.drift, Some(Vec::new()), "{flavor:?}");
            lab.go(Goal::DownSteps(1)).await.expect("the fifth");
            let error = lab.go(Goal::DownSteps(1)).await.expect_err("a whole history");
            assert_eq!(error.message(), "4_baseline cannot be undone: it stands for a whole history");
        }
    }
}

#[tokio::test]
async fn a_database_between_is_told_what_to_do() {
    for flavor in ENGINES {
        let lab = Lab::new(flavor, "mainstay");
        history(&lab);
        lab.up().await.expect("the whole history");
        let mut between = beside(&lab);
        up_to(&mut between, "2").await;
        let before = beside(&lab);
        squash(&lab, None).await.expect("squashes");
        copy(&lab, &between);
        let error = between.up().await.expect_err("it lacks two");
        assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
        let file = between.dir().join("4_baseline.up.sql").display().to_string();
        assert_eq!(
            error.message(),
            format!("the database has had 2 of the migrations that {file} replaces, and not 3")
        );
        assert!(error.hints()[0].ends_with("mainstay migrate up --to 4"), "{error:?}");
        let problems = between.state().await.expect("reads").problems;
        assert!(matches!(problems.as_slice(), [Problem::Between { .. }]), "{problems:?}");
        // As the hint says.
        copy(&before, &between);
        up_to(&mut between, "4").await;
        copy(&lab, &between);
        assert!(between.up().await.expect("past it").done.is_empty());
    }
}

#[tokio::test]
async fn a_squash_is_squashed() {
    for flavor in ENGINES {
        let lab = Lab::new(flavor, "mainstay");
        history(&lab);
        lab.up().await.expect("the whole history");
        let before = beside(&lab);
        squash(&lab, None).await.expect("squashes");
        fifth(&lab);
        let once = beside(&lab);
        once.up().await.expect("from the first baseline");
        lab.up().await.expect("applies");
        squash(&lab, None).await.expect("squashes again");
        assert_eq!(files(&lab), ["5_baseline.up.sql"]);
        let text = std::fs::read_to_string(lab.dir().join("5_baseline.up.sql")).expect("reads");
        let lists: Vec<&str> = text.lines().filter(|line| line.starts_with("-- mainstay: ")).collect();
        assert_eq!(lists, ["-- mainstay: replaces 1, 2, 3, 4", "-- mainstay: replaces 4, 5"]);
        lab.step(6, "last", "CREATE TABLE last (x int);", "DROP TABLE last;");

        // From the first file, from the first baseline, from the second.
        let new = beside(&lab);
        assert_eq!(versions(&new.up().await.expect("from nothing")), ["5", "6"]);
        for old in [&lab, &once] {
            copy(&new, old);
            assert_eq!(versions(&old.up().await.unwrap_or_else(|error| panic!("{flavor:?}: {error:?}"))), ["6"]);
        }
        // Past the first squash, and not past the second.
        before.up().await.expect("nothing new");
        let middle = beside(&before);
        middle.up().await.expect("the first four");
        copy(&new, &middle);
        let error = middle.up().await.expect_err("it lacks the fifth");
        assert!(error.message().ends_with("replaces, and not 5"), "{error:?}");
    }
}

#[tokio::test]
async fn up_to_a_version() {
    for flavor in ENGINES {
        let lab = Lab::new(flavor, "mainstay");
        history(&lab);
        lab.up().await.expect("the whole history");
        squash(&lab, Some("2")).await.expect("the first two");
        assert_eq!(files(&lab)[0], "2_baseline.up.sql");
        assert_eq!(files(&lab).len(), 5);
        assert!(lab.up().await.expect("nothing to do").done.is_empty());
        let new = beside(&lab);
        assert_eq!(versions(&new.up().await.expect("from nothing")), ["2", "3", "4"]);
        assert_eq!(new.cell(CONTENT).await, lab.cell(CONTENT).await);
    }
}

#[tokio::test]
async fn what_cannot_be_squashed_is_left_alone() {
    for flavor in ENGINES {
        let mut lab = Lab::new(flavor, "mainstay");
        history(&lab);
        let before = files(&lab);
        let refused = async |lab: &Lab, to: Option<&str>| {
            let error = squash(lab, to).await.expect_err("refused");
            assert_eq!(files(lab), before, "{error:?}");
            (error.kind(), error.message().to_owned())
        };
        assert_eq!(refused(&lab, None).await.0, ErrorKind::Usage, "nothing is applied anywhere");
        up_to(&mut lab, "2").await;
        let pending = "the database has not had all that is to be squashed: 3_less is pending";
        assert_eq!(refused(&lab, Some("4")).await, (ErrorKind::Refused, pending.to_owned()));
        assert_eq!(refused(&lab, Some("7")).await.0, ErrorKind::NotFound);
        let one = (ErrorKind::Usage, "there is nothing to squash: it takes two migrations at least".to_owned());
        assert_eq!(refused(&lab, Some("1")).await, one);
        // A ledger that tells of another text.
        lab.query(&format!(
            "UPDATE {} SET checksum = 'b3:other' WHERE version = '1'",
            mainstay::ledger::table(flavor, "migration")
        ))
        .await;
        assert_eq!(refused(&lab, Some("2")).await.0, ErrorKind::Verification);
    }
}

#[tokio::test]
async fn other_tools_folders_are_refused_with_their_reason() {
    for shape in super::shape::SHAPES.iter().filter(|shape| shape.dialect != "mainstay") {
        let lab = Lab::new(Flavor::Postgres, shape.dialect);
        lab.step(1, "a", "CREATE TABLE a (x int);", "DROP TABLE a;");
        lab.step(2, "b", "CREATE TABLE b (x int);", "DROP TABLE b;");
        lab.up().await.expect("applies");
        let error = squash(&lab, None).await.expect_err(shape.dialect);
        assert_eq!(error.kind(), ErrorKind::Refused, "{}: {error:?}", shape.dialect);
        assert!(error.message().contains("cannot be squashed: "), "{error:?}");
    }
}

#[tokio::test]
async fn roles_and_large_objects_are_in_no_dump() {
    let cases = [
        ("CREATE ROLE squash_reader NOLOGIN;", "2_bad has to do with roles or databases, which stand in no dump"),
        ("SELECT lo_from_bytea(0, 'x');", "the migrations make large objects, which no script can bring"),
    ];
    for (sql, expected) in cases {
        let lab = Lab::new(Flavor::Postgres, "mainstay");
        lab.step(1, "a", "CREATE TABLE a (x int);", "DROP TABLE a;");
        lab.step(2, "bad", sql, "SELECT 1;");
        lab.up().await.expect("applies");
        let error = squash(&lab, None).await.expect_err(sql);
        assert_eq!((error.kind(), error.message()), (ErrorKind::Refused, expected));
        lab.query("DROP ROLE IF EXISTS squash_reader").await;
    }
}

#[tokio::test]
async fn everything_that_postgres_has_survives() {
    let lab = Lab::new(Flavor::Postgres, "mainstay");
    lab.step(
        1,
        "rich",
        "CREATE SCHEMA app; CREATE EXTENSION citext SCHEMA app; CREATE TYPE app.mood AS ENUM ('a', 'b');\n\
         CREATE TABLE app.log (id bigserial, at date NOT NULL, mood app.mood, tags text[], doc jsonb, \
           name app.citext, twice int GENERATED ALWAYS AS (2) STORED) PARTITION BY RANGE (at);\n\
         CREATE TABLE app.log_26 PARTITION OF app.log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');\n\
         COMMENT ON TABLE app.log IS 'it''s';\n\
         INSERT INTO app.log (at, mood, tags, doc, name) VALUES ('2026-05-01', 'b', '{\"a,b\",NULL}', '{\"x\": \"\\\\n\"}', 'N');",
        "SELECT 1;",
    );
    lab.step(
        2,
        "more",
        "CREATE FUNCTION app.f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := 'x; y'; RETURN NEW; END $$;\n\
         CREATE TRIGGER t BEFORE INSERT ON app.log FOR EACH ROW EXECUTE FUNCTION app.f();\n\
         CREATE MATERIALIZED VIEW app.m AS SELECT count(*) FROM app.log;\n\
         ALTER TABLE app.log ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON app.log USING (false);\n\
         SELECT setval('app.log_id_seq', 40, false); GRANT SELECT ON app.log TO PUBLIC;",
        "SELECT 1;",
    );
    lab.up().await.expect("applies");
    squash(&lab, None).await.expect("squashes");
    let new = beside(&lab);
    new.up().await.expect("from nothing");
    let dump = |lab: &Lab| lab.database.as_ref().expect("a database").dump_schema();
    let without_books = |text: String| -> Vec<String> {
        text.lines().filter(|line| !line.contains("restrict")).map(str::to_owned).collect()
    };
    assert_eq!(without_books(dump(&new)), without_books(dump(&lab)));
    let rows =
        "SELECT row_to_json(l)::text || (SELECT count FROM app.m) || nextval('app.log_id_seq') FROM app.log_26 l";
    assert_eq!(new.cell(rows).await, lab.cell(rows).await);
}

/// Policies that hold for the owner too keep him from reading his rows, and from putting them in again.
#[tokio::test]
async fn policies_that_hold_for_the_owner() {
    let mut lab = Lab::new(Flavor::Postgres, "mainstay");
    let database = lab.database.as_ref().expect("a database");
    mainstay_testing::server().psql(
        "postgres",
        &format!("CREATE ROLE squash_owner LOGIN CREATEDB; ALTER DATABASE {} OWNER TO squash_owner", database.name()),
    );
    database.psql("ALTER SCHEMA public OWNER TO squash_owner");
    lab.target = database.target_as("squash_owner");
    lab.step(1, "a", "CREATE TABLE a (x int); INSERT INTO a VALUES (1);", "DROP TABLE a;");
    lab.step(
        2,
        "b",
        "CREATE POLICY p ON a USING (x > 7); ALTER TABLE a ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;",
        "SELECT 1;",
    );
    lab.up().await.expect("applies");
    let squash = squash(&lab, None).await.expect("squashes");
    assert_eq!(squash.rows, [("public.a".to_owned(), 1)]);
    let new = beside(&lab);
    new.up().await.expect("from nothing");
    assert_eq!(new.cell("SELECT count(*) FROM a").await, "1");
    assert_eq!(new.cell("SELECT relforcerowsecurity FROM pg_class WHERE relname = 'a'").await, "t");
}

#[tokio::test]
async fn files_are_kept_where_they_are_no_migrations() {
    let lab = Lab::new(Flavor::Sqlite, "mainstay");
    history(&lab);
    lab.up().await.expect("applies");
    let squash = lab.states().squash(None).await.expect("makes it");
    let error = squash.write(Some(&lab.dir().join("old"))).expect_err("inside the folder");
    assert_eq!(error.kind(), ErrorKind::Usage);
    let keep = lab.folder.path().join("old");
    squash.write(Some(&keep)).expect("writes");
    assert_eq!(std::fs::read_dir(&keep).expect("reads").count(), 8);
    assert_eq!(files(&lab), ["4_baseline.up.sql"]);
}
