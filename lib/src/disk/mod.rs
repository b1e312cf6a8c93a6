//! The real files: what configuration, resolution and dialects are told of the disk, and safe writing.

#[cfg(feature = "embed")]
mod embedded;
mod folder;
mod hardware;
#[cfg(feature = "encrypt")]
mod keys;
mod machine;
mod part;
mod project;
mod read;
mod write;

#[cfg(feature = "embed")]
pub use embedded::embedded;
pub use folder::{SourceFile, read_folder, read_tree};
pub use hardware::{Allowance, Hardware, free_bytes};
#[cfg(feature = "encrypt")]
pub use keys::read_keys;
pub use machine::{User, host_name, system_certificates};
pub use part::{Part, PartFolder, unfinished_name};
pub use project::{CONFIG_FILE, Project};
pub use read::Disk;
pub use write::{
    commit_new, make_folder, make_private_folder, replace_keeping, write_new, write_over, write_private, write_public,
};
