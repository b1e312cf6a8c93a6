//! The server's settings for its machine.

use super::Database;
use crate::config::TuneConfig;
use crate::conn::{PostgresTarget, Target};
use crate::disk::Hardware;
use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::tune::{self, Hands, Profile, Set, Shown, Told, TunePlan, Wanted, WayBack, Workplace};

impl Database {
    /// How the server is set, as far as it depends on the machine.
    ///
    /// # Errors
    /// It cannot be connected to, or is an SQLite file.
    pub async fn tune_show(&self) -> Result<Vec<Shown>> {
        let mut session = self.connect().await?;
        let shown = tune::show(session.as_mut()).await;
        session.close().await;
        shown
    }

    /// What it would be set to, tried on a private server. What `told` and `wanted` leave open, `[tune]` says.
    ///
    /// # Errors
    /// See [`tune::plan`].
    pub async fn tune_plan(&self, told: &Told, wanted: &Wanted) -> Result<TunePlan> {
        let TuneConfig { profile, memory, share } = &self.config.tune;
        let told = Told { memory: told.memory.or(*memory), share: told.share.or(*share), ..told.clone() };
        let by_config = Profile::ALL.into_iter().find(|one| Some(one.name()) == profile.as_deref());
        let wanted = Wanted { profile: wanted.profile.or(by_config), ..*wanted };
        let at = Workplace {
            search_path: &self.search_path,
            temporary: &self.temporary,
            hardware: &Hardware::at("/"),
            context: &self.context,
        };
        let mut session = self.connect().await?;
        let plan = tune::plan(session.as_mut(), &told, &wanted, &at).await;
        session.close().await;
        plan
    }

    /// Sets it.
    ///
    /// # Errors
    /// See [`tune::apply`].
    pub async fn tune_apply(&self, plan: &TunePlan, untried: bool) -> Result<Vec<Set>> {
        let (mut admin, mut owner) = self.both_hands().await?;
        let set = tune::apply(self.hands(admin.as_mut(), owner.as_mut()), plan, untried).await;
        admin.close().await;
        owner.close().await;
        set
    }

    /// What brings back what was set before.
    ///
    /// # Errors
    /// See [`tune::way_back`].
    pub async fn tune_way_back(&self) -> Result<WayBack> {
        let (mut admin, mut owner) = self.both_hands().await?;
        let back = tune::way_back(admin.as_mut(), owner.as_mut()).await;
        admin.close().await;
        owner.close().await;
        back
    }

    /// Brings it back.
    ///
    /// # Errors
    /// See [`tune::reset`].
    pub async fn tune_reset(&self, back: &WayBack) -> Result<()> {
        let (mut admin, mut owner) = self.both_hands().await?;
        let reset = tune::reset(self.hands(admin.as_mut(), owner.as_mut()), back).await;
        admin.close().await;
        owner.close().await;
        reset
    }

    fn hands<'a>(&'a self, admin: &'a mut dyn Session, owner: &'a mut dyn Session) -> Hands<'a> {
        Hands { admin, owner, observer: self.context.observer.as_ref(), host: &self.rules.host }
    }

    async fn both_hands(&self) -> Result<(Box<dyn Session>, Box<dyn Session>)> {
        let admin = self.administrator(self.server_target()?).await?;
        Ok((admin, self.connect_as_owner().await?))
    }

    fn server_target(&self) -> Result<&PostgresTarget> {
        match &self.target {
            Target::Postgres(target) => Ok(target),
            Target::Sqlite(_) => Err(Error::new(ErrorKind::Unsupported, "an SQLite file has no server to be tuned")
                .hint("name a PostgreSQL database: mainstay tune plan --url postgresql://HOST/NAME")),
        }
    }
}
