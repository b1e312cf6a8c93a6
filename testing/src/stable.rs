//! Replaces what differs from run to run in a command's output.

/// Times become `[time]`, durations `[took]`, a private server's socket folder `[socket]`, loopback ports `[port]`.
pub(crate) fn stable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    let mut inside_word = false;
    while let Some(next) = rest.chars().next() {
        let matched = if inside_word { None } else { first_match(rest) };
        if let Some((length, replacement)) = matched {
            shown.push_str(replacement);
            rest = &rest[length..];
            inside_word = true;
        } else {
            shown.push(next);
            rest = &rest[next.len_utf8()..];
            inside_word = next.is_alphanumeric() || matches!(next, '_' | '.');
        }
    }
    shown
}

/// How long what stands at the start is, and what to show instead.
fn first_match(text: &str) -> Option<(usize, &'static str)> {
    let socket = || Some((private_socket(text)?, "[socket]"));
    let time = || Some((timestamp(text)?, "[time]"));
    let took = || Some((duration(text)?, "[took]"));
    let port = || Some((loopback_port(text)?, "127.0.0.1:[port]"));
    socket().or_else(time).or_else(took).or_else(port)
}

/// `…/ms-1234-1/socket`, whatever the folder for temporary files is.
fn private_socket(text: &str) -> Option<usize> {
    if !text.starts_with('/') {
        return None;
    }
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, ':' | '&' | '"' | '\'')).unwrap_or(text.len());
    let path = &text[..end];
    let from = path.find("/ms-")? + 4;
    let length = path[from..].find("/socket")? + "/socket".len();
    Some(from + length)
}

/// `2026-11-20T12:34:56.789Z`, `2026-11-20 12:34:56+00:00`, `20261120T123456Z`.
fn timestamp(text: &str) -> Option<usize> {
    let shapes =
        ["dddd-dd-ddTdd:dd:dd", "dddd-dd-dd dd:dd:dd", "ddddddddTdddddd", "dddddddd-dddddd", "dddd-dd-dd dd:dd"];
    let length = shapes.iter().find_map(|shape| shaped(text, shape))?;
    let tail = &text[length..];
    let fraction = match tail.strip_prefix('.') {
        Some(digits) => 1 + digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len()),
        None => 0,
    };
    let zones = ["Z", "+dd:dd", "-dd:dd", " UTC", "+dd"];
    let zone = zones.iter().find_map(|shape| shaped(&tail[fraction..], shape)).unwrap_or(0);
    Some(length + fraction + zone)
}

/// The length of `shape` if `text` starts like it: `d` is a digit, anything else itself.
fn shaped(text: &str, shape: &str) -> Option<usize> {
    let start = text.as_bytes().get(..shape.len())?;
    let fits = start.iter().zip(shape.bytes()).all(|(byte, wanted)| match wanted {
        b'd' => byte.is_ascii_digit(),
        _ => *byte == wanted,
    });
    fits.then_some(shape.len())
}

/// `12ms`, `1.5 s`, `0.02s`, `3 µs`.
fn duration(text: &str) -> Option<usize> {
    let number = text.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|at| *at > 0)?;
    let space = usize::from(text[number..].starts_with(' '));
    let unit = &text[number + space..];
    let length = ["ms", "µs", "ns", "s"].iter().find(|name| unit.starts_with(**name))?.len();
    let ends = !unit[length..].chars().next().is_some_and(char::is_alphanumeric);
    ends.then_some(number + space + length)
}

fn loopback_port(text: &str) -> Option<usize> {
    let digits = text.strip_prefix("127.0.0.1:")?;
    let length = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    (length > 0).then_some("127.0.0.1:".len() + length)
}

#[cfg(test)]
mod tests {
    use super::stable;

    #[test]
    fn only_what_changes_is_replaced() {
        let cases = [
            ("applied 3 in 12ms", "applied 3 in [took]"),
            ("took 1.25 s, 3 steps", "took [took], 3 steps"),
            ("at 2026-11-20T12:34:56.789Z.", "at [time]."),
            ("walt-20261120T123456Z.dump", "walt-[time].dump"),
            ("2026-11-20 12:34:56+00:00 | a", "[time] | a"),
            ("host=/tmp/ms-12-1/socket&port=5432", "host=[socket]&port=5432"),
            ("walt at /tmp/x/ms-12-1/socket:5432", "walt at [socket]:5432"),
            ("127.0.0.1:40123", "127.0.0.1:[port]"),
            ("V20260101__a.sql and items1s", "V20260101__a.sql and items1s"),
            ("2 stages, 10 seconds, version 15.18", "2 stages, 10 seconds, version 15.18"),
        ];
        for (text, shown) in cases {
            assert_eq!(stable(text), shown);
        }
    }
}
