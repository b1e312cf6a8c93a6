//! A ledger of the folder's own that has some of it already, one that says otherwise, and files that change meanwhile.

use mainstay::ErrorKind;
use mainstay::adopt::Grounds;
use mainstay::dialect::Version;
use mainstay::sql::Flavor;

use super::super::lab::{Lab, versions};
use super::{Adopting, adopt, adopt_unproven, becomes, rows, third, two};

/// Three migrations that sqlx applied, and a folder of Mainstay's own whose ledger has the first.
async fn half(flavor: Flavor) -> Lab {
    let mut lab = Lab::new(flavor, "sqlx");
    two(&lab);
    third(&lab);
    lab.up().await.expect("applies");
    becomes(&mut lab, "mainstay");
    two(&lab);
    third(&lab);
    adopt_unproven(&lab, Some("1")).await.expect("the first");
    lab
}

#[tokio::test]
async fn what_agrees_is_completed() {
    for flavor in [Flavor::Postgres, Flavor::Sqlite] {
        let lab = half(flavor).await;
        let (adoption, _) = adopt(&lab, None).await.expect("completes");
        assert_eq!((adoption.versions.len(), adoption.missing.len()), (3, 2));
        assert!(lab.up().await.expect("nothing to do").done.is_empty());
    }
}

#[tokio::test]
async fn what_disagrees_is_not_written_over() {
    let lab = half(Flavor::Postgres).await;
    lab.query("UPDATE mainstay.migration SET checksum = 'b3:other'").await;
    let error = adopt(&lab, None).await.expect_err("another text was applied");
    assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
    assert!(error.message().contains("was edited after it was applied"), "{error:?}");
    assert_eq!(rows(&lab, "mainstay.migration").await, "1");
}

#[tokio::test]
async fn a_file_between_that_nobody_recorded() {
    let mut lab = Lab::new(Flavor::Postgres, "sqlx");
    two(&lab);
    lab.up().await.expect("applies");
    lab.query("DELETE FROM _sqlx_migrations WHERE version = 1").await;
    becomes(&mut lab, "mainstay");
    two(&lab);
    let error = adopt(&lab, None).await.expect_err("the first is not recorded");
    assert!(error.message().contains("1_devices"), "{error:?}");
    assert!(error.hints()[0].ends_with("mainstay migrate adopt --at 2"), "{error:?}");
    adopt(&lab, Some("2")).await.expect("told by hand");
}

#[tokio::test]
async fn a_plan_for_another_state_is_refused() {
    let mut lab = Lab::new(Flavor::Postgres, "dbmate");
    two(&lab);
    lab.rules.to = Some(Version::new("1"));
    lab.up().await.expect("applies");
    lab.rules.to = None;
    becomes(&mut lab, "mainstay");
    two(&lab);
    let adopting = Adopting::new(&lab);
    let adoption = adopting.plan(None).await.expect("plans");
    lab.query("CREATE TABLE logs (line text); INSERT INTO schema_migrations VALUES ('2')").await;
    let error = adopting.apply(&adoption, Grounds::Told).await.expect_err("the other tool went on");
    assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
    assert_eq!(rows(&lab, "mainstay.migration").await, "0", "nothing is written");
}

#[tokio::test]
async fn a_database_without_a_ledger_or_without_anything() {
    for flavor in [Flavor::Postgres, Flavor::Sqlite] {
        let lab = Lab::new(flavor, "mainstay");
        two(&lab);
        third(&lab);
        let error = adopt(&lab, Some("2")).await.expect_err("nothing there");
        assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
        assert!(error.hints()[0].ends_with("mainstay migrate up"), "{error:?}");
        lab.query("CREATE TABLE devices (mac text PRIMARY KEY); CREATE TABLE logs (line text)").await;
        lab.query("CREATE INDEX logs_line ON logs (line)").await;
        let error = adopt(&lab, None).await.expect_err("which version?");
        assert!(error.hints()[0].contains("mainstay migrate adopt --at 3"), "{error:?}");
        assert_eq!(adopt(&lab, Some("7")).await.expect_err("no such file").kind(), ErrorKind::NotFound);
        let (adoption, _) = adopt(&lab, Some("2")).await.expect("adopts");
        assert_eq!((adoption.at.as_str(), adoption.pending), ("2_logs", 1));
        assert_eq!(versions(&lab.up().await.expect("goes on")), ["3"]);
        let again = Adopting::new(&lab).plan(Some("1")).await.expect("plans");
        assert!(again.plan.is_empty() && again.at == "3_names", "{again:?}");
    }
}

/// Two at once: one writes, the other finds its plan stale or everything there.
#[tokio::test]
async fn two_at_once() {
    let mut lab = Lab::new(Flavor::Postgres, "goose");
    two(&lab);
    lab.up().await.expect("applies");
    becomes(&mut lab, "mainstay");
    two(&lab);
    let (one, other) = tokio::join!(adopt_unproven(&lab, None), adopt_unproven(&lab, None));
    let refused = [one.err(), other.err()].into_iter().flatten().map(|error| error.kind()).collect::<Vec<_>>();
    assert!(refused.is_empty() || refused == [ErrorKind::Refused], "{refused:?}");
    assert_eq!(rows(&lab, "mainstay.migration").await, "2");
}
