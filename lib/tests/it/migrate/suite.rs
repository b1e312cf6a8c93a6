//! What every dialect does on every engine.

use mainstay::ErrorKind;
use mainstay::dialect::Version;
use mainstay::migrate::Goal;
use mainstay::sql::Flavor;

use super::lab::{Lab, versions};

/// Runs one check for each dialect on each engine.
macro_rules! everywhere {
    ($($(#[$doc:meta])* async fn $name:ident($lab:ident) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn check($lab: Lab) $body

            on_both!(own "mainstay", capsul "capsul", sqlx "sqlx", dbmate "dbmate",
                golang_migrate "golang-migrate", goose "goose", refinery "refinery", diesel "diesel", flyway "flyway");
        }
    )*};
}

/// One check for each of the dialects on both engines.
macro_rules! on_both {
    ($($name:ident $dialect:literal),*) => {$(
        mod $name {
            use super::*;

            #[tokio::test]
            async fn postgres() { check(Lab::new(Flavor::Postgres, $dialect)).await }
            #[tokio::test]
            async fn sqlite() { check(Lab::new(Flavor::Sqlite, $dialect)).await }
        }
    )*};
}

fn three(lab: &Lab) {
    lab.step(1, "devices", "CREATE TABLE devices (mac text PRIMARY KEY);", "DROP TABLE devices;");
    lab.step(2, "logs", "CREATE TABLE logs (line text); CREATE INDEX logs_line ON logs (line);", "DROP TABLE logs;");
    lab.step(3, "names", "ALTER TABLE devices ADD COLUMN name text;", "ALTER TABLE devices DROP COLUMN name;");
}

everywhere! {
    async fn up_from_nothing_then_nothing_to_do(lab) {
        three(&lab);
        let report = lab.up().await.expect("applies");
        assert_eq!(versions(&report), ["1", "2", "3"]);
        assert!(lab.has_table("devices").await && lab.has_table("logs").await);
        assert!(lab.state().await.expect("reads").pending.is_empty());
        assert!(lab.plan(Goal::Up).await.expect("plans").plan.is_empty());
    }

    async fn the_desired_version_is_a_limit(lab) {
        three(&lab);
        let mut lab = lab;
        lab.rules.to = Some(Version::new("2"));
        assert_eq!(versions(&lab.up().await.expect("applies")), ["1", "2"]);
        lab.rules.to = Some(Version::new("1"));
        let error = lab.plan(Goal::Up).await.expect_err("a database above the desired version is an error");
        assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
    }

    async fn down_by_steps_and_to_a_version(lab) {
        three(&lab);
        lab.up().await.expect("applies");
        if !lab.shape.goes_back() {
            let error = lab.go(Goal::DownSteps(1)).await.expect_err("there is no way back");
            assert_eq!(error.kind(), ErrorKind::Source, "{error:?}");
            return;
        }
        assert_eq!(versions(&lab.go(Goal::DownSteps(1)).await.expect("goes down")), ["3"]);
        assert_eq!(versions(&lab.go(Goal::DownTo(Version::new("1"))).await.expect("goes down")), ["2"]);
        assert!(!lab.has_table("logs").await);
        assert_eq!(versions(&lab.up().await.expect("applies again")), ["2", "3"]);
        lab.go(Goal::DownTo(Version::new("0"))).await.expect("all the way down");
        assert!(!lab.has_table("devices").await);
        assert_eq!(versions(&lab.up().await.expect("and up again")), ["1", "2", "3"]);
    }

    async fn down_to_a_version_that_is_not_there(lab) {
        three(&lab);
        lab.up().await.expect("applies");
        let error = lab.go(Goal::DownTo(Version::new("77"))).await.expect_err("no such version");
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
        assert_eq!(lab.state().await.expect("reads").version(), Some(&Version::new("3")));
    }

    async fn a_failure_leaves_the_last_good_migration(lab) {
        three(&lab);
        lab.step(4, "broken", "CREATE TABLE half (a int);\nINSERT INTO half VALUES (1);\nCREATE TABLEX oops (a int);\n\
                               CREATE TABLE never (a int);", "DROP TABLE half;");
        lab.step(5, "after", "CREATE TABLE after_it (a int);", "DROP TABLE after_it;");
        let error = lab.up().await.expect_err("statement 3 is wrong");
        assert_eq!(error.kind(), ErrorKind::Sql, "{error:?}");
        assert!(error.message().contains("statement 3 of"), "{error:?}");
        let place = error.place().expect("a place");
        assert_eq!((place.line, place.text.as_str()), (3 + lab.shape.lines_above(), "CREATE TABLEX oops (a int);"));
        assert_eq!(place.column, 8, "the caret stands under the word");
        assert!(error.hints().iter().any(|hint| hint.contains("at version 3")), "{error:?}");
        assert!(!lab.has_table("half").await && !lab.has_table("after_it").await);
        let state = lab.state().await.expect("reads");
        assert_eq!(state.version(), Some(&Version::new("3")));
        assert_eq!(state.pending.len(), 2);
    }

    async fn a_database_newer_than_the_folder(lab) {
        three(&lab);
        lab.up().await.expect("applies");
        lab.remove(3, "names");
        let error = lab.plan(Goal::Up).await.expect_err("newer than the folder");
        assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
        assert!(error.message().contains("at version 3"), "{error:?}");
        assert_eq!(lab.state().await.expect("reads").version(), Some(&Version::new("3")));
    }

    async fn a_file_that_is_gone_is_named_and_can_be_forgotten(lab) {
        three(&lab);
        lab.up().await.expect("applies");
        lab.remove(2, "logs");
        match lab.dialect {
            // Its folder has no gaps.
            "capsul" => {
                let error = lab.try_folder().err().expect("a gap");
                assert!(error.message().contains("no script up to version 2"), "{error:?}");
            }
            // One number says nothing of the files below.
            "golang-migrate" => assert!(lab.plan(Goal::Up).await.expect("plans").plan.is_empty()),
            _ => {
                let error = lab.plan(Goal::Up).await.expect_err("2 is gone");
                assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
                let named = ["version 2 was applied, but its file is gone", "2_logs was applied, but its file is gone"];
                assert!(named.contains(&error.message()), "{error:?}");
                assert!(error.hints()[0].ends_with("mainstay migrate repair --forget 2"), "{error:?}");
                let (mut session, folder) = (lab.session().await, lab.folder());
                let mut migrator =
                    mainstay::migrate::Migrator::new(session.as_mut(), &folder, &lab.rules, lab.observer.clone());
                let state = migrator.state().await.expect("reads");
                let request = mainstay::migrate::RepairRequest { forget: vec![Version::new("2")] };
                let repair = migrator.plan_repair(&state, &request).expect("plans");
                migrator.apply_repair(&repair).await.expect("forgets");
                assert!(lab.up().await.expect("nothing to do").done.is_empty());
            }
        }
    }

    async fn a_table_of_another_program_with_the_ledgers_name(lab) {
        three(&lab);
        let table = match lab.dialect {
            "mainstay" => mainstay::ledger::table(lab.flavor, "migration"),
            other => mainstay::dialect::by_name(other).expect("a dialect").ledger_table().to_owned(),
        };
        if lab.dialect == "mainstay" {
            for statement in mainstay::ledger::create(lab.flavor) {
                lab.query(&statement).await;
            }
            lab.query(&format!("DROP TABLE {table}")).await;
        }
        lab.query(&format!("CREATE TABLE {table} (id int, note text)")).await;
        let error = lab.up().await.expect_err("another program's");
        assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
        assert!(error.message().contains("is not as"), "{error:?}");
        assert!(error.hints()[0].starts_with("mainstay describe "), "{error:?}");
        assert!(!lab.has_table("devices").await, "nothing is run");
    }

    async fn a_plan_for_another_state_is_refused(lab) {
        three(&lab);
        let plan = lab.plan(Goal::Up).await.expect("plans");
        lab.up().await.expect("somebody else applies");
        let (mut session, folder) = (lab.session().await, lab.folder());
        let mut migrator =
            mainstay::migrate::Migrator::new(session.as_mut(), &folder, &lab.rules, lab.observer.clone());
        let error = migrator.apply(&plan).await.expect_err("the plan is stale");
        assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
    }

    async fn new_files_fit_the_folder(lab) {
        three(&lab);
        let created = mainstay::migrate::create(&lab.folder(), "Add retry, to tests!", "20261120093000").expect("writes");
        assert_eq!(created.files.len(), lab.shape.files(1, "one", "", "").len());
        let folder = lab.folder();
        let last = folder.migrations.last().expect("a migration");
        assert_eq!(last.name, "add_retry_to_tests");
        assert_eq!(last.down.is_some(), lab.shape.goes_back());
        let again = mainstay::migrate::create(&folder, "second", "20261120093000").expect("writes");
        assert_ne!(created.files, again.files);
        assert!(lab.folder().migrations.windows(2).all(|pair| pair[0].version < pair[1].version));
        let error = mainstay::migrate::create(&folder, "!!!", "20261120093000").expect_err("no name");
        assert_eq!(error.kind(), ErrorKind::Usage);
    }

    async fn a_version_twice_is_an_error(lab) {
        three(&lab);
        lab.step(2, "other", "SELECT 1;", "SELECT 1;");
        let error = lab.try_folder().err().expect("two of them");
        assert_eq!(error.kind(), ErrorKind::Source, "{error:?}");
        assert!(error.message().contains("logs") && error.message().contains("other"), "{error:?}");
    }

    async fn a_bad_name_is_an_error(lab) {
        three(&lab);
        lab.write("add_things.sql", "SELECT 1;");
        let error = lab.try_folder().err().expect("a bad name");
        assert!(error.message().contains("add_things.sql"), "{error:?}");
    }

    async fn half_a_quote_and_bad_utf8_have_a_place(lab) {
        lab.step(1, "one", "CREATE TABLE one (a int);\nSELECT 'open;", "DROP TABLE one;");
        let error = lab.try_folder().err().expect("an open quote");
        assert_eq!(error.place().map(|place| (place.line, place.column)), Some((2 + lab.shape.lines_above(), 8)), "{error:?}");
        std::fs::write(lab.dir().join((lab.shape.up)(1, "one")), b"SELECT 1;\n-- caf\xe9\n").expect("writes");
        let error = lab.try_folder().err().expect("not UTF-8");
        assert_eq!(error.place().map(|place| (place.line, place.column)), Some((2, 7)), "{error:?}");
        assert!(error.message().contains("0xe9"), "{error:?}");
    }

    async fn hazards_are_named_in_the_plan(lab) {
        three(&lab);
        lab.up().await.expect("applies");
        lab.step(4, "drop", "DROP TABLE logs;", "CREATE TABLE logs (line text);");
        let plan = lab.plan(Goal::Up).await.expect("plans");
        let found: Vec<_> = plan.unallowed().map(|(hazard, ..)| hazard.name()).collect();
        assert_eq!(found, ["deletes-data"]);
        let consent = mainstay::migrate::Consent::default();
        let error = consent.check(&plan, true, false).expect_err("not allowed");
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert!(error.place().is_some_and(|place| place.text.contains("DROP TABLE logs")), "{error:?}");
        let allowed = mainstay::migrate::Consent { allow: vec![mainstay::plan::Hazard::DeletesData], confirm: None };
        allowed.check(&plan, true, false).expect("allowed by name");
        assert!(allowed.check(&plan, true, true).is_err(), "production wants the name typed");
        let typed = mainstay::migrate::Consent { confirm: Some(plan.plan.database.clone()), ..allowed };
        typed.check(&plan, true, true).expect("typed");
    }
}
