//! A command as the way to the server.

use std::sync::Arc;

use mainstay::ErrorKind;
use mainstay::conn::{PostgresTarget, SslMode, Target};
use mainstay::engine::{Context, connect};
use mainstay::observer::Silent;
use mainstay::tool::ViaDial;
use mainstay_testing::TestServer;

use super::dump::dump;

fn tcp_server() -> TestServer {
    TestServer::start(&[("listen_addresses", "127.0.0.1")], "host all all 127.0.0.1/32 trust")
}

/// A target whose address leads nowhere: only `via` gets there.
fn behind(server: &TestServer, command: &str) -> PostgresTarget {
    let mut target = server.target("postgres", "postgres");
    target.hosts[0].address = mainstay::conn::Address::Tcp { name: "db.invalid".into(), ip: None };
    PostgresTarget { via: Some(command.into()), ..target }
}

fn leads_to(server: &TestServer) -> String {
    format!("exec bash -c 'exec 3<>/dev/tcp/127.0.0.1/{}; cat <&3 & cat >&3; wait'", server.port())
}

fn context() -> Context {
    let dial: Arc<dyn mainstay::conn::Dial> = Arc::new(ViaDial);
    Context { observer: Arc::new(Silent), dial: Some(dial), application_name: "test".into() }
}

#[tokio::test]
async fn a_session_goes_through_the_command() {
    let server = tcp_server();
    let target = Target::Postgres(behind(&server, &leads_to(&server)));
    let mut session = connect(&target, &context()).await.unwrap();
    let rows = session.query("SELECT repeat('x', 1000000)").await.unwrap();
    assert_eq!(rows[0][0].as_ref().unwrap().len(), 1_000_000);
    session.close().await;
}

#[tokio::test]
async fn pg_dump_goes_through_it_too_and_leaves_no_socket() {
    let server = tcp_server();
    server.psql("postgres", "CREATE TABLE a AS SELECT md5(n::text) FROM generate_series(1, 50000) AS n");
    let folder = tempfile::tempdir().unwrap();
    let target = behind(&server, &leads_to(&server));
    let done = dump(&target, &folder.path().join("a.dump")).await.unwrap();
    assert_eq!(done.entries, 2);
    let ours = format!("ms-via-{}-", std::process::id());
    let is_ours = |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with(&ours);
    // Other tests of this process have such folders too, for a moment each.
    let begun = std::time::Instant::now();
    while std::fs::read_dir("/tmp").unwrap().flatten().any(|entry| is_ours(&entry)) {
        assert!(begun.elapsed() < std::time::Duration::from_secs(60), "a folder is left in /tmp");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn the_commands_own_words_are_in_the_error() {
    let server = tcp_server();
    let target = behind(&server, "echo no route to the bastion >&2; exit 1");
    let folder = tempfile::tempdir().unwrap();
    let error = dump(&target, &folder.path().join("a.dump")).await.unwrap_err();
    assert!(error.message().contains("no route to the bastion"), "{error:?}");
    let error = connect(&Target::Postgres(target), &context()).await.err().unwrap();
    assert!(format!("{error:?}").contains("no route to the bastion"), "{error:?}");
}

#[tokio::test]
async fn tls_cannot_go_through_pg_dumps_socket_and_is_not_dropped_silently() {
    let server = tcp_server();
    let target = PostgresTarget { sslmode: SslMode::VerifyFull, ..behind(&server, "false") };
    let error = dump(&target, "/nonexistent/a.dump".as_ref()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}
