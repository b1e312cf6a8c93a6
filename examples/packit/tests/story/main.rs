//! The story of packit-service's database: each command of its page, with Alembic still at work. It runs as a test.

mod ground;

use ground::{Laptop, Pod};

/// The newest revision in the folder.
const HEAD: &str = "4f5e0c82d7aa";

#[test]
fn the_story_of_packits_database() {
    let pod = Pod::new();
    two_pods_start_at_once(&pod);
    a_restart_starts_no_python(&pod);
    a_look_inside(&pod);
    the_diagram_says_when_it_is_out_of_date(&pod);
    the_last_migration_can_be_undone(&pod);
    a_change_is_a_new_revision(&pod);
    a_migration_that_leans_on_the_models_is_found(&pod);
    backups_lie_in_the_bucket(&pod);
    live_data_on_a_laptop(&pod);
    old_data_goes(&pod);
}

/// # Start
///
/// `run_httpd.sh` tried `alembic upgrade head` seven times, for the database might not be there yet, and another pod might be at
/// it. One command waits for the server, makes role and database, and lets one pod migrate while the other waits.
fn two_pods_start_at_once(pod: &Pod) {
    let (one, other) = pod.run_both(&["prepare", "--wait", "60s"]);

    assert_eq!((one.code, other.code), (0, 0), "{one:?}\n{other:?}");
    let applied = |run: &mainstay_testing::Run| run.stdout.matches("applied  ").count();
    assert_eq!(applied(&one) + applied(&other), 5, "{one:?}\n{other:?}");
    assert_eq!(pod.psql("SELECT version_num FROM alembic_version"), HEAD);
    assert_eq!(pod.psql("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"), "packit");
}

/// # Restart
///
/// With nothing pending, Python is not even started: its half second is saved at every start.
fn a_restart_starts_no_python(pod: &Pod) {
    let run = pod.run_with_path("/nonexistent", &["prepare"]);

    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.starts_with(&format!("packit is ready at version {HEAD}, nothing to do")), "{run:?}");
}

/// # What's inside
///
/// No shell in the container, no `\connect`: list the tables, look into one. Nothing can be written by accident.
fn a_look_inside(pod: &Pod) {
    pod.psql("INSERT INTO git_projects (namespace, repo_name) VALUES ('packit', 'packit')");

    let tables = pod.good(&["tables"]);
    for table in ["git_projects", "pull_requests", "copr_build_targets"] {
        assert!(tables.stdout.contains(table), "{tables:?}");
    }
    let rows = pod.good(&["sql", "--format", "csv", "-c", "select * from git_projects"]);
    assert_eq!(rows.stdout, "id,namespace,repo_name,project_url\n1,packit,packit,\n");
    let refused = pod.run(&["sql", "-c", "delete from git_projects"]);
    assert_ne!(refused.code, 0, "{refused:?}");
}

/// # "ER Diagram. Beware, it might be outdated"
///
/// One command draws it, in Mermaid as the page has it or as a picture; and the same command says in CI what a committed one lacks.
fn the_diagram_says_when_it_is_out_of_date(pod: &Pod) {
    pod.good(&["diagram", "-o", "alembic/diagram.mmd"]);
    pod.good(&["diagram", "-o", "alembic/diagram.svg"]);
    pod.good(&["diagram", "--check", "alembic/diagram.mmd"]);

    pod.psql("ALTER TABLE git_projects ADD COLUMN instance_url text");
    let stale = pod.run(&["diagram", "--check", "alembic/diagram.mmd"]);
    assert_eq!(stale.code, 6, "{stale:?}");
    assert!(stale.stdout.contains("instance_url") || stale.stderr.contains("instance_url"), "{stale:?}");
    pod.psql("ALTER TABLE git_projects DROP COLUMN instance_url");
    pod.good(&["diagram", "--check", "alembic/diagram.svg"]);
}

/// # Downgrade
///
/// `alembic downgrade -1` drops a column here, and there are rows now: it wants consent by name, and a copy is taken first.
fn the_last_migration_can_be_undone(pod: &Pod) {
    let refused = pod.run(&["migrate", "down"]);
    assert_eq!(refused.code, 5, "{refused:?}");
    assert!(refused.stderr.contains("drops column project_url of git_projects"), "{refused:?}");

    let down = pod.good(&["migrate", "down", "--allow", "deletes-data"]);
    assert!(
        down.stdout.contains("copied   ") && down.stdout.contains(&format!("undid    {HEAD}_project_url")),
        "{down:?}"
    );
    assert_eq!(pod.psql("SELECT version_num FROM alembic_version"), "9b3c71d0e2f8");

    pod.good(&["migrate", "up"]);
    assert_eq!(pod.psql("SELECT project_url FROM git_projects"), "https://github.com/packit/packit");
}

/// # A new revision
///
/// Alembic writes it, on the developer's machine instead of in a pod. The next one has to wait until this one is applied: Alembic
/// would say "Target database is not up to date" and leave it at that.
fn a_change_is_a_new_revision(pod: &Pod) {
    let written = pod.good(&["migrate", "new", "something new you did"]);
    assert!(written.stdout.contains("something_new_you_did.py"), "{written:?}");

    let early = pod.run(&["migrate", "new", "another"]);
    assert_eq!(early.code, 5, "{early:?}");
    assert!(early.stderr.contains("the database is not up to date: "), "{early:?}");
    assert!(early.stderr.ends_with("hint: mainstay migrate up\n"), "{early:?}");

    pod.good(&["migrate", "up"]);
    pod.good(&["migrate", "new", "another"]);
    assert_eq!(pod.run(&["migrate", "status", "--exit-code"]).code, 10, "the other one is pending");
}

/// # Self-sufficient
///
/// "Make sure that the migration does not rely on models in the models.py module." Nobody has to read them all.
fn a_migration_that_leans_on_the_models_is_found(pod: &Pod) {
    pod.write("packit_service/models.py", "class GitProject: ...\n");
    assert_eq!(pod.good(&["migrate", "check", "--exit-code"]).code, 0);

    let newest = pod.newest_revision();
    let text = std::fs::read_to_string(&newest).expect("a revision");
    std::fs::write(&newest, format!("from packit_service.models import GitProject\n{text}")).expect("written");

    let check = pod.run(&["migrate", "check", "--exit-code"]);
    assert_eq!(check.code, 10, "{check:?}");
    assert!(check.stdout.contains("_another.py:1:1\timports GitProject from packit_service.models"), "{check:?}");
}

/// # Backups
///
/// "Done periodically, stored in AWS S3." Straight into the bucket, with nothing on the pod's own disk, read back before they
/// count. What was taken before the downgrade and before each upgrade lies there too.
fn backups_lie_in_the_bucket(pod: &Pod) {
    let taken = pod.good(&["backup", "create"]);
    assert!(taken.stdout.contains(" is in s3://backups/packit: "), "{taken:?}");

    let listed = pod.good(&["backup", "list"]);
    assert_eq!(listed.stdout.matches("\tchecked\tpackit\t").count(), 4, "{listed:?}");
    let verified = pod.good(&["backup", "verify", "latest"]);
    assert!(verified.stdout.contains(" is good: "), "{verified:?}");
}

/// # "Using live data locally"
///
/// A dump through a pod, `create database`, `podman cp`, `psql -U packit`: here a backup is restored on the developer's server,
/// into a database that belongs to packit, as whom worker and service connect. Every table is compared with what the pod's server
/// sent.
fn live_data_on_a_laptop(pod: &Pod) {
    let laptop = Laptop::new(pod);
    let restored = laptop.good(&["restore", "latest", "--into", "packit_live"]);
    assert!(restored.stdout.contains("every row is as it was backed up"), "{restored:?}");

    let rows = "SELECT namespace, repo_name, project_url FROM git_projects";
    assert_eq!(laptop.psql("packit_live", rows), pod.psql(rows));
    let owner = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(laptop.psql("packit_live", owner), "packit");
    assert_eq!(laptop.psql("packit", "SELECT count(*) FROM git_projects"), "0", "what was there stays as it was");
}

/// # "Deleting old data"
///
/// The script deletes pipelines that are a year old, then whatever nobody refers to any more, table by table in one transaction;
/// what it does not name it leaves, and what it does not think of stops it. Here the policy says what goes with what, the plan
/// counts it, and the run takes each pipeline with all that is its own or leaves it.
fn old_data_goes(pod: &Pod) {
    pod.psql(
        "INSERT INTO git_projects (id, namespace, repo_name) SELECT n, 'ns', 'repo' || n FROM generate_series(11, 40) n;
         INSERT INTO pull_requests (id, pr_id, project_id) SELECT n, n, 10 + n FROM generate_series(1, 30) n;
         INSERT INTO project_events (id, type, event_id) SELECT n, 'pull_request', n FROM generate_series(1, 30) n;
         INSERT INTO copr_build_groups SELECT generate_series(1, 30);
         INSERT INTO copr_build_targets (id, status, copr_build_group_id) SELECT n, 'success', (n + 1) / 2 FROM generate_series(1, 60) n;
         INSERT INTO pipelines SELECT n, CASE WHEN n <= 20 THEN now() - interval '2 years' ELSE now() END, n, n FROM generate_series(1, 30) n;
         INSERT INTO pull_requests (id, pr_id, project_id) VALUES (100, 100, 11)",
    );

    let plan = pod.good(&["cleanup", "plan"]);
    assert!(plan.stdout.starts_with("pipelines: 139 rows, from before "), "{plan:?}");
    let refused = pod.run(&["cleanup", "run"]);
    assert_eq!(refused.code, 5, "{refused:?}");

    let run = pod.good(&["cleanup", "run", "--allow", "deletes-data"]);
    for gone in ["20 rows of pipelines", "40 rows of copr_build_targets", "20 rows of pull_requests"] {
        assert!(run.stdout.contains(&format!("deleted  {gone}\n")), "{run:?}");
    }
    // Project 11 has another pull request, and stays.
    assert_eq!(pod.psql("SELECT min(id) FROM git_projects WHERE id > 10"), "11");
    assert_eq!(pod.psql("SELECT count(*) FROM git_projects WHERE id > 10"), "11");
    assert_eq!(pod.psql("SELECT count(*) FROM copr_build_groups"), "10");
    assert_eq!(pod.good(&["cleanup", "run"]).stdout, "pipelines: nothing is old\n");
}
