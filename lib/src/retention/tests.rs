//! Cases by hand, and what holds of every one.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn keep(text: &str) -> Keep {
    let mut keep = Keep::default();
    for word in text.split_whitespace() {
        let (name, count) = word.split_once('=').unwrap();
        let count = count.parse().unwrap();
        match name {
            "last" => keep.last = count,
            "hourly" => keep.hourly = count,
            "daily" => keep.daily = count,
            "weekly" => keep.weekly = count,
            "monthly" => keep.monthly = count,
            "yearly" => keep.yearly = count,
            other => panic!("{other}"),
        }
    }
    keep
}

/// A backup for each line: its time, and `proven` or `unfinished` behind it.
fn backups(text: &str) -> Vec<Candidate> {
    let one = |line: &str| {
        let mut words = line.split_whitespace();
        let (day, time) = (words.next().unwrap(), words.next().unwrap());
        let rest: Vec<&str> = words.collect();
        Candidate {
            id: format!("{day} {time}"),
            taken: format!("{day}T{time}:00Z").parse().unwrap(),
            complete: !rest.contains(&"unfinished"),
            proven: rest.contains(&"proven"),
            refuted: rest.contains(&"refuted"),
        }
    };
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(one).collect()
}

/// Those that are kept under `rules`, with their reasons; the others are listed behind a `-`.
fn check(rules: &str, given: &str, expected: &str) {
    let shown: Vec<String> = judge(&backups(given), keep(rules))
        .into_iter()
        .map(|judged| {
            let reasons: Vec<&str> = judged.reasons.iter().map(|reason| reason.words()).collect();
            format!("{} {}", judged.id, if reasons.is_empty() { "-".to_owned() } else { reasons.join(", ") })
        })
        .collect();
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(shown, expected, "{rules}");
}

#[test]
fn without_rules_all_are_kept() {
    check("", "2026-01-01 00:00\n2025-01-01 00:00 proven", "2026-01-01 00:00 no rules\n2025-01-01 00:00 no rules");
    check("daily=3", "", "");
}

#[test]
fn the_newest_of_each_span() {
    check(
        "daily=2",
        "2026-03-01 08:00\n2026-03-01 20:00\n2026-03-02 23:59\n2026-03-03 00:00\n2026-02-01 00:00",
        "2026-03-03 00:00 daily
         2026-03-02 23:59 daily
         2026-03-01 20:00 -
         2026-03-01 08:00 -
         2026-02-01 00:00 -",
    );
    // Days without a backup are not counted.
    check("daily=2", "2026-03-09 00:00\n2026-03-01 00:00", "2026-03-09 00:00 daily\n2026-03-01 00:00 daily");
    check(
        "last=1 hourly=2 yearly=2",
        "2026-01-01 10:59\n2026-01-01 10:01\n2026-01-01 09:59\n2025-12-31 09:59\n2025-01-01 00:00",
        "2026-01-01 10:59 last, hourly, yearly
         2026-01-01 10:01 -
         2026-01-01 09:59 hourly
         2025-12-31 09:59 yearly
         2025-01-01 00:00 -",
    );
}

#[test]
fn weeks_are_those_of_iso_8601() {
    // Monday, December 29 2025 is in the first week of 2026; Sunday before it in the last of 2025.
    check(
        "weekly=2",
        "2026-01-04 12:00\n2025-12-29 12:00\n2025-12-28 12:00\n2025-12-22 12:00",
        "2026-01-04 12:00 weekly
         2025-12-29 12:00 -
         2025-12-28 12:00 weekly
         2025-12-22 12:00 -",
    );
}

#[test]
fn the_oldest_stays_while_a_rule_has_some_left() {
    check(
        "monthly=3",
        "2026-02-20 00:00\n2026-02-10 00:00\n2026-01-31 00:00\n2026-01-05 00:00",
        "2026-02-20 00:00 monthly
         2026-02-10 00:00 -
         2026-01-31 00:00 monthly
         2026-01-05 00:00 monthly",
    );
    check(
        "last=2 yearly=1",
        "2026-02-20 00:00\n2026-02-10 00:00\n2026-01-31 00:00",
        "2026-02-20 00:00 last, yearly
         2026-02-10 00:00 last
         2026-01-31 00:00 -",
    );
}

#[test]
fn the_newest_proven_and_the_unfinished_stay() {
    check(
        "last=1",
        "2026-03-05 00:00 unfinished\n2026-03-04 00:00\n2026-03-03 00:00 proven\n2026-03-02 00:00 proven\n2026-03-01 00:00 unfinished",
        "2026-03-05 00:00 not complete
         2026-03-04 00:00 last
         2026-03-03 00:00 newest proven
         2026-03-02 00:00 -
         2026-03-01 00:00 not complete",
    );
}

#[test]
fn a_refuted_one_takes_no_place_and_goes_when_there_is_a_better_one() {
    let given =
        "2026-03-05 00:00 refuted\n2026-03-04 00:00\n2026-03-03 00:00 refuted\n2026-03-02 00:00\n2026-03-01 00:00";
    check(
        "last=2",
        given,
        "2026-03-05 00:00 refuted, with nothing newer to have
         2026-03-04 00:00 last
         2026-03-03 00:00 -
         2026-03-02 00:00 last
         2026-03-01 00:00 -",
    );
    check("", "2026-03-05 00:00\n2026-03-04 00:00 refuted", "2026-03-05 00:00 no rules\n2026-03-04 00:00 no rules");
    let alone = "2026-03-05 00:00 refuted\n2026-03-04 00:00 refuted";
    let stays = "refuted, with nothing newer to have";
    check("last=1", alone, &format!("2026-03-05 00:00 {stays}\n2026-03-04 00:00 {stays}"));
}

/// Quarters of hours, minutes, and flags.
type Drawn = (u32, u8, (bool, bool, bool));

/// Backups within some years, often close to each other.
fn any_backups() -> impl Strategy<Value = Vec<Candidate>> {
    let one = (0..40_000_u32, 0..60_u8, any::<(bool, bool, bool)>());
    proptest::collection::vec(one, 0..60).prop_map(|all| {
        let candidate = |(number, (hours, minutes, (rare, proven, refuted))): (usize, Drawn)| Candidate {
            id: format!("{number}"),
            taken: Timestamp::from_second(1_700_000_000 + i64::from(hours) * 3600 / 4 + i64::from(minutes) * 60)
                .unwrap(),
            complete: !rare || number % 3 > 0,
            proven: proven && !refuted,
            refuted,
        };
        all.into_iter().enumerate().map(candidate).collect()
    })
}

proptest! {
    #[test]
    fn what_holds_always(
        backups in any_backups(),
        (last, hourly, daily) in (0..5_u32, 0..5_u32, 0..9_u32),
        (weekly, monthly, yearly) in (0..5_u32, 0..5_u32, 0..3_u32),
    ) {
        let keep = Keep { last, hourly, daily, weekly, monthly, yearly };
        let judged = judge(&backups, keep);
        prop_assert_eq!(judged.len(), backups.len());
        let kept: BTreeSet<&str> =
            judged.iter().filter(|judged| !judged.reasons.is_empty()).map(|judged| judged.id.as_str()).collect();
        let by_age = |wanted: &dyn Fn(&Candidate) -> bool| {
            let mut some: Vec<&Candidate> = backups.iter().filter(|backup| wanted(backup)).collect();
            some.sort_by(|a, b| (b.taken, &b.id).cmp(&(a.taken, &a.id)));
            some
        };
        let complete = by_age(&|backup| backup.complete && !backup.refuted);
        prop_assert_eq!(kept.is_empty(), backups.is_empty());
        // Never all, never the newest good one, never the newest proven, never one that is not complete.
        for backup in by_age(&|backup| !backup.complete) {
            prop_assert!(kept.contains(backup.id.as_str()));
        }
        for newest in [complete.first(), by_age(&|backup| backup.complete && backup.proven).first()].into_iter().flatten() {
            prop_assert!(kept.contains(newest.id.as_str()));
        }
        // The newest `last`, and of each of the newest `daily` days the newest.
        for backup in complete.iter().take(last as usize) {
            prop_assert!(kept.contains(backup.id.as_str()));
        }
        let date = |backup: &Candidate| backup.taken.to_zoned(TimeZone::UTC).date();
        let days: BTreeSet<_> = complete.iter().map(|backup| date(backup)).collect();
        for day in days.iter().rev().take(daily as usize) {
            let newest = complete.iter().find(|backup| date(backup) == *day).unwrap();
            prop_assert!(kept.contains(newest.id.as_str()), "{}", newest.taken);
        }
        // No rule keeps more than it may.
        let all = [last, hourly, daily, weekly, monthly, yearly];
        let reasons = [Reason::Last, Reason::Hourly, Reason::Daily, Reason::Weekly, Reason::Monthly, Reason::Yearly];
        for (reason, count) in reasons.into_iter().zip(all) {
            let met = judged.iter().filter(|judged| judged.reasons.contains(&reason)).count();
            prop_assert!(met <= count as usize, "{reason:?} keeps {met} of {count}");
        }
        if all.iter().any(|count| *count > 0) {
            let most = all.iter().map(|count| *count as usize).sum::<usize>() + 1;
            prop_assert!(kept.len() <= most + backups.iter().filter(|backup| !backup.complete || backup.refuted).count());
        }
    }
}
