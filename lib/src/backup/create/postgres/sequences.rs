//! Positions of sequences. They belong to no snapshot, so they are read last: no row has a number that is still to come.

use crate::archive::manifest::Sequence;
use crate::engine::Session;
use crate::engine::postgres::PostgresSession;
use crate::error::Result;

use super::survey::{Cells, Relation};

/// Sequences of one query.
const PER_QUERY: usize = 200;

/// Reads the positions of `sequences`, in their order.
///
/// # Errors
/// One was dropped meanwhile.
pub(super) async fn positions(session: &mut PostgresSession, sequences: &[&Relation]) -> Result<Vec<Sequence>> {
    let mut positions = Vec::with_capacity(sequences.len());
    for some in sequences.chunks(PER_QUERY) {
        let each = some
            .iter()
            .enumerate()
            .map(|(at, sequence)| format!("SELECT {at} AS place, last_value, is_called FROM {}", sequence.sql()));
        let query = format!("{} ORDER BY place", each.collect::<Vec<_>>().join(" UNION ALL "));
        let read = session.query(&query).await;
        let rows = read.map_err(|error| error.context("the positions of the sequences cannot be read"))?;
        for (sequence, row) in some.iter().zip(rows) {
            let mut cells = Cells(row.into_iter());
            cells.text()?;
            positions.push(Sequence {
                schema: sequence.schema.clone(),
                name: sequence.name.clone(),
                last: cells.number()?,
                called: cells.flag()?,
            });
        }
    }
    Ok(positions)
}
