//! Transactions of several parts: short statements, and all of it or nothing.

use std::sync::{Arc, Mutex};

use mainstay::cleanup::Cleaned;
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

/// What statements of each transaction have done.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<Transaction>>>);

#[derive(Debug, Default)]
struct Transaction {
    /// How many have deleted rows of table `a`.
    deletes: usize,
    /// Those that made it forget what a part had found: what is not forgotten changes nothing, but each further part searches it.
    forgets: Vec<String>,
}

impl Seen {
    fn see(&self, sql: &str) {
        let mut transactions = self.0.lock().unwrap();
        if sql.starts_with("BEGIN") {
            transactions.push(Transaction::default());
        } else if sql.starts_with("DELETE FROM") && sql.contains("going_0 s)") {
            transactions.last_mut().unwrap().deletes += 1;
        } else if sql.starts_with("DELETE FROM") && sql.contains("mainstay_batch_going_0;") {
            transactions.last_mut().unwrap().forgets.push(sql.to_owned());
        }
    }

    fn most(&self) -> usize {
        self.0.lock().unwrap().iter().map(|transaction| transaction.deletes).max().unwrap_or_default()
    }

    /// Several parts made one transaction, and each forgot what it had put into `tables`; at its end PostgreSQL does so itself.
    fn check(&self, place: &Place, tables: &[&str]) {
        assert!(self.most() > 1, "{:?}", self.0);
        for transaction in self.0.lock().unwrap().iter() {
            let parts = transaction.deletes.saturating_sub(usize::from(place.is_postgres()));
            assert!(transaction.forgets.len() >= parts, "{transaction:?}");
            for forget in &transaction.forgets {
                assert!(tables.iter().all(|table| forget.contains(table)), "{tables:?} in {forget}");
            }
        }
    }
}

/// Runs `policy` and sees its statements.
async fn seen(place: &Place, policy: &str) -> (Cleaned, Seen) {
    let seen = Seen::default();
    let sees = seen.clone();
    let mut session = Watched::new(place, move |sql: &str| {
        sees.see(sql);
        Fate::Lives
    })
    .await;
    let cleaned = With::new(&read(policy)).run(&mut session).await.unwrap();
    (cleaned, seen)
}

async fn a_transaction_deletes_in_several_statements(place: Place) {
    fill(&place).await;
    let (cleaned, seen) = seen(&place, POLICY).await;
    assert_eq!(gone(&cleaned), "a 4000, b 800");
    seen.check(&place, &["going_0", "going_1"]);
    assert_eq!(place.ask("SELECT count(*) FROM a").await, "40");
    assert_eq!(place.ask("SELECT count(*) FROM b").await, "8");
}

/// Each row of `a` frees the whole of whose part it was the last user; every second part is kept by somebody.
async fn what_is_freed_and_held_is_forgotten_between_parts(place: Place) {
    let numbers = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 6000)";
    place
        .sql(&format!(
            "CREATE TABLE whole (id int PRIMARY KEY);
             CREATE TABLE part (id int PRIMARY KEY, whole_id int NOT NULL REFERENCES whole (id));
             CREATE TABLE a (id int PRIMARY KEY, old boolean, part_id int REFERENCES part (id));
             CREATE TABLE keeper (id int PRIMARY KEY, part_id int REFERENCES part (id));
             CREATE INDEX part_whole ON part (whole_id);
             CREATE INDEX a_part ON a (part_id);
             CREATE INDEX keeper_part ON keeper (part_id);
             INSERT INTO whole {numbers} SELECT n FROM n;
             INSERT INTO part {numbers} SELECT n, n FROM n;
             INSERT INTO a {numbers} SELECT n, true, n FROM n;
             INSERT INTO keeper {numbers} SELECT n, n FROM n WHERE n % 2 = 0"
        ))
        .await;
    // Larger than all of it: what is left of a batch would be a part without a row that is kept.
    let policy = "table = 'a'\nwhere = 'old'\nbatch = 20000\nreferences = { part = 'follow', keeper = 'keep' }\norphans = { whole = 'freed' }";
    let (cleaned, seen) = seen(&place, policy).await;
    assert_eq!(gone(&cleaned), "a 6000, part 3000, whole 3000");
    seen.check(&place, &["going_0", "going_1", "going_2", "held_", "freed_"]);
    assert_eq!(
        place.ask("SELECT count(*) FROM keeper JOIN part ON part_id = part.id JOIN whole ON whole_id = whole.id").await,
        "3000"
    );
    assert_eq!(place.ask("SELECT count(*) FROM whole").await, "3000");
}

#[tokio::test]
async fn what_a_later_part_stumbles_over_takes_the_earlier_ones_back() {
    let database = server().database();
    let place = Place { url: database.url(), _folder: None };
    fill(&place).await;
    let seen = Seen::default();
    let mut touched = false;
    let mut session = Watched::new(&place, move |sql: &str| {
        seen.see(sql);
        if seen.most() == 2 && !touched {
            touched = true;
            // The rows of the first part are locked.
            database.psql("UPDATE a SET touched = true WHERE id BETWEEN 126 AND 4000");
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
