//! What is done to an object.

/// What is done to an object. The order is that of pieces between which there is a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verb {
    /// An enumerated type gets labels, which can be used once they are committed. That is first of all, so that whatever steps
    /// aside or lets go comes back in the same transaction.
    Extend,
    /// It lets go: a column of its default while what that calls is made anew, a child of a parent, a sequence of its column.
    Release,
    /// It goes.
    Drop,
    /// A type gets another name until no column has it.
    Aside,
    /// A type is said to come, for the functions that read and write it.
    Announce,
    /// It is made.
    Create,
    /// It is changed in place.
    Alter,
    /// A column's default comes back.
    Restore,
    /// It is given to what it belongs to: a child to its parent, a sequence to its column.
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
