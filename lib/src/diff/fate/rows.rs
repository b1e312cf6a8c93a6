//! Rows that are not what they were: whose tables get filled columns or are written anew. The server lets nobody hold such rows as
//! values meanwhile.

use super::{Fate, Fates};
use crate::catalog::{Content, ObjectId, ObjectKind, Table};
use crate::diff::objects;
use crate::diff::side::Side;

impl Fates {
    /// Tables that are written anew, or get columns that their rows have values in.
    pub(super) fn reshape_filled(&mut self, from: &Side<'_>, to: &Side<'_>, moved: &mut Vec<ObjectId>) {
        let is_new = |id: &ObjectId| id.kind == ObjectKind::Column && self.fates.get(id) == Some(&Fate::Create);
        let filled: Vec<ObjectId> = to.objects().map(|(id, _)| id).filter(|id| is_new(id)).cloned().collect();
        for column in filled.into_iter().filter(|column| objects::is_filled(column, to)) {
            self.reshape_whole(&column, (from, to), moved);
        }
        let rewritten = |(id, old): (&ObjectId, Content<'_>)| match (old, to.get(id)) {
            (Content::Table(old), Some(Content::Table(new))) => {
                let kept = |table: &Table| (table.persistence, table.access_method.clone());
                (kept(old) != kept(new)).then(|| id.clone())
            }
            _ => None,
        };
        for table in from.objects().filter_map(rewritten).collect::<Vec<_>>() {
            self.reshape(&table, (from, to), moved);
        }
    }

    /// The table of `column`, which changes, is made again or comes.
    pub(super) fn reshape_whole(
        &mut self,
        column: &ObjectId,
        (from, to): (&Side<'_>, &Side<'_>),
        moved: &mut Vec<ObjectId>,
    ) {
        let table = to.whole(column).filter(|whole| matches!(whole.kind, ObjectKind::Table | ObjectKind::ForeignTable));
        let Some(table) = table.filter(|table| from.has(table) && !self.is_dropped(table)) else { return };
        self.reshape(table, (from, to), moved);
        // Nothing of its own is called with rows whose columns change.
        let taking = |part: &&ObjectId| from.has(column) && objects::takes_rows(part, from);
        for part in from.parts(table).iter().filter(taking) {
            self.rebuild(part, to, moved);
        }
    }

    /// Nobody has rows of the table while they change.
    fn reshape(&mut self, table: &ObjectId, (from, to): (&Side<'_>, &Side<'_>), moved: &mut Vec<ObjectId>) {
        if !self.reshaped.insert(table.clone()) {
            return;
        }
        for holder in objects::holders(table, from) {
            self.hold(&holder, (from, to), moved);
        }
    }

    /// Keeps the values of `holder` apart, where it stays what it is.
    pub(super) fn hold(&mut self, holder: &ObjectId, (from, to): (&Side<'_>, &Side<'_>), moved: &mut Vec<ObjectId>) {
        let Some(whole) = from.whole(holder) else { return };
        let data_type = |side: &Side<'_>| match side.get(holder) {
            Some(Content::Column(column)) => Some(column.data_type.clone()),
            _ => None,
        };
        if whole.kind == ObjectKind::MaterializedView {
            self.rebuild(whole, to, moved);
        } else if objects::is_generated(holder, from) {
            self.rebuild(holder, to, moved);
        } else if !self.is_dropped(holder) && data_type(from) == data_type(to) && self.held.insert(holder.clone()) {
            moved.push(holder.clone());
        }
    }
}
