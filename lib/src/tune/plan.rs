//! What a server would be set to, why, and what that takes.

use serde::Serialize;

use super::ground::Ground;
use super::machine::Machine;
use super::now::{Current, Now};
use super::settings::SETTINGS;
use super::trial::Trial;
use super::{Amount, Profile};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Action, Plan, PlanKind, SqlStep, Step};
use crate::sql::literal;

/// What is asked for besides.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// What the server is for; a web service otherwise.
    pub profile: Option<Profile>,
    /// So many connections; as many as now otherwise.
    pub connections: Option<u64>,
    /// What somebody has set higher is lowered too.
    pub lower: bool,
}

/// What a server would be set to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TunePlan {
    /// The machine that it is for.
    pub machine: Machine,
    /// What it is for.
    pub profile: Profile,
    /// Its connections at most, as they would be.
    pub connections: u64,
    /// What would be set.
    pub changes: Vec<Change>,
    /// What somebody has set higher, which stays.
    pub kept: Vec<Change>,
    /// Whether a private server has come up with it.
    pub trial: Trial,
    /// Settings of the role or the database alone, behind which the server's are not to be seen.
    pub own: Vec<String>,
    /// Settings that wait for a restart already and were not tried.
    pub untried: Vec<String>,
    /// What the kernel has to be told first, as lines for sysctl.
    pub kernel: Vec<String>,
    /// The statements.
    pub plan: Plan,
}

/// A setting that would be changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Its name.
    pub name: &'static str,
    /// Its value now.
    pub now: String,
    /// Where that comes from, as `pg_settings` says.
    pub source: String,
    /// Its value then.
    pub proposed: Amount,
    /// What that comes from.
    pub why: &'static str,
    /// It takes a restart.
    pub restart: bool,
}

/// A standby that has less of these stops, or stops replaying.
const STANDBYS_FIRST: [&str; 2] = ["max_connections", "max_worker_processes"];

/// What would stop a standby.
pub(super) fn refuse_for_standbys(now: &Now, wanted: &Wanted) -> Result<()> {
    let Some(connections) = wanted.connections else { return Ok(()) };
    let current = now.count("max_connections");
    if now.has_standbys && connections > current {
        let message = "servers replay this one's log, and stop where they have fewer connections than it";
        return Err(Error::new(ErrorKind::Refused, message)
            .hint(format!("set max_connections = {connections} on each of them first, then on this one by hand")));
    }
    if now.standby && connections < current {
        let message = "this server replays another one's log, and stops with fewer connections than that has";
        return Err(Error::new(ErrorKind::Refused, message).hint("lower them on the primary first, then here"));
    }
    Ok(())
}

/// Values that differ by less are the same.
const SAME: f64 = 0.05;

/// What differs from what the settings of such a machine are, and of that what stays.
pub(super) fn changes(now: &Now, machine: &Machine, wanted: &Wanted) -> (Vec<Change>, Vec<Change>) {
    let ground = Ground {
        memory: machine.own_memory(),
        processors: machine.processors,
        disk: machine.disk,
        profile: wanted.profile.unwrap_or_default(),
        connections: wanted.connections.unwrap_or_else(|| now.count("max_connections")),
        max_workers: now.count("max_worker_processes"),
        version: now.version,
        free_disk: machine.free_disk,
        segment: match now.amount("wal_segment_size") {
            Some(Amount::Bytes(bytes)) => bytes,
            _ => 0,
        },
    };
    let asked = wanted.connections.map(|count| ("max_connections", "as you ask", Amount::Count(count)));
    let standbys_first = |name: &str| (now.has_standbys || now.standby) && STANDBYS_FIRST.contains(&name);
    let by_rule = SETTINGS
        .iter()
        .filter(|setting| !standbys_first(setting.name))
        .filter_map(|setting| Some((setting.name, setting.why, (setting.amount)(&ground)?.round())));
    let all = asked.into_iter().chain(by_rule).filter_map(|(name, why, proposed)| change(now, name, why, proposed));
    all.partition(|change| {
        let set = now.settings.get(change.name).is_some_and(Current::is_set)
            && now.amount(change.name) > Some(change.proposed);
        wanted.lower || change.name == "max_connections" || !set
    })
}

fn change(now: &Now, name: &'static str, why: &'static str, proposed: Amount) -> Option<Change> {
    let setting = now.settings.get(name)?;
    let current = now.amount(name);
    if !setting.is_own() && current.is_some_and(|current| same(current, proposed)) {
        return None;
    }
    Some(Change {
        name,
        now: current.map_or_else(|| setting.value.clone(), |amount| amount.to_string()),
        source: setting.source.clone(),
        proposed,
        why,
        restart: setting.restart,
    })
}

pub(super) fn same(one: Amount, other: Amount) -> bool {
    match (one, other) {
        (Amount::Bytes(one), Amount::Bytes(other)) => one.abs_diff(other) as f64 <= SAME * other as f64,
        (one, other) => number(one) == number(other),
    }
}

fn number(amount: Amount) -> f64 {
    match amount {
        Amount::Bytes(number) | Amount::Count(number) => number as f64,
        Amount::Ratio(number) => number,
    }
}

/// The statements that set `changes`; they hold for the server as `now` has it.
pub(super) fn statements(now: &Now, database: &str, changes: &[Change]) -> Plan {
    let set = |change: &Change| {
        let sql = format!("ALTER SYSTEM SET {} = {}", change.name, literal(&change.proposed.to_string()));
        alone(format!("set {} to {}", change.name, change.proposed), sql)
    };
    let mut steps: Vec<Step> = changes.iter().map(set).collect();
    if !steps.is_empty() {
        steps.push(reload());
    }
    Plan { kind: PlanKind::Tune, database: database.to_owned(), state: state(now, &now.own()), steps }
}

/// A step of one statement, which takes no transaction.
pub(super) fn alone(title: String, sql: String) -> Step {
    Step::new(title, Action::Sql(SqlStep { transaction: false, ..SqlStep::new(vec![sql]) }))
}

pub(super) fn reload() -> Step {
    alone("have the server read its configuration".to_owned(), "SELECT pg_catalog.pg_reload_conf()".to_owned())
}

/// Hash of the settings that a plan is about, without those that are the planning role's `own`; equal states have equal hashes.
pub(super) fn state(now: &Now, own: &[String]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&now.version.to_le_bytes());
    let names = SETTINGS.iter().map(|setting| setting.name).chain(["max_connections"]);
    let of_server = names
        .filter_map(|name| Some((name, now.settings.get(name)?)))
        .filter(|(name, _)| !own.iter().any(|one| one == name));
    for (name, setting) in of_server {
        for text in [name, &setting.value, &setting.source] {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
    }
    hasher.finalize().to_hex()[..32].to_owned()
}

/// A huge page as Linux has them.
const HUGE: u64 = 2 << 20;

/// Lines for sysctl: where the server starts with huge pages alone, and where it takes one segment of System V memory that is
/// larger than the kernel gives.
pub(super) fn kernel(now: &Now, machine: &Machine, trial: &Trial) -> Vec<String> {
    let system_v = now.settings.get("shared_memory_type").is_some_and(|setting| setting.value == "sysv");
    let Trial::Made(memory) = trial else { return Vec::new() };
    if now.settings.get("huge_pages").is_some_and(|setting| setting.value == "on") {
        return vec![format!("vm.nr_hugepages = {}", memory.then.div_ceil(HUGE) + 1)];
    }
    let (true, Some(most)) = (system_v, machine.shmmax) else { return Vec::new() };
    if memory.then <= most {
        return Vec::new();
    }
    // A page more than all: the kernel counts whole ones.
    let pages = memory.then.div_ceil(4096) + 1;
    vec![format!("kernel.shmmax = {}", pages * 4096), format!("kernel.shmall = {}", pages)]
}

impl TunePlan {
    /// Whether a change takes a restart.
    pub fn wants_restart(&self) -> bool {
        self.changes.iter().any(|change| change.restart)
    }

    /// The lines for `postgresql.conf`, for where ALTER SYSTEM is not to be had.
    pub fn to_conf(&self) -> String {
        self.changes.iter().map(|change| format!("{} = '{}'\n", change.name, change.proposed)).collect()
    }
}
