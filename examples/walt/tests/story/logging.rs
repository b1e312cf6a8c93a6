//! Logs: in by the batch, found again.

use std::time::{Duration, SystemTime};

use futures_util::TryStreamExt;
use tokio_postgres::Client;
use walt::checkpoints;
use walt::ingest::{self, Ingested, LogLine};
use walt::logs::{self, Search};

use crate::{NODE, OTHER_NODE};

/// # Log ingest
///
/// Lines arrive in batches. The first line of a stream registers it. Lines of a device that nobody knows are dropped and
/// counted; they do not make the others fail. A NUL, which serial consoles send, is no reason to lose a line.
pub async fn logs_go_in_by_the_batch(db: &mut Client) {
    let line = |issuer: &str, stream: &str, second, text: &str| LogLine {
        issuer: issuer.into(),
        stream: stream.into(),
        at: utc("2026-06-01 10:00:00") + Duration::from_secs(second),
        line: text.into(),
    };
    let batch = [
        line(NODE, "kernel", 1, "usb 1-1: new device"),
        line(NODE, "app.temperature", 2, "21.5"),
        line("cc:00:00:00:00:99", "kernel", 2, "who am I"),
        line(OTHER_NODE, "kernel", 3, "oops\0: (null)"),
    ];
    assert_eq!(ingest::write(db, &batch).await.unwrap(), Ingested { written: 3, dropped: 1 });
    let more = [line(NODE, "app.temperature", 4, "22"), line(NODE, "app.temperature", 5, "error: sensor")];
    assert_eq!(ingest::write(db, &more).await.unwrap(), Ingested { written: 2, dropped: 0 });
    assert_eq!(ingest::write(db, &[]).await.unwrap(), Ingested::default());
    let streams = db.query_one("SELECT count(*) FROM logstreams", &[]).await.unwrap();
    assert_eq!(streams.get::<_, i64>(0), 3, "one for each device and name");
}

/// # Log queries
///
/// Logs are asked for by device, by stream and by what a line says, in a window of time that a user's checkpoints may mark.
/// A checkpoint's name is its user's own, and is taken once.
pub async fn logs_are_found_again(db: &Client) {
    let all = find(db, &Search::default()).await;
    let said: Vec<&str> = all.iter().map(|found| found.line.as_str()).collect();
    assert_eq!(
        said,
        ["usb 1-1: new device", "21.5", "oops\u{fffd}: (null)", "22", "error: sensor"],
        "in order of time"
    );

    let asked = [
        (Search { issuers: Some(&["rpi2"]), ..Search::default() }, 1),
        (Search { stream: Some("^app\\."), ..Search::default() }, 3),
        (Search { stream: Some("^app"), line: Some("^[0-9]+(\\.[0-9])?$"), ..Search::default() }, 2),
        (Search { line: Some("usb|oops"), issuers: Some(&["rpi1"]), ..Search::default() }, 1),
        (Search { line: Some("nothing like it"), ..Search::default() }, 0),
    ];
    for (search, expected) in asked {
        assert_eq!(logs::count(db, &search).await.unwrap(), expected, "{search:?}");
        assert_eq!(find(db, &search).await.len() as i64, expected);
    }
    let wrong = Search { line: Some("("), ..Search::default() };
    assert_eq!(logs::count(db, &wrong).await.unwrap_err().code().unwrap().code(), "2201B");

    // The window is open at both ends: the lines at 2 s and 5 s themselves are outside.
    let [start, end] = [2, 5].map(|second| utc("2026-06-01 10:00:00") + Duration::from_secs(second));
    assert!(checkpoints::add(db, "alice", "run-1", start).await.unwrap());
    assert!(checkpoints::add(db, "alice", "run-1-end", end).await.unwrap());
    assert!(!checkpoints::add(db, "alice", "run-1", end).await.unwrap(), "the name is taken");
    assert!(checkpoints::add(db, "bob", "run-1", end).await.unwrap());
    let after = checkpoints::at(db, "alice", "run-1").await.unwrap();
    let before = checkpoints::at(db, "alice", "run-1-end").await.unwrap();
    assert_eq!((after, before), (Some(start), Some(end)));
    let window = find(db, &Search { after, before, ..Search::default() }).await;
    assert_eq!(window.iter().map(|found| &found.line[..]).collect::<Vec<_>>(), ["oops\u{fffd}: (null)", "22"]);

    assert_eq!(checkpoints::of_user(db, "alice").await.unwrap(), ["run-1", "run-1-end"]);
    assert!(checkpoints::remove(db, "alice", "run-1").await.unwrap());
    assert_eq!(checkpoints::at(db, "alice", "run-1").await.unwrap(), None);
}

/// What a search finds.
pub async fn find(db: &Client, search: &Search<'_>) -> Vec<logs::Found> {
    logs::find(db, search).await.unwrap().try_collect().await.unwrap()
}

/// A time of day in UTC, `2026-06-01 12:00:00`.
pub fn utc(text: &str) -> SystemTime {
    let time: jiff::Timestamp = format!("{text}Z").parse().expect("a time");
    time.into()
}
