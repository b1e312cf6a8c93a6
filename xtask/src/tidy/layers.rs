//! A module of the library uses only modules of lower layers. The layers are the list in `lib/src/lib.rs`:
//! lowest first, a blank line between two layers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::source::{self, CodePath};
use super::{Finding, Findings, rust_files};
use crate::repo;

const LIB: &str = "lib/src/lib.rs";

/// Every use of a module of the same or of a higher layer.
pub fn check(root: &Path, files: &[PathBuf]) -> Findings {
    let map = Map::read(&repo::read(root, Path::new(LIB))?);
    let mut findings = Vec::new();
    for file in rust_files(files, "lib/src").filter(|file| *file != Path::new(LIB)) {
        let module = module_of(file);
        let Some(layer) = map.layer.get(&module[0]) else {
            findings.push(Finding::new(file, 1, format!("module `{}` is not in {LIB}", module[0])));
            continue;
        };
        for path in source::paths(&source::code(&repo::read(root, file)?)) {
            let Some(used) = map.used_by(&module, &path) else { continue };
            let above = used != module[0] && map.layer.get(used).is_some_and(|used| used >= layer);
            if above {
                let rule = format!("`{}` may not use `{used}`: it is not in a layer below ({LIB})", module[0]);
                findings.push(Finding::new(file, path.line, rule));
            }
        }
    }
    Ok(findings)
}

/// What `lib.rs` says: the layer of each module, and the module behind each re-exported name.
struct Map {
    layer: BTreeMap<String, usize>,
    reexport: BTreeMap<String, String>,
}

impl Map {
    fn read(lib: &str) -> Self {
        let code = source::code(lib);
        let mut layer = BTreeMap::new();
        let mut number = 0;
        for line in code.lines() {
            let name = line.trim_start_matches("pub ").strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';'));
            match name {
                Some(name) => drop(layer.insert(name.to_owned(), number)),
                None => number += usize::from(line.trim().is_empty()),
            }
        }
        let mut reexport = BTreeMap::new();
        for path in source::paths(&code).into_iter().filter(|path| layer.contains_key(&path.names[0])) {
            if let Some(name) = path.names.last() {
                reexport.insert(name.clone(), path.names[0].clone());
            }
        }
        Self { layer, reexport }
    }

    /// The top module that `path`, written in `module`, leads to; `None` where it leaves the crate or stays inside.
    fn used_by<'a>(&'a self, module: &[String], path: &'a CodePath) -> Option<&'a str> {
        let supers = path.names.iter().take_while(|name| *name == "super").count();
        let from_root = match path.names[0].as_str() {
            "crate" => 1,
            "super" if supers == module.len() => supers,
            _ => return None,
        };
        let name = path.names.get(from_root)?;
        Some(self.reexport.get(name).map_or(name.as_str(), String::as_str))
    }
}

/// `lib/src/engine/postgres/copy.rs` is `engine::postgres::copy`.
fn module_of(file: &Path) -> Vec<String> {
    let inner = file.strip_prefix("lib/src").unwrap_or(file).with_extension("");
    let mut names: Vec<String> = inner.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    if names.len() > 1 && names.last().is_some_and(|name| name == "mod") {
        names.pop();
    }
    names
}

#[cfg(test)]
mod tests {
    use super::super::tests::say;
    use super::check;

    const LIB: (&str, &str) = (
        "lib/src/lib.rs",
        "//! Words.\n\npub mod error;\n\npub mod sql;\n\n#[cfg(unix)]\npub mod conn;\npub mod plan;\n\nmod top;\n\npub use error::{Error, Result};\npub use top::Top;\n",
    );

    #[test]
    fn lower_layers_and_the_module_itself_may_be_used() {
        let tree = [
            LIB,
            ("lib/src/error.rs", ""),
            ("lib/src/sql/mod.rs", "use crate::error::Error;\nuse self::ident::Ident;\n"),
            ("lib/src/conn/mod.rs", "use crate::{Result, sql::Flavor};\nuse crate::conn::url::Url;\n"),
            ("lib/src/conn/url.rs", "use super::Target;\nuse super::super::sql::Ident;\nuse std::fmt;\n"),
            ("lib/src/top.rs", "use crate::{conn::Target, plan::Plan};\n"),
        ];
        assert_eq!(say(check, &tree), [""; 0]);
    }

    #[test]
    fn a_higher_layer_may_not_be_used() {
        let tree = [LIB, ("lib/src/sql/mod.rs", "// why\nuse crate::error::Error;\nfn f(p: &crate::plan::Plan) {}\n")];
        let rule = "lib/src/sql/mod.rs:3: `sql` may not use `plan`: it is not in a layer below (lib/src/lib.rs)";
        assert_eq!(say(check, &tree), [rule]);
    }

    #[test]
    fn a_neighbour_in_the_same_layer_may_not_be_used() {
        let tree = [LIB, ("lib/src/plan/mod.rs", "use crate::{error::Error, conn::Target};\n")];
        assert_eq!(say(check, &tree).len(), 1);
    }

    #[test]
    fn neither_a_re_export_nor_super_is_a_way_around() {
        let tree = [
            LIB,
            ("lib/src/sql/mod.rs", "use crate::Top;\nuse super::plan::Plan;\n"),
            ("lib/src/sql/ident.rs", "use super::super::conn::Target;\n"),
        ];
        assert_eq!(say(check, &tree).len(), 3);
    }

    #[test]
    fn tests_inside_a_module_may_use_what_they_like() {
        let tree = [LIB, ("lib/src/sql/mod.rs", "#[cfg(test)]\nmod tests {\n    use crate::plan::Plan;\n}\n")];
        assert_eq!(say(check, &tree), [""; 0]);
    }

    #[test]
    fn a_module_that_is_not_listed_is_found() {
        let tree = [LIB, ("lib/src/extra/mod.rs", "")];
        assert_eq!(say(check, &tree), ["lib/src/extra/mod.rs:1: module `extra` is not in lib/src/lib.rs"]);
    }
}
