//! Backups of a standby, while it follows its primary.

use std::sync::{Arc, Mutex};

use mainstay::backup::{Order, create};
use mainstay::conn::Target;
use mainstay::engine::Context;
use mainstay::observer::{Event, Observer};
use mainstay::store::FolderStore;
use mainstay_testing::TestServer;

use super::{dumped, installed, read, restored, roles, same};

/// Keeps warnings and waits.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Observer for Heard {
    fn event(&self, event: Event<'_>) {
        if let Event::Warning { message } = event {
            self.0.lock().unwrap().push(message.to_owned());
        }
    }
}

#[tokio::test]
async fn a_standby_is_backed_up_as_its_primary_is() {
    let primary = TestServer::start(&[], "");
    roles(&primary);
    let database = primary.database();
    database.psql(include_str!("zoo.sql"));
    for number in 1..=3 {
        let rows = "SELECT n AS id, md5(n::text) AS note FROM generate_series(1, 20000) n";
        database.psql(&format!("CREATE TABLE big_{number} AS {rows}"));
    }
    // What is not in the log is nowhere else.
    database.psql("TRUNCATE volatile");
    let standby = primary.standby();
    standby.follow(&primary);
    let heard = Arc::new(Heard::default());
    let observer: Arc<dyn Observer> = heard.clone();
    let context = Context { observer, dial: None, application_name: "standby".to_owned() };
    let folder = tempfile::tempdir().unwrap();
    let (store, path, temporary) =
        (FolderStore::new(folder.path()), installed().bin.display().to_string(), std::env::temp_dir());
    let mut order = Order::new(&store, &path, &temporary);
    order.jobs = Some(3);
    let target = Target::Postgres(standby.target("postgres", database.name()));
    let taken = create(&target, &order, &context).await.unwrap();
    let (manifest, archive) = read(folder.path(), &taken);
    assert!(manifest.source.lsn.is_some());
    let said = "the rows of the unlogged table public.volatile, which a standby does not have";
    assert!(manifest.left_out.iter().any(|what| what == said), "{:?}", manifest.left_out);
    // Faulty minors share no snapshot, and the rest does.
    let version: u32 = standby.psql("postgres", "SHOW server_version_num").parse().unwrap();
    let alone = heard.0.lock().unwrap().iter().any(|warning| warning.contains("one session reads it all"));
    assert_eq!(alone, version < 150_020, "{version}: {:?}", heard.0.lock().unwrap());

    let back = restored(&installed(), &primary, &archive, 2);
    let (expected, found) = (dumped(&installed(), &primary, &database), dumped(&installed(), &primary, &back));
    same(&found, &expected, "from the standby");
}

/// Objects that change between two looks at them: none of them is missed, and none is half.
#[tokio::test]
async fn objects_that_change_meanwhile_are_read_again() {
    let primary = Arc::new(TestServer::start(&[], ""));
    let database = primary.database();
    database.psql("CREATE TABLE t AS SELECT 1 AS a; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 0'");
    let standby = primary.standby();
    standby.follow(&primary);
    let name = database.name().to_owned();
    let folder = tempfile::tempdir().unwrap();
    let target = Target::Postgres(standby.target("postgres", &name));
    let changing = {
        let (primary, name) = (primary.clone(), name.clone());
        std::thread::spawn(move || {
            primary.psql(
                &name,
                "DO $do$ BEGIN FOR n IN 1..100000 LOOP EXIT WHEN to_regclass('stop') IS NOT NULL;
                   EXECUTE format('CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS %L', 'SELECT ' || n); COMMIT;
                   PERFORM pg_sleep(0.005); END LOOP; END $do$",
            )
        })
    };
    while standby.psql(&name, "SELECT prosrc = 'SELECT 0' FROM pg_proc WHERE proname = 'f'") != "f" {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let version: u32 = standby.psql("postgres", "SHOW server_version_num").parse().unwrap();
    // Two looks may fall between two changes, as the standby waits with those while it is read: that backup is as good.
    let mut refused = None;
    for _ in 0..5 {
        refused = super::taken(&target, folder.path(), |_| ()).await.err();
        if refused.is_some() || version >= 150_020 {
            break;
        }
        std::fs::remove_dir_all(folder.path()).unwrap();
    }
    primary.psql(&name, "CREATE TABLE stop ()");
    changing.join().unwrap();
    if version >= 150_020 {
        assert!(refused.is_none(), "{refused:?}");
        return;
    }
    if let Some(error) = refused {
        assert_eq!(error.kind(), mainstay::ErrorKind::Locked, "{error:?}");
        assert!(error.message().contains("change faster than they can be read twice"), "{error:?}");
        assert!(std::fs::read_dir(folder.path()).map_or(0, Iterator::count) == 0, "nothing is left");
    }
    // In a quieter moment.
    standby.follow(&primary);
    super::taken(&target, folder.path(), |_| ()).await.unwrap();
}
