//! `sslmode` against a real server with every sort of certificate, each verdict compared with psql's own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use mainstay::ErrorKind;
use mainstay::conn::{Address, Host, PostgresTarget, Secret, SslMode};
use mainstay::engine::{Cancel, Context, Session, postgres};
use mainstay::observer::Silent;
use mainstay::sql::Statement;
use mainstay_testing::TestServer;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType, date_time_ymd};

const HBA: &str = "hostnossl all plain_only 127.0.0.1/32 trust\nhostssl all tls_only 127.0.0.1/32 trust\n\
                   host all postgres 127.0.0.1/32 trust\nhostssl all cert_only 127.0.0.1/32 cert\n\
                   hostssl all with_password 127.0.0.1/32 scram-sha-256";
const NAME: &str = "db.example.org";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Tls,
    Plain,
    Refused,
}
use Verdict::{Plain, Refused, Tls};

/// A server whose certificate can be changed, and a folder with roots.
struct Stage {
    server: TestServer,
    folder: tempfile::TempDir,
}

struct Pair {
    certificate: String,
    key: String,
}

fn params(common_name: &str, alternatives: &[SanType]) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.subject_alt_names = alternatives.to_vec();
    params
}

fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().expect("a name"))
}

fn self_signed(params: &CertificateParams) -> Pair {
    let key = KeyPair::generate().expect("a key");
    Pair { certificate: params.self_signed(&key).expect("a certificate").pem(), key: key.serialize_pem() }
}

/// A root that signs.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Self {
        Self::of(params(name, &[]))
    }

    fn of(mut root: CertificateParams) -> Self {
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let pem = root.self_signed(&key).expect("a certificate").pem();
        Self { pem, issuer: Issuer::new(root, key) }
    }

    /// A further one that this one signs, with its certificate.
    fn delegates(&self, name: &str) -> Self {
        let mut between = params(name, &[]);
        between.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let pem = between.signed_by(&key, &self.issuer).expect("a certificate").pem();
        Self { pem, issuer: Issuer::new(between, key) }
    }

    fn signs(&self, params: &CertificateParams) -> Pair {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate").pem();
        Pair { certificate, key: key.serialize_pem() }
    }
}

impl Stage {
    fn new(pair: &Pair, client_root: &str) -> Self {
        let files = [
            ("server.crt", pair.certificate.as_str()),
            ("server.key", pair.key.as_str()),
            ("clients.crt", client_root),
        ];
        let settings = [("listen_addresses", "127.0.0.1"), ("ssl", "on"), ("ssl_ca_file", "clients.crt")];
        let server = TestServer::start_with_files(&settings, HBA, &files);
        server
            .psql("postgres", "CREATE ROLE plain_only LOGIN; CREATE ROLE tls_only LOGIN; CREATE ROLE cert_only LOGIN; CREATE ROLE with_password LOGIN PASSWORD 'right'");
        Self { server, folder: tempfile::tempdir().expect("a folder") }
    }

    fn shows(&self, pair: &Pair) {
        for (name, text) in [("server.crt", &pair.certificate), ("server.key", &pair.key)] {
            std::fs::write(self.server.data().join(name), text).expect("written");
        }
        self.server.psql("postgres", "SELECT pg_reload_conf()");
        // The postmaster reads its files a moment after the signal.
        std::thread::sleep(std::time::Duration::from_millis(150));
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("protected");
        path
    }

    fn target(&self, user: &str, host: &str, mode: SslMode, root: Option<&Path>) -> PostgresTarget {
        let address = Address::Tcp { name: host.into(), ip: Some([127, 0, 0, 1].into()) };
        PostgresTarget {
            hosts: vec![Host { address, port: self.server.port(), password: None }],
            sslmode: mode,
            sslrootcert: root.map(Path::to_owned),
            ..self.server.target(user, "postgres")
        }
    }

    /// Ours and psql's verdicts must be `expected`.
    async fn check(&self, user: &str, host: &str, mode: SslMode, root: Option<&Path>, expected: Verdict, case: &str) {
        let ours = match postgres::connect(&self.target(user, host, mode, root), &context()).await {
            Ok(mut session) => {
                let told = session.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").await.unwrap();
                assert_eq!(told[0][0].as_deref() == Some("t"), session.server().tls, "{case}");
                if session.server().tls { Tls } else { Plain }
            }
            Err(error) => {
                assert!(!error.hints().is_empty(), "{case}: {error:?}");
                Refused
            }
        };
        assert_eq!(ours, expected, "ours: {case}, sslmode={mode:?}, host {host}, role {user}");
        let theirs = self.psql_verdict(user, host, mode, root);
        assert_eq!(theirs, expected, "psql's: {case}, sslmode={mode:?}, host {host}, role {user}");
    }

    fn psql_verdict(&self, user: &str, host: &str, mode: SslMode, root: Option<&Path>) -> Verdict {
        let mode = match mode {
            SslMode::Disable => "disable",
            SslMode::Allow => "allow",
            SslMode::Prefer => "prefer",
            SslMode::Require => "require",
            SslMode::VerifyCa => "verify-ca",
            SslMode::VerifyFull => "verify-full",
        };
        let root = root.map_or_else(|| self.folder.path().join("none"), Path::to_owned);
        let output = Command::new(self.server.binaries().program("psql"))
            .args(["-XAt", "-c", "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"])
            .arg(format!(
                "host={host} hostaddr=127.0.0.1 port={} user={user} dbname=postgres sslmode={mode} sslrootcert={} sslcert=/none sslkey=/none",
                self.server.port(),
                root.display()
            ))
            .env_clear()
            .output()
            .expect("psql starts");
        match (output.status.success(), String::from_utf8_lossy(&output.stdout).trim()) {
            (true, "t") => Tls,
            (true, _) => Plain,
            (false, _) => Refused,
        }
    }
}

fn context() -> Context {
    Context { observer: Arc::new(Silent), dial: None, application_name: "mainstay-test".into() }
}

/// The kind and message of a refusal.
async fn refusal(target: &PostgresTarget) -> (ErrorKind, String) {
    match postgres::connect(target, &context()).await {
        Ok(_) => panic!("connected to {}", target.hosts[0]),
        Err(error) => (error.kind(), error.message().to_owned()),
    }
}

#[tokio::test]
async fn every_certificate_is_judged_as_psql_judges_it() {
    let authority = Authority::new("Test Root");
    let stranger = Authority::new("Another Root");
    let named = authority.signs(&params("anything", &[dns(NAME), dns("*.wild.example.org")]));
    let stage = Stage::new(&named, &authority.pem);
    let root = stage.file("root.crt", &authority.pem);
    let strange = stage.file("strange.crt", &stranger.pem);
    let missing = stage.folder.path().join("missing.crt");

    let mut expired = params(NAME, &[dns(NAME)]);
    expired.not_after = date_time_ymd(2020, 1, 1);
    let mut early = params(NAME, &[dns(NAME)]);
    early.not_before = date_time_ymd(2999, 1, 1);
    let mut both = params(NAME, &[dns(NAME)]);
    both.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let own = self_signed(&params(NAME, &[]));
    let own_root = stage.file("own.crt", &own.certificate);
    let own_ca = self_signed(&both);
    let own_ca_root = stage.file("own_ca.crt", &own_ca.certificate);
    let own_expired = self_signed(&expired);
    let own_expired_root = stage.file("own_expired.crt", &own_expired.certificate);
    let old =
        Pair { certificate: include_str!("../data/tls/v1.crt").into(), key: include_str!("../data/tls/v1.key").into() };
    let old_root = stage.file("old.crt", include_str!("../data/tls/v1-root.crt"));
    let between = authority.delegates("Between");
    let mut chained = between.signs(&params(NAME, &[dns(NAME)]));
    let unchained = Pair { certificate: chained.certificate.clone(), key: chained.key.clone() };
    chained.certificate.push_str(&between.pem);
    let mut bygone = params("Bygone Root", &[]);
    bygone.not_after = date_time_ymd(2020, 1, 1);
    let bygone = Authority::of(bygone);
    let bygone_root = stage.file("bygone.crt", &bygone.pem);
    let mut for_clients = params(NAME, &[dns(NAME)]);
    for_clients.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let mut ca_for_clients = for_clients.clone();
    ca_for_clients.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let own_for_clients = self_signed(&for_clients);
    let own_for_clients_root = stage.file("own_for_clients.crt", &own_for_clients.certificate);
    let by_ip = authority.signs(&params("anything", &[SanType::IpAddress([127, 0, 0, 1].into())]));

    use SslMode::{Prefer, Require, VerifyCa, VerifyFull};
    type Row<'a> = (&'a str, SslMode, Option<&'a Path>, Verdict);
    let sets: Vec<(&str, Pair, Vec<Row<'_>>)> = vec![
        (
            "names in the alternative names",
            named,
            vec![
                (NAME, SslMode::Disable, None, Plain),
                (NAME, SslMode::Allow, None, Plain),
                (NAME, Prefer, None, Tls),
                (NAME, Require, None, Tls),
                (NAME, Require, Some(&missing), Tls),
                (NAME, Require, Some(&root), Tls),
                (NAME, Require, Some(&strange), Refused),
                (NAME, VerifyCa, Some(&root), Tls),
                (NAME, VerifyCa, Some(&strange), Refused),
                (NAME, VerifyCa, Some(&missing), Refused),
                ("other.example.org", VerifyCa, Some(&root), Tls),
                (NAME, VerifyFull, Some(&root), Tls),
                ("DB.Example.ORG", VerifyFull, Some(&root), Tls),
                ("one.wild.example.org", VerifyFull, Some(&root), Tls),
                ("a.b.wild.example.org", VerifyFull, Some(&root), Refused),
                ("other.example.org", VerifyFull, Some(&root), Refused),
                ("anything", VerifyFull, Some(&root), Refused),
                ("127.0.0.1", VerifyFull, Some(&root), Refused),
            ],
        ),
        (
            "an address among the alternative names",
            by_ip,
            vec![
                ("127.0.0.1", VerifyFull, Some(&root), Tls),
                ("127.0.0.2", VerifyFull, Some(&root), Refused),
                ("anything", VerifyFull, Some(&root), Tls),
            ],
        ),
        (
            "only a common name",
            authority.signs(&params(NAME, &[])),
            vec![(NAME, VerifyFull, Some(&root), Tls), ("other.example.org", VerifyFull, Some(&root), Refused)],
        ),
        (
            "a common name beside other alternative names",
            authority.signs(&params(NAME, &[dns("other.example.org")])),
            vec![(NAME, VerifyFull, Some(&root), Refused), ("other.example.org", VerifyFull, Some(&root), Tls)],
        ),
        (
            "self-signed and itself trusted",
            own,
            vec![
                (NAME, VerifyFull, Some(&own_root), Tls),
                ("other.example.org", VerifyFull, Some(&own_root), Refused),
                (NAME, VerifyCa, Some(&root), Refused),
                (NAME, Require, None, Tls),
            ],
        ),
        (
            "self-signed as a CA and itself trusted",
            own_ca,
            vec![(NAME, VerifyFull, Some(&own_ca_root), Tls), (NAME, VerifyCa, Some(&root), Refused)],
        ),
        (
            "a CA's certificate used by a server",
            authority.signs(&both),
            vec![(NAME, VerifyFull, Some(&root), Tls), (NAME, VerifyCa, Some(&strange), Refused)],
        ),
        (
            "expired",
            authority.signs(&expired),
            vec![(NAME, VerifyCa, Some(&root), Refused), (NAME, Require, None, Tls)],
        ),
        ("not valid yet", authority.signs(&early), vec![(NAME, VerifyCa, Some(&root), Refused)]),
        ("self-signed and expired", own_expired, vec![(NAME, VerifyCa, Some(&own_expired_root), Refused)]),
        (
            "signed in two steps",
            chained,
            vec![(NAME, VerifyFull, Some(&root), Tls), (NAME, VerifyCa, Some(&strange), Refused)],
        ),
        ("signed in two steps, the middle missing", unchained, vec![(NAME, VerifyCa, Some(&root), Refused)]),
        (
            "signed by an expired root",
            bygone.signs(&params(NAME, &[])),
            vec![(NAME, VerifyCa, Some(&bygone_root), Refused)],
        ),
        ("for clients only", authority.signs(&for_clients), vec![(NAME, VerifyCa, Some(&root), Refused)]),
        ("a CA's, for clients only", authority.signs(&ca_for_clients), vec![(NAME, VerifyCa, Some(&root), Refused)]),
        (
            "self-signed, for clients only",
            own_for_clients,
            vec![(NAME, VerifyCa, Some(&own_for_clients_root), Refused), (NAME, Require, None, Tls)],
        ),
        (
            "version 1",
            old,
            vec![
                (NAME, VerifyFull, Some(&old_root), Tls),
                (NAME, Require, None, Tls),
                ("other.example.org", VerifyFull, Some(&old_root), Refused),
                (NAME, VerifyCa, Some(&root), Refused),
            ],
        ),
    ];
    for (case, pair, rows) in sets {
        stage.shows(&pair);
        for (host, mode, root, expected) in rows {
            stage.check("postgres", host, mode, root, expected, case).await;
        }
    }
}

#[tokio::test]
async fn plain_and_tls_are_tried_in_libpqs_order() {
    let authority = Authority::new("Test Root");
    let stage = Stage::new(&authority.signs(&params("anything", &[dns(NAME)])), &authority.pem);
    for (user, mode, expected) in [
        ("plain_only", SslMode::Prefer, Plain),
        ("plain_only", SslMode::Allow, Plain),
        ("plain_only", SslMode::Require, Refused),
        ("tls_only", SslMode::Prefer, Tls),
        ("tls_only", SslMode::Allow, Tls),
        ("tls_only", SslMode::Disable, Refused),
        ("cert_only", SslMode::Require, Refused),
    ] {
        stage.check(user, NAME, mode, None, expected, "pg_hba.conf decides").await;
    }

    let refused = refusal(&stage.target("tls_only", NAME, SslMode::Disable, None)).await;
    assert_eq!(refused.0, ErrorKind::Authentication, "{refused:?}");
    let root = stage.file("root.crt", &authority.pem);
    let elsewhere = stage.target("postgres", "elsewhere", SslMode::VerifyFull, Some(&root));
    let (kind, message) = refusal(&elsewhere).await;
    assert_eq!(kind, ErrorKind::Tls);
    assert!(message.contains("it is for anything, db.example.org, not for elsewhere"), "{message}");
    let (kind, message) = refusal(&stage.target("postgres", NAME, SslMode::VerifyCa, None)).await;
    assert_eq!(
        (kind, message.as_str()),
        (ErrorKind::Tls, "sslmode=verify-ca needs root certificates, and no file is set")
    );

    let mut by_password = stage.target("with_password", NAME, SslMode::Require, None);
    by_password.password = Some(Secret::new("right"));
    postgres::connect(&by_password, &context()).await.expect("SCRAM bound to the TLS channel");
    by_password.password = Some(Secret::new("wrong"));
    by_password.sslmode = SslMode::Prefer;
    let error = refusal(&by_password).await;
    assert!(error.1.contains("refuses the password"), "not what the second, plain try was told: {error:?}");

    let client = authority.signs(&params("cert_only", &[]));
    let target = PostgresTarget {
        sslcert: Some(stage.file("client.crt", &client.certificate)),
        sslkey: Some(stage.file("client.key", &client.key)),
        ..stage.target("cert_only", NAME, SslMode::Require, None)
    };
    let mut session = postgres::connect(&target, &context()).await.expect("the client's certificate is taken");
    let readable = stage.folder.path().join("readable.key");
    std::fs::write(&readable, &client.key).expect("written");
    let (kind, message) = refusal(&PostgresTarget { sslkey: Some(readable), ..target }).await;
    assert!(kind == ErrorKind::Tls && message.starts_with("others can read the private key"), "{message}");
    let canceller = session.canceller();
    let sleeping = async { session.query("SELECT pg_sleep(30)").await };
    let cancelling = async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        canceller.cancel().await
    };
    let (slept, cancelled) = tokio::join!(sleeping, cancelling);
    cancelled.expect("the request goes through TLS as well");
    assert_eq!(slept.expect_err("cancelled").sqlstate(), Some("57014"));
}

/// What is changed in the request for a COPY is changed before it is encrypted.
#[tokio::test]
async fn a_refused_copy_leaves_the_session_as_it_was() {
    let authority = Authority::new("Test Root");
    let stage = Stage::new(&authority.signs(&params(NAME, &[dns(NAME)])), &authority.pem);
    let target = stage.target("tls_only", NAME, SslMode::Require, None);
    let mut session = postgres::connect(&target, &context()).await.expect("connects");
    session.query("CREATE TEMPORARY TABLE t (a int)").await.expect("made");
    let copy = |text| Statement { text, offset: 0, line: 1, copy_data: Some("1\n") };
    for _ in 0..20 {
        let error = session.run(&copy("COPY missing FROM stdin")).await.expect_err("refused");
        assert_eq!(error.sqlstate(), Some("42P01"), "{error:?}");
        session.run(&copy("COPY t FROM stdin")).await.expect("copied");
    }
    assert_eq!(session.query("SELECT count(*) FROM t").await.expect("answered"), [[Some("20".to_owned())]]);
}

#[tokio::test]
async fn a_server_without_tls_is_named_as_such() {
    let server = TestServer::start(&[("listen_addresses", "127.0.0.1")], "host all all 127.0.0.1/32 trust");
    let target = |sslmode| PostgresTarget { sslmode, ..server.tcp_target("postgres", "postgres") };
    let (kind, message) = refusal(&target(SslMode::Require)).await;
    assert_eq!(kind, ErrorKind::Tls);
    assert!(message.starts_with("server does not support TLS, but sslmode=require"), "{message}");
    for mode in [SslMode::Prefer, SslMode::Allow, SslMode::Disable] {
        let session = postgres::connect(&target(mode), &context()).await.expect("plain");
        assert!(!session.server().tls);
    }
}
