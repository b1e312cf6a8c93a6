//! Two databases and what goes between them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mainstay::config::DjangoConfig;
use mainstay::conn::{SqliteTarget, Target};
use mainstay::data::{self, Base, Copied, Input, Loaded, Options, Order, Output, Selection};
use mainstay::engine::Context;
use mainstay::observer::Silent;
use mainstay::portable::manifest::Manifest;
use mainstay::rusqlite::Connection;
use mainstay_testing::{TestDatabase, TestServer, server};

/// A folder for dumps and files.
pub struct Lab {
    folder: tempfile::TempDir,
    pub context: Context,
    pub django: DjangoConfig,
}

impl Lab {
    pub fn new() -> Self {
        let context = Context { observer: Arc::new(Silent), dial: None, application_name: "test".into() };
        Self { folder: tempfile::tempdir().unwrap(), context, django: DjangoConfig::default() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn base<'a>(&'a self, target: &'a Target) -> Base<'a> {
        Base {
            target,
            owner: None,
            versions: None,
            environment: None,
            django: &self.django,
            temporary: self.folder.path(),
            context: &self.context,
        }
    }

    /// A server's database with this schema.
    pub fn postgres(&self, ddl: &str) -> (TestDatabase, Target) {
        self.postgres_on(server(), ddl)
    }

    /// The same of another server.
    pub fn postgres_on(&self, server: &TestServer, ddl: &str) -> (TestDatabase, Target) {
        let database = server.database();
        database.psql(ddl);
        let target = database.target();
        (database, target)
    }

    /// A file with this schema.
    pub fn sqlite(&self, name: &str, ddl: &str) -> (PathBuf, Target) {
        let path = self.path(name);
        Connection::open(&path).unwrap().execute_batch(ddl).unwrap();
        let target = Target::Sqlite(SqliteTarget { path: path.clone() });
        (path, target)
    }

    pub async fn dump_tables(&self, from: &Target, tables: &[&str], to: &str) -> mainstay::Result<Manifest> {
        let tables = tables.iter().map(|table| (*table).to_owned()).collect();
        let selection = Selection { tables, ..Selection::default() };
        let order = Order { selection, ..Order::default() };
        let output = Output::named(self.path(to))?;
        data::dump(self.base(from), &order, output).await.map(|dumped| dumped.manifest)
    }

    /// Everything, to the folder or archive `to`.
    pub async fn dump(&self, from: &Target, to: &str) -> Manifest {
        self.dump_tables(from, &[], to).await.unwrap()
    }

    pub async fn load_with(&self, dump: &str, to: &Target, options: &Options) -> mainstay::Result<Loaded> {
        let ready = data::plan(self.base(to), Input::Path(self.path(dump)), options).await?;
        data::load(self.base(to), ready, options).await
    }

    pub async fn load(&self, dump: &str, to: &Target) -> mainstay::Result<Loaded> {
        self.load_with(dump, to, &Options::default()).await
    }

    pub async fn copy(&self, from: &Target, to: &Target) -> mainstay::Result<Copied> {
        data::copy(self.base(from), self.base(to), &Order::default(), &Options::default()).await
    }

    /// The rows' digests by table, under a seed of the test's own: those of two databases can be compared.
    pub async fn digests(&self, of: &Target) -> Vec<(String, String)> {
        let name = format!("digests-{}", std::fs::read_dir(self.folder.path()).unwrap().count());
        let manifest = self.dump(of, &name).await;
        let mut found: Vec<(String, String)> = manifest
            .tables
            .iter()
            .map(|table| (table.name.clone(), digest(&self.path(&name), &manifest, table)))
            .collect();
        found.sort();
        found
    }
}

/// The digest of a table's rows by the library's own reader, with one seed for all.
fn digest(folder: &Path, _: &Manifest, table: &mainstay::portable::manifest::Table) -> String {
    use mainstay::archive::digest::Seed;
    use mainstay::portable::RowDigest;
    use mainstay::portable::json::Line;
    let kinds = table.columns.iter().map(|column| column.kind).collect();
    let names: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    let mut digest = RowDigest::new(Seed(1), kinds);
    for file in &table.files {
        let text = std::fs::read(folder.join(file)).unwrap();
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let mut values = Vec::new();
            Line::read(line, &names, &mut values).unwrap();
            values.iter().for_each(|value| digest.value(value));
            digest.end();
        }
    }
    assert_eq!(Some(digest.total().count), table.rows.map(|rows| rows.count));
    digest.total().to_string()
}

/// What a query on an SQLite file answers, its first column, with lines between rows.
pub fn ask(path: &Path, sql: &str) -> String {
    let conn = Connection::open(path).unwrap();
    let mut statement = conn.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get::<_, mainstay::rusqlite::types::Value>(0)).unwrap();
    let shown = rows.map(|value| match value.unwrap() {
        mainstay::rusqlite::types::Value::Null => "NULL".to_owned(),
        mainstay::rusqlite::types::Value::Integer(number) => number.to_string(),
        mainstay::rusqlite::types::Value::Real(number) => format!("{number:?}"),
        mainstay::rusqlite::types::Value::Text(text) => text,
        mainstay::rusqlite::types::Value::Blob(bytes) => format!("{bytes:?}"),
    });
    shown.collect::<Vec<_>>().join("\n")
}
