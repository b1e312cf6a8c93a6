//! How a state is written on the command line.

use std::path::{Path, PathBuf};

use crate::dialect;
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::Folder;

/// A state as it was typed, before its target is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// `database`: the project's own, as every other command resolves it.
    Database,
    /// A `[target.NAME]` of `mainstay.toml`.
    Target(String),
    /// A URL, a keyword string or an SQLite file.
    Url(String),
    /// `ledger`
    Ledger,
    /// A folder of migrations; `migrations:DIR` says so where it might be taken for another.
    Migrations(PathBuf),
    /// A file that ends in `.sql`, or a folder of such; `sql:PATH` says so where it might be taken for migrations.
    Sql(PathBuf),
    /// A file that ends in `.json`.
    Snapshot(PathBuf),
}

impl Spelling {
    /// Reads `text`; relative paths start at the working folder. `targets` are the names in `mainstay.toml`, `migrations` is
    /// the project's folder of migrations.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`]: it is nothing of all this.
    pub fn parse<'a>(text: &str, targets: impl IntoIterator<Item = &'a str>, migrations: &Path) -> Result<Self> {
        let targets: Vec<&str> = targets.into_iter().collect();
        if targets.contains(&text) {
            return Ok(Self::Target(text.to_owned()));
        }
        match text.split_once(':') {
            Some(("migrations", path)) => return Ok(Self::Migrations(path.into())),
            Some(("sql", path)) => return Ok(Self::Sql(path.into())),
            _ => {}
        }
        match text {
            "database" => return Ok(Self::Database),
            "ledger" => return Ok(Self::Ledger),
            _ => {}
        }
        let path = Path::new(text);
        let ends =
            |endings: &[&str]| path.extension().is_some_and(|ending| endings.iter().any(|known| ending == *known));
        let is_url = text.contains("://") || text.contains('=') || text.starts_with("sqlite");
        match path {
            _ if path.is_dir() => folder(path, migrations),
            _ if ends(&["db", "sqlite", "sqlite3"]) || (is_url && !path.exists()) => Ok(Self::Url(text.to_owned())),
            _ if ends(&["sql"]) => Ok(Self::Sql(path.into())),
            _ if ends(&["json"]) => Ok(Self::Snapshot(path.into())),
            _ => Err(unknown(text, &targets)),
        }
    }
}

/// The project's folder of migrations is one; another is when all its files are named as some dialect names them.
fn folder(path: &Path, migrations: &Path) -> Result<Spelling> {
    let same = |a: &Path, b: &Path| matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b);
    if same(path, migrations) {
        return Ok(Spelling::Migrations(migrations.into()));
    }
    let files = Folder::files(path)?;
    let claimed = dialect::all().iter().any(|dialect| files.iter().all(|file| dialect.claims(file)));
    match claimed && !files.is_empty() {
        true => Ok(Spelling::Migrations(path.into())),
        false => Ok(Spelling::Sql(path.into())),
    }
}

fn unknown(text: &str, targets: &[&str]) -> Error {
    let near = targets.iter().chain(&["database", "ledger"]).find(|name| strsim::jaro_winkler(text, name) > 0.75);
    let message = match Path::new(text).exists() {
        true => format!("`{text}` is a file, but none that ends in .sql, .json or .sqlite"),
        false => format!("`{text}` is neither a target, nor a URL, nor a file or folder that is there"),
    };
    let error = Error::new(ErrorKind::Usage, message);
    match near {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(
            "a state is `database`, `ledger`, a target of mainstay.toml, a URL, a .sql file or folder, or a snapshot",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_state() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "").unwrap();
        };
        file("schema.sql");
        file("now.json");
        file("walt.db");
        file("db/migrations/20260101000000_a.up.sql");
        file("own/anything.sql");
        file("flyway/V1__a.sql");
        file("tables/b.sql");
        file("mixed/20260101000000_a.up.sql");
        file("mixed/views.sql");
        std::fs::create_dir(folder.path().join("empty")).unwrap();
        let path = |name: &str| folder.path().join(name);
        let check = |text: &str, expected: Spelling| {
            let text = text.replace('%', &format!("{}/", folder.path().display()));
            assert_eq!(Spelling::parse(&text, ["prod", "odd.sql"], &path("own")).unwrap(), expected, "{text}");
        };
        check("prod", Spelling::Target("prod".into()));
        check("odd.sql", Spelling::Target("odd.sql".into()));
        check("database", Spelling::Database);
        check("ledger", Spelling::Ledger);
        check("postgresql://h/d", Spelling::Url("postgresql://h/d".into()));
        check("host=h dbname=d", Spelling::Url("host=h dbname=d".into()));
        check("sqlite:new.db", Spelling::Url("sqlite:new.db".into()));
        check("%walt.db", Spelling::Url(path("walt.db").display().to_string()));
        check("%schema.sql", Spelling::Sql(path("schema.sql")));
        check("missing.sql", Spelling::Sql("missing.sql".into()));
        check("%now.json", Spelling::Snapshot(path("now.json")));
        check("%own", Spelling::Migrations(path("own")));
        check("%db/migrations", Spelling::Migrations(path("db/migrations")));
        check("%flyway", Spelling::Migrations(path("flyway")));
        check("%tables", Spelling::Sql(path("tables")));
        check("%mixed", Spelling::Sql(path("mixed")));
        check("%empty", Spelling::Sql(path("empty")));
        check("migrations:%tables", Spelling::Migrations(path("tables")));
        check("sql:%own", Spelling::Sql(path("own")));
    }

    #[test]
    fn what_is_no_state_is_named_with_the_nearest() {
        let hint = |text: &str| {
            let error = Spelling::parse(text, ["prod"], Path::new("migrations")).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage);
            error.hints()[0].clone()
        };
        assert_eq!(hint("prdo"), "did you mean `prod`?");
        assert_eq!(hint("leger"), "did you mean `ledger`?");
        assert!(hint("x").starts_with("a state is"));
    }
}
