//! What SQLite has stored, as the column's kind means it.

use std::borrow::Cow;

use crate::portable::{Kind, Value, decimal, real};

/// `value` as a column of `kind` means it: 1 is yes where yes or no is meant, and a whole number may have been kept in the place of
/// a binary or decimal one. What does not look like the kind stays as it is.
pub fn settle(kind: Kind, value: Value<'_>) -> Value<'_> {
    match (kind, value) {
        (Kind::Boolean, Value::Integer(0)) => Value::Bool(false),
        (Kind::Boolean, Value::Integer(1)) => Value::Bool(true),
        (Kind::Real, Value::Integer(number)) => real::of_whole(number).map_or(Value::Integer(number), Value::Real),
        (Kind::Decimal, Value::Integer(number)) => Value::Text(Cow::Owned(number.to_string())),
        (Kind::Decimal, Value::Real(number)) => {
            decimal::of_real(number).map_or(Value::Real(number), |digits| Value::Text(Cow::Owned(digits)))
        }
        (_, value) => value,
    }
}
