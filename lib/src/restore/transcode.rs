//! The texts of an archive in UTF-8, which sessions speak: the server, which knows all encodings, turns them.

use std::collections::BTreeMap;

use crate::archive::toc::{Entry, Toc};
use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::literal;

use super::text::UNENCODED;

/// Texts that go to the server at once.
const TEXTS_PER_QUERY: usize = 100;

/// Turns every text of `toc` from `encoding` into UTF-8.
pub(super) async fn to_utf8(toc: &mut Toc, encoding: &str, session: &mut dyn Session) -> Result<()> {
    if matches!(encoding, "UTF8" | UNENCODED) {
        return Ok(());
    }
    let mut turned: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    for entry in &mut toc.entries {
        for text in texts(entry).into_iter().filter_map(|text| text.as_ref()).filter(|text| !text.is_ascii()) {
            turned.insert(text.clone(), Vec::new());
        }
    }
    let originals: Vec<Vec<u8>> = turned.keys().cloned().collect();
    for some in originals.chunks(TEXTS_PER_QUERY) {
        let rows = some.iter().enumerate().map(|(at, text)| {
            let hex: String = text.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("SELECT {at} AS at, pg_catalog.encode(pg_catalog.convert('\\x{hex}'::pg_catalog.bytea, {}, 'UTF8'), 'hex')", literal(encoding))
        });
        let sql = format!("{} ORDER BY at", rows.collect::<Vec<_>>().join(" UNION ALL "));
        let answer = session.query(&sql).await.map_err(|error| error.context("the archive's texts cannot be read"))?;
        for (text, row) in some.iter().zip(answer) {
            let hex = row.into_iter().nth(1).flatten().unwrap_or_default();
            let bytes = unhex(&hex)
                .ok_or_else(|| Error::new(ErrorKind::Verification, "the server's answer is not understood"))?;
            turned.insert(text.clone(), bytes);
        }
    }
    for entry in &mut toc.entries {
        for text in texts(entry).into_iter().filter_map(|text| text.as_mut()) {
            if let Some(bytes) = turned.get(text) {
                text.clone_from(bytes);
            }
        }
    }
    Ok(())
}

/// The texts of an entry that are in the database's encoding.
fn texts(entry: &mut Entry) -> [&mut Option<Vec<u8>>; 8] {
    [
        &mut entry.tag,
        &mut entry.definition,
        &mut entry.drop,
        &mut entry.copy,
        &mut entry.namespace,
        &mut entry.tablespace,
        &mut entry.access_method,
        &mut entry.owner,
    ]
}

fn unhex(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
