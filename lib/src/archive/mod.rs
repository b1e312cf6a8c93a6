//! What a backup is made of, as bytes and data: no server, no disk, no clock.
//!
//! An archive is a folder that a stock pg_restore reads, and a manifest beside it. Here are PostgreSQL's table of contents
//! ([`toc`]) and how one with rows is made ([`compose`]), the compression of data files ([`codec`]) and their encryption (`cipher`,
//! [`sealed`]), and what proves that nothing is lost ([`digest`]), written down ([`manifest`]). Beside it lie the roles
//! ([`globals`]), and whose everything was ([`rights`]).

#[cfg(feature = "encrypt")]
pub mod cipher;
pub mod codec;
pub mod compose;
pub mod digest;
pub mod globals;
pub mod manifest;
pub mod rights;
pub mod sealed;
pub mod toc;
