//! A service whose pipelines refer to everything else: the shape of packit's database, and the counts that its own script comes
//! to, with the tables that it forgets and the two references that it fails on.

use super::{Place, With, counts, gone, on_both, read};

on_both!(everything_around_old_pipelines_goes, what_the_script_fails_on_survives);

const POLICY: &str = r#"
table = "pipelines"
column = "datetime"
older_than = "1 year"
batch = 700
pace = "100%"
links = [
  { from = "project_events.event_id", to = "pull_requests.id", where = "type = 'pull_request'" },
  { from = "project_events.event_id", to = "git_branches.id", where = "type = 'branch_push'" },
]
[cleanup.it.references]
copr_build_targets = "follow"
koji_build_targets = "follow"
tft_test_run_targets = "follow"
tf_copr_build_association_table = "follow"
scans = "follow"
sync_release_run_targets = "follow"
'log_detective_run.log_detective_run_group_id' = "follow"
[cleanup.it.orphans]
project_events = "freed"
srpm_builds = "freed"
copr_build_groups = "freed"
koji_build_groups = "freed"
tft_test_run_groups = "freed"
sync_release_runs = "freed"
log_detective_run_groups = "freed"
pull_requests = "freed"
git_branches = "freed"
git_projects = "all"
"#;

const SCHEMA: &str = "
CREATE TABLE git_projects (id int PRIMARY KEY);
CREATE TABLE pull_requests (id int PRIMARY KEY, project_id int REFERENCES git_projects (id));
CREATE TABLE git_branches (id int PRIMARY KEY, project_id int REFERENCES git_projects (id));
CREATE TABLE koji_build_tags (id int PRIMARY KEY, project_id int REFERENCES git_projects (id));
CREATE TABLE source_git_pr_dist_git_pr (id int PRIMARY KEY, source int REFERENCES pull_requests (id), dist int REFERENCES pull_requests (id));
CREATE TABLE project_events (id int PRIMARY KEY, type text, event_id int);
CREATE TABLE srpm_builds (id int PRIMARY KEY);
CREATE TABLE copr_build_groups (id int PRIMARY KEY);
CREATE TABLE copr_build_targets (id int PRIMARY KEY, copr_build_group_id int REFERENCES copr_build_groups (id));
CREATE TABLE koji_build_groups (id int PRIMARY KEY);
CREATE TABLE koji_build_targets (id int PRIMARY KEY, koji_build_group_id int REFERENCES koji_build_groups (id));
CREATE TABLE tft_test_run_groups (id int PRIMARY KEY);
CREATE TABLE tft_test_run_targets (id int PRIMARY KEY, tft_test_run_group_id int REFERENCES tft_test_run_groups (id));
CREATE TABLE tf_copr_build_association_table (tft_id int REFERENCES tft_test_run_targets (id), copr_id int REFERENCES copr_build_targets (id), PRIMARY KEY (tft_id, copr_id));
CREATE TABLE scans (id int PRIMARY KEY, copr_build_target_id int REFERENCES copr_build_targets (id));
CREATE TABLE sync_release_runs (id int PRIMARY KEY);
CREATE TABLE sync_release_run_targets (id int PRIMARY KEY, sync_release_id int REFERENCES sync_release_runs (id));
CREATE TABLE log_detective_run_groups (id int PRIMARY KEY);
CREATE TABLE log_detective_run (id int PRIMARY KEY, copr_build_target_id int REFERENCES copr_build_targets (id) ON DELETE CASCADE, log_detective_run_group_id int REFERENCES log_detective_run_groups (id));
CREATE TABLE pipelines (id int PRIMARY KEY, datetime timestamp, project_event_id int REFERENCES project_events (id), srpm_build_id int REFERENCES srpm_builds (id), copr_build_group_id int REFERENCES copr_build_groups (id), koji_build_group_id int REFERENCES koji_build_groups (id), test_run_group_id int REFERENCES tft_test_run_groups (id), sync_release_run_id int REFERENCES sync_release_runs (id), log_detective_run_group_id int REFERENCES log_detective_run_groups (id));
CREATE INDEX ON pipelines (project_event_id);
CREATE INDEX ON pipelines (srpm_build_id);
CREATE INDEX ON pipelines (copr_build_group_id);
CREATE INDEX ON pipelines (koji_build_group_id);
CREATE INDEX ON pipelines (test_run_group_id);
CREATE INDEX ON pipelines (sync_release_run_id);
CREATE INDEX ON pipelines (log_detective_run_group_id);
CREATE INDEX ON project_events (event_id);
CREATE INDEX ON pull_requests (project_id);
CREATE INDEX ON copr_build_targets (copr_build_group_id);
CREATE INDEX ON koji_build_targets (koji_build_group_id);
CREATE INDEX ON tft_test_run_targets (tft_test_run_group_id);
CREATE INDEX ON tf_copr_build_association_table (copr_id);
CREATE INDEX ON scans (copr_build_target_id);
CREATE INDEX ON sync_release_run_targets (sync_release_id);
CREATE INDEX ON log_detective_run (copr_build_target_id);
";

/// Pipelines 1 to 1000 are two years old, the others ten days; each has its own of everything. Projects 101 to 200 never had a pull
/// request.
const ROWS: [(&str, &str, u32); 18] = [
    ("git_projects", "n", 200),
    ("pull_requests", "n, 1 + n % 100", 2000),
    ("project_events", "n, 'pull_request', n", 2000),
    ("srpm_builds", "n", 2000),
    ("copr_build_groups", "n", 2000),
    ("copr_build_targets", "n, (n + 1) / 2", 4000),
    ("koji_build_groups", "n", 2000),
    ("koji_build_targets", "n, n", 2000),
    ("tft_test_run_groups", "n", 2000),
    ("tft_test_run_targets", "n, n", 2000),
    ("tf_copr_build_association_table", "n, 2 * n", 2000),
    ("scans", "n, 2 * n", 2000),
    ("sync_release_runs", "n", 500),
    ("sync_release_run_targets", "n, n", 500),
    ("log_detective_run_groups", "n", 300),
    ("log_detective_run", "n, 2 * n, n", 300),
    ("git_branches", "n, n", 100),
    (
        "pipelines",
        "n, CASE WHEN n <= 1000 THEN '2024-05-20 00:00:00' ELSE '2026-05-20 00:00:00' END, \
         n, n, n, n, n, CASE WHEN n <= 500 THEN n END, CASE WHEN n <= 300 THEN n END",
        2000,
    ),
];

async fn fill(place: &Place) {
    let mut sql = SCHEMA.to_owned();
    if !place.is_postgres() {
        for (at, _) in SCHEMA.match_indices("CREATE INDEX ON").collect::<Vec<_>>().into_iter().rev() {
            sql.replace_range(at..at + 15, &format!("CREATE INDEX i{at} ON"));
        }
    }
    for (table, values, count) in ROWS {
        let values = if place.is_postgres() { values.replace("'20", "timestamp '20") } else { values.to_owned() };
        sql += &format!(
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count}) INSERT INTO {table} SELECT {values} FROM n;\n"
        );
    }
    place.sql(&sql).await;
}

/// What the script comes to, and `sync_release_runs` and `log_detective_run_groups`, which it never deletes.
const GOES: &str = "copr_build_groups 1000, copr_build_targets 2000, git_projects 100, koji_build_groups 1000, \
    koji_build_targets 1000, log_detective_run 300, log_detective_run_groups 300, pipelines 1000, project_events 1000, \
    pull_requests 1000, scans 1000, srpm_builds 1000, sync_release_run_targets 500, sync_release_runs 500, \
    tf_copr_build_association_table 1000, tft_test_run_groups 1000, tft_test_run_targets 1000";

async fn everything_around_old_pipelines_goes(place: Place) {
    fill(&place).await;
    // Branches keep their projects here, so that none of them goes.
    place.sql("DELETE FROM git_branches").await;
    let plan = place.plan(POLICY).await.unwrap();
    assert_eq!(counts(&plan), GOES);
    let cleaned = place.run(POLICY).await.unwrap();
    assert_eq!((gone(&cleaned), cleaned.planned), (GOES.to_owned(), 14_700));
    for (table, left) in [("pipelines", "1000"), ("git_projects", "100"), ("sync_release_runs", "0"), ("scans", "1000")]
    {
        assert_eq!(place.ask(&format!("SELECT count(*) FROM {table}")).await, left, "{table}");
    }
}

/// The script tries to delete a project that build tags still refer to, and a pull request that another is linked with.
async fn what_the_script_fails_on_survives(place: Place) {
    fill(&place).await;
    place
        .sql(
            "DELETE FROM git_branches;
             INSERT INTO koji_build_tags VALUES (1, 150);
             INSERT INTO source_git_pr_dist_git_pr VALUES (1, 7, 8), (2, 1007, 1008)",
        )
        .await;
    let policy = read(POLICY);
    let with = With::new(&policy);
    let plan = with.plan(place.session().await.as_mut()).await.unwrap();
    let held: Vec<(&str, u64)> = plan
        .references
        .iter()
        .filter(|one| one.holds > 0 && one.rule == "keep" && !one.reference.starts_with("pull_requests"))
        .map(|one| (one.reference.as_str(), one.holds))
        .collect();
    assert_eq!(held, [("source_git_pr_dist_git_pr.dist", 1), ("source_git_pr_dist_git_pr.source", 1)]);
    with.run(place.session().await.as_mut()).await.unwrap();
    assert_eq!(place.ask("SELECT count(*) FROM pull_requests").await, "1002");
    assert_eq!(place.ask("SELECT id FROM pull_requests WHERE id <= 1000 ORDER BY id").await, "7 8");
    assert_eq!(place.ask("SELECT count(*) FROM git_projects").await, "101");
    assert_eq!(place.ask("SELECT count(*) FROM git_projects WHERE id = 150").await, "1");
    // `all` takes what somebody else has freed, `freed` does not.
    place.sql("DELETE FROM koji_build_tags; DELETE FROM source_git_pr_dist_git_pr").await;
    let cleaned = with.run(place.session().await.as_mut()).await.unwrap();
    assert_eq!(gone(&cleaned), "git_projects 1");
}
