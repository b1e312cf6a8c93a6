//! A scratch of any kind.

use crate::conn::Target;
use crate::error::Result;

#[cfg(feature = "sqlite")]
use super::ScratchFile;
#[cfg(feature = "postgres")]
use super::{ScratchDatabase, ScratchServer};

/// An empty database for a moment, wherever it was to be had.
pub enum Scratch {
    /// On a server that exists.
    #[cfg(feature = "postgres")]
    Database(Box<ScratchDatabase>),
    /// On a private server, with the database in it.
    #[cfg(feature = "postgres")]
    Server(ScratchServer, Box<crate::conn::PostgresTarget>),
    /// An SQLite file.
    #[cfg(feature = "sqlite")]
    File(ScratchFile),
}

impl Scratch {
    /// How to reach it.
    pub fn target(&self) -> Target {
        match self {
            #[cfg(feature = "postgres")]
            Self::Database(database) => Target::Postgres(database.target().clone()),
            #[cfg(feature = "postgres")]
            Self::Server(_, target) => Target::Postgres(target.as_ref().clone()),
            #[cfg(feature = "sqlite")]
            Self::File(file) => Target::Sqlite(file.target()),
        }
    }

    /// Whether everything in it is ours: roles may be made there, and the whole cluster goes with it.
    pub fn is_private(&self) -> bool {
        match self {
            #[cfg(feature = "postgres")]
            Self::Database(_) => false,
            #[cfg(feature = "postgres")]
            Self::Server(..) => true,
            #[cfg(feature = "sqlite")]
            Self::File(_) => true,
        }
    }

    /// Where it is, for people.
    pub fn place(&self) -> String {
        match self {
            #[cfg(feature = "postgres")]
            Self::Database(_) => "a scratch database on the same server".to_owned(),
            #[cfg(feature = "postgres")]
            Self::Server(server, _) => {
                let version = &server.folder().binaries.version;
                format!("a scratch database on a private server (PostgreSQL {version})")
            }
            #[cfg(feature = "sqlite")]
            Self::File(_) => "a scratch file".to_owned(),
        }
    }

    /// Leaves it where it is, with `comment` where there is a place for one, and says its name or file; `None` for a private
    /// server, which goes all the same.
    ///
    /// # Errors
    /// It cannot be renamed or marked.
    pub async fn keep(self, comment: &str) -> Result<Option<String>> {
        let _ = comment;
        match self {
            #[cfg(feature = "postgres")]
            Self::Database(database) => database.keep(comment).await.map(Some),
            #[cfg(feature = "postgres")]
            Self::Server(..) => Ok(None),
            #[cfg(feature = "sqlite")]
            Self::File(file) => file.keep().map(|path| Some(path.display().to_string())),
        }
    }

    /// Removes it.
    ///
    /// # Errors
    /// The database cannot be dropped. A private server is removed in any case.
    pub async fn remove(self) -> Result<()> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Database(database) => database.remove().await,
            // Nothing in it is worth an orderly stop: dropping it ends it at once.
            #[cfg(feature = "postgres")]
            Self::Server(..) => Ok(()),
            #[cfg(feature = "sqlite")]
            Self::File(_) => Ok(()),
        }
    }
}
