//! Role and database are missing: every way to somebody who may create them.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use mainstay::conn::{Address, Host, PostgresTarget, Target};
use mainstay::observer::Silent;
use mainstay::{ErrorKind, engine, prepare};
use mainstay_testing::{TestServer, server};

use super::Service;

/// A server that wants passwords over TCP, where only the role `boss` may create.
fn guarded() -> &'static TestServer {
    static SERVER: OnceLock<TestServer> = OnceLock::new();
    SERVER.get_or_init(|| {
        let server = TestServer::start(&[("listen_addresses", "127.0.0.1")], "host all all 127.0.0.1/32 scram-sha-256");
        server.psql("postgres", "CREATE ROLE boss LOGIN CREATEDB CREATEROLE PASSWORD 'secret'");
        server
    })
}

fn by_tcp(name: &str) -> Service {
    Service::at(&format!("postgresql://{name}:{name}-password@127.0.0.1:{}/{name}", guarded().port()))
}

fn boss() -> String {
    format!("postgresql://boss:secret@127.0.0.1:{}/postgres", guarded().port())
}

/// Role, database and tables are there, and the tables belong to the role.
fn is_ready(server: &TestServer, name: &str) {
    let owners = "SELECT string_agg(tablename || ' of ' || tableowner, ', ' ORDER BY tablename) FROM pg_tables
        WHERE schemaname = 'public'";
    assert_eq!(server.psql(name, owners), format!("devices of {name}, nodes of {name}"));
    let owner = format!("SELECT datdba::regrole FROM pg_database WHERE datname = '{name}'");
    assert_eq!(server.psql("postgres", &owner), name);
}

#[tokio::test]
async fn without_anybody_who_may_create_nothing_is_created() {
    let service = by_tcp("lonely");
    let error = service.database().prepare().await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error:?}");
    assert!(error.hints().iter().any(|hint| hint.contains("mainstay bootstrap --admin-url ")), "{error:?}");
    assert!(error.hints().iter().any(|hint| hint.contains("mainstay bootstrap --print | psql")), "{error:?}");
    let found = "SELECT count(*) FROM pg_database, pg_roles WHERE datname = 'lonely' OR rolname = 'lonely'";
    assert_eq!(guarded().psql("postgres", found), "0");
}

#[tokio::test]
async fn through_the_configured_admin() {
    let mut service = by_tcp("configured");
    service.file("mainstay.toml", "[database]\nadmin = \"env:BOSS\"\n");
    service.var("BOSS", &boss());
    let prepared = service.database().prepare().await.expect("prepares");
    let role = "create role configured, which the service logs in as";
    assert_eq!(prepared.created, [role, "let role boss act as configured", "create database configured"]);
    assert_eq!(prepared.version.map(|version| version.to_string()).as_deref(), Some("2"));
    is_ready(guarded(), "configured");
}

#[tokio::test]
async fn through_the_admin_in_the_environment() {
    let mut service = by_tcp("ambient");
    service.var("MAINSTAY_ADMIN_URL", &boss());
    service.database().prepare().await.expect("prepares");
    is_ready(guarded(), "ambient");
}

#[tokio::test]
async fn through_the_admin_of_a_caller_and_with_a_password_that_no_statement_shows() {
    let service = by_tcp("called");
    let database = service.builder().admin_url(boss()).build().unwrap();
    database.prepare().await.expect("prepares");
    is_ready(guarded(), "called");
    let heard = service.heard.take().join("\n");
    assert!(
        heard.contains("CREATE ROLE") && !heard.contains("called-password") && !heard.contains("secret"),
        "{heard}"
    );
}

#[tokio::test]
async fn through_the_socket_as_its_superuser() {
    Service::new("by_socket").database().prepare().await.expect("prepares");
    is_ready(server(), "by_socket");
}

/// As Debian sets it up: whoever runs this is let in as the role of the same name only, and root may be anybody.
#[tokio::test]
async fn as_root_through_the_socket_of_a_server_that_asks_the_kernel_who_we_are() {
    let me = String::from_utf8(std::process::Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
    let me = me.trim_end();
    // The test itself looks in through template1.
    let rule = if me == "root" { "peer" } else { "trust" };
    let hba = format!("local template1 postgres trust\nlocal all all {rule}\n");
    let settings = [("hba_file", "data/peer.conf")];
    let server = TestServer::start_with_files(&settings, "", &[("peer.conf", &hba)]);
    let service = Service::at(&format!("postgresql:///walt?host={}", server.socket().display()));
    service.database().prepare().await.expect("prepares");
    let owner = "SELECT datdba::regrole FROM pg_database WHERE datname = 'walt'";
    assert_eq!(server.psql("template1", owner), me);
    let mut session = service.database().connect().await.expect("as ourselves");
    let rows = session.query("SELECT count(*), current_user FROM mainstay.migration").await.unwrap();
    assert_eq!(rows, [[Some("2".to_owned()), Some(me.to_owned())]]);
}

#[tokio::test]
async fn the_folder_is_looked_at_before_anybody_is_waited_for() {
    let service = Service::at("postgresql:///walt?host=/nonexistent&user=walt");
    service.step(1, "SELECT 'half");
    let started = std::time::Instant::now();
    let database = service.builder().wait(std::time::Duration::from_secs(60)).build().unwrap();
    let error = database.prepare().await.expect_err("half a string");
    assert_eq!(error.kind(), ErrorKind::Source, "{error:?}");
    assert!(started.elapsed().as_secs() < 5);
}

/// A port that takes connections and never says a word, as a dead tunnel does.
#[tokio::test]
async fn a_server_that_says_nothing_is_waited_for_no_longer_than_asked() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let context = engine::Context { observer: Arc::new(Silent), dial: None, application_name: "wait".into() };
    let address = Address::Tcp { name: "127.0.0.1".into(), ip: None };
    let target = Target::Postgres(PostgresTarget::new(Host { address, port, password: None }, "u", "d"));
    let wait = prepare::connect_waiting(&target, &context, Duration::from_secs(1));
    let error = tokio::time::timeout(Duration::from_secs(10), wait).await.expect("ends").err().expect("nobody there");
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error:?}");
    assert!(error.message().contains("did not answer within"), "{error:?}");
}
