//! What is judged: something that plans the way from one database to another.

use std::sync::Arc;

use mainstay::catalog::{Catalog, Scope};
use mainstay::conn::{PostgresTarget, Target};
use mainstay::diff::{Options, diff};
use mainstay::effects::foretell;
use mainstay::engine::{Context, Session, connect};
use mainstay::observer::Silent;
use mainstay::plan::{Action, Hazard, Plan, SqlStep, Step};

/// A plan, as far as the judge needs it.
#[derive(Clone, Debug, Default)]
pub struct Planned {
    /// The whole way as a script that psql runs; empty where there is nothing to do.
    pub sql: String,
    /// What it says that it deletes, a sentence each.
    pub deletes: Vec<String>,
    /// The same way as data, with what each statement is said to lock and rewrite.
    pub steps: Vec<Step>,
}

/// Plans the way from one database to another.
pub trait Differ: Sync {
    /// The way from `from` to `to`, or why there is none.
    fn plan(&self, from: &PostgresTarget, to: &PostgresTarget) -> Result<Planned, String>;
}

/// Finds no difference anywhere: every case that has one must fail with it, or the judge is asleep.
pub struct Nothing;

impl Differ for Nothing {
    fn plan(&self, _: &PostgresTarget, _: &PostgresTarget) -> Result<Planned, String> {
        Ok(Planned::default())
    }
}

/// Mainstay itself: both catalogs, then [`diff`].
pub struct Mainstay;

impl Differ for Mainstay {
    fn plan(&self, from: &PostgresTarget, to: &PostgresTarget) -> Result<Planned, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| format!("cannot start the asynchronous runtime: {error}"))?;
        let both = async { Ok::<_, mainstay::Error>((catalog(from).await?, catalog(to).await?)) };
        let ((old, major), (new, _)) = runtime.block_on(both).map_err(|error| format!("{error:?}"))?;
        let mut plan = diff(&old, &new, &Options::new(&from.user)).map_err(|error| format!("{error:?}"))?;
        foretell(&mut plan, &old, major);
        let deletes = plan.risks().filter(|(_, risk)| risk.hazard == Hazard::DeletesData);
        let deletes = deletes.map(|(title, risk)| format!("{title}: {}", risk.reason)).collect();
        Ok(Planned { sql: script(&plan), deletes, steps: plan.steps })
    }
}

/// What is there, and the server's major version.
async fn catalog(target: &PostgresTarget) -> mainstay::Result<(Catalog, u32)> {
    let mut session = session(target).await?;
    let catalog = session.catalog(Scope::Structure).await;
    let major = session.server().version_number / 10_000;
    session.close().await;
    Ok((catalog?, major))
}

pub async fn session(target: &PostgresTarget) -> mainstay::Result<Box<dyn Session>> {
    let context = Context { observer: Arc::new(Silent), dial: None, application_name: "corpus".into() };
    connect(&Target::Postgres(target.clone()), &context).await
}

/// The plan's statements for psql. The printed plan is no script to run: secrets are replaced in it.
fn script(plan: &Plan) -> String {
    let sql = |action: &Action| match action {
        Action::Sql(SqlStep { transaction, statements, .. }) => {
            let lines: String = statements.iter().map(|statement| format!("{statement};\n")).collect();
            if *transaction { format!("BEGIN;\n{lines}COMMIT;\n") } else { lines }
        }
        other => format!("-- {other:?}\n"),
    };
    plan.steps.iter().map(|step| sql(&step.action)).collect()
}
