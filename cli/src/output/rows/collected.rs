//! Rows for the one object that `--json` prints: kept until all are there.

use std::io::Result;

use mainstay::engine::{Cell, Rows};
use serde_json::{Value, json};

use super::json;

/// Keeps every statement's rows.
#[derive(Default)]
pub struct Collected {
    statements: Vec<Value>,
    keys: Vec<String>,
    columns: Option<Vec<String>>,
    rows: Vec<Value>,
    copied: Vec<u8>,
}

impl Collected {
    /// Ends a statement.
    pub fn end(&mut self, changed: Option<u64>) {
        let mut statement = json!({ "changed": changed });
        if let Some(columns) = self.columns.take() {
            statement["columns"] = columns.into();
            statement["rows"] = std::mem::take(&mut self.rows).into();
        }
        if !self.copied.is_empty() {
            statement["copied"] = String::from_utf8_lossy(&std::mem::take(&mut self.copied)).into();
        }
        self.statements.push(statement);
    }

    /// All of them.
    pub fn data(self) -> Value {
        json!({ "statements": self.statements })
    }
}

impl Rows for Collected {
    fn columns(&mut self, names: &[String]) -> Result<()> {
        self.keys = json::keys(names);
        self.columns = Some(names.to_vec());
        self.rows.clear();
        Ok(())
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        let mut text = Vec::new();
        json::object(&self.keys, cells, &mut text)?;
        self.rows.push(serde_json::from_slice(&text)?);
        Ok(())
    }

    fn csv(&mut self, piece: &[u8]) -> Result<()> {
        self.copied.extend_from_slice(piece);
        Ok(())
    }
}
