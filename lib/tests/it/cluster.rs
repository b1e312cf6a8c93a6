//! Which clusters are on this machine, and whether they run.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use mainstay::ErrorKind;
use mainstay::cluster::{self, State};
use mainstay::tool;
use mainstay_testing::TestServer;

#[tokio::test]
async fn a_data_folder_says_whether_its_server_runs() {
    let mut server = TestServer::start(&[], "");
    let data = server.data().canonicalize().unwrap();
    let found = cluster::at(&data).unwrap();
    let running = found.running().expect("a running server").clone();
    assert_eq!(
        (found.data.as_path(), found.port, found.socket.as_deref()),
        (data.as_path(), Some(server.port()), Some(server.socket()))
    );
    assert_eq!(running.status.as_deref(), Some("ready"));
    assert_eq!(found.version, server.psql("postgres", "SELECT current_setting('server_version_num')::int / 10000"));
    let log = found.log.expect("a log");
    assert!(std::fs::read_to_string(&log).unwrap().contains("ready to accept connections"), "{}", log.display());

    server.crash();
    // What a crash leaves names a process that is no server of this folder.
    std::fs::write(data.join("postmaster.pid"), format!("{}\n{}\n", std::process::id(), data.display())).unwrap();
    assert!(matches!(cluster::at(&data).unwrap().state, State::Broken(_)));
    std::fs::remove_file(data.join("postmaster.pid")).unwrap();
    assert_eq!(cluster::at(&data).unwrap().state, State::Stopped);
}

#[test]
fn a_folder_without_a_cluster_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = cluster::at(folder.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.message().contains("PG_VERSION"), "{error}");
    assert_eq!(cluster::at(&folder.path().join("none")).unwrap_err().kind(), ErrorKind::Io);
    std::fs::write(folder.path().join("PG_VERSION"), "x\n").unwrap();
    assert!(cluster::at(folder.path()).unwrap_err().message().contains("no version"));
}

#[tokio::test]
async fn debians_clusters_come_from_its_own_tool() {
    let server = TestServer::start(&[], "");
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("pg_lsclusters");
    let listed = format!(
        r#"[{{"configuid":101,"cluster":"main","socketdir":"/var/run/postgresql","start":"auto","running":0,"version":15,
            "logfile":"/var/log/postgresql/postgresql-15-main.log","port":"5432","config":{{"port":"5432"}},
            "configdir":"/etc/postgresql/15/main","pgdata":{:?}}},
           {{"cluster":"old","start":"disabled","running":0,"version":"9.6","port":5433,
            "configdir":"'$PG_CLUSTER_CONF_ROOT'/9.6/old","pgdata":"/nowhere/9.6/old"}}]"#,
        server.data().display().to_string()
    );
    write_script(&script, &format!("#!/bin/sh\necho '{listed}'\n"));
    let path = format!("relative:{}:/usr/bin:/bin", folder.path().display());
    let found = cluster::debian(&path, Some(Path::new("/srv/pg"))).await.unwrap();
    let shown: Vec<_> = found.iter().map(|one| (one.name.as_str(), one.state.word(), one.unit.as_deref())).collect();
    let unit = |name| Some(name);
    assert_eq!(
        shown,
        [
            ("15/main", "running", unit("postgresql@15-main.service")),
            ("9.6/old", "missing", unit("postgresql@9.6-old.service")),
        ]
    );
    // What runs says itself where it listens; what does not is asked of its configuration.
    assert_eq!(found[0].socket.as_deref(), Some(server.socket()));
    assert_eq!((found[1].port, found[1].major), (Some(5433), 9));
    assert_eq!(found[1].configuration, Path::new("/srv/pg/9.6/old/postgresql.conf"));

    write_script(&script, "#!/bin/sh\necho 'Error: no' >&2; exit 1\n");
    let error = cluster::debian(&path, None).await.unwrap_err();
    assert_eq!((error.kind(), error.causes()), (ErrorKind::Program, vec!["Error: no".to_owned()]));
    std::fs::remove_file(&script).unwrap();
    assert_eq!(cluster::debian(&folder.path().display().to_string(), None).await.unwrap(), []);
}

#[tokio::test]
async fn a_setting_is_read_without_a_running_server() {
    let mut server = TestServer::start(&[("work_mem", "7MB")], "");
    server.crash();
    let (data, binaries) = (server.data(), server.binaries().clone());
    let configuration = data.join("postgresql.conf");
    let setting = tool::setting_of(&binaries, &data, &configuration, "work_mem").await.unwrap();
    assert_eq!(setting.as_deref(), Some("7168"));
    let unknown = tool::setting_of(&binaries, &data, &configuration, "no_such_setting").await.unwrap();
    assert_eq!(unknown, None);
}

fn write_script(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}
