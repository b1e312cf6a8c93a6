//! What a database is made of: the typed model that every engine's reader fills.
//!
//! One file per kind of object. Names, definitions and expressions are the server's own text, printed under an empty
//! search path, so that the same object always reads the same. Lists are ordered by name (columns by position).

mod column;
mod constraint;
mod database;
mod enumeration;
mod extension;
mod find;
mod index;
mod name;
mod nearest;
mod role;
mod routine;
mod schema;
mod sequence;
mod size;
mod table;
mod trigger;
mod view;

pub use column::{Column, Generated, Identity, Storage};
pub use constraint::{Action, Constraint, ConstraintKind, Reference};
pub use database::Database;
pub use enumeration::Enum;
pub use extension::Extension;
pub use find::{Incoming, Relation};
pub use index::Index;
pub use name::Name;
pub use role::{Membership, Role};
pub use routine::{Routine, RoutineKind};
pub use schema::Schema;
pub use sequence::{ColumnName, Sequence};
pub use size::Size;
pub use table::{Partition, Persistence, Table, TableKind};
pub use trigger::{Trigger, TriggerState};
pub use view::View;

use serde::{Deserialize, Serialize};

/// What a database is made of. Objects of the system, of temporary schemas and of extensions are left out; an
/// extension stands for its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Catalog {
    /// The database itself.
    pub database: Database,
    /// Schemas; SQLite has `main` alone.
    pub schemas: Vec<Schema>,
    /// Tables: plain, partitioned, partitions and foreign ones, with all that hangs on them.
    pub tables: Vec<Table>,
    /// Views and materialised views.
    pub views: Vec<View>,
    /// Sequences, those of serial and identity columns included.
    pub sequences: Vec<Sequence>,
    /// Functions, procedures, aggregates and window functions.
    pub routines: Vec<Routine>,
    /// Enumerated types.
    pub enums: Vec<Enum>,
    /// Extensions.
    pub extensions: Vec<Extension>,
    /// Roles of the whole cluster, without the predefined `pg_…` ones.
    pub roles: Vec<Role>,
}

impl Catalog {
    /// Puts every list in its order: by name, overloaded routines by argument types.
    pub fn sort(&mut self) {
        self.schemas.sort_by(|a, b| a.name.cmp(&b.name));
        self.tables.sort_by(|a, b| a.name.cmp(&b.name));
        self.views.sort_by(|a, b| a.name.cmp(&b.name));
        self.sequences.sort_by(|a, b| a.name.cmp(&b.name));
        self.routines.sort_by(|a, b| (&a.name, &a.identity).cmp(&(&b.name, &b.identity)));
        self.enums.sort_by(|a, b| a.name.cmp(&b.name));
        self.extensions.sort_by(|a, b| a.name.cmp(&b.name));
        self.roles.sort_by(|a, b| a.name.cmp(&b.name));
        for table in &mut self.tables {
            table.constraints.sort_by(|a, b| a.name.cmp(&b.name));
            table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
            table.triggers.sort_by(|a, b| a.name.cmp(&b.name));
        }
        for view in &mut self.views {
            view.indexes.sort_by(|a, b| a.name.cmp(&b.name));
            view.triggers.sort_by(|a, b| a.name.cmp(&b.name));
        }
    }
}
