//! What a session does, whichever engine is behind it: one list of checks, run over each engine.

use std::sync::Arc;

use mainstay::conn::{SqliteTarget, Target};
use mainstay::engine::{Context, Flight, FlightError, Guard, Session, connect};
use mainstay::observer::Silent;
use mainstay::sql::{Flavor, split};

/// A database for one check, and how to get sessions on it.
struct Place {
    target: Target,
    _folder: Option<tempfile::TempDir>,
}

impl Place {
    fn postgres() -> Self {
        Self { target: mainstay_testing::server().database().target(), _folder: None }
    }

    fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::Sqlite(SqliteTarget { path: folder.path().join("service.db") });
        Self { target, _folder: Some(folder) }
    }

    async fn session(&self) -> Box<dyn Session> {
        let context =
            Context { observer: Arc::new(Silent), dial: None, application_name: "mainstay conformance".to_owned() };
        connect(&self.target, &context).await.unwrap()
    }
}

/// One test for each check and engine; a check that is not listed here is unused code, which the compiler reports.
macro_rules! conformance {
    ($($check:ident),* $(,)?) => {
        mod postgres { $(
            #[test]
            fn $check() { super::block_on(super::$check(super::Place::postgres())) }
        )* }
        mod sqlite { $(
            #[test]
            fn $check() { super::block_on(super::$check(super::Place::sqlite())) }
        )* }
    };
}

conformance!(
    values_come_as_text,
    null_is_none,
    the_last_statement_gives_the_rows,
    a_script_may_hold_quotes_and_semicolons,
    an_error_has_its_sqlstate,
    a_syntax_error_has_its_position,
    a_session_goes_on_after_an_error,
    a_statement_is_cancelled_and_the_session_goes_on,
    constraints_have_their_sqlstates,
    run_runs_outside_a_transaction,
    a_flight_commits,
    a_flight_rolls_back_and_names_the_statement,
    a_flight_names_our_own_failure,
    a_flight_refuses_to_be_ended,
    an_empty_flight_is_fine,
    a_guard_that_holds_commits,
    a_guard_with_another_value_rolls_back,
    a_guard_without_a_row_rolls_back,
    a_lock_excludes_another_session,
    a_lock_is_free_when_its_session_is_gone,
    locks_of_other_names_do_not_matter,
    a_holder_is_named,
    the_server_is_known,
);

fn block_on(check: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(check);
}

async fn values_come_as_text(place: Place) {
    let mut session = place.session().await;
    let blob = if session.flavor() == Flavor::Postgres { r"'\x00ff'::bytea" } else { "X'00FF'" };
    let rows = session.query(&format!("SELECT 42, -1, 'naïve', {blob}, 0.5")).await.unwrap();
    let expected = ["42", "-1", "naïve", r"\x00ff", "0.5"].map(|text| Some(text.to_owned()));
    assert_eq!(rows, [expected.to_vec()]);
}

async fn null_is_none(place: Place) {
    let mut session = place.session().await;
    let rows = session.query("SELECT NULL, '' UNION ALL SELECT 'a', NULL ORDER BY 2 DESC").await.unwrap();
    assert!(rows.contains(&vec![None, Some(String::new())]));
    assert!(rows.contains(&vec![Some("a".to_owned()), None]));
}

async fn the_last_statement_gives_the_rows(place: Place) {
    let mut session = place.session().await;
    let sql = "CREATE TABLE t (a int); INSERT INTO t VALUES (1); SELECT 'first'; SELECT a FROM t; DELETE FROM t";
    assert_eq!(session.query(sql).await.unwrap(), [vec![Some("1".to_owned())]]);
    assert!(session.query("SELECT 1; SELECT a FROM t").await.unwrap().is_empty());
    assert!(session.query("DELETE FROM t").await.unwrap().is_empty());
}

async fn a_script_may_hold_quotes_and_semicolons(place: Place) {
    let mut session = place.session().await;
    let rows = session.query("-- ;'\nSELECT 'a;''b' /* ; */ ; ").await.unwrap();
    assert_eq!(rows, [vec![Some("a;'b".to_owned())]]);
}

async fn an_error_has_its_sqlstate(place: Place) {
    let mut session = place.session().await;
    for (sql, sqlstate) in [("SELECT * FROM missing", "42P01"), ("SELECT missing FROM (SELECT 1 AS a) s", "42703")] {
        let error = session.query(sql).await.unwrap_err();
        assert_eq!(error.kind(), mainstay::ErrorKind::Sql, "{error:?}");
        assert_eq!(error.sqlstate(), Some(sqlstate), "{error:?}");
        assert!(error.message().contains("missing"), "{error:?}");
        assert!(error.sql().unwrap().routine.is_some());
    }
}

async fn a_syntax_error_has_its_position(place: Place) {
    let mut session = place.session().await;
    let error = session.query("SELECT 'é' FROMM x WHERE").await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("42601"), "{error:?}");
    // The token after the name, in characters from 1.
    assert_eq!(error.sql().unwrap().position, Some(18));
}

async fn a_session_goes_on_after_an_error(place: Place) {
    let mut session = place.session().await;
    session.query("SELECT * FROM missing").await.unwrap_err();
    assert_eq!(value(session.as_mut(), "SELECT 1").await.as_deref(), Some("1"));
}

async fn a_statement_is_cancelled_and_the_session_goes_on(place: Place) {
    let mut session = place.session().await;
    let stop = session.cancel_handle();
    stop.cancel().await.expect("where nothing runs, nothing happens");
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i % 7 + 1 FROM n) SELECT count(*) FROM n";
    let outcome = {
        let mut running = session.query(endless);
        loop {
            tokio::select! {
                outcome = &mut running => break outcome,
                // It may not have begun yet: asked until it has.
                () = tokio::time::sleep(std::time::Duration::from_millis(20)) => stop.cancel().await.expect("asked"),
            }
        }
    };
    assert_eq!(outcome.expect_err("cancelled").sqlstate(), Some("57014"));
    // A request that came late must not meet what is asked next for ever.
    while session.query("SELECT 1").await.is_err() {}
    assert_eq!(value(session.as_mut(), "SELECT 2").await.as_deref(), Some("2"));
}

async fn constraints_have_their_sqlstates(place: Place) {
    let mut session = place.session().await;
    session
        .query(
            "CREATE TABLE u (id int PRIMARY KEY);
             CREATE TABLE t (id int PRIMARY KEY, u int REFERENCES u (id), a int NOT NULL CHECK (a > 0));
             INSERT INTO t VALUES (1, NULL, 1)",
        )
        .await
        .unwrap();
    for (values, sqlstate) in
        [("1, NULL, 1", "23505"), ("2, 7, 1", "23503"), ("2, NULL, NULL", "23502"), ("2, NULL, 0", "23514")]
    {
        let error = session.query(&format!("INSERT INTO t VALUES ({values})")).await.unwrap_err();
        assert_eq!(error.sqlstate(), Some(sqlstate), "{error:?}");
    }
}

async fn run_runs_outside_a_transaction(place: Place) {
    let mut session = place.session().await;
    for statement in split("CREATE TABLE t (a int); VACUUM; INSERT INTO t VALUES (1)", session.flavor()).unwrap() {
        session.run(&statement).await.unwrap();
    }
    assert_eq!(value(session.as_mut(), "SELECT a FROM t").await.as_deref(), Some("1"));
}

async fn a_flight_commits(place: Place) {
    let mut session = place.session().await;
    let lead = ["CREATE TABLE ours (a int)".to_owned()];
    let trail = ["INSERT INTO ours SELECT count(*) FROM t".to_owned()];
    fly(session.as_mut(), &lead, "CREATE TABLE t (a int); INSERT INTO t VALUES (1)", &trail, None).await.unwrap();
    let mut other = place.session().await;
    assert_eq!(value(other.as_mut(), "SELECT a FROM ours").await.as_deref(), Some("1"));
}

async fn a_flight_rolls_back_and_names_the_statement(place: Place) {
    let mut session = place.session().await;
    let lead = ["CREATE TABLE ours (a int)".to_owned()];
    let script = "CREATE TABLE t (a int); INSERT INTO missing VALUES (1); INSERT INTO t VALUES (1)";
    match fly(session.as_mut(), &lead, script, &[], None).await {
        Err(FlightError::Statement(1, error)) => assert_eq!(error.sqlstate(), Some("42P01"), "{error:?}"),
        other => panic!("{other:?}"),
    }
    for table in ["ours", "t"] {
        let error = session.query(&format!("SELECT * FROM {table}")).await.unwrap_err();
        assert_eq!(error.sqlstate(), Some("42P01"), "{table} is still there");
    }
    fly(session.as_mut(), &lead, "CREATE TABLE t (a int)", &[], None).await.unwrap();
}

async fn a_flight_names_our_own_failure(place: Place) {
    let mut session = place.session().await;
    for (lead, trail) in [(vec!["SELECT * FROM missing".to_owned()], vec![]), (vec![], vec!["SELEC".to_owned()])] {
        match fly(session.as_mut(), &lead, "CREATE TABLE t (a int)", &trail, None).await {
            Err(FlightError::Own(error)) => assert!(error.sqlstate().is_some(), "{error:?}"),
            other => panic!("{other:?}"),
        }
    }
    assert!(session.query("SELECT * FROM t").await.is_err());
}

async fn a_flight_refuses_to_be_ended(place: Place) {
    let mut session = place.session().await;
    for end in ["COMMIT", "ROLLBACK", "BEGIN"] {
        match fly(session.as_mut(), &[], &format!("CREATE TABLE t (a int); {end}"), &[], None).await {
            Err(FlightError::Statement(1, error)) => assert_eq!(error.kind(), mainstay::ErrorKind::Source),
            other => panic!("{end}: {other:?}"),
        }
    }
    assert!(session.query("SELECT * FROM t").await.is_err());
    let inside = "CREATE TABLE t (a int); SAVEPOINT s; INSERT INTO t VALUES (1); ROLLBACK TO s";
    fly(session.as_mut(), &[], inside, &[], None).await.unwrap();
    assert_eq!(value(session.as_mut(), "SELECT count(*) FROM t").await.as_deref(), Some("0"));
}

async fn an_empty_flight_is_fine(place: Place) {
    let mut session = place.session().await;
    session.fly(Flight::default()).await.unwrap();
    assert_eq!(value(session.as_mut(), "SELECT 1").await.as_deref(), Some("1"));
}

async fn a_guard_that_holds_commits(place: Place) {
    let mut session = place.session().await;
    guarded(session.as_mut(), "SELECT count(*) FROM t", "0").await.unwrap();
    assert_eq!(value(session.as_mut(), "SELECT count(*) FROM t").await.as_deref(), Some("0"));
}

async fn a_guard_with_another_value_rolls_back(place: Place) {
    let mut session = place.session().await;
    match guarded(session.as_mut(), "SELECT count(*) FROM t", "7").await {
        Err(FlightError::Guard(Some(found))) => assert_eq!(found, "0"),
        other => panic!("{other:?}"),
    }
    assert!(session.query("SELECT * FROM t").await.is_err());
}

async fn a_guard_without_a_row_rolls_back(place: Place) {
    let mut session = place.session().await;
    match guarded(session.as_mut(), "SELECT a FROM t", "0").await {
        Err(FlightError::Guard(None)) => {}
        other => panic!("{other:?}"),
    }
    assert!(session.query("SELECT * FROM t").await.is_err());
}

async fn a_lock_excludes_another_session(place: Place) {
    let (mut first, mut second) = (place.session().await, place.session().await);
    assert!(first.try_lock("migrate").await.unwrap());
    assert!(!second.try_lock("migrate").await.unwrap());
    first.unlock("migrate").await.unwrap();
    assert!(second.try_lock("migrate").await.unwrap());
    assert!(!first.try_lock("migrate").await.unwrap());
}

async fn a_lock_is_free_when_its_session_is_gone(place: Place) {
    let (first, mut second) = (place.session().await, place.session().await);
    let mut first = first;
    assert!(first.try_lock("migrate").await.unwrap());
    first.close().await;
    assert!(soon_locked(second.as_mut()).await);
    drop(second);
    let mut third = place.session().await;
    assert!(soon_locked(third.as_mut()).await);
}

async fn locks_of_other_names_do_not_matter(place: Place) {
    let (mut first, mut second) = (place.session().await, place.session().await);
    assert!(first.try_lock("migrate").await.unwrap());
    assert!(second.try_lock("backup").await.unwrap());
}

async fn a_holder_is_named(place: Place) {
    let (mut first, mut second) = (place.session().await, place.session().await);
    assert_eq!(second.lock_holder("migrate").await.unwrap(), None);
    assert!(first.try_lock("migrate").await.unwrap());
    for session in [&mut first, &mut second] {
        let holder = session.lock_holder("migrate").await.unwrap().expect("somebody holds it");
        assert!(holder.pid > 0);
        assert!(holder.description.contains("mainstay conformance"), "{}", holder.description);
    }
    first.unlock("migrate").await.unwrap();
    assert_eq!(second.lock_holder("migrate").await.unwrap(), None);
}

async fn the_server_is_known(place: Place) {
    let session = place.session().await;
    let server = session.server();
    assert!(server.version_number > 30_000, "{server:?}");
    assert!(!server.version.is_empty() && !server.address.is_empty());
    assert_eq!(server.database, place.target.database());
    assert!(!server.standby);
}

/// COPY is PostgreSQL's alone; in and outside a flight.
#[test]
fn copy_data_goes_to_postgres() {
    block_on(async {
        let place = Place::postgres();
        let mut session = place.session().await;
        session.query("CREATE TABLE t (a int, b text)").await.unwrap();
        let script = "COPY t FROM stdin;\n1\ta;b\n2\t\\N\n\\.\nCOPY t FROM stdin WITH (FORMAT csv);\n3,'c'\n\\.\n";
        let statements = split(script, Flavor::Postgres).unwrap();
        session.run(&statements[0]).await.unwrap();
        session.fly(Flight { statements: &statements, ..Flight::default() }).await.unwrap();
        assert_eq!(
            value(session.as_mut(), "SELECT string_agg(b, ',' ORDER BY a) FROM t").await.unwrap(),
            "a;b,a;b,'c'"
        );
    });
}

async fn fly(
    session: &mut dyn Session,
    lead: &[String],
    script: &str,
    trail: &[String],
    guard: Option<&Guard>,
) -> Result<(), FlightError> {
    let statements = split(script, session.flavor()).unwrap();
    session.fly(Flight { lead, statements: &statements, trail, guard, ..Flight::default() }).await
}

async fn guarded(session: &mut dyn Session, sql: &str, expect: &str) -> Result<(), FlightError> {
    let guard = Guard { sql: sql.to_owned(), expect: expect.to_owned() };
    fly(session, &[], "CREATE TABLE t (a int)", &[], Some(&guard)).await
}

async fn value(session: &mut dyn Session, sql: &str) -> Option<String> {
    let rows = session.query(sql).await.unwrap();
    rows.into_iter().next()?.into_iter().next()?
}

/// A server takes a moment to see that a session is gone.
async fn soon_locked(session: &mut dyn Session) -> bool {
    for _ in 0..100 {
        if session.try_lock("migrate").await.unwrap() {
            return true;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    false
}
