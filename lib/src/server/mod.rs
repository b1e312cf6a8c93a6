//! A project's own PostgreSQL server, for development: in a folder of the project's, on a socket that is nobody else's.
//!
//! It is a whole server of PostgreSQL's own programs, and stays until it is stopped. Others of the machine are [`cluster`]'s.
//!
//! [`cluster`]: crate::cluster

mod follow;

pub use follow::Follower;

use std::path::{Path, PathBuf};

use crate::cluster::{self, Cluster};
use crate::disk;
use crate::error::{Error, ErrorKind, Result};
use crate::scratch::server_programs;
use crate::tool::{
    Binaries, Guardian, ServerFolder, check_socket_length, find_binaries, init_server, start_server, stop_server,
};

/// Where it is, in the project's folder.
const FOLDER: &str = ".mainstay/server";

/// A project's own server.
pub struct OwnServer {
    folder: ServerFolder,
    cluster: Cluster,
}

/// What `start` and `stop` found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Was {
    /// It was so already.
    Already,
    /// It is so now.
    Changed,
}

impl OwnServer {
    /// What [`OwnServer::init`] would make one with.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: the project in `root` has one, or its path would be no socket's. The programs of the version are not
    /// on this machine.
    pub fn prospect(root: &Path, major: Option<u32>, elsewhere: Option<&Path>, search_path: &str) -> Result<Binaries> {
        let place = root.join(FOLDER);
        if place.symlink_metadata().is_ok() {
            cluster_in(&place)?;
            let message = format!("the project has a server already: {}", place.display());
            return Err(Error::new(ErrorKind::Refused, message).hint("start it: mainstay server start"));
        }
        let data = elsewhere.unwrap_or(&place);
        if data.exists() && std::fs::read_dir(data).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(Error::new(ErrorKind::Refused, format!("{} is not empty", data.display()))
                .hint("name a folder that is not there yet: --folder DIR"));
        }
        check_path(data)?;
        let binaries = server_programs(search_path, major)?;
        match major.filter(|major| *major != binaries.major) {
            Some(major) => Err(Error::new(
                ErrorKind::Program,
                format!("PostgreSQL {major} is not on this machine; there is {}", binaries.version),
            )
            .hint(format!("Debian and Ubuntu: apt-get install postgresql-{major}"))),
            None => Ok(binaries),
        }
    }

    /// Makes one for the project in `root`, of the `major` version or of the newest that is here; its data lies in `elsewhere`
    /// where that is given, and the project has a link to it. `search_path` is the value of PATH. It is made aside, and has its
    /// name once it is whole.
    ///
    /// # Errors
    /// As [`OwnServer::prospect`], and as [`init_server`]; nothing is left then.
    pub async fn init(root: &Path, major: Option<u32>, elsewhere: Option<&Path>, search_path: &str) -> Result<Self> {
        let binaries = Self::prospect(root, major, elsewhere, search_path)?;
        let place = root.join(FOLDER);
        let own = place.parent().unwrap_or(root);
        disk::make_folder(own)?;
        disk::write_public(&own.join(".gitignore"), "*\n")?;
        let data = elsewhere.unwrap_or(&place);
        let aside = disk::unfinished_name(data);
        disk::make_private_folder(&aside)?;
        // Whatever ends us before it has its name: it goes.
        let guardian = Guardian::watch(&aside)?;
        init_server(&binaries, &aside).await.map_err(elsewhere_then)?;
        std::fs::rename(&aside, data).map_err(|error| Error::io("name the folder", data, error))?;
        drop(guardian);
        let real = data.canonicalize().map_err(|error| Error::io("find", data, error))?;
        if elsewhere.is_some() {
            std::os::unix::fs::symlink(&real, &place).map_err(|error| Error::io("link", &place, error))?;
        }
        let cluster = cluster::at(&real.join("data"))?;
        Ok(Self { folder: ServerFolder { root: real, binaries }, cluster })
    }

    /// The one of the project in `root`.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: there is none, or its data is gone. [`ErrorKind::Program`]: its version's programs are not on this
    /// machine.
    pub fn find(root: &Path, search_path: &str) -> Result<Self> {
        let Some(cluster) = Self::look(root)? else {
            let message = format!("the project in {} has no server of its own", root.display());
            return Err(Error::new(ErrorKind::NotFound, message).hint("make one: mainstay server init"));
        };
        let real = cluster.data.parent().unwrap_or(root).to_owned();
        let binaries = programs(cluster.major, search_path)?;
        Ok(Self { folder: ServerFolder { root: real, binaries }, cluster })
    }

    /// How the one of the project in `root` is, whether or not its programs are here; `None` where it has none.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]: its data is gone.
    pub fn look(root: &Path) -> Result<Option<Cluster>> {
        let place = root.join(FOLDER);
        if place.symlink_metadata().is_err() {
            return Ok(None);
        }
        let mut cluster = cluster_in(&place)?;
        cluster.log = cluster.data.parent().map(|root| root.join("log"));
        Ok(Some(cluster))
    }

    /// Starts it and waits until it answers; it runs on when this process ends.
    ///
    /// # Errors
    /// It does not come up: the last lines of its log are the cause.
    pub async fn start(&mut self) -> Result<Was> {
        if self.cluster.running().is_some() {
            return Ok(Was::Already);
        }
        let started = start_server(&self.folder, &[]).await;
        self.cluster = cluster::at(&self.folder.data())?;
        match started {
            // Somebody else has started it meanwhile.
            Err(_) if self.cluster.running().is_some() => Ok(Was::Already),
            Err(error) => Err(error),
            Ok(_) => Ok(Was::Changed),
        }
    }

    /// Stops it and waits for its end; open sessions are broken off, what they have committed is kept.
    ///
    /// # Errors
    /// It does not end within a minute.
    pub async fn stop(&mut self) -> Result<Was> {
        if self.cluster.running().is_none() {
            return Ok(Was::Already);
        }
        stop_server(&self.folder, false).await?;
        self.cluster = cluster::at(&self.folder.data())?;
        Ok(Was::Changed)
    }

    /// How it is.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Its programs.
    pub fn binaries(&self) -> &Binaries {
        &self.folder.binaries
    }

    /// How `database` in it is reached.
    pub fn url(&self, database: &str) -> String {
        let encoded = |text: &str| {
            let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-~".contains(&byte);
            let one = |byte: u8| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
            text.bytes().map(one).collect::<String>()
        };
        let socket = self.folder.socket().to_string_lossy().into_owned();
        format!("postgresql://postgres@/{}?host={}", encoded(database).replace('/', "%2F"), encoded(&socket))
    }
}

/// The cluster in a project's folder, or in what it links to.
fn cluster_in(place: &Path) -> Result<Cluster> {
    // What nobody lets us into is not gone.
    let closed = |error: &std::io::Error| error.kind() == std::io::ErrorKind::PermissionDenied;
    if let Some(error) = std::fs::read_dir(place).err().filter(closed) {
        return Err(
            Error::io("look into", place, error).hint("type it as the user that the folder belongs to, or as root")
        );
    }
    let data = place.canonicalize().map(|real| real.join("data"));
    data.ok().and_then(|data| cluster::at(&data).ok()).ok_or_else(|| {
        let message = format!("{} has no data in it, or leads to none", place.display());
        Error::new(ErrorKind::NotFound, message)
            .hint(format!("if its data is really gone: rm -r {}, then mainstay server init", place.display()))
    })
}

/// What a socket's folder cannot have in its path: it is long, a comma begins another one, and pg_ctl hands it to a shell.
fn check_path(data: &Path) -> Result<()> {
    let data = &real(data);
    check_socket_length(&data.join("socket")).map_err(elsewhere_then)?;
    let text = data.to_string_lossy();
    match text.chars().find(|c| c.is_control() || ",\"$`\\".contains(*c)) {
        Some(c) => Err(elsewhere_then(Error::new(
            ErrorKind::Io,
            format!("{} has {c:?} in it, which the path of a server's socket cannot have", data.display()),
        ))),
        None => Ok(()),
    }
}

/// The whole path of `data`, which need not be there yet: its server is started by that one, whatever links lead to it.
fn real(data: &Path) -> PathBuf {
    for there in data.ancestors() {
        let found = if there == Path::new("") { Path::new(".") } else { there };
        if let (Ok(found), Ok(rest)) = (found.canonicalize(), data.strip_prefix(there)) {
            return found.join(rest);
        }
    }
    data.to_owned()
}

fn elsewhere_then(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Io => error.hint("keep it elsewhere: mainstay server init --folder /var/tmp/NAME"),
        _ => error,
    }
}

/// The programs of exactly this major version: another one's do not start it.
fn programs(major: u32, search_path: &str) -> Result<Binaries> {
    let found = find_binaries(search_path, &["postgres", "initdb", "pg_ctl"])?;
    found.into_iter().find(|binaries| binaries.major == major).ok_or_else(|| {
        Error::new(
            ErrorKind::Program,
            format!("the project's server is of PostgreSQL {major}, which is not on this machine"),
        )
        .hint(format!("Debian and Ubuntu: apt-get install postgresql-{major}"))
        .hint("where its programs lie elsewhere: PATH=FOLDER:$PATH mainstay server start")
    })
}
