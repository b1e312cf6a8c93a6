//! Reads an `erDiagram` as Mermaid's grammar has it: entities with attributes and aliases, relationships of every cardinality,
//! directions, styles and comments, alone or in a Markdown file.

use std::collections::BTreeMap;

use crate::error::{Error, ErrorKind, Place, Result};

use super::super::Format;
use super::super::drawn::{Drawn, DrawnColumn, DrawnEntity, DrawnRelation, End};
use super::cursor::Cursor;

/// Statements that say how a diagram looks and not what it shows.
const LOOKS: [&str; 8] = ["title", "direction", "style", "classdef", "class", "acctitle", "accdescr", "accdescription"];

/// What `text`, the text of `file`, shows.
///
/// # Errors
/// [`ErrorKind::Usage`] with the place: it holds no `erDiagram`, or a line is not of its grammar.
pub(in super::super) fn read(file: &str, text: &str) -> Result<Drawn> {
    let mut reader = Reader { file, text, entities: BTreeMap::new(), relations: Vec::new() };
    let mut lines = reader.diagram()?.into_iter();
    while let Some((offset, line)) = lines.next() {
        let mut cursor = Cursor { rest: line, offset };
        if cursor.is_done() || reader.is_looks(&cursor, &mut lines) {
            continue;
        }
        reader.statement(&mut cursor, &mut lines)?;
    }
    Ok(Drawn { entities: reader.entities.into_values().collect(), relations: reader.relations, exact: false })
}

type Lines<'a> = std::vec::IntoIter<(usize, &'a str)>;

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    entities: BTreeMap<String, DrawnEntity>,
    relations: Vec<DrawnRelation>,
}

impl<'a> Reader<'a> {
    /// The lines after `erDiagram` with their offsets, up to the end or the fence that closes them; comments are blank.
    fn diagram(&self) -> Result<Vec<(usize, &'a str)>> {
        let mut lines = Vec::new();
        let mut offset = 0;
        let mut begun = false;
        let mut first: Option<(usize, &str)> = None;
        for line in self.text.split_inclusive('\n') {
            let trimmed = line.trim();
            if begun && (trimmed.starts_with("```") || trimmed.starts_with("~~~")) {
                break;
            }
            if begun {
                lines.push((offset, if trimmed.starts_with("%%") { "" } else { line.trim_end() }));
            } else if trimmed.split([' ', ';', '{']).next() == Some("erDiagram") {
                begun = true;
            } else if first.is_none() && !trimmed.is_empty() {
                first = Some((offset, trimmed));
            }
            offset += line.len();
        }
        if begun { Ok(lines) } else { Err(self.foreign(first)) }
    }

    fn foreign(&self, first: Option<(usize, &str)>) -> Error {
        let error = Error::new(ErrorKind::Usage, format!("{} holds no erDiagram", self.file));
        let error = match first {
            Some((offset, _)) => error.at(Place::in_text(self.file, self.text, offset)),
            None => error.source("it is empty"),
        };
        error.hint(format!("write it: {}", Format::redraw(self.file)))
    }

    /// Is the line about looks? A description in braces is taken to its end.
    fn is_looks(&self, cursor: &Cursor<'_>, lines: &mut Lines<'a>) -> bool {
        let mut ahead = cursor.clone();
        let word = ahead.name().unwrap_or_default().to_lowercase();
        let next = ahead.rest.trim_start();
        // An entity may be called like one of these words.
        let is_entity = next.is_empty() || End::left(next).is_some() || (next.starts_with('{') && word != "accdescr");
        if !LOOKS.contains(&word.as_str()) || is_entity {
            return false;
        }
        if next.starts_with('{') && !next.contains('}') {
            lines.find(|(_, line)| line.contains('}'));
        }
        true
    }

    fn statement(&mut self, cursor: &mut Cursor<'a>, lines: &mut Lines<'a>) -> Result<()> {
        let left = self.entity(cursor)?;
        if cursor.take("{") {
            return self.attributes(&left, cursor, lines);
        }
        if cursor.is_done() {
            return Ok(());
        }
        let Some((left_end, right_end)) = cursor.ends() else {
            return Err(self.wrong(cursor, "a relationship such as }o--|| or a block of attributes is expected here"));
        };
        let right = self.entity(cursor)?;
        let label = if cursor.take(":") { cursor.label() } else { String::new() };
        self.relations.push(DrawnRelation { left, left_end, right, right_end, label });
        Ok(())
    }

    /// An entity by its name, with an alias and a class where it has them.
    fn entity(&mut self, cursor: &mut Cursor<'a>) -> Result<String> {
        let Some(name) = cursor.name() else {
            return Err(self.wrong(cursor, "the name of an entity is expected here"));
        };
        let known =
            self.entities.entry(name.clone()).or_insert_with(|| DrawnEntity { id: name.clone(), ..Default::default() });
        if cursor.take("[") {
            known.alias = cursor.name();
            cursor.skip_past(']');
        }
        if cursor.take(":::") {
            cursor.name();
        }
        Ok(name)
    }

    fn attributes(&mut self, entity: &str, cursor: &mut Cursor<'a>, lines: &mut Lines<'a>) -> Result<()> {
        let mut columns = Vec::new();
        loop {
            while !cursor.is_done() {
                if cursor.take("}") {
                    if let Some(entity) = self.entities.get_mut(entity) {
                        entity.columns.append(&mut columns);
                    }
                    return Ok(());
                }
                columns.push(self.attribute(cursor)?);
            }
            match lines.next() {
                Some((offset, rest)) => *cursor = Cursor { rest, offset },
                None => return Err(self.wrong(cursor, "the block of attributes is not closed")),
            }
        }
    }

    fn attribute(&self, cursor: &mut Cursor<'a>) -> Result<DrawnColumn> {
        let data_type = cursor.word();
        let name = cursor.word();
        if data_type.is_empty() || name.is_empty() {
            return Err(self.wrong(cursor, "an attribute is a type and a name"));
        }
        let mut column = DrawnColumn { name, data_type, ..Default::default() };
        loop {
            cursor.take(",");
            match cursor.peek_word() {
                "PK" => column.primary = true,
                "FK" => column.foreign = true,
                "UK" => column.unique = true,
                _ => break,
            }
            cursor.word();
        }
        if cursor.rest.trim_start().starts_with('"') {
            cursor.name();
        }
        Ok(column)
    }

    fn wrong(&self, cursor: &Cursor<'_>, why: &str) -> Error {
        let offset = cursor.offset + cursor.rest.len() - cursor.rest.trim_start().len();
        Error::new(ErrorKind::Usage, format!("{} cannot be read: {why}", self.file))
            .at(Place::in_text(self.file, self.text, offset))
            .hint(format!("write it anew: {}", Format::redraw(self.file)))
    }
}
