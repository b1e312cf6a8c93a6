//! Rows from one database to another without a file between.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Feed, Part, Sink};
use crate::archive::digest::Rows;
use crate::error::{Error, ErrorKind, Result};
use crate::portable::manifest::Manifest;

/// Pieces that wait between the two ends.
const WAITING: usize = 8;

/// A pipe for what `manifest` says.
pub(in crate::data) fn pipe(manifest: Manifest) -> (PipeEnd, PipeFeed) {
    let (send, receive) = mpsc::channel(WAITING);
    (PipeEnd { send, name: "".into() }, PipeFeed { receive, manifest, ended: false })
}

/// Where rows go in.
pub(in crate::data) struct PipeEnd {
    send: mpsc::Sender<Part>,
    name: Arc<str>,
}

impl PipeEnd {
    fn put(&self, part: Part) -> Result<()> {
        let gone = |_| Error::new(ErrorKind::ConnectionLost, "whoever takes the rows has ended");
        self.send.blocking_send(part).map_err(gone)
    }
}

impl Sink for PipeEnd {
    fn begin(&mut self, _: &Manifest) -> Result<()> {
        Ok(())
    }

    fn table(&mut self, manifest: &Manifest, table: usize) -> Result<()> {
        self.name = manifest.tables[table].full_name().to_string().into();
        self.put(Part::Table(table))?;
        self.put(Part::File(self.name.clone()))
    }

    fn lines(&mut self, lines: &[u8]) -> Result<()> {
        self.put(Part::Bytes(lines.to_vec()))
    }

    fn end_table(&mut self, rows: Rows) -> Result<Vec<String>> {
        self.put(Part::EndTable(Some(rows)))?;
        Ok(Vec::new())
    }

    fn finish(&mut self, manifest: &Manifest) -> Result<()> {
        self.put(Part::Complete(Box::new(manifest.clone())))
    }
}

/// Where they come out.
pub(in crate::data) struct PipeFeed {
    receive: mpsc::Receiver<Part>,
    manifest: Manifest,
    ended: bool,
}

impl Feed for PipeFeed {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn choose(&mut self, _: &[usize]) -> bool {
        false
    }

    fn next(&mut self) -> Result<Option<Part>> {
        if self.ended {
            return Ok(None);
        }
        match self.receive.blocking_recv() {
            Some(part) => {
                self.ended = matches!(part, Part::Complete(_));
                Ok(Some(part))
            }
            // The other end has failed, and says why.
            None => Err(Error::new(ErrorKind::ConnectionLost, "whoever gives the rows has ended")),
        }
    }
}
