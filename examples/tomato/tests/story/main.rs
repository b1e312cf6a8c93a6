//! The story of ToMaTo's database. It runs as a test, and each step says what it shows.
//!
//! ToMaTo lets users build topologies of virtual machines. Its backend keeps hosts, users, topologies and their devices in a
//! database: a file for a very small set-up, PostgreSQL for the German-Lab. Tasks work on topologies, many at once, some of
//! them in long transactions.

mod ground;
mod moving;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Barrier};
use std::thread::scope;
use std::time::Duration;

use futures_util::future::join_all;
use ground::{Ground, real_file, said};
use mainstay::catalog::Scope;
use mainstay::prepare::SafetyOutcome;
use mainstay::rusqlite::{Connection, TransactionBehavior};
use mainstay::tune::{Told, Trial, Wanted};
use mainstay::{ErrorKind, inspect, store};
use tomato::{Result, Store, devices, hosts, tasks, topologies, users};

/// The first layout that a ToMaTo with topologies had, before permissions.
const EARLIER: &str = "20120313100000";

const BRIEFLY: Duration = Duration::from_millis(5);

/// # One project, two engines
///
/// The same folder of migrations and the same program, on a file and on a server.
#[tokio::test]
async fn the_same_project_on_a_file_and_on_a_server() {
    for ground in [Ground::with_a_file(), Ground::with_a_server()] {
        maintenance_leaves_an_old_layout_alone(&ground).await;
        an_old_layout_is_migrated_at_start(&ground).await;
        a_restart_changes_nothing(&ground).await;
        topologies_are_built_and_removed(&ground.database()).await;
    }
}

/// # Maintenance
///
/// With TOMATO_MAINTENANCE set, an old layout stays as it is: for looking, or for a copy by hand.
async fn maintenance_leaves_an_old_layout_alone(ground: &Ground) {
    let prepared = ground.database_at(EARLIER).prepare().await.unwrap();
    assert_eq!(prepared.safety, SafetyOutcome::NotNeeded, "there was nothing to lose");
    let store = tomato::open_unchanged(&ground.database()).unwrap();
    store.write(|db| hosts::enter(db, "host1", "ukl", 6000, 1000)).await.unwrap();
    store.write(|db| tasks::build(db, "an old worker", Duration::ZERO, || ())).await.unwrap();

    let maintenance = ground.program(&["start"]).env("TOMATO_MAINTENANCE", "1").spawn().unwrap();
    let text = said(maintenance).unwrap();
    assert!(text.ends_with(", in maintenance: not migrated\nhost host1\n1 tasks done, 1 ports in use\n"), "{text}");
    let database = ground.database();
    let (state, _) = database.migration_state(&database.folder().unwrap().unwrap()).await.unwrap();
    assert_eq!((state.version().unwrap().as_str(), state.pending.len()), (EARLIER, 3));
}

/// # "ToMaTo automatically migrates old database schemas to the newest one"
///
/// It does, and takes the copy that "should still be made before the migration" itself: a backup, with the version of before in it.
async fn an_old_layout_is_migrated_at_start(ground: &Ground) {
    let (prepared, store) = tomato::open(&ground.database()).await.unwrap();

    let SafetyOutcome::Taken(copy) = prepared.safety else { panic!("no copy: {:?}", prepared.safety) };
    let kept =
        store::find(ground.database().backup_store(None).unwrap().as_ref(), &copy.id.unwrap(), None).await.unwrap();
    assert_eq!(kept.manifest.source.migration.as_deref(), Some(EARLIER));
    let hosts = kept.manifest.tables.iter().find(|table| table.name == "tomato_host").unwrap();
    assert_eq!((hosts.rows.count, kept.listed.bytes > copy.bytes), (1, true));
    assert_eq!(prepared.migrations.unwrap().done.len(), 3);
    let hostgroup = |db: &mut dyn tomato::Records| db.rows("SELECT hostgroup FROM tomato_device", &[])?[0].text(0);
    assert_eq!(store.read(hostgroup).await.unwrap(), "ukl", "a new column knows what was known before");
    let text = ground.run(&["start"]).unwrap();
    assert!(text.contains(" is ready, 0 migrations applied\nhost host1\n1 tasks done"), "{text}");
}

/// # A restart
///
/// Everything is there: no copy, no migration, not a byte written.
async fn a_restart_changes_nothing(ground: &Ground) {
    let state = || match ground.database().sqlite() {
        Ok(_) => format!("{:?}", ground.contents()),
        Err(_) => ground.psql("tomato", "SELECT pg_snapshot_xmax(pg_current_snapshot())"),
    };
    let before = state();
    let (prepared, _) = tomato::open(&ground.database()).await.unwrap();
    assert!(prepared.created.is_empty() && prepared.migrations.is_none(), "{prepared:?}");
    assert_eq!(prepared.safety, SafetyOutcome::NotNeeded);
    assert!(state() == before, "something was written");
}

/// # Topologies
///
/// What a user builds, who else may use it, and that all of it goes together.
async fn topologies_are_built_and_removed(database: &Arc<mainstay::Database>) {
    let store = tomato::open_unchanged(database).unwrap();
    let build = |db: &mut dyn tomato::Records| -> Result<(i64, i64)> {
        let (alice, bob) = (users::enter(db, "alice", "glab")?, users::enter(db, "bob", "glab")?);
        assert_eq!(users::enter(db, "alice", "glab")?, alice, "known already");
        let topology = topologies::create(db, alice, "triangle")?;
        topologies::permit(db, topology, bob, "manager")?;
        let mut ends = Vec::new();
        for name in ["vm1", "vm2", "vm3"] {
            ends.push((devices::add(db, topology, name, "openvz", &["eth0", "eth1"])?, "eth0"));
        }
        topologies::connect(db, topology, "switch1", "switch", &ends)?;
        Ok((topology, bob))
    };
    let (topology, bob) = store.write(build).await.unwrap();
    assert_eq!(store.read(move |db| topologies::of_user(db, bob)).await.unwrap(), ["triangle"]);
    let vms = store.read(move |db| devices::of_topology(db, topology)).await.unwrap();
    assert_eq!(vms.iter().map(|vm| (&vm.name[..], &vm.state[..])).collect::<Vec<_>>()[0], ("vm1", "created"));
    let vm = vms[0].id;
    let wrong = store.write(move |db| topologies::connect(db, topology, "hub1", "hub", &[(vm, "eth7")])).await;
    assert!(wrong.unwrap_err().to_string().ends_with("has no interface eth7"));
    let twice = store.write(move |db| devices::add(db, topology, "vm1", "kvm", &[])).await;
    assert!(twice.is_err(), "a name is taken once in a topology");
    assert!(store.write(move |db| topologies::remove(db, topology)).await.unwrap());
    let left = "SELECT count(*) FROM tomato_interface WHERE device_id = $1";
    assert_eq!(store.read(move |db| db.rows(left, &[vm.into()])?[0].number(0)).await.unwrap(), 0);

    let host = store.read(hosts::all).await.unwrap()[0].id;
    store.write(move |db| hosts::enable(db, host, false)).await.unwrap();
    let none = store.write(|db| tasks::build(db, "a worker", BRIEFLY, || ())).await;
    assert_eq!(none.unwrap_err().to_string(), "no host is in use");
}

/// # "database is locked"
///
/// A very small set-up with twenty workers, processes and threads, whose tasks are read-then-write transactions, some of
/// five seconds. Nobody is told that the database is locked, and nothing is taken twice.
#[test]
fn twenty_writers_on_a_file() {
    let ground = Ground::with_a_file();
    let store = ground.started();

    let short: Vec<Child> = (0..10).map(|_| ground.program(&["work", "5", "0.01"]).spawn().unwrap()).collect();
    let long: Vec<Child> = (0..2).map(|_| ground.program(&["work", "1", "5"]).spawn().unwrap()).collect();
    scope(|scope| {
        for worker in 0..8 {
            let store = store.clone();
            scope.spawn(move || {
                for _ in 0..5 {
                    let worker = format!("thread {worker}");
                    wait(store.write(move |db| tasks::build(db, &worker, BRIEFLY, || ()))).unwrap();
                }
            });
        }
        // Whoever only reads waits for nobody.
        let runs = || wait(store.read(tasks::totals)).unwrap();
        while runs().0 == 0 {
            std::thread::yield_now();
        }
    });
    for run in short.into_iter().chain(long) {
        said(run).unwrap();
    }
    let tasks = 10 * 5 + 2 + 8 * 5;
    assert_eq!(wait(store.read(tasks::totals)).unwrap(), (tasks, tasks), "as many ports as tasks, no two alike");
}

/// # The same without Mainstay
///
/// Twenty plain connections with Django's way of a transaction, and a timeout as large as one likes: they have all read, one
/// writes, and all others fail at once. No TIMEOUT helps.
#[test]
fn twenty_plain_writers_are_locked_out() {
    let ground = Ground::with_a_file();
    ground.started();
    let all_have_read = Barrier::new(20);
    let wrote = |_: &()| {
        let mut plain = Connection::open(ground.file()).unwrap();
        plain.busy_timeout(Duration::from_secs(600)).unwrap();
        let tx = plain.transaction_with_behavior(TransactionBehavior::Deferred).unwrap();
        let _: i64 = tx.query_row("SELECT count(*) FROM tomato_task", [], |row| row.get(0)).unwrap();
        all_have_read.wait();
        tx.execute("UPDATE tomato_host SET attrs = 'written'", []).and_then(|_| tx.commit()).map_err(|e| e.to_string())
    };
    let outcomes: Vec<std::result::Result<(), String>> = scope(|scope| {
        let writers: Vec<_> = [(); 20].iter().map(|one| scope.spawn(move || wrote(one))).collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).all(|error| error == "database is locked"));
}

/// # A worker is killed
///
/// In the middle of its transaction, with others waiting behind it. They go on at once; of its task there is no trace.
#[test]
fn a_killed_worker_leaves_nothing_and_stops_nobody() {
    let ground = Ground::with_a_file();
    let store = ground.started();
    let mut doomed = ground.program(&["work", "1", "600"]).spawn().unwrap();
    let mut told = String::new();
    BufReader::new(doomed.stdout.take().unwrap()).read_line(&mut told).unwrap();
    assert_eq!(told, "working\n");
    let waiting: Vec<Child> = (0..3).map(|_| ground.program(&["work", "1", "0"]).spawn().unwrap()).collect();

    // Who does not want to wait is told for whom it would have to.
    let Store::File(file) = &store else { panic!("a file") };
    let impatient = Store::File(file.clone().patience(Duration::from_millis(100)));
    let error = wait(impatient.write(|db| tasks::build(db, "impatient", BRIEFLY, || ()))).unwrap_err();
    assert!(error.to_string().contains(&format!(": tomato, process {} since ", doomed.id())), "{error}");

    doomed.kill().unwrap();
    doomed.wait().unwrap();
    for run in waiting {
        said(run).unwrap();
    }
    assert_eq!(wait(store.read(tasks::totals)).unwrap(), (3, 3));
    let topologies = "SELECT count(*) FROM tomato_topology";
    assert_eq!(wait(store.read(move |db| db.rows(topologies, &[])?[0].number(0))).unwrap(), 3);
}

/// # Another program has the file
///
/// Somebody looks into the file by hand and leaves a transaction open. That program does not queue: it is waited for, then
/// named, with what is to be done.
#[test]
fn a_program_that_does_not_queue_is_named() {
    let ground = Ground::with_a_file();
    let store = ground.started();
    let script = "import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute('BEGIN IMMEDIATE')
print('locked', flush=True)
sys.stdin.read()
db.execute('COMMIT')";
    let python = Command::new("python3")
        .args(["-c", script])
        .arg(ground.file())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut other = python.expect("python3 plays the other program: apt-get install python3");
    let mut told = String::new();
    BufReader::new(other.stdout.take().unwrap()).read_line(&mut told).unwrap();
    assert_eq!(told, "locked\n");

    let Store::File(file) = &store else { panic!("a file") };
    let impatient = Store::File(file.clone().patience(Duration::from_millis(100)));
    let error = wait(impatient.write(|db| tasks::build(db, "impatient", BRIEFLY, || ()))).unwrap_err();
    let error = error.downcast::<mainstay::Error>().unwrap();
    assert_eq!(error.kind(), ErrorKind::Locked);
    let process = format!(", process {}, has locked ", other.id());
    assert!(error.message().contains(": python3") && error.message().contains(&process), "{error:?}");
    assert!(error.hints()[0].ends_with(&format!("or end the program: kill {}", other.id())), "{error:?}");

    let patient = ground.program(&["work", "1", "0"]).spawn().unwrap();
    drop(other.stdin.take());
    said(patient).unwrap();
    other.wait().unwrap();
}

/// # "The default database connection limit"
///
/// Two hundred tasks at once on a server with twenty connections. Through the pool all of them finish. Without one, those
/// that find no connection are told so at once, with who has them; nothing piles up.
#[tokio::test]
async fn two_hundred_tasks_on_a_server_with_twenty_connections() {
    let ground = Ground::with_a_server();
    let database = ground.database();
    let (_, store) = tomato::open(&database).await.unwrap();
    store.write(|db| hosts::enter(db, "host1", "ukl", 6000, 1000)).await.unwrap();

    let tasks = (0..200).map(|number| {
        let worker = format!("worker {}", number % 20);
        store.write(move |db| tasks::build(db, &worker, BRIEFLY, || ()))
    });
    for done in join_all(tasks).await {
        done.unwrap();
    }
    assert_eq!(store.read(tasks::totals).await.unwrap(), (200, 200));
    let sessions = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'tomato'";
    assert!(ground.psql("tomato", sessions).parse::<u32>().unwrap() <= 10, "the pool's limit");
    drop(store);
    nobody_is_connected(&ground).await;

    // Every task for itself: those that got a connection still have it when the last one tries.
    let outcomes = join_all((0..200).map(|_| database.client())).await;
    let errors: Vec<&mainstay::Error> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    assert!(errors.len() >= 183, "{}", errors.len());
    assert!(errors.iter().all(|error| error.kind() == ErrorKind::TooManyConnections), "{errors:?}");
    assert!(errors.iter().all(|error| error.hints()[0].contains("give the service's pool a limit")));
    let full: Vec<_> = join_all((0..17).map(|_| database.client())).await.into_iter().flatten().collect();
    let error = database.client().await.unwrap_err();
    assert!(
        error.message().ends_with("in use are 17 of 20 connections (3 reserved): 17 by tomato as tomato"),
        "{error:?}"
    );
    drop((outcomes, full));

    // The sessions end when their clients do, and nothing else was left.
    nobody_is_connected(&ground).await;
}

/// # "Raising the connection limit"
///
/// "If the postgres server then hits the shared memory limit, the sysctl value kernel.shmmax needs to be increased." Nobody edits
/// `postgresql.conf` and hopes: a private server is started with the new limit first, which says what it takes of the shared
/// memory, and where that is more than the kernel gives, the line for sysctl is told with it.
#[tokio::test]
async fn the_connection_limit_is_raised() {
    let mut ground = Ground::with_a_server();
    let database = ground.database();
    drop(tomato::open(&database).await.unwrap());
    let wanted = Wanted { connections: Some(300), ..Wanted::default() };
    let told = Told { memory: Some(1 << 30), ..Told::default() };
    let plan = database.tune_plan(&told, &wanted).await.unwrap();
    let limit = plan.changes.iter().find(|change| change.name == "max_connections").expect("it is raised");
    assert_eq!((limit.now.as_str(), limit.proposed.to_string(), limit.restart), ("20", "300".to_owned(), true));
    let Trial::Made(memory) = &plan.trial else { panic!("{:?}", plan.trial) };
    assert!(memory.each_connection > 0 && memory.then > memory.now.unwrap(), "{memory:?}");
    assert!(plan.kernel.is_empty(), "this server's memory is not System V's: {:?}", plan.kernel);

    database.tune_apply(&plan, false).await.unwrap();
    assert_eq!(ground.psql("tomato", "SHOW max_connections"), "20");
    ground.restart();
    assert_eq!(ground.psql("tomato", "SHOW max_connections"), "300");
    let back = database.tune_way_back().await.unwrap();
    database.tune_reset(&back).await.unwrap();
    ground.restart();
    assert_eq!(ground.psql("tomato", "SHOW max_connections"), "20");
}

async fn nobody_is_connected(ground: &Ground) {
    let sessions = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'";
    while ground.psql("postgres", sessions) != "1" {
        tokio::task::yield_now().await;
    }
}

/// # A ToMaTo of old
///
/// A database that South has looked after is looked at as it is, and never started from zero.
#[tokio::test]
async fn a_database_of_souths_is_not_started_from_zero() {
    let Some(real) = real_file("hostmanager_populated.pg15.sql") else { return };
    let ground = Ground::with_a_server();
    let database = ground.foreign_database("hostmanager", &real);

    let catalog = database.catalog(Scope::Relations).await.unwrap();
    let tables = inspect::tables(&catalog, Some("tomato_*"));
    assert_eq!(tables.len(), 21);
    let connections = inspect::describe(&catalog, "tomato_connection").unwrap();
    assert!(connections.columns.iter().any(|column| column.name == "usageStatistics_id"));

    let before = ground.psql("hostmanager", "SELECT count(*) FROM pg_class");
    let error = database.prepare().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Verification);
    assert!(error.message().contains("south_migrationhistory") && error.message().contains("South"), "{error:?}");
    assert_eq!(ground.psql("hostmanager", "SELECT count(*) FROM pg_class"), before, "nothing was made");
}

/// # The program
///
/// What it says when it is called wrongly.
#[test]
fn the_program_says_what_it_wants() {
    let ground = Ground::with_a_file();
    assert!(ground.run(&[]).unwrap_err().starts_with("usage: tomato start"));
    assert_eq!(ground.run(&["work", "many", "1"]).unwrap_err(), "`many` is no number of tasks\n");
    assert_eq!(ground.run(&["work", "1", "0"]).unwrap_err(), "no host is in use\n");
}

impl Ground {
    /// ToMaTo's store after a first start, with one host.
    fn started(&self) -> Store {
        let started = async {
            let (_, store) = tomato::open(&self.database()).await?;
            store.write(|db| hosts::enter(db, "host1", "ukl", 6000, 1000)).await?;
            Result::Ok(store)
        };
        wait(started).unwrap()
    }
}

/// Waits on a thread of its own runtime, as a program without one does.
fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}
