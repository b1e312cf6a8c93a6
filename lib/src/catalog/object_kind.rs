//! The kinds of objects.

use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($kind:ident, $words:literal, $doc:literal;)*) => {
        /// What sort of object.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum ObjectKind {
            $(#[doc = $doc] $kind,)*
            /// Something that the model has no place for, named as the server describes it.
            #[default]
            Unknown,
        }

        impl ObjectKind {
            /// Every kind that the model has a place for, in order.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// In words: `materialized view`.
            pub fn words(self) -> &'static str {
                match self {
                    $(Self::$kind => $words,)*
                    Self::Unknown => "object",
                }
            }
        }
    };
}

kinds! {
    Database, "database", "The database itself.";
    Role, "role", "A role of the cluster.";
    Schema, "schema", "A schema.";
    Extension, "extension", "An extension.";
    Language, "language", "A procedural language.";
    AccessMethod, "access method", "An access method.";
    Type, "type", "An enumerated, composite, range, base or shell type.";
    Domain, "domain", "A domain.";
    Collation, "collation", "A collation.";
    Function, "function", "A function or window function.";
    Procedure, "procedure", "A procedure.";
    Aggregate, "aggregate", "An aggregate.";
    Operator, "operator", "An operator.";
    OperatorFamily, "operator family", "An operator family.";
    OperatorClass, "operator class", "An operator class.";
    Cast, "cast", "A cast.";
    Conversion, "conversion", "A conversion between encodings.";
    Transform, "transform", "A transform.";
    TextSearchParser, "text search parser", "A parser of text.";
    TextSearchTemplate, "text search template", "A template of dictionaries.";
    TextSearchDictionary, "text search dictionary", "A dictionary.";
    TextSearchConfiguration, "text search configuration", "A text search configuration.";
    ForeignDataWrapper, "foreign data wrapper", "A foreign data wrapper.";
    Server, "server", "A foreign server.";
    UserMapping, "user mapping", "Who one is on a foreign server.";
    Sequence, "sequence", "A sequence.";
    Table, "table", "A table, partitioned or not.";
    ForeignTable, "foreign table", "A table that another server holds.";
    View, "view", "A view.";
    MaterializedView, "materialized view", "A view whose rows are kept.";
    Column, "column", "A column of any of these.";
    Default, "default of column", "A column's default or generated expression.";
    Constraint, "constraint", "A constraint of a table or domain.";
    Index, "index", "An index.";
    Statistics, "statistics", "Extended statistics.";
    Trigger, "trigger", "A trigger of a table or view.";
    Rule, "rule", "A rewrite rule.";
    Policy, "policy", "A row security policy.";
    EventTrigger, "event trigger", "A trigger of the whole database.";
    Publication, "publication", "What logical replication sends.";
    Subscription, "subscription", "What logical replication takes.";
}
