//! Grants as one object's owner sees them, and the statements that make some into others.
//!
//! Whoever may give a privilege on gives it in the own name, and the server takes it back only in that name. What the owner has
//! given has no giver's name here, since it follows when the object gets another owner.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Grant, Privileges};
use crate::sql::ident;

/// One privilege: who has it, which, and who gave it where that is not the owner.
pub(super) type Key = (Option<String>, String, String);

pub(super) fn key(grant: &Grant) -> Key {
    (grant.grantee.clone(), grant.privilege.clone(), grant.grantor.clone())
}

/// Is it another role's than the owner's?
pub(super) fn is_passed_on(grant: &Grant) -> bool {
    !grant.grantor.is_empty()
}

/// `privileges` of an object of `old`, as they are once `new` owns it. What that role has by itself from then on is no grant; the
/// options that it may be left with are the second answer.
pub(super) fn of_owner(privileges: &Privileges, old: &str, new: &str) -> (Privileges, Vec<Grant>) {
    let follow = |grant: &Grant| {
        let is_owners = grant.grantor == old || grant.grantor == new;
        Grant {
            grantee: grant.grantee.as_ref().map(|role| if role == old { new.to_owned() } else { role.clone() }),
            grantor: if is_owners { String::new() } else { grant.grantor.clone() },
            ..grant.clone()
        }
    };
    let is_own = |grant: &Grant| old != new && grant.grantee.as_deref() == Some(new) && !is_passed_on(grant);
    let (own, granted): (Vec<Grant>, Vec<Grant>) = privileges.granted.iter().map(follow).partition(is_own);
    let has = |grant: &Grant| is_own(grant) && own.iter().any(|one| key(one) == key(grant));
    let revoked = privileges.revoked.iter().map(follow).filter(|grant| !has(grant)).collect();
    let options = own.iter().filter(|grant| grant.grantable).cloned().collect();
    (Privileges { granted, revoked, ..Privileges::default() }, options)
}

/// `privileges` whoever gave them.
pub(super) fn of_nobody(privileges: &Privileges) -> Privileges {
    let bare = |list: &[Grant]| list.iter().map(|one| Grant { grantor: String::new(), ..one.clone() }).collect();
    Privileges { granted: bare(&privileges.granted), revoked: bare(&privileges.revoked), ..Privileges::default() }
}

/// Statements that make `before` into `after` when `me` runs them; grants of `taken` are gone already. `place` puts an object after
/// the privileges: `SELECT, INSERT ON TABLE t`.
pub(super) fn steps(
    before: &Privileges,
    after: &Privileges,
    taken: &BTreeSet<Key>,
    me: &str,
    place: impl Fn(&[&str]) -> String,
) -> Vec<String> {
    let find = |list: &[&Grant], grant: &Grant| list.iter().find(|one| key(one) == key(grant)).map(|one| one.grantable);
    let had: Vec<&Grant> = before.granted.iter().filter(|grant| !taken.contains(&key(grant))).collect();
    let wanted: Vec<&Grant> = after.granted.iter().collect();
    let is_less = |grant: &Grant| find(&wanted, grant).is_none_or(|grantable| grant.grantable && !grantable);
    // The server takes nothing back from a role that has passed it on: what was passed on goes first, and comes again.
    let less: BTreeSet<&str> = had.iter().filter(|one| is_less(one)).map(|one| one.privilege.as_str()).collect();
    let again = |grant: &Grant| is_passed_on(grant) && less.contains(grant.privilege.as_str());
    let mut revoked: Vec<&Grant> = Vec::new();
    revoked.extend(had.iter().filter(|grant| find(&wanted, grant).is_none() || again(grant)));
    revoked.extend(after.revoked.iter().filter(|grant| !before.revoked.iter().any(|one| key(one) == key(grant))));
    let mut given: Vec<&Grant> = Vec::new();
    given.extend(before.revoked.iter().filter(|grant| !after.revoked.iter().any(|one| key(one) == key(grant))));
    let mut narrowed = Vec::new();
    for grant in wanted.iter().copied() {
        match find(&had, grant).filter(|_| !again(grant)) {
            Some(grantable) if grantable == grant.grantable => {}
            Some(true) => narrowed.push(grant),
            _ => given.push(grant),
        }
    }
    let mut statements = passed_on(&revoked, &had, me, |grants| revoke("", grants, &place));
    // Those furthest from the owner go first, and come last.
    statements.reverse();
    let mut statements = statements.concat();
    statements.extend(revoke("", &of_owner_alone(&revoked), &place));
    statements.extend(revoke("GRANT OPTION FOR ", &narrowed, &place));
    statements.extend(give(&of_owner_alone(&given), &place));
    statements.extend(passed_on(&given, &wanted, me, |grants| give(grants, &place)).concat());
    statements
}

fn of_owner_alone<'a>(grants: &[&'a Grant]) -> Vec<&'a Grant> {
    grants.iter().copied().filter(|one| !is_passed_on(one)).collect()
}

/// What `say` says of those of `grants` that roles have passed on, in their names, from the owner outwards; `all` tell how far each
/// role is.
fn passed_on(grants: &[&Grant], all: &[&Grant], me: &str, say: impl Fn(&[&Grant]) -> Vec<String>) -> Vec<Vec<String>> {
    let mut groups: BTreeMap<(usize, &str), Vec<&Grant>> = BTreeMap::new();
    for grant in grants.iter().copied().filter(|grant| is_passed_on(grant)) {
        groups.entry((distance(grant, all), grant.grantor.as_str())).or_default().push(grant);
    }
    groups.into_iter().map(|((_, role), grants)| in_name_of(role, me, say(&grants))).collect()
}

/// By how many other roles the privilege has come from the owner.
fn distance(grant: &Grant, all: &[&Grant]) -> usize {
    let mut givers = BTreeSet::from([grant.grantor.as_str()]);
    let mut far = 1;
    loop {
        let options = all.iter().filter(|one| one.grantable && one.privilege == grant.privilege);
        let above = options.filter(|one| one.grantee.as_deref().is_some_and(|role| givers.contains(role)));
        let above: BTreeSet<&str> = above.map(|one| one.grantor.as_str()).collect();
        // One who has it of the owner, or of nobody here: he may give on what a column's table lets him.
        if above.is_empty() || above.contains("") || far > all.len() {
            return far;
        }
        (givers, far) = (above, far + 1);
    }
}

fn in_name_of(role: &str, me: &str, statements: Vec<String>) -> Vec<String> {
    if role == me || statements.is_empty() {
        return statements;
    }
    let act_as = |role: &str| format!("SET LOCAL ROLE {}", ident(role));
    std::iter::once(act_as(role)).chain(statements).chain([act_as(me)]).collect()
}

/// Takes back the options of `grants` to give on.
pub(super) fn revoke_options(grants: &[Grant], place: impl Fn(&[&str]) -> String) -> Vec<String> {
    revoke("GRANT OPTION FOR ", &grants.iter().collect::<Vec<_>>(), place)
}

fn revoke(words: &str, grants: &[&Grant], place: impl Fn(&[&str]) -> String) -> Vec<String> {
    let say = |(to, _, names): (String, bool, Vec<&str>)| format!("REVOKE {words}{} FROM {to}", place(&names));
    together(grants).into_iter().map(say).collect()
}

fn give(grants: &[&Grant], place: impl Fn(&[&str]) -> String) -> Vec<String> {
    let say = |(to, grantable, names): (String, bool, Vec<&str>)| {
        let option = if grantable { " WITH GRANT OPTION" } else { "" };
        format!("GRANT {} TO {to}{option}", place(&names))
    };
    together(grants).into_iter().map(say).collect()
}

/// Grants that one statement can say: grantee, whether they may be given on, and the privileges.
fn together<'a>(grants: &[&'a Grant]) -> Vec<(String, bool, Vec<&'a str>)> {
    let mut groups: BTreeMap<(String, bool), Vec<&str>> = BTreeMap::new();
    for grant in grants {
        groups.entry((grantee(grant), grant.grantable)).or_default().push(&grant.privilege);
    }
    groups.into_iter().map(|((to, grantable), names)| (to, grantable, names)).collect()
}

fn grantee(grant: &Grant) -> String {
    grant.grantee.as_ref().map_or("PUBLIC".to_owned(), |role| ident(role))
}
