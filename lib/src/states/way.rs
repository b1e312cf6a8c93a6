//! The way from one state to another, as a plan.

use crate::catalog::{Catalog, ObjectId};
use crate::conn::Target;
use crate::dialect::{Directives, Script};
use crate::diff::{self, diff, diff_sqlite};
use crate::engine;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Hazard, Plan, Risk};
use crate::sql::Flavor;

use super::declared::{self, Declared};
use super::examine::examined;
use super::recipe::Recipe;
use super::schema_only::schema_only;
use super::spoken_of::spoken_of;
use super::{Intent, Snapshot, Stage, State, States, script};

/// How two states differ.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Comparison {
    /// Whose statements they are.
    pub engine: Flavor,
    /// The way from one to the other; empty where they do not differ.
    pub plan: Plan,
    /// Objects of either side that the model has no place for, and so the plan neither.
    pub unclaimed: Vec<ObjectId>,
}

impl States {
    /// Plans the way from `from` to `to`, for the role that is connected on the side of `from`, or the owner that is set. The books
    /// of migration tools, and what is the database's own, are left out of both; between what is written and what is, so are grants
    /// to roles that nothing written speaks of.
    ///
    /// # Errors
    /// As [`States::read`]; the states are of two engines ([`ErrorKind::Usage`]); what looks like a rename was not declared, or
    /// rows of a live SQLite database would be without a value ([`ErrorKind::Refused`]); objects need each other in a circle.
    pub async fn compare(&self, from: &State, to: &State, intent: &Intent) -> Result<Comparison> {
        let declared = self.declared(to)?;
        // Both are waited for, so that neither leaves a scratch behind when the other fails.
        let (old, new) = tokio::join!(self.read_renamed(from, intent), self.read(to));
        let (old, new) = (old?, new?);
        comparable(&old, &new)?;
        let (engine, server) = (old.engine, old.server_version);
        let (mut old, mut new) = (schema_only(old.catalog), schema_only(new.catalog));
        let mut intent = intent.clone();
        while intent.settle(&old, &new, &declared)? {
            old = schema_only(self.read_renamed(from, &intent).await?.catalog);
        }
        let state = old.hash().to_string();
        match (from.is_written(), to.is_written()) {
            (false, true) => spoken_of(&mut old, &new),
            (true, false) => spoken_of(&mut new, &old),
            _ => {}
        }
        let connected = match from {
            State::Live(target) => Some(target.as_ref()),
            _ => self.home.as_ref(),
        };
        let options = self.options(&self.role(connected), server, &intent);
        let mut found = self.plan(engine, &old, &new, &options, &intent)?;
        found.plan = examined(&found.plan, &old, engine, server / 10_000);
        if let State::Live(target) = from {
            self.refuse_without_value(&found.plan, target).await?;
        }
        found.plan.state = match intent.renames.is_empty() {
            true => state,
            // The plan begins where nothing is renamed yet.
            false => schema_only(self.read(from).await?.catalog).hash().to_string(),
        };
        Ok(found)
    }

    /// Nothing is planned that the rows of `target` are sure to fail.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: a table with rows would get a column that must have a value, and nothing says which.
    pub(super) async fn refuse_without_value(&self, plan: &Plan, target: &Target) -> Result<()> {
        let needs_value = |risk: &&Risk| risk.hazard == Hazard::FailsOnRows && !risk.tables.is_empty();
        let risks: Vec<&Risk> = plan.risks().map(|(_, risk)| risk).filter(needs_value).collect();
        if risks.is_empty() {
            return Ok(());
        }
        let mut session = engine::connect(target, &self.context).await?;
        let mut refused = Ok(());
        for risk in risks {
            let rows = session.query(&format!("SELECT 1 FROM {} LIMIT 1", risk.tables.join(", "))).await;
            // Under its old name the table is not found here, and the risk stays one.
            if rows.is_ok_and(|rows| !rows.is_empty()) {
                refused = Err(Error::new(ErrorKind::Refused, format!("the plan {}, and there are rows", risk.reason))
                    .hint("give the column a DEFAULT, or let it be NULL until every row has a value"));
                break;
            }
        }
        session.close().await;
        refused
    }

    /// How plans are made for `role` on a server of that version.
    pub(super) fn options(&self, role: &str, server: u32, intent: &Intent) -> diff::Options {
        let lock_timeout = Some(self.rules.lock_timeout);
        diff::Options { lock_timeout, server, online: !intent.offline, ..diff::Options::new(role) }
    }

    /// The renames that the files of `state` declare.
    pub(super) fn declared(&self, state: &State) -> Result<Vec<Declared>> {
        let State::Sql(path) = state else { return Ok(Vec::new()) };
        let scripts = script::read(path, self.flavor)?;
        let found: Vec<Vec<Declared>> =
            scripts.iter().map(|script| declared::declared(script, self.flavor)).collect::<Result<_>>()?;
        Ok(found.concat())
    }

    /// Reads `state` after its renames, which the server does in a scratch: it knows every text that has the name in it.
    async fn read_renamed(&self, state: &State, intent: &Intent) -> Result<Snapshot> {
        if intent.renames.is_empty() {
            return self.read(state).await;
        }
        let stage = match state {
            State::Live(_) => {
                let (file, text) = ("the schema of the database".to_owned(), self.sql(state).await?);
                let script = Script { file, text, directives: Directives::default() };
                self.produce(&Recipe::Scripts(&[script])).await?
            }
            state => self.stage(state).await?,
        };
        let snapshot = self.renamed(&stage, intent).await;
        stage.close().await?;
        snapshot
    }

    /// What a scratch is made of after renames.
    pub(super) async fn renamed(&self, stage: &Stage, intent: &Intent) -> Result<Snapshot> {
        let mut session = self.connect_as_owner(stage.target()).await?;
        let done = intent.carry_out(session.as_mut()).await;
        session.close().await;
        done?;
        stage.snapshot(&self.context).await
    }

    /// Plans the way from `old`, in which renames are done already, to `new`.
    pub(super) fn plan(
        &self,
        engine: Flavor,
        old: &Catalog,
        new: &Catalog,
        options: &diff::Options,
        intent: &Intent,
    ) -> Result<Comparison> {
        let mut unclaimed: Vec<ObjectId> = old.unclaimed.iter().chain(&new.unclaimed).cloned().collect();
        unclaimed.sort();
        unclaimed.dedup();
        // SQLite waits for locks in its own way.
        let lock_timeout = options.lock_timeout.filter(|_| engine == Flavor::Postgres);
        let mut plan = match engine {
            Flavor::Postgres => diff(old, new, options)?,
            Flavor::Sqlite => diff_sqlite(old, new)?,
        };
        intent.lead(&mut plan, lock_timeout);
        Ok(Comparison { engine, plan, unclaimed })
    }

    /// The role that would run a plan on `connected`.
    pub(super) fn role(&self, connected: Option<&Target>) -> String {
        match (&self.owner, connected) {
            (Some(owner), _) => owner.clone(),
            (None, Some(Target::Postgres(target))) => target.user.clone(),
            // A private server's.
            _ => "postgres".to_owned(),
        }
    }
}

fn comparable(old: &Snapshot, new: &Snapshot) -> Result<()> {
    match old.engine == new.engine {
        true => Ok(()),
        false => Err(Error::new(ErrorKind::Usage, "one state is of PostgreSQL, the other of SQLite")
            .hint("name two states of one engine; a file of SQL is read for the project's: mainstay conn show")),
    }
}
