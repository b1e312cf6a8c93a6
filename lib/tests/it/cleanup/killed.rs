//! A run that ends before its end: whatever the moment, nothing is half done, and the next run comes to the same end.

use std::sync::{Arc, Mutex};

use mainstay::ErrorKind;
use mainstay::observer::{Event, Observer};

use super::{Fate, Place, Watched, With, gone, on_both, read};

on_both!(killed_at_any_statement, stopped_by_its_user);

const POLICY: &str = "table = 'a'\nwhere = 'old'\nbatch = 6\npace = '100%'\nreferences = { target = 'follow' }\norphans = { grp = 'freed', project = 'freed' }";

/// Two runs for each group, three targets for each, five groups for each project; three quarters of them are old.
async fn fill(place: &Place) {
    place
        .sql(
            "DROP TABLE IF EXISTS a; DROP TABLE IF EXISTS target; DROP TABLE IF EXISTS grp; DROP TABLE IF EXISTS project;
             CREATE TABLE project (id int PRIMARY KEY);
             CREATE TABLE grp (id int PRIMARY KEY, project_id int REFERENCES project (id));
             CREATE TABLE target (id int PRIMARY KEY, grp_id int REFERENCES grp (id));
             CREATE TABLE a (id int PRIMARY KEY, grp_id int REFERENCES grp (id), old boolean);
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 4) INSERT INTO project SELECT n FROM n;
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 20) INSERT INTO grp SELECT n, (n + 4) / 5 FROM n;
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 60) INSERT INTO target SELECT n, (n + 2) / 3 FROM n;
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 40) INSERT INTO a SELECT n, (n + 1) / 2, n <= 31 FROM n",
        )
        .await;
}

/// What is half done: a group that nobody refers to, or with some of its targets; a project without groups.
const HALVES: &str = "SELECT (SELECT count(*) FROM grp WHERE id NOT IN (SELECT grp_id FROM a))
    + (SELECT count(*) FROM grp WHERE (SELECT count(*) FROM target WHERE grp_id = grp.id) <> 3)
    + (SELECT count(*) FROM project WHERE id NOT IN (SELECT project_id FROM grp))";

const LEFT: &str =
    "SELECT (SELECT count(*) FROM a) || ' ' || (SELECT count(*) FROM grp) || ' ' || (SELECT count(*) FROM target)
    || ' ' || (SELECT count(*) FROM project)";

async fn killed_at_any_statement(place: Place) {
    fill(&place).await;
    let policy = read(POLICY);
    let with = With::new(&policy);
    let mut statements = 0;
    let mut whole = Watched::new(&place, |_: &str| {
        statements += 1;
        Fate::Lives
    })
    .await;
    let cleaned = with.run(&mut whole).await.unwrap();
    drop(whole);
    assert_eq!((gone(&cleaned), cleaned.retries), ("a 31, grp 15, project 3, target 45".into(), 0));
    assert!(cleaned.batches > 5, "{cleaned:?}");
    let end = place.ask(LEFT).await;
    assert_eq!(end, "9 5 15 1");

    // Moments drawn once and for all, some of them in every part of the run.
    let mut seed = 20_260_101_u64;
    for part in 0..12 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let moment = statements * part / 12 + (seed >> 33) % (statements / 12);
        fill(&place).await;
        let mut sent = 0;
        let mut mortal = Watched::new(&place, |_: &str| {
            sent += 1;
            if sent > moment { Fate::Dies } else { Fate::Lives }
        })
        .await;
        let died = with.run(&mut mortal).await.err().map(|error| error.kind());
        drop(mortal);
        // The vacuum comes last, and what it cannot do is no error.
        assert!(died.is_none_or(|kind| kind == ErrorKind::ConnectionLost), "{died:?} at {moment}");
        assert_eq!(place.ask(HALVES).await, "0", "killed at statement {moment}");
        with.run(place.session().await.as_mut()).await.unwrap();
        assert_eq!(place.ask(LEFT).await, end, "killed at statement {moment}");
    }
}

/// Keeps what is warned of.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Observer for Heard {
    fn event(&self, event: Event<'_>) {
        if let Event::Warning { message } = event {
            self.0.lock().expect("no panic").push(message.to_owned());
        }
    }
}

async fn stopped_by_its_user(place: Place) {
    fill(&place).await;
    let policy = read(POLICY);
    let heard = Arc::<Heard>::default();
    let with = With { observer: heard.clone(), ..With::new(&policy) };
    let reached = Arc::new(tokio::sync::Notify::new());
    let tell = reached.clone();
    let mut commits = 0;
    let mut session = Watched::new(&place, move |sql: &str| {
        commits += u32::from(sql == "COMMIT");
        // The search's own, two batches', and the third batch is about to commit.
        if commits < 4 {
            return Fate::Lives;
        }
        tell.notify_one();
        Fate::Hangs
    })
    .await;
    tokio::select! {
        outcome = with.run(&mut session) => panic!("{outcome:?}"),
        () = reached.notified() => {}
    }
    drop(session);
    let heard = heard.0.lock().expect("no panic").join("; ");
    assert!(heard.ends_with("of 94 rows are gone, whole families at a time, and the batch under way is taken back; go on: mainstay cleanup run it --allow deletes-data"), "{heard}");
    assert_eq!(place.ask(HALVES).await, "0");
    with.run(place.session().await.as_mut()).await.unwrap();
    assert_eq!(place.ask(LEFT).await, "9 5 15 1");
}
