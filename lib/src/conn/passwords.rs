//! Looking each host's password up in the password file.

use std::path::PathBuf;

use super::passfile::{self, Wanted};
use super::{Files, Host, Origin, Surroundings};

/// Gives each of `hosts` the password that the file has for it. Returns where the first one stood.
pub(super) fn look_up(
    hosts: &mut [Host],
    dbname: &str,
    user: &str,
    named: Option<&str>,
    around: &Surroundings,
    files: &dyn Files,
    warnings: &mut Vec<String>,
) -> Option<Origin> {
    let usual = || around.home.as_ref().map(|home| home.join(".pgpass"));
    let file = named.map(PathBuf::from).or_else(usual)?;
    let read = match files.read(&file) {
        Ok(read) => read?,
        Err(error) => {
            warnings.push(format!("password file {} cannot be read: {error}", file.display()));
            return None;
        }
    };
    if let Some(objection) = passfile::objection(&file, read.mode) {
        warnings.push(objection);
        return None;
    }
    let mut origin = None;
    for host in hosts {
        let wanted = Wanted::of(host, around.socket_folders.first(), dbname, user);
        if let Some((line, password)) = passfile::find(&read.text, &wanted) {
            host.password = Some(password);
            origin.get_or_insert_with(|| Origin::Passfile { file: tilde(&file, around), line });
        }
    }
    origin
}

/// `~/.pgpass` instead of the whole path, as people call it.
fn tilde(file: &std::path::Path, around: &Surroundings) -> PathBuf {
    let inside = around.home.as_ref().and_then(|home| file.strip_prefix(home).ok());
    inside.map_or_else(|| file.to_path_buf(), |inside| PathBuf::from("~").join(inside))
}
