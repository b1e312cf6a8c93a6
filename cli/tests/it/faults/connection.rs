//! Every way in which a connection is refused, each told apart.

use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use mainstay_testing::{Cli, TestServer, server};

use super::{ended, started, until};
use crate::mainstay;

/// A server that wants passwords over TCP, knows one role, and lets only OS users into the database `peered`.
fn strict() -> &'static TestServer {
    static SERVER: OnceLock<TestServer> = OnceLock::new();
    SERVER.get_or_init(|| {
        let hba = "local peered all peer\nlocal all all trust\nhost closed all 127.0.0.1/32 reject\n\
                   host all all 127.0.0.1/32 scram-sha-256";
        let server = TestServer::start(&[("listen_addresses", "127.0.0.1")], hba);
        server.psql("postgres", "CREATE ROLE walt LOGIN PASSWORD 'right'");
        server.psql("postgres", "CREATE DATABASE walt OWNER walt; CREATE DATABASE peered; CREATE DATABASE closed");
        server
    })
}

/// `mainstay conn test` over TCP as walt on `database`, with these flags in addition.
fn by_tcp(database: &str, flags: &[&str]) -> Cli {
    let port = strict().port().to_string();
    let mut cli = mainstay();
    cli.filter(&format!(":{port}"), ":[port]");
    let base = ["-h", "127.0.0.1", "-p", &port, "-U", "walt", "-d", database, "--no-input"].map(str::to_owned);
    let flags = flags.iter().map(|flag| (*flag).to_owned());
    cli.args(base.into_iter().chain(flags).chain(["conn".to_owned(), "test".to_owned()]));
    cli
}

/// The same through the socket.
fn by_socket(flags: &[&str]) -> Cli {
    let (socket, port) = (strict().socket().display().to_string(), strict().port().to_string());
    let mut cli = mainstay();
    cli.filter(&format!(":{port}"), ":[port]");
    let base = ["-h", &socket, "-p", &port, "--no-input"].map(str::to_owned);
    let flags = flags.iter().map(|flag| (*flag).to_owned());
    cli.args(base.into_iter().chain(flags).chain(["conn".to_owned(), "test".to_owned()]));
    cli
}

#[test]
fn the_right_password_is_let_in() {
    let run = by_tcp("walt", &[]).env("PGPASSWORD", "right").run();
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn a_wrong_password() {
    insta::assert_snapshot!(by_tcp("walt", &[]).env("PGPASSWORD", "sesame").run().snapshot(), @r#"
    exit: 4
    --- stdout
    --- stderr
    target walt at 127.0.0.1:[port] as walt
    error: 127.0.0.1:[port] refuses the password of role walt
    caused by: password authentication failed for user "walt"
    SQLSTATE: 28P01
    hint: see where the password came from: mainstay conn show
    hint: if role walt does not exist yet: mainstay bootstrap
    "#);
}

#[test]
fn no_password() {
    insta::assert_snapshot!(by_tcp("walt", &[]).run().snapshot(), @r"
    exit: 4
    --- stdout
    --- stderr
    target walt at 127.0.0.1:[port] as walt
    error: 127.0.0.1:[port] wants a password for role walt, and none is set
    hint: set PGPASSWORD, or put a line for this server into ~/.pgpass
    hint: see where each setting came from: mainstay conn show
    ");
}

#[test]
fn no_line_in_pg_hba() {
    insta::assert_snapshot!(by_tcp("closed", &[]).env("PGPASSWORD", "right").run().snapshot(), @r#"
    exit: 4
    --- stdout
    --- stderr
    target closed at 127.0.0.1:[port] as walt
    error: pg_hba.conf of 127.0.0.1:[port] has no line that lets walt into closed
    caused by: pg_hba.conf rejects connection for host "127.0.0.1", user "walt", database "closed", no encryption
    SQLSTATE: 28000
    hint: add a line to pg_hba.conf and reload the server: psql -c 'SELECT pg_reload_conf()'
    "#);
}

#[test]
fn no_such_role() {
    insta::assert_snapshot!(by_socket(&["-U", "wlat", "-d", "walt"]).run().snapshot(), @r#"
    exit: 4
    --- stdout
    --- stderr
    target walt at [socket]:[port] as wlat
    error: role wlat does not exist on [socket]:[port], or may not log in
    caused by: role "wlat" does not exist
    SQLSTATE: 28000
    hint: create it: mainstay bootstrap
    "#);
}

#[test]
fn no_such_database() {
    insta::assert_snapshot!(by_socket(&["-U", "walt", "-d", "wlat"]).run().snapshot(), @r#"
    exit: 4
    --- stdout
    --- stderr
    target wlat at [socket]:[port] as walt
    error: database wlat does not exist on [socket]:[port]
    caused by: database "wlat" does not exist
    SQLSTATE: 3D000
    hint: create it: mainstay bootstrap
    "#);
}

#[test]
fn not_the_os_user() {
    insta::assert_snapshot!(by_socket(&["-U", "walt", "-d", "peered"]).run().snapshot(), @r#"
    exit: 4
    --- stdout
    --- stderr
    target peered at [socket]:[port] as walt
    error: [socket]:[port] lets only the OS user walt be role walt
    caused by: Peer authentication failed for user "walt"
    SQLSTATE: 28000
    hint: run as that OS user: sudo -u walt mainstay …
    hint: or connect over TCP with a password: mainstay -h localhost …
    "#);
}

#[test]
fn a_server_without_tls() {
    insta::assert_snapshot!(by_tcp("walt", &[]).env("PGSSLMODE", "require").env("PGPASSWORD", "right").run().snapshot(), @r"
    exit: 4
    --- stdout
    --- stderr
    target walt at 127.0.0.1:[port] as walt
    error: server does not support TLS, but sslmode=require (127.0.0.1:[port])
    hint: set ssl = on in its postgresql.conf, or connect without: PGSSLMODE=prefer mainstay …
    ");
}

#[test]
fn nobody_there() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let mut cli = mainstay();
    cli.filter(&format!(":{free}"), ":[port]");
    cli.args(["-h", "127.0.0.1", "-p", &free, "-U", "walt", "-d", "walt", "prepare"]);
    insta::assert_snapshot!(cli.run().snapshot(), @r"
    exit: 4
    --- stdout
    --- stderr
    target walt at 127.0.0.1:[port] as walt
    error: nobody listens at 127.0.0.1:[port]
    caused by: Connection refused (os error 111)
    hint: check that the server runs and listens there, and where the address came from: mainstay conn show
    ");
}

#[test]
fn no_such_host() {
    let run = mainstay().args(["-h", "nowhere.invalid", "-U", "walt", "-d", "walt", "conn", "test"]).run();
    assert_eq!(run.code, 4, "{run:?}");
    assert!(run.stderr.contains("nowhere.invalid") && run.stderr.contains("hint: "), "{}", run.stderr);
}

#[test]
fn the_wrong_socket_folder() {
    let mut cli = mainstay();
    let folder = cli.project().display().to_string();
    let run = cli.args(["-h", &folder, "-U", "walt", "-d", "walt", "prepare"]).run();
    assert_eq!(run.code, 4, "{run:?}");
    assert!(run.stderr.contains(&format!("error: no server socket at {folder}/.s.PGSQL.5432")), "{}", run.stderr);
    assert!(run.stderr.contains("hint: "), "{}", run.stderr);
}

#[test]
fn the_wrong_number_beside_the_right_one() {
    let socket = server().socket().display().to_string();
    let run = mainstay().args(["-h", &socket, "-p", "7777", "-U", "walt", "-d", "walt", "conn", "test"]).run();
    assert_eq!(run.code, 4, "{run:?}");
    assert!(run.stderr.contains(&format!("there are sockets at {socket}/.s.PGSQL.5432")), "{}", run.stderr);
}

#[test]
fn a_wrong_password_never_creates_anything() {
    let strict = strict();
    let before = strict.psql("postgres", "SELECT count(*) FROM pg_database, pg_roles");
    let port = strict.port().to_string();
    for flags in [["-U", "walt", "-d", "walt"], ["-U", "walt", "-d", "other"], ["-U", "other", "-d", "walt"]] {
        let mut cli = mainstay();
        cli.env("PGPASSWORD", "sesame")
            .args(["-h", "127.0.0.1", "-p", &port].into_iter().chain(flags).chain(["prepare"]));
        let run = cli.run();
        assert_eq!(run.code, 4, "{flags:?}: {run:?}");
    }
    assert_eq!(strict.psql("postgres", "SELECT count(*) FROM pg_database, pg_roles"), before);
}

#[test]
fn no_connection_left() {
    let server = TestServer::start(&[("max_connections", "4"), ("superuser_reserved_connections", "3")], "");
    server.psql("postgres", "CREATE ROLE walt LOGIN");
    let psql = server.binaries().program("psql");
    let args = ["-X", "-U", "walt", "-d", "postgres", "-c", "SELECT pg_sleep(60)", "-h"];
    let hold =
        || Command::new(&psql).args(args).arg(server.socket()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut held = hold().unwrap();
    until("the only connection is taken", || {
        // A superuser's session that is still ending takes the place for a moment.
        if held.try_wait().unwrap().is_some() {
            held = hold().unwrap();
        }
        std::thread::sleep(Duration::from_millis(50));
        server.psql("postgres", "SELECT count(*) FROM pg_stat_activity WHERE usename = 'walt'") == "1"
    });
    let socket = server.socket().display().to_string();
    let run = mainstay().args(["-h", &socket, "-U", "walt", "-d", "postgres", "prepare"]).run();
    held.kill().unwrap();
    held.wait().unwrap();
    insta::assert_snapshot!(run.snapshot(), @r"
    exit: 4
    --- stdout
    --- stderr
    target postgres at [socket]:5432 as walt
    error: [socket]:5432 has no connection left for role walt: the last ones are reserved for superusers; in use are 1 of 4 connections (3 reserved): 1 by psql as walt
    caused by: remaining connection slots are reserved for non-replication superuser connections
    SQLSTATE: 53300
    hint: open fewer: give the service's pool a limit, and see who has the others: mainstay status
    hint: or raise the limit and restart the server: psql -c 'ALTER SYSTEM SET max_connections = 200'
    ");
}

/// A standby that takes no queries answers as a server does that is still starting.
#[test]
fn starting_up_and_waiting_for_it() {
    let mut server =
        TestServer::start_with_files(&[("hot_standby", "off")], "local all all trust", &[("standby.signal", "")]);
    let socket = server.socket().display().to_string();
    let mut cli = mainstay();
    cli.file("migrations/1_a.up.sql", "CREATE TABLE a (id int);");
    let args = ["-h", &socket, "-U", "walt", "-d", "walt", "prepare"];
    insta::assert_snapshot!(cli.args(args).run().snapshot(), @r"
    exit: 4
    --- stdout
    --- stderr
    target walt at [socket]:5432 as walt
    error: [socket]:5432 is starting up, shutting down or recovering
    caused by: the database system is not accepting connections
    SQLSTATE: 57P03
    detail: Hot standby mode is disabled.
    hint: wait for it: mainstay prepare --wait [took]
    ");

    let waits = |cli: &mut Cli| started(cli, &[&args[..], &["--wait", "60s"]].concat());
    let first = waits(&mut cli);
    std::thread::sleep(Duration::from_millis(300));
    server.crash();
    let second = waits(&mut cli);
    std::thread::sleep(Duration::from_millis(300));
    std::fs::remove_file(server.data().join("standby.signal")).unwrap();
    server.restart();
    for (child, reason) in [(first, "is starting up"), (second, "no server socket at")] {
        let (code, said) = ended(child);
        assert_eq!(code, 0, "{said}");
        let waiting: Vec<&str> = said.lines().filter(|line| line.starts_with("waiting: ")).collect();
        assert!(waiting[0].contains(reason) && waiting.len() <= 3, "{said}");
    }
    assert_eq!(server.psql("walt", "SELECT count(*) FROM a"), "0");
}

#[test]
fn waiting_ends() {
    let mut cli = mainstay();
    let folder = cli.project().display().to_string();
    let before = std::time::Instant::now();
    let run = cli.args(["-h", &folder, "-U", "walt", "-d", "walt", "prepare", "--wait", "500ms"]).run();
    assert_eq!(run.code, 4, "{run:?}");
    let took = before.elapsed();
    assert!(took.as_millis() >= 500 && took.as_secs() < 5, "{took:?}");
    assert!(run.stderr.contains("waiting: no server socket at "), "{}", run.stderr);
}
