//! The statements that make, drop and change objects, one file per kind.

mod aside;
mod aspects;
mod base_type;
mod belonging;
mod cast;
mod column;
mod column_of_view;
mod computed;
mod constraint;
mod conversion;
mod counter;
mod database_wide;
mod domain;
mod fill;
mod foreign;
mod index;
mod mark;
mod not_null;
mod operator;
mod options;
mod policy;
mod publication;
mod readers;
mod rewrite;
mod routine;
mod row_value;
mod sequence;
mod set_type;
mod slot;
mod table;
mod text_search;
mod trigger;
mod typed;
mod types;
mod view;
mod volatile;

pub(super) use aside::{forget, set_aside};
pub(super) use base_type::{announce, helps};
pub(super) use belonging::{comes_from_parent, comes_with_whole, goes_with, is_given_later, key_of};
pub(super) use column::{default_comes_later, set_default_later};
pub(super) use computed::{OwnWay, keeps_computed, own_way};
pub(super) use constraint::{can_take_index, is_for_partitions, is_from_table};
pub(super) use counter::{after_identity, catch_up_with_identity, hands_over, loses_identity, steps_aside};
pub(super) use domain::{is_contained, looks_at_values};
pub(super) use index::{attach as attach_index, does_for, left_parent, named_index, of_key, while_built};
pub(super) use mark::Mark;
pub(super) use not_null::take_parents_name;
pub(super) use readers::{cuts, is_called, reads, reads_attributes};
pub(super) use row_value::{give_back, has_row_type, hold, holders, is_filled, takes_rows};
pub(super) use sequence::attach as attach_sequence;
pub(super) use slot::{Slot, slot_of_relation, slots};
pub(super) use table::join_parents;
pub(super) use typed::{beyond_type, changes_type, follows_type, is_made_of, lasting_type};
pub(super) use view::fill;
pub(super) use volatile::is_volatile;

use super::change::{Change, Statement};
use super::naming::named;
use super::side::Side;
use crate::catalog::{ConstraintKind, Content, ObjectId, ObjectKind as Kind, Table};
use crate::sql::ident;
use column::identity_sequence;

/// How `old`, the object `id` of `from`, becomes `new`. Owner, comment, privileges and labels are not its concern.
pub(super) fn change(
    id: &ObjectId,
    (from, old): (&Side<'_>, Content<'_>),
    (to, new): (&Side<'_>, Content<'_>),
) -> Change {
    use Content as C;
    match (old, new) {
        (C::Table(old), C::Table(new)) => table::change(old, new),
        (C::Column(old), C::Column(new)) => column::change(id, (from, old), (to, new)),
        (C::Constraint(old), C::Constraint(new)) => constraint::change(id, (from, old), (to, new)),
        (C::DomainConstraint(old), C::DomainConstraint(new)) => domain::change_constraint(id, old, new),
        (C::Index(old), C::Index(new)) => index::change(id, old, new, to),
        (C::Sequence(old), C::Sequence(new)) => sequence::change(old, new),
        (C::View(old), C::View(new)) => view::change(old, new),
        (C::Routine(old), C::Routine(new)) => routine::change(old, new),
        (C::Trigger(old), C::Trigger(new)) => trigger::change(id, old, new, to),
        (C::Rule(old), C::Rule(new)) => trigger::change_rule(id, old, new),
        (C::Policy(old), C::Policy(new)) => policy::change(id, old, new),
        (C::Enum(old), C::Enum(new)) => types::change_enum(old, new),
        (C::Composite(old), C::Composite(new)) => types::change_composite(id, (from, old), new),
        (C::Range(old), C::Range(new)) => types::change_range(old, new),
        (C::BaseType(old), C::BaseType(new)) => base_type::change(old, new),
        (C::Domain(old), C::Domain(new)) => domain::change(id, (from, old), new),
        (C::Schema(_), C::Schema(_)) => Change::none(),
        (C::Extension(old), C::Extension(new)) => database_wide::change_extension(old, new),
        (C::Language(old), C::Language(new)) => database_wide::change_language(old, new),
        (C::AccessMethod(old), C::AccessMethod(new)) => {
            rebuild_unless((&old.handler, old.indexes) == (&new.handler, new.indexes))
        }
        (C::Collation(old), C::Collation(new)) => database_wide::change_collation(old, new),
        (C::Cast(old), C::Cast(new)) => database_wide::change_cast(old, new),
        (C::Conversion(old), C::Conversion(new)) => database_wide::change_conversion(old, new),
        (C::Transform(old), C::Transform(new)) => {
            rebuild_unless((&old.from_sql, &old.to_sql) == (&new.from_sql, &new.to_sql))
        }
        (C::EventTrigger(old), C::EventTrigger(new)) => trigger::change_event_trigger(old, new),
        (C::Operator(old), C::Operator(new)) => operator::change(id, old, new),
        (C::OperatorFamily(old), C::OperatorFamily(new)) => operator::change_family(id, old, new),
        (C::OperatorClass(old), C::OperatorClass(new)) => operator::change_class(old, new),
        (C::Statistics(old), C::Statistics(new)) => index::change_statistics(id, old, new),
        (C::TextSearchParser(old), C::TextSearchParser(new)) => rebuild_unless(old.settings == new.settings),
        (C::TextSearchTemplate(old), C::TextSearchTemplate(new)) => rebuild_unless(old.settings == new.settings),
        (C::TextSearchDictionary(old), C::TextSearchDictionary(new)) => text_search::change_dictionary(id, old, new),
        (C::TextSearchConfiguration(old), C::TextSearchConfiguration(new)) => {
            text_search::change_configuration(id, old, new)
        }
        (C::ForeignDataWrapper(old), C::ForeignDataWrapper(new)) => foreign::change_wrapper(id, old, new),
        (C::Server(old), C::Server(new)) => foreign::change_server(id, old, new),
        (C::UserMapping(old), C::UserMapping(new)) => foreign::change_mapping(id, old, new),
        (C::Publication(old), C::Publication(new)) => publication::change(id, old, new),
        (C::Subscription(old), C::Subscription(new)) => publication::change_subscription(id, old, new),
        _ => Change::Rebuild,
    }
}

/// The statements that make `id`, whose content on the new side is `content`.
pub(super) fn create(id: &ObjectId, content: Content<'_>, to: &Side<'_>) -> Vec<Statement> {
    use Content as C;
    match content {
        C::Table(table) => table::create(table, to),
        C::Column(column) => column::create(id, column, to),
        C::Constraint(constraint) => constraint::create(id, constraint, to),
        C::DomainConstraint(check) => domain::create_constraint(id, check),
        C::Index(index) => index::create(id, index, to),
        C::Sequence(sequence) => {
            sequence::create(sequence).into_iter().chain(sequence::hand_over(sequence, to)).collect()
        }
        C::View(view) => view::create(id, view, to),
        C::Routine(routine) => routine::create(routine),
        C::Trigger(trigger) => trigger::create(id, trigger, to),
        C::Rule(rule) => trigger::create_rule(id, rule),
        C::Policy(policy) => policy::create(id, policy),
        C::Enum(one) => types::create_enum(one),
        C::Composite(one) => types::create_composite(one),
        C::Range(one) => types::create_range(one),
        C::BaseType(one) => base_type::create(one),
        C::Domain(one) => domain::create(one),
        C::Schema(one) => one_statement(format!("CREATE SCHEMA {}", ident(&one.name))),
        C::Extension(one) => database_wide::create_extension(one),
        C::Language(one) => database_wide::create_language(one),
        C::AccessMethod(one) => database_wide::create_access_method(one),
        C::Collation(one) => database_wide::create_collation(one),
        C::Cast(one) => database_wide::create_cast(one),
        C::Conversion(one) => database_wide::create_conversion(one),
        C::Transform(one) => database_wide::create_transform(one),
        C::EventTrigger(one) => trigger::create_event_trigger(one),
        C::Operator(one) => operator::create(id, one),
        C::OperatorFamily(one) => operator::create_family(id, one),
        C::OperatorClass(one) => operator::create_class(one),
        C::Statistics(one) => index::create_statistics(id, one),
        C::TextSearchParser(one) => text_search::create(id, &one.settings),
        C::TextSearchTemplate(one) => text_search::create(id, &one.settings),
        C::TextSearchDictionary(one) => text_search::create_dictionary(one),
        C::TextSearchConfiguration(one) => text_search::create_configuration(one),
        C::ForeignDataWrapper(one) => foreign::create_wrapper(one),
        C::Server(one) => foreign::create_server(one),
        C::UserMapping(one) => foreign::create_mapping(id, one),
        C::Publication(one) => publication::create(one),
        C::Subscription(one) => publication::create_subscription(one),
    }
}

/// The statements that drop `id`, whose content on the old side is `content`; `to` may have it again.
pub(super) fn drop(id: &ObjectId, (from, content): (&Side<'_>, Content<'_>), to: &Side<'_>) -> Vec<Statement> {
    match content {
        Content::Table(table) => table::drop(id, table),
        Content::Column(_) if follows_type(id, from, to) => Vec::new(),
        Content::Column(column) => column::drop(id, (from, column), to),
        Content::Constraint(constraint) => constraint::drop(id, constraint, from),
        Content::DomainConstraint(check) => domain::drop_constraint(id, check),
        Content::Index(index) => index::drop(id, index, from),
        Content::Sequence(sequence) if sequence.identity => Vec::new(),
        Content::Trigger(trigger) if trigger.inherited => Vec::new(),
        Content::Subscription(one) => publication::drop_subscription(one),
        Content::BaseType(_) => base_type::drop(id, from),
        _ => one_statement(format!("DROP {}", named(id))),
    }
}

/// Changes the column `id` of both sides, its type being one of the same name that was made anew.
pub(super) fn retype(id: &ObjectId, from: &Side<'_>, to: &Side<'_>) -> Vec<Statement> {
    match (from.get(id), to.get(id)) {
        (Some(Content::Column(old)), Some(Content::Column(new))) => column::retype(id, (from, old), (to, new)),
        _ => Vec::new(),
    }
}

/// Takes the default of a column or domain away for a while, and a sequence from its column.
pub(super) fn release(id: &ObjectId, from: &Side<'_>) -> Vec<Statement> {
    match from.get(id) {
        Some(Content::Column(column)) => column::release(id, column, from),
        Some(Content::Sequence(sequence)) => sequence::release(sequence),
        Some(Content::Domain(domain)) => domain::release(domain),
        Some(Content::Table(table)) => typed::release(table),
        _ => Vec::new(),
    }
}

/// Gives the column or domain its default again.
pub(super) fn restore(id: &ObjectId, to: &Side<'_>) -> Vec<Statement> {
    match to.get(id) {
        Some(Content::Column(column)) => column::restore(id, column, to),
        Some(Content::Domain(domain)) => domain::restore(domain),
        Some(Content::Table(table)) => typed::restore(table),
        _ => Vec::new(),
    }
}

/// Is it a column that is computed?
pub(super) fn is_generated(id: &ObjectId, side: &Side<'_>) -> bool {
    matches!(side.get(id), Some(Content::Column(column)) if column.generated.is_some())
}

/// Is the column named in the key that its table is cut by?
pub(super) fn cuts_its_table(id: &ObjectId, side: &Side<'_>) -> bool {
    side.table_of(id).is_some_and(|table| table::is_cut_by(table, &id.detail))
}

/// Is it a partitioned table?
pub(super) fn is_partitioned(id: &ObjectId, side: &Side<'_>) -> bool {
    matches!(side.get(id), Some(Content::Table(table)) if table.partition_key.is_some())
}

pub(super) fn has_index(kind: ConstraintKind) -> bool {
    matches!(kind, ConstraintKind::Primary | ConstraintKind::Unique | ConstraintKind::Exclusion)
}

fn rebuild_unless(same: bool) -> Change {
    if same { Change::none() } else { Change::Rebuild }
}

fn one_statement(sql: impl Into<String>) -> Vec<Statement> {
    vec![Statement::new(sql)]
}

/// How a statement begins that changes `table` and its children.
pub(super) fn alter_table(table: &Table) -> String {
    format!("ALTER {} {}", word_of(table), table.name)
}

/// How a statement begins that leaves the children of `table` as they are.
pub(super) fn alter_table_only(table: &Table) -> String {
    format!("ALTER {} ONLY {}", word_of(table), table.name)
}

fn word_of(table: &Table) -> &'static str {
    if table.id().kind == Kind::ForeignTable { "FOREIGN TABLE" } else { "TABLE" }
}
