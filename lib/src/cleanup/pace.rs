//! How large the next batch is, and how long to rest before it.
//!
//! A batch is to take a twenty-fifth of a second: twice as many rows where the last took less than half of it, half as many where
//! it took more than twice. While others are at work, so much of the time is rested that ours is no more than the policy's part of
//! it; while somebody waits for a lock, as long again, for it may be ours that they queued behind.

use std::time::Duration;

/// How long a batch is to take: whoever commits meanwhile writes out what it has logged so far.
const AIM: Duration = Duration::from_millis(40);

/// Rows of the first batch: nobody knows yet how long they take.
const FIRST: u64 = 500;

/// Fewer rows than this are no batch.
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
    most: u64,
    rows: u64,
}

impl Pace {
    /// At most `percent` of the time, and `most` rows at once.
    pub(super) fn new(percent: u8, most: u64) -> Self {
        Self { percent, most, rows: FIRST.min(most) }
    }

    /// Rows that the next batch should have.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether it yields to others at all.
    pub(super) fn yields(&self) -> bool {
        self.percent < 100
    }

    /// A batch of `rows` took so long, while the others did that: how long to rest.
    pub(super) fn after(&mut self, rows: u64, took: Duration, others: Others) -> Duration {
        if took > AIM * 2 {
            self.rows = (self.rows / 2).max(FEWEST.min(self.most));
        } else if took < AIM / 2 && rows >= self.rows / 2 {
            self.rows = (self.rows * 2).min(self.most);
        }
        let share = f64::from(self.percent) / 100.0;
        let rest = took.mul_f64(1.0 / share - 1.0);
        let rest = match (others.active, others.waiting) {
            (0, 0) => Duration::ZERO,
            (_, 0) => rest,
            (_, _) if self.yields() => rest * 2,
            _ => rest,
        };
        rest.min(LONGEST_REST)
    }

    /// A batch was taken back: the next one is smaller, so that it meets fewer others.
    pub(super) fn stumbled(&mut self) {
        self.rows = (self.rows / 2).max(FEWEST.min(self.most));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;
    const BUSY: Others = Others { active: 1, waiting: 0 };

    #[test]
    fn batches_grow_and_shrink_towards_what_one_is_to_take() {
        let mut pace = Pace::new(50, 5000);
        let mut check = |took: u64, rows: u64| {
            let now = pace.rows();
            pace.after(now, MS(took), BUSY);
            assert_eq!(pace.rows(), rows, "{took}");
        };
        check(10, 1000);
        check(19, 2000);
        check(40, 2000);
        check(10, 4000);
        check(10, 5000);
        check(81, 2500);
    }

    #[test]
    fn a_small_batch_says_nothing_of_larger_ones() {
        let mut pace = Pace::new(50, 5000);
        pace.after(10, MS(1), BUSY);
        assert_eq!(pace.rows(), FIRST);
        let mut pace = Pace::new(50, 20);
        (0..9).for_each(|_| pace.stumbled());
        assert_eq!(pace.rows(), 20, "never below what is no batch, nor above the most");
    }

    #[test]
    fn others_get_their_part_of_the_time() {
        let rest = |percent, others| Pace::new(percent, 5000).after(500, MS(100), others);
        assert_eq!(rest(50, Others::default()), MS(0));
        assert_eq!(rest(50, BUSY), MS(100));
        assert_eq!(rest(20, BUSY), MS(400));
        assert_eq!(rest(100, BUSY), MS(0));
        let waits = Others { active: 1, waiting: 2 };
        assert_eq!((rest(50, waits), rest(100, waits)), (MS(200), MS(0)));
        assert_eq!(rest(1, BUSY), MS(9900));
        assert_eq!(Pace::new(1, 5000).after(500, MS(1000), BUSY), LONGEST_REST);
    }
}
