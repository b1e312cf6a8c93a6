//! A newer PostgreSQL: what an upgrade of the machine's system brings.

use mainstay_testing::{Cli, Run, TestCluster, programs_of};
use walt::devices;

use crate::network::devices_and_what_they_boot;

/// # "When an OS upgrade is needed"
///
/// The page leaves it to walt-server-setup. Here what is in the way is told while the old server runs, a proven backup is taken
/// first, and WalT finds its devices on the new version as it left them on the old one. Until somebody says that it is finished,
/// there is a way back.
pub async fn an_os_upgrade_brings_a_newer_postgresql() {
    let newer = programs_of(18);
    let to_bin = newer.bin.display().to_string();
    let cluster = TestCluster::start(&[("timezone", "Europe/Paris")], newer);
    let data = cluster.data().display().to_string();
    let vars = [
        ("PGHOST", cluster.socket().display().to_string()),
        ("PGPORT", "5432".to_owned()),
        ("PGDATABASE", "walt".to_owned()),
        ("PATH", std::env::var("PATH").unwrap_or_default()),
        ("TMPDIR", std::env::temp_dir().display().to_string()),
    ];
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mainstay.toml"), include_str!("../../mainstay.toml")).unwrap();
    let walt = || {
        let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<Vec<_>>();
        walt::database(folder.path(), vars).unwrap()
    };
    let mut cli = Cli::new(mainstay_testing::mainstay());
    for (name, value) in &vars {
        cli.env(name, value);
    }
    cli.file("mainstay.toml", include_str!("../../mainstay.toml"));
    let mut upgrade = |words: &[&str]| -> Run {
        let run = cli.args([&["upgrade"], words, &["--data", &data]].concat()).run();
        assert_eq!(run.code, 0, "{words:?}: {}", run.snapshot());
        run
    };

    let (_, mut db) = walt::open(&walt()).await.unwrap();
    devices_and_what_they_boot(&mut db).await;
    let before = devices::all(&db).await.unwrap();
    drop(db);

    upgrade(&["check", "--to", "18", "--to-bin", &to_bin]);
    let run = upgrade(&["run", "--to", "18", "--to-bin", &to_bin]);
    assert!(run.stderr.contains("is proven") && run.stdout.contains("rows: the same"), "{}", run.snapshot());
    assert!(cluster.psql("SHOW server_version").starts_with("18"));

    let (prepared, db) = walt::open(&walt()).await.unwrap();
    assert!(prepared.created.is_empty() && prepared.migrations.is_none(), "{prepared:?}");
    assert_eq!(devices::all(&db).await.unwrap(), before);
    drop(db);
    upgrade(&["finish", "--allow", "no-way-back"]);
    let (_, db) = walt::open(&walt()).await.unwrap();
    assert_eq!(devices::all(&db).await.unwrap(), before);
}
