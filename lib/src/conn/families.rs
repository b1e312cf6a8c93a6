//! What the environment says: libpq's variables and those of the container images.

use std::path::Path;

use super::layer::{Layer, Standing};
use super::{Files, Origin, Surroundings, env, keyword};
use crate::error::{Error, ErrorKind, Result};

/// libpq's own variables, without PGSERVICE, which stands higher.
pub(super) fn libpq(around: &Surroundings) -> Layer {
    let named = keyword::KEYWORDS.iter().filter(|(name, _)| !matches!(*name, "service" | "servicefile"));
    let pairs = named.filter(|(_, variable)| !variable.is_empty()).map(|(name, variable)| (*variable, *name));
    family("PG*", pairs, around)
}

/// POSTGRESQL_HOST and its like.
pub(super) fn sclorg(around: &Surroundings) -> Layer {
    family("POSTGRESQL_*", env::POSTGRESQL_FAMILY.into_iter(), around)
}

/// POSTGRES_HOST and its like, each of which may have its value in a file.
///
/// # Errors
/// Both `X` and `X_FILE` are set, as the image itself refuses it; the file cannot be read.
pub(super) fn image(around: &Surroundings, files: &dyn Files) -> Result<Layer> {
    let mut layer = family("POSTGRES_*", env::POSTGRES_FAMILY.into_iter(), around);
    for (name, keyword) in env::POSTGRES_FAMILY {
        let by_file = format!("{name}_FILE");
        let Some((path, dotenv)) = around.variable(&by_file) else { continue };
        if layer.get(keyword).is_some() {
            return Err(Error::new(ErrorKind::Config, format!("both {name} and {by_file} are set"))
                .hint(format!("unset one of them: unset {by_file}")));
        }
        let text = read_value(&around.project.join(path), &by_file, files)?;
        let dotenv = dotenv.map(str::to_owned);
        layer.add(keyword, text, Origin::Variable { name: by_file, dotenv, file: Some(path.into()) });
    }
    Ok(layer)
}

fn family(label: &str, pairs: impl Iterator<Item = (&'static str, &'static str)>, around: &Surroundings) -> Layer {
    let mut layer = Layer::new(Standing::Ambient, Origin::variable(label, None));
    for (name, keyword) in pairs {
        if let Some((value, dotenv)) = around.variable(name) {
            layer.add(keyword, value, Origin::variable(name, dotenv));
        }
    }
    layer
}

/// A file that holds one value; line ends behind it do not count.
///
/// # Errors
/// It is not there or cannot be read.
pub(super) fn read_value(path: &Path, named_by: &str, files: &dyn Files) -> Result<String> {
    let read = files.read(path).map_err(|source| {
        Error::io("read", path, source).of_kind(ErrorKind::Config).hint(format!("{named_by} names this file"))
    })?;
    let read = read.ok_or_else(|| {
        Error::new(ErrorKind::Config, format!("there is no file {}", path.display()))
            .hint(format!("{named_by} names it: write the file, or change {named_by}"))
    })?;
    Ok(read.text.trim_end_matches(['\n', '\r']).to_owned())
}
