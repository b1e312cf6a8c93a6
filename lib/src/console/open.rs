//! Opening a console: read-only unless asked otherwise.

use super::transaction::Watch;
use super::{Console, Options};
use crate::conn::Target;
use crate::engine::{self, Context, Session};
use crate::error::{Error, Result};
use crate::sql::{ident, literal};

/// The role that may read every table, which PostgreSQL has since 14.
const READS_ALL: &str = "pg_read_all_data";

impl Console {
    /// Connects.
    ///
    /// # Errors
    /// As [`engine::connect`].
    pub async fn open(target: &Target, context: &Context, options: &Options) -> Result<Self> {
        match target {
            #[cfg(feature = "sqlite")]
            Target::Sqlite(target) => {
                let session: Box<dyn Session> = match options.write {
                    true => Box::new(engine::sqlite::open(target, context).await?),
                    false => Box::new(engine::sqlite::open_read_only(target, context).await?),
                };
                Ok(Self::of(session, options.write))
            }
            _ => on_server(engine::connect(target, context).await?, options).await,
        }
    }
}

impl Console {
    fn of(session: Box<dyn Session>, write: bool) -> Self {
        Self { session, write, lead: String::new(), reader: None, watch: Watch::default() }
    }
}

async fn on_server(mut session: Box<dyn Session>, options: &Options) -> Result<Console> {
    let timeout = options.timeout.map(|time| format!("statement_timeout = {}", time.as_millis()));
    // Values are printed the same everywhere: timestamps as ISO, bytes as `\x…`.
    let mut settings = vec!["SET datestyle = 'ISO'".to_owned(), "SET bytea_output = 'hex'".to_owned()];
    if options.write {
        settings.extend(timeout.map(|timeout| format!("SET {timeout}")));
        session.query(&settings.join("; ")).await?;
        return Ok(Console::of(session, true));
    }
    session.query(&settings.join("; ")).await?;
    let reader = if session.server().superuser { reader(session.as_mut(), &options.readers).await? } else { None };
    let mut lead = vec!["BEGIN READ ONLY".to_owned()];
    lead.extend(timeout.map(|timeout| format!("SET LOCAL {timeout}")));
    if let Some(reader) = &reader {
        // A superuser sees every row; a reader that sees fewer must be told so by an error, not by fewer rows.
        lead.push("SET LOCAL row_security = off".to_owned());
        lead.push(format!("SET LOCAL ROLE {}", ident(reader)));
    }
    // After a first query the server lets nobody turn the transaction into one that writes.
    lead.push("SELECT 1".to_owned());
    Ok(Console { lead: lead.join(";\n"), reader, ..Console::of(session, false) })
}

/// The first of `readers` that exists and is no superuser, else the role that reads every table.
async fn reader(session: &mut dyn Session, readers: &[String]) -> Result<Option<String>, Error> {
    let wanted: Vec<&str> = readers.iter().map(String::as_str).chain([READS_ALL]).collect();
    let names: Vec<String> = wanted.iter().map(|name| literal(name)).collect();
    let rows = session
        .query(&format!(
            "SELECT rolname FROM pg_catalog.pg_roles WHERE NOT rolsuper AND rolname IN ({})",
            names.join(", ")
        ))
        .await?;
    let there: Vec<String> = rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect();
    Ok(wanted.into_iter().find(|name| there.iter().any(|known| known == name)).map(str::to_owned))
}
