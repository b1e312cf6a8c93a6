//! A setting's value: as a number to calculate with, and as PostgreSQL writes it.

use std::fmt;

use serde::{Serialize, Serializer};

/// A setting's value.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub enum Amount {
    /// Memory or room on a disk, in bytes.
    Bytes(u64),
    /// A number of things.
    Count(u64),
    /// A fraction.
    Ratio(f64),
}

const KILO: u64 = 1 << 10;
const MEGA: u64 = 1 << 20;
const GIGA: u64 = 1 << 30;

impl Amount {
    /// The value `setting` of the column of that name in `pg_settings`, beside which `unit` stands.
    pub(super) fn read(setting: &str, unit: Option<&str>) -> Option<Self> {
        let Some(unit) = unit else {
            return match setting.parse() {
                Ok(count) => Some(Self::Count(count)),
                Err(_) => setting.parse().ok().map(Self::Ratio),
            };
        };
        let (times, unit) = unit.split_at(unit.find(|c: char| !c.is_ascii_digit())?);
        let times: u64 = if times.is_empty() { 1 } else { times.parse().ok()? };
        let unit = match unit {
            "B" => 1,
            "kB" => KILO,
            "MB" => MEGA,
            "GB" => GIGA,
            _ => return None,
        };
        Some(Self::Bytes(setting.parse::<u64>().ok()?.checked_mul(times)?.checked_mul(unit)?))
    }

    /// The same without a crooked rest: whole megabytes, or kilobytes below ten of them.
    pub fn round(self) -> Self {
        match self {
            Self::Bytes(bytes) if bytes >= 10 * MEGA => Self::Bytes(bytes / MEGA * MEGA),
            Self::Bytes(bytes) => Self::Bytes(bytes / (64 * KILO) * (64 * KILO)),
            other => other,
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Ratio(ratio) => write!(f, "{ratio}"),
            Self::Bytes(bytes) => {
                let unit = [(GIGA, "GB"), (MEGA, "MB"), (KILO, "kB")]
                    .into_iter()
                    .find(|(unit, _)| bytes % unit == 0 && bytes > 0);
                let (unit, name) = unit.unwrap_or((1, "B"));
                write!(f, "{}{name}", bytes / unit)
            }
        }
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_says_is_read_and_written() {
        let check = |setting, unit, shown: &str| {
            assert_eq!(Amount::read(setting, unit).unwrap().to_string(), shown, "{setting} {unit:?}");
        };
        check("16384", Some("8kB"), "128MB");
        check("4096", Some("kB"), "4MB");
        check("1024", Some("MB"), "1GB");
        check("0", Some("8kB"), "0B");
        check("1000", Some("kB"), "1000kB");
        check("100", None, "100");
        check("1.1", None, "1.1");
        assert_eq!(Amount::read("-1", Some("kB")), None);
        assert_eq!(Amount::read("5", Some("ms")), None);
    }
}
