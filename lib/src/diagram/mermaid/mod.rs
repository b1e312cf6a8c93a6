//! Mermaid's `erDiagram`, with the entities, attributes and relations that mermerd writes, so that a diagram made by that
//! tool changes only where the database did: tables and columns by name, types as the information schema calls them, the
//! marks PK, FK and UK, a line for each column of a foreign key, `|o--||` where that column is the whole primary key and
//! `}o--||` everywhere else.

mod cursor;
mod read;
mod write;

pub(super) use read::read;
pub(super) use write::{word, write};
