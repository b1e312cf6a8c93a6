//! The real dbmate, and the tables as sqlx-cli and golang-migrate write them.

use mainstay::sql::Flavor;

use super::super::lab::{Lab, versions};
use super::super::peers::run_dbmate;
use super::{adopt, becomes, rows, third, two};

fn url(lab: &Lab) -> String {
    match lab.flavor {
        Flavor::Postgres => lab.url(),
        Flavor::Sqlite => format!("sqlite:{}", lab.folder.path().join("service.sqlite3").display()),
    }
}

#[tokio::test]
async fn dbmate_applies_and_we_take_over() {
    for flavor in [Flavor::Postgres, Flavor::Sqlite] {
        let mut lab = Lab::new(flavor, "dbmate");
        two(&lab);
        run_dbmate(&lab, &url(&lab), &["migrate"]);
        becomes(&mut lab, "mainstay");
        two(&lab);
        let (adoption, _) = adopt(&lab, None).await.expect("adopts");
        assert_eq!(adoption.left[0].drop, "mainstay sql --write -c 'DROP TABLE schema_migrations'");
        assert!(lab.up().await.expect("nothing to do").done.is_empty());
        assert_eq!(rows(&lab, "schema_migrations").await, "2", "their table is as it was");
    }
}

#[tokio::test]
async fn we_apply_and_dbmate_takes_over() {
    for flavor in [Flavor::Postgres, Flavor::Sqlite] {
        let mut lab = Lab::new(flavor, "mainstay");
        two(&lab);
        lab.up().await.expect("applies");
        becomes(&mut lab, "dbmate");
        two(&lab);
        adopt(&lab, None).await.expect("adopts");
        assert!(run_dbmate(&lab, &url(&lab), &["status"]).contains("Pending: 0"));
        third(&lab);
        run_dbmate(&lab, &url(&lab), &["migrate"]);
        assert!(lab.up().await.expect("nothing to do").done.is_empty());
    }
}

/// As sqlx-cli 0.9 leaves it.
const SQLX: &str = "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, \
    installed_on TIMESTAMPTZ NOT NULL DEFAULT now(), success BOOLEAN NOT NULL, checksum BYTEA NOT NULL, \
    execution_time BIGINT NOT NULL); \
    INSERT INTO _sqlx_migrations VALUES (1, 'devices', now(), true, '\\x00', 1000000), (2, 'logs', now(), true, '\\x01', 2000000)";

/// As `migrate` 4 leaves it.
const GOLANG_MIGRATE: &str = "CREATE TABLE \"public\".\"schema_migrations\" (version bigint not null primary key, \
    dirty boolean not null); INSERT INTO schema_migrations VALUES (2, false)";

#[tokio::test]
async fn tables_as_their_tools_write_them() {
    for (table, tool) in [(SQLX, "sqlx"), (GOLANG_MIGRATE, "golang-migrate")] {
        let lab = Lab::new(Flavor::Postgres, "mainstay");
        lab.query("CREATE TABLE devices (mac text PRIMARY KEY); CREATE TABLE logs (line text)").await;
        lab.query(&format!("CREATE INDEX logs_line ON logs (line); {table}")).await;
        two(&lab);
        third(&lab);
        let (adoption, _) = adopt(&lab, None).await.unwrap_or_else(|error| panic!("{tool}: {error:?}"));
        assert_eq!(adoption.from.map(|origin| origin.tool).as_deref(), Some(tool));
        assert_eq!(versions(&lab.up().await.expect("goes on")), ["3"], "{tool}");
    }
}
