//! What comes after what.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use super::{Finding, Revision, Severity};

/// An order in which `revisions` can be applied, as close to the given one as that goes, and how many of it can be: those in a
/// circle, and behind one, come last.
pub(super) fn order(revisions: &[Revision]) -> (Vec<usize>, usize) {
    let at = positions(revisions);
    let mut waits: Vec<usize> = vec![0; revisions.len()];
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); revisions.len()];
    for (child, revision) in revisions.iter().enumerate() {
        for parent in revision.parents.iter().filter_map(|parent| at.get(parent.as_str())) {
            children[*parent].push(child);
            waits[child] += 1;
        }
    }
    let mut ready: BinaryHeap<Reverse<usize>> =
        waits.iter().enumerate().filter(|(_, waits)| **waits == 0).map(|(at, _)| Reverse(at)).collect();
    let mut order = Vec::with_capacity(revisions.len());
    while let Some(Reverse(next)) = ready.pop() {
        order.push(next);
        for child in &children[next] {
            waits[*child] -= 1;
            if waits[*child] == 0 {
                ready.push(Reverse(*child));
            }
        }
    }
    let settled = order.len();
    order.extend((0..revisions.len()).filter(|at| waits[*at] > 0));
    (order, settled)
}

/// The circle that `unsettled` lead into, those that no order was found for: each of them has a parent among them.
pub(super) fn circle(revisions: &[Revision], unsettled: &[usize]) -> Option<Finding> {
    let at = positions(revisions);
    let is_unsettled: HashSet<usize> = unsettled.iter().copied().collect();
    let parents = |child: usize| revisions[child].parents.iter().filter_map(|parent| at.get(parent.as_str()).copied());
    let mut walk = vec![*unsettled.first()?];
    loop {
        let next = parents(walk[walk.len() - 1]).find(|parent| is_unsettled.contains(parent))?;
        if let Some(start) = walk.iter().position(|seen| *seen == next) {
            let names: Vec<&str> = walk[start..].iter().chain([&next]).map(|at| revisions[*at].id.as_str()).collect();
            let message = format!("these go round in a circle: {}", names.join(" comes after "));
            return Some(Finding { severity: Severity::Error, message, place: Some(revisions[next].place.clone()) });
        }
        walk.push(next);
    }
}

/// The ids that no other revision builds on.
pub(super) fn heads(revisions: &[Revision]) -> Vec<String> {
    let replaced: HashSet<&str> = revisions.iter().flat_map(|it| it.replaces.iter().map(String::as_str)).collect();
    let living = || revisions.iter().filter(|revision| !replaced.contains(revision.id.as_str()));
    let built_on: HashSet<&str> = living().flat_map(|it| it.parents.iter().map(String::as_str)).collect();
    living().map(|revision| &revision.id).filter(|id| !built_on.contains(id.as_str())).cloned().collect()
}

fn positions(revisions: &[Revision]) -> HashMap<&str, usize> {
    revisions.iter().enumerate().map(|(at, revision)| (revision.id.as_str(), at)).collect()
}
