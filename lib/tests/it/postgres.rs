//! Sessions on real PostgreSQL servers: what only PostgreSQL has. What both engines share is in `engine`.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mainstay::conn::{Address, Host, PostgresTarget, Secret, SessionAttrs};
use mainstay::engine::{Context, Flight, FlightError, Guard, Session, postgres};
use mainstay::observer::{Event, Observer, Silent};
use mainstay::sql::Statement;
use mainstay::tool::ViaDial;
use mainstay::{Error, ErrorKind};
use mainstay_testing::{TestServer, server};

fn context() -> Context {
    Context { observer: Arc::new(Silent), dial: None, application_name: "mainstay-test".into() }
}

async fn refusal(target: &PostgresTarget) -> Error {
    match postgres::connect(target, &context()).await {
        Ok(session) => panic!("connected to {}", session.server().address),
        Err(error) => {
            assert!(!error.hints().is_empty(), "{error:?}");
            error
        }
    }
}

async fn session_on(database: &str) -> postgres::PostgresSession {
    postgres::connect(&server().target("postgres", database), &context()).await.expect("connected")
}

fn plain(text: &str) -> Statement<'_> {
    Statement { text, offset: 0, line: 1, copy_data: None }
}

fn rows<'a>(text: &'a str, data: &'a str) -> Statement<'a> {
    Statement { text, offset: 0, line: 1, copy_data: Some(data) }
}

fn address(name: &str) -> Address {
    Address::Tcp { name: name.into(), ip: None }
}

const REFUSING: &str = "local all nobody_here peer\nlocal all mainstay_stranger peer\nlocal rejected all reject\n\
    local all locked_out trust\nlocal all limited trust\nlocal all shut_out trust\nlocal all ghost trust\n\
    host all with_password 127.0.0.1/32 scram-sha-256\nhost all postgres 127.0.0.1/32 trust";

#[tokio::test]
async fn each_way_not_to_connect_has_its_kind() {
    tell_refusals_apart(&TestServer::start(&[("listen_addresses", "127.0.0.1")], REFUSING)).await;
}

#[tokio::test]
async fn refusals_are_told_apart_in_another_language() {
    match TestServer::start_in_german(&[("listen_addresses", "127.0.0.1")], REFUSING) {
        Some(server) => tell_refusals_apart(&server).await,
        None => {
            let why = "no German server: it takes localedef, the sources of locales, and PostgreSQL's translations";
            writeln!(std::io::stderr(), "not checked: {why}").expect("said");
        }
    }
}

async fn tell_refusals_apart(server: &TestServer) {
    server.psql(
        "postgres",
        "CREATE ROLE mainstay_stranger LOGIN; CREATE ROLE locked_out NOLOGIN; CREATE ROLE limited LOGIN CONNECTION LIMIT 0; \
         CREATE ROLE with_password LOGIN PASSWORD 'right'; CREATE ROLE shut_out LOGIN",
    );
    server.psql("postgres", "CREATE DATABASE closed");
    server.psql("postgres", "REVOKE CONNECT ON DATABASE closed FROM PUBLIC");
    let socket = |user: &str, database: &str| server.target(user, database);
    let tcp = |user: &str, password: Option<&str>| PostgresTarget {
        password: password.map(Secret::new),
        ..server.tcp_target(user, "postgres")
    };
    let elsewhere = |host: Address, port: u16| PostgresTarget {
        hosts: vec![Host { address: host, port, password: None }],
        ..server.target("postgres", "postgres")
    };
    use ErrorKind::*;
    let cases = [
        ("peer", socket("mainstay_stranger", "postgres"), PeerAuthentication),
        ("no role", socket("ghost", "postgres"), RoleMissing),
        ("role may not log in", socket("locked_out", "postgres"), RoleMissing),
        ("role has no connection left", socket("limited", "postgres"), TooManyConnections),
        ("no right to the database", socket("shut_out", "closed"), Authentication),
        ("no database", socket("postgres", "no_such_database"), DatabaseMissing),
        ("no line in pg_hba.conf", socket("somebody", "postgres"), Authentication),
        ("rejected by pg_hba.conf", socket("somebody", "rejected"), Authentication),
        ("wrong password", tcp("with_password", Some("wrong")), Authentication),
        ("no password", tcp("with_password", None), Authentication),
        ("no such socket", elsewhere(Address::Socket(server.socket().into()), 1), Unreachable),
        ("no such folder", elsewhere(Address::Socket("/nonexistent".into()), 5432), Unreachable),
        ("nobody at the port", elsewhere(address("127.0.0.1"), 1), Unreachable),
        ("no such name", elsewhere(address("no-such-host.invalid"), 5432), Unreachable),
    ];
    for (case, target, kind) in cases {
        let error = refusal(&target).await;
        assert_eq!(error.kind(), kind, "{case}: {error:?}");
    }
    let session =
        postgres::connect(&tcp("with_password", Some("right")), &context()).await.expect("the right password");
    assert_eq!(session.server().user, "with_password");
}

#[tokio::test]
async fn a_missing_socket_names_those_that_exist() {
    let mut target = server().target("postgres", "postgres");
    target.hosts[0].port = 1;
    let error = refusal(&target).await;
    assert!(error.message().starts_with("no server socket at "), "{error:?}");
    let existing = format!("{}/.s.PGSQL.{}", server().socket().display(), server().port());
    assert!(error.hints().iter().any(|hint| hint.contains(&existing)), "{error:?}");
}

#[tokio::test]
async fn a_full_server_and_a_starting_one_are_told_apart() {
    let settings = [("max_connections", "8"), ("superuser_reserved_connections", "3")];
    let full = TestServer::start(&settings, "local all all trust");
    full.psql("postgres", "CREATE ROLE guest LOGIN");
    let guest = full.target("guest", "postgres");
    // The superuser's own session may hold a place for a moment longer, so how many fit is not counted.
    let mut sessions = Vec::new();
    let refused = loop {
        match postgres::connect(&guest, &context()).await {
            Ok(session) => sessions.push(session),
            Err(error) => break error,
        }
        assert!(sessions.len() <= 5, "8 places, 3 of them reserved");
    };
    assert_eq!(refused.kind(), ErrorKind::TooManyConnections, "{refused:?}");
    assert!(!sessions.is_empty(), "{refused:?}");

    let starting = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = starting.local_addr().expect("its number").port();
    let pretend = async {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut stream, _) = starting.accept().await.expect("a client");
        let mut startup = [0; 512];
        assert!(stream.read(&mut startup).await.expect("a message") > 8);
        // What postmaster.c sends while the server recovers, in a language nobody here reads.
        let fields = b"SFATAL\0VFATAL\0C57P03\0Mdas Datenbanksystem startet\0RProcessStartupPacket\0\0";
        let mut message = vec![b'E'];
        message.extend_from_slice(&(fields.len() as u32 + 4).to_be_bytes());
        message.extend_from_slice(fields);
        stream.write_all(&message).await.expect("sent");
    };
    let host = Host { address: address("127.0.0.1"), port, password: None };
    let target = PostgresTarget { hosts: vec![host], ..full.target("guest", "postgres") };
    let target = PostgresTarget { sslmode: mainstay::conn::SslMode::Disable, ..target };
    let (error, ()) = tokio::join!(refusal(&target), pretend);
    assert_eq!(error.kind(), ErrorKind::Starting, "{error:?}");
}

#[tokio::test]
async fn hosts_are_tried_in_turn_until_one_refuses() {
    let dead = || Host { address: Address::Socket("/nonexistent".into()), port: 1, password: None };
    let good = server().target("postgres", "postgres");
    let hosts = vec![dead(), good.hosts[0].clone()];
    let session = postgres::connect(&PostgresTarget { hosts, ..good.clone() }, &context()).await.expect("the second");
    assert_eq!(session.server().address, good.hosts[0].to_string());

    let hosts = vec![good.hosts[0].clone(), dead()];
    let refused = PostgresTarget { hosts, dbname: "no_such_database".into(), ..good.clone() };
    assert_eq!(refusal(&refused).await.kind(), ErrorKind::DatabaseMissing, "the search stops at a refusal");

    let nobody = PostgresTarget { hosts: vec![dead(), dead()], ..good };
    let error = refusal(&nobody).await;
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.message().starts_with("none of the servers can be used: "), "{error:?}");
}

#[tokio::test]
async fn a_silent_host_times_out() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("its number").port();
    let target = PostgresTarget {
        hosts: vec![Host { address: address("127.0.0.1"), port, password: None }],
        connect_timeout: Some(Duration::from_millis(300)),
        ..server().target("postgres", "postgres")
    };
    let error = refusal(&target).await;
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.message().contains("did not answer within 0.3 s"), "{error:?}");
}

#[tokio::test]
async fn what_the_server_reports_is_known_without_asking() {
    let mut target = server().target("postgres", "postgres");
    target.options = Some("-c work_mem=5MB".into());
    target.settings = vec![("TimeZone".into(), "Asia/Tokyo".into()), ("search_path".into(), r#""a b", public"#.into())];
    let mut session = postgres::connect(&target, &context()).await.expect("connected");
    let info = session.server().clone();
    assert!(info.superuser && !info.standby && !info.tls, "{info:?}");
    assert!(info.version_number >= 130_000 && info.version.starts_with(&(info.version_number / 10_000).to_string()));
    let told = session
        .query("SELECT current_setting('work_mem'), current_setting('TimeZone'), current_setting('search_path'), current_setting('application_name')")
        .await
        .expect("told");
    let told: Vec<_> = told[0].iter().map(|cell| cell.as_deref().unwrap_or_default()).collect();
    assert_eq!(told, ["5MB", "Asia/Tokyo", r#""a b", public"#, "mainstay-test"]);
}

#[tokio::test]
async fn root_gets_in_by_peer_as_the_owner_of_the_socket() {
    let server = TestServer::start(&[("port", "5433")], "local all peered peer map=owner");
    // The harness trusts `postgres` itself, so a role that only peer authentication lets in stands for it.
    std::fs::write(server.data().join("pg_ident.conf"), "owner postgres peered\n").expect("written");
    server.psql("postgres", "CREATE ROLE peered LOGIN SUPERUSER; SELECT pg_reload_conf()");
    std::thread::sleep(Duration::from_millis(200));
    let target = server.target("peered", "postgres");
    if !is_root() {
        return;
    }
    assert_eq!(refusal(&target).await.kind(), ErrorKind::PeerAuthentication, "root itself is not the owner");
    let session = postgres::connect_as_socket_owner(&target, &context()).await.expect("as the owner");
    assert_eq!(session.server().user, "peered");
    assert!(is_root(), "only the connecting thread had another user");
}

fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(2) == Some("0"))
}

#[tokio::test]
async fn session_attributes_choose_the_server() {
    let primary = TestServer::start(&[("port", "5434")], "");
    let read_only = TestServer::start(&[("port", "5435"), ("default_transaction_read_only", "on")], "");
    let base = primary.target("postgres", "postgres");
    let both = |attrs| PostgresTarget {
        hosts: vec![read_only.target("postgres", "postgres").hosts[0].clone(), base.hosts[0].clone()],
        session_attrs: attrs,
        ..base.clone()
    };
    let (writer, reader) = (base.hosts[0].to_string(), read_only.target("postgres", "postgres").hosts[0].to_string());
    for (attrs, chosen) in [
        (SessionAttrs::Any, &reader),
        (SessionAttrs::ReadWrite, &writer),
        (SessionAttrs::ReadOnly, &reader),
        (SessionAttrs::Primary, &reader),
        (SessionAttrs::PreferStandby, &reader),
    ] {
        let session = postgres::connect(&both(attrs), &context()).await.expect("one suits");
        assert_eq!(&session.server().address, chosen, "{attrs:?}");
    }
    let error = refusal(&both(SessionAttrs::Standby)).await;
    for said in ["is a read-only primary", "is a primary that accepts writes"] {
        assert!(error.message().contains(said), "{error:?}");
    }

    // A new cluster with this file in it follows nobody, and is a standby all the same.
    let standby = TestServer::start_with_files(&[("port", "5436")], "", &[("standby.signal", "")]);
    let standby_host = standby.target("postgres", "postgres").hosts[0].clone();
    let all = |attrs| PostgresTarget { hosts: [both(attrs).hosts, vec![standby_host.clone()]].concat(), ..both(attrs) };
    for attrs in [SessionAttrs::Standby, SessionAttrs::PreferStandby] {
        let session = postgres::connect(&all(attrs), &context()).await.expect("the standby");
        assert_eq!(session.server().address, standby_host.to_string(), "{attrs:?}");
        assert!(session.server().standby);
    }
    let only_standby = PostgresTarget { hosts: vec![standby_host.clone()], ..both(SessionAttrs::Primary) };
    assert!(refusal(&only_standby).await.message().contains("is a standby"));
}

#[tokio::test]
async fn via_carries_the_protocol() {
    let server = TestServer::start(&[("listen_addresses", "127.0.0.1")], "host all all 127.0.0.1/32 trust");
    let bridge = format!("bash -c 'exec 3<>/dev/tcp/127.0.0.1/{}; cat <&3 & cat >&3'", server.port());
    let host = Host { address: address("behind.the.bastion"), port: 5432, password: None };
    let target = PostgresTarget { hosts: vec![host], via: Some(bridge), ..server.target("postgres", "postgres") };
    let dialling = Context { dial: Some(Arc::new(ViaDial)), ..context() };
    let mut session = postgres::connect(&target, &dialling).await.expect("through the bridge");
    assert_eq!(session.query("SELECT 40 + 2").await.expect("answered"), [[Some("42".to_owned())]]);
    assert_eq!(postgres::connect(&target, &context()).await.err().map(|error| error.kind()), Some(ErrorKind::Usage));

    let broken = PostgresTarget { via: Some("echo bastion is closed >&2; exit 3".into()), ..target };
    let error = postgres::connect(&broken, &dialling).await.err().expect("no bridge");
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error:?}");
    assert!(error.causes().join("\n").contains("bastion is closed"), "{error:?}");
}

#[tokio::test]
async fn copy_rows_travel_in_flights_and_alone() {
    let database = server().database();
    let mut session = session_on(database.name()).await;
    let statements = [
        plain("CREATE TABLE t (a int, b text)"),
        rows("COPY t FROM stdin", "1\tone\n2\t\\N\n"),
        plain("UPDATE t SET a = a * 10"),
    ];
    session.fly(Flight { statements: &statements, ..Flight::default() }).await.expect("committed");
    session.run(&rows("COPY t (a) FROM stdin", "7")).await.expect("copied");
    assert_eq!(database.psql("SELECT string_agg(a || coalesce(b, '?'), ' ' ORDER BY a) FROM t"), "7? 10one 20?");

    let bad = [plain("DELETE FROM t"), rows("COPY t FROM stdin", "x\ty\n"), plain("SELECT 1")];
    match session.fly(Flight { statements: &bad, ..Flight::default() }).await {
        Err(FlightError::Statement(1, error)) => assert_eq!(error.sqlstate(), Some("22P02")),
        other => panic!("{other:?}"),
    }
    assert_eq!(database.psql("SELECT count(*) FROM t"), "3", "rolled back");
    for without_rows in ["COPY t FROM stdin", "COPY t TO stdout"] {
        assert!(session.run(&plain(without_rows)).await.is_err());
    }
    assert_eq!(session.query("SELECT '\0'").await.expect_err("refused").kind(), ErrorKind::Source);
    session.query("SELECT 1").await.expect("the session is still usable");
}

/// What is refused before it begins costs neither the session nor the next answers their order.
#[tokio::test]
async fn a_refused_copy_leaves_the_session_as_it_was() {
    let database = server().database();
    let mut session = session_on(database.name()).await;
    session.query("CREATE TABLE t (a int); CREATE VIEW v AS SELECT 1 AS a").await.expect("made");
    let refusals =
        [("COPY missing FROM stdin", "42P01"), ("COPY t (b) FROM stdin", "42703"), ("COPY v FROM stdin", "42809")];
    for round in 0..20 {
        for (copy, code) in refusals {
            let error = session.run(&rows(copy, "1\n")).await.expect_err("refused");
            assert_eq!(error.sqlstate(), Some(code), "{error:?}");
            let answer = session.query(&format!("SELECT {round}")).await.expect("answered");
            assert_eq!(answer, [[Some(round.to_string())]], "{copy}");
            match session.fly(Flight { statements: &[rows(copy, "1\n")], ..Flight::default() }).await {
                Err(FlightError::Statement(0, error)) => assert_eq!(error.sqlstate(), Some(code)),
                other => panic!("{other:?}"),
            }
            let answer = session.query("SELECT pg_current_xact_id_if_assigned()").await.expect("answered");
            assert_eq!(answer, [[None]], "rolled back");
        }
        session.run(&rows("COPY t FROM stdin", "1\n")).await.expect("copied");
    }
    assert_eq!(session.query("SELECT count(*) FROM t").await.expect("answered"), [[Some("20".to_owned())]]);
}

#[tokio::test]
async fn a_flight_is_all_or_nothing() {
    let database = server().database();
    let mut session = session_on(database.name()).await;
    let fly = async |session: &mut postgres::PostgresSession, texts: &[&str]| {
        let statements: Vec<_> = texts.iter().map(|text| plain(text)).collect();
        session.fly(Flight { statements: &statements, ..Flight::default() }).await
    };
    fly(
        &mut session,
        &["CREATE TABLE p (id int PRIMARY KEY)", "CREATE TABLE c (id int REFERENCES p DEFERRABLE INITIALLY DEFERRED)"],
    )
    .await
    .expect("committed");

    match fly(&mut session, &["INSERT INTO p VALUES (1)", "SELECT nonsense", "INSERT INTO p VALUES (2)"]).await {
        Err(FlightError::Statement(1, error)) => {
            let sql = error.sql().expect("the server's words");
            assert_eq!((sql.sqlstate.as_str(), sql.position), ("42703", Some(8)));
        }
        other => panic!("{other:?}"),
    }
    match fly(&mut session, &["INSERT INTO c VALUES (99)"]).await {
        Err(FlightError::Own(error)) => {
            assert_eq!(error.sqlstate(), Some("23503"));
            assert!(error.message().contains("at COMMIT"), "{error:?}");
        }
        other => panic!("{other:?}"),
    }
    match fly(&mut session, &["INSERT INTO p VALUES (3)", "COMMIT", "SELECT nonsense"]).await {
        Err(FlightError::Statement(1, error)) => assert!(error.message().starts_with("COMMIT inside"), "{error:?}"),
        other => panic!("{other:?}"),
    }
    // ROLLBACK TO brings the transaction back to life: it must not be committed with a failure in it.
    let heals = ["INSERT INTO p VALUES (4)", "SAVEPOINT s", "SELECT 1/0", "ROLLBACK TO s"];
    assert!(matches!(fly(&mut session, &heals).await, Err(FlightError::Statement(2, _))));
    assert_eq!(database.psql("SELECT count(*) FROM p"), "0");
    assert_eq!(
        database
            .psql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"),
        "0"
    );

    let guard = |expect: &str| Guard { sql: "SELECT count(*) FROM p".into(), expect: expect.into() };
    let insert = [plain("INSERT INTO p VALUES (5)")];
    let guarded = async |session: &mut postgres::PostgresSession, guard: &Guard| {
        let lead = ["SET LOCAL lock_timeout = '2s'".to_owned()];
        session.fly(Flight { lead: &lead, statements: &insert, guard: Some(guard), ..Flight::default() }).await
    };
    assert!(matches!(guarded(&mut session, &guard("0")).await, Err(FlightError::Guard(Some(found))) if found == "1"));
    guarded(&mut session, &guard("1")).await.expect("committed");
    assert_eq!(database.psql("SELECT id FROM p"), "5");
}

#[tokio::test]
async fn a_session_killed_in_flight_is_a_lost_connection() {
    let database = server().database();
    let mut session = session_on(database.name()).await;
    let statements = [plain("CREATE TABLE t (a int)"), plain("SELECT pg_sleep(20)"), plain("SELECT 1")];
    let flying = session.fly(Flight { statements: &statements, ..Flight::default() });
    let killing = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let name = database.name().to_owned();
        let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)%' AND pid <> pg_backend_pid()";
        tokio::task::spawn_blocking(move || server().psql(&name, kill)).await.expect("killed")
    };
    let (outcome, killed) = tokio::join!(flying, killing);
    assert_eq!(killed, "1");
    match outcome {
        Err(FlightError::Own(error)) => {
            assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error:?}");
            assert_eq!(error.message(), "the server ended the session", "it said so, and rolled back");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(database.psql("SELECT to_regclass('t') IS NULL"), "t");
    let after = session.query("SELECT 1").await.expect_err("gone");
    assert_eq!(after.kind(), ErrorKind::ConnectionLost, "{after:?}");
}

#[tokio::test]
async fn silence_before_commit_is_answered_leaves_it_open() {
    let mut server = TestServer::start(&[], "");
    let mut session = postgres::connect(&server.target("postgres", "postgres"), &context()).await.expect("connected");
    let pid = session.query("SELECT pg_backend_pid()").await.expect("told")[0][0].clone().expect("a number");
    let statements = [plain("SELECT pg_sleep(20)")];
    let killing = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.kill(pid.parse().expect("a number"));
    };
    let flying = session.fly(Flight { statements: &statements, ..Flight::default() });
    match tokio::join!(flying, killing).0 {
        Err(FlightError::Own(error)) => {
            assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error:?}");
            assert!(error.message().contains("whether it was committed is not known"), "{error:?}");
        }
        other => panic!("{other:?}"),
    }
    server.crash();
}

#[tokio::test]
async fn locks_are_named_and_have_a_holder() {
    let database = server().database();
    let (mut one, mut two) = (session_on(database.name()).await, session_on(database.name()).await);
    assert_eq!(two.lock_holder("migrate").await.expect("asked"), None);
    assert!(one.try_lock("migrate").await.expect("asked"));
    assert!(!two.try_lock("migrate").await.expect("asked"));
    assert!(two.try_lock("another").await.expect("asked"));
    let holder = two.lock_holder("migrate").await.expect("asked").expect("held");
    let pid = one.query("SELECT pg_backend_pid()").await.expect("told")[0][0].clone();
    assert_eq!(Some(holder.pid.to_string()), pid);
    assert!(
        holder.description.starts_with("postgres with mainstay-test from this machine connected since "),
        "{holder:?}"
    );
    one.unlock("migrate").await.expect("given back");
    assert!(two.try_lock("migrate").await.expect("asked"));
    Box::new(two).close().await;
    // The server needs a moment to see that the session has ended.
    let patience = tokio::time::Instant::now() + Duration::from_secs(10);
    while !one.try_lock("migrate").await.expect("asked") {
        assert!(tokio::time::Instant::now() < patience, "locks go with the session");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn whoever_blocks_is_named() {
    let database = server().database();
    database.psql("CREATE TABLE t (a int); CREATE TABLE u (a int)");
    let (mut blocker, mut waiter) = (session_on(database.name()).await, session_on(database.name()).await);
    blocker.query("BEGIN; LOCK TABLE t").await.expect("locked");
    let statements = [plain("ALTER TABLE t ADD b int")];
    let lead = ["SET LOCAL lock_timeout = '100ms'".to_owned()];
    match waiter.fly(Flight { lead: &lead, statements: &statements, ..Flight::default() }).await {
        Err(FlightError::Statement(0, error)) => assert_eq!(error.sqlstate(), Some("55P03")),
        other => panic!("{other:?}"),
    }
    for (relation, found) in [(None, 1), (Some("t"), 1), (Some("u"), 0), (Some("no_such"), 0)] {
        let holders = postgres::blocking(&mut waiter, relation).await.expect("asked");
        assert_eq!(holders.len(), found, "{relation:?}: {holders:?}");
        assert!(
            holders.iter().all(|holder| holder.description.contains("idle in transaction")
                && holder.description.contains("LOCK TABLE t"))
        );
    }
}

#[derive(Default)]
struct Recorder(Mutex<Vec<String>>);

impl Observer for Recorder {
    fn event(&self, event: Event<'_>) {
        let line = match event {
            Event::Sql { sql, error, .. } => format!("{sql} -> {}", error.unwrap_or("ok")),
            Event::Notice { severity, message } => format!("{severity}: {message}"),
            _ => return,
        };
        self.0.lock().expect("no panic").push(line);
    }

    fn wants_sql(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn statements_and_notices_are_told_without_secrets() {
    let database = server().database();
    let recorder = Arc::new(Recorder::default());
    let context = Context { observer: recorder.clone(), ..context() };
    let target = server().target("postgres", database.name());
    let mut session = postgres::connect(&target, &context).await.expect("connected");
    session.query("DO $$ BEGIN RAISE NOTICE 'hello'; END $$").await.expect("done");
    let statements = [plain("CREATE ROLE told_role PASSWORD 'hidden'"), plain("SELECT nonsense")];
    let _ = session.fly(Flight { statements: &statements, ..Flight::default() }).await;
    let tables =
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int REFERENCES p DEFERRABLE INITIALLY DEFERRED)";
    session.query(tables).await.expect("made");
    let at_commit = [plain("INSERT INTO c VALUES (1)")];
    assert!(session.fly(Flight { statements: &at_commit, ..Flight::default() }).await.is_err());
    let told = recorder.0.lock().expect("no panic").join("\n");
    assert!(told.contains("NOTICE: hello"), "{told}");
    assert!(told.contains("CREATE ROLE told_role PASSWORD '***' -> ok"), "{told}");
    assert!(told.contains("SELECT nonsense -> column"), "{told}");
    assert!(!told.contains("hidden"), "{told}");
    assert!(!told.contains("WARNING"), "no ROLLBACK of what has ended already: {told}");
}
