//! The real files: what configuration, resolution and dialects are told of the disk, and safe writing.

mod folder;
mod read;
mod write;

pub use folder::{SourceFile, project_root, read_folder};
pub use read::Disk;
pub use write::{commit_file, write_new};
