//! A database without a ledger is found in the history by its schema.

use mainstay::adopt::{Grounds, Position, locate};
use mainstay::dialect::Version;
use mainstay::sql::Flavor;
use mainstay::{Error, ErrorKind, Result};

use super::super::lab::{Lab, versions};
use super::captured::{FRACTAL, PACKIT, Service, lab as captured_lab};
use super::{Adopting, third, two};

async fn position(lab: &Lab) -> Result<Position> {
    locate(&Adopting::new(lab).states, lab.session().await.as_mut(), &lab.try_folder()?).await
}

/// The database has had the lab's files up to `version`, and nobody kept books.
async fn bring_to(lab: &mut Lab, version: &str) {
    lab.rules.to = Some(Version::new(version));
    lab.up().await.expect("applies");
    lab.rules.to = None;
    match lab.flavor {
        Flavor::Postgres => drop(lab.query("DROP SCHEMA mainstay CASCADE").await),
        Flavor::Sqlite => {
            for table in ["migration", "journal", "setting"] {
                lab.query(&format!("DROP TABLE mainstay_{table}")).await;
            }
        }
    }
}

fn told(error: &Error) -> (String, String) {
    (error.message().replace(error.message().split('`').nth(1).unwrap_or("\0"), "db"), error.causes().join("\n"))
}

#[tokio::test]
async fn every_place_in_a_history_is_found() {
    for flavor in [Flavor::Postgres, Flavor::Sqlite] {
        for at in ["1", "2", "3"] {
            let mut lab = Lab::new(flavor, "mainstay");
            two(&lab);
            third(&lab);
            bring_to(&mut lab, at).await;
            let Position { at: found, proof } = position(&lab).await.expect("found");
            assert_eq!((found.as_str(), proof.migrations.to_string().as_str()), (at, at));
            let adopting = Adopting::new(&lab);
            let adoption = adopting.plan(Some(at)).await.expect("plans");
            adopting.apply(&adoption, Grounds::Proven(&proof)).await.expect("writes");
            let after: Vec<&str> = ["2", "3"].into_iter().filter(|version| *version > at).collect();
            assert_eq!(versions(&lab.up().await.expect("goes on")), after);
        }
    }
}

#[tokio::test]
async fn files_that_change_rows_are_told_and_not_guessed() {
    for flavor in [Flavor::Postgres, Flavor::Sqlite] {
        let mut lab = Lab::new(flavor, "mainstay");
        two(&lab);
        lab.step(3, "fill", "INSERT INTO logs VALUES ('a');", "DELETE FROM logs;");
        lab.step(4, "more", "CREATE TABLE more (x int);", "DROP TABLE more;");
        lab.step(5, "less", "DROP TABLE more;", "SELECT 1;");
        lab.step(6, "names", "ALTER TABLE devices ADD COLUMN name text;", "SELECT 1;");
        bring_to(&mut lab, "3").await;
        let error = position(&lab).await.expect_err("three files have this schema");
        assert_eq!(error.kind(), ErrorKind::Verification);
        assert_eq!(told(&error).0, "the schema of `db` is that after each of 3 files: 2_logs, 3_fill, 5_less");
        assert!(error.hints()[0].ends_with("mainstay migrate adopt --at 5"), "{error:?}");
    }
}

#[tokio::test]
async fn the_nearest_is_told_with_what_differs() {
    for (flavor, column) in [(Flavor::Postgres, "public.logs.at"), (Flavor::Sqlite, "main.logs.at")] {
        let mut lab = Lab::new(flavor, "mainstay");
        two(&lab);
        third(&lab);
        bring_to(&mut lab, "2").await;
        lab.query("ALTER TABLE logs ADD COLUMN at int").await;
        let error = position(&lab).await.expect_err("nothing makes it");
        let expected = "`db` is not what the files make, after whichever of them; nearest is 2_logs, with 1 difference";
        assert_eq!(told(&error), (expected.to_owned(), format!("extra column {column}")));
        assert!(error.hints()[1].ends_with("mainstay migrate adopt --at 2 --unproven"), "{error:?}");
    }
}

#[tokio::test]
async fn an_empty_database_and_an_empty_folder() {
    let lab = Lab::new(Flavor::Postgres, "mainstay");
    two(&lab);
    assert_eq!(position(&lab).await.expect_err("nothing there").kind(), ErrorKind::Refused);
    let lab = Lab::new(Flavor::Postgres, "mainstay");
    lab.query("CREATE TABLE t (x int)").await;
    let error = position(&lab).await.expect_err("no file");
    assert!(error.message().starts_with("there is no migration in "), "{error:?}");
    // A file that does not run is told with its place.
    lab.step(1, "bad", "CREATE TABLE t (x nothing);", "SELECT 1;");
    let error = position(&lab).await.expect_err("a wrong file");
    assert_eq!(error.place().map(|place| place.line), Some(1), "{error:?}");
}

/// A restored database prints its checks in another way, which makes it no other database.
#[tokio::test]
async fn a_restored_database_is_found() {
    let mut lab = Lab::new(Flavor::Postgres, "mainstay");
    lab.step(1, "a", "CREATE TABLE a (kind varchar(9) CONSTRAINT kinds CHECK (kind IN ('x', 'y')));", "SELECT 1;");
    lab.step(2, "b", "ALTER TABLE a ADD COLUMN at int;", "SELECT 1;");
    lab.step(3, "c", "ALTER TABLE a DROP CONSTRAINT kinds;", "SELECT 1;");
    bring_to(&mut lab, "2").await;
    lab.query(
        "DO $$ DECLARE made text := (SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'kinds'); \
         BEGIN EXECUTE 'ALTER TABLE a DROP CONSTRAINT kinds, ADD CONSTRAINT kinds ' || made; END $$",
    )
    .await;
    assert_eq!(position(&lab).await.expect("found").at.as_str(), "2");
}

async fn check_service(service: &Service, steps: &[usize]) {
    let Some((captured, _)) = service.load() else { return };
    for step in steps {
        let mut lab = captured_lab(&captured);
        let version = format!("{}", 20_200_101_000_000_u64 + *step as u64);
        bring_to(&mut lab, &version).await;
        let position = position(&lab).await.unwrap_or_else(|error| panic!("{step}: {error:?}"));
        assert_eq!(position.at.as_str(), version);
    }
}

#[tokio::test]
async fn packit_is_found_in_its_80_steps() {
    check_service(&PACKIT, &[1, 40, 80]).await;
}

#[tokio::test]
async fn fractal_is_found_in_its_75_steps() {
    check_service(&FRACTAL, &[1, 38, 75]).await;
}
