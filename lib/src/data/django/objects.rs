//! Rows as objects of a fixture.

use std::collections::BTreeMap;

use super::FixtureFile;
use crate::archive::digest::Rows;
use crate::data::dump::{Form, PIECE};
use crate::error::Result;
use crate::portable::django::{Model, Shape, write, write_list};
use crate::portable::manifest::Manifest;
use crate::portable::{Refusal, Value};

/// How the objects of a model are written.
#[derive(Clone)]
pub(in crate::data) struct Layout {
    /// What stands before each value, and what the value is.
    values: Vec<(Vec<u8>, Written)>,
    /// What stands after the last one.
    end: &'static [u8],
}

#[derive(Clone)]
enum Written {
    One(Shape),
    /// The keys of a many-to-many field.
    List(Shape),
}

impl Layout {
    pub(super) fn of(model: &Model) -> Self {
        let mut values: Vec<(Vec<u8>, Written)> = Vec::new();
        let composite = model.key.len() > 1;
        let order = Self::order(model);
        let (key, fields) = order.split_at(model.key.len());
        for (at, column) in key.iter().enumerate() {
            let before = match at {
                0 => format!("{{\"model\": \"{}\", \"pk\": {}", model.label, if composite { "[" } else { "" }),
                _ => ", ".to_owned(),
            };
            values.push((before.into_bytes(), Written::One(model.columns[*column].shape.clone())));
        }
        let own = fields.iter().map(|at| (&model.columns[*at].field, Written::One(model.columns[*at].shape.clone())));
        let lists = model.joins.iter().map(|join| (&join.field, Written::List(join.to.shape.clone())));
        let close = if composite { "]" } else { "" };
        for (at, (field, form)) in own.chain(lists).enumerate() {
            let before = if at == 0 { format!("{close}, \"fields\": {{") } else { ", ".to_owned() };
            let name = serde_json::Value::from(field.as_str());
            values.push((format!("{before}{name}: ").into_bytes(), form));
        }
        let end: &[u8] = match values.len() > model.key.len() {
            true => b"}}",
            false if composite => b"], \"fields\": {}}",
            false => b", \"fields\": {}}",
        };
        Self { values, end }
    }
}

/// Django's form: objects, in a list or line by line.
pub(in crate::data) struct AsObjects {
    file: FixtureFile,
    layouts: BTreeMap<usize, Layout>,
    table: Option<Layout>,
    /// The place of the next value in its row, and the first one that a fixture cannot hold.
    at: usize,
    refused: Option<Refusal>,
    ready: Vec<u8>,
    count: u64,
    first: bool,
}

impl AsObjects {
    pub(in crate::data) fn to(file: FixtureFile, layouts: Vec<(usize, Layout)>) -> Self {
        Self {
            file,
            layouts: layouts.into_iter().collect(),
            table: None,
            at: 0,
            refused: None,
            ready: Vec::new(),
            count: 0,
            first: true,
        }
    }
}

impl Form for AsObjects {
    fn begin(&mut self, _: &Manifest) -> Result<()> {
        if !self.file.is_lines() {
            self.ready.extend_from_slice(b"[");
        }
        Ok(())
    }

    fn table(&mut self, _: &Manifest, table: usize) -> Result<()> {
        self.table = self.layouts.get(&table).cloned();
        self.count = 0;
        Ok(())
    }

    fn value(&mut self, value: &Value<'_>) {
        let Some((before, form)) = self.table.as_ref().and_then(|table| table.values.get(self.at)) else { return };
        if self.at == 0 {
            let between: &[u8] = match (self.first, self.file.is_lines()) {
                (true, true) => b"",
                (true, false) => b"\n",
                (false, true) => b"\n",
                (false, false) => b",\n",
            };
            self.ready.extend_from_slice(between);
            self.first = false;
        }
        self.ready.extend_from_slice(before);
        let written = match (form, value) {
            (Written::List(shape), Value::Text(list)) => write_list(list, shape, &mut self.ready),
            (Written::One(shape) | Written::List(shape), value) => write(value, shape, &mut self.ready),
        };
        if let (Err(why), None) = (written, &self.refused) {
            self.refused = Some(Refusal::of(self.at, value, why));
        }
        self.at += 1;
    }

    fn end_row(&mut self) -> Result<(), Refusal> {
        self.at = 0;
        if let Some(table) = &self.table {
            self.ready.extend_from_slice(table.end);
        }
        match self.refused.take() {
            Some(refusal) => Err(refusal),
            None => {
                self.count += 1;
                Ok(())
            }
        }
    }

    fn hand_on(&mut self) -> Result<bool> {
        if self.ready.len() < PIECE {
            return Ok(false);
        }
        self.file.push(&self.ready)?;
        self.ready.clear();
        Ok(true)
    }

    fn rows(&self) -> Rows {
        Rows { count: self.count, ..Rows::default() }
    }

    fn end_table(&mut self) -> Result<Vec<String>> {
        self.table = None;
        Ok(Vec::new())
    }

    fn finish(&mut self, _: &Manifest) -> Result<()> {
        self.ready.extend_from_slice(match (self.first, self.file.is_lines()) {
            (true, true) => b"",
            (true, false) => b"]\n",
            (false, true) => b"\n",
            (false, false) => b"\n]\n",
        });
        self.file.push(&self.ready)?;
        self.file.finish()
    }
}
