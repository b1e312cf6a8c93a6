//! What a rule is given: one migration, read, and what is known beside it.

use std::collections::BTreeMap;

use crate::sql::Flavor;

use super::read::{Act, Does, Named, Statement};
use super::world::{Standing, World};
use super::{Measured, Migration};

/// One migration, read, and what is known beside it.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    pub flavor: Flavor,
    pub migration: &'a Migration<'a>,
    pub up: &'a [Statement<'a>],
    pub down: Option<&'a [Statement<'a>]>,
    pub world: &'a World<'a>,
    /// What to write where a script must not run in a transaction.
    pub no_transaction: &'a str,
    pub has_downs: bool,
    /// Statements of the way up that squawk's parser cannot read: where they begin, and why.
    pub unread: &'a BTreeMap<usize, String>,
}

impl<'a> Look<'a> {
    /// All that the way up does, in order.
    pub(super) fn acts(&self) -> impl Iterator<Item = (&'a Statement<'a>, &'a Act)> {
        self.up.iter().flat_map(|statement| statement.acts.iter().map(move |act| (statement, act)))
    }

    /// How large a table is, where the live database has it and it is large.
    pub(super) fn big(&self, table: &Named) -> Option<Measured> {
        (self.world.standing(table) == Standing::Big).then(|| self.world.measured(table)).flatten()
    }

    /// Where the migration's first statement is.
    pub(super) fn start(&self) -> usize {
        self.up.first().map_or(0, |statement| statement.offset)
    }

    /// Whether the migration makes this table itself.
    pub(super) fn makes(&self, table: &Named) -> bool {
        self.acts().any(|(_, act)| matches!(&act.does, Does::CreateTable { table: made, .. } if made.is(table)))
    }
}
