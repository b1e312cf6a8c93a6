//! The servers that run here, whoever started them.

use std::path::{Path, PathBuf};

use super::{Cluster, at};

/// The clusters whose servers run on this machine, as far as we may look into their processes and folders.
pub fn running() -> Vec<Cluster> {
    let mut folders: Vec<PathBuf> = entries().filter_map(|process| data_of(&process)).collect();
    folders.sort();
    folders.dedup();
    let clusters = folders.iter().filter_map(|data| at(data).ok());
    clusters.filter(|cluster| cluster.running().is_some()).collect()
}

fn entries() -> impl Iterator<Item = PathBuf> {
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    all.map(|entry| entry.path()).filter(|path| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// The folder that a server's process works in; nothing where it is no server's.
fn data_of(process: &Path) -> Option<PathBuf> {
    let name = std::fs::read_to_string(process.join("comm")).ok()?;
    if !matches!(name.trim_end(), "postgres" | "postmaster") {
        return None;
    }
    // Another user's process does not show where it works: then what it was started with says so.
    let folder = std::fs::read_link(process.join("cwd")).ok().or_else(|| started_with(process))?;
    folder.join("PG_VERSION").is_file().then_some(folder)
}

fn started_with(process: &Path) -> Option<PathBuf> {
    let bytes = std::fs::read(process.join("cmdline")).ok()?;
    let line = String::from_utf8_lossy(&bytes).into_owned();
    let words: Vec<&str> = line.split('\0').collect();
    let at = words.iter().position(|word| *word == "-D")?;
    words.get(at + 1).map(PathBuf::from)
}
