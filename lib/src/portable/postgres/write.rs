//! Values to COPY's text, looked at so that the server neither rounds nor cuts.

use std::borrow::Cow;
use std::io::Write;

use super::column::{Column, Limit};
use super::{interval, moment, nested};
use crate::portable::json::hex;
use crate::portable::{Kind, Value, decimal, real};

/// Writes `value` as a field of COPY's text for `column`.
///
/// # Errors
/// The column cannot hold it as it is: why, to be read after the value.
pub fn write(value: &Value<'_>, column: &Column, out: &mut Vec<u8>) -> Result<(), String> {
    match value {
        Value::Null => {
            out.extend_from_slice(b"\\N");
            Ok(())
        }
        Value::Text(text) if column.same => plain(text, column, out),
        Value::Real(number) if column.same => {
            out.extend_from_slice(real::text(*number).as_bytes());
            Ok(())
        }
        value => match column.kind {
            Kind::Boolean => boolean(value, out),
            Kind::Integer => whole(value, column, out),
            Kind::Real => binary(value, column, out),
            Kind::Decimal => decimal(value, column, out),
            Kind::Bytes => bytes(value, column, out),
            _ => text(value, column, out),
        },
    }
}

fn boolean(value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), String> {
    let truth = match value {
        Value::Bool(truth) => *truth,
        Value::Integer(0) => false,
        Value::Integer(1) => true,
        Value::Text(text) => match text.to_ascii_lowercase().as_str() {
            "t" | "true" | "1" => true,
            "f" | "false" | "0" => false,
            _ => return Err("is no truth value".to_owned()),
        },
        _ => return Err("is no truth value".to_owned()),
    };
    out.push(if truth { b't' } else { b'f' });
    Ok(())
}

fn whole(value: &Value<'_>, column: &Column, out: &mut Vec<u8>) -> Result<(), String> {
    let number = match value {
        Value::Integer(number) => Some(*number),
        Value::Real(number) => real::whole(*number),
        Value::Text(text) => decimal::plain(text).parse().ok(),
        Value::Bool(truth) => Some(i64::from(*truth)),
        _ => None,
    };
    let number = number.ok_or("is no whole number of 8 bytes")?;
    if let Limit::Whole(low, high) = column.limit
        && !(low..=high).contains(&number)
    {
        return Err(format!("is out of the range of {}", column.data_type));
    }
    let _ = write!(out, "{number}");
    Ok(())
}

fn binary(value: &Value<'_>, column: &Column, out: &mut Vec<u8>) -> Result<(), String> {
    let number = match value {
        Value::Real(number) => Some(*number),
        Value::Integer(number) => real::of_whole(*number),
        Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
        Value::Text(text) => decimal::exact_real(text).or_else(|| real::named(text)),
        _ => None,
    };
    let number = number.ok_or("has no binary number that is exactly it")?;
    if column.limit == Limit::Single && !real::fits_single(number) {
        return Err("has more digits than a number of 4 bytes keeps".to_owned());
    }
    // Enough digits to lead back, and the names that PostgreSQL has for what is not finite.
    out.extend_from_slice(real::text(number).as_bytes());
    Ok(())
}

fn decimal(value: &Value<'_>, column: &Column, out: &mut Vec<u8>) -> Result<(), String> {
    let digits: Cow<'_, str> = match value {
        Value::Integer(number) => number.to_string().into(),
        Value::Bool(truth) => u8::from(*truth).to_string().into(),
        Value::Real(number) => decimal::of_real(*number).map_or_else(|| real::text(*number).into(), Cow::Owned),
        Value::Text(text) if decimal::is_number(text) => text.as_ref().into(),
        Value::Text(text) if decimal::expanded(text).is_some() => decimal::expanded(text).unwrap_or_default().into(),
        Value::Text(text) if real::named(text).is_some() => text.as_ref().into(),
        _ => return Err("is no number".to_owned()),
    };
    if let Limit::Scale(scale) = column.limit {
        if decimal::is_number(&digits) && !keeps(&digits, scale) {
            return Err(format!("has more digits than {} keeps", column.data_type));
        }
        // The server says "overflow" of an infinity, and knows nothing of its table.
        if digits.contains("Infinity") {
            return Err(format!("is infinite, which {} is not", column.data_type));
        }
    }
    out.extend_from_slice(digits.as_bytes());
    Ok(())
}

/// Whether a number with `scale` digits after the point, or so many zeros before it, keeps all of `digits`.
fn keeps(digits: &str, scale: i64) -> bool {
    let after = decimal::scale(digits) as i64;
    if scale >= 0 {
        return after <= scale;
    }
    let whole = decimal::plain(digits);
    let zeros = whole.len() - whole.trim_end_matches('0').len();
    after == 0 && (whole == "0" || zeros as i64 >= -scale)
}

fn bytes(value: &Value<'_>, column: &Column, out: &mut Vec<u8>) -> Result<(), String> {
    let Value::Bytes(bytes) = value else {
        return Err(format!("is {}, and {} holds bytes", value.describe(), column.data_type));
    };
    out.extend_from_slice(b"\\\\x");
    hex(bytes, out);
    Ok(())
}

/// Everything that the server reads from text.
fn text(value: &Value<'_>, column: &Column, out: &mut Vec<u8>) -> Result<(), String> {
    let is_moment = matches!(column.kind, Kind::Date | Kind::Time | Kind::Timestamp | Kind::Timestamptz);
    let text: Cow<'_, str> = match value {
        Value::Text(text) => text.as_ref().into(),
        Value::Bytes(_) => return Err(format!("is no {}", column.data_type)),
        _ if is_moment => return Err(format!("is {}, not a date or time written as text", value.describe())),
        Value::Integer(number) => number.to_string().into(),
        Value::Real(number) => real::text(*number).into(),
        Value::Bool(truth) => truth.to_string().into(),
        Value::Null => unreachable!("written before"),
    };
    if is_moment {
        let digits = if let Limit::Fraction(digits) = column.limit { digits } else { 6 };
        if let Some(why) = moment::refuse(column.kind, &text, digits) {
            return Err(why.to_owned());
        }
    }
    if let Limit::Characters(most) = column.limit
        && text.len() > most
        && text.chars().count() > most
    {
        return Err(format!("has more characters than {} holds", column.data_type));
    }
    if let Limit::Bytes(most) = column.limit
        && text.len() > most
    {
        return Err(format!("has more bytes than {} holds", column.data_type));
    }
    if column.kind == Kind::Other {
        within(&text, column)?;
    }
    plain(&text, column, out)
}

/// Looks at what a text is made of that the server reads.
fn within(text: &str, column: &Column) -> Result<(), String> {
    let odd = || format!("is no {} as PostgreSQL writes it", column.data_type);
    match &column.limit {
        Limit::Whole(low, high) if !text.parse().is_ok_and(|number| (*low..=*high).contains(&number)) => {
            Err(format!("is out of the range of {}", column.data_type))
        }
        Limit::Digits(most) if digits_after_points(text) > *most => {
            Err(format!("has more digits after a point than {} keeps", column.data_type))
        }
        Limit::Zoned(digits) => moment::refuse_zoned(text, *digits).map_or(Ok(()), |why| Err(why.to_owned())),
        Limit::Interval(digits, smallest) => {
            interval::refuse(text, *digits, *smallest).map_or(Ok(()), |why| Err(why.to_owned()))
        }
        Limit::Shape => match nested::numbers(text).find(|number| !is_binary(number)) {
            Some(number) => Err(format!("has {number} in it, which is no binary number that is exactly it")),
            None => Ok(()),
        },
        Limit::Array(element, delimiter) => {
            nested::elements(text, *delimiter).ok_or_else(odd)?.iter().try_for_each(|one| inner(one, element))
        }
        Limit::Range(bound) => nested::bounds(text).ok_or_else(odd)?.iter().try_for_each(|one| inner(one, bound)),
        Limit::Multirange(bound) => {
            nested::bounds_of_all(text).ok_or_else(odd)?.iter().try_for_each(|one| inner(one, bound))
        }
        Limit::Composite(columns) => {
            let fields = nested::fields(text).ok_or_else(odd)?;
            let pairs = fields.iter().zip(columns).filter_map(|(field, column)| Some((field.as_ref()?, column)));
            pairs.into_iter().try_for_each(|(field, column)| inner(field, column))
        }
        _ => Ok(()),
    }
}

/// A part of a text, which is a value of its own.
fn inner(text: &str, column: &Column) -> Result<(), String> {
    if matches!(column.kind, Kind::Boolean | Kind::Integer | Kind::Bytes) {
        return Ok(());
    }
    let value = Value::text(text);
    let why = |why| format!("has {} in it, which {why}", value.excerpt());
    write(&value, column, &mut Vec::new()).map_err(why)
}

fn is_binary(digits: &str) -> bool {
    decimal::exact_real(digits).is_some() || real::named(digits).is_some()
}

/// The most digits after a point that say something.
fn digits_after_points(text: &str) -> usize {
    let digits = |rest: &str| {
        let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].trim_end_matches('0').len()
    };
    text.split('.').skip(1).map(digits).max().unwrap_or_default()
}

fn plain(text: &str, column: &Column, out: &mut Vec<u8>) -> Result<(), String> {
    if memchr::memchr(0, text.as_bytes()).is_some() {
        return Err("has a NUL character, which PostgreSQL's text cannot hold".to_owned());
    }
    if column.limit == Limit::Jsonb && text.contains("\\u0000") && !text.contains("\\\\u0000") {
        return Err("has a NUL character, which jsonb cannot hold".to_owned());
    }
    escape(text.as_bytes(), out);
    Ok(())
}

/// Writes a value so that it neither ends the field nor the row.
fn escape(text: &[u8], out: &mut Vec<u8>) {
    let mut from = 0;
    for (at, byte) in text.iter().enumerate() {
        let letter = match byte {
            b'\\' => b'\\',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            _ => continue,
        };
        out.extend_from_slice(&text[from..at]);
        out.extend([b'\\', letter]);
        from = at + 1;
    }
    out.extend_from_slice(&text[from..]);
}
