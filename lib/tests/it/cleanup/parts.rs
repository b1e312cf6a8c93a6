//! Transactions of several parts: short statements, and all of it or nothing.

use std::sync::{Arc, Mutex};

use mainstay_testing::server;

use super::{Fate, Place, Watched, With, gone, on_both, read};

on_both!(a_transaction_deletes_in_several_statements, what_is_freed_and_held_is_forgotten_between_parts);

const POLICY: &str = "table = 'a'\nwhere = 'old'\nreferences = { b = 'follow' }";

/// 4,000 rows of `a` and 800 of `b` are to go, 40 and 8 stay.
async fn fill(place: &Place) {
    let numbers = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 4040)";
    place
        .sql(&format!(
            "CREATE TABLE a (id int PRIMARY KEY, old boolean, touched boolean);
             CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a (id));
             CREATE INDEX b_a ON b (a_id);
             INSERT INTO a (id, old) {numbers} SELECT n, n <= 4000 FROM n;
             INSERT INTO b {numbers} SELECT n, n FROM n WHERE n % 5 = 0"
        ))
        .await;
}

/// Of each transaction, how many statements have deleted rows of table `a`, and how often what a part had found was forgotten:
/// what is not makes every further part search through it, and changes nothing else.
#[derive(Clone, Default)]
struct Deletes(Arc<Mutex<Vec<(usize, usize)>>>);

impl Deletes {
    fn see(&self, sql: &str) {
        let mut transactions = self.0.lock().unwrap();
        if sql.starts_with("BEGIN") {
            transactions.push((0, 0));
        } else if sql.starts_with("DELETE FROM") && sql.contains("going_0 s)") {
            transactions.last_mut().unwrap().0 += 1;
        } else if sql.starts_with("DELETE FROM") && sql.contains("mainstay_batch_going_0;") {
            transactions.last_mut().unwrap().1 += 1;
        }
    }

    fn most(&self) -> usize {
        self.0.lock().unwrap().iter().map(|(deletes, _)| *deletes).max().unwrap_or_default()
    }
}

async fn a_transaction_deletes_in_several_statements(place: Place) {
    fill(&place).await;
    let deletes = Deletes::default();
    let seen = deletes.clone();
    let mut session = Watched::new(&place, move |sql: &str| {
        seen.see(sql);
        Fate::Lives
    })
    .await;
    let policy = read(POLICY);
    let cleaned = With::new(&policy).run(&mut session).await.unwrap();
    assert_eq!(gone(&cleaned), "a 4000, b 800");
    assert!(deletes.most() > 1, "{cleaned:?}: {:?}", deletes.0);
    let forgotten = |(deletes, forgotten): &(usize, usize)| forgotten + usize::from(place.is_postgres()) >= *deletes;
    assert!(deletes.0.lock().unwrap().iter().all(forgotten), "{:?}", deletes.0);
    assert_eq!(place.ask("SELECT count(*) FROM a").await, "40");
    assert_eq!(place.ask("SELECT count(*) FROM b").await, "8");
}

/// Each row of `a` frees the group that it was the last of; every tenth is kept by somebody.
async fn what_is_freed_and_held_is_forgotten_between_parts(place: Place) {
    let numbers = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 2000)";
    place
        .sql(&format!(
            "CREATE TABLE grp (id int PRIMARY KEY);
             CREATE TABLE a (id int PRIMARY KEY, old boolean, grp_id int REFERENCES grp (id));
             CREATE TABLE keeper (id int PRIMARY KEY, a_id int REFERENCES a (id));
             CREATE INDEX a_grp ON a (grp_id);
             CREATE INDEX keeper_a ON keeper (a_id);
             INSERT INTO grp {numbers} SELECT n FROM n;
             INSERT INTO a {numbers} SELECT n, true, n FROM n;
             INSERT INTO keeper {numbers} SELECT n, n FROM n WHERE n % 10 = 0"
        ))
        .await;
    let policy = "table = 'a'\nwhere = 'old'\nreferences = { keeper = 'keep' }\norphans = { grp = 'freed' }";
    let cleaned = place.run(policy).await.unwrap();
    assert_eq!(gone(&cleaned), "a 1800, grp 1800");
    assert_eq!(place.ask("SELECT count(*) FROM a JOIN keeper ON a_id = a.id JOIN grp ON grp_id = grp.id").await, "200");
    assert_eq!(place.ask("SELECT count(*) FROM grp").await, "200");
}

#[tokio::test]
async fn what_a_later_part_stumbles_over_takes_the_earlier_ones_back() {
    let database = server().database();
    let place = Place { url: database.url(), _folder: None };
    fill(&place).await;
    let deletes = Deletes::default();
    let seen = deletes.clone();
    let mut touched = false;
    let mut session = Watched::new(&place, move |sql: &str| {
        seen.see(sql);
        if seen.most() == 2 && !touched {
            touched = true;
            // Nothing of the first part: those rows are locked.
            database.psql("UPDATE a SET touched = true WHERE id BETWEEN 1001 AND 4000");
            database.psql("UPDATE a SET touched = true WHERE id BETWEEN 126 AND 1000");
        }
        Fate::Lives
    })
    .await;
    let policy = read(POLICY);
    let cleaned = With::new(&policy).run(&mut session).await.unwrap();
    assert_eq!(gone(&cleaned), "a 4000, b 800", "{cleaned:?}");
    assert!(cleaned.retries > 0, "{cleaned:?}");
    assert_eq!(place.ask("SELECT count(*) FROM a").await, "40");
}
