//! From flags, environment and `mainstay.toml` to the library's handle.

use clap::Args;
use mainstay::conn::{Request, Secret};
use mainstay::error::Result;
use mainstay::migrate::Consent;
use mainstay::plan::Hazard;
use mainstay::{Builder, Database};
use serde_json::json;

use crate::context::Context;
use crate::prompt;

/// Consent to what cannot be undone.
#[derive(Args, Clone, Default)]
pub struct Allow {
    /// Hazards to allow by name, separated by commas, or `all`
    #[arg(long, value_name = "HAZARD,…", value_delimiter = ',')]
    pub allow: Vec<String>,
}

impl Allow {
    /// What the user has agreed to, with the name typed for production.
    ///
    /// # Errors
    /// There is no such hazard.
    pub fn consent(&self, context: &Context) -> Result<Consent> {
        let allow = if self.allow.iter().any(|name| name == "all") {
            Hazard::ALL.to_vec()
        } else {
            self.allow.iter().map(|name| Hazard::parse(name)).collect::<Result<_>>()?
        };
        Ok(Consent { allow, confirm: context.globals.confirm.clone() })
    }
}

impl Context {
    /// What the command line says of the connection; asks for the password with `-W`.
    ///
    /// # Errors
    /// The password cannot be asked for.
    pub fn request(&self) -> Result<Request> {
        let flags = &self.globals.connection;
        let target = match &flags.target {
            Some(target) => Some(target.clone()),
            None if flags.url.is_some() => None,
            None => self.variable(crate::env::MAINSTAY_TARGET)?,
        };
        let password = if flags.password { Some(Secret::new(prompt::password(self)?)) } else { None };
        Ok(Request {
            url: flags.url.clone(),
            target,
            host: flags.host.clone(),
            port: flags.port.clone(),
            user: flags.user.clone(),
            dbname: flags.dbname.clone(),
            no_password: flags.no_password,
            password,
        })
    }

    /// A builder that knows the project, the environment and the flags.
    ///
    /// # Errors
    /// As [`Context::request`].
    pub fn builder(&self) -> Result<Builder> {
        Ok(Database::project(&self.project.root)
            .vars(self.vars())
            .request(self.request()?)
            .observer(self.observer.clone())
            .application_name(format!("mainstay {}", self.command)))
    }

    /// Builds the handle and names its target on stderr.
    ///
    /// # Errors
    /// A setting is wrong, or two sources disagree on where to write.
    pub fn open(&self, builder: Builder) -> Result<Database> {
        let database = builder.build()?;
        let environment = database.environment();
        let mark = environment.map(|environment| format!(" [{environment}]")).unwrap_or_default();
        let line = format!("{}{mark}", database.target().describe());
        let data = json!({
            "database": database.target().database(),
            "describe": database.target().describe(),
            "environment": environment,
        });
        self.announce(&line, data);
        Ok(database)
    }
}
