//! Tests of `diff_sqlite`: pairs of states as SQLite files, one made the other and back, with rows in them.
//!
//! The plan is run as a script on a connection of the driver that enforces foreign keys, and the judge is what SQLite keeps, read
//! without our catalog: the statements of the file against those of one made anew, its own checks, and the rows.

mod attached;
mod in_place;
mod random;
mod rebuilt;
mod refused;

use mainstay::catalog::{Catalog, Scope};
use mainstay::conn::{SqliteTarget, Target};
use mainstay::diff::diff_sqlite;
use mainstay::plan::{Action, Hazard, Plan};
use mainstay::rusqlite::Connection;
use mainstay::states::schema_only;
use tempfile::TempDir;

/// An SQLite file of its own.
struct File {
    folder: TempDir,
}

impl File {
    fn of(sql: &str) -> Self {
        let file = Self { folder: tempfile::tempdir().expect("a folder") };
        file.open().execute_batch(sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
        file
    }

    fn open(&self) -> Connection {
        let conn = Connection::open(self.folder.path().join("test.db")).expect("a database");
        conn.pragma_update(None, "foreign_keys", true).expect("foreign keys");
        conn
    }

    fn catalog(&self) -> Catalog {
        let target = Target::Sqlite(SqliteTarget { path: self.folder.path().join("test.db") });
        schema_only(crate::catalog::read_as_far_as(Scope::Structure, &target))
    }

    /// Every row of the answer, values of a row with spaces between them.
    fn rows(&self, query: &str) -> Vec<String> {
        if query.is_empty() {
            return Vec::new();
        }
        let conn = self.open();
        let mut statement = conn.prepare(query).unwrap_or_else(|error| panic!("{error}: {query}"));
        let columns = statement.column_count();
        let row = |row: &mainstay::rusqlite::Row<'_>| {
            let values = (0..columns).map(|at| row.get::<_, mainstay::rusqlite::types::Value>(at));
            Ok(values.map(|value| told(&value.expect("a value"))).collect::<Vec<_>>().join(" "))
        };
        statement.query_map([], row).expect("rows").collect::<Result<_, _>>().expect("rows")
    }

    /// Runs `plan` as a person would.
    fn apply(&self, plan: &Plan) -> Result<(), String> {
        self.open().execute_batch(&plan.to_sql()).map_err(|error| error.to_string())
    }

    /// What SQLite keeps of every object, spelling aside.
    fn kept(&self) -> Vec<String> {
        let mut kept = self.rows("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'");
        kept.iter_mut().for_each(|sql| *sql = plain(sql));
        kept.sort();
        kept
    }
}

fn told(value: &mainstay::rusqlite::types::Value) -> String {
    use mainstay::rusqlite::types::Value;
    match value {
        Value::Null => "-".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) => format!("{bytes:?}"),
    }
}

/// `sql` without comments and quotes around names, in lower case, without space; what a table's parentheses hold in order of texts.
fn plain(sql: &str) -> String {
    let sql: String = sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
    let bare: String =
        sql.to_lowercase().chars().filter(|char| !char.is_whitespace() && !"\"[]`".contains(*char)).collect();
    if !bare.starts_with("createtable") {
        return bare;
    }
    let (head, body) = bare.split_once('(').expect("parentheses");
    let (body, tail) = body.rsplit_once(')').expect("parentheses");
    let (mut parts, mut depth) = (vec![String::new()], 0);
    for char in body.chars() {
        match char {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        match char {
            ',' if depth == 0 => parts.push(String::new()),
            _ => parts.last_mut().expect("a part").push(char),
        }
    }
    parts.sort();
    format!("{head}({}){tail}", parts.join(","))
}

fn plan(from: &File, to: &File) -> Plan {
    diff_sqlite(&from.catalog(), &to.catalog()).expect("a plan")
}

fn statements(plan: &Plan) -> Vec<String> {
    let of = |action: &Action| match action {
        Action::Sql(step) => step.statements.clone(),
        _ => Vec::new(),
    };
    plan.steps.iter().flat_map(|step| of(&step.action)).collect()
}

/// What `plan` risks, each as `hazard: reason`.
fn risks(plan: &Plan) -> Vec<String> {
    plan.risks().map(|(_, risk)| format!("{}: {}", risk.hazard.name(), risk.reason)).collect()
}

/// Makes `from` what `to` is.
fn walk(from: &File, to: &File) -> Plan {
    let plan = plan(from, to);
    let examined = mainstay::states::examined(&plan, &from.catalog(), mainstay::sql::Flavor::Sqlite, 3);
    assert_eq!(risks(&examined), risks(&plan), "what its statements do is what it says:\n{}", plan.to_sql());
    from.apply(&plan).unwrap_or_else(|error| panic!("{error} in:\n{}", plan.to_sql()));
    assert_eq!(from.kept(), to.kept(), "after:\n{}", plan.to_sql());
    assert_eq!(from.rows("PRAGMA integrity_check"), ["ok"], "after:\n{}", plan.to_sql());
    assert_eq!(from.rows("PRAGMA foreign_key_check"), [""; 0], "after:\n{}", plan.to_sql());
    let rest = self::plan(from, to);
    assert!(rest.is_empty(), "left to do:\n{}\nafter:\n{}", rest.to_sql(), plan.to_sql());
    plan
}

/// Makes a database of `old`, filled by `seed`, one of `new` and back; what `query` answers, where there is one, must be the same
/// at each of the three times. Returns the plan there.
fn check(old: &str, new: &str, seed: &str, query: &str) -> Plan {
    let (from, to) = (File::of(old), File::of(new));
    from.open().execute_batch(seed).unwrap_or_else(|error| panic!("{error}: {seed}"));
    let before = from.rows(query);
    assert!(!before.is_empty() || query.is_empty(), "nothing is watched by {query}");
    let there = walk(&from, &to);
    assert_eq!(from.rows(query), before, "after:\n{}", there.to_sql());
    let back = walk(&from, &File::of(old));
    assert_eq!(from.rows(query), before, "after:\n{}", back.to_sql());
    there
}

fn deletes(plan: &Plan) -> bool {
    plan.risks().any(|(_, risk)| risk.hazard == Hazard::DeletesData)
}
