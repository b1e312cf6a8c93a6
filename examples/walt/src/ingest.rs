//! Log ingest: a batch goes into `logs` by one COPY, in a transaction; a stream is registered by its first line.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::time::SystemTime;

use futures_util::pin_mut;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Transaction};

use crate::Result;

/// One line of a device's log.
#[derive(Clone, Debug)]
pub struct LogLine {
    /// MAC address of the device that said it.
    pub issuer: String,
    /// The stream's name.
    pub stream: String,
    /// When.
    pub at: SystemTime,
    /// What.
    pub line: String,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ingested {
    /// Lines written.
    pub written: usize,
    /// Lines of devices that nobody knows, or that were forgotten while their lines were under way.
    pub dropped: usize,
}

/// A stream as lines name it: issuer and name.
type StreamName<'a> = (&'a str, &'a str);

/// Writes all of `batch`, or nothing where it fails. Lines of unknown devices are dropped and counted.
///
/// # Errors
/// The connection broke, or the server has no room.
pub async fn write(db: &mut Client, batch: &[LogLine]) -> Result<Ingested> {
    let work = db.transaction().await?;
    let streams = streams(&work, batch).await?;
    let sink = work.copy_in("COPY logs (stream_id, \"timestamp\", line) FROM STDIN (FORMAT binary)").await?;
    let writer = BinaryCopyInWriter::new(sink, &[Type::INT4, Type::TIMESTAMPTZ, Type::TEXT]);
    pin_mut!(writer);
    for line in batch {
        if let Some(stream) = streams.get(&name(line)) {
            writer.as_mut().write(&[stream, &line.at, &storable(&line.line)]).await?;
        }
    }
    let written = writer.finish().await? as usize;
    work.commit().await?;
    Ok(Ingested { written, dropped: batch.len() - written })
}

/// The number of each stream in `batch` whose device is known.
///
/// These devices stay locked against deletion until the batch is in: one that is forgotten meanwhile waits, and cannot make
/// the batch fail half-way for a stream that is gone.
async fn streams<'a>(work: &Transaction<'_>, batch: &'a [LogLine]) -> Result<HashMap<StreamName<'a>, i32>> {
    let distinct: HashSet<StreamName<'a>> = batch.iter().map(name).collect();
    let wanted: Vec<StreamName<'a>> = distinct.into_iter().collect();
    let mut known = look_up(work, &wanted).await?;
    if known.values().any(Option::is_none) {
        register(work, &wanted).await?;
        known = look_up(work, &wanted).await?;
    }
    Ok(known.into_iter().filter_map(|(name, id)| Some((name, id?))).collect())
}

/// The streams of known devices, without a number where they are not registered yet.
async fn look_up<'a>(
    work: &Transaction<'_>,
    wanted: &[StreamName<'a>],
) -> Result<HashMap<StreamName<'a>, Option<i32>>> {
    let sql = "SELECT place, logstreams.id
        FROM unnest($1::text[], $2::text[]) WITH ORDINALITY wanted (mac, stream, place)
        JOIN devices USING (mac)
        LEFT JOIN logstreams ON logstreams.issuer_mac = mac AND logstreams.name = stream
        FOR KEY SHARE OF devices";
    let (macs, names): (Vec<&str>, Vec<&str>) = wanted.iter().copied().unzip();
    let rows = work.query(sql, &[&macs, &names]).await?;
    rows.iter().map(|row| Ok((wanted[row.try_get::<_, i64>(0)? as usize - 1], row.try_get(1)?))).collect()
}

/// Registers those that are not yet, one writer at a time for each device, so that no stream is registered twice.
async fn register(work: &Transaction<'_>, wanted: &[StreamName<'_>]) -> Result<()> {
    let (macs, names): (Vec<&str>, Vec<&str>) = wanted.iter().copied().unzip();
    work.query("SELECT FROM devices WHERE mac = ANY ($1) ORDER BY mac FOR NO KEY UPDATE", &[&macs]).await?;
    let sql = "INSERT INTO logstreams (issuer_mac, name)
        SELECT mac, stream FROM unnest($1::text[], $2::text[]) wanted (mac, stream) JOIN devices USING (mac)
        WHERE NOT EXISTS (SELECT FROM logstreams WHERE issuer_mac = mac AND logstreams.name = stream)";
    work.execute(sql, &[&macs, &names]).await?;
    Ok(())
}

fn name(line: &LogLine) -> StreamName<'_> {
    (&line.issuer, &line.stream)
}

/// The server's text holds no NUL, and serial consoles send some.
fn storable(line: &str) -> Cow<'_, str> {
    if line.contains('\0') { line.replace('\0', "\u{fffd}").into() } else { line.into() }
}
