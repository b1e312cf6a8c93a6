//! A plan that is being applied: whoever breaks it off hears what was done.

use crate::observer::{Event, Observer};
use crate::plan::{Action, Plan};

/// How to go on after a part.
pub(super) const GO_ON: &str = "plan what is left: mainstay schema diff database TO --format json -o FILE";

/// The first `steps` steps of a plan, as done.
pub(super) fn done(steps: usize) -> String {
    match steps {
        0 => "nothing of the plan was done".to_owned(),
        1 => "step 1 is done and stays".to_owned(),
        steps => format!("steps 1 to {steps} are done and stay"),
    }
}

/// Says how far it came if it is dropped before its end: its future was dropped, after Ctrl-C say.
pub(super) struct UnderWay<'a> {
    plan: &'a Plan,
    observer: &'a dyn Observer,
    done: usize,
    ended: bool,
}

impl<'a> UnderWay<'a> {
    pub(super) fn begin(plan: &'a Plan, observer: &'a dyn Observer) -> Self {
        Self { plan, observer, done: 0, ended: false }
    }

    pub(super) fn step_done(&mut self) {
        self.done += 1;
    }

    /// How many steps are done.
    pub(super) fn steps(&self) -> usize {
        self.done
    }

    /// It has come to its end, or an error tells how far it came.
    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    fn told(&self) -> Option<String> {
        let step = self.plan.steps.get(self.done)?;
        let (at, of) = (self.done + 1, self.plan.steps.len());
        let undone = match &step.action {
            Action::Sql(sql) if !sql.transaction => {
                format!("step {at} of {of} ({}) was broken off, and what it had done stays", step.title)
            }
            _ => format!("step {at} of {of} ({}) was taken back", step.title),
        };
        Some(format!("{}, {undone}; {GO_ON}", done(self.done)))
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if let Some(message) = self.told().filter(|_| !self.ended) {
            self.observer.event(Event::Warning { message: &message });
        }
    }
}
