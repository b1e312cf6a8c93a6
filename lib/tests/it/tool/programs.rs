//! Finding programs, and the servers made with them.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use mainstay::tool::{Binaries, check_socket_length, find_binaries, init_server};
use mainstay_testing::{TestServer, server};

#[test]
fn programs_are_found_behind_links_and_wrappers_newest_first() {
    let found = find_binaries(&std::env::var("PATH").unwrap(), &["pg_dump", "psql"]).unwrap();
    for binaries in &found {
        let start = std::fs::read(binaries.program("pg_dump")).unwrap();
        assert_ne!(&start[..2], b"#!", "{binaries:?} is a wrapper");
        assert!(binaries.version.starts_with(&binaries.major.to_string()), "{binaries:?}");
    }
    assert!(found.is_sorted_by(|a, b| a.major >= b.major), "{found:?}");
}

#[test]
fn a_link_leads_to_the_folder_that_has_the_other_programs_too() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(server().binaries().program("initdb"), folder.path().join("initdb")).unwrap();
    let found = find_binaries(folder.path().to_str().unwrap(), &["initdb", "postgres"]).unwrap();
    assert!(found.iter().any(|binaries| binaries.bin == server().binaries().bin), "{found:?}");
    assert!(found.iter().all(|binaries| binaries.bin != folder.path()), "{found:?}");
}

#[test]
fn a_script_does_not_count_and_the_error_says_what_to_install() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["pg_dump", "no_such_program"] {
        std::fs::write(folder.path().join(name), "#!/bin/sh\necho 'pg_dump (PostgreSQL) 99.1'\n").unwrap();
        std::fs::set_permissions(folder.path().join(name), PermissionsExt::from_mode(0o755)).unwrap();
    }
    let error = find_binaries(folder.path().to_str().unwrap(), &["pg_dump", "no_such_program"]).unwrap_err();
    assert_eq!(error.kind(), mainstay::ErrorKind::Program);
    assert!(error.hints()[0].ends_with("apt-get install postgresql-client"), "{error:?}");
    let error = find_binaries("", &["postgres", "no_such_program"]).unwrap_err();
    assert!(error.hints()[0].ends_with("apt-get install postgresql"), "{error:?}");
}

#[test]
fn a_private_server_is_nobody_elses() {
    let server = server();
    for folder in [server.data(), server.socket().to_path_buf()] {
        assert_eq!(std::fs::metadata(&folder).unwrap().mode() & 0o777, 0o700, "{}", folder.display());
    }
    let pid = server.psql("postgres", "SELECT pg_backend_pid()");
    let owner = std::fs::metadata(server.data()).unwrap().uid();
    assert_ne!(owner, 0, "PostgreSQL does not run as root");
    assert_eq!(server.psql("postgres", "SHOW listen_addresses"), "");
    assert!(!pid.is_empty());
}

#[test]
fn its_encoding_and_settings_are_as_asked() {
    let mut server = TestServer::start(&[("work_mem", "5MB"), ("search_path", "it's, \"b\\c\"")], "");
    let ask = "SHOW server_encoding; SHOW work_mem; SHOW search_path";
    assert_eq!(server.psql("postgres", ask), "UTF8\n5MB\nit's, \"b\\c\"");
    server.psql("postgres", "CREATE TABLE public.kept (n int); INSERT INTO public.kept VALUES (7); CHECKPOINT");
    server.crash();
    assert!(server.try_psql("postgres", "postgres", "SELECT 1").is_err());
    server.restart();
    assert_eq!(server.psql("postgres", "SELECT n FROM public.kept; SHOW work_mem"), "7\n5MB");
}

#[test]
fn a_folder_too_long_for_a_socket_is_refused() {
    let long = format!("/{}", "x".repeat(80));
    let error = check_socket_length(Path::new(&long)).unwrap_err();
    assert!(error.message().contains("has 81 bytes, and the folder of a socket can have 80"), "{error:?}");
    check_socket_length(Path::new(&long[..80])).unwrap();
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let parent = std::env::temp_dir();
    let binaries = Binaries { bin: "/nonexistent/bin".into(), ..server().binaries().clone() };
    let root = parent.join(format!("ms-absent-{}", std::process::id()));
    let error = init_server(&binaries, &root).await.unwrap_err();
    std::fs::remove_dir_all(&root).unwrap();
    assert!(error.message().contains("/nonexistent/bin/initdb"), "{error:?}");
}
