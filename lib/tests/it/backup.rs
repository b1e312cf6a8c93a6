//! Tests of `backup`.

mod archives;
mod create;
mod full_disk;
mod latest;
mod postgres;
mod prune;
mod rows;
mod sqlite;
mod verify;

use std::path::Path;
use std::sync::Arc;

use mainstay::backup::{SafetyCopy, safety_copy};
use mainstay::conn::Target;
use mainstay::engine::{Context, connect};
use mainstay::observer::Silent;

fn context() -> Context {
    Context { observer: Arc::new(Silent), dial: None, application_name: "test".into() }
}

async fn copy(target: &Target, folder: &Path, search_path: &str) -> mainstay::Result<SafetyCopy> {
    let mut session = connect(target, &context()).await?;
    safety_copy(target, session.as_mut(), folder, "20261120T120000Z", search_path, &context()).await
}

/// PATH of this run.
fn search_path() -> String {
    std::env::var("PATH").unwrap()
}

/// The names in `folder`, sorted; empty where there is no folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
