//! The forms that rows in files have.

use clap::ValueEnum;
use mainstay::data::Format;

/// A form of rows in files.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Mainstay's own: JSON lines for each table, and a manifest
    Own,
    /// A fixture, as Django's dumpdata writes and loaddata reads it
    Django,
}

impl From<Form> for Format {
    fn from(form: Form) -> Self {
        match form {
            Form::Own => Self::Own,
            Form::Django => Self::Django,
        }
    }
}
