//! Whose everything was, and who might do what with it, comes back.

use mainstay::archive::globals::GLOBALS;
use mainstay::archive::rights::RIGHTS;
use mainstay::archive::toc::Toc;
use mainstay::drill::Ground;
use mainstay_testing::{TestServer, server};

use super::lab::{Lab, at};

/// What is done to a backup's table of contents.
type Damage<'a> = &'a dyn Fn(&mut Toc);

/// Something of everything that roles own or have rights on.
const SERVICE: &str = "
CREATE ROLE owns LOGIN CREATEDB; CREATE ROLE reads; CREATE ROLE passes_on; CREATE ROLE \"Odd one\";
CREATE SCHEMA app AUTHORIZATION owns; GRANT USAGE ON SCHEMA app TO reads, passes_on;
CREATE TYPE app.mood AS ENUM ('good', 'bad'); ALTER TYPE app.mood OWNER TO owns; REVOKE USAGE ON TYPE app.mood FROM PUBLIC;
CREATE TABLE app.devices (id serial PRIMARY KEY, name text, secret text, mood app.mood); ALTER TABLE app.devices OWNER TO owns;
INSERT INTO app.devices (name) SELECT 'd' || n FROM generate_series(1, 20) n;
GRANT SELECT (id, name) ON app.devices TO reads; GRANT INSERT ON app.devices TO passes_on WITH GRANT OPTION;
SET ROLE passes_on; GRANT INSERT ON app.devices TO \"Odd one\"; RESET ROLE;
ALTER TABLE app.devices ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON app.devices TO reads, \"Odd one\" USING (true);
CREATE VIEW app.seen AS SELECT id FROM app.devices; ALTER VIEW app.seen OWNER TO \"Odd one\"; GRANT SELECT ON app.seen TO PUBLIC;
CREATE FUNCTION app.secret(x app.mood, VARIADIC y int[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION app.secret OWNER TO owns; REVOKE ALL ON FUNCTION app.secret FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE owns IN SCHEMA app GRANT SELECT ON TABLES TO reads;
ALTER DEFAULT PRIVILEGES FOR ROLE owns REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
GRANT CREATE ON SCHEMA public TO owns;
SELECT lo_from_bytea(70001, 'large'), lo_from_bytea(70002, 'too'); ALTER LARGE OBJECT 70001 OWNER TO owns;
GRANT SELECT ON LARGE OBJECT 70001 TO reads;
CREATE EXTENSION hstore;";

/// The service on a server of its own.
async fn lab() -> (TestServer, Lab) {
    let server = TestServer::start(&[], "");
    let source = server.database();
    source.psql(SERVICE);
    let lab = Lab::new(source.target()).await;
    (server, lab)
}

#[tokio::test]
async fn they_are_compared_on_a_private_server_and_where_all_roles_are() {
    let (server, lab) = lab().await;
    for (ground, place) in
        [(Ground::Private, "a private server"), (Ground::Server, "a scratch database on the target's server")]
    {
        let drilled = lab.drill(|order| order.ground = ground).await.unwrap();
        assert!(drilled.proven, "{drilled:?}");
        assert_eq!((drilled.proof.place.as_str(), drilled.proof.left_out.len()), (place, 0), "{drilled:?}");
        // Two schemas, type, table, its sequence, two columns, view, function, two rules for what comes, two owners of large
        // objects, a policy.
        assert_eq!(drilled.proof.owners, Some(14), "{drilled:?}");
    }
    drop(server);
}

#[tokio::test]
async fn what_comes_back_as_anothers_or_with_other_rights_refutes() {
    let (_server, lab) = lab().await;
    let whole = lab.toc();
    let seen = at(&whole, "VIEW", "seen");
    let acl = at(&whole, "ACL", "TABLE devices");
    let rules = whole.entries.iter().position(|entry| entry.kind == "DEFAULT ACL").unwrap();
    let policy = at(&whole, "POLICY", "devices own");
    let cases: [(&str, Damage<'_>, &str); 5] = [
        (
            "another owner",
            &|toc| toc.entries[seen].owner = Some(b"passes_on".to_vec()),
            "view app.seen belongs to passes_on, and it belonged to Odd one",
        ),
        (
            "no rights",
            &|toc| drop(toc.entries.remove(acl)),
            "table app.devices is without rights that it had: Odd one=INSERT",
        ),
        (
            "more rights",
            &|toc| {
                toc.entries[acl].definition.as_mut().unwrap().extend(b"GRANT DELETE ON TABLE app.devices TO reads;\n")
            },
            "table app.devices has rights that it had not: reads=DELETE",
        ),
        ("no rule", &|toc| drop(toc.entries.remove(rules)), "has not come out"),
        (
            "a policy for all",
            &|toc| {
                let text = "CREATE POLICY own ON app.devices USING (true);\n";
                toc.entries[policy].definition = Some(text.as_bytes().to_vec());
            },
            "policy own on app.devices has rights that it had not: PUBLIC",
        ),
    ];
    for (what, change, said) in cases {
        let mut toc = whole.clone();
        change(&mut toc);
        lab.replace("toc.dat", &toc.to_bytes()).await;
        let drilled = lab.drill(|order| order.ground = Ground::Server).await.unwrap();
        assert!(!drilled.proven, "{what}: {drilled:?}");
        assert!(drilled.proof.failures.iter().any(|failure| failure.contains(said)), "{what}: {drilled:?}");
    }
}

#[tokio::test]
async fn where_they_cannot_be_the_same_it_is_said() {
    let server = TestServer::start(&[], "");
    let source = server.database();
    source.psql(&format!("{SERVICE} DROP POLICY own ON app.devices"));
    let mut lab = Lab::new(source.target()).await;
    // A server that knows none of them is left as it is.
    let own = lab.target.clone();
    let elsewhere = TestServer::start(&[], "");
    lab.target = elsewhere.database().target();
    let drilled = lab.drill(|order| order.ground = Ground::Server).await.unwrap();
    assert!(drilled.proven && drilled.proof.owners.is_none(), "{drilled:?}");
    let said = "whose the objects are, and who may do what with them: role Odd one, which owns 1 objects, is not on this server, \
                and 3 more; with them: mainstay backup drill --on private";
    assert!(drilled.proof.left_out.iter().any(|what| what == said), "{drilled:?}");
    assert_eq!(elsewhere.psql("postgres", "SELECT count(*) FROM pg_roles WHERE rolname ~ 'owns|reads|Odd'"), "0");

    lab.target = own;

    // A role that the backup has not.
    let globals = std::fs::read_to_string(lab.folder().join(GLOBALS)).unwrap();
    let without: String =
        globals.lines().filter(|line| !line.contains(" reads")).map(|line| format!("{line}\n")).collect();
    assert_ne!(globals, without);
    lab.replace(GLOBALS, without.as_bytes()).await;
    let drilled = lab.drill(|order| order.ground = Ground::Private).await.unwrap();
    assert!(drilled.proven && drilled.proof.owners.is_some(), "{drilled:?}");
    let said = "all but the name of role reads, which has rights: the backup does not have it";
    assert_eq!(drilled.proof.left_out, [said]);

    // A backup of before they were written down.
    lab.retell(|manifest| manifest.files.retain(|file| file.name != RIGHTS));
    std::fs::remove_file(lab.folder().join(RIGHTS)).unwrap();
    let drilled = lab.drill(|order| order.ground = Ground::Private).await.unwrap();
    assert!(drilled.proven && drilled.proof.owners.is_none(), "{drilled:?}");
    let said = "whose the objects are, and who may do what with them: the backup does not say it";
    assert_eq!(drilled.proof.left_out[0], said);
}

/// A service that owns all it has proves its own backup.
#[tokio::test]
async fn a_role_compares_what_is_its_own() {
    let name = "drill_owner";
    server().psql("postgres", &format!("CREATE ROLE {name} LOGIN CREATEDB; CREATE ROLE drill_reader"));
    server().psql("postgres", &format!("CREATE DATABASE {name} OWNER {name}"));
    let source = server().named(name);
    source.psql(&format!("SET ROLE {name}; CREATE TABLE t AS SELECT 1 AS a; GRANT SELECT ON t TO drill_reader"));
    let lab = Lab::new(source.target_as(name)).await;
    let drilled = lab.drill(|order| order.ground = Ground::Server).await.unwrap();
    assert!(drilled.proven, "{drilled:?}");
    assert_eq!((drilled.proof.owners, drilled.proof.left_out.len()), (Some(2), 0), "{drilled:?}");

    // What is another's it may give to nobody.
    source.psql("CREATE TABLE u AS SELECT 2 AS b; ALTER TABLE u OWNER TO drill_reader");
    let mut lab = Lab::new(source.target()).await;
    lab.target = source.target_as(name);
    let drilled = lab.drill(|order| order.ground = Ground::Server).await.unwrap();
    assert!(drilled.proven && drilled.proof.owners.is_none(), "{drilled:?}");
    let said = &drilled.proof.left_out[0];
    assert!(said.contains("role drill_owner gives nothing to drill_reader, which owns 1 objects"), "{drilled:?}");
}
