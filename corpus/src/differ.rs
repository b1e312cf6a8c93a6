//! What is judged: something that plans the way from one database to another.

use mainstay::conn::PostgresTarget;

/// A plan, as far as the judge needs it.
#[derive(Clone, Debug, Default)]
pub struct Planned {
    /// The whole way as a script that psql runs; empty where there is nothing to do.
    pub sql: String,
    /// What it says that it deletes, a sentence each.
    pub deletes: Vec<String>,
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
