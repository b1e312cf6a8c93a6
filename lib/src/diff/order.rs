//! What must come before what, put into one line.

use std::collections::{BTreeMap, BTreeSet};

/// Pieces of work and which of them must come first.
#[derive(Debug)]
pub(super) struct Order<K> {
    /// Each piece with those that must come before it.
    before: BTreeMap<K, BTreeSet<K>>,
}

impl<K: Ord + Clone> Order<K> {
    pub(super) fn new(pieces: impl IntoIterator<Item = K>) -> Self {
        Self { before: pieces.into_iter().map(|piece| (piece, BTreeSet::new())).collect() }
    }

    pub(super) fn pieces(&self) -> impl Iterator<Item = &K> {
        self.before.keys()
    }

    pub(super) fn has(&self, piece: &K) -> bool {
        self.before.contains_key(piece)
    }

    /// `first` comes before `then`, where both are to be done at all.
    pub(super) fn put(&mut self, first: &K, then: &K) {
        if first != then
            && self.has(first)
            && let Some(before) = self.before.get_mut(then)
        {
            before.insert(first.clone());
        }
    }

    /// All pieces in order, the smallest first wherever there is a choice.
    ///
    /// # Errors
    /// The pieces of a circle, each before the next and the last before the first.
    pub(super) fn line(self) -> Result<Vec<K>, Vec<K>> {
        let mut waiting: BTreeMap<&K, usize> =
            self.before.iter().map(|(piece, before)| (piece, before.len())).collect();
        let mut after: BTreeMap<&K, Vec<&K>> = BTreeMap::new();
        for (then, before) in &self.before {
            for first in before {
                after.entry(first).or_default().push(then);
            }
        }
        let mut ready: BTreeSet<&K> =
            waiting.iter().filter(|(_, count)| **count == 0).map(|(piece, _)| *piece).collect();
        let mut line = Vec::with_capacity(self.before.len());
        while let Some(next) = ready.pop_first() {
            waiting.remove(next);
            line.push(next.clone());
            for then in after.get(next).into_iter().flatten() {
                if let Some(count) = waiting.get_mut(then) {
                    *count -= 1;
                    if *count == 0 {
                        ready.insert(then);
                    }
                }
            }
        }
        match waiting.keys().next() {
            None => Ok(line),
            Some(stuck) => Err(self.circle(stuck, &waiting)),
        }
    }

    /// Walks back from a piece that never became ready until one is met again.
    fn circle(&self, stuck: &K, waiting: &BTreeMap<&K, usize>) -> Vec<K> {
        let mut walked: Vec<&K> = Vec::new();
        let mut at = stuck;
        loop {
            if let Some(met) = walked.iter().position(|piece| *piece == at) {
                return walked[met..].iter().rev().map(|piece| (*piece).clone()).collect();
            }
            walked.push(at);
            match self.before.get(at).into_iter().flatten().find(|first| waiting.contains_key(first)) {
                Some(first) => at = first,
                None => return vec![at.clone()],
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pieces: &str, pairs: &[&str], expected: Result<&str, &str>) {
        let mut order = Order::new(pieces.chars());
        for pair in pairs {
            let mut ends = pair.chars();
            order.put(&ends.next().unwrap(), &ends.next().unwrap());
        }
        let told = |line: Vec<char>| line.into_iter().collect::<String>();
        let line = order.line().map(told).map_err(told);
        assert_eq!(line.as_deref().map_err(String::as_str), expected, "{pieces} {pairs:?}");
    }

    #[test]
    fn lines() {
        check("", &[], Ok(""));
        check("cab", &[], Ok("abc"));
        check("abc", &["ca", "cb"], Ok("cab"));
        check("abcd", &["da", "bc", "cd"], Ok("bcda"));
        check("ab", &["ab", "ab", "aa", "xa", "bx"], Ok("ab"));
    }

    #[test]
    fn circles() {
        check("abcd", &["ab", "bc", "ca", "cd"], Err("bca"));
        check("ab", &["ab", "ba"], Err("ba"));
    }
}
