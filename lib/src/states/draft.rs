//! A migration drafted from the wanted schema: `migrate new --from-schema`.
//!
//! The way up is the plan from what the folder's migrations produce; the way back is planned from where the way up has really
//! led. Both are tried in scratch databases before a file is written.

use crate::catalog::Catalog;
use crate::dialect::{Body, NewFile};
use crate::diff;
use crate::disk::SourceFile;
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::{Folder, Goal, Migrator, Rules};
use crate::plan::{Action, Hazard, Plan, Risk, Step, risks};
use crate::sql::Flavor;

use super::recipe::Recipe;
use super::schema_only::schema_only;
use super::{Comparison, Intent, Snapshot, Stage, State, States, Unchecked};

/// Migrations that lead from the folder's to a wanted schema.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Draft {
    /// The files, in order; none where there is nothing to do.
    pub files: Vec<NewFile>,
    /// The way up.
    pub up: Comparison,
    /// Whether the files have a way back, which not every layout knows.
    pub goes_back: bool,
    /// Why nobody knows whether the database has all of the folder's migrations.
    pub unchecked: Option<Unchecked>,
}

/// How a draft's files are made.
struct Desk<'a> {
    states: &'a States,
    rules: Rules,
    options: diff::Options,
    /// What lies in the folder, and what has been drafted.
    files: Vec<SourceFile>,
    folder: Folder,
}

impl States {
    /// Drafts the migrations called `name` that lead to `wanted`; `now` is UTC as `YYYYMMDDHHMMSS`. Nothing is written.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`]: the project's database lacks migrations of the folder. [`ErrorKind::Verification`]: the draft does
    /// not lead to the wanted schema, or not back. Else as [`States::compare`].
    pub async fn draft(&self, name: &str, wanted: &State, intent: &Intent, now: &str) -> Result<Draft> {
        let (dialect, unchecked) = self.up_to_date().await?;
        let folder = Folder::read(&self.migrations, &dialect, self.flavor)?;
        let files = Folder::files(&self.migrations)?;
        let rules = Rules { to: None, ..self.rules.clone() };
        // Only our own layout says of a file that it runs outside a transaction, and goes on where it has stopped.
        let offline = intent.offline || folder.dialect.name() != "mainstay";
        let mut intent = Intent { offline, ..intent.clone() };
        let options = self.options(&self.role(self.home.as_ref()), 0, &intent);
        let mut desk = Desk { states: self, rules, options, files, folder };
        let declared = self.declared(wanted)?;
        let (old, wanted) = tokio::join!(desk.replayed(&intent), self.read(wanted));
        let (mut renamed, wanted) = (old?, wanted?);
        if wanted.engine != self.flavor {
            return Err(Error::new(
                ErrorKind::Usage,
                "the wanted schema is of another engine than the project's database",
            )
            .hint("see which one that is: mainstay conn show"));
        }
        desk.options.server = renamed.server_version;
        let wanted = schema_only(wanted.catalog);
        while intent.settle(&renamed.catalog, &wanted, &declared)? {
            renamed = desk.replayed(&intent).await?;
        }
        let renamed = renamed.catalog;
        let engine = self.flavor;
        let up = self.plan(engine, &renamed, &wanted, &desk.options, &intent)?;
        if let Some(home) = self.home.as_ref().filter(|_| unchecked.is_none()) {
            self.refuse_without_value(&up.plan, home).await?;
        }
        let mut draft = Draft { files: Vec::new(), up, goes_back: true, unchecked };
        if draft.up.plan.is_empty() {
            return Ok(draft);
        }
        let old =
            if intent.renames.is_empty() { renamed.clone() } else { desk.replayed(&Intent::default()).await?.catalog };
        let mut before = old.clone();
        let parts = parts(&draft.up.plan.steps);
        for (at, steps) in parts.iter().enumerate() {
            let title = if parts.len() == 1 { name.to_owned() } else { format!("{name} {}", at + 1) };
            // What the first one has renamed is renamed back.
            let back = if at == 0 { intent.reversed() } else { intent.without_questions() };
            let (files, after) = desk.write(&title, now, steps, before, &back).await?;
            draft.files.extend(files);
            before = after;
        }
        let count = parts.len();
        let left = self.plan(engine, &before, &wanted, &desk.options, &intent.without_questions())?;
        proven(&left.plan, "the drafted migration does not lead to the wanted schema")?;
        draft.goes_back = desk.folder.migrations.iter().rev().take(count).all(|one| one.down.is_some());
        if draft.goes_back {
            let undone = desk.undone(count).await?;
            let left = self.plan(engine, &undone, &old, &desk.options, &intent.without_questions())?;
            proven(&left.plan, "the drafted migration does not lead back")?;
        }
        Ok(draft)
    }

    /// The dialect of the folder, as the database's ledger tells it, and why that could not be asked.
    async fn up_to_date(&self) -> Result<(String, Option<Unchecked>)> {
        let (dialect, state, unchecked) = self.standing().await?;
        let pending = state.map_or_else(Vec::new, |state| state.pending);
        match pending.as_slice() {
            [] => Ok((dialect, unchecked)),
            [first, rest @ ..] => {
                let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
                let message = format!("the database is not up to date: pending is {first}{more}");
                Err(Error::new(ErrorKind::Refused, message).hint("apply what is pending first: mainstay migrate up"))
            }
        }
    }
}

impl Desk<'_> {
    /// Adds the files of some steps of the way up; returns them, and where they lead.
    async fn write(
        &mut self,
        title: &str,
        now: &str,
        steps: &[Step],
        before: Catalog,
        back: &Intent,
    ) -> Result<(Vec<NewFile>, Catalog)> {
        let existing = std::mem::take(&mut self.folder.migrations);
        let lying = self.files.clone();
        let mut body = Body { up: self.statements(steps)?, ..Body::default() };
        let files = self.folder.dialect.new_files(&existing, title, now, &body)?;
        self.lay(lying.clone(), &files)?;
        let fails = |error| unwritten(error, "the drafted migration fails");
        let after = self.replayed(&Intent::default()).await.map_err(fails)?.catalog;
        let renamed =
            if back.renames.is_empty() { after.clone() } else { self.replayed(back).await.map_err(fails)?.catalog };
        let back = self.states.plan(self.folder.flavor, &renamed, &before, &self.options, back)?;
        body.down = self.statements(&back.plan.steps)?;
        let files = self.folder.dialect.new_files(&existing, title, now, &body)?;
        self.lay(lying, &files)?;
        Ok((files, after))
    }

    /// Lays new files beside those of the folder, in memory.
    fn lay(&mut self, mut files: Vec<SourceFile>, new: &[NewFile]) -> Result<()> {
        files.extend(new.iter().map(|file| SourceFile {
            name: file.name.clone(),
            path: self.folder.path.join(&file.name),
            bytes: file.text.clone().into_bytes().into(),
        }));
        let (path, dialect) = (self.folder.path.clone(), self.folder.dialect.name());
        self.folder = Folder::from_files(&path, files.clone(), dialect, self.folder.flavor)?;
        self.files = files;
        Ok(())
    }

    /// The statements of a script, with their hazards as comments: whoever applies it must allow them.
    fn statements(&self, steps: &[Step]) -> Result<Vec<String>> {
        let mut script = Vec::new();
        let together =
            steps.len() <= 1 && steps.iter().all(|step| matches!(&step.action, Action::Sql(sql) if sql.transaction));
        if !together && self.folder.dialect.name() != "mainstay" {
            let message = format!(
                "a way back outside a transaction cannot be drafted in {}'s layout",
                self.folder.dialect.name()
            );
            return Err(Error::new(ErrorKind::Unsupported, message)
                .hint("take the change in two: first a schema without one half of it, then the wanted one"));
        }
        let mut head = if together { self.directives(steps) } else { "-- mainstay: no-transaction\n".to_owned() };
        for step in steps {
            let Action::Sql(sql) = &step.action else { continue };
            // Where the file is no transaction, what belongs together is one.
            let framed = !together && sql.transaction && sql.statements.len() > 1;
            if framed {
                script.push(std::mem::take(&mut head) + "BEGIN");
            }
            for (at, statement) in sql.statements.iter().enumerate() {
                let mut text = std::mem::take(&mut head);
                for risk in step.risks.iter().filter(|risk| risk.statement == at) {
                    let reason = risk.told().replace(['\n', '\r'], " ");
                    text += &format!("-- hazard: {}: {reason}\n", risk.hazard.name());
                }
                script.push(text + statement);
            }
            if framed {
                script.push("COMMIT".to_owned());
            }
        }
        Ok(script)
    }

    /// What is said at the head of a script: whether foreign keys must be off, and which tables are dropped without a loss.
    fn directives(&self, steps: &[Step]) -> String {
        let mut text = String::new();
        let flavor = self.folder.flavor;
        for step in steps {
            let Action::Sql(sql) = &step.action else { continue };
            if sql.without_foreign_keys {
                text += "-- mainstay: foreign-keys-off\n";
            }
            let deletes = |risk: &&Risk| risk.hazard == Hazard::DeletesData;
            let is_known = |at: usize| step.risks.iter().filter(deletes).any(|risk| risk.statement == at);
            let dropped = sql.statements.iter().enumerate().filter(|(at, _)| !is_known(*at));
            let said = dropped.flat_map(|(at, statement)| risks(statement, flavor, at));
            let rebuilt: Vec<String> = said.filter(|risk| deletes(&risk)).flat_map(|risk| risk.tables).collect();
            if flavor == Flavor::Sqlite && !rebuilt.is_empty() {
                text += &format!("-- mainstay: rebuilds {}\n", rebuilt.join(", "));
            }
        }
        text
    }

    /// What all the files produce, after renames.
    async fn replayed(&self, intent: &Intent) -> Result<Snapshot> {
        let stage = self.stage().await?;
        let snapshot = self.states.renamed(&stage, intent).await;
        stage.close().await?;
        let mut snapshot = snapshot?;
        snapshot.catalog = schema_only(snapshot.catalog);
        Ok(snapshot)
    }

    async fn stage(&self) -> Result<Stage> {
        self.states.produce(&Recipe::Migrations { folder: &self.folder, rules: &self.rules, extensions: &[] }).await
    }

    /// What is left of it after the last `count` migrations are undone.
    async fn undone(&self, count: usize) -> Result<Catalog> {
        let stage = self.stage().await?;
        let done = self.undo(&stage, count).await;
        let snapshot = match done {
            Ok(()) => stage.snapshot(&self.states.context).await,
            Err(error) => Err(unwritten(error, "the drafted way back fails")),
        };
        stage.close().await?;
        Ok(schema_only(snapshot?.catalog))
    }

    async fn undo(&self, stage: &Stage, count: usize) -> Result<()> {
        let mut session = self.states.connect_as_owner(stage.target()).await?;
        let observer = std::sync::Arc::new(crate::observer::Silent);
        let mut migrator = Migrator::new(session.as_mut(), &self.folder, &self.rules, observer);
        let state = migrator.state().await?;
        let plan = migrator.plan(&state, &Goal::DownSteps(count))?;
        let done = migrator.apply(&plan).await;
        session.close().await;
        done.map(drop)
    }
}

/// The steps of each migration: a transaction is one, and those outside of transactions that follow each other are one together.
fn parts(steps: &[Step]) -> Vec<&[Step]> {
    let alone = |step: &Step| matches!(&step.action, Action::Sql(sql) if !sql.transaction);
    steps.chunk_by(|a, b| alone(a) && alone(b)).collect()
}

/// What fails in files that lie in memory alone: hints about them would lead nowhere.
fn unwritten(error: Error, message: &str) -> Error {
    match error.kind() {
        ErrorKind::Sql | ErrorKind::Refused | ErrorKind::Source | ErrorKind::Verification => {
            error.without_hints().context(message).hint(BY_HAND)
        }
        _ => error.context(message),
    }
}

/// What to do where no draft leads there.
const BY_HAND: &str = "nothing was written; write it by hand: mainstay migrate new NAME";

/// Nothing may be left to do.
fn proven(left: &Plan, message: &str) -> Result<()> {
    let statement = left.steps.iter().find_map(|step| match &step.action {
        Action::Sql(sql) => sql.statements.first(),
        _ => None,
    });
    match statement {
        None => Ok(()),
        Some(statement) => Err(Error::new(ErrorKind::Verification, message)
            .source(format!("left to do: {}", statement.lines().next().unwrap_or_default()))
            .hint(BY_HAND)),
    }
}
