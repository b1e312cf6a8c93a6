//! The password that was printed is the one that the server takes.

use mainstay::ErrorKind;
use mainstay::bootstrap::Wish;
use mainstay::conn::{PostgresTarget, Secret, Target};
use mainstay::engine;
use mainstay::roles::{self, Change, Deed, Password, Preset};
use mainstay_testing::TestServer;

use super::ground::{context, create};

#[tokio::test]
async fn a_new_role_logs_in_with_its_password_by_scram_and_with_no_other() {
    let server = TestServer::start(&[], "local all all scram-sha-256");
    server.psql("postgres", "CREATE TABLE item (id int); INSERT INTO item VALUES (7)");
    let wish = Wish {
        database: "postgres".into(),
        owner: "postgres".into(),
        app: "service".into(),
        app_password: None,
        readers: Vec::new(),
        schema: None,
        extensions: Vec::new(),
        encoding: "UTF8".into(),
        locale: None,
    };
    let apply = async |change: &Change| {
        let mut session =
            engine::connect(&Target::Postgres(server.target("postgres", "postgres")), &context()).await.unwrap();
        let proposal = roles::plan(session.as_mut(), change, &wish).await.unwrap();
        let password = roles::generate().unwrap();
        roles::apply(session.as_mut(), change, &wish, &proposal.plan, Some(&password), &context()).await.unwrap();
        password
    };
    let log_in = async |password: &str| {
        let target = server.target("reports", "postgres");
        let target = PostgresTarget { password: Some(Secret::new(password.to_owned())), ..target };
        let mut session = engine::connect(&Target::Postgres(target), &context()).await?;
        session.query("SELECT id FROM item").await.map(|rows| rows[0][0].clone().unwrap_or_default())
    };

    let first = apply(&create("reports", Preset::Reader)).await;
    assert_eq!(log_in(first.expose()).await.unwrap(), "7");
    for wrong in ["", "wrong", &first.expose()[1..], &first.expose().to_lowercase()] {
        let error = log_in(wrong).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authentication, "{wrong}: {error:?}");
    }
    let again = Deed::Create { preset: Preset::Reader, password: Password::Always, close_public: false };
    let second = apply(&Change { role: "reports".into(), deed: again }).await;
    assert_eq!(log_in(second.expose()).await.unwrap(), "7");
    assert!(log_in(first.expose()).await.is_err(), "the old one is no good any more");
}
