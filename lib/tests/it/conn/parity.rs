//! The same environment given to PostgreSQL's own psql and to us must lead to the same place, or nowhere.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use mainstay::conn::{Request, Surroundings, resolve};
use mainstay::disk::Disk;
use mainstay::engine::{Context, connect};
use mainstay_testing::TestServer;

const WHERE: &str = "select current_user, current_database(), inet_server_port(), current_setting('port'), \
                     current_setting('unix_socket_directories'), current_setting('application_name') = 'x', \
                     current_setting('DateStyle'), current_setting('work_mem')";

const HBA: &str = "local all open trust\nlocal all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256";

/// One environment: a connection text (`""` for none), variables, and what psql is told instead where it does not
/// know our variables.
struct Case {
    url: String,
    vars: Vec<(&'static str, String)>,
    /// libpq's equivalent of variables that libpq does not know.
    equivalent: Option<Vec<(&'static str, String)>>,
    reaches: bool,
}

fn server() -> TestServer {
    let server = TestServer::start(&[("listen_addresses", "127.0.0.1")], HBA);
    server.psql("postgres", "create role open login; create role bob login password 'p@s:s/%# x'; create role \"b@b\" login password 'plain'; grant pg_read_all_settings to open, bob, \"b@b\"; create database walt; create database \"w/d\"");
    server
}

#[tokio::test]
async fn same_place_as_psql() {
    let (one, two) = (server(), server());
    let home = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: String, mode: u32| {
        let path = home.path().join(name);
        std::fs::write(&path, text).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("permissions");
        path.display().to_string()
    };
    let (port, other) = (one.port().to_string(), two.port().to_string());
    let lines = format!(
        "nowhere:*:*:*:no\n127.0.0.1:{port}:walt:bob:p@s\\:s/%# x\n*:{other}:*:bob:p@s\\:s/%# x\n*:*:*:b@b:plain:rest\n"
    );
    let passfile = write("pass", lines.clone(), 0o600);
    let open_passfile = write("open", lines, 0o644);
    let services = write(
        "services",
        format!(
            "# two\n[walt]\nhost=127.0.0.1\nport={port}\ndbname=walt\nuser=bob\npassword=p@s:s/%# x\n\n[bad]\nhosts=x\n[open]\nhost={}\nport={port}\nuser=open\ndbname=postgres\n",
            one.socket().display()
        ),
        0o600,
    );
    let (socket, socket_two) = (one.socket().display().to_string(), two.socket().display().to_string());
    let coded = socket.replace('/', "%2F");
    let password = "p%40s%3As%2F%25%23%20x";
    let yes = |url: String, vars: Vec<(&'static str, String)>| Case { url, vars, equivalent: None, reaches: true };
    let no = |url: String, vars: Vec<(&'static str, String)>| Case { url, vars, equivalent: None, reaches: false };
    let v = |pairs: &[(&'static str, &str)]| pairs.iter().map(|(n, t)| (*n, (*t).to_owned())).collect::<Vec<_>>();
    let as_libpq = |ours: &[(&'static str, &str)], theirs: &[(&'static str, &str)]| Case {
        url: String::new(),
        vars: v(ours),
        equivalent: Some(v(theirs)),
        reaches: true,
    };
    let full = [
        ("PGHOST", "127.0.0.1"),
        ("PGPORT", port.as_str()),
        ("PGUSER", "bob"),
        ("PGDATABASE", "walt"),
        ("PGPASSWORD", "p@s:s/%# x"),
    ];
    let url = format!("postgresql://bob:{password}@127.0.0.1:{port}/walt");
    let cases = vec![
        yes(url.clone(), vec![]),
        yes(url.replace("postgresql:", "postgres:"), vec![]),
        yes(format!("{url}?application_name=x"), vec![]),
        yes(url.clone(), v(&[("PGUSER", "open"), ("PGDATABASE", "postgres"), ("PGPORT", "1"), ("PGPASSWORD", "no")])),
        no(url.replace("%23", "%24"), vec![]),
        no(format!("{url}x"), vec![]),
        no(format!("{url}?sslmod=x"), vec![]),
        no(format!("{url}?sslmode=wrong"), vec![]),
        no(format!("{url}?sslmode=require"), vec![]),
        yes(format!("{url}?sslmode=disable"), vec![]),
        no(format!("postgresql://bob:p@s@127.0.0.1:{port}/walt"), vec![]),
        no(format!("postgresql://bob:a/b@127.0.0.1:{port}/walt"), vec![]),
        no(format!("postgresql://bob:a%zz@127.0.0.1:{port}/walt"), vec![]),
        yes(format!("postgresql://b%40b:plain@127.0.0.1:{port}/w%2Fd"), vec![]),
        yes(format!("postgresql://open@{coded}:{port}/walt"), vec![]),
        yes(format!("postgresql:///walt?host={socket}&port={port}&user=open"), vec![]),
        yes(format!("postgresql:///?host={coded}&port={port}&user=open&dbname=walt"), vec![]),
        no(format!("postgresql:///?host={coded}&port={port}&user=open"), vec![]),
        yes(format!("host={socket} port={port} user=open dbname=walt options='-c work_mem=5MB'"), vec![]),
        yes(format!("host = 127.0.0.1 port={port} user=bob dbname=walt password='p@s:s/%# x'"), vec![]),
        no(format!("host=127.0.0.1 port={port} user=bob dbname=walt password='p"), vec![]),
        no(format!("host=127.0.0.1 port={port} user=bob dbname=walt password=p x"), vec![]),
        yes(format!("host=nowhere.invalid hostaddr=127.0.0.1 port={port} user=b@b dbname=w/d password=plain"), vec![]),
        no(format!("host=a,b hostaddr=127.0.0.1 port={port} user=open"), vec![]),
        yes(format!("postgresql://open@/walt?host=/nonexistent,{socket}&port=1,{port}"), vec![]),
        yes(
            format!(
                "postgresql://open@/walt?host={socket},{socket_two}&port={port},{other}&target_session_attrs=read-write"
            ),
            vec![],
        ),
        yes(
            format!(
                "postgresql://open@/walt?host={socket_two},{socket}&port={other},{port}&target_session_attrs=primary"
            ),
            vec![],
        ),
        no(
            format!(
                "postgresql://open@/walt?host={socket_two},{socket}&port={other},{port}&target_session_attrs=standby"
            ),
            vec![],
        ),
        yes(
            format!(
                "postgresql://open@/walt?host={socket_two},{socket}&port={other},{port}&target_session_attrs=prefer-standby"
            ),
            vec![],
        ),
        no(format!("postgresql://open@/walt?host={socket_two},{socket}&port={other},{port},7"), vec![]),
        no(format!("postgresql://open@/walt?host={socket}&port={port}&target_session_attrs=master"), vec![]),
        yes(String::new(), v(&full)),
        no(String::new(), v(&full[..4])),
        no(String::new(), v(&[full[0], ("PGPORT", "0"), full[2], full[3], full[4]])),
        yes(String::new(), v(&[full[0], full[1], full[2], full[3], ("PGPASSFILE", &passfile)])),
        no(String::new(), v(&[full[0], full[1], full[2], full[3], ("PGPASSFILE", &open_passfile)])),
        no(String::new(), v(&[full[0], full[1], full[2], ("PGDATABASE", "postgres"), ("PGPASSFILE", &passfile)])),
        yes(format!("host=127.0.0.1,127.0.0.1 port=1,{other} user=bob dbname=walt passfile={passfile}"), vec![]),
        yes(format!("host={socket} port={port} user=b@b dbname=walt"), v(&[("PGPASSFILE", &passfile)])),
        yes(String::new(), v(&[("PGSERVICE", "walt"), ("PGSERVICEFILE", &services)])),
        yes("service=walt".into(), v(&[("PGSERVICEFILE", &services), ("PGHOST", "/nonexistent"), ("PGUSER", "open")])),
        yes("postgresql:///w%2Fd?service=walt".into(), v(&[("PGSERVICEFILE", &services)])),
        yes("postgresql:///walt?service=open".into(), v(&[("PGSERVICEFILE", &services), ("PGSERVICE", "walt")])),
        no("service=bad".into(), v(&[("PGSERVICEFILE", &services)])),
        no("service=none".into(), v(&[("PGSERVICEFILE", &services)])),
        no("service=walt".into(), v(&[("PGSERVICEFILE", "/nonexistent")])),
        yes(
            String::new(),
            v(&[
                ("PGHOST", &socket),
                full[1],
                ("PGUSER", "open"),
                full[3],
                ("PGDATESTYLE", "SQL"),
                ("PGAPPNAME", "x"),
                ("PGOPTIONS", "-c work_mem=6MB"),
            ]),
        ),
        no(String::new(), v(&[("PGHOST", &socket), full[1], ("PGUSER", "missing")])),
        as_libpq(
            &[
                ("POSTGRES_HOST", "127.0.0.1"),
                ("POSTGRES_PORT", &port),
                ("POSTGRES_USER", "bob"),
                ("POSTGRES_PASSWORD", "p@s:s/%# x"),
                ("POSTGRES_DB", "walt"),
            ],
            &full,
        ),
        as_libpq(
            &[
                ("POSTGRESQL_HOST", "127.0.0.1"),
                ("POSTGRESQL_PORT", &port),
                ("POSTGRESQL_USER", "bob"),
                ("POSTGRESQL_PASSWORD", "p@s:s/%# x"),
                ("POSTGRESQL_DATABASE", "walt"),
            ],
            &full,
        ),
        as_libpq(&[("DATABASE_URL", &url.replace("postgresql:", "postgresql+psycopg:"))], &full),
        as_libpq(
            &[(
                "POSTGRES_CONNECTION_PARAMETERS",
                &format!("host=127.0.0.1 port={port} user=bob dbname=walt password='p@s:s/%# x'"),
            )],
            &full,
        ),
    ];
    assert!(cases.len() >= 40);
    let mut failures = Vec::new();
    for case in &cases {
        let theirs = psql(&one.binaries().program("psql"), case, home.path());
        let ours = ours(case, home.path()).await;
        let agree = match (&theirs, &ours) {
            (Ok(theirs), Ok(ours)) => theirs == ours && case.reaches,
            (Err(_), Err(_)) => !case.reaches,
            _ => false,
        };
        if !agree {
            failures.push(format!("{} {:?}\n  psql: {theirs:?}\n  ours: {ours:?}", case.url, case.vars));
        }
    }
    assert!(failures.is_empty(), "{} of {} differ:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

fn psql(program: &Path, case: &Case, home: &Path) -> Result<String, String> {
    let vars = case.equivalent.as_ref().unwrap_or(&case.vars);
    let mut command = Command::new(program);
    command.args(["-X", "-w", "-A", "-t", "-c", WHERE]).env_clear().env("HOME", home).envs(vars.iter().cloned());
    if !case.url.is_empty() {
        command.args(["-d", &case.url]);
    }
    let output = command.output().expect("psql runs");
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

async fn ours(case: &Case, home: &Path) -> Result<String, String> {
    let around = Surroundings {
        vars: case.vars.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<BTreeMap<_, _>>(),
        os_user: "root".into(),
        home: Some(home.to_path_buf()),
        socket_folders: vec!["/var/run/postgresql".into()],
        ..Surroundings::default()
    };
    let request = Request { url: Some(case.url.clone()).filter(|url| !url.is_empty()), ..Request::default() };
    let shown = |error: mainstay::Error| format!("{error:?}");
    let resolved = resolve(&request, &Default::default(), &around, &Disk).map_err(shown)?;
    let context =
        Context { observer: Arc::new(mainstay::observer::Silent), dial: None, application_name: "psql".into() };
    let mut session = connect(&resolved.target, &context).await.map_err(shown)?;
    let rows = session.query(WHERE).await.map_err(shown)?;
    let values: Vec<String> = rows[0].iter().map(|value| value.clone().unwrap_or_default()).collect();
    session.close().await;
    Ok(values.join("|"))
}
