//! Where a state becomes a database.

use mainstay::states::State;
use mainstay_testing::TestServer;

use crate::states::{Lab, tables};

/// Databases and roles of a whole server: to see that nothing comes and nothing stays.
fn inhabitants(server: &TestServer) -> String {
    server.psql("postgres", "SELECT datname FROM pg_database UNION SELECT rolname FROM pg_roles ORDER BY 1")
}

#[tokio::test]
async fn nothing_that_is_the_clusters_is_touched_on_the_projects_server() {
    let server = TestServer::start(&[], "");
    let database = server.database();
    server.psql(
        "postgres",
        "CREATE ROLE maker LOGIN CREATEDB; CREATE ROLE plain LOGIN; CREATE ROLE owner; GRANT owner TO maker",
    );
    let before = inhabitants(&server);
    let check = |user: &'static str, owner: Option<&str>, sql: &'static str| {
        let mut lab = Lab::new(Some(database.target_as(user)));
        lab.states.owner = owner.map(str::to_owned);
        lab.file("a.sql", sql);
        async move {
            let catalog = lab.sql("a.sql").await.unwrap();
            lab.assert_clean();
            assert_eq!(tables(&catalog), ["t"], "{sql}");
            catalog.tables[0].owner.clone()
        }
    };
    // Where the role may, on the project's server; the objects are the owner's.
    assert_eq!(check("maker", None, "CREATE TABLE t ()").await, "maker");
    assert_eq!(check("maker", Some("owner"), "CREATE TABLE t ()").await, "owner");
    // No right to make databases, a right that is lacking in it, a role that is missing, one that is made: a private server.
    assert_eq!(check("plain", None, "CREATE TABLE t ()").await, "plain");
    assert_eq!(check("maker", None, "CREATE TABLE t (); CREATE EXTENSION adminpack").await, "maker");
    assert_eq!(check("maker", None, "CREATE TABLE t (); GRANT SELECT ON t TO nobody_here").await, "maker");
    assert_eq!(check("maker", None, "SET ROLE \"No One\"; RESET ROLE; CREATE TABLE t ()").await, "maker");
    assert_eq!(check("maker", None, "CREATE ROLE made; CREATE TABLE t (); ALTER TABLE t OWNER TO made").await, "made");
    assert_eq!(inhabitants(&server), before);
}

#[tokio::test]
async fn without_any_server_and_without_programs() {
    let lab = Lab::new(None);
    lab.file("a.sql", "CREATE TABLE t ()");
    let catalog = lab.sql("a.sql").await.unwrap();
    assert_eq!((tables(&catalog), catalog.tables[0].owner.as_str()), (vec!["t"], "postgres"));
    lab.assert_clean();
}

/// The machine's own programs stand in the usual folders, so the message is made where those are not of use: no test can
/// take them away. What is asked of `find_binaries` is tested there.
#[tokio::test]
async fn a_snapshot_makes_no_database() {
    let lab = Lab::new(None);
    lab.file("now.json", "{}");
    let error = lab.states.stage(&State::Snapshot(lab.path("now.json"))).await.err().unwrap();
    assert!(error.message().contains("no database can be made from it"), "{error:?}");
}
