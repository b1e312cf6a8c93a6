//! A diagram as it was found in a file, in whichever format.

use super::graph::Graph;
use super::types;

/// What a file shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Drawn {
    /// Its tables.
    pub(super) entities: Vec<DrawnEntity>,
    /// Its lines.
    pub(super) relations: Vec<DrawnRelation>,
    /// Written by us with all that we know; otherwise names and types are as some tool spells them.
    pub(super) exact: bool,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DrawnEntity {
    /// What lines call it.
    pub(super) id: String,
    /// What readers see, where that is something else.
    pub(super) alias: Option<String>,
    pub(super) columns: Vec<DrawnColumn>,
}

/// A column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DrawnColumn {
    pub(super) name: String,
    pub(super) data_type: String,
    pub(super) primary: bool,
    pub(super) foreign: bool,
    pub(super) unique: bool,
}

/// A line between two tables, or from one to itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DrawnRelation {
    pub(super) left: String,
    pub(super) left_end: End,
    pub(super) right: String,
    pub(super) right_end: End,
    pub(super) label: String,
}

/// How many rows of its side a line's end stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    ZeroOrOne,
    One,
    ZeroOrMore,
    OneOrMore,
}

impl End {
    pub(super) fn is_many(self) -> bool {
        matches!(self, Self::ZeroOrMore | Self::OneOrMore)
    }
}

impl Drawn {
    /// What a file of ours shows, from the graph that it carries.
    pub(super) fn exactly(graph: &Graph) -> Self {
        let entities = graph.entities.iter().map(|entity| DrawnEntity {
            id: graph.label(&entity.name),
            alias: None,
            columns: (entity.columns.iter())
                .map(|field| DrawnColumn {
                    name: field.name.clone(),
                    data_type: field.data_type.clone(),
                    primary: field.primary,
                    foreign: field.foreign,
                    unique: field.unique || field.in_unique,
                })
                .collect(),
        });
        let relations = graph.relations.iter().map(|relation| DrawnRelation {
            left: graph.label(&relation.from),
            left_end: if relation.one_to_one { End::ZeroOrOne } else { End::ZeroOrMore },
            right: graph.label(&relation.to),
            right_end: if relation.optional { End::ZeroOrOne } else { End::One },
            label: relation.columns.join(", "),
        });
        Self { entities: entities.collect(), relations: relations.collect(), exact: true }
    }
}

impl DrawnColumn {
    /// Is the type, as it is spelled here, `data_type`?
    pub(super) fn is_of(&self, data_type: &str, exact: bool) -> bool {
        if exact { self.data_type == data_type } else { types::same(&self.data_type, data_type) }
    }
}
