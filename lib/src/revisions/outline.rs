//! A Python file as its outline: imports, definitions, assignments, and what a function leads to.

use std::ops::Range;

use super::python::{Fault, Kind, Lexed, Line, Token, lex, said};
use super::value::{Call, Value, calls, closing, value};
use crate::error::Place;

/// A file's outline. Nothing of it is run.
pub(super) struct Outline<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
    lexed: Lexed<'a>,
}

/// A function, class or assignment.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Definition<'a> {
    pub(super) name: &'a str,
    pub(super) kind: What,
    /// Byte offset of the name.
    pub(super) at: usize,
    /// The tokens of its parameters, bases or annotation.
    pub(super) head: Range<usize>,
    /// The tokens of its body or value.
    pub(super) body: Range<usize>,
    /// The lines of its body that are not the header's own.
    pub(super) lines: Range<usize>,
}

/// What a definition defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Function,
    Class,
    Value,
}

/// `import a.b`, `from a.b import c`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Import {
    /// `a.b`; dots in front where it is relative.
    pub(super) module: String,
    /// What is taken from it; empty for `import a.b`.
    pub(super) names: Vec<String>,
    /// Byte offset of the statement.
    pub(super) at: usize,
}

impl<'a> Outline<'a> {
    pub(super) fn read(file: &'a str, text: &'a str) -> Result<Self, Fault> {
        Ok(Self { file, text, lexed: lex(text)? })
    }

    pub(super) fn tokens(&self) -> &[Token<'a>] {
        &self.lexed.tokens
    }

    pub(super) fn comments(&self) -> &[(usize, &'a str)] {
        &self.lexed.comments
    }

    /// The place of byte `at`.
    pub(super) fn place(&self, at: usize) -> Place {
        Place::in_text(self.file, self.text, at)
    }

    /// The definitions of the module itself.
    pub(super) fn top(&self) -> Vec<Definition<'a>> {
        self.definitions(0..self.lexed.lines.len())
    }

    /// The definitions in the body of a class.
    pub(super) fn inside(&self, class: &Definition<'a>) -> Vec<Definition<'a>> {
        self.definitions(class.lines.clone())
    }

    /// The definitions among `lines` that are no deeper than the first of them.
    fn definitions(&self, lines: Range<usize>) -> Vec<Definition<'a>> {
        let Some(indent) = self.lexed.lines.get(lines.start).filter(|_| !lines.is_empty()).map(|line| line.indent)
        else {
            return Vec::new();
        };
        let at_level = lines.clone().filter(|at| self.lexed.lines[*at].indent == indent);
        at_level.filter_map(|at| self.definition(at, lines.end)).collect()
    }

    fn definition(&self, at: usize, end: usize) -> Option<Definition<'a>> {
        let line = self.lexed.lines[at];
        let tokens = &self.lexed.tokens[line.first..line.end];
        let skipped = usize::from(tokens.first()?.text == "async");
        match tokens[skipped..] {
            [keyword, name, ..] if matches!(keyword.text, "def" | "class") && name.kind == Kind::Name => {
                let kind = if keyword.text == "def" { What::Function } else { What::Class };
                self.block(kind, name, at, line, end)
            }
            [name, ..] if name.kind == Kind::Name => self.assignment(name, line),
            _ => None,
        }
    }

    /// The body: what stands behind the colon, and the deeper lines below.
    fn block(&self, kind: What, name: Token<'a>, at: usize, line: Line, end: usize) -> Option<Definition<'a>> {
        let mut depth = 0_usize;
        let colon = (line.first..line.end).find(|token| match self.lexed.tokens[*token].text {
            "(" | "[" | "{" => {
                depth += 1;
                false
            }
            ")" | "]" | "}" => {
                depth = depth.saturating_sub(1);
                false
            }
            text => text == ":" && depth == 0,
        })?;
        let below = &self.lexed.lines[at + 1..end];
        let many = below.iter().position(|below| below.indent <= line.indent).unwrap_or(below.len());
        let last = self.lexed.lines[at + many];
        let lines = at + 1..at + 1 + many;
        Some(Definition {
            name: name.text,
            kind,
            at: name.at,
            head: line.first..colon,
            body: colon + 1..last.end,
            lines,
        })
    }

    /// `name = value`, `name: annotation = value`, `name += value`.
    fn assignment(&self, name: Token<'a>, line: Line) -> Option<Definition<'a>> {
        let tokens = &self.lexed.tokens;
        let behind = line.first + 1;
        let equals = match tokens.get(behind)?.text {
            "=" => behind,
            "+" if tokens.get(behind + 1)?.text == "=" => behind + 1,
            ":" => self.annotated(behind, line.end)?,
            _ => return None,
        };
        let lines = 0..0;
        let (head, body) = (behind..equals, equals + 1..line.end);
        (equals < line.end).then_some(Definition { name: name.text, kind: What::Value, at: name.at, head, body, lines })
    }

    /// The `=` behind an annotation, brackets passed over.
    fn annotated(&self, colon: usize, end: usize) -> Option<usize> {
        let mut at = colon + 1;
        while at < end {
            match self.lexed.tokens[at].text {
                "=" => return Some(at),
                "(" | "[" | "{" => at = closing(&self.lexed.tokens, at)? + 1,
                _ => at += 1,
            }
        }
        None
    }

    /// The value that an assignment gives.
    pub(super) fn value(&self, definition: &Definition<'a>) -> Value<'a> {
        value(&self.lexed.tokens, definition.body.clone())
    }

    /// Every import, those inside functions too.
    pub(super) fn imports(&self) -> Vec<Import> {
        let mut found = Vec::new();
        for line in &self.lexed.lines {
            let tokens = &self.lexed.tokens[line.first..line.end];
            // It may stand behind the colon of a function on the same line.
            let begins =
                |at: &usize| matches!(tokens[*at].text, "import" | "from") && (*at == 0 || tokens[at - 1].text == ":");
            let Some(first) = (0..tokens.len()).find(begins) else { continue };
            let tokens = &tokens[first..];
            match tokens.first().map(|token| token.text) {
                Some("import") => {
                    let modules = tokens[1..].split(|token| token.text == ",");
                    found.extend(modules.filter_map(|words| {
                        let module = dotted(words.split(|token| token.text == "as").next()?);
                        Some(Import { module, names: Vec::new(), at: tokens[0].at })
                    }));
                }
                Some("from") => {
                    let Some(import) = tokens.iter().position(|token| token.text == "import") else { continue };
                    let names = tokens[import + 1..].split(|token| token.text == ",");
                    let name = |words: &[Token<'_>]| {
                        words
                            .iter()
                            .find(|token| token.kind == Kind::Name || token.text == "*")
                            .map(|token| token.text.to_owned())
                    };
                    let names = names.filter_map(name).collect();
                    found.push(Import { module: dotted(&tokens[1..import]), names, at: tokens[0].at });
                }
                _ => {}
            }
        }
        found
    }

    /// The tokens that run when the definitions in `roots` do: their bodies, and those of every definition of `known` that these
    /// name, and so on.
    pub(super) fn reach(&self, roots: &[&Definition<'a>], known: &[Definition<'a>]) -> Vec<Range<usize>> {
        let mut seen: Vec<Range<usize>> = Vec::new();
        let mut todo: Vec<Range<usize>> = roots.iter().map(|root| root.body.clone()).collect();
        while let Some(body) = todo.pop() {
            if seen.contains(&body) {
                continue;
            }
            let named = |definition: &&Definition<'a>| {
                let is_it = |token: &Token<'_>| token.kind == Kind::Name && token.text == definition.name;
                self.lexed.tokens[body.clone()].iter().any(is_it)
            };
            todo.extend(known.iter().filter(named).map(|definition| definition.body.clone()));
            seen.push(body);
        }
        seen.sort_by_key(|body| body.start);
        seen
    }

    /// Every call in `body`.
    pub(super) fn calls(&self, body: &Range<usize>) -> Vec<Call<'a>> {
        calls(&self.lexed.tokens, body.clone())
    }

    /// Every text in `body` with its place, adjacent literals joined; a statement that is nothing but a text is a comment.
    pub(super) fn texts(&self, body: &Range<usize>) -> Vec<(usize, String)> {
        let is_comment = |at: usize| {
            let line = self.lexed.lines.partition_point(|line| line.end <= at);
            let line = &self.lexed.lines[line];
            self.lexed.tokens[line.first..line.end].iter().all(|token| token.kind == Kind::Text)
        };
        let mut found: Vec<(usize, String)> = Vec::new();
        let mut joins = false;
        for at in body.clone() {
            let token = &self.lexed.tokens[at];
            let is_text = token.kind == Kind::Text && !is_comment(at);
            match found.last_mut() {
                Some((_, text)) if is_text && joins => text.push_str(&said(token.text)),
                _ if is_text => found.push((token.at, said(token.text))),
                _ => {}
            }
            joins = is_text;
        }
        found
    }

    /// The first statement of `body` that is no text: its first word and its place. `None`: there is nothing but texts, `pass`
    /// and `…`.
    pub(super) fn first_work(&self, body: &Range<usize>) -> Option<(&'a str, usize)> {
        let starts = |line: &&Line| line.end > body.start && line.first < body.end;
        self.lexed.lines.iter().filter(starts).find_map(|line| {
            let tokens = &self.lexed.tokens[line.first.max(body.start)..line.end.min(body.end)];
            let idle = tokens.iter().all(|token| token.kind == Kind::Text || matches!(token.text, "pass" | "."));
            (!idle).then(|| (tokens[0].text, tokens[0].at))
        })
    }
}

fn dotted(words: &[Token<'_>]) -> String {
    words.iter().map(|token| token.text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
import os, sqlalchemy as sa
from alembic import (op,
    context)
from . import models
x: Union[str, None] = 'a'
def up() -> None:
    '''DROP TABLE not_run'''
    helper(SQL)
    def inner(): pass
SQL = 'DELETE ' \\
    'FROM t'
async def helper(a={1: 2}): import late; pass
class Migration(base):
    a = [1]
    def forwards(self):
        pass
unused = 'DROP TABLE x'
";

    fn outline() -> Outline<'static> {
        Outline::read("f.py", FILE).unwrap()
    }

    #[test]
    fn definitions_are_found_at_their_level() {
        let outline = outline();
        let top = outline.top();
        let names: Vec<&str> = top.iter().map(|definition| definition.name).collect();
        assert_eq!(names, ["x", "up", "SQL", "helper", "Migration", "unused"]);
        assert_eq!(outline.value(&top[0]), Value::Text("a".into()));
        let inside: Vec<&str> = outline.inside(&top[4]).iter().map(|definition| definition.name).collect();
        assert_eq!(inside, ["a", "forwards"]);
        assert!(outline.inside(&top[3]).is_empty());
    }

    #[test]
    fn imports_are_found_everywhere() {
        let imports = outline().imports();
        let found: Vec<String> = imports.iter().map(|it| format!("{} {}", it.module, it.names.join(","))).collect();
        assert_eq!(found, ["os ", "sqlalchemy ", "alembic op,context", ". models", "late "]);
    }

    #[test]
    fn what_runs_is_what_is_named() {
        let outline = outline();
        let top = outline.top();
        let reach = outline.reach(&[&top[1]], &top);
        let texts: Vec<String> = reach.iter().flat_map(|body| outline.texts(body)).map(|(_, text)| text).collect();
        assert_eq!(texts, ["DELETE FROM t"]);
        assert_eq!(outline.first_work(&top[1].body).map(|(word, _)| word), Some("helper"));
        let class = outline.inside(&top[4]);
        assert_eq!(outline.first_work(&class[1].body), None);
    }
}
