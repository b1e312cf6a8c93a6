//! Whether a plan is right. Nothing here knows how it was made: pg_dump, rows and the server's own numbers decide.

use crate::cluster::Cluster;
use crate::differ::{Differ, Planned};
use crate::locks::{self, Seen};
use crate::suite::{Case, Direction};
use crate::{dump, rows, shapes};

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    /// In which respect, and the first lines that show it.
    Failed(&'static str, String),
    /// The case itself is of no use on this server.
    NotCounted(String),
}

/// A database of a case.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    pub cluster: &'a Cluster,
    pub database: &'a str,
}

/// Why there is no verdict `passed`: either the case's fault or the plan's.
type Verdict<T> = Result<T, Outcome>;

/// Runs `case` from `x` to `y`, two empty databases.
pub fn judge(case: &Case, direction: Direction, x: Side<'_>, y: Side<'_>, differ: &dyn Differ) -> (Outcome, Seen) {
    match try_case(case, direction, x, y, differ) {
        Ok(seen) => (Outcome::Passed, seen),
        Err(outcome) => (outcome, Seen::default()),
    }
}

fn try_case(case: &Case, direction: Direction, x: Side<'_>, y: Side<'_>, differ: &dyn Differ) -> Verdict<Seen> {
    let [from, to] = direction.files();
    let options = prepare(case, x, y)?;
    load(case, x, &options, from)?;
    load(case, y, &options, to)?;
    load(case, x, &options, direction.seed())?;
    share_roles(case, x, y)?;
    let wanted = dumped(y)?;
    let planned = plan(differ, x, y, "no plan")?;
    let told = !case.wants_own_clusters() && x.cluster.dumps();
    if !planned.sql.is_empty() && told && dumped(x)? == wanted {
        return Err(Outcome::Failed("planned for nothing", head(&planned.sql)));
    }
    let before = Traces::read(case, direction, x)?;
    let copy = Side { database: COPY, ..x };
    let copied = !planned.sql.is_empty() && x.cluster.copy(x.database, COPY).is_ok();
    apply(x, &options, &planned)?;
    let difference = dump::difference(&dumped(x)?, &wanted);
    let difference = if difference.is_empty() { difference } else { once_restored(x, y)? };
    if !difference.is_empty() {
        return Err(Outcome::Failed("another schema", format!("{difference}\nplan: {}", head(&planned.sql))));
    }
    let second = plan(differ, x, y, "no second plan")?;
    if !second.sql.is_empty() {
        return Err(Outcome::Failed("a second plan", head(&second.sql)));
    }
    before.check(&Traces::read(case, direction, x)?, &planned)?;
    match copied {
        true => seen(copy, &planned),
        false => Ok(Seen::default()),
    }
}

/// The copy of the database that a plan starts from, on which its statements are traced.
pub const COPY: &str = "z";

fn seen(copy: Side<'_>, planned: &Planned) -> Verdict<Seen> {
    let seen = locks::trace(&copy.cluster.target(copy.database), &planned.steps).map_err(broken)?;
    match seen.weaker.is_empty() {
        true => Ok(seen),
        false => Err(Outcome::Failed("more locked than told", seen.weaker.join("\n"))),
    }
}

/// The database that a dump is restored into.
const RESTORED: &str = "restored";

/// Statements that make a cluster's roles on another, where they are missing there.
const ROLES: &str = "SELECT pg_catalog.format('DO $do$ BEGIN CREATE ROLE %I%s%s%s; EXCEPTION WHEN duplicate_object THEN NULL; END $do$;', rolname, \
      CASE WHEN rolcanlogin THEN ' LOGIN' END, CASE WHEN rolsuper THEN ' SUPERUSER' END, CASE WHEN NOT rolinherit THEN ' NOINHERIT' END) \
    FROM pg_catalog.pg_roles WHERE oid >= 16384 \
  UNION ALL SELECT pg_catalog.format('GRANT %s TO %s;', m.roleid::pg_catalog.regrole, m.member::pg_catalog.regrole) \
    FROM pg_catalog.pg_auth_members m WHERE m.roleid >= 16384 AND m.member >= 16384";

/// What a plan must leave as it was, where the case has something of the kind.
struct Traces {
    rows: Vec<rows::Table>,
    shapes: Vec<shapes::Object>,
    budget: shapes::Budget,
}

impl Traces {
    fn read(case: &Case, direction: Direction, side: Side<'_>) -> Verdict<Self> {
        let text = |file: &str| case.text(file).map_err(Outcome::NotCounted);
        let rows = match text(direction.seed())? {
            Some(_) => rows::read(side.cluster, side.database).map_err(broken)?,
            None => Vec::new(),
        };
        let Some(budget) = text("budget.json")? else {
            return Ok(Self { rows, shapes: Vec::new(), budget: shapes::Budget::default() });
        };
        let budget = shapes::Budget::parse(&budget, direction.key()).map_err(Outcome::NotCounted)?;
        Ok(Self { rows, shapes: shapes::read(side.cluster, side.database).map_err(broken)?, budget })
    }

    fn check(&self, after: &Self, planned: &Planned) -> Verdict<()> {
        let lost = rows::lost(&self.rows, &after.rows, &planned.deletes);
        if !lost.is_empty() {
            return Err(Outcome::Failed("rows lost", format!("{}\nplan: {}", lost.join("\n"), head(&planned.sql))));
        }
        let over = self.budget.broken(&shapes::between(&self.shapes, &after.shapes));
        match over.is_empty() {
            true => Ok(()),
            false => {
                Err(Outcome::Failed("over the budget", format!("{}\nplan: {}", over.join(", "), head(&planned.sql))))
            }
        }
    }
}

/// What both sides have at first; returns the options that sessions on them get.
fn prepare(case: &Case, x: Side<'_>, y: Side<'_>) -> Verdict<String> {
    let schema = case.meta.user.is_some();
    for side in [x, y] {
        side.cluster.create(side.database).map_err(broken)?;
        if schema {
            side.cluster.psql(side.database, "", "CREATE SCHEMA foo").map_err(broken)?;
        }
    }
    let options = if schema { "-c search_path=foo,public" } else { "" }.to_owned();
    load(case, x, &options, "setup.sql")?;
    load(case, y, &options, "setup.sql")?;
    Ok(options)
}

fn load(case: &Case, side: Side<'_>, options: &str, file: &str) -> Verdict<()> {
    let Some(text) = case.text(file).map_err(Outcome::NotCounted)? else { return Ok(()) };
    let loaded = side.cluster.psql(side.database, options, &text);
    loaded.map(drop).map_err(|error| Outcome::NotCounted(format!("{file} does not load: {}", first_line(&error))))
}

fn dumped(side: Side<'_>) -> Verdict<Vec<String>> {
    side.cluster.dump(side.database).and_then(|dump| dump::statements(&dump)).map_err(broken)
}

/// The difference between restored dumps of both: an expression that was read from its own print may be printed in another way, and
/// no plan can have anything but the print.
fn once_restored(x: Side<'_>, y: Side<'_>) -> Verdict<String> {
    Ok(dump::difference(&restored(x)?, &restored(y)?))
}

/// What a database says that was restored from a dump of `side`; `side` itself where the dump does not load.
fn restored(side: Side<'_>) -> Verdict<Vec<String>> {
    let copy = Side { database: RESTORED, ..side };
    side.cluster.clean_database(RESTORED).map_err(broken)?;
    side.cluster.create(RESTORED).map_err(broken)?;
    let dump = side.cluster.dump(side.database).map_err(broken)?;
    let found = match side.cluster.psql(RESTORED, "", &dump) {
        Ok(_) => dumped(copy),
        Err(_) => dumped(side),
    };
    side.cluster.clean_database(RESTORED).map_err(broken)?;
    found
}

/// Roles belong to the cluster, not to a database: a plan finds those of the wanted side there, as a server has them.
fn share_roles(case: &Case, x: Side<'_>, y: Side<'_>) -> Verdict<()> {
    if !case.wants_own_clusters() {
        return Ok(());
    }
    let roles = y.cluster.psql("postgres", "", ROLES).map_err(broken)?;
    x.cluster.psql("postgres", "", &roles).map(drop).map_err(broken)
}

fn plan(differ: &dyn Differ, x: Side<'_>, y: Side<'_>, reason: &'static str) -> Verdict<Planned> {
    let (from, to) = (x.cluster.target(x.database), y.cluster.target(y.database));
    differ.plan(&from, &to).map_err(|error| Outcome::Failed(reason, error))
}

fn apply(x: Side<'_>, options: &str, planned: &Planned) -> Verdict<()> {
    if planned.sql.is_empty() {
        return Ok(());
    }
    let applied = x.cluster.psql(x.database, options, &planned.sql);
    applied
        .map(drop)
        .map_err(|error| Outcome::Failed("does not apply", format!("{error}\nplan: {}", head(&planned.sql))))
}

/// What is neither the case's fault nor the plan's still fails the run: nothing is passed over in silence.
fn broken(error: String) -> Outcome {
    Outcome::Failed("the judge broke", error)
}

fn first_line(text: &str) -> &str {
    text.lines().find(|line| line.contains("ERROR")).or(text.lines().next()).unwrap_or_default()
}

/// As much of a plan as a reader takes in.
fn head(sql: &str) -> String {
    const LINES: usize = 12;
    let lines: Vec<&str> = sql.lines().filter(|line| !line.trim().is_empty()).collect();
    let more = if lines.len() > LINES { "\n…" } else { "" };
    lines[..lines.len().min(LINES)].join("\n") + more
}
