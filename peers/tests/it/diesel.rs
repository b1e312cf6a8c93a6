//! diesel, by the crate that diesel_cli calls. PostgreSQL alone: its SQLite is an older one than ours, and one program links one.

use std::path::PathBuf;

use diesel::{Connection, PgConnection};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use mainstay_peers::Service;

use super::peer::{Peer, Step, Undo};
use super::stories;

struct Diesel;

fn connect(service: &Service) -> PgConnection {
    PgConnection::establish(&service.url()).expect("connects")
}

fn source(service: &Service) -> FileBasedMigrations {
    FileBasedMigrations::from_path(service.migrations()).expect("diesel reads the folder")
}

impl Peer for Diesel {
    fn service(&self) -> Service {
        Service::on_postgres("diesel")
    }

    fn has_no_transaction(&self) -> bool {
        true
    }

    fn files(&self, step: &Step) -> Vec<(PathBuf, String)> {
        let folder = PathBuf::from(format!("2026-11-20-0930{:02}_{}", step.number, step.name));
        vec![
            (folder.join("up.sql"), step.up.to_owned()),
            (folder.join("down.sql"), step.down.to_owned()),
            (folder.join("metadata.toml"), format!("run_in_transaction = {}\n", step.transaction)),
        ]
    }

    fn version(&self, number: u32) -> String {
        format!("202611200930{number:02}")
    }

    async fn up(&self, service: &Service) -> Result<Vec<String>, String> {
        let mut connection = connect(service);
        let done = connection.run_pending_migrations(source(service)).map_err(|error| error.to_string())?;
        Ok(done.iter().map(ToString::to_string).collect())
    }
}

impl Undo for Diesel {
    async fn down(&self, service: &Service, number: u32) {
        let undone = connect(service).revert_last_migration(source(service)).expect("diesel undoes");
        assert_eq!(undone.to_string(), self.version(number));
    }
}

#[tokio::test]
async fn diesel_applies_and_we_go_on() {
    stories::they_apply_and_we_go_on(&Diesel).await;
}

#[tokio::test]
async fn we_apply_and_diesel_goes_on() {
    stories::we_apply_and_they_go_on(&Diesel).await;
}

#[tokio::test]
async fn an_edited_file_is_seen_by_neither() {
    stories::an_edited_file(&Diesel, None).await;
}

#[tokio::test]
async fn a_late_version_is_applied_by_diesel_alone() {
    stories::a_late_version(&Diesel, None).await;
}

#[tokio::test]
async fn one_undoes_what_the_other_did() {
    stories::one_undoes_what_the_other_did(&Diesel).await;
}
