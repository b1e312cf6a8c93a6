//! What Debian's tools and PostgreSQL's own say of a cluster on this machine.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result};

use super::find::Binaries;
use super::owner::Owner;
use super::process::Program;

/// A cluster as Debian's `pg_lsclusters` lists it.
#[derive(Clone, Debug, Deserialize)]
pub struct DebianCluster {
    /// Major version: a number, or a text.
    pub version: serde_json::Value,
    /// Its name among those of its version.
    pub cluster: String,
    /// The data folder.
    pub pgdata: PathBuf,
    /// Where `postgresql.conf` is.
    pub configdir: PathBuf,
    /// Where its log goes, unless it goes elsewhere by its settings.
    pub logfile: Option<PathBuf>,
    /// The port: a number, or a text.
    pub port: serde_json::Value,
    /// The folder of its socket.
    pub socketdir: Option<PathBuf>,
    /// `auto`, `manual` or `disabled`.
    pub start: Option<String>,
}

/// The clusters that Debian's tools know; none where there are no such tools. `configurations` is where they look instead of
/// /etc/postgresql.
///
/// # Errors
/// The tool fails.
pub async fn debian_clusters(search_path: &str, configurations: Option<&Path>) -> Result<Vec<DebianCluster>> {
    let Some(tool) = on_path(search_path, "pg_lsclusters") else { return Ok(Vec::new()) };
    let mut program = Program::new(tool).args(["--json"]).env("PATH", search_path).keep_all();
    if let Some(folder) = configurations {
        program = program.env("PG_CLUSTER_CONF_ROOT", folder);
    }
    let listed = program.run().await?.stdout;
    serde_json::from_str(&listed).map_err(|error| {
        Error::new(ErrorKind::Program, "pg_lsclusters --json says something that is no list of clusters").source(error)
    })
}

/// The file of the program `name` in one of the folders of `search_path`.
pub(super) fn on_path(search_path: &str, name: &str) -> Option<PathBuf> {
    let mut folders = search_path.split(':').map(Path::new).filter(|folder| folder.is_absolute());
    folders.find_map(|folder| Some(folder.join(name)).filter(|tool| tool.is_file()))
}

/// The value of `setting` that the server of the data folder `data`, configured by `configuration`, would have; `None` where its
/// files are wrong. It need not run.
///
/// # Errors
/// The folder belongs to another user, or the program does not start.
pub async fn setting_of(
    binaries: &Binaries,
    data: &Path,
    configuration: &Path,
    setting: &str,
) -> Result<Option<String>> {
    let program = Program::new(binaries.program("postgres"))
        .arg("-D", data)
        .args(["-C", setting, "-c"])
        .args([&format!("config_file={}", configuration.display())])
        .owner(Owner::of(data)?)
        .folder(Path::new("/"));
    let outcome = program.outcome().await?;
    Ok(outcome.status.success().then(|| outcome.stdout.trim_end().to_owned()))
}
