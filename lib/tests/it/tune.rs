//! What is proposed starts, what is set holds, and what was before comes back.

use std::path::Path;
use std::sync::Arc;

use mainstay::conn::Target;
use mainstay::disk::Hardware;
use mainstay::engine::{Context, Session, connect};
use mainstay::observer::Silent;
use mainstay::tune::{
    Disk, Hands, Holds, Told, Trial, TunePlan, Wanted, Workplace, apply, plan, reset, show, way_back,
};
use mainstay::{Error, ErrorKind};
use mainstay_testing::{TestServer, VERSIONS, server, server_of, start_server_of};

/// A server of its own: what is set here is set for all of it.
struct Ground {
    server: TestServer,
}

const EIGHT: Told = Told { memory: Some(8 << 30), processors: Some(4), disk: Some(Disk::Ssd), share: Some(50) };

fn context() -> Context {
    Context { observer: Arc::new(Silent), dial: None, application_name: "tune".to_owned() }
}

async fn session(target: Target) -> Box<dyn Session> {
    connect(&target, &context()).await.unwrap()
}

async fn planned(target: Target, told: &Told, wanted: &Wanted) -> Result<TunePlan, Error> {
    planned_with(&std::env::var("PATH").unwrap(), target, told, wanted).await
}

/// With the programs of a search path.
async fn planned_with(path: &str, target: Target, told: &Told, wanted: &Wanted) -> Result<TunePlan, Error> {
    let temporary = std::env::temp_dir();
    let at = Workplace { search_path: path, temporary: &temporary, hardware: &Hardware::at("/"), context: &context() };
    let mut session = session(target).await;
    let plan = plan(session.as_mut(), told, wanted, &at).await;
    session.close().await;
    plan
}

impl Ground {
    fn new(settings: &[(&str, &str)]) -> Self {
        Self { server: TestServer::start(settings, "local all all trust") }
    }

    fn target(&self) -> Target {
        Target::Postgres(self.server.target("postgres", "postgres"))
    }

    fn ask(&self, sql: &str) -> String {
        self.server.psql("postgres", sql).trim().to_owned()
    }

    async fn apply(&self, plan: &TunePlan) -> Result<Vec<mainstay::tune::Set>, Error> {
        let (mut admin, mut owner) = (session(self.target()).await, session(self.target()).await);
        let hands = Hands { admin: admin.as_mut(), owner: owner.as_mut(), observer: &Silent, host: "here" };
        apply(hands, plan, false).await
    }

    async fn reset(&self) -> Result<mainstay::tune::WayBack, Error> {
        let (mut admin, mut owner) = (session(self.target()).await, session(self.target()).await);
        let back = way_back(admin.as_mut(), owner.as_mut()).await?;
        let hands = Hands { admin: admin.as_mut(), owner: owner.as_mut(), observer: &Silent, host: "here" };
        reset(hands, &back).await?;
        Ok(back)
    }
}

fn proposed(plan: &TunePlan, name: &str) -> Option<String> {
    plan.changes.iter().find(|change| change.name == name).map(|change| change.proposed.to_string())
}

#[tokio::test]
async fn it_is_tried_set_and_had_back() {
    let mut ground = Ground::new(&[]);
    ground.ask("ALTER SYSTEM SET work_mem = '5MB'");
    let plan = planned(ground.target(), &EIGHT, &Wanted::default()).await.unwrap();
    assert_eq!(proposed(&plan, "shared_buffers").as_deref(), Some("1GB"));
    assert_eq!(proposed(&plan, "effective_cache_size").as_deref(), Some("3GB"));
    assert_eq!(proposed(&plan, "max_connections"), None);
    let Trial::Made(memory) = &plan.trial else { panic!("{:?}", plan.trial) };
    assert!(memory.then > 1 << 30 && memory.each_connection > 1000 && memory.each_connection < 1 << 20, "{memory:?}");

    let set = ground.apply(&plan).await.unwrap();
    let holds = |name: &str| set.iter().find(|one| one.name == name).map(|one| one.holds.clone());
    assert_eq!(holds("effective_cache_size"), Some(Holds::Now));
    assert_eq!(holds("shared_buffers"), Some(Holds::AfterRestart));
    ground.server.restart();
    let again = planned(ground.target(), &EIGHT, &Wanted::default()).await.unwrap();
    assert!(again.changes.is_empty() && again.plan.is_empty(), "{:?}", again.changes);

    // What somebody sets in between is theirs.
    ground.ask("ALTER SYSTEM SET random_page_cost = 2");
    let back = ground.reset().await.unwrap();
    assert_eq!(back.left, ["random_page_cost"]);
    ground.server.restart();
    let own = "SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_file_settings WHERE sourcefile ~ 'auto.conf$'";
    assert_eq!(ground.ask(own), "random_page_cost=2 work_mem=5MB");
    assert_eq!(ground.reset().await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn every_version_is_tried_set_and_had_back() {
    for major in VERSIONS {
        let own = server_of(major);
        let target = Target::Postgres(own.target("postgres", "postgres"));
        let path = own.binaries().bin.display().to_string();
        let plan = planned_with(&path, target, &EIGHT, &Wanted::default()).await.unwrap();
        assert_eq!(proposed(&plan, "shared_buffers").as_deref(), Some("1GB"), "{major}");
        let Trial::Made(memory) = &plan.trial else { panic!("{major}: {:?}", plan.trial) };
        assert!(memory.then > 1 << 30, "{major}: {memory:?}");
        if [13, 18].contains(&major) {
            let ground = Ground { server: start_server_of(major) };
            let plan = planned_with(&path, ground.target(), &EIGHT, &Wanted::default()).await.unwrap();
            ground.apply(&plan).await.unwrap();
            assert_eq!(ground.ask("SHOW effective_cache_size"), "3GB", "{major}");
            assert!(ground.reset().await.unwrap().left.is_empty());
            assert_eq!(ground.ask("SELECT count(*) FROM pg_file_settings WHERE sourcefile ~ 'auto.conf$'"), "0");
        }
    }
}

#[tokio::test]
async fn a_standby_is_planned_for_and_nothing_is_set_on_it() {
    let mut ground = Ground::new(&[]);
    ground.server.restart_as_standby();
    let plan = planned(ground.target(), &EIGHT, &Wanted::default()).await.unwrap();
    assert!(proposed(&plan, "effective_cache_size").is_some());
    let error = ground.apply(&plan).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error:?}");
    assert_eq!(ground.ask("SELECT count(*) FROM pg_file_settings WHERE sourcefile ~ 'auto.conf$'"), "0");
}

#[tokio::test]
async fn what_would_not_start_is_refused_and_nothing_is_set() {
    let ground = Ground::new(&[("max_wal_senders", "10")]);
    let before = ground.ask("SELECT count(*) FROM pg_file_settings");
    // The server wants more connections than are reserved.
    let wanted = Wanted { connections: Some(3), ..Wanted::default() };
    let error = planned(ground.target(), &EIGHT, &wanted).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(format!("{error:?}").contains("superuser_reserved_connections"), "{error:?}");
    assert_eq!(ground.ask("SELECT count(*) FROM pg_file_settings"), before);
}

#[tokio::test]
async fn a_plan_holds_for_the_settings_it_was_made_for() {
    let ground = Ground::new(&[]);
    let plan = planned(ground.target(), &EIGHT, &Wanted::default()).await.unwrap();
    ground.ask("ALTER SYSTEM SET work_mem = '7MB'");
    ground.ask("SELECT pg_reload_conf(), pg_sleep(0.3)");
    let error = ground.apply(&plan).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(
        ground.ask("SELECT string_agg(name, ' ') FROM pg_file_settings WHERE sourcefile ~ 'auto.conf$'"),
        "work_mem"
    );
}

#[tokio::test]
async fn what_somebody_has_set_higher_stays() {
    let ground = Ground::new(&[("work_mem", "512MB"), ("max_connections", "50")]);
    let plan = planned(ground.target(), &EIGHT, &Wanted::default()).await.unwrap();
    let kept = |plan: &TunePlan| plan.kept.iter().any(|one| one.name == "work_mem");
    assert!(kept(&plan) && proposed(&plan, "work_mem").is_none(), "{:?}", plan.kept);
    let lower = Wanted { lower: true, ..Wanted::default() };
    let plan = planned(ground.target(), &EIGHT, &lower).await.unwrap();
    assert!(!kept(&plan) && proposed(&plan, "work_mem").is_some(), "{:?}", plan.kept);
}

#[tokio::test]
async fn a_superuser_alone_may_set_it() {
    let database = server().database();
    let plan = planned(database.target(), &EIGHT, &Wanted::default()).await.unwrap();
    database.psql("CREATE ROLE tunes_nothing LOGIN");
    let target = database.target_as("tunes_nothing");
    let (mut admin, mut owner) = (session(target.clone()).await, session(target).await);
    let hands = Hands { admin: admin.as_mut(), owner: owner.as_mut(), observer: &Silent, host: "here" };
    let error = apply(hands, &plan, false).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.message().contains("tunes_nothing is no superuser"), "{error:?}");
}

#[tokio::test]
async fn the_machine_is_looked_at_where_the_server_is_on_it() {
    let database = server().database();
    let looked = planned(database.target(), &Told::default(), &Wanted::default()).await.unwrap();
    assert!(looked.machine.memory > 1 << 27 && looked.machine.processors >= 1, "{:?}", looked.machine);
    assert!(looked.machine.memory_from.starts_with("/proc") || looked.machine.memory_from.starts_with("/sys"));

    // Another machine's process has our server's number.
    let elsewhere = tempfile::tempdir().unwrap();
    let path = std::env::var("PATH").unwrap();
    let at = Workplace {
        search_path: &path,
        temporary: Path::new("/tmp"),
        hardware: &Hardware::at(elsewhere.path()),
        context: &context(),
    };
    let mut session = session(database.target()).await;
    let error = plan(session.as_mut(), &Told::default(), &Wanted::default(), &at).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.hints()[0].contains("--memory 8GB --processors 4"), "{error:?}");
    assert!(show(session.as_mut()).await.unwrap().iter().any(|one| one.name == "shared_buffers"));
}

#[tokio::test]
async fn the_kernel_is_told_where_memory_is_system_v() {
    let ground = Ground::new(&[("shared_memory_type", "sysv")]);
    let machine = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("proc/sys/kernel/shmmax", "33554432\n"),
        ("proc/meminfo", "MemTotal: 8388608 kB\n"),
        ("proc/cpuinfo", "processor : 0\n"),
    ] {
        let file = machine.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let mut session = session(ground.target()).await;
    let pid = session.query("SELECT pg_backend_pid()").await.unwrap()[0][0].clone().unwrap();
    std::fs::create_dir_all(machine.path().join("proc").join(&pid)).unwrap();
    std::fs::write(machine.path().join("proc").join(&pid).join("cmdline"), "postgres: postgres postgres [local] idle")
        .unwrap();
    let (path, temporary) = (std::env::var("PATH").unwrap(), std::env::temp_dir());
    let at = Workplace {
        search_path: &path,
        temporary: &temporary,
        hardware: &Hardware::at(machine.path()),
        context: &context(),
    };
    let plan = plan(session.as_mut(), &Told::default(), &Wanted::default(), &at).await.unwrap();
    let Trial::Made(memory) = &plan.trial else { panic!("{:?}", plan.trial) };
    let most: u64 = plan.kernel[0].strip_prefix("kernel.shmmax = ").unwrap().parse().unwrap();
    assert!(most >= memory.then && most < memory.then + (1 << 20), "{:?} {memory:?}", plan.kernel);
}

#[tokio::test]
async fn an_apply_that_fails_half_way_changes_nothing_and_forgets_nothing() {
    let ground = Ground::new(&[]);
    let first = planned(ground.target(), &EIGHT, &Wanted::default()).await.unwrap();
    ground.apply(&first).await.unwrap();
    let own = "SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_file_settings WHERE sourcefile ~ 'auto.conf$'";
    let before = ground.ask(own);
    let more = Told { memory: Some(16 << 30), ..EIGHT };
    let second = planned(ground.target(), &more, &Wanted::default()).await.unwrap();
    let data = ground.server.data();
    let rights = |mode| std::fs::set_permissions(&data, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    rights(0o500);
    let failed = ground.apply(&second).await;
    rights(0o700);
    assert!(failed.unwrap_err().message().starts_with("cannot set "));
    assert_eq!(ground.ask(own), before);
    assert!(ground.reset().await.unwrap().left.is_empty());
    assert_eq!(ground.ask(own), "");
}

#[tokio::test]
async fn a_line_in_another_case_is_had_back() {
    let ground = Ground::new(&[]);
    let file = ground.server.data().join("postgresql.auto.conf");
    let text = std::fs::read_to_string(&file).unwrap() + "WORK_MEM = '7MB'\n";
    std::fs::write(&file, text).unwrap();
    ground.ask("SELECT pg_reload_conf(), pg_sleep(0.3)");
    let lower = Wanted { lower: true, ..Wanted::default() };
    let plan = planned(ground.target(), &EIGHT, &lower).await.unwrap();
    assert!(proposed(&plan, "work_mem").is_some());
    ground.apply(&plan).await.unwrap();
    ground.reset().await.unwrap();
    let line = "SELECT setting FROM pg_file_settings WHERE sourcefile ~ 'auto.conf$' AND lower(name) = 'work_mem'";
    assert_eq!(ground.ask(line), "7MB");
}

#[tokio::test]
async fn a_roles_own_setting_is_not_the_servers() {
    let ground = Ground::new(&[]);
    ground.ask("CREATE ROLE svc LOGIN; ALTER ROLE svc SET work_mem = '900MB'");
    let svc = Target::Postgres(ground.server.target("svc", "postgres"));
    let plan = planned(svc, &EIGHT, &Wanted::default()).await.unwrap();
    assert!(proposed(&plan, "work_mem").is_some(), "{plan:?}");
    // Made by one role, carried out by another.
    ground.apply(&plan).await.unwrap();
}

#[tokio::test]
async fn standbys_are_not_stopped_from_here() {
    let ground = Ground::new(&[]);
    let many = Told { processors: Some(32), ..EIGHT };
    let alone = planned(ground.target(), &many, &Wanted::default()).await.unwrap();
    assert_eq!(proposed(&alone, "max_worker_processes").as_deref(), Some("32"));
    ground.ask("SELECT pg_create_physical_replication_slot('standby')");
    let plan = planned(ground.target(), &many, &Wanted::default()).await.unwrap();
    assert_eq!(proposed(&plan, "max_worker_processes"), None);
    let wanted = Wanted { connections: Some(300), ..Wanted::default() };
    let error = planned(ground.target(), &many, &wanted).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Refused && error.hints()[0].contains("on each of them first"), "{error:?}");
}

#[tokio::test]
async fn what_waits_for_a_restart_is_tried_too() {
    let ground = Ground::new(&[("max_connections", "40")]);
    ground.ask("ALTER SYSTEM SET superuser_reserved_connections = 45");
    ground.ask("SELECT pg_reload_conf(), pg_sleep(0.3)");
    let error = planned(ground.target(), &EIGHT, &Wanted::default()).await.unwrap_err();
    assert!(error.message().contains("would not start"), "{error:?}");
    ground.ask("ALTER SYSTEM RESET superuser_reserved_connections");
    ground.ask("ALTER SYSTEM SET shared_preload_libraries = 'nothing'");
    ground.ask("SELECT pg_reload_conf(), pg_sleep(0.3)");
    let plan = planned(ground.target(), &EIGHT, &Wanted::default()).await.unwrap();
    assert_eq!(plan.untried, ["shared_preload_libraries"]);
}

#[tokio::test]
async fn more_than_the_machine_has_is_refused() {
    let ground = Ground::new(&[]);
    let small = Told { memory: Some(256 << 20), processors: Some(1), disk: Some(Disk::Ssd), share: Some(50) };
    let wanted = Wanted { connections: Some(10_000), ..Wanted::default() };
    let error = planned(ground.target(), &small, &wanted).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Refused && error.message().contains("the machine has 256MB"), "{error:?}");
}
