//! A dump that does not fit the database is refused before the first row.

use mainstay::data::{self, Base, Input, Options, Order, Output, Versions};
use mainstay::engine::Session;
use mainstay::{ErrorKind, Result};

use super::lab::Lab;

#[tokio::test]
async fn every_difference_is_named() {
    let lab = Lab::new();
    let (_, from) = lab.postgres(
        "CREATE TABLE item (id int, gone text, at timestamptz, sum int); CREATE TABLE lost (id int); CREATE TABLE tagged (tags int[])",
    );
    lab.dump(&from, "dump").await;
    let (_, to) = lab.postgres(
        "CREATE TABLE item (id int, at timestamp, sum int GENERATED ALWAYS AS (id) STORED, more int); CREATE TABLE tagged (tags text[]);
         CREATE TABLE lost (id int)",
    );
    let error = lab.load("dump", &to).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    for said in [
        "the dump has a column public.item.gone, and the database has none",
        "public.item.at is timestamp with time zone in the dump and timestamp without time zone in the database",
        "public.item.sum is computed from other columns",
        "the database has a column public.item.more, and the dump has none",
        "public.tagged.tags is integer[] in the dump and text[] in the database",
    ] {
        assert!(error.message().contains(said), "{said}: {error:?}");
    }
    let (_, empty) = lab.postgres("SELECT 1");
    let error = lab.load("dump", &empty).await.unwrap_err();
    assert!(error.message().contains("the dump has a table public.lost, and the database has none"), "{error:?}");
}

/// A ledger that is at this version.
struct At(&'static str);

#[async_trait::async_trait]
impl Versions for At {
    async fn version(&self, _: &mut dyn Session) -> Result<Option<String>> {
        Ok(Some(self.0.to_owned()))
    }
}

#[tokio::test]
async fn another_version_is_refused_unless_told_otherwise() {
    let lab = Lab::new();
    let (_, from) = lab.postgres("CREATE TABLE item (id int); INSERT INTO item VALUES (1)");
    let (database, to) = lab.postgres("CREATE TABLE item (id int)");
    let (older, newer) = (At("20260101000000"), At("20260201000000"));
    let source = Base { versions: Some(&older), ..lab.base(&from) };
    let dumped = data::dump(source, &Order::default(), Output::named(lab.path("dump")).unwrap()).await.unwrap();
    assert_eq!(dumped.manifest.migration.as_deref(), Some("20260101000000"));
    let target = Base { versions: Some(&newer), ..lab.base(&to) };
    let options = Options::default();
    let error = data::plan(target, Input::Path(lab.path("dump")), &options).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(
        error.message().contains("of version 20260101000000") && error.message().contains("at version 20260201000000"),
        "{error:?}"
    );
    let options = Options { any_version: true, ..Options::default() };
    let ready = data::plan(target, Input::Path(lab.path("dump")), &options).await.unwrap();
    data::load(target, ready, &options).await.unwrap();
    assert_eq!(database.psql("SELECT count(*) FROM item"), "1");
}

#[tokio::test]
async fn a_database_that_changes_after_the_plan_is_refused() {
    let lab = Lab::new();
    let (_, from) = lab.postgres("CREATE TABLE item (id int, note varchar(5)); INSERT INTO item VALUES (1, 'a')");
    let (database, to) = lab.postgres("CREATE TABLE item (id int, note varchar(5))");
    lab.dump(&from, "dump").await;
    let options = Options::default();
    let ready = data::plan(lab.base(&to), Input::Path(lab.path("dump")), &options).await.unwrap();
    assert_eq!(ready.plan().rows(), Some(1));
    database.psql("ALTER TABLE item ALTER note TYPE varchar(7)");
    let error = data::load(lab.base(&to), ready, &options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.message().contains("has changed since"), "{error:?}");
    assert_eq!(database.psql("SELECT count(*) FROM item"), "0");
}

#[tokio::test]
async fn only_tables_with_rows_of_their_own_can_be_named() {
    let lab = Lab::new();
    let (_, from) = lab.postgres(
        "CREATE TABLE device (id int); CREATE TABLE event (at date) PARTITION BY RANGE (at);
         CREATE TABLE event_1 PARTITION OF event DEFAULT; CREATE TABLE alembic_version (version_num text);
         CREATE VIEW newest AS SELECT * FROM event",
    );
    for (named, kind, said) in [
        ("devices", ErrorKind::NotFound, "there is no table `devices`"),
        ("public.newest", ErrorKind::Usage, "is a view"),
        ("event_1", ErrorKind::Usage, "is a partition of public.event"),
        ("alembic_version", ErrorKind::Usage, "has no rows of its own"),
    ] {
        let error = lab.dump_tables(&from, &[named], "dump").await.unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(error.message().contains(said), "{error:?}");
        assert!(!lab.path("dump").exists());
    }
    let manifest = lab.dump_tables(&from, &["device"], "dump").await.unwrap();
    assert_eq!(manifest.tables.len(), 1);
}
