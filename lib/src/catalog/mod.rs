//! What a database is made of: the typed model that every engine's reader fills.
//!
//! One file per kind of object. Names, definitions and expressions are the server's own text, printed under an empty
//! search path, so that the same object always reads the same. Lists are ordered by name (columns by position).

mod access_method;
mod base_type;
mod cast;
mod collation;
mod column;
mod composite;
mod constraint;
mod conversion;
mod database;
mod dependencies;
mod domain;
mod enumeration;
mod event_trigger;
mod extension;
mod find;
mod foreign;
mod hash;
mod id;
mod index;
mod label;
mod language;
mod name;
mod nearest;
mod object;
mod object_kind;
mod operator;
mod order;
mod origin;
mod policy;
mod privilege;
mod publication;
mod range;
mod retain;
mod rings;
mod role;
mod routine;
mod rule;
mod schema;
mod scope;
mod sequence;
mod setting;
mod size;
mod some_tables;
mod statistics;
mod subscription;
mod table;
mod text_search;
mod transform;
mod trigger;
mod view;

pub use access_method::AccessMethod;
pub use base_type::BaseType;
pub use cast::{Cast, CastContext, CastMethod};
pub use collation::{Collation, CollationProvider};
pub use column::{Column, Generated, Identity, NotNull, Storage};
pub use composite::{Attribute, Composite};
pub use constraint::{Action, Constraint, ConstraintKind, Match, Reference};
pub use conversion::Conversion;
pub use database::Database;
pub use dependencies::Dependencies;
pub use domain::{Domain, DomainConstraint};
pub use enumeration::Enum;
pub use event_trigger::EventTrigger;
pub use extension::{DependsOnExtension, Extension};
pub use find::{Incoming, Relation};
pub use foreign::{ForeignDataWrapper, Server, UserMapping};
pub use hash::ContentHash;
pub use id::ObjectId;
pub use index::Index;
pub use label::Label;
pub use language::Language;
pub use name::Name;
pub use object::{Content, Object};
pub use object_kind::ObjectKind;
pub use operator::{Operator, OperatorClass, OperatorFamily};
pub use origin::Origin;
pub use policy::{Policy, PolicyCommand};
pub use privilege::{DefaultPrivileges, DefaultsFor, Grant, Privileges};
pub use publication::{Publication, PublishedTable};
pub use range::Range;
pub use rings::what_is_pointed_at_first;
pub use role::{Membership, Role};
pub use routine::{Parallel, Routine, RoutineKind, Volatility};
pub use rule::Rule;
pub use schema::Schema;
pub use scope::Scope;
pub use sequence::{ColumnName, Sequence};
pub use setting::Setting;
pub use size::Size;
pub use statistics::Statistics;
pub use subscription::Subscription;
pub use table::{Partition, Persistence, ReplicaIdentity, Table, TableKind};
pub use text_search::{
    TextSearchConfiguration, TextSearchDictionary, TextSearchMapping, TextSearchParser, TextSearchTemplate,
};
pub use transform::Transform;
pub use trigger::{Trigger, TriggerState};
pub use view::View;

use serde::{Deserialize, Serialize};

/// What a database is made of. Objects of the system, of temporary schemas and of extensions are left out; an
/// extension stands for its own. What the reader was not asked for is empty: see [`Scope`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Catalog {
    /// The database itself.
    pub database: Database,
    /// Schemas; SQLite has `main` alone.
    pub schemas: Vec<Schema>,
    /// Extensions.
    pub extensions: Vec<Extension>,
    /// Procedural languages that no extension brings.
    pub languages: Vec<Language>,
    /// Access methods.
    pub access_methods: Vec<AccessMethod>,
    /// Enumerated types.
    pub enums: Vec<Enum>,
    /// Composite types, without tables' row types.
    pub composites: Vec<Composite>,
    /// Range types.
    pub ranges: Vec<Range>,
    /// Base types and shells.
    pub base_types: Vec<BaseType>,
    /// Domains.
    pub domains: Vec<Domain>,
    /// Collations.
    pub collations: Vec<Collation>,
    /// Tables: plain, partitioned, partitions and foreign ones, with all that hangs on them.
    pub tables: Vec<Table>,
    /// Views and materialised views.
    pub views: Vec<View>,
    /// Sequences, those of serial and identity columns included.
    pub sequences: Vec<Sequence>,
    /// Extended statistics.
    pub statistics: Vec<Statistics>,
    /// Functions, procedures, aggregates and window functions.
    pub routines: Vec<Routine>,
    /// Operators.
    pub operators: Vec<Operator>,
    /// Operator families.
    pub operator_families: Vec<OperatorFamily>,
    /// Operator classes.
    pub operator_classes: Vec<OperatorClass>,
    /// Casts.
    pub casts: Vec<Cast>,
    /// Conversions between encodings.
    pub conversions: Vec<Conversion>,
    /// Transforms.
    pub transforms: Vec<Transform>,
    /// Parsers of text search.
    pub text_search_parsers: Vec<TextSearchParser>,
    /// Templates of its dictionaries.
    pub text_search_templates: Vec<TextSearchTemplate>,
    /// Its dictionaries.
    pub text_search_dictionaries: Vec<TextSearchDictionary>,
    /// Its configurations.
    pub text_search_configurations: Vec<TextSearchConfiguration>,
    /// Foreign data wrappers.
    pub foreign_data_wrappers: Vec<ForeignDataWrapper>,
    /// Foreign servers.
    pub servers: Vec<Server>,
    /// User mappings.
    pub user_mappings: Vec<UserMapping>,
    /// Event triggers.
    pub event_triggers: Vec<EventTrigger>,
    /// Publications.
    pub publications: Vec<Publication>,
    /// Subscriptions of this database.
    pub subscriptions: Vec<Subscription>,
    /// Privileges that differ from what objects have by themselves, by object.
    pub privileges: Vec<Privileges>,
    /// Privileges of objects yet to be made.
    pub default_privileges: Vec<DefaultPrivileges>,
    /// Security labels, by object.
    pub labels: Vec<Label>,
    /// Settings that the database gives its sessions.
    pub settings: Vec<Setting>,
    /// Objects that go when an extension goes.
    pub depends_on_extension: Vec<DependsOnExtension>,
    /// Who needs whom.
    pub dependencies: Dependencies,
    /// Objects of users that the model has no place for.
    pub unclaimed: Vec<ObjectId>,
    /// Roles of the whole cluster, without the predefined `pg_…` ones.
    pub roles: Vec<Role>,
}

impl Catalog {
    /// How `on`'s privileges differ from those that it has by itself.
    pub fn privileges_on(&self, on: &ObjectId) -> Option<&Privileges> {
        self.privileges.binary_search_by(|one| one.on.cmp(on)).ok().map(|at| &self.privileges[at])
    }

    /// The security labels of `on`.
    pub fn labels_on(&self, on: &ObjectId) -> &[Label] {
        let from = self.labels.partition_point(|label| label.on < *on);
        let to = self.labels.partition_point(|label| label.on <= *on);
        &self.labels[from..to]
    }
}
