//! What is done to an object.

/// What is done to an object. The order is that of pieces between which there is a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verb {
    /// A column's default goes while what it calls is made anew.
    Release,
    /// It goes.
    Drop,
    /// A type gets another name until no column has it.
    Aside,
    /// It is made.
    Create,
    /// It is changed in place.
    Alter,
    /// A column's default comes back.
    Restore,
    /// It is given to what it belongs to: a partition to its table, a sequence to its column.
    Attach,
    /// The type that stood aside goes.
    Forget,
    /// It gets its owner.
    Own,
    /// It gets its comment, privileges and labels.
    Adorn,
    /// A materialised view gets its rows.
    Fill,
}
