//! Schema versions: what the page says of them, and what goes wrong with them.

use crate::ground::Ground;

/// # From 3 to 5
///
/// The database is at version 3 and has rows; the new release wants 5. A copy is taken, scripts 4 and 5 run, one transaction
/// each, and every row is there.
#[test]
fn a_database_in_the_middle_goes_on() {
    let mut cloud = at_version_3();
    cloud.psql("INSERT INTO accounts VALUES ('a@example.org'); INSERT INTO payments (email, dollars) VALUES ('a@example.org', 5)");

    let run = upgrade(&mut cloud);

    assert_eq!(run.code, 0, "{run:?}");
    let did: Vec<&str> = run.stdout.lines().map(|line| line.split(" (").next().unwrap_or(line)).collect();
    assert!(did[0].starts_with("copied   "), "{did:?}");
    assert_eq!(did[1..3], ["applied  4_hosts", "applied  5_fence"]);
    assert_eq!(cloud.psql("SELECT count(*), max(version) FROM schemaversion"), "1|5");
    assert_eq!(cloud.psql("SELECT email, dollars FROM payments"), "a@example.org|5.00");
}

/// # Down
///
/// capsul has down scripts and never runs them. Here they run, last one first. What would be lost is named, and nothing runs
/// until that is allowed by name; then a copy is taken first. Version 1 has no way down.
#[test]
fn down_works() {
    let mut cloud = at_version_3();
    let at_3 = cloud.schema();
    assert_eq!(upgrade(&mut cloud).code, 0);
    cloud.psql("INSERT INTO hosts VALUES ('baikal', now())");

    let refused = cloud.mainstay(&["migrate", "down", "--to", "3"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (5, ""), "{refused:?}");
    for lost in ["drops column fence of operations", "drops table hosts", "--allow deletes-data"] {
        assert!(refused.stderr.contains(lost), "{lost}: {refused:?}");
    }
    let undone = cloud.mainstay(&["migrate", "down", "--to", "3", "--allow", "deletes-data"]);
    assert_eq!(undone.code, 0, "{undone:?}");
    assert!(undone.stdout.starts_with("copied   ") && undone.stdout.ends_with("at version 3\n"), "{undone:?}");
    assert_eq!(cloud.schema(), at_3);

    let no_way = cloud.mainstay(&["migrate", "down", "--to", "0", "--allow", "deletes-data"]);
    assert_ne!(no_way.code, 0, "{no_way:?}");
    assert!(no_way.stderr.contains("1_accounts"), "{no_way:?}");
    assert_eq!(cloud.schema(), at_3, "nothing is undone on the way to where there is no way");
}

/// # Newer than desired
///
/// The database has been at a newer release. An older one does not start on it.
#[test]
fn a_newer_database_stops_the_start() {
    let mut cloud = at_version_3();
    upgrade(&mut cloud);
    cloud.psql("UPDATE schemaversion SET version = 6");

    let run = cloud.mainstay(&["prepare"]);
    assert_eq!(run.code, 6, "{run:?}");
    assert!(run.stderr.contains("the database is at version 6, above 5"), "{run:?}");
    let hub = cloud.capsul(&["hub"]);
    assert!(hub.code == 1 && hub.stderr.contains("the database is at version 6, above 5"), "{hub:?}");
    assert_eq!(cloud.psql("SELECT version FROM schemaversion"), "6");
}

/// # A script that was not committed
///
/// Script 4 is missing, and script 5 is there. Nothing runs.
#[test]
fn a_missing_script_stops_the_start() {
    let mut cloud = at_version_3();
    cloud.forget("04_up_hosts.sql");
    nothing_runs(&mut cloud, 1, &["there is no script up to version 4", "05_up_fence.sql"]);
}

/// # A script that forgets the version
///
/// capsul runs such a script, commits it, and then finds the version wrong. Here it is rolled back, and the line to add is
/// told.
#[test]
fn a_script_that_forgets_its_version_is_rolled_back() {
    let mut cloud = at_version_3();
    let forgetful = cloud.text("04_up_hosts.sql").replace("UPDATE schemaversion SET version = 4;", "");
    cloud.script("04_up_hosts.sql", &forgetful);
    let told =
        ["4_hosts left schemaversion at 3 instead of 4; it was rolled back", "UPDATE schemaversion SET version = 4;"];
    nothing_runs(&mut cloud, 6, &told);
}

/// # An edited script
///
/// "Make a new schema version, do not edit the existing ones", says the page in bold. An edit is noticed before anything
/// runs. Who knows what they are doing says so.
#[test]
fn an_edited_script_stops_the_start() {
    let mut cloud = at_version_3();
    let edited = cloud.text("02_up_vms.sql").replace("deleted timestamp", "deleted timestamptz");
    cloud.script("02_up_vms.sql", &edited);
    nothing_runs(&mut cloud, 6, &["02_up_vms.sql was edited after it was applied", "mainstay migrate repair"]);

    assert_eq!(cloud.mainstay(&["migrate", "repair", "--yes"]).code, 0);
    assert_eq!(upgrade(&mut cloud).code, 0);
}

/// # A bad name
///
/// A script whose name says neither up nor down, and one that is there twice.
#[test]
fn a_script_with_a_bad_name_stops_the_start() {
    let mut cloud = at_version_3();
    cloud.script("4_hosts.sql", "SELECT 1;");
    nothing_runs(&mut cloud, 1, &["4_hosts.sql is not named as a migration", "NN_up_name.sql"]);
    cloud.forget("4_hosts.sql");
    cloud.script("4_up_hosts_again.sql", "SELECT 1;");
    nothing_runs(&mut cloud, 1, &["two scripts go up to version 4", "the next number"]);
}

/// # The desired version was forgotten
///
/// It happened: script 4 was committed without the number that has it run, and nobody was told. Here it is listed as held
/// back.
#[test]
fn a_script_above_the_desired_version_is_told() {
    let mut cloud = at_version_3();
    let status = cloud.mainstay(&["-q", "migrate", "status"]).stdout;
    assert!(status.contains("4\thosts\theld\t"), "{status}");
}

/// A new capsul of an earlier release: its desired version was 3.
fn at_version_3() -> Ground {
    let mut cloud = Ground::new();
    assert_eq!(cloud.ask_server(&format!("SELECT count(*) FROM pg_database WHERE datname = '{}'", cloud.name)), "0");
    cloud.settings(&include_str!("../../mainstay.toml").replace("to = 5", "to = 3"));
    let run = cloud.mainstay(&["prepare"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(cloud.psql("SELECT version FROM schemaversion"), "3");
    cloud
}

/// The new release is started.
fn upgrade(cloud: &mut Ground) -> mainstay_testing::Run {
    cloud.settings(include_str!("../../mainstay.toml"));
    cloud.mainstay(&["prepare"])
}

/// The new release does not start, says `words`, and the database is as it was.
fn nothing_runs(cloud: &mut Ground, code: i32, words: &[&str]) {
    let before = cloud.schema();
    let run = upgrade(cloud);
    assert_eq!(run.code, code, "{run:?}");
    for word in words {
        assert!(run.stderr.contains(word), "{word}: {run:?}");
    }
    assert_eq!(cloud.schema(), before);
}
