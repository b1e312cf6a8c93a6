//! sqlx, by the crates that sqlx-cli calls. PostgreSQL alone: its SQLite is an older one than ours, and one program links one.

use std::path::{Path, PathBuf};

use mainstay::migrate::Goal;
use mainstay_peers::Service;
use sqlx_core::connection::Connection;
use sqlx_core::migrate::{Migrate, Migrator};
use sqlx_postgres::PgConnection;

use super::peer::{Peer, Step, Undo};
use super::stories;

const TABLE: &str = "_sqlx_migrations";

struct Sqlx;

async fn connect(service: &Service) -> PgConnection {
    PgConnection::connect(&service.url()).await.expect("connects")
}

async fn migrator(service: &Service) -> Migrator {
    Migrator::new(service.migrations()).await.expect("sqlx reads the folder")
}

/// What `sqlx migrate info` calls installed.
async fn installed(connection: &mut PgConnection) -> Vec<String> {
    connection.ensure_migrations_table(TABLE).await.expect("a table");
    let rows = connection.list_applied_migrations(TABLE).await.expect("sqlx reads its table");
    rows.iter().map(|row| row.version.to_string()).collect()
}

impl Peer for Sqlx {
    fn service(&self) -> Service {
        Service::on_postgres("sqlx")
    }

    fn has_no_transaction(&self) -> bool {
        true
    }

    fn files(&self, step: &Step) -> Vec<(PathBuf, String)> {
        let first = if step.transaction { "" } else { "-- no-transaction\n" };
        [("up", step.up), ("down", step.down)]
            .map(|(way, sql)| {
                let name = format!("{}_{}.{way}.sql", self.version(step.number), step.name);
                (name.into(), format!("{first}{sql}"))
            })
            .into()
    }

    fn version(&self, number: u32) -> String {
        format!("202611200930{number:02}")
    }

    async fn up(&self, service: &Service) -> Result<Vec<String>, String> {
        let mut connection = connect(service).await;
        let before = installed(&mut connection).await;
        migrator(service).await.run(&mut connection).await.map_err(|error| error.to_string())?;
        let after = installed(&mut connection).await;
        Ok(after.into_iter().filter(|version| !before.contains(version)).collect())
    }
}

impl Undo for Sqlx {
    async fn down(&self, service: &Service, number: u32) {
        let before = self.version(number - 1).parse().expect("a number");
        migrator(service).await.undo(&mut connect(service).await, before).await.expect("sqlx undoes");
    }
}

#[tokio::test]
async fn sqlx_applies_and_we_go_on() {
    stories::they_apply_and_we_go_on(&Sqlx).await;
}

#[tokio::test]
async fn we_apply_and_sqlx_goes_on() {
    stories::we_apply_and_they_go_on(&Sqlx).await;
}

#[tokio::test]
async fn an_edited_file_is_refused_by_both() {
    let words = "migration 20261120093001 was previously applied but has been modified";
    stories::an_edited_file(&Sqlx, Some(words)).await;
}

#[tokio::test]
async fn a_late_version_is_applied_by_sqlx_alone() {
    stories::a_late_version(&Sqlx, None).await;
}

#[tokio::test]
async fn one_undoes_what_the_other_did() {
    stories::one_undoes_what_the_other_did(&Sqlx).await;
}

/// Files that go one way, with a number that is not padded the same, and a line end of Windows in the sum.
#[tokio::test]
async fn simple_files_are_the_same_to_both() {
    let service = Sqlx.service();
    service.write(Path::new("0001_one.sql"), "CREATE TABLE one (a int);\r\n");
    assert_eq!(Sqlx.up(&service).await, Ok(vec!["1".to_owned()]));
    service.write(Path::new("02_a__second.sql"), "CREATE TABLE two (a int);\r\n");
    service.go(Goal::Up).await.expect("we apply");
    assert_eq!(Sqlx.up(&service).await, Ok(vec![]));
    let state = service.state().await.expect("reads");
    assert_eq!((state.applied.len(), state.pending, state.problems), (2, vec![], vec![]));
}
