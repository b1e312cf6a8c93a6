//! Whether two dumps of a schema say the same, one of them by a server that words some things otherwise.

use std::collections::BTreeMap;

/// Kinds of objects whose text a server before 16 writes with the name of the table before each column.
const QUALIFIED: [&str; 3] = ["VIEW", "MATERIALIZED VIEW", "RULE"];

/// All privileges on a table that there were before 17, which has MAINTAIN besides.
const ALL: [&str; 7] = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"];

/// The first thing that is otherwise in `new` than in `old`, which a server of version `from` has said; `None` where they say the
/// same. Both are what the new version's pg_dump wrote.
pub(super) fn difference(old: &str, new: &str, from: u32) -> Option<String> {
    let (old, new) = (sections(old, from), sections(new, from));
    for (name, texts) in &old {
        let Some(now) = new.get(name) else { return Some(format!("{name} is not there")) };
        if now != texts {
            let lines = |texts: &[String]| texts.join("\n").lines().map(str::to_owned).collect::<Vec<_>>();
            let (before, after) = (lines(texts), lines(now));
            let differs = before.iter().zip(&after).find(|(before, after)| before != after);
            return Some(match differs {
                Some((before, after)) => format!("{name}: `{}` was `{}`", after.trim(), before.trim()),
                None => format!("{name}: {} lines, and there were {}", after.len(), before.len()),
            });
        }
    }
    new.keys().find(|name| !old.contains_key(*name)).map(|name| format!("{name} was not there"))
}

/// The objects by what pg_dump calls them, each as the newest version would say it.
fn sections(text: &str, from: u32) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut name, mut body) = ("what comes first".to_owned(), String::new());
    for line in text.lines() {
        match line.strip_prefix("-- Name: ") {
            Some(next) => {
                let text = plain(&body, &kind(&name), from);
                found.entry(name).or_default().push(text);
                name = next.to_owned();
                if from < 14 && name.contains("PROCEDURE") {
                    name = without_in(&name);
                }
                body = String::new();
            }
            None if line == "--" || line.trim().is_empty() => {}
            None => {
                body.push_str(line);
                body.push('\n');
            }
        }
    }
    found.entry(name.clone()).or_default().push(plain(&body, &kind(&name), from));
    for texts in found.values_mut() {
        texts.sort();
    }
    found
}

/// The kind in `device; Type: TABLE; Schema: public; Owner: postgres`.
fn kind(name: &str) -> String {
    let (_, rest) = name.split_once("; Type: ").unwrap_or_default();
    rest.split(';').next().unwrap_or_default().to_owned()
}

/// A text without what a server of version `from` and a newer one say in different words.
fn plain(body: &str, kind: &str, from: u32) -> String {
    if from < 16 && QUALIFIED.contains(&kind) {
        return unqualified(body);
    }
    if from < 17 && kind.ends_with("ACL") {
        return body.lines().map(privileges).collect::<Vec<_>>().join("\n");
    }
    if from < 14 {
        let said = body.lines().filter(|line| !is_new_in_14(line));
        return said.map(|line| without_in(line).trim_end_matches(',').to_owned()).collect::<Vec<_>>().join("\n");
    }
    body.to_owned()
}

/// What types and procedures of before 14 have nothing of.
fn is_new_in_14(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("multirange_type_name = ") || line.starts_with("SUBSCRIPT = ")
}

/// `IN` went without saying before 14.
fn without_in(line: &str) -> String {
    line.replace("(IN ", "(").replace(", IN ", ", ")
}

/// `GRANT INSERT,MAINTAIN,SELECT ON TABLE …` in one order, without what there was not before 17.
fn privileges(line: &str) -> String {
    let Some((verb, rest)) = line.split_once(' ').filter(|(verb, _)| matches!(*verb, "GRANT" | "REVOKE")) else {
        return line.to_owned();
    };
    let Some((list, on)) = rest.split_once(" ON ") else { return line.to_owned() };
    let mut listed: Vec<&str> = list.split(',').map(str::trim).filter(|one| *one != "MAINTAIN").collect();
    listed.sort_unstable();
    let whole = listed.len() == ALL.len() && ALL.iter().all(|one| listed.contains(one));
    let list = if whole { "ALL".to_owned() } else { listed.join(",") };
    format!("{verb} {list} ON {on}")
}

/// SQL without the names before points, literals as they are.
fn unqualified(sql: &str) -> String {
    let mut plain = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => quoted(rest, '\''),
            _ => identifier(rest),
        };
        let (word, after) = rest.split_at(length.unwrap_or(first.len_utf8()));
        let before_point = length.is_some() && first != '\'' && after.starts_with('.');
        let names = before_point && (identifier(&after[1..]).is_some() || after[1..].starts_with('*'));
        if names {
            rest = &after[1..];
        } else {
            plain.push_str(word);
            rest = after;
        }
    }
    plain
}

/// How long the name at the beginning of `text` is, if there is one.
fn identifier(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if first == '"' {
        return quoted(text, '"');
    }
    let within = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    if !first.is_alphabetic() && first != '_' {
        // A number is one word up to its end, whatever stands in it.
        return None;
    }
    Some(text.find(|c| !within(c)).unwrap_or(text.len()))
}

/// How long what begins with the quote is; two of them are one inside.
fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut inside = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = inside.next() {
        if c == quote && inside.next_if(|(_, next)| *next == quote).is_none() {
            return Some(at + 1);
        }
    }
    Some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dump(entries: &[(&str, &str, &str)]) -> String {
        let entry = |(name, kind, text): &(&str, &str, &str)| {
            format!("--\n-- Name: {name}; Type: {kind}; Schema: public; Owner: postgres\n--\n\n{text}\n\n\n")
        };
        entries.iter().map(entry).collect()
    }

    #[test]
    fn what_a_newer_version_words_otherwise_is_the_same() {
        let cases = [
            (
                15,
                "v",
                "VIEW",
                "CREATE VIEW public.v AS\n SELECT t.a,\n    t.\"B.x\"\n   FROM public.t\n  WHERE (t.a > 1.5 AND t.b = 't.a');",
                "CREATE VIEW public.v AS\n SELECT a,\n    \"B.x\"\n   FROM public.t\n  WHERE (a > 1.5 AND b = 't.a');",
            ),
            (
                16,
                "TABLE t",
                "ACL",
                "REVOKE SELECT,INSERT,REFERENCES,DELETE,TRIGGER,TRUNCATE,UPDATE ON TABLE public.t FROM postgres;\nGRANT SELECT,UPDATE ON TABLE public.t TO postgres;",
                "REVOKE ALL ON TABLE public.t FROM postgres;\nGRANT SELECT,MAINTAIN,UPDATE ON TABLE public.t TO postgres;",
            ),
            (
                13,
                "r",
                "TYPE",
                "CREATE TYPE public.r AS RANGE (\n    subtype = integer\n);",
                "CREATE TYPE public.r AS RANGE (\n    subtype = integer,\n    multirange_type_name = public.m\n);",
            ),
        ];
        for (from, name, kind, old, new) in cases {
            let (old, new) = (dump(&[(name, kind, old)]), dump(&[(name, kind, new)]));
            assert_eq!(difference(&old, &new, from), None);
            assert!(difference(&old, &new, 18).is_some(), "{kind}: only an older version says it so");
        }
        let procedure = |argument: &str| {
            let name = format!("p({argument}a integer)");
            dump(&[(&name, "PROCEDURE", &format!("CREATE PROCEDURE public.{name}\n    LANGUAGE sql\n    AS $$ $$;"))])
        };
        assert_eq!(difference(&procedure(""), &procedure("IN "), 13), None);
    }

    #[test]
    fn what_is_lost_or_changed_is_said() {
        let view = |text: &'static str| dump(&[("t", "TABLE", "CREATE TABLE t (a int);"), ("v", "VIEW", text)]);
        let old = view("CREATE VIEW v AS SELECT t.a FROM t;");
        assert!(difference(&old, &view("CREATE VIEW v AS SELECT b FROM t;"), 15).unwrap().contains("SELECT b FROM t"));
        assert!(difference(&old, &view("CREATE VIEW v AS SELECT 't.a' FROM t;"), 15).is_some());
        let lost = difference(&old, &dump(&[("t", "TABLE", "CREATE TABLE t (a int);")]), 15).unwrap();
        assert!(lost.starts_with("v; Type: VIEW") && lost.ends_with("is not there"), "{lost}");
        assert!(difference(&dump(&[]), &old, 15).unwrap().ends_with("was not there"));
        // The same in another order is the same.
        let (a, b) = (("a", "TABLE", "CREATE TABLE a ();"), ("b", "TABLE", "CREATE TABLE b ();"));
        assert_eq!(difference(&dump(&[a, b]), &dump(&[b, a]), 15), None);
    }
}
