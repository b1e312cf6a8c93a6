//! Tests of `config`.

use std::path::Path;
use std::time::Duration;

use mainstay::config::{
    BackupRule, Config, Keep, OrphanRule, PartitionRule, ReferenceRule, dotenv, parse, render_template,
};
use mainstay::{Error, ErrorKind};

/// `text` is refused at `line:column`, with all of `pieces` said.
fn refused(text: &str, line: usize, column: usize, pieces: &[&str]) -> Error {
    let error = parse("mainstay.toml", text).expect_err(text);
    assert_eq!(error.kind(), ErrorKind::Config, "{text}");
    let place = error.place().unwrap_or_else(|| panic!("no place: {error:?}"));
    assert_eq!((place.line, place.column), (line, column), "{error:?}");
    for piece in pieces {
        assert!(format!("{error:?}").contains(piece), "{piece:?} is not said in {error:?}");
    }
    error
}

#[test]
fn every_key() {
    let config = parse(
        "mainstay.toml",
        "[service]\nname = 'walt'\n[database]\nurl = 'env:X'\nadmin = 'file:a'\nowner = 'o'\napp = 'a'\nreaders = ['r']\n\
         extensions = ['citext']\nencoding = 'UTF8'\nlocale = 'C'\n[target.prod]\nurl = 'x'\nadmin = 'y'\nservice = 's'\n\
         environment = 'production'\nvia = 'ssh b'\n[migrations]\ndir = 'm'\ndialect = 'capsul'\nto = 4\nbackup = 'never'\n\
         lock_timeout = '500ms'\nlock_patience = '1 min'\nstatement_timeout = '2h'\n[backup]\nto = 'b'\n\
         compress = 'zstd:3'\nencrypt = ['age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p']\nidentity = 'file:k'\nkeep = { last = 3, yearly = 1 }\ncopies = { last = 2 }\n\
         on_success = 'a b'\non_failure = 'c'\nstale = '2 days'\nstale_proof = '5w'\nhook_timeout = '2s'\nmetrics = 'w.prom'\n",
    )
    .expect("good");
    assert_eq!(config.service.name.as_deref(), Some("walt"));
    assert_eq!((config.database.url.as_deref(), config.database.admin.as_deref()), (Some("env:X"), Some("file:a")));
    assert_eq!((config.database.readers, config.database.extensions), (vec!["r".into()], vec!["citext".into()]));
    assert_eq!(config.targets["prod"].environment.as_deref(), Some("production"));
    assert_eq!(config.targets["prod"].via.as_deref(), Some("ssh b"));
    let migrations = config.migrations;
    assert_eq!((migrations.to.as_deref(), migrations.dialect.as_str()), (Some("4"), "capsul"));
    assert_eq!(migrations.backup, BackupRule::Never);
    assert_eq!(migrations.lock_timeout, Duration::from_millis(500));
    assert_eq!(migrations.lock_patience, Duration::from_secs(60));
    assert_eq!(migrations.statement_timeout, Some(Duration::from_secs(7200)));
    assert_eq!((config.backup.to.as_deref(), config.backup.compress.as_deref()), (Some("b"), Some("zstd:3")));
    assert_eq!(config.backup.encrypt, ["age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"]);
    assert_eq!(config.backup.identity.as_deref(), Some(Path::new("k")));
    assert_eq!(config.backup.keep, Keep { last: 3, yearly: 1, ..Keep::default() });
    assert_eq!(config.backup.copies, Keep { last: 2, ..Keep::default() });
    assert_eq!(Config::default().backup.copies, Keep { last: 5, daily: 7, weekly: 4, ..Keep::default() });
    assert_eq!(config.backup.on_success.map(|line| line.filled(&[])), Some(vec!["a".into(), "b".into()]));
    assert!(config.backup.on_failure.is_some());
    assert_eq!(config.backup.stale, Duration::from_secs(2 * 86_400));
    assert_eq!(config.backup.stale_proof, Some(Duration::from_secs(35 * 86_400)));
    assert_eq!((config.backup.hook_timeout.as_secs(), config.backup.metrics.as_deref()), (2, Some("w.prom")));
}

#[test]
fn nothing_is_the_default() {
    assert_eq!(parse("mainstay.toml", "").expect("good"), Config::default());
    let latest = parse("mainstay.toml", "[migrations]\nto = 'latest'").expect("good");
    assert_eq!(latest, Config::default());
}

#[test]
fn mistakes_have_a_place_and_a_way_out() {
    refused("[database]\nurll = 'x'", 2, 1, &["unknown key \"urll\" in [database]", "did you mean `url`"]);
    refused("[databse]\nurl = 'x'", 1, 2, &["databse", "did you mean `database`"]);
    refused("[target.prod]\nenviroment = 'production'", 2, 1, &["[target.prod]", "`environment`"]);
    refused("[target.prod]\nenvironment = 'prodution'", 2, 15, &["prodution", "\"production\""]);
    refused("[service]\nname = 4", 2, 8, &["[service] name must be a string, not an integer"]);
    refused("[database]\nreaders = 'x'", 2, 11, &["a list of strings"]);
    refused("[database]\nreaders = ['x', 1]", 2, 17, &["a list of strings"]);
    refused("[backup]\ncompress = 'zstd:99'", 2, 12, &["zstd:99", "zstd:19"]);
    refused("[backup]\nkeep = { dayly = 7 }", 2, 10, &["dayly", "did you mean `daily`"]);
    refused("[backup]\nkeep = { daily = 'x' }", 2, 18, &["a whole number"]);
    let error = refused("[backup]\nencrypt = ['AGE-SECRET-KEY-1X']", 2, 12, &["no public key", "age-keygen"]);
    assert!(!format!("{error:?} {:?}", error.place()).contains("SECRET"), "{error:?}");
    let slip = "[backup]\nencrypt = [\n  'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p',\n  'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8q',\n]";
    refused(slip, 4, 3, &["no public key of age as its item 2", "copied whole"]);
    let error = refused("[backup]\nidentity = 'AGE-SECRET-KEY-1X'", 2, 12, &["the name of its file", "chmod 0600"]);
    assert!(!format!("{error:?} {:?}", error.place()).contains("SECRET-KEY-1X"), "{error:?}");
    refused("service = 'x'", 1, 11, &["service must be a section"]);
    refused("[target]\nprod = 'x'", 2, 8, &["[target.prod] must be a section"]);
    refused("[migrations]\nto = -1", 2, 6, &["version"]);
    refused("[migrations]\nlock_timeout = 2", 2, 16, &["duration in quotes"]);
    refused("[migrations]\nlock_timeout = '2 parsecs'", 2, 16, &["no duration", "500ms"]);
    refused("[migrations]\nlock_timeout = '0s'", 2, 16, &["out of range"]);
    refused("[migrations]\nlock_patience = '2d'", 2, 17, &["out of range"]);
    refused("[service]\nname = ''", 2, 8, &["is empty"]);
    refused("[service]\nname = 'a'\nname = 'b'", 3, 1, &["not TOML"]);
}

#[test]
fn a_mistake_shows_no_password() {
    let error = refused("[database]\nurl = \"postgres://u:hush@h/d", 2, 29, &["not TOML"]);
    let place = error.place().expect("a place");
    assert!(!format!("{error:?} {}", place.text).contains("hush"), "{error:?} {}", place.text);
    assert!(place.text.contains("u:***@h"), "{}", place.text);
}

#[test]
fn the_template_is_good() {
    let config =
        parse("mainstay.toml", &render_template("wa\"lt", "auto", "db/m", "env:DATABASE_URL", &[])).expect("good");
    assert_eq!(config.service.name.as_deref(), Some("wa\"lt"));
    assert_eq!(config.database.url.as_deref(), Some("env:DATABASE_URL"));
    assert_eq!(config.migrations.dir, "db/m");
    let embedded =
        parse("mainstay.toml", &render_template("walt", "capsul", "m", "sqlite:walt.db", &[])).expect("good");
    assert_eq!(embedded.database.url.as_deref(), Some("sqlite:walt.db"));
    assert_eq!(embedded.migrations.dialect, "capsul");
}

#[test]
fn the_template_is_good_with_its_comments_taken_away() {
    let text = render_template("walt", "auto", "m", "env:DATABASE_URL", &[]);
    let keys = text.lines().map(|line| {
        line.strip_prefix("# ").filter(|rest| rest.contains(" = ") || rest.starts_with('[')).unwrap_or(line)
    });
    parse("mainstay.toml", &keys.collect::<Vec<_>>().join("\n")).expect("good");
}

#[test]
fn dotenv_reads_and_sets_nothing() {
    let text = "\u{feff}# c\nexport MAINSTAY_TEST_A='x # y'\nMAINSTAY_TEST_B=\"p w\"\nMAINSTAY_TEST_A=second\n";
    let pairs = dotenv(text, ".env").expect("good");
    assert_eq!(pairs, [("MAINSTAY_TEST_A".into(), "x # y".into()), ("MAINSTAY_TEST_B".to_owned(), "p w".to_owned())]);
    assert!(std::env::var("MAINSTAY_TEST_A").is_err());
}

#[test]
fn dotenv_mistake_has_its_line_and_no_value() {
    let error = dotenv("A=1\nPASSWORD=hush hush\n", ".env").expect_err("two words");
    let place = error.place().expect("a place");
    assert_eq!((place.line, place.file.as_str()), (2, ".env"));
    assert!(!format!("{error:?}{}", place.text).contains("hush"), "{error:?}{}", place.text);
}

#[test]
fn policies_for_old_data() {
    let config = parse(
        "mainstay.toml",
        "[cleanup.runs]\ntable = 'run'\ncolumn = 'at'\nolder_than = '1 year'\nwhere = 'done'\nbatch = 100\npace = '20%'\n\
         partitions = 'detach'\nreferences = { 'log.run_id' = 'follow', pin = 'keep', note = 'null' }\n\
         orphans = { grp = 'freed', project = 'all' }\n\
         links = [{ from = 'app.event.ref', to = 'run.id', where = \"kind = 'run'\", rule = 'follow' }]\n[cleanup.plain]\ntable = 'a'\nwhere = 'b'",
    )
    .expect("good");
    let runs = &config.cleanup["runs"];
    assert_eq!(
        (runs.table.as_str(), runs.column.as_deref(), runs.condition.as_deref()),
        ("run", Some("at"), Some("done"))
    );
    assert_eq!(runs.older_than.as_ref().map(ToString::to_string).as_deref(), Some("1 year"));
    assert_eq!((runs.batch, runs.pace, runs.partitions), (100, 20, PartitionRule::Detach));
    let references: Vec<_> = runs.references.iter().map(|(name, rule, _)| (name.as_str(), *rule)).collect();
    assert_eq!(
        references,
        [("log.run_id", ReferenceRule::Follow), ("note", ReferenceRule::Null), ("pin", ReferenceRule::Keep)]
    );
    let orphans: Vec<_> = runs.orphans.iter().map(|(name, rule, _)| (name.as_str(), *rule)).collect();
    assert_eq!(orphans, [("grp", OrphanRule::Freed), ("project", OrphanRule::All)]);
    assert_eq!(runs.links[0].from, ("app.event".into(), "ref".into()));
    assert_eq!((runs.links[0].rule, runs.links[0].condition.as_deref()), (ReferenceRule::Follow, Some("kind = 'run'")));
    let plain = &config.cleanup["plain"];
    assert_eq!((plain.batch, plain.pace, plain.partitions), (5000, 50, PartitionRule::Rows));
    assert_eq!((runs.place.line, plain.place.line), (1, 12));
}

#[test]
fn policies_that_are_wrong() {
    refused("[cleanup.a]\ntabel = 'x'", 2, 1, &["unknown key \"tabel\" in [cleanup.a]", "did you mean `table`?"]);
    refused("[cleanup.a]\nwhere = 'x'", 1, 1, &["[cleanup.a] lacks table"]);
    refused("[cleanup.a]\ntable = 'x'", 1, 1, &["[cleanup.a] lacks column", "older_than"]);
    refused("[cleanup.a]\ntable = 'x'\ncolumn = 'at'", 1, 1, &["[cleanup.a] lacks older_than"]);
    refused("[cleanup.a]\ntable = 'x'\nolder_than = '1 day'", 1, 1, &["[cleanup.a] lacks column"]);
    refused("[cleanup.a]\ntable = 'x'\nolder_than = 'old'", 3, 14, &["is \"old\"", "90 days"]);
    refused("[cleanup.a]\ntable = 'x'\nwhere = 'y'\nbatch = 0", 4, 9, &["batch is 0", "at least 1"]);
    refused("[cleanup.a]\ntable = 'x'\npace = 'slow'", 3, 8, &["100%"]);
    refused("[cleanup.a]\ntable = 'x'\nreferences = { b = 'cascade' }", 3, 20, &["follow, null, keep"]);
    refused("[cleanup.a]\ntable = 'x'\nwhere = 'y'\nlinks = [{ form = 'a.b', to = 'c.d' }]", 4, 12, &["`from`"]);
    refused("[cleanup.a]\ntable = 'x'\nwhere = 'y'\nlinks = [{ from = 'a.b' }]", 4, 10, &["lacks to"]);
    refused(
        "[cleanup.a]\ntable = 'x'\nwhere = 'y'\nlinks = [{ from = 'ab', to = 'c.d' }]",
        4,
        19,
        &["events.event_id"],
    );
    refused("[cleanup]\na = 1", 2, 5, &["[cleanup.a] must be a section"]);
}
