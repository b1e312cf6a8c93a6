//! One thread with its two clusters: left for where a plan starts, right for where it leads when both sides want their own.

use std::path::PathBuf;
use std::time::Instant;

use crate::cluster::Cluster;
use crate::differ::Differ;
use crate::judge::{COPY, Outcome, Side, judge};
use crate::locks::Seen;
use crate::programs::Programs;
use crate::suite::{Case, Direction};

/// A case in one direction, and how it ended.
#[derive(Clone, Debug)]
pub struct Done {
    pub suite: String,
    /// The case's name, with ` (back)` for the way from new to old.
    pub name: String,
    pub outcome: Outcome,
    /// What was seen of its plan's locks.
    pub seen: Seen,
    pub seconds: f64,
}

/// Runs cases one after the other.
pub struct Worker<'a> {
    programs: &'a Programs,
    parent: PathBuf,
    runtime: tokio::runtime::Runtime,
    left: Option<Cluster>,
    right: Option<Cluster>,
}

impl<'a> Worker<'a> {
    pub fn new(programs: &'a Programs, parent: PathBuf) -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| format!("cannot start the asynchronous runtime: {error}"))?;
        Ok(Self { programs, parent, runtime, left: None, right: None })
    }

    /// Runs `case` in each of its directions, with the plans of `differ`.
    pub fn run(&mut self, case: &Case, differ: &dyn Differ) -> Result<Vec<Done>, String> {
        case.directions().iter().map(|direction| self.run_one(case, *direction, differ)).collect()
    }

    fn run_one(&mut self, case: &Case, direction: Direction, differ: &dyn Differ) -> Result<Done, String> {
        let started = Instant::now();
        let (outcome, seen) = match case.unfit(self.programs.server.major) {
            Some(why) => (Outcome::NotCounted(why), Seen::default()),
            None => self.on_clusters(case, direction, differ)?,
        };
        let back = if direction == Direction::Back { " (back)" } else { "" };
        let name = format!("{}{back}", case.id);
        Ok(Done { suite: case.suite.clone(), name, outcome, seen, seconds: started.elapsed().as_secs_f64() })
    }

    fn on_clusters(
        &mut self,
        case: &Case,
        direction: Direction,
        differ: &dyn Differ,
    ) -> Result<(Outcome, Seen), String> {
        let apart = case.wants_own_clusters();
        let left = self.take(case, true)?;
        let right = if apart { Some(self.take(case, false)?) } else { None };
        let x = Side { cluster: &left, database: "x" };
        let y = Side { cluster: right.as_ref().unwrap_or(&left), database: "y" };
        let outcome = judge(case, direction, x, y, differ);
        // One that does not get clean is dropped, and the next case starts a new one.
        if left.clean(&["x", "y", COPY]) {
            self.left = Some(left);
        }
        self.right = right.filter(|right| right.clean(&["y"])).or(self.right.take());
        Ok(outcome)
    }

    /// The cluster that is there, or a new one where it is another suite's.
    fn take(&mut self, case: &Case, left: bool) -> Result<Cluster, String> {
        let kept = if left { self.left.take() } else { self.right.take() };
        match kept.filter(|cluster| cluster.is_for(case.roles.as_deref())) {
            Some(cluster) => Ok(cluster),
            None => self.runtime.block_on(Cluster::start(self.programs, &self.parent, case.roles.as_deref())),
        }
    }
}
