//! What `--json` prints: one object with a version of its own.

use mainstay::{Error, ErrorKind};
use serde_json::{Value, json};

/// Version of the envelope.
const SCHEMA: u32 = 1;

/// The envelope of a result.
pub fn envelope(command: &str, target: &Value, data: Value, warnings: &[String]) -> Value {
    json!({ "schema": SCHEMA, "command": command, "target": target, "data": data, "warnings": warnings })
}

/// The envelope of `error`, with the exit code that goes with it.
pub fn failure(command: &str, error: &Error, exit: u8) -> Value {
    failed(command, &snake_case(&format!("{:?}", error.kind())), error, exit)
}

/// The envelope of a command that was told to stop, which is no error of the library's.
pub fn interrupted(command: &str, exit: u8) -> Value {
    failed(command, "interrupted", &Error::new(ErrorKind::ConnectionLost, "interrupted"), exit)
}

fn failed(command: &str, kind: &str, error: &Error, exit: u8) -> Value {
    json!({
        "schema": SCHEMA,
        "command": command,
        "error": {
            "kind": kind,
            "message": error.message(),
            "sqlstate": error.sqlstate(),
            "sql": error.sql(),
            "place": error.place(),
            "causes": error.causes(),
            "hints": error.hints(),
            "copy": error.copy(),
            "exit": exit,
        }
    })
}

/// The text of an envelope: indented, one line end.
pub fn text(value: &Value) -> String {
    format!("{value:#}\n")
}

fn snake_case(name: &str) -> String {
    name.char_indices().fold(String::new(), |mut text, (at, character)| {
        if at > 0 && character.is_uppercase() {
            text.push('_');
        }
        text.extend(character.to_lowercase());
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_written_as_words() {
        let error = Error::new(ErrorKind::PeerAuthentication, "no").hint("be the role");
        let value = failure("conn test", &error, 4);
        assert_eq!(value["error"]["kind"], "peer_authentication");
        assert_eq!(value["error"]["exit"], 4);
        assert_eq!(value["error"]["hints"][0], "be the role");
        assert_eq!(value["error"]["place"], Value::Null);
    }
}
