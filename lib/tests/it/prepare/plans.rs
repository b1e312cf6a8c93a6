//! What would be done, without doing it.

use mainstay_testing::server;

use super::Service;

#[tokio::test]
async fn of_a_database_that_is_not_there() {
    let service = Service::new("unborn");
    let plans = service.database().prepare_plans().await.expect("plans");
    let titles: Vec<&str> = plans.iter().flat_map(|plan| &plan.steps).map(|step| step.title.as_str()).collect();
    let role = "create role unborn, which the service logs in as";
    assert_eq!(titles, [role, "create database unborn", "apply 1_step", "apply 2_step"]);
    let found = "SELECT count(*) FROM pg_database, pg_roles WHERE datname = 'unborn' OR rolname = 'unborn'";
    assert_eq!(server().psql("postgres", found), "0");
}

#[tokio::test]
async fn of_pending_migrations() {
    let service = Service::new("planned");
    service.database().prepare().await.expect("prepares");
    service.step(3, "CREATE TABLE more (id int)");
    let plans = service.database().prepare_plans().await.expect("plans");
    let titles: Vec<&str> = plans.iter().flat_map(|plan| &plan.steps).map(|step| step.title.as_str()).collect();
    assert_eq!(titles, ["apply 3_step"]);
    assert_eq!(server().psql("planned", "SELECT max(version) FROM mainstay.migration"), "2");
}

#[tokio::test]
async fn of_an_sqlite_file_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("service.sqlite3");
    let service = Service::at(&format!("sqlite:{}", file.display()));
    let plans = service.database().prepare_plans().await.expect("plans");
    assert_eq!(plans.iter().map(|plan| plan.steps.len()).sum::<usize>(), 2);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
