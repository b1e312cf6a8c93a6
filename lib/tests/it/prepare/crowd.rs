//! Every instance of a service starts at once.

use futures_util::future::join_all;
use mainstay_testing::server;

use super::Service;

#[tokio::test]
async fn sixteen_on_a_server_that_has_nothing() {
    let services: Vec<Service> = (0..16).map(|_| Service::new("crowd")).collect();
    let databases: Vec<_> = services.iter().map(Service::database).collect();
    let all = join_all(databases.iter().map(mainstay::Database::prepare)).await;
    let mut applied = 0;
    for prepared in all {
        let prepared = prepared.expect("every one of them succeeds");
        assert_eq!(prepared.version.map(|version| version.to_string()).as_deref(), Some("2"));
        applied += prepared.migrations.map_or(0, |report| report.done.len());
    }
    assert_eq!(applied, 2, "each migration once");
    assert_eq!(server().psql("crowd", "SELECT count(*) FROM mainstay.migration"), "2");
}

#[tokio::test]
async fn sixteen_with_an_owner_a_reader_and_an_extension() {
    let services: Vec<Service> = (0..16)
        .map(|_| {
            let service = Service::new("crowd_app");
            let config =
                "[database]\nowner = \"crowd_owner\"\nreaders = [\"crowd_reader\"]\nextensions = [\"pgcrypto\"]\n";
            service.file("mainstay.toml", config);
            service
        })
        .collect();
    let databases: Vec<_> = services.iter().map(Service::database).collect();
    for prepared in join_all(databases.iter().map(mainstay::Database::prepare)).await {
        prepared.expect("every one of them succeeds");
    }
    let owner = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('public', 'mainstay')";
    assert_eq!(server().psql("crowd_app", owner), "crowd_owner");
}

#[tokio::test]
async fn sixteen_on_one_sqlite_file() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("service.sqlite3").display());
    let services: Vec<Service> = (0..16).map(|_| Service::at(&url)).collect();
    let databases: Vec<_> = services.iter().map(Service::database).collect();
    let all = join_all(databases.iter().map(mainstay::Database::prepare)).await;
    let applied: usize = all
        .into_iter()
        .map(|prepared| prepared.expect("succeeds").migrations.map_or(0, |report| report.done.len()))
        .sum();
    assert_eq!(applied, 2);
}
