//! The story of a small cloud's database. It runs as a test, and each step says what it shows.
//!
//! capsul rents out small virtual machines. One program, the hub, talks to the database; spokes on the hosts make the machines.
//! The schema is a row of numbered scripts beside a table `schemaversion`, and what goes wrong with a payment is put right by hand.

mod ground;
mod versions;

use ground::{Ground, until};

/// One cloud from its first start on.
#[test]
fn the_story_of_a_small_cloud() {
    let mut cloud = Ground::new();

    // Hub and spokes.
    first_start_from_nothing(&mut cloud);
    a_spoke_needs_no_database_and_no_lease(&mut cloud);
    one_process_can_be_both(&mut cloud);
    a_second_hub_is_refused_by_name(&mut cloud);
    a_killed_hub_is_followed_after_its_deadline(&mut cloud);
    a_hub_thought_dead_changes_nothing_any_more(&mut cloud);
    a_program_that_knows_nothing_of_leases(&mut cloud);

    // Queries by hand.
    queries_by_hand(&mut cloud);
    a_payment_is_taken_back(&mut cloud);
    the_servers_log_is_read(&mut cloud);

    // Backups.
    a_nightly_file_and_back(&mut cloud);
}

/// # First start
///
/// There is a PostgreSQL server, and nothing of capsul on it. The settings are capsul's own: libpq's keywords in one
/// variable, with a password that is no easy one, and a schema. After the start there are role, database, schema and tables at
/// version 5, and `schemaversion` is as capsul keeps it.
fn first_start_from_nothing(cloud: &mut Ground) {
    let hub = start_hub(cloud, 1);
    assert_eq!(hub.end(), Some(0));

    let owner = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'capsul'";
    assert_eq!(cloud.psql(owner), cloud.name);
    assert_eq!(cloud.psql("SELECT count(*), max(version) FROM schemaversion"), "1|5");
    assert_eq!(cloud.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
    let tables = cloud.mainstay(&["-q", "tables"]).stdout;
    assert_eq!(tables.lines().count(), 1 + 7, "{tables}");

    // Every setting can be traced, and the password is not shown.
    let shown = cloud.mainstay(&["conn", "show"]).stdout;
    assert!(shown.contains("schema\tcapsul\tDATABASE_SCHEMA\n"), "{shown}");
    assert!(shown.contains("password\t***\tPOSTGRES_CONNECTION_PARAMETERS\n") && !shown.contains("cret"), "{shown}");
}

/// # Spokes
///
/// Somebody asks for a machine. The spoke on the host `baikal` knows nothing of any database; the hub finds it, hands it the
/// operation, and writes down that it is done.
fn a_spoke_needs_no_database_and_no_lease(cloud: &mut Ground) {
    let _baikal = cloud.start_spoke("baikal");
    let hub = start_hub(cloud, 2);
    ask_for(cloud, "capsul-1");
    until("the machine runs on baikal", || host_of(cloud, "capsul-1") == "baikal");
    assert_eq!(hub.end(), Some(0));
}

/// # Both in one
///
/// One instance may be hub and spoke at the same time.
fn one_process_can_be_both(cloud: &mut Ground) {
    let mut both = cloud.start_capsul(&["both", "yeti"]);
    assert_eq!(both.line(), "capsul is the hub, number 3");
    ask_for(cloud, "capsul-2");
    // Where baikal was there is a socket still, and nobody listens.
    until("the machine runs on yeti", || host_of(cloud, "capsul-2") == "yeti");
    assert_eq!(both.end(), Some(0));
}

/// # One hub
///
/// A hub runs. A second one is refused at once, and told who is there, where, and since when. The first does not notice.
fn a_second_hub_is_refused_by_name(cloud: &mut Ground) {
    let hub = start_hub(cloud, 4);

    let second = cloud.capsul(&["hub"]);

    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    assert_eq!((second.code, second.stdout.as_str()), (1, ""), "{second:?}");
    let held = format!("the lease `hub` is held by capsul hub on {host} (process ");
    assert!(second.stderr.starts_with(&held) && second.stderr.contains(") since 2"), "{second:?}");
    let shown = cloud.mainstay(&["-q", "lease", "show"]).stdout;
    assert!(shown.contains("hub\theld\tcapsul hub\t") && shown.ends_with("\t4\n"), "{shown}");
    assert_eq!(hub.end(), Some(0));
    assert!(cloud.mainstay(&["-q", "lease", "show"]).stdout.contains("hub\tfree\t"));
}

/// # A hub is killed
///
/// `kill -9`, or the machine's plug: nobody can say whether that hub still writes. So the next one is refused until the
/// deadline has passed, and is the hub after it.
fn a_killed_hub_is_followed_after_its_deadline(cloud: &mut Ground) {
    let killed = start_hub(cloud, 5);
    killed.kill();
    let at_once = cloud.capsul(&["hub"]);
    assert!(at_once.code == 1 && at_once.stderr.contains("last heard of at 2"), "{at_once:?}");

    until("the deadline has passed", || !cloud.mainstay(&["-q", "lease", "show"]).stdout.contains("hub\theld\t"));
    let hub = start_hub(cloud, 6);
    assert_eq!(hub.end(), Some(0));
}

/// # The number
///
/// A hub was stopped (a machine that froze) with an operation in its hands. When it goes on, its number is lower than that
/// of the hub which took the operation on meanwhile: what it writes changes nothing.
fn a_hub_thought_dead_changes_nothing_any_more(cloud: &mut Ground) {
    ask_for(cloud, "capsul-3");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (_, mut frozen) = capsul::open(&cloud.database()).await.expect("a client");
        let operation = capsul::operations::take_on(&frozen, 7).await.expect("taken").expect("there is one");
        let (_, mut awake) = capsul::open(&cloud.database()).await.expect("a client");
        assert_eq!(capsul::operations::take_on(&awake, 8).await.expect("taken").as_ref(), Some(&operation));
        assert_eq!(capsul::operations::take_on(&frozen, 7).await.expect("asked"), None);
        assert!(!capsul::operations::done(&mut frozen, &operation, "baikal", 7).await.expect("written"));
        assert!(capsul::operations::done(&mut awake, &operation, "yeti", 8).await.expect("written"));
    });
    assert_eq!(host_of(cloud, "capsul-3"), "yeti");
}

/// # Any program
///
/// The same lease for a program that knows nothing of it: `mainstay run` starts it as the only one, gives it the number, and
/// hands signals on.
fn a_program_that_knows_nothing_of_leases(cloud: &mut Ground) {
    let mut hub =
        cloud.start_mainstay(&["run", "--lease", "hub", "--", "sh", "-c", "echo hub $MAINSTAY_FENCE; exec sleep 600"]);
    assert_eq!(hub.line(), "hub 7");

    let second = cloud.mainstay(&["run", "--lease", "hub", "--", "echo", "two hubs"]);
    assert_eq!((second.code, second.stdout.as_str()), (1, ""), "{second:?}");
    assert!(second.stderr.contains("the lease `hub` is held by sh on "), "{second:?}");
    let own = cloud.capsul(&["hub"]);
    assert!(own.code == 1 && own.stderr.contains("is held by sh on "), "{own:?}");

    assert_eq!(hub.end(), Some(128 + 15), "as a shell has it");
}

/// # Queries by hand
///
/// The page's commands, with `mainstay sql` for `pipenv run flask cli sql`: a file, a statement, and a heading by a query
/// of its own, several statements in one `-c`.
fn queries_by_hand(cloud: &mut Ground) {
    cloud.file("test.sql", "SELECT id, host\nFROM vms ORDER BY id;\n");
    assert_eq!(sql(cloud, &["-f", "test.sql"]), "capsul-1, baikal\ncapsul-2, yeti\ncapsul-3, yeti\n");

    let vms = sql(cloud, &["-c", "SELECT * FROM vms"]);
    assert_eq!(vms.lines().count(), 3);
    assert!(vms.contains("capsul-1, forest.n.johnson@gmail.com, f1-xs, 2"), "{vms}");

    let with_names = "SELECT string_agg(column_name::text, ', ') from information_schema.columns WHERE table_name='vms'; SELECT * from vms";
    let shown = sql(cloud, &["-c", with_names]);
    let mut names: Vec<&str> = shown.lines().next().expect("a heading").split(", ").collect();
    names.sort_unstable();
    assert_eq!(names, ["created", "deleted", "email", "host", "id", "size"]);
    assert_eq!(shown.lines().count(), 1 + 3);
}

/// # A payment is taken back
///
/// Somebody's payment was charged back. The page's three commands print the page's three lines. What the page does not
/// have: an UPDATE by mistake is refused, and told what to type, for the console only reads unless it is told to write.
fn a_payment_is_taken_back(cloud: &mut Ground) {
    cloud
        .psql("INSERT INTO payments (email, created, dollars) VALUES ('forest.n.johnson@gmail.com', '2020-05-05', 20)");
    assert!(has_paid(cloud), "20 dollars are enough for three machines");

    let payments = "SELECT id, created, email, dollars, invalidated from payments";
    let fix = "UPDATE payments SET invalidated = True WHERE id = 1";
    assert_eq!(sql(cloud, &["-c", payments]), "1, 2020-05-05T00:00:00, forest.n.johnson@gmail.com, 20.00, FALSE\n");

    let refused = cloud.mainstay(&["sql", "--format", "plain", "-c", fix]);
    assert_eq!((refused.code, refused.stdout.as_str()), (5, ""), "{refused:?}");
    assert!(refused.stderr.contains("UPDATE may write, and the console is read-only"), "{refused:?}");
    assert!(refused.stderr.contains("mainstay sql --write"), "{refused:?}");
    assert!(has_paid(cloud));

    assert_eq!(sql(cloud, &["--write", "-c", fix]), "1 rows affected.\n");
    assert_eq!(sql(cloud, &["-c", payments]), "1, 2020-05-05T00:00:00, forest.n.johnson@gmail.com, 20.00, TRUE\n");
    assert!(!has_paid(cloud), "the payment is on record and counts no longer");
}

/// # "How to view the logs on the database server"
///
/// The page has a heading and nothing below it. The server is found by what runs on the machine, and its log is printed.
fn the_servers_log_is_read(cloud: &mut Ground) {
    let missing = format!("nothing_of_{}", cloud.name);
    assert_eq!(cloud.mainstay(&["sql", "-c", &format!("SELECT * FROM {missing}")]).code, 3);

    let data = cloud.data();
    let status = cloud.mainstay(&["server", "status"]).stdout;
    assert!(status.lines().any(|line| line.contains(&data) && line.contains("\trunning\t")), "{status}");
    let log = cloud.mainstay(&["server", "logs", &data, "-n", "100000"]).stdout;
    assert!(log.contains(&missing), "{log}");
}

/// # Backups
///
/// `pg_dump capsul-flask | gzip -9 > capsul-backup-2021-02-15.gz` is one command that fails when the dump does. The file is SQL as
/// ever, and comes back into a database beside the live one, in capsul's own schema.
fn a_nightly_file_and_back(cloud: &mut Ground) {
    let file = "capsul-backup-2021-02-15.sql.gz";
    let (name, back) = (cloud.name.clone(), format!("{}_back", cloud.name));
    let made = cloud.mainstay(&["backup", "create", "--format", "plain", "-o", file]);
    assert_eq!((made.code, made.stdout.contains("read back whole")), (0, true), "{made:?}");

    let restored = cloud.mainstay_as_administrator(&["restore", &format!("./{file}"), "--into", &back]);
    assert_eq!(restored.code, 0, "{restored:?}");
    let rows =
        "SELECT (SELECT count(*) FROM payments), (SELECT count(*) FROM vms), (SELECT max(version) FROM schemaversion)";
    assert_eq!(cloud.psql_in(&back, rows), cloud.psql(rows));
    assert_eq!(cloud.psql_in(&back, "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'capsul'"), name);

    // The file cannot say whether it is all there; a backup can.
    let taken = cloud.mainstay(&["backup", "create"]);
    assert_eq!(taken.code, 0, "{taken:?}");
    assert_eq!(cloud.mainstay(&["backup", "verify"]).code, 0);
}

/// A hub that says that it is number `number`.
fn start_hub(cloud: &mut Ground, number: u32) -> ground::Running {
    let mut hub = cloud.start_capsul(&["hub"]);
    assert_eq!(hub.line(), format!("capsul is the hub, number {number}"));
    hub
}

/// The web asks for a machine.
fn ask_for(cloud: &Ground, vm: &str) {
    let email = "forest.n.johnson@gmail.com";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (_, mut db) = capsul::open(&cloud.database()).await.expect("a client");
        capsul::accounts::sign_up(&db, email).await.expect("an account");
        capsul::operations::ask_for_vm(&mut db, vm, email, "f1-xs").await.expect("asked");
    });
}

fn host_of(cloud: &Ground, vm: &str) -> String {
    cloud.psql(&format!("SELECT host FROM vms WHERE id = '{vm}'"))
}

fn has_paid(cloud: &Ground) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (_, db) = capsul::open(&cloud.database()).await.expect("a client");
        capsul::accounts::has_paid_for(&db, "forest.n.johnson@gmail.com", 1).await.expect("an answer")
    })
}

/// What `mainstay sql` prints as the page does.
fn sql(cloud: &mut Ground, args: &[&str]) -> String {
    let run = cloud.mainstay(&[&["sql", "--format", "plain"], args].concat());
    assert_eq!(run.code, 0, "{run:?}");
    run.stdout
}
