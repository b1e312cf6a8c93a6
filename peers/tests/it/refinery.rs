//! refinery, by the crate that refinery_cli calls, on both engines. It has no way back, and a transaction around each.

use std::path::{Path, PathBuf};

use mainstay::migrate::Goal;
use mainstay::sql::Flavor;
use mainstay_peers::Service;
use refinery_core::{Error, Report, Runner, load_sql_migrations};

use super::peer::{Peer, Step};
use super::stories;

struct Refinery(Flavor);

const BOTH: [Refinery; 2] = [Refinery(Flavor::Postgres), Refinery(Flavor::Sqlite)];

async fn run_on_postgres(runner: &Runner, url: &str) -> Result<Report, Error> {
    let (mut client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("connects");
    let connection = tokio::spawn(connection);
    let report = runner.run_async(&mut client).await;
    drop(client);
    connection.await.expect("no panic").expect("a connection to its end");
    report
}

impl Peer for Refinery {
    fn service(&self) -> Service {
        match self.0 {
            Flavor::Postgres => Service::on_postgres("refinery"),
            Flavor::Sqlite => Service::on_sqlite("refinery"),
        }
    }

    fn has_no_transaction(&self) -> bool {
        false
    }

    fn files(&self, step: &Step) -> Vec<(PathBuf, String)> {
        vec![(format!("V{}__{}.sql", step.number, step.name).into(), step.up.to_owned())]
    }

    fn version(&self, number: u32) -> String {
        number.to_string()
    }

    async fn up(&self, service: &Service) -> Result<Vec<String>, String> {
        let migrations = load_sql_migrations(service.migrations()).expect("refinery reads the folder");
        let runner = Runner::new(&migrations);
        let report = match self.0 {
            Flavor::Postgres => run_on_postgres(&runner, &service.url()).await,
            Flavor::Sqlite => runner.run(&mut rusqlite::Connection::open(service.file()).expect("opens")),
        };
        let report = report.map_err(|error| error.to_string())?;
        Ok(report.applied_migrations().iter().map(|migration| migration.version().to_string()).collect())
    }
}

#[tokio::test]
async fn refinery_applies_and_we_go_on() {
    for peer in BOTH {
        stories::they_apply_and_we_go_on(&peer).await;
    }
}

#[tokio::test]
async fn we_apply_and_refinery_goes_on() {
    for peer in BOTH {
        stories::we_apply_and_they_go_on(&peer).await;
    }
}

#[tokio::test]
async fn an_edited_file_is_refused_by_both() {
    for peer in BOTH {
        let words = "applied migration V1__people is different than filesystem one V1__people";
        stories::an_edited_file(&peer, Some(words)).await;
    }
}

#[tokio::test]
async fn a_late_version_is_refused_by_both() {
    for peer in BOTH {
        stories::a_late_version(&peer, Some("migration V2__index is missing from the filesystem")).await;
    }
}

/// A `U` may come late, whoever applies it.
#[tokio::test]
async fn a_late_u_is_applied_by_either() {
    for peer in BOTH {
        let service = peer.service();
        service.write(Path::new("V3__three.sql"), "CREATE TABLE three (a int);");
        assert_eq!(peer.up(&service).await, Ok(vec!["3".to_owned()]));
        service.write(Path::new("U1__one.sql"), "CREATE TABLE one (a int);");
        let report = service.go(Goal::Up).await.expect("we apply");
        assert_eq!(report.done[0].version.as_str(), "1");
        assert_eq!(peer.up(&service).await, Ok(vec![]));
        service.write(Path::new("U2__two.sql"), "CREATE TABLE two (a int);");
        assert_eq!(peer.up(&service).await, Ok(vec!["2".to_owned()]));
        let state = service.state().await.expect("reads");
        assert_eq!((state.applied.len(), state.pending, state.problems), (3, vec![], vec![]));
    }
}
