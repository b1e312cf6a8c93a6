//! Restores that go wrong elsewhere: said before anything starts, or done right. Each leaves what was there as it was.

use std::sync::Arc;

use mainstay::ErrorKind;
use mainstay::archive::toc::Toc;
use mainstay::engine::Context;
use mainstay::observer::Silent;
use mainstay::restore::{self, Consent, Options, Owners, Servers, Way};
use mainstay_testing::{TestServer, clients, server_of};

use super::lab::{Place, databases, dump, fresh, into, open, postgres, roles, run};

/// A small service: an owner, a reader, two tables, a view.
const SERVICE: &str = "
CREATE TABLE devices (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
CREATE TABLE logs (id bigserial PRIMARY KEY, device int NOT NULL REFERENCES devices, line text, seen date);
INSERT INTO devices (name) SELECT 'd' || n FROM generate_series(1, 50) n;
INSERT INTO logs (device, line) SELECT n % 50 + 1, 'größe ' || n FROM generate_series(1, 1000) n;
CREATE INDEX logs_line ON logs (line);
CREATE VIEW seen AS SELECT * FROM logs WHERE seen IS NOT NULL;
ALTER TABLE devices OWNER TO restore_owner;
GRANT SELECT ON logs TO restore_reader;
CREATE POLICY reads ON logs FOR SELECT TO restore_reader USING (line <> 'secret');
CREATE POLICY works ON logs TO restore_owner, restore_reader;
COMMENT ON POLICY reads ON logs IS 'for reports';";

struct Case {
    server: TestServer,
    source: mainstay_testing::TestDatabase,
    place: Place,
}

/// The service on a server of its own, dumped by the server's pg_dump.
fn case() -> Case {
    let server = TestServer::start(&[], "");
    roles(&server);
    let source = server.database();
    source.psql(SERVICE);
    let place = Place::new();
    let binaries = clients().into_iter().find(|binaries| binaries.bin == server.binaries().bin).unwrap();
    dump(&binaries, &server, source.name(), &["-Fd"], &place.path());
    Case { server, source, place }
}

fn silent() -> Context {
    Context { observer: Arc::new(Silent), dial: None, application_name: "somebody".to_owned() }
}

impl Case {
    fn psql(&self, database: &str, sql: &str) -> String {
        self.server.try_psql("postgres", database, sql).unwrap()
    }

    /// The databases that are there, scratch ones too.
    fn all(&self) -> String {
        databases(&self.server, "")
    }

    async fn refused(&self, options: &Options, user: &str) -> (ErrorKind, String) {
        let before = self.all();
        let mut backup = open(&self.place.path()).await;
        let error = run(&mut backup, options, &postgres(self.source.target_as(user))).await.unwrap_err();
        assert_eq!(self.all(), before, "{error:?}");
        (error.kind(), format!("{error:?}"))
    }
}

#[tokio::test]
async fn what_is_missing_is_named_before_anything_starts() {
    let case = case();
    let script = Place::new();
    let binaries = clients().into_iter().find(|binaries| binaries.bin == case.server.binaries().bin).unwrap();
    dump(&binaries, &case.server, case.source.name(), &["-Fp"], &script.path());
    for sql in ["REASSIGN OWNED BY restore_owner TO postgres", "DROP OWNED BY restore_owner, restore_reader"] {
        case.psql(case.source.name(), sql);
    }
    case.psql("postgres", "DROP ROLE restore_owner, restore_reader");
    let name = fresh();
    let (kind, said) = case.refused(&into(&name), "postgres").await;
    assert_eq!(kind, ErrorKind::Refused);
    for words in [
        "role restore_owner, which owns",
        "role restore_reader, which has rights",
        "CREATE ROLE restore_owner; CREATE ROLE restore_reader",
        "--owner-map restore_owner=postgres",
        "--no-owner",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }

    // All for one role, without the rights of roles that are not here.
    for place in [&case.place, &script] {
        let name = fresh();
        let options = Options { owners: Owners::parse(true, &[]).unwrap(), ..into(&name) };
        let restored = run(&mut open(&place.path()).await, &options, &postgres(case.source.target())).await.unwrap();
        let left_out = ["restore_owner", "restore_reader"]
            .map(|role| format!("rights and policies of role {role}, which this server does not have"));
        assert_eq!(restored.left_out, left_out);
        assert_eq!(case.psql(&name, "SELECT count(*) FROM logs"), "1000");
        let owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'";
        assert_eq!(case.psql(&name, owners), "postgres");
        assert_eq!(case.psql(&name, "SELECT count(*) FROM pg_policy"), "0");
    }

    // Other roles in their place, in rights too.
    case.psql("postgres", "CREATE ROLE alice; CREATE ROLE bob");
    let mut backup = open(&case.place.path()).await;
    let map = ["restore_owner=alice".to_owned(), "restore_reader=bob".to_owned()];
    let name = fresh();
    let options = Options { owners: Owners::parse(false, &map).unwrap(), ..into(&name) };
    run(&mut backup, &options, &postgres(case.source.target())).await.unwrap();
    assert_eq!(case.psql(&name, "SELECT tableowner FROM pg_tables WHERE tablename = 'devices'"), "alice");
    assert_eq!(case.psql(&name, "SELECT has_table_privilege('bob', 'logs', 'SELECT')"), "t");
    let policies = "SELECT string_agg(concat_ws(' ', policyname, array_length(roles, 1)), ', ' ORDER BY policyname) FROM pg_policies";
    assert_eq!(case.psql(&name, policies), "reads 1, works 2");

    // What one role of two has stays hers.
    case.psql("postgres", "CREATE ROLE restore_reader");
    let name = fresh();
    let options = Options { owners: Owners::parse(true, &[]).unwrap(), ..into(&name) };
    run(&mut backup, &options, &postgres(case.source.target())).await.unwrap();
    assert_eq!(case.psql(&name, policies), "reads 1, works 1");
}

#[tokio::test]
async fn an_extension_that_the_server_does_not_have_is_named() {
    let case = case();
    let file = case.place.path().join("toc.dat");
    let mut toc = Toc::read(&std::fs::read(&file).unwrap()).unwrap();
    let mut entry = mainstay::archive::toc::Entry::new(
        1_000_000,
        "EXTENSION",
        Some(b"nobody_has_it".to_vec()),
        mainstay::archive::toc::Section::PreData,
    );
    entry.definition = Some(b"CREATE EXTENSION IF NOT EXISTS nobody_has_it;\n".to_vec());
    toc.entries.insert(0, entry);
    std::fs::write(&file, toc.to_bytes()).unwrap();
    let (kind, said) = case.refused(&into(&fresh()), "postgres").await;
    assert_eq!(kind, ErrorKind::Refused);
    assert!(said.contains("extension nobody_has_it, which this server does not have"), "{said}");
    assert!(said.contains("-nobody-has-it"), "{said}");
}

#[tokio::test]
async fn names_that_are_taken_and_rights_that_are_missing_are_refused() {
    let case = case();
    let (kind, said) = case.refused(&into(case.source.name()), "postgres").await;
    assert_eq!(kind, ErrorKind::Refused);
    assert!(said.contains("there is a database") && said.contains("--into NAME"), "{said}");

    case.psql("postgres", "CREATE ROLE plain LOGIN");
    let options = Options { owners: Owners::parse(true, &[]).unwrap(), ..into(&fresh()) };
    let (kind, said) = case.refused(&options, "plain").await;
    assert_eq!(kind, ErrorKind::Refused);
    assert!(said.contains("role plain may not create databases"), "{said}");
    assert!(said.contains("ALTER ROLE plain CREATEDB") && said.contains("--in-place"), "{said}");
}

#[tokio::test]
async fn a_role_that_is_no_superuser_restores_what_it_may() {
    let case = case();
    case.psql("postgres", "CREATE ROLE maker LOGIN CREATEDB");
    let name = fresh();
    let (kind, said) = case.refused(&into(&name), "maker").await;
    assert_eq!(kind, ErrorKind::Refused);
    assert!(said.contains("GRANT postgres TO maker") || said.contains("GRANT restore_owner TO maker"), "{said}");
    let options = Options { owners: Owners::parse(true, &[]).unwrap(), ..into(&name) };
    let mut backup = open(&case.place.path()).await;
    let restored = run(&mut backup, &options, &postgres(case.source.target_as("maker"))).await.unwrap();
    assert_eq!((restored.counted, restored.rows), (2, 1050));
    assert_eq!(case.psql(&name, "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"), "maker");
    assert_eq!(
        case.psql("postgres", &format!("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = '{name}'")),
        "maker"
    );
    assert_eq!(case.psql(&name, "SELECT nextval('logs_id_seq')"), "1001");
}

#[tokio::test]
async fn a_swap_keeps_the_old_database_and_ends_its_sessions() {
    let case = case();
    let name = case.source.name().to_owned();
    case.psql(&name, "INSERT INTO devices (name) VALUES ('later')");
    let swap = Options { way: Way::Swap(name.clone()), ..into("") };
    let (kind, said) = case.refused(&swap, "postgres").await;
    assert_eq!(kind, ErrorKind::Refused);
    assert!(said.contains("--yes") && said.contains("--into NAME"), "{said}");
    let production = Options { production: true, consent: Consent { agreed: true, name: None }, ..swap.clone() };
    let (_, said) = case.refused(&production, "postgres").await;
    assert!(said.contains(&format!("--confirm {name}")), "{said}");

    // Somebody is connected meanwhile.
    let mut other = mainstay::engine::connect(&case.source.target(), &silent()).await.unwrap();
    let agreed = Options { consent: Consent { agreed: true, name: None }, ..swap };
    let mut backup = open(&case.place.path()).await;
    let restored = run(&mut backup, &agreed, &postgres(case.source.target())).await.unwrap();
    let kept = format!("{name}_before_20261121T221000Z");
    assert_eq!(restored.kept.as_deref(), Some(kept.as_str()));
    assert_eq!(case.psql(&name, "SELECT count(*) FROM devices"), "50");
    assert_eq!(case.psql(&kept, "SELECT count(*) FROM devices"), "51");
    assert_eq!(other.query("SELECT 1").await.unwrap_err().kind(), ErrorKind::ConnectionLost);
    assert_eq!(databases(&case.server, "mainstay_scratch_"), "");
}

#[tokio::test]
async fn in_anothers_place_it_is_named_and_brings_its_comment_and_settings() {
    let case = case();
    let (name, other) = (case.source.name().to_owned(), fresh());
    case.psql(
        &name,
        &format!("COMMENT ON DATABASE {name} IS 'it''s ours'; ALTER DATABASE {name} SET work_mem = '5MB'"),
    );
    case.psql("postgres", &format!("CREATE DATABASE {other}"));
    case.psql("postgres", &format!("COMMENT ON DATABASE {other} IS 'another'"));
    let place = Place::new();
    let binaries = clients().into_iter().find(|binaries| binaries.bin == case.server.binaries().bin).unwrap();
    dump(&binaries, &case.server, &name, &["-Fd"], &place.path());
    let consent = Consent { agreed: true, name: None };
    let swap = |name: &str| Options { way: Way::Swap(name.to_owned()), consent: consent.clone(), ..into("") };
    let mut backup = open(&place.path()).await;
    for (replaced, of) in [(&other, Some(name.clone())), (&name, None), (&fresh(), None)] {
        let target = postgres(case.source.target());
        let context = silent();
        let servers = Servers { target: &target, admin: None, context: &context };
        let plan = restore::plan(&mut backup, &swap(replaced), &servers).await.unwrap();
        assert_eq!(plan.other, of);
        restore::restore(&mut backup, &plan, &swap(replaced), &servers).await.unwrap();
        let comment =
            format!("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{replaced}'");
        assert_eq!(case.psql("postgres", &comment), "it's ours");
        assert_eq!(case.psql(replaced, "SHOW work_mem"), "5MB");
    }
}

#[tokio::test]
async fn a_database_that_has_something_is_not_restored_into_but_by_consent() {
    let case = case();
    let name = case.source.name().to_owned();
    case.psql(&name, "INSERT INTO devices (name) VALUES ('later'); CREATE SCHEMA other; CREATE TABLE other.t ()");
    let before =
        case.psql(&name, "SELECT string_agg(relname, ' ' ORDER BY oid) FROM pg_class WHERE relnamespace > 16000");
    let in_place = Options { way: Way::InPlace(name.clone()), ..into("") };
    let (_, said) = case.refused(&in_place, "postgres").await;
    assert!(said.contains(&format!("--confirm {name}")), "{said}");
    let named = Options { consent: Consent { agreed: false, name: Some(name.clone()) }, ..in_place };
    let (kind, said) = case.refused(&named, "postgres").await;
    assert_eq!(kind, ErrorKind::Refused);
    assert!(said.contains("is not empty") && said.contains("--clean"), "{said}");
    assert_eq!(
        case.psql(&name, "SELECT string_agg(relname, ' ' ORDER BY oid) FROM pg_class WHERE relnamespace > 16000"),
        before
    );

    let cleaned = Options { clean: true, ..named };
    let mut backup = open(&case.place.path()).await;
    run(&mut backup, &cleaned, &postgres(case.source.target())).await.unwrap();
    assert_eq!(case.psql(&name, "SELECT count(*), (SELECT to_regclass('other.t')) FROM devices"), "50|");
}

#[tokio::test]
async fn one_table_comes_back_beside_what_is_there() {
    let case = case();
    let name = case.source.name().to_owned();
    let only = |table: &str| Options { way: Way::New(name.clone()), only: vec![table.to_owned()], ..into("") };
    let (kind, said) = case.refused(&only("logs"), "postgres").await;
    assert_eq!(kind, ErrorKind::Refused);
    assert!(said.contains("has a table public.logs already"), "{said}");
    let (kind, said) = case.refused(&only("nowhere"), "postgres").await;
    assert_eq!(kind, ErrorKind::NotFound);
    assert!(said.contains("public.devices, public.logs"), "{said}");

    let mut backup = open(&case.place.path()).await;
    case.psql(&name, "DROP TABLE logs CASCADE");
    let restored = run(&mut backup, &only("public.logs"), &postgres(case.source.target())).await.unwrap();
    assert_eq!((restored.tables, restored.rows), (1, 1000));
    assert!(restored.left_out[0].contains("FK CONSTRAINT"), "{restored:?}");
    assert_eq!(case.psql(&name, "INSERT INTO logs (device) VALUES (1) RETURNING id"), "1001");
    assert_eq!(case.psql(&name, "SELECT count(*) FROM pg_indexes WHERE tablename = 'logs'"), "2");

    // Into a database of its own, nothing else comes along.
    let alone = fresh();
    run(&mut backup, &Options { way: Way::New(alone.clone()), ..only("logs") }, &postgres(case.source.target()))
        .await
        .unwrap();
    assert_eq!(case.psql(&alone, "SELECT count(*), (SELECT to_regclass('devices')) FROM logs"), "1000|");
}

#[tokio::test]
async fn damage_is_found_and_leaves_nothing() {
    let case = case();
    let toc = Toc::read(&std::fs::read(case.place.path().join("toc.dat")).unwrap()).unwrap();
    let entry =
        toc.entries.iter().find(|entry| entry.kind == "TABLE DATA" && entry.tag.as_deref() == Some(b"logs")).unwrap();
    let file = case.place.path().join(format!("{}.gz", String::from_utf8_lossy(&entry.file)));
    let whole = std::fs::read(&file).unwrap();
    for (what, bytes) in [
        ("cut", whole[..whole.len() / 2].to_vec()),
        ("flipped", {
            let mut bytes = whole.clone();
            let at = bytes.len() / 2;
            bytes[at] ^= 0x10;
            bytes
        }),
    ] {
        std::fs::write(&file, bytes).unwrap();
        let (kind, said) = case.refused(&into(&fresh()), "postgres").await;
        assert!(matches!(kind, ErrorKind::Verification | ErrorKind::Sql), "{what}: {said}");
        assert!(said.contains("cannot restore TABLE DATA public.logs"), "{what}: {said}");
    }
    std::fs::remove_file(&file).unwrap();
    let (kind, said) = case.refused(&into(&fresh()), "postgres").await;
    assert_eq!(kind, ErrorKind::Verification, "{said}");
}

/// Options that a newer minor release keeps for itself, as an older pg_dump has written them down.
#[tokio::test]
async fn options_of_the_servers_own_are_left_out() {
    let case = case();
    let file = case.place.path().join("toc.dat");
    let mut toc = Toc::read(&std::fs::read(&file).unwrap()).unwrap();
    for entry in toc.entries.iter_mut().filter(|entry| entry.kind == "TABLE") {
        let name = String::from_utf8(entry.tag.clone().unwrap()).unwrap();
        let alter = format!("ALTER TABLE ONLY public.{name} ALTER COLUMN id SET (pg_attver=22158952);\n");
        entry.definition.as_mut().unwrap().extend(alter.into_bytes());
    }
    std::fs::write(&file, toc.to_bytes()).unwrap();
    let name = fresh();
    let restored =
        run(&mut open(&case.place.path()).await, &into(&name), &postgres(case.source.target())).await.unwrap();
    assert_eq!(restored.rows, 1050);
}

/// Dumps of the newest pg_dump that there is, into the oldest server; plain ones set a parameter that it does not know.
#[tokio::test]
async fn newer_dumps_go_into_older_servers_and_older_ones_into_newer() {
    let case = case();
    for major in [13, 18] {
        let server = server_of(major);
        roles(server);
        for binaries in clients() {
            for options in [&["-Fd"][..], &["-Fc"], &[]] {
                let place = Place::new();
                dump(&binaries, &case.server, case.source.name(), options, &place.path());
                let name = fresh();
                let target = postgres(server.database().target());
                let restored = run(&mut open(&place.path()).await, &into(&name), &target).await;
                let restored =
                    restored.unwrap_or_else(|e| panic!("{} into {major} {options:?}: {e:?}", binaries.version));
                assert_eq!((restored.counted, restored.rows), (2, 1050));
            }
        }
    }
}

#[tokio::test]
async fn another_encoding_is_had_by_asking() {
    let case = case();
    let name = fresh();
    let birth = mainstay::restore::Birth { encoding: Some("LATIN1".into()), locale: Some("C".into()) };
    let latin = Options { birth, ..into(&name) };
    run(&mut open(&case.place.path()).await, &latin, &postgres(case.source.target())).await.unwrap();
    assert_eq!(case.psql(&name, "SHOW server_encoding"), "LATIN1");
    assert_eq!(case.psql(&name, "SELECT line FROM logs WHERE id = 7"), "größe 7");

    // And from there, in its own encoding, names and all.
    case.psql(&name, "CREATE TABLE \"größe\" (\"über\" text); INSERT INTO \"größe\" VALUES ('ä')");
    let binaries = clients();
    for options in [&["-Fd"][..], &[]] {
        let place = Place::new();
        dump(&binaries[0], &case.server, &name, options, &place.path());
        let back = fresh();
        let birth = mainstay::restore::Birth { encoding: Some("UTF8".into()), locale: Some("C".into()) };
        let options = Options { birth, ..into(&back) };
        run(&mut open(&place.path()).await, &options, &postgres(case.source.target())).await.unwrap();
        assert_eq!(case.psql(&back, "SELECT line, server_encoding FROM logs, current_setting('server_encoding') AS server_encoding WHERE id = 7"), "größe 7|UTF8");
    }
}
