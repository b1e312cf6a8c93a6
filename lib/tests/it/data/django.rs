//! Fixtures, with the real Django beside: what it writes is loaded, what is written it loads.

mod fixtures;
mod zoo;
