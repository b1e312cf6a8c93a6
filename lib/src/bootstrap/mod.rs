//! Roles, database, extensions and grants where missing.

use crate::config::DatabaseConfig;
use crate::conn::{PostgresTarget, Secret};
use crate::engine::Context;
use crate::error::Result;
use crate::plan::Plan;

/// What should be there.
#[derive(Clone)]
pub struct Wish {
    /// The database.
    pub database: String,
    /// Owner of database and objects; no login of its own unless it is also `app`.
    pub owner: String,
    /// What the service logs in as.
    pub app: String,
    /// Password that `app` gets when it is created; `None` for peer or trust.
    pub app_password: Option<Secret>,
    /// Read-only logins.
    pub readers: Vec<String>,
    /// Extensions.
    pub extensions: Vec<String>,
    /// Encoding of a new database.
    pub encoding: String,
    /// Locale of a new database; the cluster's where `None`.
    pub locale: Option<String>,
}

impl Wish {
    /// What `config` asks for of the database that `target` names: owner and app default to the target's user.
    pub fn new(config: &DatabaseConfig, target: &PostgresTarget) -> Self {
        let _ = (config, target);
        todo!()
    }
}

/// Compares what is there with `wish` and returns what is missing as a plan. `admin` reaches the same server as a
/// role that may create; its database is the one used for maintenance.
pub async fn plan(admin: &Admin, wish: &Wish, context: &Context) -> Result<Plan> {
    let _ = (admin, wish, context);
    todo!()
}

/// Applies a plan that [`plan`] made, after checking that the state it was made for still holds, and checks each step.
pub async fn apply(admin: &Admin, wish: &Wish, plan: &Plan, context: &Context) -> Result<()> {
    let _ = (admin, wish, plan, context);
    todo!()
}
pub struct Admin;
impl Admin { pub async fn find(_: Option<&PostgresTarget>, _: &PostgresTarget, _: &Context) -> Result<Self> { todo!() } }
pub async fn check(_: &mut dyn crate::engine::Session, _: &Wish) -> Result<Vec<String>> { Ok(vec![]) }
