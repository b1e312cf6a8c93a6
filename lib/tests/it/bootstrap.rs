//! Tests of `bootstrap` on real servers.

use std::sync::{Arc, Mutex};

use mainstay::bootstrap::{self, Admin, Wish};
use mainstay::config::DatabaseConfig;
use mainstay::conn::{Secret, Target};
use mainstay::engine::{self, Context};
use mainstay::observer::{Event, Observer, Silent};
use mainstay::plan::{Action, Plan};
use mainstay::{Error, ErrorKind, Result};
use mainstay_testing::{TestServer, server};

fn context() -> Context {
    Context { observer: Arc::new(Silent), dial: None, application_name: "test".into() }
}

/// A wish with names made from `stem`, so that tests share a server; `owner`, `app` and `readers` are endings.
fn wish(stem: &str, owner: &str, app: &str, readers: &[&str]) -> Wish {
    let name = |ending: &str| format!("{stem}{ending}");
    Wish {
        database: name("_db"),
        owner: name(owner),
        app: name(app),
        app_password: None,
        readers: readers.iter().map(|ending| name(ending)).collect(),
        schema: None,
        extensions: Vec::new(),
        encoding: "UTF8".into(),
        locale: None,
    }
}

async fn admin(server: &TestServer, role: &str) -> Admin {
    let target = server.target(role, "postgres");
    Admin::find(Some(&target), &target, &context()).await.expect("an administrator")
}

/// Plans and applies; the plan after that must be empty, and so must the check by the app itself.
async fn bootstrap(server: &TestServer, admin: &Admin, wish: &Wish) -> Result<Plan> {
    let plan = bootstrap::plan(admin, wish, &context()).await?;
    bootstrap::apply(admin, wish, &plan, &context()).await?;
    let again = bootstrap::plan(admin, wish, &context()).await?;
    assert!(again.is_empty(), "twice in a row changes nothing, but: {}", again.to_text());
    assert_eq!(check(server, wish, &wish.app).await?, Vec::<String>::new());
    Ok(plan)
}

async fn check(server: &TestServer, wish: &Wish, role: &str) -> Result<Vec<String>> {
    let target = Target::Postgres(server.target(role, &wish.database));
    let mut session = engine::connect(&target, &context()).await?;
    let missing = bootstrap::check(&mut *session, wish).await;
    session.close().await;
    missing
}

fn titles(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.title.as_str()).collect()
}

fn refusal(result: Result<Plan>) -> Error {
    result.expect_err("a refusal")
}

/// `sql` as `role` must fail with these words.
fn denied(server: &TestServer, role: &str, database: &str, sql: &str, words: &str) {
    let error = server.try_psql(role, database, sql).expect_err(sql);
    assert!(error.contains(words), "{sql} as {role}: {error}");
}

fn allowed(server: &TestServer, role: &str, database: &str, sql: &str) -> String {
    server.try_psql(role, database, sql).unwrap_or_else(|error| panic!("{sql} as {role}: {error}"))
}

#[tokio::test]
async fn a_schema_of_its_own_with_a_reader() {
    let server = server();
    let wish = Wish { schema: Some("Its own".into()), ..wish("schema", "_owner", "_app", &["_reader"]) };
    let plan = bootstrap(server, &admin(server, "postgres").await, &wish).await.unwrap();
    assert!(titles(&plan).contains(&"create schema Its own"), "{:?}", titles(&plan));
    let own = "SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'Its own'";
    assert_eq!(allowed(server, "postgres", "schema_db", own), "schema_owner");
    let make = "SET ROLE schema_owner; CREATE TABLE \"Its own\".t (id int); INSERT INTO \"Its own\".t VALUES (7)";
    allowed(server, "schema_app", "schema_db", make);
    assert_eq!(allowed(server, "schema_reader", "schema_db", "SELECT id FROM \"Its own\".t"), "7");
    denied(server, "schema_reader", "schema_db", "DELETE FROM \"Its own\".t", "permission denied");

    server.psql("schema_db", "DROP SCHEMA \"Its own\" CASCADE");
    assert_eq!(check(server, &wish, "schema_app").await.unwrap(), ["create schema Its own"]);
    bootstrap(server, &admin(server, "postgres").await, &wish).await.unwrap();
}

#[tokio::test]
async fn one_role_for_everything() {
    let server = server();
    let wish = wish("simple", "_walt", "_walt", &[]);
    let plan = bootstrap(server, &admin(server, "postgres").await, &wish).await.unwrap();
    assert_eq!(titles(&plan), ["create role simple_walt, which the service logs in as", "create database simple_db"]);
    allowed(server, "simple_walt", "simple_db", "CREATE TABLE t (id int); INSERT INTO t VALUES (1); CREATE SCHEMA s");
}

#[tokio::test]
async fn owner_app_and_reader() {
    let server = server();
    let mut wish = wish("split", "_owner", "_app", &["_reader"]);
    wish.extensions = vec!["pgcrypto".into()];
    let admin = admin(server, "postgres").await;
    bootstrap(server, &admin, &wish).await.unwrap();
    let (owner, app, reader, database) = ("split_owner", "split_app", "split_reader", "split_db");

    denied(server, owner, database, "SELECT 1", "not permitted to log in");
    let tomorrow = "SET ROLE split_owner; CREATE TABLE devices (id serial PRIMARY KEY, name text);
        CREATE SCHEMA logs; CREATE TABLE logs.line (line text)";
    allowed(server, app, database, tomorrow);
    assert_eq!(allowed(server, app, database, "INSERT INTO devices (name) VALUES ('one') RETURNING id"), "1");
    allowed(server, app, database, "UPDATE devices SET name = 'two'; INSERT INTO logs.line VALUES ('x')");
    allowed(server, app, database, "CREATE TEMP TABLE scratch (id int)");
    denied(server, app, database, "DROP TABLE devices", "must be owner");
    denied(server, app, database, "ALTER TABLE devices ADD c int", "must be owner");
    denied(server, app, database, "CREATE TABLE mine (id int)", "permission denied for schema public");
    denied(server, app, database, "TRUNCATE devices", "permission denied");

    assert_eq!(allowed(server, reader, database, "SELECT name FROM devices; SELECT line FROM logs.line"), "two\nx");
    assert_eq!(allowed(server, reader, database, "SELECT last_value FROM devices_id_seq"), "1");
    denied(server, reader, database, "INSERT INTO devices (name) VALUES ('no')", "permission denied");
    denied(server, reader, database, "DELETE FROM logs.line", "permission denied");
    denied(server, reader, database, "SELECT nextval('devices_id_seq')", "permission denied");
    denied(server, reader, database, "CREATE TABLE mine (id int)", "permission denied for schema public");
    denied(server, reader, database, "CREATE TEMP TABLE mine (id int)", "permission denied to create temporary tables");
    denied(server, reader, database, "SET ROLE split_owner", "permission denied to set role");
    assert!(bootstrap::plan(&admin, &wish, &context()).await.unwrap().is_empty());
}

#[tokio::test]
async fn readers_come_later_and_read_what_is_there() {
    let server = server();
    let admin = admin(server, "postgres").await;
    let mut wish = wish("later", "_owner", "_owner", &[]);
    bootstrap(server, &admin, &wish).await.unwrap();
    let today = "CREATE TABLE \"Odd \"\"name\"\"\" (id serial, v text); INSERT INTO \"Odd \"\"name\"\"\" (v) VALUES ('a');
        CREATE SCHEMA \"Se cret\"; CREATE VIEW \"Se cret\".v AS SELECT 1 AS one; GRANT CREATE ON SCHEMA public TO PUBLIC";
    allowed(server, "later_owner", "later_db", today);
    wish.readers = vec!["later_reports".into()];

    let missing = check(server, &wish, "later_owner").await.unwrap();
    let plan = bootstrap(server, &admin, &wish).await.unwrap();
    assert_eq!(missing, titles(&plan));
    assert_eq!(
        titles(&plan),
        [
            "create role later_reports, which only reads",
            "let only later_owner create temporary tables, no longer every role",
            "let only later_owner create in schema public, no longer every role",
            "let later_reports read what later_owner will create",
            "let later_reports read what is there",
        ]
    );
    let read = "SELECT v FROM \"Odd \"\"name\"\"\"; SELECT one FROM \"Se cret\".v";
    assert_eq!(allowed(server, "later_reports", "later_db", read), "a\n1");
    denied(server, "later_reports", "later_db", "CREATE TABLE mine (id int)", "permission denied for schema public");

    allowed(server, "later_owner", "later_db", "REVOKE SELECT ON \"Se cret\".v FROM later_reports");
    assert_eq!(check(server, &wish, "later_reports").await.unwrap(), ["let later_reports read what is there"]);
    let plan = bootstrap(server, &admin, &wish).await.unwrap();
    let Action::Sql(sql) = &plan.steps[0].action else { panic!("a step in SQL") };
    assert_eq!(sql.statements, [r#"GRANT SELECT ON TABLE "Se cret".v TO later_reports"#], "only what is missing");
}

#[tokio::test]
async fn an_administrator_without_superuser() {
    let server = server();
    server.psql("postgres", "CREATE ROLE deputy LOGIN CREATEROLE CREATEDB");
    let mut wish = wish("deputed", "_owner", "_app", &["_reader"]);
    wish.extensions = vec!["pgcrypto".into()];
    let admin = admin(server, "deputy").await;
    if version(server) < 150_000 {
        // There, everybody may create in schema `public`, which is the superuser's.
        let error = refusal(bootstrap(server, &admin, &wish).await);
        assert!(error.message().contains("lacks SUPERUSER (to let only deputed_owner create"), "{error:?}");
        return;
    }
    let plan = bootstrap(server, &admin, &wish).await.unwrap();
    assert!(titles(&plan).contains(&"let role deputy act as deputed_owner"), "{}", plan.to_text());
    allowed(server, "deputed_app", "deputed_db", "SET ROLE deputed_owner; CREATE TABLE t (v int)");
    allowed(
        server,
        "deputed_app",
        "deputed_db",
        "INSERT INTO t VALUES (1); SELECT gen_random_uuid(), crypt('a', 'b1')",
    );
    assert_eq!(allowed(server, "deputed_reader", "deputed_db", "SELECT v FROM t"), "1");
    denied(server, "deputed_app", "deputed_db", "DROP TABLE t", "must be owner");

    wish.extensions = vec!["file_fdw".into()];
    let plan = bootstrap::plan(&admin, &wish, &context()).await.unwrap();
    let error = bootstrap::apply(&admin, &wish, &plan, &context()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.message().contains("lacks SUPERUSER (to create extension file_fdw)"), "{error:?}");
}

#[tokio::test]
async fn says_which_rights_are_missing_before_anything_runs() {
    let server = server();
    server.psql("postgres", "CREATE ROLE nobody_special LOGIN");
    let wish = wish("lacking", "_owner", "_app", &[]);
    let admin = admin(server, "nobody_special").await;
    let plan = bootstrap::plan(&admin, &wish, &context()).await.expect("a plan to hand to somebody who may");
    assert!(!plan.to_sql().contains("SET LOCAL ROLE"), "a superuser needs none: {}", plan.to_sql());
    let error = bootstrap::apply(&admin, &wish, &plan, &context()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    let message = error.message();
    assert!(message.contains("CREATEROLE (to create role lacking_owner"), "{message}");
    assert!(message.contains("CREATEDB (to create database lacking_db)"), "{message}");
    assert!(error.hints().iter().any(|hint| hint.contains("ALTER ROLE nobody_special CREATEROLE CREATEDB")));
    assert_eq!(server.psql("postgres", "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'lacking%'"), "0");
}

#[tokio::test]
async fn eight_at_once_all_succeed() {
    let server = server();
    for round in 0..4 {
        let mut wish = wish(&format!("race{round}"), "_owner", "_app", &["_r1", "_r2"]);
        wish.extensions = vec!["hstore".into(), "pg_trgm".into()];
        let run = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let admin = admin(server, "postgres").await;
                let plan = bootstrap::plan(&admin, &wish, &context()).await?;
                bootstrap::apply(&admin, &wish, &plan, &context()).await
            })
        };
        std::thread::scope(|scope| {
            let instances: Vec<_> = (0..8).map(|_| scope.spawn(run)).collect();
            instances.into_iter().for_each(|instance| instance.join().unwrap().unwrap());
        });
        let plan = bootstrap::plan(&admin(server, "postgres").await, &wish, &context()).await.unwrap();
        assert!(plan.is_empty(), "{}", plan.to_text());
    }
}

#[tokio::test]
async fn a_database_of_somebody_else_is_refused() {
    let server = server();
    server.psql("postgres", "CREATE ROLE theirs_other");
    server.psql("postgres", "CREATE DATABASE theirs_db OWNER theirs_other");
    let wish = wish("theirs", "_walt", "_walt", &[]);
    let error = refusal(bootstrap(server, &admin(server, "postgres").await, &wish).await);
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.message().contains("belongs to role theirs_other, not to theirs_walt"), "{error:?}");
    assert!(error.hints()[0].ends_with("ALTER DATABASE theirs_db OWNER TO theirs_walt"), "{error:?}");
    assert_eq!(server.psql("postgres", "SELECT count(*) FROM pg_roles WHERE rolname = 'theirs_walt'"), "0");
}

#[tokio::test]
async fn an_extension_that_the_server_does_not_have() {
    let server = server();
    for (name, package) in [("vector", "-pgvector"), ("no_such_thing", "-no-such-thing")] {
        let mut wish = wish("extension", "_walt", "_walt", &[]);
        wish.extensions = vec![name.into()];
        let error = refusal(bootstrap(server, &admin(server, "postgres").await, &wish).await);
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert!(error.message().contains(&format!("extension {name} is not installed")), "{error:?}");
        assert!(error.hints()[0].ends_with(package), "{error:?}");
    }
    assert_eq!(server.psql("postgres", "SELECT count(*) FROM pg_roles WHERE rolname = 'extension_walt'"), "0");
}

#[tokio::test]
async fn names_of_all_sorts() {
    let server = server();
    for stem in
        ["Upper", "with space", "quo\"te", "apo'strophe", "back\\slash", "ünï", "a,b", "select", "$x$", ":app_password"]
    {
        let mut wish = wish(stem, "", "-app", &[" r"]);
        wish.app_password = Some(Secret::new("x"));
        bootstrap(server, &admin(server, "postgres").await, &wish).await.unwrap();
        let quoted = stem.replace('"', "\"\"");
        let app = format!("{stem}-app");
        allowed(server, &app, &wish.database, &format!("SET ROLE \"{quoted}\"; CREATE TABLE t (v int)"));
        allowed(server, &app, &wish.database, "INSERT INTO t VALUES (1)");
        assert_eq!(allowed(server, &wish.readers[0], &wish.database, "SELECT v FROM t"), "1");
    }
}

#[tokio::test]
async fn a_wish_that_contradicts_itself() {
    let server = server();
    let admin = admin(server, "postgres").await;
    for wrong in
        [wish("wrong", "_a", "_a", &["_a"]), wish("wrong", &"x".repeat(64), "_a", &[]), wish("wrong", "_\0", "_a", &[])]
    {
        let error = refusal(bootstrap::plan(&admin, &wrong, &context()).await);
        assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
    }
}

#[tokio::test]
async fn existing_roles_keep_what_they_have() {
    let server = server();
    server.psql("postgres", "CREATE ROLE kept_app NOLOGIN PASSWORD 'old'; CREATE ROLE kept_owner LOGIN CREATEDB");
    let before = server.psql("postgres", "SELECT rolpassword FROM pg_authid WHERE rolname = 'kept_app'");
    let mut wish = wish("kept", "_owner", "_app", &[]);
    wish.app_password = Some(Secret::new("new"));
    let heard = Arc::new(Warnings::default());
    let context = Context { observer: heard.clone(), ..context() };
    let admin = admin(server, "postgres").await;
    let plan = bootstrap::plan(&admin, &wish, &context).await.unwrap();
    assert_eq!(titles(&plan)[0], "let role kept_app log in");
    assert!(!titles(&plan).iter().any(|title| title.starts_with("create role")), "{}", plan.to_text());
    // Before 16 a role that inherits would have all of the owner's rights at once.
    let warned = heard.0.lock().unwrap().iter().any(|text| text.contains("ALTER ROLE kept_app NOINHERIT"));
    assert_eq!(warned, server.psql("postgres", "SHOW server_version_num").parse::<u32>().unwrap() < 160_000);
    bootstrap(server, &admin, &wish).await.unwrap();
    assert_eq!(server.psql("postgres", "SELECT rolpassword FROM pg_authid WHERE rolname = 'kept_app'"), before);
    assert_eq!(
        server.psql("postgres", "SELECT rolcanlogin AND rolcreatedb FROM pg_roles WHERE rolname = 'kept_owner'"),
        "t"
    );
}

#[derive(Default)]
struct Warnings(Mutex<Vec<String>>);

impl Observer for Warnings {
    fn event(&self, event: Event<'_>) {
        match event {
            Event::Warning { message } => self.0.lock().unwrap().push(message.into()),
            Event::Sql { sql, .. } => self.0.lock().unwrap().push(sql.into()),
            _ => {}
        }
    }

    fn wants_sql(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn passwords_work_and_are_told_to_nobody() {
    let settings = [("listen_addresses", "127.0.0.1"), ("log_statement", "all"), ("logging_collector", "off")];
    let server = TestServer::start(&settings, "host all all 127.0.0.1/32 scram-sha-256");
    for (at, password) in
        ["pass'word", "a\"b\\c $1 %s", "päß ™ 密码", " both ends ", ":app_password"].iter().enumerate()
    {
        let mut wish = wish(&format!("secret{at}"), "_app", "_app", &[]);
        wish.app_password = Some(Secret::new(*password));
        let heard = Arc::new(Warnings::default());
        let loud = Context { observer: heard.clone(), ..context() };
        let admin = admin(&server, "postgres").await;
        let plan = bootstrap::plan(&admin, &wish, &loud).await.unwrap();
        bootstrap::apply(&admin, &wish, &plan, &loud).await.unwrap();
        let told = heard.0.lock().unwrap().join("\n") + &plan.to_sql() + &format!("{plan:?}");
        assert!(at == 4 || !told.contains(password), "{told}");
        assert!(!told.contains("SCRAM-SHA-256$"), "{told}");

        let log = std::fs::read_to_string(server.data().parent().unwrap().join("log")).unwrap();
        assert!(log.contains(&format!("CREATE ROLE {}", wish.app)), "the server logs statements");
        assert!(at == 4 || !log.contains(password), "the server's log has the password");

        let mut target = server.tcp_target(&wish.app, &wish.database);
        target.password = Some(Secret::new(*password));
        let session = engine::connect(&Target::Postgres(target.clone()), &context()).await.unwrap();
        assert_eq!(session.server().user, wish.app);
        target.password = Some(Secret::new("wrong"));
        let Err(error) = engine::connect(&Target::Postgres(target), &context()).await else { panic!("got in") };
        assert_eq!(error.kind(), ErrorKind::Authentication);
    }
}

#[tokio::test]
async fn root_on_a_server_with_peer_only() {
    let server = TestServer::start(&[], "local all all peer");
    let hba = server.data().join("pg_hba.conf");
    std::fs::write(&hba, "local all all peer\n").unwrap();
    server.psql("postgres", "SELECT pg_reload_conf()");
    let target = server.target("root", "walt");
    for _ in 0..100 {
        if server.try_psql("postgres", "postgres", "SELECT 1").is_err() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    // Peer authentication as `postgres` is for that OS user or root.
    let admin = Admin::find(None, &target, &context()).await.expect("the socket's owner");
    let wish = Wish::new(&DatabaseConfig::default(), &target);
    bootstrap(&server, &admin, &wish).await.unwrap();
    assert_eq!(allowed(&server, "root", "walt", "CREATE TABLE devices (mac text); SELECT current_user"), "root");
}

#[tokio::test]
async fn the_check_is_one_round_trip() {
    let server = server();
    let mut wish = wish("quick", "_owner", "_app", &["_r1", "_r2"]);
    wish.extensions = vec!["pgcrypto".into()];
    bootstrap(server, &admin(server, "postgres").await, &wish).await.unwrap();
    let tables =
        "SET ROLE quick_owner; SELECT format('CREATE TABLE t%s (id serial)', n) FROM generate_series(1, 200) n \\gexec";
    allowed(server, "quick_app", "quick_db", tables);
    let heard = Arc::new(Warnings::default());
    let context = Context { observer: heard.clone(), ..context() };
    let target = Target::Postgres(server.target("quick_app", "quick_db"));
    let mut session = engine::connect(&target, &context).await.unwrap();
    heard.0.lock().unwrap().clear();
    assert!(bootstrap::check(&mut *session, &wish).await.unwrap().is_empty());
    assert_eq!(heard.0.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn the_administrator_is_who_may_create() {
    let server = server();
    server.psql("postgres", "CREATE ROLE able LOGIN CREATEROLE CREATEDB; CREATE ROLE unable LOGIN");
    for (user, found) in [("able", "able"), ("unable", "postgres"), ("not_there", "postgres"), ("postgres", "postgres")]
    {
        let target = server.target(user, "not_there_either");
        let admin = Admin::find(None, &target, &context()).await.unwrap();
        let session = admin.maintenance(&context()).await.unwrap();
        assert_eq!((session.server().user.as_str(), session.server().database.as_str()), (found, "postgres"), "{user}");
        // The configured one is taken whatever it may do; its database is used where there is one.
        let configured = server.target("unable", if user == "able" { "template1" } else { "not_there" });
        let admin = Admin::find(Some(&configured), &target, &context()).await.unwrap();
        let session = admin.maintenance(&context()).await.unwrap();
        let database = if user == "able" { "template1" } else { "postgres" };
        assert_eq!((session.server().user.as_str(), session.server().database.as_str()), ("unable", database));
    }
    let mut nowhere = server.target("postgres", "postgres");
    nowhere.hosts[0].port += 1;
    let Err(error) = Admin::find(None, &nowhere, &context()).await else { panic!("nobody is there") };
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error:?}");
}

#[test]
fn a_wish_from_configuration() {
    let mut target = server().target("walt", "walt_db");
    target.password = Some(Secret::new("secret"));
    let wish = Wish::new(&DatabaseConfig::default(), &target);
    assert_eq!((&*wish.database, &*wish.owner, &*wish.app, &*wish.encoding), ("walt_db", "walt", "walt", "UTF8"));
    assert!(wish.app_password.is_some());
    let config = DatabaseConfig {
        owner: Some("owner".into()),
        app: Some("service".into()),
        readers: vec!["r".into(), "r".into()],
        ..DatabaseConfig::default()
    };
    let wish = Wish::new(&config, &target);
    assert_eq!((&*wish.owner, &*wish.app, wish.readers.len()), ("owner", "service", 1));
    assert!(wish.app_password.is_none(), "the password is walt's, not service's");
}

#[tokio::test]
async fn nobody_may_create() {
    let server = TestServer::start(&[("listen_addresses", "127.0.0.1")], "host all all 127.0.0.1/32 scram-sha-256");
    let target = server.tcp_target("walt", "walt");
    let Err(error) = Admin::find(None, &target, &context()).await else { panic!("an administrator") };
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error:?}");
    for command in ["mainstay bootstrap --admin-url", "mainstay bootstrap --print | psql"] {
        assert!(error.hints().iter().any(|hint| hint.contains(command)), "{error:?}");
    }
}

#[tokio::test]
async fn a_plan_is_refused_when_more_is_missing_than_it_makes() {
    let server = server();
    let admin = admin(server, "postgres").await;
    let wish = wish("stale", "_owner", "_owner", &["_reader"]);
    let first = bootstrap(server, &admin, &wish).await.unwrap();
    // What became unnecessary meanwhile is left out.
    bootstrap::apply(&admin, &wish, &first, &context()).await.unwrap();

    allowed(server, "stale_owner", "stale_db", "CREATE TABLE a (id int); CREATE TABLE b (id int)");
    allowed(server, "stale_owner", "stale_db", "REVOKE ALL ON a FROM stale_reader");
    let plan = bootstrap::plan(&admin, &wish, &context()).await.unwrap();
    allowed(server, "stale_owner", "stale_db", "REVOKE ALL ON b FROM stale_reader");
    let error = bootstrap::apply(&admin, &wish, &plan, &context()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
    assert!(error.message().contains("has changed since the plan was made"), "{error:?}");
}

#[tokio::test]
async fn the_printed_plan_is_what_psql_runs() {
    let server = server();
    let admin = admin(server, "postgres").await;
    let mut wish = wish("printed", "_owner", "_app", &["_reader"]);
    wish.extensions = vec!["pgcrypto".into()];
    let plan = bootstrap::plan(&admin, &wish, &context()).await.unwrap();
    let unseen = bootstrap::plan_from_nothing(&wish, version(server)).unwrap();
    assert_eq!(unseen.to_sql(), plan.to_sql());
    server.psql("postgres", &plan.to_sql());
    assert!(bootstrap::plan(&admin, &wish, &context()).await.unwrap().is_empty());
    assert_eq!(check(server, &wish, "printed_app").await.unwrap(), Vec::<String>::new());

    // Without its password the script stops instead of giving the role one that everybody knows.
    let mut secret = wish.clone();
    (secret.app, secret.app_password) = ("printed_secret".into(), Some(Secret::new("x")));
    let plan = bootstrap::plan(&admin, &secret, &context()).await.unwrap();
    denied(server, "postgres", "postgres", &plan.to_sql(), "syntax error");
    server.psql("postgres", &format!("\\set app_password '\\'it\\'\\'s\\''\n{}", plan.to_sql()));
    let kept = server.psql("postgres", "SELECT left(rolpassword, 5) FROM pg_authid WHERE rolname = 'printed_secret'");
    assert_eq!(kept, "SCRAM");
}

fn version(server: &TestServer) -> u32 {
    server.psql("postgres", "SHOW server_version_num").parse().unwrap()
}
