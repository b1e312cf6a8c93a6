//! What runs when a statement runs: the functions that it calls, the triggers and defaults of its tables, what those call in
//! turn. Names are followed without their schemas, so rather too much is found than too little.

use std::collections::{HashMap, VecDeque};

use crate::sql::{Flavor, words};

use super::code::{deed, executes_what_it_is_given, flat, language, of_language, outside_texts};
use super::{OF_DATA, Reach};

/// The name of what runs with every statement, or with none that can be told: event triggers, operators, casts.
pub(super) const ALWAYS: &str = "*";

/// How far a statement reaches, and through what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// How far.
    pub reach: Reach,
    /// From a name in the statement to what reaches beyond: `log → audit → dblink_exec`.
    pub through: String,
}

/// Definitions, of a live database or of scripts: what has which code.
#[derive(Debug, Default)]
pub struct Known {
    pieces: Vec<Piece>,
    /// Statements that define something harmless by itself: read only where anything is not.
    unread: Vec<String>,
    /// By everything that a name runs, and by what runs of it where only a shape changes.
    reached: Option<[HashMap<String, Reached>; 2]>,
}

/// Something named that runs something else. A function's name ends in `(`, a type's in `#`, a table's or view's is bare.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) name: String,
    /// It runs also where only the shape of a table is changed: a default, a check.
    pub(super) with_shape: bool,
    pub(super) uses: Vec<String>,
    /// How far it reaches by itself, and what does it.
    pub(super) own: Option<(Reach, String)>,
}

/// What of a database a statement may run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Runs {
    /// Nothing that is known by a name: it defines, renames, grants.
    Nothing,
    /// Expressions of a table's columns, constraints and indexes.
    Shape,
    /// Everything: it reads or writes rows, or calls code.
    Everything,
}

impl Known {
    pub(super) fn add(&mut self, piece: Piece) {
        self.reached = None;
        self.pieces.push(piece);
    }

    /// Adds what the statement `sql` will have defined.
    pub fn learn(&mut self, sql: &str) {
        let words = words(sql, Flavor::Postgres, 6);
        match words.first().map(String::as_str) {
            Some("CREATE")
                if words.iter().any(|word| ["FUNCTION", "PROCEDURE", "FOREIGN"].contains(&word.as_str())) =>
            {
                defined(sql).into_iter().for_each(|piece| self.add(piece));
            }
            Some("CREATE" | "ALTER") => self.unread.push(sql.to_owned()),
            _ => {}
        }
    }

    /// Whether anything in it reaches beyond the database.
    pub(super) fn is_harmless(&self) -> bool {
        self.pieces.iter().all(|piece| piece.own.is_none())
    }

    /// How far the statement `sql` reaches where these definitions are; by itself as [`super::reach`] says it.
    pub fn reach(&mut self, sql: &str, flavor: Flavor) -> Reached {
        let own = super::own(sql, flavor);
        if flavor == Flavor::Sqlite || own.reach == Reach::World || self.is_harmless() {
            return own;
        }
        for sql in std::mem::take(&mut self.unread) {
            defined(&sql).into_iter().for_each(|piece| self.add(piece));
        }
        let [everything, shape] = self.reached.get_or_insert_with(|| {
            let everything = follow(&self.pieces);
            let shape = with_shape(&self.pieces, &everything);
            [everything, shape]
        });
        let (names, known) = match runs(sql) {
            Runs::Nothing => (Vec::new(), &*everything),
            Runs::Shape => (meant(sql), &*shape),
            Runs::Everything => (meant(sql), &*everything),
        };
        let found = names.iter().map(String::as_str).chain([ALWAYS]).filter_map(|name| known.get(name));
        found.cloned().fold(own, |most, one| if one.reach > most.reach { one } else { most })
    }
}

/// How far each name reaches by everything that it runs.
fn follow(pieces: &[Piece]) -> HashMap<String, Reached> {
    let mut reached: HashMap<String, Reached> = HashMap::new();
    let own = |piece: &Piece| {
        let (reach, through) = piece.own.clone()?;
        Some(Reached { reach, through })
    };
    let mut queue: VecDeque<(&Piece, Reached)> =
        pieces.iter().filter_map(|piece| own(piece).map(|own| (piece, own))).collect();
    let mut users: HashMap<&str, Vec<&Piece>> = HashMap::new();
    for piece in pieces {
        piece.uses.iter().for_each(|name| users.entry(name).or_default().push(piece));
    }
    while let Some((piece, by)) = queue.pop_front() {
        if reached.get(&piece.name).is_some_and(|known| known.reach >= by.reach) {
            continue;
        }
        let here = by.behind(&piece.name);
        for user in users.get(piece.name.as_str()).into_iter().flatten() {
            queue.push_back((user, here.clone()));
        }
        reached.insert(piece.name.clone(), here);
    }
    reached
}

/// How far each name reaches by what runs of it where only a shape changes.
fn with_shape(pieces: &[Piece], everything: &HashMap<String, Reached>) -> HashMap<String, Reached> {
    let mut reached: HashMap<String, Reached> = HashMap::new();
    for piece in pieces.iter().filter(|piece| piece.with_shape) {
        let own = piece.own.clone().map(|(reach, through)| Reached { reach, through });
        let used = piece.uses.iter().filter_map(|name| everything.get(name)).cloned();
        let Some(most) = own.into_iter().chain(used).max_by_key(|one| one.reach) else { continue };
        if reached.get(&piece.name).is_none_or(|known| known.reach < most.reach) {
            reached.insert(piece.name.clone(), most.behind(&piece.name));
        }
    }
    reached
}

impl Reached {
    /// The same, seen from `name`, which runs it.
    fn behind(self, name: &str) -> Self {
        let through = match name.trim_end_matches(['(', '#']) {
            ALWAYS => self.through,
            name => format!("{name} → {}", self.through),
        };
        Self { through, ..self }
    }
}

/// The names that a statement may mean; those in its texts too, where texts may be run.
fn meant(sql: &str) -> Vec<String> {
    let is_data = words(sql, Flavor::Postgres, 1).first().is_some_and(|word| OF_DATA.contains(&word.as_str()));
    let found = if is_data { outside_texts(sql) } else { flat(sql) };
    names(&found, true)
}

/// Words as names of functions, where they are called, and of types; of tables and views only with `relations`. As the server
/// folds them, and as they are written, for a quoted one keeps its letters.
pub(super) fn names(words: &[&str], relations: bool) -> Vec<String> {
    let is_name = |word: &str| word.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let mut names = Vec::new();
    for (at, word) in words.iter().enumerate().filter(|(_, word)| is_name(word)) {
        let lower = word.to_lowercase();
        let written = (lower != *word).then(|| (*word).to_owned());
        for name in [Some(lower), written].into_iter().flatten() {
            if words.get(at + 1) == Some(&"(") {
                names.push(format!("{name}("));
            }
            names.push(format!("{name}#"));
            if relations {
                names.push(name);
            }
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}

fn runs(sql: &str) -> Runs {
    let words = words(sql, Flavor::Postgres, 6);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["CREATE", rest @ ..] if rest.contains(&"MATERIALIZED") => Runs::Everything,
        ["CREATE", "INDEX", ..] | ["CREATE", "UNIQUE", "INDEX", ..] => Runs::Shape,
        ["CREATE", rest @ ..] if rest.contains(&"TABLE") && is_filled(sql) => Runs::Everything,
        ["ALTER", "TABLE" | "DOMAIN" | "FOREIGN" | "MATERIALIZED", ..] => Runs::Shape,
        ["CLUSTER" | "REINDEX" | "VACUUM", ..] => Runs::Shape,
        [
            "CREATE" | "ALTER" | "DROP" | "COMMENT" | "GRANT" | "REVOKE" | "SECURITY" | "SET" | "RESET" | "BEGIN"
            | "START" | "COMMIT" | "END" | "ROLLBACK" | "SAVEPOINT" | "RELEASE" | "LOCK" | "NOTIFY" | "LISTEN"
            | "UNLISTEN",
            ..,
        ] => Runs::Nothing,
        _ => Runs::Everything,
    }
}

/// `CREATE TABLE … AS …`.
fn is_filled(sql: &str) -> bool {
    let tokens = outside_texts(sql);
    let query = |word: &str| {
        ["SELECT", "WITH", "TABLE", "VALUES", "EXECUTE", "("].iter().any(|one| word.eq_ignore_ascii_case(one))
    };
    // A generated column's AS stands inside parentheses.
    let mut depth = 0_usize;
    tokens.windows(2).any(|pair| {
        match pair[0] {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && pair[0].eq_ignore_ascii_case("as") && query(pair[1])
    })
}

/// What `sql` defines: a name, and what runs with it.
fn defined(sql: &str) -> Vec<Piece> {
    let upper = words(sql, Flavor::Postgres, 6);
    let kind = |names: &[&str]| upper.iter().skip(1).any(|word| names.contains(&word.as_str()));
    let starts = upper.first().map(String::as_str).unwrap_or_default();
    if !matches!(starts, "CREATE" | "ALTER") {
        return Vec::new();
    }
    let tokens = flat(sql);
    let after = |word: &str| names_after(&tokens, word).into_iter().next();
    let piece = |name: Option<String>, with_shape: bool, relations: bool| {
        let name = name.unwrap_or_else(|| ALWAYS.to_owned());
        let uses = names(&tokens, relations).into_iter().filter(|used| *used != name).collect();
        Piece { name, with_shape, uses, own: None }
    };
    if starts == "ALTER" {
        return match upper.get(1).map(String::as_str) {
            Some("TABLE") => vec![piece(after("TABLE"), true, false)],
            Some("DOMAIN") => vec![piece(after("DOMAIN").map(|name| name + "#"), true, false)],
            _ => Vec::new(),
        };
    }
    if kind(&["FUNCTION", "PROCEDURE"]) {
        let name = after("FUNCTION").or_else(|| after("PROCEDURE")).map(|name| name + "(");
        let head = tokens.iter().skip_while(|word| **word != "(").take_while(|word| **word != ")");
        let unknown = executes_what_it_is_given(&tokens, head.copied());
        let own = language(&tokens).and_then(of_language).or_else(|| deed(&tokens));
        let own = own.or_else(|| unknown.then(|| (Reach::Cluster, "EXECUTE".to_owned())));
        return vec![Piece { own, ..piece(name, true, true) }];
    }
    if kind(&["FOREIGN"]) && kind(&["TABLE"]) {
        let own = Some((Reach::World, "a foreign table".to_owned()));
        return vec![Piece { own, ..piece(after("TABLE"), false, false) }];
    }
    if kind(&["EVENT", "OPERATOR", "CAST"]) {
        return vec![piece(None, true, false)];
    }
    if kind(&["TRIGGER", "POLICY"]) {
        return vec![piece(after("ON"), false, true)];
    }
    if kind(&["RULE"]) {
        return vec![piece(after("TO"), false, true)];
    }
    if kind(&["TABLE"]) {
        let name = after("TABLE");
        let child = Vec::from_iter(name.clone());
        // Deleting a row may delete those that point at it; a parent's rows are its children's.
        let acts = tokens.windows(2).any(|pair| {
            pair[0].eq_ignore_ascii_case("on")
                && ["DELETE", "UPDATE"].iter().any(|word| pair[1].eq_ignore_ascii_case(word))
        });
        let above = ["OF", "INHERITS"].into_iter().chain(acts.then_some("REFERENCES"));
        let parents = above.flat_map(|word| names_after(&tokens, word));
        let above = parents.map(|parent| Piece { name: parent, with_shape: false, uses: child.clone(), own: None });
        return above.chain([piece(name.clone(), true, false)]).collect();
    }
    let found = [("INDEX", "ON", ""), ("VIEW", "VIEW", ""), ("DOMAIN", "DOMAIN", "#"), ("AGGREGATE", "AGGREGATE", "(")]
        .into_iter()
        .find(|(word, ..)| kind(&[word]));
    let Some((word, before, end)) = found else { return Vec::new() };
    // An aggregate names its functions without calling them.
    let called = |token: &&str| (word == "AGGREGATE").then(|| format!("{}(", token.to_lowercase()));
    let mut one = piece(after(before).map(|name| name + end), word != "VIEW", word == "VIEW");
    one.uses.extend(tokens.iter().filter_map(called).filter(|used| *used != one.name).collect::<Vec<_>>());
    vec![one]
}

/// The names behind each `word`, without their schemas.
fn names_after(tokens: &[&str], word: &str) -> Vec<String> {
    let places = tokens.iter().enumerate().filter(|(_, token)| token.eq_ignore_ascii_case(word));
    places
        .filter_map(|(at, _)| {
            let fillers = ["IF", "NOT", "EXISTS", "ONLY", "("];
            let start =
                tokens[at + 1..].iter().position(|token| !fillers.iter().any(|one| token.eq_ignore_ascii_case(one)))?;
            let mut at = at + 1 + start;
            while tokens.get(at + 1) == Some(&".") {
                at += 2;
            }
            tokens.get(at).map(|name| name.to_lowercase())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: [&str; 12] = [
        "CREATE FUNCTION app.audit() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM dblink_exec('c', 'q'); RETURN NEW; END$$",
        "CREATE TRIGGER t AFTER INSERT OR UPDATE OF a ON app.log FOR EACH ROW EXECUTE FUNCTION app.audit()",
        "CREATE FUNCTION reader(name text) RETURNS void LANGUAGE plpgsql AS $$BEGIN EXECUTE format('CREATE ROLE %I', name); END$$",
        "CREATE FUNCTION setup() RETURNS void LANGUAGE sql AS 'SELECT reader(''a'')'",
        "CREATE FUNCTION run(q text) RETURNS void LANGUAGE plpgsql AS $$BEGIN EXECUTE q; END$$",
        "CREATE TABLE entry (id int, log int REFERENCES other, made text DEFAULT setup())",
        "CREATE TABLE part (note text, part_of int REFERENCES entry ON DELETE CASCADE)",
        "CREATE FOREIGN TABLE far (a int) SERVER s",
        "CREATE VIEW seen AS SELECT * FROM far",
        "CREATE FUNCTION any() RETURNS int LANGUAGE plpython3u AS 'pass'",
        "CREATE TABLE other (id int); ",
        "ALTER TABLE child ADD FOREIGN KEY (a) REFERENCES log",
    ];

    fn reach(code: &[&str], sql: &str) -> String {
        let mut known = Known::default();
        code.iter().for_each(|sql| known.learn(sql));
        let Reached { reach, through } = known.reach(sql, Flavor::Postgres);
        if reach == Reach::Database { String::new() } else { format!("{reach:?} {through}") }
    }

    #[test]
    fn what_a_statement_runs_is_followed() {
        for (sql, expected) in [
            ("INSERT INTO app.log VALUES (1)", "World log → audit → dblink_exec"),
            ("INSERT INTO \"log\" SELECT 1", "World log → audit → dblink_exec"),
            ("ALTER TABLE app.log ADD COLUMN a int", ""),
            ("CREATE INDEX ON log (a)", ""),
            ("SELECT setup()", "Cluster setup → reader → CREATE ROLE"),
            ("DO $$BEGIN PERFORM setup(); END$$", "Cluster setup → reader → CREATE ROLE"),
            ("SELECT run('drop table t')", "Cluster run → EXECUTE"),
            ("ALTER TABLE entry ADD COLUMN b int", "Cluster entry → setup → reader → CREATE ROLE"),
            ("INSERT INTO entry DEFAULT VALUES", "Cluster entry → setup → reader → CREATE ROLE"),
            ("ALTER TABLE t ADD COLUMN b text DEFAULT setup()", "Cluster setup → reader → CREATE ROLE"),
            ("INSERT INTO far VALUES (1)", "World far → a foreign table"),
            ("CREATE MATERIALIZED VIEW m AS SELECT * FROM seen", "World seen → far → a foreign table"),
            ("CREATE TABLE copy AS TABLE seen", "World seen → far → a foreign table"),
            ("CREATE VIEW v AS SELECT * FROM seen", ""),
            ("ALTER FOREIGN TABLE far ADD COLUMN b int", ""),
            ("DROP FUNCTION setup()", ""),
            ("SELECT any()", "World any → plpython3u"),
            ("UPDATE other SET id = 1", ""),
            ("INSERT INTO other VALUES ('far', 'setup()')", ""),
            ("UPDATE part SET note = 'log'", ""),
        ] {
            assert_eq!(reach(&CODE, sql), expected, "{sql}");
        }
    }

    #[test]
    fn an_event_trigger_runs_with_everything() {
        let code = [CODE[2], "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION reader()"];
        assert_eq!(reach(&code, "CREATE TABLE t ()"), "Cluster reader → CREATE ROLE");
        assert_eq!(reach(&code[..1], "CREATE TABLE t ()"), "");
    }
}
