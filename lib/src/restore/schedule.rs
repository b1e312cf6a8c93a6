//! Jobs handed out to sessions: the most urgent one whose needs are done, and whose tables nobody else works on.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use super::work::Job;

/// Jobs that are being done.
pub(super) struct Schedule<'a> {
    jobs: &'a [Job],
    state: Mutex<State>,
    /// Rings when a job is done.
    bell: Notify,
}

struct State {
    /// Needs that are not done yet, for each job.
    waits: Vec<usize>,
    /// The jobs that need each job.
    needed_by: Vec<Vec<usize>>,
    ready: BTreeSet<(Reverse<u64>, usize)>,
    /// Tables that are being worked on: by how many, and whether by one that wants it alone.
    locked: BTreeMap<i32, (usize, bool)>,
    left: usize,
}

impl<'a> Schedule<'a> {
    pub(super) fn new(jobs: &'a [Job]) -> Self {
        let mut needed_by = vec![Vec::new(); jobs.len()];
        let mut waits = Vec::new();
        for (at, job) in jobs.iter().enumerate() {
            waits.push(job.needs.len());
            for need in &job.needs {
                needed_by[*need].push(at);
            }
        }
        let free = jobs.iter().enumerate().filter(|(_, job)| job.needs.is_empty());
        let ready = free.map(|(at, job)| (Reverse(job.urgency), at)).collect();
        let state = State { waits, needed_by, ready, locked: BTreeMap::new(), left: jobs.len() };
        Self { jobs, state: Mutex::new(state), bell: Notify::new() }
    }

    /// The next job for a session that has nothing to do; `None` when all are done.
    pub(super) async fn next(&self) -> Option<usize> {
        loop {
            let bell = self.bell.notified();
            {
                let mut state = self.lock();
                if state.left == 0 {
                    return None;
                }
                if let Some(at) = state.take(self.jobs) {
                    return Some(at);
                }
            }
            bell.await;
        }
    }

    /// A job is done.
    pub(super) fn done(&self, at: usize) {
        self.lock().done(self.jobs, at);
        self.bell.notify_waiters();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, jobs: &[Job]) -> Option<usize> {
        let open = |locked: &BTreeMap<i32, (usize, bool)>, job: &Job| {
            job.locks.iter().all(|(table, alone)| match locked.get(table) {
                None | Some((0, _)) => true,
                Some((_, taken_alone)) => !alone && !taken_alone,
            })
        };
        let found = *self.ready.iter().find(|(_, at)| open(&self.locked, &jobs[*at]))?;
        self.ready.remove(&found);
        for (table, alone) in &jobs[found.1].locks {
            let lock = self.locked.entry(*table).or_default();
            *lock = (lock.0 + 1, *alone);
        }
        Some(found.1)
    }

    fn done(&mut self, jobs: &[Job], at: usize) {
        self.left -= 1;
        for (table, _) in &jobs[at].locks {
            let lock = self.locked.entry(*table).or_default();
            *lock = (lock.0.saturating_sub(1), false);
        }
        for next in std::mem::take(&mut self.needed_by[at]) {
            self.waits[next] -= 1;
            if self.waits[next] == 0 {
                self.ready.insert((Reverse(jobs[next].urgency), next));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::restore::work::What;

    #[tokio::test]
    async fn needs_come_first_then_urgency_and_nobody_is_in_anothers_way() {
        let job = |urgency, needs: &[usize], locks: &[(i32, bool)]| Job {
            what: What::Object(0),
            needs: needs.to_vec(),
            urgency,
            locks: locks.to_vec(),
        };
        let jobs = [
            job(5, &[], &[]),
            job(9, &[], &[]),
            job(7, &[1], &[(1, true)]),
            job(6, &[1], &[(1, false)]),
            job(5, &[1], &[(1, false)]),
        ];
        let schedule = Schedule::new(&jobs);
        assert_eq!(schedule.next().await, Some(1));
        assert_eq!(schedule.next().await, Some(0));
        schedule.done(1);
        assert_eq!(schedule.next().await, Some(2), "the more urgent one, alone on its table");
        assert_eq!(schedule.lock().take(&jobs), None);
        schedule.done(2);
        assert_eq!((schedule.next().await, schedule.next().await), (Some(3), Some(4)), "both share the table");
        for at in [0, 3, 4] {
            schedule.done(at);
        }
        assert_eq!(schedule.next().await, None);
    }
}
