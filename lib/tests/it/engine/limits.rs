//! A server without a free connection: three limits, three messages, and who has the connections.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mainstay::observer::{Event, Observer};
use mainstay::tokio_postgres::Client;
use mainstay::{Database, Error, ErrorKind};
use mainstay_testing::TestServer;

/// A server with 10 connections, 3 of them for superusers, and a database that belongs to `tomato`.
fn server() -> TestServer {
    let server = TestServer::start(&[("max_connections", "10")], "local all all trust");
    server.psql("postgres", "CREATE ROLE tomato LOGIN");
    server.psql("postgres", "CREATE DATABASE tomato OWNER tomato");
    server
}

fn url(server: &TestServer, user: &str) -> String {
    format!("postgresql:///tomato?host={}&port={}&user={user}", server.socket().display(), server.port())
}

fn database(server: &TestServer, user: &str) -> Database {
    Database::url(url(server, user)).application_name("worker").build().unwrap()
}

async fn fill(database: &Database, count: usize) -> Vec<Client> {
    let mut clients = Vec::new();
    for _ in 0..count {
        clients.push(database.client().await.unwrap());
    }
    clients
}

/// The error's kind and sentence, without the folder of the socket, and its hints.
fn told(server: &TestServer, error: &Error) -> String {
    assert_eq!((error.kind(), error.sqlstate()), (ErrorKind::TooManyConnections, Some("53300")), "{error:?}");
    let text = format!("{}\n{}", error.message(), error.hints().join("\n"));
    text.replace(&format!("{}:{}", server.socket().display(), server.port()), "HERE")
}

#[tokio::test]
async fn what_is_left_is_for_superusers() {
    let server = server();
    let database = database(&server, "tomato");
    let clients = fill(&database, 7).await;
    let error = database.client().await.expect_err("full");
    insta::assert_snapshot!(told(&server, &error), @"
    HERE has no connection left for role tomato: the last ones are reserved for superusers; in use are 7 of 10 connections (3 reserved): 7 by worker as tomato
    open fewer: give the service's pool a limit, and see who has the others: mainstay status
    or raise the limit and restart the server: psql -c 'ALTER SYSTEM SET max_connections = 200'
    ");
    drop(clients);
}

#[tokio::test]
async fn a_role_and_a_database_have_limits_of_their_own() {
    let server = server();
    server.psql("postgres", "ALTER ROLE tomato CONNECTION LIMIT 2");
    let limited = database(&server, "tomato");
    let clients = fill(&limited, 2).await;
    let error = limited.client().await.expect_err("full");
    insta::assert_snapshot!(told(&server, &error), @"
    role tomato has as many connections to HERE as it may have; in use are 2 of 10 connections (3 reserved), 2 of 2 of the role: 2 by worker as tomato
    open fewer: give the service's pool a limit, and see who has the others: mainstay status
    or raise its limit: psql -c 'ALTER ROLE tomato CONNECTION LIMIT 50'
    ");
    server.psql("postgres", "ALTER ROLE tomato CONNECTION LIMIT -1; ALTER DATABASE tomato CONNECTION LIMIT 2");
    let error = limited.client().await.expect_err("full");
    insta::assert_snapshot!(told(&server, &error), @"
    database tomato on HERE has as many connections as it may have; in use are 2 of 10 connections (3 reserved), 2 of 2 of the database: 2 by worker as tomato
    open fewer: give the service's pool a limit, and see who has the others: mainstay status
    or raise its limit: psql -c 'ALTER DATABASE tomato CONNECTION LIMIT 50'
    ");
    drop(clients);
}

#[tokio::test]
async fn not_even_superusers_get_one() {
    let server = server();
    let greedy = fill(&database(&server, "postgres"), 10).await;
    let error = database(&server, "tomato").client().await.expect_err("full");
    insta::assert_snapshot!(told(&server, &error), @"
    HERE has no connection left, not even for superusers
    open fewer: give the service's pool a limit, and see who has the others: mainstay status
    or raise the limit and restart the server: psql -c 'ALTER SYSTEM SET max_connections = 200'
    ");
    drop(greedy);
}

#[tokio::test]
async fn many_at_once_are_told_at_once_and_leave_nothing_behind() {
    let server = server();
    let database = Arc::new(database(&server, "tomato"));
    let clients = fill(&database, 7).await;
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            let database = Arc::clone(&database);
            tokio::spawn(async move { database.client().await.expect_err("full").kind() })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), ErrorKind::TooManyConnections, "every one is told, none hangs");
    }
    // The superuser who looks is there, and nobody else: no session is half open.
    assert_eq!(
        server.psql("tomato", "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"),
        "8"
    );
    drop(clients);
}

/// Lets a connection go when it hears that somebody waits for one.
struct Generous(Mutex<Vec<Client>>);

impl Observer for Generous {
    fn event(&self, event: Event<'_>) {
        if let Event::Waiting { reason } = event {
            assert!(reason.contains("has no connection left"), "{reason}");
            self.0.lock().unwrap().pop();
        }
    }
}

#[tokio::test]
async fn prepare_waits_for_one_and_tells_when_none_comes() {
    let server = server();
    let full = fill(&database(&server, "tomato"), 7).await;
    let waiting = Database::url(url(&server, "tomato")).wait(Duration::from_millis(300)).build().unwrap();
    let error = waiting.prepare().await.expect_err("full");
    assert!(told(&server, &error).contains("in use are 7 of 10 connections (3 reserved): 7 by worker as tomato"));

    let generous = Arc::new(Generous(Mutex::new(full)));
    let waiting =
        Database::url(url(&server, "tomato")).wait(Duration::from_secs(60)).observer(generous).build().unwrap();
    waiting.prepare().await.unwrap();
}
