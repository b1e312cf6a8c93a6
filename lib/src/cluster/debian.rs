//! The clusters that Debian's own tools look after.

use std::path::{Path, PathBuf};

use super::folder::{owner, version_in};
use super::log;
use super::postmaster::State;
use super::{Cluster, DebianName, major};
use crate::error::Result;
use crate::tool::{DebianCluster, debian_clusters};

/// Every cluster that Debian's tools know, as they list them; none where there are no such tools. `search_path` is the value of
/// PATH, `configurations` what PG_CLUSTER_CONF_ROOT says instead of /etc/postgresql.
///
/// # Errors
/// The tool fails: its own words are the cause.
pub async fn debian(search_path: &str, configurations: Option<&Path>) -> Result<Vec<Cluster>> {
    let listed = debian_clusters(search_path, configurations).await?;
    Ok(listed.into_iter().map(found).collect())
}

fn found(listed: DebianCluster) -> Cluster {
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let named = text(&listed.version);
    let data = listed.pgdata.canonicalize().unwrap_or(listed.pgdata);
    let state = State::of(&data);
    let version = version_in(&data).unwrap_or_else(|| named.clone());
    let running = match &state {
        State::Running(postmaster) => Some(postmaster),
        _ => None,
    };
    let port = running.and_then(|server| server.port).or_else(|| text(&listed.port).parse().ok());
    let socket = running.and_then(|server| server.socket.clone()).or(listed.socketdir);
    Cluster {
        name: format!("{named}/{}", listed.cluster),
        unit: Some(format!("postgresql@{named}-{}.service", listed.cluster)),
        major: major(&version).unwrap_or_default(),
        version,
        configuration: listed.configdir.join("postgresql.conf"),
        port,
        socket,
        log: log::collected(&data).or_else(|| listed.logfile.filter(|file| file != &PathBuf::new())),
        owner: owner(&data),
        debian: Some(DebianName {
            version: named,
            name: listed.cluster,
            start: listed.start.unwrap_or_else(|| "auto".to_owned()),
        }),
        data,
        state,
    }
}
