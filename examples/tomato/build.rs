//! Builds again when a migration is added: its text becomes part of the binary.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
