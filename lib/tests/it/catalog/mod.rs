//! Tests of `catalog`, its readers and `inspect`.

mod answers;
mod corpus;
mod kinds;
mod rich;
mod services;
mod sqlite;

use std::sync::Arc;

use mainstay::catalog::{Catalog, Scope};
use mainstay::conn::Target;
use mainstay::engine::{Context, connect};
use mainstay::observer::Silent;

/// Reads the catalog of `target` on a session of its own.
pub(crate) fn read(target: &Target) -> Catalog {
    read_as_far_as(Scope::All, target)
}

/// The same, as far as `scope` goes.
pub(crate) fn read_as_far_as(scope: Scope, target: &Target) -> Catalog {
    let context = Context { observer: Arc::new(Silent), dial: None, application_name: "test".to_owned() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut session = connect(target, &context).await.expect("a session");
        let catalog = session.catalog(scope).await.expect("a catalog");
        session.close().await;
        catalog
    })
}
