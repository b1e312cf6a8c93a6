//! Which cluster, to which version, by which programs.

use std::path::{Path, PathBuf};

use clap::Args;
use mainstay::cluster::{self, Cluster};
use mainstay::conn::Secret;
use mainstay::engine;
use mainstay::error::shell_word;
use mainstay::tool::Binaries;
use mainstay::upgrade::{self, Journal, Method, Order, Site};
use mainstay::{Error, ErrorKind};
use serde_json::json;

use crate::context::Context;
use crate::error::CliError;
use crate::{env, reach};

/// Which cluster.
#[derive(Args, Clone)]
pub(super) struct Which {
    /// The cluster's data folder
    #[arg(long, value_name = "DIR", conflicts_with = "cluster")]
    data: Option<PathBuf>,

    /// The cluster by Debian's name, 15/main; the only one that Debian's tools know otherwise
    #[arg(long, value_name = "VERSION/NAME")]
    cluster: Option<String>,
}

impl Which {
    /// What names the cluster whose data folder is `data` in a command to come; nothing where it need not be named.
    pub(super) fn again(&self, data: &Path) -> String {
        match (&self.data, &self.cluster) {
            (None, None) => String::new(),
            _ => format!("--data {}", shell_word(&data.display().to_string())),
        }
    }
}

/// To which version, and how.
#[derive(Args, Clone)]
pub(super) struct How {
    /// The new major version
    #[arg(long, value_name = "VERSION")]
    to: Option<u32>,

    /// Clone the files instead of copying them, where the file system can: takes neither time nor room
    #[arg(long, conflicts_with = "link")]
    clone: bool,

    /// Give both clusters the same files: quick, and no way back once the new server was started
    #[arg(long)]
    link: bool,

    /// Where the programs of the old version are, if they are not found
    #[arg(long, value_name = "DIR")]
    bin: Option<PathBuf>,

    /// Where the programs of the new version are, if they are not found
    #[arg(long, value_name = "DIR")]
    to_bin: Option<PathBuf>,

    /// Processes side by side
    #[arg(long, short, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,
}

/// What was found of it.
pub(super) struct Ground {
    pub(super) cluster: Cluster,
    pub(super) from: Binaries,
    pub(super) to: Binaries,
    pub(super) method: Method,
    jobs: usize,
    search_path: String,
    configurations: Option<PathBuf>,
    temporary: PathBuf,
    user: Option<String>,
    password: Option<Secret>,
    session: engine::Context,
}

impl Ground {
    /// The order to the library.
    pub(super) fn order(&self, leave_stopped: bool) -> Order<'_> {
        Order {
            cluster: &self.cluster,
            from: &self.from,
            to: &self.to,
            method: self.method,
            user: self.user.as_deref(),
            password: self.password.as_ref(),
            search_path: &self.search_path,
            configurations: self.configurations.as_deref(),
            temporary: &self.temporary,
            jobs: self.jobs,
            leave_stopped,
            context: &self.session,
        }
    }
}

impl Which {
    /// The cluster, and what `how` says of the way; an upgrade that is under way has said it already.
    ///
    /// # Errors
    /// There is no such cluster, the version is not a newer one, or its programs are not on this machine.
    pub(super) async fn ground(&self, how: &How, context: &Context) -> Result<Ground, CliError> {
        let variable = |name: &str| context.vars().get(name).cloned();
        let search_path = variable(env::PATH).unwrap_or_default();
        let configurations = variable(env::PG_CLUSTER_CONF_ROOT).map(PathBuf::from);
        let cluster = self.find(&search_path, configurations.as_deref(), context).await?;
        let journal = Journal::read(&Site::of(&cluster.data))?;
        let (from, to, method) = match &journal {
            Some(journal) => {
                if how.to.is_some_and(|to| to != journal.to.major) {
                    let message =
                        format!("an upgrade to {} is under way, and not to another version", journal.to.major);
                    return Err(Error::new(ErrorKind::Refused, message)
                        .hint("mainstay upgrade run goes on, mainstay upgrade rollback goes back")
                        .into());
                }
                (journal.from.binaries(), journal.to.binaries(), journal.method)
            }
            None => {
                let Some(to) = how.to else {
                    let message = format!("no upgrade of {} is under way", cluster.name);
                    return Err(Error::new(ErrorKind::NotFound, message)
                        .hint("look what is in the way of one: mainstay upgrade check --to VERSION")
                        .into());
                };
                let found = upgrade::programs(&cluster, to, &search_path, how.bin.as_deref(), how.to_bin.as_deref())?;
                (found.0, found.1, how.method())
            }
        };
        let request = reach::request(context)?;
        let name = format!("{} to {}", cluster.name, to.major);
        let ways = json!({ "cluster": cluster.name, "data": cluster.data, "from": from.version, "to": to.version });
        context.announce(&format!("{name} ({})", cluster.data.display()), ways);
        Ok(Ground {
            cluster,
            from,
            to,
            method,
            jobs: usize::from(how.jobs),
            search_path,
            configurations,
            temporary: variable(env::TMPDIR).map_or_else(|| "/tmp".into(), PathBuf::from),
            user: request.user.or(variable("PGUSER")),
            password: request.password.or(variable("PGPASSWORD").map(Secret::new)),
            session: engine::Context {
                observer: context.observer.clone(),
                dial: None,
                application_name: format!("mainstay/{} {}", env!("CARGO_PKG_VERSION"), context.command),
            },
        })
    }

    async fn find(&self, path: &str, configurations: Option<&Path>, context: &Context) -> Result<Cluster, Error> {
        let known = cluster::debian(path, configurations).await?;
        if let Some(data) = &self.data {
            let data = context.project.root.join(data);
            let real = upgrade::whole(&data)?;
            // What Debian's tools look after is theirs by its folder too.
            return match known.into_iter().find(|cluster| cluster.data == real) {
                Some(cluster) => Ok(cluster),
                None => cluster::at(&real),
            };
        }
        let names: Vec<String> = known.iter().map(|cluster| cluster.name.clone()).collect();
        let all = || if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let by_folder =
            "name a data folder: --data DIR; a running server says its own: mainstay sql -c 'SHOW data_directory'";
        let mut fitting = known.into_iter().filter(|one| self.cluster.as_ref().is_none_or(|name| *name == one.name));
        match (fitting.next(), fitting.next(), &self.cluster) {
            (Some(one), None, _) => Ok(one),
            (None, _, Some(name)) => {
                let message = format!("Debian's tools know no cluster {name}, but {}", all());
                Err(Error::new(ErrorKind::NotFound, message).hint(by_folder))
            }
            (None, _, None) => {
                Err(Error::new(ErrorKind::Usage, "Debian's tools know no cluster on this machine").hint(by_folder))
            }
            (Some(_), Some(_), _) => {
                let message = format!("there are several clusters on this machine: {}", all());
                Err(Error::new(ErrorKind::Usage, message).hint("name one: --cluster VERSION/NAME"))
            }
        }
    }
}

impl How {
    fn method(&self) -> Method {
        match (self.clone, self.link) {
            (true, _) => Method::Clone,
            (_, true) => Method::Link,
            _ => Method::Copy,
        }
    }

    /// What an upgrade that is under way, or through, needs no word of.
    pub(super) fn said_before() -> Self {
        Self { to: None, clone: false, link: false, bin: None, to_bin: None, jobs: 1 }
    }
}
