//! Sources that disagree on which database is meant.

use super::Origin;
use super::layer::{Layer, Standing};

/// Two sources that name different values of a field that says where to write.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Conflict {
    /// `host`, `hostaddr`, `port`, `dbname` or `engine`.
    pub field: String,
    /// The value that was taken.
    pub taken: String,
    /// Its source.
    pub taken_from: Origin,
    /// The value that was not.
    pub other: String,
    /// Its source.
    pub other_from: Origin,
}

impl std::fmt::Display for Conflict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { field, taken, taken_from, other, other_from } = self;
        write!(f, "{taken_from} and {other_from} disagree on the {field}: {taken} and {other}")
    }
}

/// The conflicts between sources of the environment. What the command line names it overrides on purpose, and
/// `mainstay.toml` is there to be overridden.
pub(super) fn among(layers: &[Layer]) -> Vec<Conflict> {
    let fields = ["host", "hostaddr", "port", "dbname"];
    let mut conflicts: Vec<Conflict> = fields.iter().flat_map(|field| on_field(layers, field)).collect();
    conflicts.extend(on_engine(layers));
    conflicts
}

fn on_field(layers: &[Layer], field: &str) -> Vec<Conflict> {
    let mut named = layers.iter().filter_map(|layer| Some((layer.standing, layer.get(field)?)));
    let Some((Standing::Ambient, taken)) = named.next() else { return Vec::new() };
    let others = named.filter(|(standing, other)| {
        *standing == Standing::Ambient && !other.text.is_empty() && !same(field, &taken.text, &other.text)
    });
    let conflict = |(_, other): (Standing, &super::layer::Value)| Conflict {
        field: field.to_owned(),
        taken: taken.text.clone(),
        taken_from: taken.origin.clone(),
        other: other.text.clone(),
        other_from: other.origin.clone(),
    };
    others.map(conflict).collect()
}

/// One server may have several names, but of those only the loopback's are known without asking.
fn same(field: &str, one: &str, other: &str) -> bool {
    let loopback = |host: &str| matches!(host, "localhost" | "127.0.0.1" | "::1");
    one == other || (field == "host" && loopback(one) && loopback(other))
}

fn on_engine(layers: &[Layer]) -> Option<Conflict> {
    let locates = |layer: &Layer| {
        layer.names_postgres()
            && (layer.whole || ["host", "hostaddr", "dbname"].iter().any(|name| layer.get(name).is_some()))
    };
    let mut naming = layers.iter().filter(|layer| layer.sqlite.is_some() || locates(layer));
    let taken = naming.next().filter(|layer| layer.standing == Standing::Ambient)?;
    let other =
        naming.find(|other| other.standing == Standing::Ambient && other.sqlite.is_some() != taken.sqlite.is_some())?;
    let engine = |layer: &Layer| if layer.sqlite.is_some() { "sqlite" } else { "postgres" }.to_owned();
    Some(Conflict {
        field: "engine".into(),
        taken: engine(taken),
        taken_from: source(taken),
        other: engine(other),
        other_from: source(other),
    })
}

/// The one variable that names the database, where a family as a whole has no name of its own.
fn source(layer: &Layer) -> Origin {
    let named = ["dbname", "host", "hostaddr"].iter().find_map(|name| layer.get(name));
    if layer.whole {
        layer.origin.clone()
    } else {
        named.map_or_else(|| layer.origin.clone(), |value| value.origin.clone())
    }
}
