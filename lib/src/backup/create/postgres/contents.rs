//! What an archive will hold: the objects of pg_dump with places for the rows, and the work that fills them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};

use crate::archive::codec::Codec;
use crate::archive::compose::{Composer, LargeObjectList};
use crate::archive::digest::Rows;
use crate::archive::manifest::{self, File, Range, Sequence, Table};
use crate::archive::toc::{Toc, Version};
use crate::backup::create::order::Order;
use crate::backup::create::{Foreseen, ForeseenTable};
use crate::engine::postgres::PostgresSession;
use crate::engine::{Session, first_cell};
use crate::error::{Error, ErrorKind, Result};

use super::parts::Knife;
use super::survey::{Kind, Relation};
use super::views::{self, Filling};
use super::work::{Done, Job, Part};
use super::{config_tables, copying, large_objects};

/// Large objects of one piece of work.
const OBJECTS: usize = 200;

/// What an archive will hold.
pub(super) struct Contents<'a> {
    composer: Composer,
    relations: &'a [Relation],
    tables: Vec<Planned<'a>>,
    /// Sequences whose positions belong into it.
    sequences: Vec<&'a Relation>,
    fillings: Vec<Filling>,
    lists: Vec<LargeObjectList>,
    /// How many large objects there are.
    objects: usize,
    jobs: Vec<Job>,
    left_out: Vec<String>,
}

/// A table whose rows are copied.
struct Planned<'a> {
    relation: &'a Relation,
    format: crate::archive::digest::CopyFormat,
    /// Its parts in order, each with its range and what it has become.
    parts: Vec<(Option<Range>, Option<manifest::Part>)>,
}

/// What goes into the archive besides the rows.
pub(super) struct Finished {
    pub(super) toc: Toc,
    pub(super) lists: Vec<LargeObjectList>,
    pub(super) tables: Vec<Table>,
    pub(super) left_out: Vec<String>,
}

impl<'a> Contents<'a> {
    /// Finds a place in pg_dump's table of contents for all that has rows.
    ///
    /// # Errors
    /// The server's catalog and pg_dump do not agree on what there is.
    pub(super) async fn plan(
        session: &mut PostgresSession,
        toc: Toc,
        relations: &'a [Relation],
        order: &Order<'_>,
        codec: Codec,
        unencoded: bool,
    ) -> Result<Self> {
        let mut left_out = left_out(relations, session.server().standby, &toc);
        let composer = composer(toc, codec)?;
        let (fillings, empty) = views::fillings(session, relations).await?;
        left_out.extend(empty.iter().map(|view| {
            format!("the rows of the materialised view {}, which reads from one that is empty", view.describe())
        }));
        let (tables, jobs, lists) = (Vec::new(), Vec::new(), Vec::new());
        let ours = |relation: &&Relation| relation.kind == Kind::Sequence && relation.extension.is_none();
        let mut sequences: Vec<&Relation> = relations.iter().filter(ours).collect();
        sequences.extend(config_tables::sequences(session, relations).await?);
        let mut contents = Self { composer, relations, tables, sequences, fillings, lists, objects: 0, jobs, left_out };
        contents.plan_tables(session, order, unencoded).await?;
        contents.plan_config_tables(session, order, unencoded).await?;
        let objects = large_objects::list(session).await?;
        contents.objects = objects.len();
        contents.lists = contents.composer.large_objects(&objects);
        contents.jobs.extend(objects.chunks(OBJECTS).map(|some| Job::LargeObjects(some.to_vec())));
        Ok(contents)
    }

    async fn plan_tables(&mut self, session: &mut PostgresSession, order: &Order<'_>, unencoded: bool) -> Result<()> {
        let standby = session.server().standby;
        let copied = |relation: &&Relation| {
            relation.kind == Kind::Table && relation.extension.is_none() && !(relation.unlogged && standby)
        };
        let page = session.query("SHOW block_size").await?;
        let knife = Knife {
            jobs: order.jobs(),
            total: self.relations.iter().filter(copied).map(|relation| relation.all_bytes).sum(),
            cut: order.cut,
            page: first_cell(&page).and_then(|page| page.parse().ok()).unwrap_or(8192),
        };
        for relation in self.relations.iter().filter(copied) {
            let ranges = knife.cut(session, relation).await?;
            let format = copying::format(relation, order.rows);
            let columns: Vec<&str> = relation.columns.iter().map(|column| column.name.as_str()).collect();
            let loads = self.composer.table(relation.oid, &columns, format, ranges.len())?;
            let share = relation.all_bytes / ranges.len().max(1) as u64;
            for (part, (range, load)) in ranges.iter().zip(loads).enumerate() {
                self.jobs.push(Job::Rows(Part {
                    table: self.tables.len(),
                    part,
                    name: relation.sql(),
                    copy: copying::statement(relation, range.as_ref(), "", format, unencoded),
                    format,
                    file: load.file,
                    bytes: share,
                }));
            }
            let parts = ranges.into_iter().map(|range| (range, None)).collect();
            self.tables.push(Planned { relation, format, parts });
        }
        Ok(())
    }

    /// The rows that users have put into tables of extensions.
    async fn plan_config_tables(
        &mut self,
        session: &mut PostgresSession,
        order: &Order<'_>,
        unencoded: bool,
    ) -> Result<()> {
        let mut loads: BTreeMap<u32, i32> = BTreeMap::new();
        for config in config_tables::list(session, self.relations).await? {
            let relation = config.relation;
            let format = copying::format(relation, order.rows);
            let columns: Vec<&str> = relation.columns.iter().map(|column| column.name.as_str()).collect();
            let after: Vec<i32> = config.after.iter().filter_map(|oid| loads.get(oid)).copied().collect();
            let table = crate::archive::compose::ConfigTable {
                oid: relation.oid,
                schema: &relation.schema,
                name: &relation.name,
                owner: &relation.owner,
                after: &after,
            };
            let load = self.composer.config_table(&table, &columns, format);
            loads.insert(relation.oid, load.id);
            self.jobs.push(Job::Rows(Part {
                table: self.tables.len(),
                part: 0,
                name: relation.sql(),
                copy: copying::statement(relation, None, &config.condition, format, unencoded),
                format,
                file: load.file,
                bytes: relation.all_bytes,
            }));
            self.tables.push(Planned { relation, format, parts: vec![(None, None)] });
        }
        Ok(())
    }

    /// What it will be, as far as that is known before a row is read.
    pub(super) fn foreseen(&self, codec: Codec, order: &Order<'_>) -> Foreseen {
        let table = |planned: &Planned<'_>| ForeseenTable {
            schema: planned.relation.schema.clone(),
            name: planned.relation.name.clone(),
            bytes: planned.relation.all_bytes,
            parts: planned.parts.len(),
            copy: planned.format,
        };
        let mut tables: Vec<ForeseenTable> = self.tables.iter().map(table).collect();
        tables.sort_by_key(|table| Reverse(table.bytes));
        let left_out = self.left_out.clone();
        let (recipients, jobs) = (order.recipients(), order.jobs());
        Foreseen { tables, bytes: self.bytes(), large_objects: self.objects, codec, recipients, jobs, left_out }
    }

    /// Bytes in the database of all that is copied.
    pub(super) fn bytes(&self) -> u64 {
        let bytes = |job: &Job| match job {
            Job::Rows(part) => part.bytes,
            Job::LargeObjects(_) => 0,
        };
        self.jobs.iter().map(bytes).sum()
    }

    /// The work, the largest first, so that no session is left with it at the end.
    pub(super) fn take_jobs(&mut self) -> VecDeque<Job> {
        let mut jobs = std::mem::take(&mut self.jobs);
        jobs.sort_by_key(|job| match job {
            Job::Rows(part) => Reverse(part.bytes),
            Job::LargeObjects(_) => Reverse(u64::MAX),
        });
        jobs.into()
    }

    /// Takes what the work has become: the files, and the digest of the large objects.
    pub(super) fn settle(&mut self, done: Vec<Done>) -> (Vec<File>, Rows) {
        let (mut all, mut objects) = (Vec::new(), Rows::default());
        for done in done {
            match done {
                Done::Rows { table, part, file, rows } => {
                    let (range, place) = &mut self.tables[table].parts[part];
                    *place = Some(manifest::Part { file: file.name.clone(), rows, range: range.clone() });
                    all.push(file);
                }
                Done::LargeObjects { files, rows } => {
                    all.extend(files);
                    objects += rows;
                }
            }
        }
        (all, objects)
    }

    /// The sequences whose positions belong into the archive.
    pub(super) fn sequences(&self) -> &[&'a Relation] {
        &self.sequences
    }

    /// The whole, once everything else is written. `positions` are those of [`Contents::sequences`].
    ///
    /// # Errors
    /// pg_dump has left out a sequence or a view; a part of a table is missing.
    pub(super) fn finish(mut self, positions: &[Sequence]) -> Result<Finished> {
        for (relation, position) in self.sequences.iter().zip(positions) {
            let (last, called) = (position.last, position.called);
            match relation.extension {
                None => self.composer.sequence(relation.oid, last, called)?,
                Some(_) => {
                    self.composer.config_sequence(&relation.schema, &relation.name, &relation.owner, last, called);
                }
            }
        }
        for filling in &self.fillings {
            self.composer.filling(filling.oid, &filling.reads)?;
        }
        let tables = self.tables.into_iter().map(Planned::finish).collect::<Result<_>>()?;
        Ok(Finished { toc: self.composer.finish(), lists: self.lists, tables, left_out: self.left_out })
    }
}

impl Planned<'_> {
    fn finish(self) -> Result<Table> {
        let relation = self.relation;
        let missing = || {
            let message = format!("a part of the rows of {} was not copied", relation.describe());
            Error::new(ErrorKind::Verification, message)
        };
        let parts: Vec<manifest::Part> =
            self.parts.into_iter().map(|(_, part)| part.ok_or_else(missing)).collect::<Result<_>>()?;
        Ok(Table {
            schema: relation.schema.clone(),
            name: relation.name.clone(),
            columns: relation.columns.iter().map(|column| column.name.clone()).collect(),
            copy: self.format,
            rows: parts.iter().map(|part| part.rows).sum(),
            parts,
        })
    }
}

/// In the version that everybody reads, unless an object has no place there.
fn composer(toc: Toc, codec: Codec) -> Result<Composer> {
    let own = toc.header.version;
    match Composer::new(toc.clone(), Version::V1_14, codec) {
        Err(error) if error.kind() == ErrorKind::Unsupported => Composer::new(toc, own, codec),
        composer => composer,
    }
}

/// What a restore will not bring back, a sentence each.
fn left_out(relations: &[Relation], standby: bool, toc: &Toc) -> Vec<String> {
    let mut left_out = Vec::new();
    for relation in relations {
        let name = relation.describe();
        match (relation.kind, &relation.extension) {
            (Kind::Foreign, None) => {
                left_out.push(format!("the rows of the foreign table {name}, which are on another server"));
            }
            (Kind::Table, None) if relation.unlogged && standby => {
                left_out.push(format!("the rows of the unlogged table {name}, which a standby does not have"));
            }
            _ => {}
        }
    }
    let mut tablespaces: Vec<&[u8]> = toc.entries.iter().filter_map(|entry| entry.tablespace.as_deref()).collect();
    tablespaces.sort_unstable();
    tablespaces.dedup();
    for tablespace in tablespaces.into_iter().filter(|name| !name.is_empty()) {
        let name = String::from_utf8_lossy(tablespace);
        left_out.push(format!("the tablespace {name}, which has to be there before a restore that puts objects in it"));
    }
    left_out
}
