//! A zoo of models: every field, keys of every kind, many-to-many, inheritance.

use std::path::PathBuf;
use std::process::Command;

use mainstay::config::DjangoConfig;
use mainstay::conn::{SqliteTarget, Target};
use mainstay::data::{self, Format, Input, OnConflict, Options, Order, Output, Selection};
use mainstay_testing::{TestDatabase, python_peers, server};

use crate::data::lab::Lab;

/// What the database does not say of the zoo's models.
const CONFIG: &str = "[data.django]\nmodels = { \"zoo.Legacy\" = \"old_things\" }\n\
                      columns = { \"zoo.Legacy.name\" = \"the_name\", \"zoo.Animal.legs\" = \"leg_count\" }\n\
                      joins = { \"zoo.Legacy.links\" = \"old_links\" }\ndurations = [\"zoo.Animal.sleeps\"]\n";

/// The four databases of a zoo: the first is filled, the others have the tables alone.
struct Zoo {
    lab: Lab,
    /// `ZOO_SOURCE` and so on, with what Django calls the databases, and how they are reached here.
    databases: Vec<(&'static str, String, Target)>,
    env: Vec<(&'static str, String)>,
    _server: Vec<TestDatabase>,
}

const NAMES: [&str; 4] = ["ZOO_SOURCE", "ZOO_OURS", "ZOO_THEIRS", "ZOO_BACK"];

impl Zoo {
    fn on_postgres() -> Self {
        let databases: Vec<TestDatabase> = NAMES.iter().map(|_| server().database()).collect();
        let host = server().socket().display().to_string();
        let env = vec![
            ("ZOO_ENGINE", "postgresql".to_owned()),
            ("PGHOST", host),
            ("PGPORT", server().port().to_string()),
            ("PGUSER", "postgres".to_owned()),
        ];
        let named = NAMES.iter().zip(&databases).map(|(name, one)| (*name, one.name().to_owned(), one.target()));
        Self::make(Lab::new(), named.collect(), env, databases)
    }

    fn on_sqlite() -> Self {
        let lab = Lab::new();
        let named = NAMES.iter().map(|name| {
            let path = lab.path(&format!("{name}.db"));
            (*name, path.display().to_string(), Target::Sqlite(SqliteTarget { path }))
        });
        let named = named.collect();
        Self::make(lab, named, vec![("ZOO_ENGINE", "sqlite3".to_owned())], Vec::new())
    }

    fn make(
        mut lab: Lab,
        databases: Vec<(&'static str, String, Target)>,
        env: Vec<(&'static str, String)>,
        server: Vec<TestDatabase>,
    ) -> Self {
        lab.django = config(CONFIG);
        for (name, text) in [
            ("zoo/__init__.py", ""),
            ("zoo/models.py", include_str!("models.py")),
            ("settings.py", include_str!("settings.py")),
            ("main.py", include_str!("zoo.py")),
        ] {
            let path = lab.path(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let zoo = Self { lab, databases, env, _server: server };
        zoo.python(&["make"]);
        zoo
    }

    /// Runs the zoo's script; what it says.
    fn python(&self, args: &[&str]) -> String {
        let mut python = Command::new(python_peers().join("python"));
        python.current_dir(self.lab.path("")).arg("main.py").args(args);
        python.env("PYTHONPATH", ".").env("PYTHONDONTWRITEBYTECODE", "1");
        python.envs(self.env.iter().cloned());
        python.envs(self.databases.iter().map(|(name, django, _)| (*name, django)));
        let output = python.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {errors}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn target(&self, name: &str) -> &Target {
        &self.databases.iter().find(|(one, ..)| *one == name).unwrap().2
    }

    fn path(&self, name: &str) -> PathBuf {
        self.lab.path(name)
    }

    async fn dump(&self, from: &str, labels: &[&str], to: &str) {
        let selection =
            Selection { tables: labels.iter().map(|label| (*label).to_owned()).collect(), excluded: Vec::new() };
        let order = Order { selection, format: Format::Django, ..Order::default() };
        data::dump(self.lab.base(self.target(from)), &order, Output::Fixture(self.path(to))).await.unwrap();
    }

    async fn load(&self, file: &str, to: &str) -> mainstay::Result<data::Loaded> {
        // Django has filled the tables of content types and permissions already.
        let options = Options { on_conflict: OnConflict::Update, ..Options::default() };
        let base = self.lab.base(self.target(to));
        let ready = data::plan(base, Input::Path(self.path(file)), &options).await?;
        data::load(base, ready, &options).await
    }

    /// What `dumpdata` has written is loaded as `loaddata` does it, and what is written here `loaddata` makes the same of.
    async fn both_ways(&self) {
        self.load("theirs", "ZOO_OURS").await.unwrap();
        assert_eq!(self.python(&["compare", "ours", "theirs"]), "");
        // The same rows by natural keys, and with an object on each line.
        for file in ["natural", "lines.jsonl"] {
            let loaded = self.load(file, "ZOO_OURS").await.unwrap();
            let animals = loaded.tables.iter().find(|table| table.name == "zoo_animal").unwrap();
            assert_eq!((animals.inserted, animals.updated), (0, 3), "{file}");
        }
        assert_eq!(self.python(&["compare", "ours", "theirs"]), "");

        self.dump("ZOO_SOURCE", &[], "ours.json").await;
        self.python(&["load", "ours.json"]);
        assert_eq!(self.python(&["compare", "default", "back"]), "");
        let counts = self.python(&["counts", "back"]);
        assert!(counts.contains("\"zoo.animal\": 3") && counts.contains("\"zoo.place_tags\": 4"), "{counts}");
    }
}

fn config(text: &str) -> DjangoConfig {
    mainstay::config::parse("mainstay.toml", text).unwrap().data.django
}

#[tokio::test]
async fn a_zoo_goes_both_ways_on_postgres() {
    let zoo = Zoo::on_postgres();
    zoo.both_ways().await;
}

#[tokio::test]
async fn a_zoo_goes_both_ways_on_sqlite() {
    let zoo = Zoo::on_sqlite();
    zoo.both_ways().await;
}
