//! States: what a database is, or would be. A live database, files of SQL, a folder of migrations, what the ledger's
//! migrations produce, or a saved snapshot; each is read into one [`Snapshot`], so that any two can be compared.
//!
//! What is not a database yet becomes one: in a scratch database on the project's server where that may be, else on a private
//! server. Nothing that reaches beyond its own database runs on the project's server: see `reach`.

mod compare;
mod declared;
mod draft;
mod drift;
mod examine;
mod history;
mod intent;
mod load;
mod objects;
mod one_by_one;
mod reach;
mod recipe;
mod replay;
mod roles;
mod round_trip;
mod rows;
mod schema_only;
mod script;
#[cfg(feature = "postgres")]
mod server;
mod settle;
mod snapshot;
mod spelling;
mod spoken_of;
mod sql;
mod squash;
mod stage;
mod standing;
mod units;
mod verify;
mod way;

pub use compare::{Measure, compare};
pub use draft::Draft;
pub use drift::{Attribute, Change, Drift};
pub use examine::examined;
pub use history::{Passed, Station};
pub use intent::{Intent, Judge, Verdict};
pub use objects::inventory;
pub use reach::{Known, Reach, Reached, reach};
pub use replay::Replay;
pub(crate) use roles::make_role_hint;
pub use round_trip::Tried;
#[cfg(feature = "postgres")]
pub(crate) use rows::{Difference, Rows};
pub use schema_only::schema_only;
pub use snapshot::{FORMAT, Snapshot};
pub use spelling::Spelling;
pub use squash::Squash;
pub use stage::Stage;
pub use standing::Unchecked;
pub use verify::Verification;
pub use way::Comparison;

use std::path::PathBuf;

use crate::catalog::Catalog;
use crate::conn::Target;
use crate::dialect::{AppliedState, Version};
use crate::engine::{self, Context, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::{Folder, Migrator, Rules, refuse};
use crate::sql::Flavor;

use recipe::Recipe;

/// What a database is, or would be.
#[derive(Clone)]
pub enum State {
    /// A database as it is now.
    Live(Box<Target>),
    /// What the migrations produce that the project's database has had.
    Ledger,
    /// What a folder's migrations produce.
    Migrations(PathBuf),
    /// What a file of SQL, or a folder of them in any order, produces.
    Sql(PathBuf),
    /// A saved snapshot.
    Snapshot(PathBuf),
}

impl State {
    /// Whether it is what somebody has written, and not what a database has come to be.
    fn is_written(&self) -> bool {
        matches!(self, Self::Ledger | Self::Migrations(_) | Self::Sql(_))
    }
}

/// What reading states needs to know of the project and the machine.
pub struct States {
    /// The project's database, on whose server scratch databases are made; `None` where none is named.
    pub home: Option<Target>,
    /// Whose lexical rules files of SQL follow, and which engine they are for.
    pub flavor: Flavor,
    /// The role that owns the objects, where it is not the one connected as.
    pub owner: Option<String>,
    /// The project's folder of migrations.
    pub migrations: PathBuf,
    /// `auto` or a dialect's name, for that folder.
    pub dialect: String,
    /// How migrations are run.
    pub rules: Rules,
    /// The value of PATH, by which PostgreSQL's programs are found.
    pub search_path: String,
    /// Folder for private servers and scratch files.
    pub temporary: PathBuf,
    /// Observer, dialler, session name.
    pub context: Context,
}

impl States {
    /// Reads what `state` is made of.
    ///
    /// # Errors
    /// It cannot be connected to, read or loaded; a statement that fails is shown with file, line and column.
    pub async fn read(&self, state: &State) -> Result<Snapshot> {
        if let State::Snapshot(path) = state {
            return Snapshot::open(path);
        }
        let stage = self.stage(state).await?;
        let snapshot = stage.snapshot(&self.context).await;
        stage.close().await?;
        snapshot
    }

    /// A database that is in `state`: the live one, or a scratch that lives as long as the value.
    ///
    /// # Errors
    /// As [`States::read`]; [`ErrorKind::Usage`] for a snapshot, which no database can be made from.
    pub async fn stage(&self, state: &State) -> Result<Stage> {
        match state {
            State::Live(target) => {
                engine::check_there(target)?;
                Ok(Stage::live(target.as_ref().clone()))
            }
            State::Ledger => {
                let (folder, versions) = self.ledger().await?;
                self.replayed(&folder, &versions, &Catalog::default()).await
            }
            State::Migrations(path) => {
                let dialect = if *path == self.migrations { &self.dialect } else { "auto" };
                let folder = Folder::read(path, dialect, self.flavor)?;
                folder.refuse_undecided()?;
                self.produce(&Recipe::Migrations { folder: &folder, rules: &self.rules, extensions: &[] }).await
            }
            State::Sql(path) => {
                let scripts = script::read(path, self.flavor)?;
                self.produce(&Recipe::Scripts(&scripts)).await
            }
            State::Snapshot(path) => {
                let message = format!("{} is a snapshot, and no database can be made from it", path.display());
                Err(Error::new(ErrorKind::Usage, message).hint("name a database, files of SQL or a migrations folder"))
            }
        }
    }

    /// What the project's database has had, and the folder as the dialect reads it whose ledger is there.
    async fn ledger(&self) -> Result<(Folder, Vec<Version>)> {
        let home = self.home.as_ref().ok_or_else(|| {
            Error::new(ErrorKind::Config, "`ledger` is that of the project's database, and none is named")
                .hint("type: mainstay conn show")
        })?;
        let folder = Folder::read(&self.migrations, &self.dialect, self.flavor)?;
        engine::check_there(home)?;
        let mut session = self.connect_as_owner(home).await?;
        let mut migrator = Migrator::new(session.as_mut(), &folder, &self.rules, self.context.observer.clone());
        let state = migrator.state().await?;
        refuse(&state.problems)?;
        let done = state.applied.into_iter().filter(|one| one.state == AppliedState::Done);
        let versions: Vec<Version> = done.map(|one| one.version).collect();
        let folder = migrator.folder().only(&versions)?;
        session.close().await;
        Ok((folder, versions))
    }

    /// A session on `target` that acts as the owning role, where one is set and it may.
    async fn connect_as_owner(&self, target: &Target) -> Result<Box<dyn Session>> {
        let mut session = engine::connect(target, &self.context).await?;
        engine::act_as(session.as_mut(), self.owner.as_deref()).await?;
        Ok(session)
    }
}
