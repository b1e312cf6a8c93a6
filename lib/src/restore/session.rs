//! The sessions that restore: settings of theirs alone, which go with them.

use crate::conn::{PostgresTarget, Target};
use crate::engine::{Context, Session, act_as, connect};
use crate::error::Result;

/// What every session is told. The server's and the database's own settings must not reach what is restored, and nothing is
/// waited for: a restore is thrown away as a whole.
const SETTINGS: &str = "
SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0;
SET default_transaction_read_only = off; SET default_transaction_deferrable = off;
SET default_transaction_isolation = 'read committed';
SET client_min_messages = warning; SET check_function_bodies = off; SET xmloption = content;
SET standard_conforming_strings = on; SET row_security = off; SET default_tablespace = '';
SET default_table_access_method = heap; SET synchronous_commit = off; SET jit = off;
SET timezone = 'UTC'; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET extra_float_digits = 3;
SET bytea_output = 'hex'; SELECT pg_catalog.set_config('search_path', '', false)";

/// Memory for building an index: as much as the server gives its own cache twice over, shared by all sessions, one GiB at most,
/// and never less than the server's own setting.
const MEMORY: &str = "SELECT pg_catalog.set_config('maintenance_work_mem', \
  (SELECT pg_catalog.max(kb)::text || 'kB' FROM (VALUES \
    ((SELECT setting::bigint FROM pg_catalog.pg_settings WHERE name = 'maintenance_work_mem')), \
    (LEAST((SELECT setting::bigint * 8 * 2 FROM pg_catalog.pg_settings WHERE name = 'shared_buffers'), 1048576) / JOBS)) AS v(kb)), \
  false)";

/// One of `jobs` sessions on `target`, acting as `role` where one is named. `ours` says that the rows come from an archive of
/// ours, whose sessions wrote money without a country's sign.
pub(super) async fn open(
    target: &PostgresTarget,
    role: Option<&str>,
    jobs: usize,
    ours: bool,
    context: &Context,
) -> Result<Box<dyn Session>> {
    let mut session = connect(&Target::Postgres(target.clone()), context).await?;
    act_as(session.as_mut(), role).await?;
    session.query(SETTINGS).await?;
    session.query(&MEMORY.replace("JOBS", &jobs.max(1).to_string())).await?;
    if ours {
        session.query("SET lc_monetary = 'C'").await?;
    }
    let version = session.server().version_number;
    for (setting, since) in [("idle_session_timeout", 140_000), ("transaction_timeout", 170_000)] {
        if version >= since {
            session.query(&format!("SET {setting} = 0")).await?;
        }
    }
    Ok(session)
}
