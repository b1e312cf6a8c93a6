//! How fast the example's own ingest path is.

use std::time::{Duration, Instant, SystemTime};

use walt::ingest::{self, LogLine};
use walt::{AnyError, devices};

/// Nodes that log, a stream each.
const NODES: usize = 50;

/// Lines handed over at once: what arrives in WalT's two seconds on a busy platform.
const BATCH: usize = 20_000;

/// Prepares the database and ingests `rows` lines; the last word of the answer is the seconds that the ingest took.
pub async fn run(rows: &str) -> Result<String, AnyError> {
    let rows: usize = rows.parse().map_err(|_| format!("`{rows}` is no number of rows"))?;
    let database = walt::database(".", std::env::vars())?;
    let (_, mut client) = walt::open(&database).await?;
    for node in 0..NODES {
        devices::register(&client, &mac(node), None, &format!("node-{node:02}"), "node").await?;
    }

    let mut written = 0;
    let mut spent = Duration::ZERO;
    let mut done = 0;
    while done < rows {
        let batch: Vec<LogLine> = (done..rows.min(done + BATCH)).map(line).collect();
        done += batch.len();
        let started = Instant::now();
        written += ingest::write(&mut client, &batch).await?.written;
        spent += started.elapsed();
    }
    Ok(format!("{written} lines ingested, seconds: {:.3}", spent.as_secs_f64()))
}

fn line(number: usize) -> LogLine {
    let node = number % NODES;
    LogLine {
        issuer: mac(node),
        stream: "kernel".to_owned(),
        // From 2026-01-01 on, a millisecond each.
        at: SystemTime::UNIX_EPOCH + Duration::from_millis(1_767_225_600_000 + number as u64),
        line: format!("node-{node:02} kernel: message number {number}"),
    }
}

fn mac(node: usize) -> String {
    format!("bb:00:00:00:00:{node:02x}")
}
