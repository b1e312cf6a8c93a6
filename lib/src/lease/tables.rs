//! The table of leases, and what is asked of it. Times are the server's.

use std::time::Duration;

use crate::ledger::table;
use crate::sql::{Flavor, literal_for};

use super::Claim;

/// The statement that makes the table.
pub(super) fn create(flavor: Flavor) -> String {
    let (time, number) = match flavor {
        Flavor::Postgres => ("timestamptz", "bigint"),
        Flavor::Sqlite => ("TEXT", "INTEGER"),
    };
    format!(
        "CREATE TABLE IF NOT EXISTS {} (name text PRIMARY KEY, token text NOT NULL, holder text NOT NULL, \
         host text NOT NULL, pid {number} NOT NULL, since {time} NOT NULL, heartbeat {time} NOT NULL, until {time}, \
         fence {number} NOT NULL)",
        table(flavor, "lease")
    )
}

/// A query whose one value says whether the table is there: `1` or `0`.
pub(super) fn exists(flavor: Flavor) -> &'static str {
    match flavor {
        Flavor::Postgres => "SELECT (to_regclass('mainstay.lease') IS NOT NULL)::int",
        Flavor::Sqlite => "SELECT count(*) FROM sqlite_schema WHERE name = 'mainstay_lease'",
    }
}

/// Every lease, or the one called `name`: name, holder, host, pid, since, heartbeat, seconds left (empty after a clean
/// end), fence.
pub(super) fn read(flavor: Flavor, name: Option<&str>) -> String {
    let shown = |column: &str| match flavor {
        Flavor::Postgres => format!("to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS \"UTC\"')"),
        Flavor::Sqlite => format!("strftime('%Y-%m-%d %H:%M:%S UTC', {column})"),
    };
    let left = match flavor {
        Flavor::Postgres => "extract(epoch FROM until - clock_timestamp())::float8",
        Flavor::Sqlite => "(julianday(until) - julianday('now')) * 86400.0",
    };
    let one = name.map(|name| format!(" WHERE name = {}", literal_for(name, flavor))).unwrap_or_default();
    format!(
        "SELECT name, holder, host, pid, {}, {}, {left}, fence FROM {}{one} ORDER BY name",
        shown("since"),
        shown("heartbeat"),
        table(flavor, "lease")
    )
}

/// A query for the highest fencing number that `name` ever had, kept apart from the table of leases.
pub(super) fn highest(flavor: Flavor, name: &str) -> String {
    format!("SELECT value FROM {} WHERE name = {}", table(flavor, "setting"), setting(flavor, name))
}

/// The statements that take the lease if nobody has it now. Whether they did, [`is_ours`] says.
pub(super) fn take(flavor: Flavor, claim: &Claim) -> Vec<String> {
    let now = now(flavor);
    let row = insert(flavor, claim, &format!("coalesce(({}), 0) + 1", highest_number(flavor, &claim.name)));
    let lease = table(flavor, "lease");
    vec![
        format!(
            "{row} ON CONFLICT (name) DO UPDATE SET token = excluded.token, holder = excluded.holder, \
             host = excluded.host, pid = excluded.pid, since = excluded.since, heartbeat = excluded.heartbeat, \
             until = excluded.until, \
             fence = CASE WHEN excluded.fence > kept.fence THEN excluded.fence ELSE kept.fence + 1 END \
             WHERE kept.until IS NULL OR kept.until <= {now}"
        ),
        format!(
            "INSERT INTO {} (name, value) SELECT {}, CAST(fence AS text) FROM {lease} WHERE {} \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            table(flavor, "setting"),
            setting(flavor, &claim.name),
            is(flavor, claim)
        ),
    ]
}

/// A query for the number of rows that are `claim`'s: 1 or 0.
pub(super) fn is_ours(flavor: Flavor, claim: &Claim) -> String {
    format!("SELECT count(*) FROM {} WHERE {}", table(flavor, "lease"), is(flavor, claim))
}

/// Puts the deadline off; returns a row if the lease is still `claim`'s. `again` writes the row anew where somebody has
/// removed it: only for whoever holds the lock.
pub(super) fn renew(flavor: Flavor, claim: &Claim, fence: u64, again: bool) -> String {
    let (now, until) = (now(flavor), until(flavor, claim.ttl));
    if again {
        return format!(
            "{} ON CONFLICT (name) DO UPDATE SET heartbeat = excluded.heartbeat, until = excluded.until \
             WHERE kept.token = excluded.token AND kept.until > {now} RETURNING fence",
            insert(flavor, claim, &fence.to_string())
        );
    }
    format!(
        "UPDATE {} SET heartbeat = {now}, until = {until} WHERE {} AND until > {now} RETURNING fence",
        table(flavor, "lease"),
        is(flavor, claim)
    )
}

/// Notes a clean end.
pub(super) fn release(flavor: Flavor, claim: &Claim) -> String {
    format!("UPDATE {} SET until = NULL WHERE {}", table(flavor, "lease"), is(flavor, claim))
}

/// The server drops a session that is not heard of any more, soon enough for the next holder. Ignored on a socket.
pub(super) fn keepalives(ttl: Duration) -> String {
    let seconds = ttl.as_secs().max(3);
    format!(
        "SET tcp_keepalives_idle = {}; SET tcp_keepalives_interval = {}; SET tcp_keepalives_count = 3; \
         SET tcp_user_timeout = {}",
        seconds / 3,
        (seconds / 6).max(1),
        seconds * 1000
    )
}

fn insert(flavor: Flavor, claim: &Claim, fence: &str) -> String {
    let text = |text: &str| literal_for(text, flavor);
    let now = now(flavor);
    // SQLite takes ON CONFLICT for a join without the WHERE.
    format!(
        "INSERT INTO {} AS kept (name, token, holder, host, pid, since, heartbeat, until, fence) \
         SELECT {}, {}, {}, {}, {}, {now}, {now}, {}, {fence} WHERE true",
        table(flavor, "lease"),
        text(&claim.name),
        text(&claim.token),
        text(&claim.holder),
        text(&claim.host),
        claim.pid,
        until(flavor, claim.ttl)
    )
}

fn is(flavor: Flavor, claim: &Claim) -> String {
    format!("name = {} AND token = {}", literal_for(&claim.name, flavor), literal_for(&claim.token, flavor))
}

fn setting(flavor: Flavor, name: &str) -> String {
    literal_for(&format!("lease-fence:{name}"), flavor)
}

fn highest_number(flavor: Flavor, name: &str) -> String {
    let setting = table(flavor, "setting");
    format!("SELECT CAST(value AS bigint) FROM {setting} WHERE name = {}", self::setting(flavor, name))
}

fn now(flavor: Flavor) -> &'static str {
    match flavor {
        Flavor::Postgres => "clock_timestamp()",
        Flavor::Sqlite => "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
    }
}

fn until(flavor: Flavor, ttl: Duration) -> String {
    let seconds = ttl.as_secs_f64();
    match flavor {
        Flavor::Postgres => format!("clock_timestamp() + interval '{seconds:.3} seconds'"),
        Flavor::Sqlite => format!("strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+{seconds:.3} seconds')"),
    }
}
