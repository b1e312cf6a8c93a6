//! Tests of `lease` as an embedder uses it, on either engine.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mainstay::lease::Options;
use mainstay::observer::{Event, Observer};
use mainstay::{Database, ErrorKind, Result};
use mainstay_testing::{TestServer, server};

/// A database and what keeps it alive.
struct Place {
    url: String,
    _folder: Option<tempfile::TempDir>,
}

impl Place {
    fn postgres() -> Self {
        Self { url: server().database().url(), _folder: None }
    }

    fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { url: format!("sqlite:{}", folder.path().join("hub.db").display()), _folder: Some(folder) }
    }

    fn database(&self) -> Database {
        Database::url(&self.url).build().unwrap()
    }

    /// Runs `sql` in which `mainstay.` stands before the tables' names.
    async fn sql(&self, sql: &str) -> Result<()> {
        let sql = if self.url.starts_with("sqlite:") { sql.replace("mainstay.", "mainstay_") } else { sql.to_owned() };
        self.database().connect().await?.query(&sql).await.map(drop)
    }
}

/// `ttl` and `wait` in milliseconds.
fn options(holder: &str, ttl: u64, wait: u64) -> Options {
    Options { holder: holder.into(), ttl: Duration::from_millis(ttl), wait: Duration::from_millis(wait) }
}

macro_rules! on_both {
    ($($check:ident),* $(,)?) => {
        mod postgres { $( #[tokio::test] async fn $check() { super::$check(super::Place::postgres()).await } )* }
        mod sqlite { $( #[tokio::test] async fn $check() { super::$check(super::Place::sqlite()).await } )* }
    };
}

on_both!(
    the_fence_grows,
    many_at_once_are_one_after_another,
    a_lapsed_lease_cannot_be_renewed,
    a_lost_lease_leaves_the_next_holder_alone,
    dropping_it_lets_the_next_one_wait,
    an_unreadable_number_is_said,
    both_tables_tell_the_highest_number,
);

async fn the_fence_grows(place: Place) {
    for fence in 1..=3 {
        let mut lease = place.database().lease("hub", &options("me", 30_000, 0)).await.unwrap();
        assert_eq!((lease.name(), lease.fence()), ("hub", fence));
        lease.renew().await.unwrap();
        assert!(lease.left() > Duration::from_secs(29));
        lease.release().await.unwrap();
    }
    let leases = place.database().leases().await.unwrap();
    assert_eq!((leases.len(), leases[0].fence, leases[0].left), (1, 3, None));
}

/// All of them make the tables, too.
async fn many_at_once_are_one_after_another(place: Place) {
    let contenders = (0..6).map(|number| {
        let database = place.database();
        tokio::spawn(async move {
            let lease = database.lease("hub", &options(&number.to_string(), 30_000, 60_000)).await.unwrap();
            let from = Instant::now();
            tokio::time::sleep(Duration::from_millis(30)).await;
            let (fence, to) = (lease.fence(), Instant::now());
            lease.release().await.unwrap();
            (fence, from, to)
        })
    });
    let mut terms = Vec::new();
    for contender in contenders.collect::<Vec<_>>() {
        terms.push(contender.await.unwrap());
    }
    terms.sort();
    assert_eq!(terms.iter().map(|term| term.0).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert!(terms.windows(2).all(|two| two[0].2 <= two[1].1), "{terms:?}");
}

async fn a_lapsed_lease_cannot_be_renewed(place: Place) {
    let mut lease = place.database().lease("hub", &options("me", 1000, 0)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(lease.left(), Duration::ZERO);
    let error = lease.renew().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked);
    assert!(error.message().contains("the lease `hub` is lost"), "{error:?}");
}

async fn a_lost_lease_leaves_the_next_holder_alone(place: Place) {
    let mut old = place.database().lease("hub", &options("old", 1000, 0)).await.unwrap();
    let mut new = place.database().lease("hub", &options("new", 30_000, 5000)).await.unwrap();
    assert_eq!(new.fence(), 2);
    assert_eq!(old.renew().await.unwrap_err().kind(), ErrorKind::Locked);
    old.release().await.unwrap();
    new.renew().await.unwrap();
    let error = place.database().lease("hub", &options("third", 1000, 0)).await.err().unwrap();
    assert!(error.message().starts_with("the lease `hub` is held by new on "), "{error:?}");
}

async fn dropping_it_lets_the_next_one_wait(place: Place) {
    let begun = Instant::now();
    drop(place.database().lease("hub", &options("first", 2000, 0)).await.unwrap());
    let error = place.database().lease("hub", &options("second", 2000, 0)).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Locked);
    let second = place.database().lease("hub", &options("second", 2000, 10_000)).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(1900), "{:?}", begun.elapsed());
    assert_eq!(second.fence(), 2);
}

async fn an_unreadable_number_is_said(place: Place) {
    place.database().lease("hub", &options("me", 1000, 0)).await.unwrap().release().await.unwrap();
    place.sql("UPDATE mainstay.setting SET value = 'x' WHERE name = 'lease-fence:hub'").await.unwrap();
    place.sql("DELETE FROM mainstay.lease").await.unwrap();
    let error = place.database().lease("hub", &options("me", 1000, 0)).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Verification);
    assert!(error.message().contains("fencing number of the lease `hub` is unreadable"), "{error:?}");
}

async fn both_tables_tell_the_highest_number(place: Place) {
    let fence = async || {
        let lease = place.database().lease("hub", &options("me", 1000, 10_000)).await.unwrap();
        let fence = lease.fence();
        lease.release().await.unwrap();
        fence
    };
    assert_eq!(fence().await, 1);
    place.sql("UPDATE mainstay.lease SET fence = 0").await.unwrap();
    assert_eq!(fence().await, 2);
    place.sql("DELETE FROM mainstay.setting WHERE name LIKE 'lease%'").await.unwrap();
    assert_eq!(fence().await, 3);
    place.sql("DELETE FROM mainstay.lease").await.unwrap();
    assert!(fence().await > 3);
}

/// Keeps the statements that it hears.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Observer for Heard {
    fn event(&self, event: Event<'_>) {
        if let Event::Sql { sql, error: None, .. } = event {
            self.0.lock().unwrap().push(sql.to_owned());
        }
    }

    fn wants_sql(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn the_server_is_told_to_notice_a_dead_connection() {
    let server = TestServer::start(&[("listen_addresses", "127.0.0.1")], "host all all 127.0.0.1/32 trust");
    let url = format!("postgresql://postgres@127.0.0.1:{}/postgres?sslmode=disable", server.port());
    let heard = Arc::new(Heard::default());
    let database = Database::url(url).observer(heard.clone()).build().unwrap();
    database.lease("hub", &options("me", 30_000, 0)).await.unwrap().release().await.unwrap();
    let heard = heard.0.lock().unwrap();
    let settings = heard.iter().find(|sql| sql.contains("tcp_keepalives_idle")).expect("it is set, and not refused");
    for setting in ["tcp_keepalives_idle = 10;", "tcp_keepalives_interval = 5;", "tcp_user_timeout = 30000"] {
        assert!(settings.contains(setting), "{settings}");
    }
}
