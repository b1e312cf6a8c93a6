//! The statements that make, drop and change objects, one file per kind.

mod base_type;
mod cast;
mod column;
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
mod rewrite;
mod routine;
mod row_value;
mod sequence;
mod table;
mod text_search;
mod trigger;
mod typed;
mod types;
mod view;
mod volatile;

use std::collections::BTreeSet;

pub(super) use base_type::{announce, helps};
pub(super) use column::{default_comes_later, set_default_later};
pub(super) use computed::{OwnWay, keeps_computed, own_way};
pub(super) use constraint::{can_take_index, is_for_partitions, is_from_table};
pub(super) use counter::{after_identity, catch_up_with_identity, hands_over, steps_aside};
pub(super) use domain::{is_contained, looks_at_values};
pub(super) use index::{attach as attach_index, does_for, left_parent, named_index, of_key, while_built};
pub(super) use mark::Mark;
pub(super) use not_null::take_parents_name;
pub(super) use row_value::{give_back, has_row_type, hold, holders, is_filled, takes_rows};
pub(super) use sequence::attach as attach_sequence;
pub(super) use table::join_parents;
pub(super) use typed::{beyond_type, changes_type, follows_type, is_made_of, lasting_type};
pub(super) use view::fill;
pub(super) use volatile::is_volatile;

use super::change::{Change, Statement};
use super::naming::named;
use super::side::Side;
use crate::catalog::{ConstraintKind, Content, Index, Name, ObjectId, ObjectKind as Kind, Table};
use crate::sql::ident;
use column::identity_sequence;

/// A name that only one object can have at a time.
pub(super) type Slot = (&'static str, String, String, String);

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

/// Gives a type another name, so that its successor can be made beside it.
pub(super) fn set_aside(id: &ObjectId, from: &Side<'_>, is_aside: impl Fn(&ObjectId) -> bool) -> Vec<Statement> {
    let renamed = format!("ALTER {} RENAME TO {}", named(id), ident(&types::name_aside(id)));
    let mut statements = match from.get(id) {
        Some(Content::Range(range)) => {
            let needs = from.needs(id);
            let subtype_stays = !needs.iter().filter(|needed| needed.kind != Kind::Collation).any(is_aside);
            types::set_range_aside(range, subtype_stays)
        }
        Some(Content::BaseType(_)) => base_type::set_helpers_aside(id, from),
        _ => Vec::new(),
    };
    statements.push(Statement::new(renamed));
    statements
}

/// Drops a type that stood aside.
pub(super) fn forget(id: &ObjectId, from: &Side<'_>) -> Vec<Statement> {
    let sql = format!("DROP {}", named(&ObjectId { name: types::name_aside(id), ..id.clone() }));
    match base_type::helpers(id, from).is_empty() {
        true => vec![Statement::new(sql).tidying()],
        false => one_statement(format!("{sql} CASCADE")),
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

/// Does a column that stays lose its identity?
pub(super) fn loses_identity(old: Content<'_>, new: Content<'_>) -> bool {
    match (old, new) {
        (Content::Column(old), Content::Column(new)) => old.identity.is_some() && new.identity.is_none(),
        _ => false,
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

/// Do expressions call what is of this kind?
pub(super) fn is_called(kind: Kind) -> bool {
    matches!(kind, Kind::Function | Kind::Aggregate | Kind::Operator | Kind::Sequence)
}

/// May the key of a partitioned table need what is of this kind?
pub(super) fn cuts(kind: Kind) -> bool {
    is_called(kind) || kind == Kind::OperatorClass
}

/// Must objects of this kind be out of the way when a column that they read gets another type?
pub(super) fn reads(kind: Kind) -> bool {
    let views = [Kind::View, Kind::MaterializedView, Kind::Rule];
    let parts = [Kind::Policy, Kind::Trigger, Kind::Column];
    views.contains(&kind)
        || parts.contains(&kind)
        || matches!(kind, Kind::Function | Kind::Procedure | Kind::Publication)
}

/// May `reader`, who needs a composite type, read an attribute of it? Then it must be out of the way when that goes. Columns of the
/// type hold values, and bodies in a string are looked at only when they run.
pub(super) fn reads_attributes(reader: &ObjectId, side: &Side<'_>) -> bool {
    match side.get(reader) {
        Some(Content::Routine(routine)) => routine::is_parsed(routine),
        Some(Content::Column(column)) => column.generated.is_some(),
        Some(Content::Constraint(_) | Content::DomainConstraint(_) | Content::Index(_) | Content::Statistics(_)) => {
            true
        }
        Some(_) => reads(reader.kind),
        None => false,
    }
}

/// What `id` goes away with by itself: its whole; the columns that a constraint or index is about; the column that owns a
/// sequence; the constraint that an index serves.
pub(super) fn goes_with(id: &ObjectId, from: &Side<'_>) -> Vec<ObjectId> {
    let mut with: Vec<ObjectId> = from.whole(id).cloned().into_iter().collect();
    let own_column = |needed: &ObjectId| {
        let table = from.table_of(id).map(|table| &table.name);
        needed.kind == Kind::Column && table.is_none_or(|table| *table == needed.qualified())
    };
    if is_entangled(id, from) {
        return Vec::new();
    }
    match from.get(id) {
        // Tables that point at each other can only go once their keys are gone.
        Some(Content::Constraint(constraint)) if constraint::is_circular(id, constraint, from) => return Vec::new(),
        Some(Content::Constraint(_)) => with.extend(from.needs(id).into_iter().filter(own_column)),
        Some(Content::Index(index)) => {
            with.extend(serves(id, index, from));
            with.extend(from.needs(id).into_iter().filter(own_column));
            with.extend(index.parent.iter().map(|parent| ObjectId::of(Kind::Index, parent)));
        }
        Some(Content::Routine(_)) => {
            with.extend(from.dependents(id).into_iter().filter(|of_type| base_type::helps(id, of_type, from)));
        }
        Some(Content::Statistics(one)) => {
            with.extend(from.table(&one.table).map(Table::id));
            with.extend(from.needs(id).into_iter().filter(own_column));
        }
        Some(Content::Sequence(sequence)) => {
            if let Some(owner) = &sequence.owned_by {
                with.push(ObjectId::part(Kind::Column, &owner.table, &*owner.column));
                with.extend(from.table(&owner.table).map(Table::id));
            }
        }
        _ => {}
    }
    with
}

/// Does the part need something that needs its whole in turn, a policy a view of its own table? Then it has to go first.
fn is_entangled(id: &ObjectId, from: &Side<'_>) -> bool {
    let Some(whole) = from.whole(id) else { return false };
    let parts = [Kind::Policy, Kind::Rule, Kind::Trigger, Kind::Constraint, Kind::Index];
    let own = |needed: &ObjectId| needed == whole || from.whole(needed) == Some(whole);
    parts.contains(&id.kind) && from.needs(id).iter().any(|needed| !own(needed) && reaches(needed, whole, from))
}

/// The constraint that the index `id` serves.
pub(super) fn key_of(id: &ObjectId, side: &Side<'_>) -> Option<ObjectId> {
    match side.get(id) {
        Some(Content::Index(index)) => serves(id, index, side),
        _ => None,
    }
}

fn serves(id: &ObjectId, index: &Index, side: &Side<'_>) -> Option<ObjectId> {
    let table = side.table_of(id)?;
    index.constraint.as_ref().map(|constraint| ObjectId::part(Kind::Constraint, &table.name, &**constraint))
}

/// Is the part made by the statement that makes its whole?
pub(super) fn comes_with_whole(id: &ObjectId, to: &Side<'_>) -> bool {
    match to.get(id) {
        Some(Content::Column(_) | Content::DomainConstraint(_)) => true,
        Some(Content::Constraint(constraint)) => {
            to.table_of(id).is_some_and(|table| table::holds(table, constraint)) && !needs_its_table(id, to)
        }
        _ => false,
    }
}

/// Does something that the part calls need the table itself? Then it cannot be said in the statement that makes the table.
fn needs_its_table(id: &ObjectId, to: &Side<'_>) -> bool {
    let Some(whole) = to.whole(id) else { return false };
    let called = to.needs(id).into_iter().filter(|needed| matches!(needed.kind, Kind::Function | Kind::Operator));
    called.into_iter().any(|called| reaches(&called, whole, to))
}

/// Does `from` need `whole` or a part of it, by however many others?
fn reaches(from: &ObjectId, whole: &ObjectId, side: &Side<'_>) -> bool {
    let mut ahead = vec![from.clone()];
    let mut seen = BTreeSet::new();
    while let Some(next) = ahead.pop() {
        if next == *whole || side.whole(&next) == Some(whole) {
            return true;
        }
        if seen.insert(next.clone()) {
            ahead.extend(side.needs(&next));
            ahead.extend(side.whole(&next).cloned());
        }
    }
    false
}

/// Is `id` given to `needed` by a statement of its own, so that it can be made before? A sequence to the column that owns it,
/// a partition to its table, a partition's index to the table's.
pub(super) fn is_given_later(id: &ObjectId, needed: &ObjectId, side: &Side<'_>) -> bool {
    match side.get(id) {
        Some(Content::Sequence(_)) => matches!(needed.kind, Kind::Column | Kind::Table | Kind::ForeignTable),
        Some(Content::Table(table)) => {
            table.partition_of.as_ref().is_some_and(|partition| partition.parent == needed.qualified())
        }
        Some(Content::Index(_)) => needed.kind == Kind::Index,
        // A default that calls something that needs the table.
        Some(Content::Column(_)) => {
            let called = matches!(needed.kind, Kind::Function | Kind::Operator);
            called && side.whole(id).is_some_and(|whole| reaches(needed, whole, side))
        }
        Some(Content::Constraint(constraint)) => {
            needed.kind == Kind::Constraint && constraint.kind != ConstraintKind::Foreign
        }
        _ => false,
    }
}

/// Does it come by itself when its table joins a partitioned one?
pub(super) fn comes_from_parent(id: &ObjectId, to: &Side<'_>) -> bool {
    matches!(to.get(id), Some(Content::Trigger(trigger)) if trigger.inherited) || is_from_table(id, to)
}

/// What a table, an index or whatever else bears the name `name` among relations takes.
pub(super) fn slot_of_relation(name: &Name) -> Slot {
    ("relation", name.schema.clone(), name.name.clone(), String::new())
}

/// The names that the object takes for itself.
pub(super) fn slots(id: &ObjectId, content: Content<'_>) -> Vec<Slot> {
    let slot = |class, name: &str| (class, id.schema.clone(), name.to_owned(), String::new());
    match content {
        Content::Table(_) | Content::View(_) => vec![slot("relation", &id.name), slot("type", &id.name)],
        Content::Sequence(_) | Content::Index(_) => vec![slot("relation", &id.name)],
        Content::Composite(_) => vec![slot("relation", &id.name), slot("type", &id.name)],
        Content::Range(range) => {
            let multirange = range.multirange.iter().map(|name| slot("type", &name.name));
            std::iter::once(slot("type", &id.name)).chain(multirange).collect()
        }
        Content::Enum(_) | Content::BaseType(_) | Content::Domain(_) => vec![slot("type", &id.name)],
        Content::Constraint(one) if has_index(one.kind) => vec![slot("relation", &id.detail)],
        Content::Routine(_) => vec![("routine", id.schema.clone(), id.name.clone(), id.detail.clone())],
        _ => Vec::new(),
    }
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
