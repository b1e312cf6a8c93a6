//! The demo's service: a shed of tools that neighbours lend each other.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use mainstay::disk::write_new;
use mainstay::scratch::ScratchServer;
use mainstay::{Error, ErrorKind};

/// A file's name and its text.
pub(super) type File = (&'static str, &'static str);

macro_rules! file {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../demo/", $name)))
    };
}

/// What the service is born with.
const FIRST: [File; 6] = [
    file!("20260105090000_create_tools.up.sql"),
    file!("20260105090000_create_tools.down.sql"),
    file!("20260112183000_create_members.up.sql"),
    file!("20260112183000_create_members.down.sql"),
    file!("20260203080000_create_loans.up.sql"),
    file!("20260203080000_create_loans.down.sql"),
];

/// What its first upgrade brings.
pub(super) const UPGRADE: File = file!("20260401120000_add_returned.up.sql");
/// What someone should have thought about twice.
pub(super) const DANGEROUS: File = file!("20260502070000_forget_long_loans.up.sql");
/// Rows, as the running service would write them.
pub(super) const FILL: &str = include_str!("../../../demo/fill.sql");
/// A question to them, of four columns.
pub(super) const ASK: &str = include_str!("../../../demo/ask.sql");

/// The project's folder.
pub(super) struct Project {
    pub(super) folder: PathBuf,
    keep: bool,
}

impl Project {
    /// Writes it into `keep`, or into a new folder under `temporary` that goes with the value.
    pub(super) fn write(temporary: &Path, keep: Option<&Path>, server: Option<&ScratchServer>) -> Result<Self, Error> {
        let folder = match keep {
            Some(folder) => folder.to_owned(),
            None => temporary.join(format!("mainstay-demo-{}", std::process::id())),
        };
        make(&folder)?;
        let project = Self { folder, keep: keep.is_some() };
        write_new(&project.folder.join("mainstay.toml"), &config(server))?;
        make(&project.migrations())?;
        FIRST.iter().try_for_each(|file| project.add(*file))?;
        Ok(project)
    }

    /// The folder of the migrations.
    pub(super) fn migrations(&self) -> PathBuf {
        self.folder.join("migrations")
    }

    /// Adds a file to the migrations.
    pub(super) fn add(&self, (name, text): File) -> Result<(), Error> {
        write_new(&self.migrations().join(name), text)
    }

    /// Takes it away again.
    pub(super) fn remove(&self, (name, _): File) -> Result<(), Error> {
        let path = self.migrations().join(name);
        std::fs::remove_file(&path).map_err(|error| Error::io("remove", &path, error))
    }

    /// Changes the first migration as an editor would.
    pub(super) fn edit(&self, from: &str, to: &str) -> Result<(), Error> {
        let (name, text) = FIRST[0];
        let path = self.migrations().join(name);
        std::fs::write(&path, text.replace(from, to)).map_err(|error| Error::io("write", &path, error))
    }

    /// `text` with the paths in it as seen from the project.
    pub(super) fn inside(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.folder.display()), "")
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        if !self.keep {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// Makes a folder for its owner alone; an empty one that is there will do.
fn make(folder: &Path) -> Result<(), Error> {
    match std::fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && !is_empty(folder) => {
            Err(Error::new(ErrorKind::Refused, format!("{} is there already and not empty", folder.display()))
                .source(error)
                .hint("name a folder that is not there yet: mainstay demo --keep toolshed"))
        }
        Err(error) if !is_empty(folder) => Err(Error::io("make the folder", folder, error)),
        _ => Ok(()),
    }
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

fn config(server: Option<&ScratchServer>) -> String {
    let database = match server {
        None => "url = \"sqlite:toolshed.sqlite3\"\n".to_owned(),
        Some(server) => {
            let at = format!("host='{}' port={}", server.folder().socket().display(), server.port());
            format!(
                "url = \"{at} user=toolshed_app dbname=toolshed\"\nadmin = \"{at} user=postgres dbname=postgres\"\n\
                 owner = \"toolshed\"\napp = \"toolshed_app\"\nreaders = [\"toolshed_reports\"]\n"
            )
        }
    };
    format!("[service]\nname = \"toolshed\"\n\n[database]\n{database}\n[migrations]\ndir = \"migrations\"\n")
}
