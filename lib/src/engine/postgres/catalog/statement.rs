//! The statement that reads the catalog: the queries of the asked scope as one, for the server at hand.
//!
//! Lines of the queries that only some servers understand say so at their end: `-- from 15`, `-- before 15`,
//! `-- when superuser`, `-- unless superuser`, or several of these with commas between; `-- when measured` is what only a
//! scope with measures asks for.

use crate::catalog::Scope;
use crate::engine::ServerInfo;

const SCOPE: &str = include_str!("scope.sql");

/// Tables, views and sequences, with all that hangs on them.
const RELATIONS: [&str; 12] = [
    include_str!("database.sql"),
    include_str!("schema.sql"),
    include_str!("extension.sql"),
    include_str!("table.sql"),
    include_str!("view.sql"),
    include_str!("column.sql"),
    include_str!("constraint.sql"),
    include_str!("index.sql"),
    include_str!("trigger.sql"),
    include_str!("rule.sql"),
    include_str!("policy.sql"),
    include_str!("sequence.sql"),
];

const MEASURES: &str = include_str!("size.sql");

/// All other kinds, and what there is about objects of any kind.
const OTHERS: [&str; 34] = [
    include_str!("role.sql"),
    include_str!("membership.sql"),
    include_str!("setting.sql"),
    include_str!("type.sql"),
    include_str!("domain_constraint.sql"),
    include_str!("not_null.sql"),
    include_str!("collation.sql"),
    include_str!("routine.sql"),
    include_str!("operator.sql"),
    include_str!("operator_class.sql"),
    include_str!("operator_family.sql"),
    include_str!("cast.sql"),
    include_str!("conversion.sql"),
    include_str!("transform.sql"),
    include_str!("language.sql"),
    include_str!("access_method.sql"),
    include_str!("text_search_parser.sql"),
    include_str!("text_search_template.sql"),
    include_str!("text_search_dictionary.sql"),
    include_str!("text_search_configuration.sql"),
    include_str!("statistics.sql"),
    include_str!("foreign_data_wrapper.sql"),
    include_str!("server.sql"),
    include_str!("user_mapping.sql"),
    include_str!("event_trigger.sql"),
    include_str!("publication.sql"),
    include_str!("subscription.sql"),
    include_str!("privilege.sql"),
    include_str!("default_privilege.sql"),
    include_str!("label.sql"),
    include_str!("nameless.sql"),
    include_str!("dependency.sql"),
    include_str!("object.sql"),
    include_str!("published.sql"),
];

/// The statement for `server`.
pub(super) fn of(scope: Scope, server: &ServerInfo) -> String {
    let mut queries = RELATIONS.to_vec();
    if scope.measures() {
        queries.push(MEASURES);
    }
    if scope.all_kinds() {
        queries.extend(OTHERS);
    }
    let sql = format!("{SCOPE}{}", queries.join("UNION ALL\n"));
    let major = server.version_number / 10_000;
    let wanted = |line: &&str| is_wanted(line, major, server.superuser, scope.measures());
    sql.lines().filter(wanted).collect::<Vec<_>>().join("\n")
}

/// Does a server of this major version understand the line, may the role ask it, and is it asked for?
fn is_wanted(line: &str, major: u32, superuser: bool, measured: bool) -> bool {
    let Some((_, conditions)) = line.rsplit_once("-- ") else { return true };
    conditions.split(", ").all(|condition| match condition.split_once(' ') {
        Some(("from", version)) => version.parse().map_or(true, |from: u32| major >= from),
        Some(("before", version)) => version.parse().map_or(true, |before: u32| major < before),
        Some(("when", "superuser")) => superuser,
        Some(("unless", "superuser")) => !superuser,
        Some(("when", "measured")) => measured,
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::is_wanted;

    #[test]
    fn lines_are_for_the_servers_that_they_name() {
        let check = |line: &str, expected: [bool; 3]| {
            let servers = [(13, false), (15, true), (18, true)];
            let got = servers.map(|(major, superuser)| is_wanted(line, major, superuser, major == 18));
            assert_eq!(got, expected, "{line}");
        };
        check("a,", [true, true, true]);
        check("a, -- from 15", [false, true, true]);
        check("a, -- before 18", [true, true, false]);
        check("a, -- when superuser", [false, true, true]);
        check("a, -- before 14, unless superuser", [true, false, false]);
        check("a, -- when measured", [false, false, true]);
        check("-- from a range to its multirange", [true, true, true]);
    }
}
