//! The sessions that restore: settings of theirs alone, which go with them.

use crate::archive::digest::SETTINGS;
use crate::conn::{PostgresTarget, Target};
use crate::engine::postgres::without_timeouts;
use crate::engine::{Context, Session, act_as, connect};
use crate::error::Result;

/// What every session is told besides. The server's and the database's own settings must not reach what is restored, and nothing
/// is waited for: a restore is thrown away as a whole.
const MANNER: &str = "
SET default_transaction_read_only = off; SET default_transaction_deferrable = off;
SET default_transaction_isolation = 'read committed';
SET client_min_messages = warning; SET check_function_bodies = off; SET xmloption = content;
SET standard_conforming_strings = on; SET default_tablespace = '';
SET default_table_access_method = heap; SET synchronous_commit = off; SET jit = off;";

/// Memory for building an index: as much as the server gives its own cache twice over, shared by all sessions, one GiB at most,
/// and never less than the server's own setting.
const MEMORY: &str = "SELECT pg_catalog.set_config('maintenance_work_mem', \
  (SELECT pg_catalog.max(kb)::text || 'kB' FROM (VALUES \
    ((SELECT setting::bigint FROM pg_catalog.pg_settings WHERE name = 'maintenance_work_mem')), \
    (LEAST((SELECT setting::bigint * 8 * 2 FROM pg_catalog.pg_settings WHERE name = 'shared_buffers'), 1048576) / JOBS)) AS v(kb)), \
  false)";

/// One of `jobs` sessions on `target`, acting as `role` where one is named. `ours` says that the rows come from an archive of
/// ours, which has money without a country's sign; pg_dump writes it with the database's own.
pub(super) async fn open(
    target: &PostgresTarget,
    role: Option<&str>,
    jobs: usize,
    ours: bool,
    context: &Context,
) -> Result<Box<dyn Session>> {
    let mut session = connect(&Target::Postgres(target.clone()), context).await?;
    act_as(session.as_mut(), role).await?;
    let timeouts = without_timeouts(session.server().version_number);
    session.query(&format!("{SETTINGS} {MANNER} {timeouts}")).await?;
    if !ours {
        session.query("RESET lc_monetary").await?;
    }
    session.query(&MEMORY.replace("JOBS", &jobs.max(1).to_string())).await?;
    Ok(session)
}
