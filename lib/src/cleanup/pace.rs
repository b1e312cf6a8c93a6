//! How large a batch is, how large its parts are, and how long to rest behind it.
//!
//! A batch is a transaction and ends when it has taken a twenty-fifth of a second. It is made of parts with statements of their
//! own, for whoever wakes up on a processor where one of ours is running waits until that is through, or for the scheduler's next
//! tick: that, and neither locks nor the disk, is what others notice of a batch (`docs/design/cleanup.md`). While others are at
//! work a statement is to take a millisecond. Behind a batch so much of the time is rested that ours is no more than the policy's
//! part of it; while somebody waits for a lock, as long again, for it may be ours that they queued behind.

use std::cmp::Ordering;
use std::time::Duration;

/// How long a transaction may go on: for so long its rows are locked.
const BATCH: Duration = Duration::from_millis(40);

/// How long a statement is to take while others are at work.
const BESIDE_OTHERS: Duration = Duration::from_millis(1);

/// How long a statement is to take where nobody is in its way.
const BESIDE_NOBODY: Duration = Duration::from_millis(20);

/// Rows of the first part: nobody knows yet how long they take.
const FIRST: u64 = 500;

/// Fewer rows than this are no part.
const FEWEST: u64 = 50;

/// However long a batch took, the next one comes.
const LONGEST_REST: Duration = Duration::from_secs(10);

/// What others do on the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Others {
    /// Sessions at work, now or within the last second.
    pub(super) active: u64,
    /// Sessions that wait for a lock.
    pub(super) waiting: u64,
}

/// The pace of a run.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    percent: u8,
    /// Rows that a transaction may ever have, and this one.
    most: u64,
    room: u64,
    /// Rows that a part is to have.
    rows: u64,
    alone: bool,
    /// The part before, and its longest statement.
    last: Option<(u64, Duration)>,
}

impl Pace {
    /// At most `percent` of the time, and `most` rows in one transaction.
    pub(super) fn new(percent: u8, most: u64) -> Self {
        Self { percent, most, room: most, rows: FIRST.min(most), alone: percent >= 100, last: None }
    }

    /// Rows that the next part should have, in a batch that has taken `done` already.
    pub(super) fn part(&self, done: u64) -> u64 {
        self.rows.min(self.room.saturating_sub(done)).max(1)
    }

    /// Whether a batch that has taken `rows` in so long is to be committed.
    pub(super) fn is_batch(&self, rows: u64, took: Duration) -> bool {
        rows >= self.room || took >= BATCH
    }

    /// Whether it yields to others at all.
    pub(super) fn yields(&self) -> bool {
        self.percent < 100
    }

    /// The longest statement of a part of `rows` took so long.
    pub(super) fn after(&mut self, rows: u64, longest: Duration) {
        let aim = if self.alone { BESIDE_NOBODY } else { BESIDE_OTHERS };
        let too_long = longest > aim * 2;
        // A small part says nothing of larger ones, but that they would take even longer.
        if rows < self.rows / 2 {
            self.rows = if too_long { self.halved(self.rows) } else { self.rows };
            return;
        }
        // Where half as many took as long, or twice as many hardly longer, it is not the rows that take it: a search without an
        // index, a server far away. The more rows share that, the better.
        let shared =
            self.last.replace((self.rows, longest)).is_some_and(|(before, took)| match self.rows.cmp(&before) {
                Ordering::Less => longest * 4 > took * 3,
                Ordering::Greater => longest * 3 < took * 4,
                Ordering::Equal => false,
            });
        if longest < aim / 2 || (too_long && shared) {
            self.rows = (self.rows * 2).min(self.most);
        } else if longest < aim {
            // A little at a time: what others do makes a statement long now and then, and parts are not to stay small for that.
            self.rows = (self.rows + self.rows / 8).min(self.most);
        } else if too_long {
            self.rows = self.halved(self.rows);
        }
    }

    fn halved(&self, rows: u64) -> u64 {
        (rows / 2).max(FEWEST.min(self.most))
    }

    /// A batch took so long, while the others did that: how long to rest.
    pub(super) fn rest(&mut self, took: Duration, others: Others) -> Duration {
        self.alone = !self.yields() || others == Others::default();
        if self.alone {
            return Duration::ZERO;
        }
        let share = f64::from(self.percent) / 100.0;
        let rest = took.mul_f64(1.0 / share - 1.0);
        let rest = if others.waiting > 0 { rest * 2 } else { rest };
        rest.min(LONGEST_REST)
    }

    /// A batch was taken back: the next ones are smaller, so that they meet fewer others.
    pub(super) fn stumbled(&mut self) {
        self.room = self.halved(self.room);
    }

    /// A batch was committed.
    pub(super) fn committed(&mut self) {
        self.room = (self.room + self.room.div_ceil(4)).min(self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;
    const BUSY: Others = Others { active: 1, waiting: 0 };

    #[test]
    fn parts_grow_and_shrink_until_a_statement_is_short() {
        // What a statement takes: so many microseconds, and so many nanoseconds for each row. How many rows it comes to.
        let check = |percent: u8, (fixed, each): (u64, u64), rows: std::ops::RangeInclusive<u64>| {
            let mut pace = Pace::new(percent, 10_000);
            for part in 0..40 {
                let now = pace.part(0);
                assert!(part < 20 || rows.contains(&now), "{percent} % of {fixed} + {each}: {now} rows");
                pace.after(now, Duration::from_nanos(fixed * 1000 + each * now));
            }
        };
        check(50, (50, 2_600), 350..=500);
        check(50, (50, 300), 2_800..=4_000);
        check(50, (50, 30_000), 62..=125);
        check(50, (0, 1_000_000), FEWEST..=FEWEST);
        check(50, (0, 10), 10_000..=10_000);
        // Nobody is in the way of a run that does not yield.
        check(100, (50, 2_600), 4_000..=10_000);
        // Half a second for whatever there is: as many as may be. Ten milliseconds: until the rows take about as long.
        check(50, (500_000, 2_600), 5_000..=10_000);
        check(50, (10_000, 2_600), 1_000..=8_000);
    }

    #[test]
    fn parts_do_not_stay_small_for_a_single_long_statement() {
        let mut pace = Pace::new(50, 10_000);
        pace.after(500, MS(5));
        assert_eq!(pace.part(0), 250);
        for _ in 0..6 {
            pace.after(pace.part(0), Duration::from_nanos(50_000 + 2_600 * pace.part(0)));
        }
        assert!((350..=420).contains(&pace.part(0)), "{}", pace.part(0));
    }

    #[test]
    fn a_part_shrinks_at_once_when_others_come() {
        let mut pace = Pace::new(50, 10_000);
        pace.rest(MS(40), Others::default());
        for _ in 0..9 {
            pace.after(pace.part(0), MS(5));
        }
        assert_eq!(pace.part(0), 10_000);
        pace.rest(MS(40), BUSY);
        pace.after(10_000, MS(25));
        assert_eq!(pace.part(0), 5_000);
        pace.after(5_000, MS(13));
        assert_eq!(pace.part(0), 2_500);
    }

    #[test]
    fn a_batch_ends_by_time_or_by_rows() {
        let pace = Pace::new(50, 1_200);
        assert_eq!((pace.part(0), pace.part(700), pace.part(900), pace.part(1_300)), (500, 500, 300, 1));
        assert!(pace.is_batch(1_200, MS(1)) && pace.is_batch(1, BATCH) && !pace.is_batch(1_199, MS(39)));
    }

    #[test]
    fn a_small_part_says_nothing_of_larger_ones() {
        let mut pace = Pace::new(50, 5000);
        pace.after(10, Duration::from_micros(10));
        assert_eq!(pace.part(0), FIRST);
        pace.after(10, MS(9));
        assert_eq!(pace.part(0), FIRST / 2);
    }

    #[test]
    fn transactions_are_smaller_where_others_are_at_the_same_rows() {
        let mut pace = Pace::new(50, 1_000);
        pace.stumbled();
        assert!(pace.is_batch(500, MS(1)) && !pace.is_batch(499, MS(1)));
        (0..9).for_each(|_| pace.stumbled());
        assert_eq!(pace.part(0), FEWEST);
        (0..20).for_each(|_| pace.committed());
        assert!(pace.is_batch(1_000, MS(1)) && !pace.is_batch(999, MS(1)));
        let mut pace = Pace::new(50, 20);
        pace.stumbled();
        assert_eq!(pace.part(0), 20, "never below what is no part, nor above the most");
    }

    #[test]
    fn others_get_their_part_of_the_time() {
        let rest = |percent, others| Pace::new(percent, 5000).rest(MS(100), others);
        assert_eq!(rest(50, Others::default()), MS(0));
        assert_eq!(rest(50, BUSY), MS(100));
        assert_eq!(rest(20, BUSY), MS(400));
        assert_eq!(rest(100, BUSY), MS(0));
        let waits = Others { active: 1, waiting: 2 };
        assert_eq!((rest(50, waits), rest(100, waits)), (MS(200), MS(0)));
        assert_eq!(rest(1, BUSY), MS(9900));
        assert_eq!(Pace::new(1, 5000).rest(MS(1000), BUSY), LONGEST_REST);
    }
}
