//! A cluster that Debian's tools look after.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use mainstay::tool::give_like;
use mainstay::upgrade::Step;
use mainstay_testing::{TestCluster, programs_of};

use super::Upgrading;

/// Tools that do what Debian's do, for clusters in the tests' own folders.
struct Debian {
    root: PathBuf,
}

impl Debian {
    fn of(cluster: &TestCluster) -> Self {
        let data = cluster.data();
        let root = data.with_file_name("etc");
        let (old, new) = (cluster.programs(&data).bin.clone(), programs_of(18).bin);
        let (data, socket) = (data.display().to_string(), cluster.socket().display().to_string());
        let folder = root.join("15/mine");
        std::fs::create_dir_all(folder.join("conf.d")).unwrap();
        std::fs::create_dir(root.join("bin")).unwrap();
        let shown = folder.display();
        let settings = format!(
            "data_directory = '{data}'\nhba_file = '{shown}/pg_hba.conf'\nident_file = '{shown}/pg_ident.conf'\n\
             cluster_name = '15/mine'\nlisten_addresses = ''\nunix_socket_directories = '{socket}'\ninclude_dir = 'conf.d'\n"
        );
        let files = [
            ("postgresql.conf", settings.as_str()),
            ("pg_hba.conf", "local all all trust\nlocal replication all trust\n"),
            ("pg_ident.conf", ""),
        ];
        for (name, text) in files {
            std::fs::write(folder.join(name), text).unwrap();
        }
        for path in [root.clone(), root.join("15"), folder.clone(), folder.join("conf.d")] {
            give_like(&path, Path::new(&data)).unwrap();
        }
        for (name, _) in files {
            give_like(&folder.join(name), Path::new(&data)).unwrap();
        }
        let about = std::fs::metadata(&data).unwrap();
        let as_owner = format!("setpriv --reuid={} --regid={} --clear-groups", about.uid(), about.gid());
        let list = format!(
            r#"comma=; printf '['
for conf in "$PG_CLUSTER_CONF_ROOT"/*/*/postgresql.conf; do
    folder=${{conf%/postgresql.conf}}; version=${{folder%/*}}
    printf '%s{{"version":%s,"cluster":"%s","pgdata":"{data}","configdir":"%s","port":"5432","start":"auto"}}' \
        "$comma" "${{version##*/}}" "${{folder##*/}}" "$folder"
    comma=,
done
printf ']'"#
        );
        let control = format!(
            r#"conf=$PG_CLUSTER_CONF_ROOT/$1/$2/postgresql.conf
[ -e "$conf" ] || {{ echo "Error: no cluster $1 $2" >&2; exit 2; }}
case $1 in 15) bin='{}' ;; *) bin='{}' ;; esac
[ "$(id -u)" = 0 ] && as_owner='{as_owner}'
cd /
case $3 in
    start) $as_owner "$bin/pg_ctl" start -s -w -D '{data}' -l '{data}.log' -o "-c config_file=$conf" ;;
    stop) $as_owner "$bin/pg_ctl" stop -s -w -D '{data}' -m fast ;;
esac"#,
            old.display(),
            new.display()
        );
        for (name, script) in [("pg_lsclusters", list), ("pg_ctlcluster", control)] {
            let path = root.join("bin").join(name);
            std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        }
        let log = format!("{data}.log");
        std::fs::write(&log, "").unwrap();
        give_like(Path::new(&log), Path::new(&data)).unwrap();
        Self { root }
    }

    fn control(&self, version: &str, action: &str) {
        let mut command = Command::new(self.root.join("bin/pg_ctlcluster"));
        command.args([version, "mine", action]).env("PG_CLUSTER_CONF_ROOT", &self.root);
        assert!(command.status().unwrap().success(), "{version} {action}");
    }

    /// The registered versions.
    fn registered(&self) -> Vec<&'static str> {
        ["15", "18"].into_iter().filter(|version| self.root.join(version).join("mine").is_dir()).collect()
    }
}

#[test]
fn a_cluster_of_debians_is_registered_anew() {
    let mut one = Upgrading::new();
    let debian = Debian::of(&one.cluster);
    one.cluster.stop();
    debian.control("15", "start");
    let path = format!("{}:{}", debian.root.join("bin").display(), std::env::var("PATH").unwrap());
    one.cli.env("PATH", &path).env("PG_CLUSTER_CONF_ROOT", &debian.root.display().to_string());
    let name = |one: &Upgrading| one.cluster.psql("SHOW cluster_name");
    assert_eq!(name(&one), "15/mine");

    one.good(&["run"]);
    assert_eq!((name(&one).as_str(), one.version().as_str(), one.rows().as_str()), ("18/mine", "18", "20000"));
    assert_eq!(debian.registered(), ["18"]);
    // Killed after the exchange, and before either register was told.
    debian.control("18", "stop");
    std::fs::rename(debian.root.join(".15-mine.upgrade"), debian.root.join("15/mine")).unwrap();
    one.set_step(Step::Open, Step::Swapping);
    one.good(&["run"]);
    assert_eq!((name(&one).as_str(), debian.registered()), ("18/mine", vec!["18"]));

    one.good(&["rollback", "--allow", "all"]);
    assert_eq!((name(&one).as_str(), one.version().as_str(), one.rows().as_str()), ("15/mine", "15", "20000"));
    assert_eq!(debian.registered(), ["15"]);

    // A cluster of the new version with the same name is not ours to write over.
    std::fs::create_dir_all(debian.root.join("18/mine")).unwrap();
    let taken = one.run(&["run"]);
    assert!(taken.code == 5 && taken.stderr.contains("name-taken"), "{}", taken.stderr);
    std::fs::remove_dir(debian.root.join("18/mine")).unwrap();

    one.good(&["run"]);
    one.good(&["finish", "--allow", "no-way-back"]);
    assert_eq!((name(&one).as_str(), debian.registered()), ("18/mine", vec!["18"]));
    assert!(!debian.root.join(".15-mine.upgrade").exists());
}
