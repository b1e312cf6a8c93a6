//! A database with every kind of object, on every version: everything is read, and a restored copy reads the same.

use std::collections::BTreeSet;
use std::process::Command;

use mainstay::catalog::{Catalog, Content, Dependencies, Name, ObjectId, ObjectKind, Scope};
use mainstay_testing::{TestDatabase, TestServer, VERSIONS, server, server_of};

use super::read_as_far_as;

/// The statements that a server of this major version understands: lines say so where not all do.
fn statements(major: u32) -> String {
    let wanted = |line: &&str| {
        let from = line.rsplit_once("-- from ").and_then(|(_, version)| version.parse::<u32>().ok());
        from.is_none_or(|from| major >= from)
    };
    include_str!("rich.sql").lines().filter(wanted).collect::<Vec<_>>().join("\n")
}

fn rich(server: &TestServer, major: u32) -> TestDatabase {
    let database = server.database();
    database.psql(&statements(major));
    database
}

fn structure(database: &TestDatabase) -> Catalog {
    read_as_far_as(Scope::Structure, &database.target()).structure()
}

/// What stock pg_dump says of the schema.
pub(super) fn dump(database: &TestDatabase) -> String {
    let programs = server().binaries();
    let output = Command::new(programs.program("pg_dump")).args(["--schema-only", &database.url()]).output();
    let output = output.expect("pg_dump starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The names of objects that the catalogs do not have in common, and those that are not the same.
pub(super) fn differences(a: &Catalog, b: &Catalog) -> Vec<String> {
    let say = |catalog: &Catalog| -> BTreeSet<String> {
        let objects = catalog.objects();
        let contents = objects.iter().map(|one| {
            let text = match one.content {
                Content::Table(table) => {
                    let mut alone = table.clone();
                    (alone.columns, alone.constraints, alone.indexes) = Default::default();
                    (alone.triggers, alone.rules, alone.policies) = Default::default();
                    serde_json::to_string(&alone)
                }
                content => serde_json::to_string(&content),
            };
            format!("{}: {}", one.id, text.expect("JSON"))
        });
        let needs = catalog.dependencies.iter().map(|(from, to)| format!("{from} needs {to}"));
        let privileges = catalog.privileges.iter().map(|one| format!("{}: {one:?}", one.on));
        let defaults = catalog.default_privileges.iter().map(|one| format!("{one:?}"));
        let extensions = catalog.depends_on_extension.iter().map(|one| format!("{one:?}"));
        contents.chain(needs).chain(privileges).chain(defaults).chain(extensions).collect()
    };
    let (a, b) = (say(a), say(b));
    let gone = a.difference(&b).map(|line| format!("- {line}"));
    gone.chain(b.difference(&a).map(|line| format!("+ {line}"))).collect()
}

#[test]
fn every_kind_is_read() {
    let catalog = structure(&rich(server(), server().binaries().major));
    assert_eq!(catalog.unclaimed, []);
    let kinds: BTreeSet<ObjectKind> = catalog.objects().iter().map(|object| object.id.kind).collect();
    let missing: Vec<&str> =
        ObjectKind::ALL.iter().filter(|kind| !kinds.contains(kind)).map(|kind| kind.words()).collect();
    assert_eq!(missing, ["database", "role", "default of column"]);
    let ids: Vec<ObjectId> = catalog.objects().into_iter().map(|object| object.id).collect();
    let different: BTreeSet<&ObjectId> = ids.iter().collect();
    assert_eq!(ids.len(), different.len(), "two objects of one name");
}

#[test]
fn needs_are_those_of_the_objects_that_people_know() {
    let catalog = structure(&rich(server(), server().binaries().major));
    let needs = |kind: ObjectKind, name: &str, detail: &str| -> Vec<String> {
        let id = ObjectId::part(kind, &Name::new("app", name), detail);
        catalog.dependencies.of(&id).map(ToString::to_string).collect()
    };
    use ObjectKind as Kind;
    let check = |kind: Kind, name: &str, detail: &str, expected: &[&str]| {
        assert_eq!(needs(kind, name, detail), expected, "{kind:?} {name} {detail}");
    };
    check(
        Kind::View,
        "v",
        "",
        &["schema app", "type app.mood", "function app.mood_to_int(app.mood)", "column app.t.id", "column app.t.n"],
    );
    check(Kind::MaterializedView, "mv", "", &["schema app", "view app.v"]);
    check(
        Kind::Constraint,
        "t",
        "fk",
        &["column app.parent.id", "column app.t.parent", "constraint parent_pkey on app.parent"],
    );
    check(Kind::Default, "t", "id", &["sequence app.t_id_seq", "column app.t.id"]);
    check(Kind::Default, "t", "twice", &["column app.t.n", "column app.t.twice"]);
    check(Kind::Sequence, "t_id_seq", "", &["schema app", "column app.t.id"]);
    check(Kind::Policy, "t", "pol", &["table app.t", "column app.t.n"]);
    check(Kind::Index, "trg", "", &["extension pg_trgm", "column app.t.big"]);
    check(Kind::Trigger, "t", "touch", &["function app.touch()", "table app.t", "column app.t.n"]);
    check(Kind::Column, "parent", "m", &["type app.mood"]);
    check(Kind::Table, "typed", "", &["schema app", "type app.pair"]);
    let mood = ObjectId::of(Kind::Type, &Name::new("app", "mood"));
    let dependents: Vec<String> = catalog.dependencies.dependents(&mood).map(ToString::to_string).collect();
    assert_eq!(
        dependents,
        [
            "function app.mood_to_int(app.mood)",
            "procedure app.p(app.mood)",
            "cast app.mood as integer",
            "view app.v",
            "column app.child.m",
            "column app.parent.m",
            "default of column app.child.m",
            "default of column app.parent.m",
        ]
    );
}

#[test]
fn privileges_are_told_where_they_are_not_the_usual_ones() {
    let catalog = structure(&rich(server(), server().binaries().major));
    let said: Vec<String> = (catalog.privileges.iter())
        .map(|one| {
            let list = |grants: &[mainstay::catalog::Grant]| {
                let one = |grant: &mainstay::catalog::Grant| {
                    format!(" {} {}", grant.privilege, grant.grantee.as_deref().unwrap_or("PUBLIC"))
                };
                grants.iter().map(one).collect::<Vec<_>>().join(",")
            };
            format!("{}: +{} -{}", one.on, list(&one.granted), list(&one.revoked))
        })
        .collect();
    let expected = [
        "schema app: + USAGE PUBLIC -",
        "language plpgsql: + - USAGE PUBLIC",
        "type app.mood: + USAGE cat_reader -",
        "function app.body(): + - EXECUTE PUBLIC",
        "function app.similarity(text, text): + - EXECUTE PUBLIC",
        "function app.touch(): + - EXECUTE PUBLIC",
        "function pg_catalog.pg_sleep(double precision): + - EXECUTE PUBLIC",
        "server srv: + USAGE cat_reader -",
        "table app.t: + INSERT cat_reader, SELECT cat_reader -",
        "table app.un: + - DELETE postgres, INSERT postgres, REFERENCES postgres, SELECT postgres, TRIGGER postgres, TRUNCATE postgres, UPDATE postgres",
        "table app.uniq: + SELECT cat_reader -",
        "view app.invoked: + SELECT cat_reader -",
        "column app.t.n: + UPDATE cat_reader -",
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_restored_copy_reads_the_same() {
    let original = rich(server(), server().binaries().major);
    let copy = server().database();
    // A subscription's name is one for the whole cluster.
    let script = dump(&original);
    original.psql("DROP SUBSCRIPTION sub");
    copy.psql(&script);
    copy.psql("DROP SUBSCRIPTION sub");
    let (mut original, mut copy) = (structure(&original), structure(&copy));
    // pg_dump leaves them to pg_dumpall.
    original.settings.clear();
    copy.settings.clear();
    assert_eq!(differences(&original, &copy), [""; 0]);
    assert_eq!(original.hash(), copy.hash());
    assert_eq!(original.hashes(), copy.hashes());
}

#[test]
fn nothing_of_a_catalog_can_change_without_its_hash() {
    let original = structure(&rich(server(), server().binaries().major));
    let whole = serde_json::to_value(&original).expect("JSON");
    let keys = || whole.as_object().expect("an object").keys();
    // What needs what is numbers for names, of which none can be left out.
    let counts = |key: &&String| match *key == "dependencies" {
        true => {
            let mut fewer = original.clone();
            fewer.dependencies = Dependencies::default();
            fewer.hash() != original.hash()
        }
        false => {
            let mut fewer = whole.clone();
            let gone = fewer[*key].as_array_mut().and_then(Vec::pop);
            gone.is_none() || serde_json::from_value::<Catalog>(fewer).expect("a catalog").hash() != original.hash()
        }
    };
    let forgotten: Vec<&String> = keys().filter(|key| !counts(key)).collect();
    assert_eq!(forgotten, [""; 0]);
    let empty: Vec<&String> = keys().filter(|key| whole[*key].as_array().is_some_and(Vec::is_empty)).collect();
    assert_eq!(empty, ["labels", "unclaimed", "roles"], "what this database has none of is not tried");
}

/// What is not the same on servers of one version and those of another, though the statements are: the versions on one
/// side, and what a line about it holds.
const KNOWN: [(std::ops::RangeInclusive<u32>, &str); 12] = [
    // Columns know their compression from 14 on, range types their multirange.
    (13..=13, "column app.t.big: "),
    (13..=13, "type app.frange: "),
    (13..=13, "function app.body()"),
    // The arguments of a procedure say IN from 14 on.
    (13..=13, "procedure app.p(app.mood): "),
    (13..=13, "extension "),
    (18..=18, "extension "),
    // Streaming is an option of subscriptions from 14 on, and the standard from 18 on.
    (13..=13, "subscription sub: "),
    (18..=18, "subscription sub: "),
    // The schema public belongs to the database's owner from 15 on.
    (13..=14, "schema public: "),
    // Columns in views are printed without their table from 16 on, where there is but one.
    (16..=18, "view app.v: "),
    // NOT NULL of domains is a constraint from 17 on, and there is MAINTAIN.
    (17..=18, "app.nn"),
    (17..=18, "table app.un: Privileges"),
];

#[test]
fn every_version_reads_the_same() {
    let expected = structure(&rich(server_of(15), 14));
    for major in VERSIONS {
        assert_eq!(structure(&rich(server_of(major), major)).unclaimed, [], "on {major}");
        let same_statements = structure(&rich(server_of(major), major.min(14)));
        let mut differences = differences(&expected, &same_statements);
        differences.retain(|line| !KNOWN.iter().any(|(majors, known)| majors.contains(&major) && line.contains(known)));
        if major == 18 {
            differences.retain(|line| !of_not_null(line));
        }
        assert_eq!(differences, [""; 0], "on {major}");
    }
}

/// From 18 on NOT NULL of columns is a constraint with a name.
fn of_not_null(line: &str) -> bool {
    line.contains("_not_null on ") || line.contains("_not_null\" on ") || line.contains("\"not_null\":true")
}
