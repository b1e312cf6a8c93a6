//! Roles go without anything being lost.

use mainstay::ErrorKind;
use mainstay::roles::{Change, Deed, Preset};
use mainstay_testing::server;

use super::ground::{Ground, create, titles};

fn drop(role: &str, heir: Option<&str>) -> Change {
    Change { role: role.into(), deed: Deed::Drop { reassign_to: heir.map(str::to_owned) } }
}

#[tokio::test]
async fn what_it_owns_goes_to_another_or_it_stays() {
    let ground = Ground::new(server(), "gone");
    ground.apply(&create("gone_app", Preset::App)).await.unwrap();
    ground.psql("CREATE TABLE hers (v text); INSERT INTO hers VALUES ('dear'); ALTER TABLE hers OWNER TO gone_app");
    let error = ground.apply(&drop("gone_app", None)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(error.message(), "role gone_app owns 1 object in database gone_db: table hers");
    assert_eq!(error.hints(), ["give them to another: mainstay role drop gone_app --reassign-to gone_owner"]);

    let error = ground.apply(&drop("gone_app", Some("gone_nobody"))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
    let error = ground.apply(&drop("gone_app", Some("gone_app"))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage, "{error:?}");

    let proposal = ground.apply(&drop("gone_app", Some("gone_owner"))).await.unwrap();
    assert_eq!(
        titles(&proposal),
        ["give what gone_app owns to gone_owner", "take from gone_app everything it was granted", "drop role gone_app"]
    );
    assert_eq!(ground.as_role("gone_owner", "SELECT v FROM hers").unwrap(), "dear");
    assert_eq!(ground.psql("SELECT count(*) FROM pg_roles WHERE rolname = 'gone_app'"), "0");
}

#[tokio::test]
async fn default_privileges_are_no_objects_and_go_with_the_role() {
    let ground = Ground::new(server(), "dev");
    ground.psql("CREATE ROLE dev_one LOGIN; GRANT CREATE, USAGE ON SCHEMA shared TO dev_one");
    ground.as_role("dev_one", "CREATE TABLE shared.hers (v text)").unwrap();
    ground.apply(&create("dev_reader", Preset::Reader)).await.unwrap();
    let error = ground.apply(&drop("dev_one", None)).await.unwrap_err();
    assert_eq!(error.message(), "role dev_one owns 1 object in database dev_db: table shared.hers");
    ground.apply(&drop("dev_one", Some("dev_owner"))).await.unwrap();
    assert_eq!(ground.psql("SELECT relowner::regrole FROM pg_class WHERE relname = 'hers'"), "dev_owner");
    assert_eq!(ground.psql("SELECT count(*) FROM pg_roles WHERE rolname = 'dev_one'"), "0");
}

#[tokio::test]
async fn what_it_has_elsewhere_is_named_with_the_way_to_settle_it() {
    let ground = Ground::new(server(), "far");
    ground.apply(&create("far_reader", Preset::Reader)).await.unwrap();
    ground.server.psql("postgres", "CREATE DATABASE far_other");
    ground.server.psql("far_other", "CREATE TABLE a (id int); ALTER TABLE a OWNER TO far_reader; CREATE TABLE b (id int); GRANT SELECT ON b TO far_reader");
    let error = ground.apply(&drop("far_reader", Some("far_owner"))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    let message = error.message();
    assert!(message.contains("owns 1 object in database far_other"), "{message}");
    assert!(message.contains("has grants on 1 object in database far_other"), "{message}");
    assert_eq!(
        error.hints(),
        [
            "mainstay sql --write --dbname far_other -c 'REASSIGN OWNED BY far_reader TO far_owner; DROP OWNED BY far_reader'"
        ]
    );
    ground.server.psql("far_other", "REASSIGN OWNED BY far_reader TO far_owner; DROP OWNED BY far_reader");
    ground.apply(&drop("far_reader", None)).await.unwrap();
}

#[tokio::test]
async fn those_in_use_and_those_that_the_service_stands_on_stay() {
    let ground = Ground::new(server(), "stay");
    let mut wish = ground.wish.clone();
    wish.readers = vec!["stay_configured".into()];
    let ground = Ground { wish, ..ground };
    ground.psql("CREATE ROLE stay_configured; CREATE ROLE stay_super SUPERUSER; CREATE ROLE stay_busy LOGIN");
    let busy = ground.session("stay_busy").await;
    for (role, words) in [
        ("stay_owner", "role stay_owner owns database stay_db"),
        ("stay_service", "is what the service logs in to"),
        ("stay_configured", "is a configured reader"),
        ("stay_super", "is a superuser"),
        ("postgres", "is the one that is connected"),
        ("stay_busy", "has a session open"),
    ] {
        let error = ground.apply(&drop(role, Some("stay_second"))).await.expect_err(role);
        assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
        assert!(error.message().contains(words) && !error.hints().is_empty(), "{error:?}");
    }
    busy.close().await;
    assert_eq!(ground.psql("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'stay_%'"), "6");
}

#[tokio::test]
async fn a_printed_plan_drops_nothing_that_came_later() {
    let ground = Ground::new(server(), "late");
    ground.apply(&create("late_reader", Preset::Reader)).await.unwrap();
    let script = ground.plan(&drop("late_reader", None)).await.unwrap().plan.to_sql();
    ground.psql("CREATE TABLE hers (v text); ALTER TABLE hers OWNER TO late_reader");
    let words = ground.as_role("postgres", &script).unwrap_err();
    assert!(words.contains("the role owns something here: nothing is dropped"), "{words}");
    assert_eq!(ground.psql("SELECT count(*) FROM hers"), "0");
}
