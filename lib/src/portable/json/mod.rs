//! A row as a line of JSON: an object with the columns in the manifest's order.
//!
//! `null`, `true`, whole numbers, and binary numbers, which always have a point or an exponent, are JSON's own; text is a string.
//! Bytes are `{"hex":"00ff"}`, and what JSON has no number for is `{"real":"NaN"}`.

mod decode;
mod encode;

pub(super) use decode::unhex;
pub use decode::{Damage, Line};
pub use encode::Lines;
pub(super) use encode::{hex, string};

#[cfg(test)]
mod tests;
