//! One statement whose rows are handed on as they come.
//!
//! The statement's text goes to the server's parser first, through the extended protocol, which refuses several statements in
//! one text; the same text is run only after that. What returns rows and can be copied goes out as `COPY (…) TO STDOUT`: the
//! server then prints every value itself, as bytes, in its own text or CSV form.

use std::time::Instant;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio_postgres::types::Type;
use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

use super::PostgresSession;
use super::copied::Copied;
use crate::engine::rows::{Cell, Kind, Rows, not_taken};
use crate::error::Result;
use crate::sql::{Flavor, TokenKind, tokens};

/// What stands before the user's text in the message that copies it.
const COPY_BEFORE: &str = "COPY (";

impl PostgresSession {
    /// Runs `sql`, refused unless it is one statement, and returns how many rows it has returned or changed.
    pub(super) async fn stream_one(&self, sql: &str, rows: &mut dyn Rows) -> Result<u64> {
        let begun = Instant::now();
        self.under_way.sent();
        let outcome = self.proven_then_run(sql, rows).await;
        // Where the rows were not taken the server is still sending: that statement stays under way, to be cancelled.
        if !matches!(&outcome, Err(error) if error.kind() == crate::ErrorKind::Io) {
            self.under_way.answered();
        }
        self.tell(sql, begun.elapsed(), outcome.as_ref().err());
        outcome
    }

    async fn proven_then_run(&self, sql: &str, rows: &mut dyn Rows) -> Result<u64> {
        let proven = self.client.prepare(sql).await.map_err(|refused| self.error(refused))?;
        let form = Form::of(sql);
        let names: Vec<String> = proven.columns().iter().map(|column| column.name().to_owned()).collect();
        let kinds: Vec<Kind> = proven.columns().iter().map(|column| kind(column.type_())).collect();
        drop(proven);
        match form {
            Form::CopyOut => self.copy_out(sql, rows).await,
            Form::Query if !names.is_empty() => {
                rows.columns(&names).map_err(not_taken)?;
                self.copy_query(sql, &kinds, rows).await
            }
            _ => {
                if !names.is_empty() {
                    rows.columns(&names).map_err(not_taken)?;
                }
                self.simple(sql, &kinds, rows).await
            }
        }
    }

    /// The user's own `COPY … TO STDOUT`, whose lines are handed on as they are.
    async fn copy_out(&self, sql: &str, rows: &mut dyn Rows) -> Result<u64> {
        let answer = self.client.copy_out(sql).await.map_err(|refused| self.error(refused))?;
        let mut answer = std::pin::pin!(answer);
        let mut count = 0;
        while let Some(piece) = answer.next().await {
            let piece = piece.map_err(|refused| self.error(refused))?;
            count += 1;
            rows.csv(&piece).map_err(not_taken)?;
        }
        Ok(count)
    }

    async fn copy_query(&self, sql: &str, kinds: &[Kind], rows: &mut dyn Rows) -> Result<u64> {
        let format = if rows.wants_csv() { "csv" } else { "text" };
        // A line comment at the end of the statement must not swallow what follows.
        let encoding = if self.unchecked { ", ENCODING 'SQL_ASCII'" } else { "" };
        let copy = format!("{COPY_BEFORE}{sql}\n) TO STDOUT (FORMAT {format}{encoding})");
        let refused = |refused| {
            let error = self.error(refused);
            let position = error.sql().and_then(|sql| sql.position);
            error.with_position(position.map(|at| at.saturating_sub(COPY_BEFORE.len()).max(1)))
        };
        let answer = self.client.copy_out(copy.as_str()).await.map_err(refused)?;
        match rows.wants_csv() {
            true => pieces(answer, rows, refused).await,
            false => copied(answer, kinds, rows, refused).await,
        }
    }

    /// By the simple protocol: whatever cannot be copied.
    async fn simple(&self, sql: &str, kinds: &[Kind], rows: &mut dyn Rows) -> Result<u64> {
        let answer = self.client.simple_query_raw(sql).await.map_err(|refused| self.error(refused))?;
        let mut answer = std::pin::pin!(answer);
        let mut changed = 0;
        while let Some(message) = answer.next().await {
            match message.map_err(|refused| self.error(refused))? {
                SimpleQueryMessage::Row(row) => hand_on(&row, kinds, rows).map_err(not_taken)?,
                SimpleQueryMessage::CommandComplete(count) => changed = count,
                _ => {}
            }
        }
        Ok(changed)
    }
}

/// Is `sql` a `COPY … TO STDOUT`?
pub(super) fn copies_out(sql: &str) -> bool {
    matches!(Form::of(sql), Form::CopyOut)
}

/// How a statement's answer comes.
enum Form {
    /// It returns rows and may stand inside `COPY (…)`.
    Query,
    /// It is `COPY … TO STDOUT` itself.
    CopyOut,
    /// Anything else.
    Other,
}

impl Form {
    fn of(sql: &str) -> Self {
        let mut seen = tokens(sql, Flavor::Postgres)
            .into_iter()
            .filter(|token| !matches!(token.kind, TokenKind::Space | TokenKind::Comment));
        let first = seen.next().map(|token| token.text.to_ascii_uppercase()).unwrap_or_default();
        match first.as_str() {
            "SELECT" | "VALUES" | "TABLE" | "WITH" | "(" => Self::Query,
            "COPY" => {
                let mut before = String::new();
                let mut depth = 0_usize;
                for token in seen {
                    match token.text {
                        "(" => depth += 1,
                        ")" => depth = depth.saturating_sub(1),
                        text if depth == 0 && before == "TO" => {
                            return if text.eq_ignore_ascii_case("stdout") || text.eq_ignore_ascii_case("stdin") {
                                Self::CopyOut
                            } else {
                                Self::Other
                            };
                        }
                        _ => {}
                    }
                    before = if depth == 0 { token.text.to_ascii_uppercase() } else { String::new() };
                }
                Self::Other
            }
            _ => Self::Other,
        }
    }
}

/// What a value of `of` is; an array or a composite is text.
fn kind(of: &Type) -> Kind {
    match *of {
        Type::INT2 | Type::INT4 | Type::INT8 | Type::OID | Type::FLOAT4 | Type::FLOAT8 | Type::NUMERIC => Kind::Number,
        Type::BOOL => Kind::Bool,
        Type::JSON | Type::JSONB => Kind::Json,
        Type::TIMESTAMP | Type::TIMESTAMPTZ => Kind::Timestamp,
        _ => Kind::Text,
    }
}

async fn pieces<E>(
    answer: impl Stream<Item = Result<Bytes, E>>,
    rows: &mut dyn Rows,
    refused: impl Fn(E) -> crate::Error,
) -> Result<u64> {
    let mut answer = std::pin::pin!(answer);
    let mut count = 0;
    while let Some(piece) = answer.next().await {
        count += 1;
        rows.csv(&piece.map_err(&refused)?).map_err(not_taken)?;
    }
    Ok(count)
}

async fn copied<E>(
    answer: impl Stream<Item = Result<Bytes, E>>,
    kinds: &[Kind],
    rows: &mut dyn Rows,
    refused: impl Fn(E) -> crate::Error,
) -> Result<u64> {
    let mut answer = std::pin::pin!(answer);
    let mut line = Copied::default();
    let mut count = 0;
    while let Some(piece) = answer.next().await {
        count += 1;
        line.read(&piece.map_err(&refused)?);
        let cells: Vec<Cell<'_>> = line.values().zip(kinds).map(|(text, kind)| Cell { kind: *kind, text }).collect();
        rows.row(&cells).map_err(not_taken)?;
    }
    Ok(count)
}

/// What is not UTF-8 (a server that checks no encoding may send it) is shown as the character for that.
fn hand_on(row: &SimpleQueryRow, kinds: &[Kind], rows: &mut dyn Rows) -> std::io::Result<()> {
    let cells: Vec<Cell<'_>> = (0..row.len())
        .map(|at| Cell {
            kind: kinds.get(at).copied().unwrap_or(Kind::Text),
            text: row.try_get(at).unwrap_or(Some("\u{fffd}")).map(str::as_bytes),
        })
        .collect();
    rows.row(&cells)
}
