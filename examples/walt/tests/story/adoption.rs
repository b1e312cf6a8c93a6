//! A database that has tables and no ledger, as WalT's own code leaves it, taken over as it is.

use mainstay::ErrorKind;
use mainstay::adopt::{Grounds, Request};
use mainstay::prepare::SafetyOutcome;
use walt::devices;

use crate::ground::{Ground, real_file};
use crate::upgrades::WALT_10;

/// # Adoption
///
/// A server of WalT 10 is handed over. Its files say how its tables came about, so they are run in a scratch database, and what
/// comes out is held against the real one. It is the same; so version 10 is written into a ledger, and nothing else is done.
/// The next start applies what came after, after a copy.
pub async fn a_database_that_nobody_kept_books_of_is_adopted(machine: &Ground) {
    match real_file("expected_schema_fresh_HEAD.pg15.sql") {
        Some(schema) => machine.old_database("walt_found", &schema),
        None => {
            machine.database_at("walt_found", WALT_10).prepare().await.unwrap();
            machine.psql("walt_found", "DROP SCHEMA mainstay CASCADE");
        }
    }
    machine.psql("walt_found", "INSERT INTO public.devices (mac, name, type) VALUES ('bb', 'rpi1', 'node')");
    let before = machine.schema("walt_found");
    let database = machine.database("walt_found");
    let folder = database.folder().unwrap().unwrap();

    let unsaid = database.adoption(&folder, &Request::default()).await.expect_err("nobody tells the version");
    assert!(unsaid.hints()[0].contains("mainstay migrate adopt --at"), "{unsaid:?}");
    let adoption = database.adoption(&folder, &Request { at: Some(WALT_10.to_owned()) }).await.unwrap();
    assert_eq!((adoption.missing.len(), adoption.pending), (5, 4));
    let proof = database.prove(&folder, &adoption).await.unwrap();
    assert_eq!(proof.migrations, 5, "{proof:?}");
    database.adopt(&folder, &adoption, Grounds::Proven(&proof)).await.unwrap();
    assert_eq!(machine.schema("walt_found"), before, "nothing was run");
    assert_eq!(
        machine.psql("walt_found", "SELECT count(*), max(version) FROM mainstay.migration"),
        format!("5|{WALT_10}")
    );

    let (prepared, db) = machine.start("walt_found").await;
    let applied = prepared.migrations.expect("the improvements").done;
    let names: Vec<&str> = applied.iter().map(|done| done.name.as_str()).collect();
    let improvements = ["one_row_each", "forget_by_cascade", "index_every_reference", "checkpoints_have_a_zone"];
    assert_eq!(names, improvements);
    assert!(matches!(prepared.safety, SafetyOutcome::Taken(_)), "{:?}", prepared.safety);
    assert_eq!(machine.schema("walt_found"), machine.schema("walt"));
    assert_eq!(devices::all(&db).await.unwrap().len(), 1);
}

/// # The wrong version
///
/// Somebody takes a database of version 4 for one of version 10. What it lacks and what it has too much is told by name, and
/// nothing is written; the database can still be brought up from where it really is.
pub async fn a_version_that_it_is_not_at_is_refused(machine: &Ground) {
    machine.old_database("walt_mistaken", include_str!("version_4.sql"));
    let before = machine.schema("walt_mistaken");
    let database = machine.database("walt_mistaken");
    let folder = database.folder().unwrap().unwrap();
    let adoption = database.adoption(&folder, &Request { at: Some(WALT_10.to_owned()) }).await.unwrap();

    let error = database.prove(&folder, &adoption).await.expect_err("it is not at version 10");

    assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
    let differences = error.causes().join("\n");
    for one in ["missing table public.vpnnodes", "missing column public.devices.conf"] {
        assert!(differences.contains(one), "{differences}");
    }
    assert_eq!(machine.schema("walt_mistaken"), before);
    assert_eq!(machine.psql("walt_mistaken", "SELECT to_regnamespace('mainstay')"), "");
    machine.start("walt_mistaken").await;
    assert_eq!(machine.schema("walt_mistaken"), machine.schema("walt"));
}
