//! A plan as text, SQL and JSON.

use super::Plan;

impl Plan {
    /// The plan as a script that `psql` (or `sqlite3`) could run: every statement, its step's title and its
    /// hazards as comments, secrets replaced.
    pub fn to_sql(&self) -> String {
        todo!()
    }

    /// The plan as a person reads it: a numbered step a line, hazards below.
    pub fn to_text(&self) -> String {
        todo!()
    }
}
