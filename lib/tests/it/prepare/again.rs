//! A second run, and every one after it, changes nothing and costs next to nothing.

use mainstay::prepare::SafetyOutcome;
use mainstay_testing::server;

use super::Service;

/// Statements that a start with nothing to do must not send.
const TOO_MUCH: [&str; 6] = ["SELECT pg_try_advisory_lock", "INSERT", "UPDATE", "CREATE", "BEGIN", "DELETE"];

/// Those of `heard` that are too much.
fn excess(heard: &[String]) -> Vec<&String> {
    let is = |line: &&String| TOO_MUCH.iter().any(|words| line.starts_with(&format!("sql: {words}")));
    heard.iter().filter(is).collect()
}

async fn second_run_is_free(service: &Service, statements: usize) {
    service.database().prepare().await.expect("the first");
    assert_ne!(excess(&service.heard.take()), [""; 0], "the first run writes, and the observer hears it");
    let prepared = service.database().prepare().await.expect("the second");
    assert!(prepared.created.is_empty() && prepared.migrations.is_none(), "{prepared:?}");
    assert_eq!(prepared.safety, SafetyOutcome::NotNeeded);
    let heard = service.heard.take();
    assert!(excess(&heard).is_empty(), "{heard:#?}");
    assert!(heard.len() <= statements, "{heard:#?}");
}

#[tokio::test]
async fn one_role() {
    second_run_is_free(&Service::new("again_one"), 1).await;
}

#[tokio::test]
async fn owner_app_reader_and_environment() {
    let mut service = Service::new("again_app");
    service.file(
        "mainstay.toml",
        "[database]\nowner = \"again_owner\"\nreaders = [\"again_reader\"]\nextensions = [\"pgcrypto\"]\n\
         [target.prod]\nurl = \"env:PROD\"\nenvironment = \"production\"\n",
    );
    let url = service.vars[0].1.clone();
    service.var("PROD", &url);
    second_run_is_free(&service, 3).await;
    service.vars[0].1 = "postgresql://elsewhere/other".into();
    let request = mainstay::conn::Request { target: Some("prod".into()), ..Default::default() };
    let prod = || service.builder().request(request.clone()).build().unwrap();
    prod().prepare().await.expect("writes the marker");
    assert_eq!(
        server().psql("again_app", "SELECT value FROM mainstay.setting WHERE name = 'environment'"),
        "production"
    );
    service.heard.take();
    prod().prepare().await.expect("finds it");
    let heard = service.heard.take();
    assert!(excess(&heard).is_empty(), "{heard:#?}");
}

#[tokio::test]
async fn one_connection() {
    let service = Service::new("again_sessions");
    service.database().prepare().await.expect("the first");
    // Counted when a session ends, so that of the first run is waited for.
    let sessions = || {
        let sql = "SELECT sessions FROM pg_stat_database WHERE datname = 'again_sessions'";
        server().psql("postgres", sql).parse::<i64>().unwrap()
    };
    let settled = || {
        let mut before = sessions();
        loop {
            std::thread::sleep(std::time::Duration::from_millis(150));
            match sessions() {
                now if now == before => return now,
                now => before = now,
            }
        }
    };
    let before = settled();
    service.database().prepare().await.expect("the second");
    assert_eq!(settled() - before, 1);
}
