//! The connection service file.
//!
//! Source: PostgreSQL documentation, "The Connection Service File".

use std::path::{Path, PathBuf};

use super::{Files, Origin, Surroundings, env, keyword};
use crate::error::{Error, ErrorKind, Place, Result};

/// A section's keywords, each with its value and line.
type Section = Vec<(&'static str, String, Origin)>;

/// The section `service`: of `given` (`servicefile`) or PGSERVICEFILE or `~/.pg_service.conf`, else of the machine's file.
///
/// # Errors
/// No file has it (names those that exist), or its file is wrong.
pub(super) fn read(service: &str, given: Option<&str>, around: &Surroundings, files: &dyn Files) -> Result<Section> {
    let mut names = Vec::new();
    for (file, must_exist) in candidates(given, around) {
        let read = files.read(&file).map_err(|source| Error::io("read the service file", &file, source))?;
        match read {
            Some(read) => match section(&read.text, service, &file)? {
                Some(section) => return Ok(section),
                None => names.extend(section_names(&read.text)),
            },
            None if must_exist => {
                return Err(Error::new(ErrorKind::Config, format!("service file {} is not there", file.display()))
                    .hint(format!("unset {} or write the file", env::PGSERVICEFILE)));
            }
            None => {}
        }
    }
    Err(missing(service, &names, around))
}

/// The files to look into, each with whether it was named and so must be there.
fn candidates(given: Option<&str>, around: &Surroundings) -> Vec<(PathBuf, bool)> {
    let variable = |name: &str| around.variable(name).map(|(value, _)| value);
    let user = match given.or_else(|| variable(env::PGSERVICEFILE)) {
        Some(file) => Some((PathBuf::from(file), true)),
        None => around.home.as_ref().map(|home| (home.join(".pg_service.conf"), false)),
    };
    let folder = variable(env::PGSYSCONFDIR).map(PathBuf::from).or_else(|| around.service_folder.clone());
    let system = folder.map(|folder| (folder.join("pg_service.conf"), false));
    user.into_iter().chain(system).collect()
}

fn missing(service: &str, names: &[String], around: &Surroundings) -> Error {
    let error = Error::new(ErrorKind::Config, format!("service {service:?} is not defined"));
    if names.is_empty() {
        let files: Vec<String> = candidates(None, around).iter().map(|(file, _)| file.display().to_string()).collect();
        return error.hint(format!("no service is defined in {}", files.join(" or ")));
    }
    let nearest = keyword::nearest(service, names.iter().map(String::as_str));
    let error = match nearest {
        Some(nearest) => error.hint(format!("did you mean {nearest:?}?")),
        None => error,
    };
    error.hint(format!("these are defined: {}", names.join(", ")))
}

fn section_names(text: &str) -> Vec<String> {
    let heads = text.lines().map(str::trim).filter_map(|line| line.strip_prefix('['));
    heads.filter_map(|head| head.split(']').next()).map(str::to_owned).collect()
}

/// Reads one section; lines of others are not looked at, as in libpq.
fn section(text: &str, service: &str, file: &Path) -> Result<Option<Section>> {
    let mut found: Option<Section> = None;
    for (index, line) in text.lines().enumerate() {
        let (line, number) = (line.trim(), index + 1);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(head) = line.strip_prefix('[') {
            if found.is_some() {
                break;
            }
            found = head.strip_prefix(service).filter(|rest| rest.starts_with(']')).map(|_| Section::new());
        } else if let Some(section) = &mut found {
            let (name, value) = entry(line).map_err(|error| error.at(place(file, number, line)))?;
            if section.iter().all(|(earlier, ..)| *earlier != name) {
                let origin = Origin::Service { name: service.to_owned(), file: file.to_path_buf(), line: number };
                section.push((name, value, origin));
            }
        }
    }
    Ok(found)
}

fn entry(line: &str) -> Result<(&'static str, String)> {
    if line.starts_with("ldap") {
        return Err(Error::new(ErrorKind::Config, "services in LDAP are not supported"));
    }
    let (name, value) = line.split_once('=').ok_or_else(|| {
        Error::new(ErrorKind::Config, "syntax error in the service file: a line has no =").hint("write name=value")
    })?;
    if name != name.trim() {
        let error = Error::new(ErrorKind::Config, "syntax error in the service file: a space before the =");
        return Err(error.hint("write name=value, as libpq reads it"));
    }
    match keyword::find(name)? {
        "service" | "servicefile" => {
            Err(Error::new(ErrorKind::Config, "a service cannot name another service in its file"))
        }
        known => Ok((known, value.to_owned())),
    }
}

/// The line's place, its value left out: it may be a password.
fn place(file: &Path, line: usize, text: &str) -> Place {
    let shown = text.split_once('=').map_or("", |(name, _)| name);
    Place {
        file: file.display().to_string(),
        line,
        column: 1,
        text: format!("{shown}=…").trim_start_matches("=…").into(),
    }
}
