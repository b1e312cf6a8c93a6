//! `mainstay server status`.

use std::path::{Path, PathBuf};

use clap::Args;
use mainstay::cluster::{self, Cluster};
use mainstay::observer::{Event, Observer};
use mainstay::server::OwnServer;
use serde_json::json;

use super::search_path;
use crate::commands::Outcome;
use crate::context::{Context, Text};
use crate::env;
use crate::error::CliError;
use crate::output::{Table, words};

/// Show the project's server and every other one that is found on this machine
///
/// Found are the clusters that Debian's tools look after, and every server that runs.
#[derive(Args, Clone)]
pub struct StatusArgs {}

/// Looks for them.
pub(super) async fn run(_: StatusArgs, context: &Context) -> Result<Outcome, CliError> {
    let found = find_all(context).await?;
    let mut table = Table::new(["NAME", "VERSION", "STATE", "PORT", "OWNER", "UNIT", "DATA", "LOG"]).whole(&[0]);
    let path = |path: &Path| words::printable(&path.display().to_string());
    for (name, cluster) in &found {
        table.row([
            words::printable(name),
            cluster.version.clone(),
            cluster.state.word().to_owned(),
            cluster.port.map(|port| port.to_string()).unwrap_or_default(),
            words::printable(cluster.owner.as_deref().unwrap_or_default()),
            words::printable(cluster.unit.as_deref().unwrap_or_default()),
            path(&cluster.data),
            cluster.log.as_deref().map(path).unwrap_or_default(),
        ]);
    }
    if found.is_empty() {
        context
            .observer
            .line("there is no PostgreSQL server on this machine that could be seen; make one: mainstay server init");
    }
    let servers: Vec<_> = found.iter().map(|(name, cluster)| json!({ "name": name, "cluster": cluster })).collect();
    context.answer(json!({ "servers": servers }), Text::Table(table))?;
    Ok(Outcome::Done)
}

/// What the project's own server is called.
pub(super) const PROJECT: &str = "project";

/// Every server that is found, by what it is called; the project's own first.
pub(super) async fn find_all(context: &Context) -> Result<Vec<(String, Cluster)>, CliError> {
    let mut found = Vec::new();
    found.extend(OwnServer::look(&context.project.root)?.map(|cluster| (PROJECT.to_owned(), cluster)));
    let configurations = context.vars().get(env::PG_CLUSTER_CONF_ROOT).map(PathBuf::from);
    let debian = cluster::debian(search_path(context), configurations.as_deref()).await.unwrap_or_else(|error| {
        context.observer.event(Event::Warning { message: &error.one_line() });
        Vec::new()
    });
    for cluster in debian.into_iter().chain(cluster::running()) {
        if found.iter().all(|(_, known)| known.data != cluster.data) {
            found.push((cluster.name.clone(), cluster));
        }
    }
    Ok(found)
}
