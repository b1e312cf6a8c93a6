//! Storage parameters and foreign options: what is set, changed and taken back.

use std::collections::BTreeMap;

use crate::sql::{ident, literal};

/// `fillfactor='70', …` as WITH and SET take them, from `name=value` each.
pub(super) fn assignments(options: &[String]) -> String {
    let one = |option: &String| match option.split_once('=') {
        Some((name, value)) => format!("{}={}", dotted(name), literal(value)),
        None => dotted(option),
    };
    options.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// ` WITH (…)`, or nothing.
pub(super) fn with(options: &[String]) -> String {
    if options.is_empty() { String::new() } else { format!(" WITH ({})", assignments(options)) }
}

/// `SET (…)` and `RESET (…)` that make `old` into `new`. What is set comes last, so that all behind the first that is to be set
/// follows again: the order is the wanted one then.
pub(super) fn set_and_reset(old: &[String], new: &[String]) -> Vec<String> {
    let name = |option: &String| option.split_once('=').map_or(option.as_str(), |(name, _)| name).to_owned();
    let stay: Vec<&String> = old.iter().filter(|option| new.contains(option)).collect();
    let in_place = stay.iter().zip(new).take_while(|(stays, wanted)| *stays == wanted).count();
    let set = if stay.len() == new.len() { &new[..0] } else { &new[in_place..] };
    let kept: Vec<String> = new.iter().map(name).collect();
    let gone: Vec<String> =
        old.iter().map(name).filter(|name| !kept.contains(name)).map(|name| dotted(&name)).collect();
    let mut actions = Vec::new();
    if !gone.is_empty() {
        actions.push(format!("RESET ({})", gone.join(", ")));
    }
    if !set.is_empty() {
        actions.push(format!("SET ({})", assignments(set)));
    }
    actions
}

/// ` OPTIONS (host 'far', …)`, or nothing.
pub(super) fn foreign(options: &[String]) -> String {
    if options.is_empty() {
        return String::new();
    }
    let all = pairs(options).into_iter().map(|(name, value)| format!("{} {}", ident(name), literal(value)));
    format!(" OPTIONS ({})", all.collect::<Vec<_>>().join(", "))
}

/// `OPTIONS (ADD …, SET …, DROP …)` that makes `old` into `new`; `None` where they are the same.
pub(super) fn change_foreign(old: &[String], new: &[String]) -> Option<String> {
    let (old, new) = (pairs(old), pairs(new));
    let mut actions = Vec::new();
    for (name, value) in &new {
        match old.get(name) {
            None => actions.push(format!("ADD {} {}", ident(name), literal(value))),
            Some(before) if before != value => actions.push(format!("SET {} {}", ident(name), literal(value))),
            Some(_) => {}
        }
    }
    actions.extend(old.keys().filter(|name| !new.contains_key(*name)).map(|name| format!("DROP {}", ident(name))));
    if actions.is_empty() { None } else { Some(format!("OPTIONS ({})", actions.join(", "))) }
}

fn pairs(options: &[String]) -> BTreeMap<&str, &str> {
    options.iter().map(|option| option.split_once('=').unwrap_or((option, ""))).collect()
}

/// `toast.autovacuum_enabled`: each part is an identifier.
fn dotted(name: &str) -> String {
    name.split('.').map(ident).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(options: &[&str]) -> Vec<String> {
        options.iter().map(|option| (*option).to_owned()).collect()
    }

    #[test]
    fn parameters() {
        assert_eq!(with(&list(&["fillfactor=70", "toast.a=b c"])), " WITH (fillfactor='70', toast.a='b c')");
        assert_eq!(with(&[]), "");
        let actions = set_and_reset(&list(&["a=1", "b=2", "c=3"]), &list(&["a=1", "b=4"]));
        assert_eq!(actions, ["RESET (c)", "SET (b='4')"]);
        let actions = set_and_reset(&list(&["a=1", "c=3"]), &list(&["a=1", "b=2", "c=3"]));
        assert_eq!(actions, ["SET (b='2', c='3')"]);
        assert!(set_and_reset(&list(&["a=1", "b=2"]), &list(&["b=2", "a=1"])).is_empty());
    }

    #[test]
    fn foreign_options() {
        assert_eq!(foreign(&list(&["host=a=b"])), " OPTIONS (host 'a=b')");
        let changed = change_foreign(&list(&["a=1", "b=2"]), &list(&["b=3", "c=4"]));
        assert_eq!(changed.unwrap(), "OPTIONS (SET b '3', ADD c '4', DROP a)");
        assert_eq!(change_foreign(&list(&["a=1"]), &list(&["a=1"])), None);
    }
}
