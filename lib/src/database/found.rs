//! What a [`Builder`] finds: the project's folder, its configuration, and the outside.

use std::path::PathBuf;

use super::Builder;
use crate::config::{Config, Dotenv};
use crate::conn::{self, Request, Resolved, Surroundings};
use crate::disk::{Disk, Project, User};
use crate::error::Result;
#[cfg(feature = "backup")]
use crate::store::Access;

/// Folders in which a local server's socket may be, most likely first: Debian's and Red Hat's, and PostgreSQL's own.
const SOCKET_FOLDERS: [&str; 3] = ["/run/postgresql", "/var/run/postgresql", "/tmp"];

/// Debian's folder of the system-wide `pg_service.conf`.
const SERVICE_FOLDER: &str = "/etc/postgresql-common";

/// Where scratch files and private servers are, where TMPDIR says nothing.
const TEMPORARY: &str = "/tmp";

/// What there is, read once.
pub(super) struct Found {
    pub(super) project: Project,
    pub(super) config: Config,
    pub(super) around: Surroundings,
}

impl Builder {
    pub(super) fn project(&self) -> Project {
        if self.read_project { Project::find(&self.root) } else { Project { file: None, root: self.root.clone() } }
    }

    pub(super) fn read_config(&self, project: &Project) -> Result<Config> {
        match &self.config {
            Some(config) => Ok(config.clone()),
            None => project.config(),
        }
    }

    /// Everything, the outside as resolution sees it for the user and the home folder that this process has.
    pub(super) fn find(&self) -> Result<Found> {
        let project = self.project();
        let config = self.read_config(&project)?;
        let user = User::current(&self.vars);
        let around = Surroundings {
            vars: self.vars.clone(),
            dotenv: if self.read_project { project.dotenv(&config)? } else { Dotenv::default() },
            os_user: user.name,
            home: user.home,
            socket_folders: SOCKET_FOLDERS.map(PathBuf::from).to_vec(),
            service_folder: Some(PathBuf::from(SERVICE_FOLDER)),
            project: project.root.clone(),
        };
        Ok(Found { project, config, around })
    }
}

impl Found {
    /// Every connection setting that `request` leads to.
    pub(super) fn resolve(&self, request: &Request) -> Result<Resolved> {
        conn::resolve(request, &self.config, &self.around, &Disk)
    }

    /// PATH, by which programs are found.
    pub(super) fn search_path(&self) -> String {
        self.around.variable("PATH").map(|(path, _)| path.to_owned()).unwrap_or_default()
    }

    /// Where scratch files and private servers are.
    pub(super) fn temporary(&self) -> PathBuf {
        self.around.variable("TMPDIR").map_or(TEMPORARY, |(path, _)| path).into()
    }

    /// What a store on the net is reached with.
    #[cfg(feature = "backup")]
    pub(super) fn access(&self) -> Access {
        Access::from_variables(|name| self.around.variable(name).map(|(value, _)| value.to_owned()))
    }

    /// The scheme of the URL that a program of the project would connect by, which may name its driver.
    pub(super) fn scheme(&self) -> Option<String> {
        let configured = || {
            let url = self.config.database.url.as_deref()?;
            match url.strip_prefix("env:") {
                Some(name) => self.around.variable(name).map(|(value, _)| value),
                None => Some(url),
            }
        };
        let url = self.around.variable(conn::DATABASE_URL).map(|(value, _)| value).or_else(configured)?;
        let (scheme, _) = url.split_once("://")?;
        scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '+').then(|| scheme.to_owned())
    }
}
