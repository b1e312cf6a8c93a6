//! Renames: which of them a plan may have taken for a drop and an addition, and which were declared.
//!
//! A catalog does not say that something was renamed. What looks like it is told, and only a declared rename is planned as one.

use std::fmt;

use crate::catalog::{Catalog, Column, Name, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::ident;

/// A table or a column that gets another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rename {
    /// The table; of a column, the one that it is in.
    pub table: Name,
    /// The column; `None` where the table itself is renamed.
    pub column: Option<String>,
    /// The new name, without its schema or table.
    pub to: String,
}

impl Rename {
    /// Reads `schema.old=schema.new`, or for a column `schema.table.old=schema.table.new`: names as the catalog has them, unquoted.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`]: it is neither, or it would move the one elsewhere.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |why: &str| {
            Error::new(ErrorKind::Usage, format!("`{text}` is no rename: {why}"))
                .hint("a table: --rename public.old=public.new; a column: --rename public.log.old=public.log.new")
        };
        let (old, new) = text.split_once('=').ok_or_else(|| wrong("it has no `=`"))?;
        let (old, new): (Vec<&str>, Vec<&str>) = (old.split('.').collect(), new.split('.').collect());
        match (old.as_slice(), new.as_slice()) {
            ([schema, table], [same, to]) if schema == same => {
                Ok(Self { table: Name::new(*schema, *table), column: None, to: (*to).to_owned() })
            }
            ([schema, table, column], [same, also, to]) if schema == same && table == also => {
                let column = Some((*column).to_owned());
                Ok(Self { table: Name::new(*schema, *table), column, to: (*to).to_owned() })
            }
            ([_, _], [_, _]) => Err(wrong("the schema must stay")),
            ([_, _, _], [_, _, _]) => Err(wrong("the table must stay; after the rename of a table use its new name")),
            _ => Err(wrong("a table is schema.table, a column schema.table.column, on both sides")),
        }
    }

    /// What has the old name: `schema.table`, or `schema.table.column`.
    pub fn old(&self) -> String {
        let Name { schema, name } = &self.table;
        match &self.column {
            Some(column) => format!("{schema}.{name}.{column}"),
            None => format!("{schema}.{name}"),
        }
    }

    /// The way back.
    pub fn reversed(&self) -> Self {
        match &self.column {
            Some(column) => Self { table: self.table.clone(), column: Some(self.to.clone()), to: column.clone() },
            None => {
                Self { table: Name::new(&*self.table.schema, &*self.to), column: None, to: self.table.name.clone() }
            }
        }
    }

    /// The statement.
    pub fn sql(&self) -> String {
        let what = self.column.as_ref().map_or_else(String::new, |column| format!("COLUMN {} ", ident(column)));
        format!("ALTER TABLE {} RENAME {what}TO {}", self.table, ident(&self.to))
    }
}

/// As [`Rename::parse`] reads it.
impl fmt::Display for Rename {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Name { schema, name } = &self.table;
        match &self.column {
            Some(column) => write!(f, "{schema}.{name}.{column}={schema}.{name}.{}", self.to),
            None => write!(f, "{schema}.{name}={schema}.{}", self.to),
        }
    }
}

/// What may be a rename on the way from `from` to `to`: a table that goes and one of the same columns that comes, a column that
/// goes and one of the same type that comes in its table.
pub fn lookalikes(from: &Catalog, to: &Catalog) -> Vec<Rename> {
    let mut found = Vec::new();
    let has = |catalog: &Catalog, name: &Name| catalog.tables.binary_search_by(|table| table.name.cmp(name)).is_ok();
    let come: Vec<&Table> = to.tables.iter().filter(|table| !has(from, &table.name)).collect();
    for old in &from.tables {
        let Ok(at) = to.tables.binary_search_by(|table| table.name.cmp(&old.name)) else {
            let same = |new: &&&Table| new.name.schema == old.name.schema && same_columns(old, new);
            let table = |new: &&Table| Rename { table: old.name.clone(), column: None, to: new.name.name.clone() };
            found.extend(come.iter().filter(same).map(table));
            continue;
        };
        let new = &to.tables[at];
        let goes = |column: &&Column| new.column(&column.name).is_none();
        let comes = |column: &&Column| old.column(&column.name).is_none();
        for gone in old.columns.iter().filter(goes) {
            let alike = new.columns.iter().filter(comes).filter(|column| same_shape(gone, column));
            found.extend(alike.map(|column| Rename {
                table: old.name.clone(),
                column: Some(gone.name.clone()),
                to: column.name.clone(),
            }));
        }
    }
    found
}

fn same_columns(old: &Table, new: &Table) -> bool {
    let alike = |column: &Column| new.column(&column.name).is_some_and(|other| same_shape(column, other));
    !old.columns.is_empty() && old.columns.len() == new.columns.len() && old.columns.iter().all(alike)
}

fn same_shape(old: &Column, new: &Column) -> bool {
    old.data_type.eq_ignore_ascii_case(&new.data_type)
        && (&old.identity, &old.generated) == (&new.identity, &new.generated)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog(tables: &[(&str, &[(&str, &str)])]) -> Catalog {
        let column = |(name, kind): &(&str, &str)| Column {
            name: (*name).into(),
            data_type: (*kind).into(),
            ..Column::default()
        };
        let table = |(name, columns): &(&str, &[(&str, &str)])| Table {
            name: Name::new("public", *name),
            columns: columns.iter().map(column).collect(),
            ..Table::default()
        };
        Catalog { tables: tables.iter().map(table).collect(), ..Catalog::default() }
    }

    #[test]
    fn what_looks_like_a_rename() {
        let check = |from, to, expected: &[&str]| {
            let found: Vec<String> = lookalikes(&catalog(from), &catalog(to)).iter().map(Rename::to_string).collect();
            assert_eq!(found, expected);
        };
        check(&[("a", &[("x", "int")])], &[("b", &[("x", "int")])], &["public.a=public.b"]);
        check(&[("a", &[("x", "int")])], &[("b", &[("x", "text")])], &[]);
        check(&[("a", &[("x", "int")])], &[("a", &[("y", "int")])], &["public.a.x=public.a.y"]);
        check(&[("a", &[("x", "int")])], &[("a", &[("x", "int"), ("y", "int")])], &[]);
        check(&[("a", &[("x", "int")])], &[("a", &[("y", "text")])], &[]);
        check(&[("a", &[])], &[("b", &[])], &[]);
    }

    #[test]
    fn read_printed_and_turned_round() {
        let check = |text: &str, sql: &str, back: &str| {
            let rename = Rename::parse(text).unwrap();
            assert_eq!((rename.to_string().as_str(), rename.sql().as_str()), (text, sql));
            assert_eq!(rename.reversed().sql(), back);
        };
        check("s.a=s.B", "ALTER TABLE s.a RENAME TO \"B\"", "ALTER TABLE s.\"B\" RENAME TO a");
        check("s.t.a=s.t.b", "ALTER TABLE s.t RENAME COLUMN a TO b", "ALTER TABLE s.t RENAME COLUMN b TO a");
        for wrong in ["a", "a=b", "s.a=t.a", "s.t.a=s.u.a", "s.a=s.a.b"] {
            assert_eq!(Rename::parse(wrong).unwrap_err().kind(), ErrorKind::Usage, "{wrong}");
        }
    }
}
