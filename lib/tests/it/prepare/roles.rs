//! Objects belong to the owner, whoever the service logs in as; production is asked for by name.

use mainstay::ErrorKind;
use mainstay::conn::Request;
use mainstay::migrate::Consent;
use mainstay::plan::Hazard;
use mainstay_testing::server;

use super::Service;

#[tokio::test]
async fn owner_and_app() {
    let service = Service::new("divided_app");
    service.file("mainstay.toml", "[database]\nowner = \"divided_owner\"\n");
    service.database().prepare().await.expect("prepares");
    let owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('public', 'mainstay')";
    assert_eq!(server().psql("divided_app", owners), "divided_owner");
    let as_app = |sql: &str| server().try_psql("divided_app", "divided_app", sql);
    as_app("INSERT INTO devices VALUES (1); UPDATE nodes SET id = 2").expect("the app writes rows");
    as_app("DROP TABLE devices").expect_err("and owns nothing");

    service.step(3, "ALTER TABLE devices ADD name text").step(4, "CREATE TABLE later (id serial)");
    service.database().prepare().await.expect("the owner alters what it owns");
    as_app("INSERT INTO later DEFAULT VALUES").expect("what comes later is writable too");
    let folder = service.database().folder().unwrap().expect("a folder");
    let (state, lines) = service.database().migration_state(&folder).await.expect("readable");
    assert_eq!((state.applied.len(), lines.len()), (4, 4));
}

#[tokio::test]
async fn a_script_that_changes_role_changes_it_for_itself_only() {
    let service = Service::new("wanderer");
    service.database().prepare().await.expect("prepares");
    server().psql(
        "wanderer",
        "CREATE ROLE elsewhere; GRANT elsewhere TO wanderer; GRANT CREATE ON SCHEMA public TO elsewhere",
    );
    service.step(3, "SET ROLE elsewhere; CREATE TABLE theirs (id int)").step(4, "CREATE TABLE ours (id int)");
    service.database().prepare().await.expect("prepares");
    let owners =
        "SELECT string_agg(tableowner, ',' ORDER BY tablename) FROM pg_tables WHERE tablename IN ('ours', 'theirs')";
    assert_eq!(server().psql("wanderer", owners), "wanderer,elsewhere");
}

/// `[target.prod]` says production; the database remembers it, also for whoever comes without that section.
#[tokio::test]
async fn production_wants_its_name() {
    let mut service = Service::new("live");
    service.file("mainstay.toml", "[target.prod]\nurl = \"env:PROD\"\nenvironment = \"production\"\n");
    let url = service.vars[0].1.clone();
    service.var("PROD", &url);
    let prod = Request { target: Some("prod".into()), ..Request::default() };
    let plain = Request::default();
    let prepare = async |request: &Request, confirm: Option<&str>| {
        let consent = Consent { allow: vec![Hazard::DeletesData], confirm: confirm.map(str::to_owned) };
        service.builder().request(request.clone()).consent(consent).build().unwrap().prepare().await
    };
    prepare(&prod, None).await.expect("nothing is deleted from an empty database");
    server().psql("live", "INSERT INTO devices VALUES (1)");
    service.step(3, "DELETE FROM devices");
    for (request, confirm) in [(&prod, None), (&prod, Some("other")), (&plain, None)] {
        let error = prepare(request, confirm).await.expect_err("the name is wanted");
        assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
        assert!(error.hints().iter().any(|hint| hint.contains("--confirm live")), "{error:?}");
        assert_eq!(server().psql("live", "SELECT count(*) FROM devices"), "1");
    }
    // A marker that says less than the configuration does not count for more.
    server().psql("live", "UPDATE mainstay.setting SET value = 'staging' WHERE name = 'environment'");
    prepare(&prod, None).await.expect_err("the configuration says production");
    prepare(&prod, Some("live")).await.expect("the name was given");
    assert_eq!(server().psql("live", "SELECT count(*) FROM devices"), "0");
    let marker = "SELECT value FROM mainstay.setting WHERE name = 'environment'";
    assert_eq!(server().psql("live", marker), "production");
}
