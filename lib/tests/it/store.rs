//! Tests of `store`: one suite that every store passes, and what each alone does.

mod conformance;
mod folder;
mod s3;
mod s3_faults;

use mainstay::Result;
use mainstay::store::Store;

/// Writes `bytes` in pieces of these sizes, over and over.
async fn write(store: &dyn Store, name: &str, bytes: &[u8], sizes: &[usize]) -> Result<()> {
    let mut sink = store.write(name).await?;
    let (mut rest, mut sizes) = (bytes, sizes.iter().cycle());
    while !rest.is_empty() {
        let (piece, later) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
        sink.write(piece).await?;
        rest = later;
    }
    sink.finish().await
}

async fn read(store: &dyn Store, name: &str) -> Result<Vec<u8>> {
    let (mut source, mut bytes) = (store.read(name).await?, Vec::new());
    while let Some(piece) = source.next().await? {
        assert!(!piece.is_empty());
        bytes.extend(piece);
    }
    assert_eq!(source.next().await?, None, "the end stays the end");
    Ok(bytes)
}

/// The names and sizes under a prefix, as they come.
async fn list(store: &dyn Store, under: &str) -> Vec<(String, u64)> {
    store.list(under).await.unwrap().into_iter().map(|object| (object.name, object.bytes)).collect()
}

async fn names(store: &dyn Store) -> Vec<String> {
    list(store, "").await.into_iter().map(|(name, _)| name).collect()
}

/// Bytes without a pattern, the same for the same seed.
fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(&mut next).flatten().take(length).collect()
}
