//! Limits that a server or a role may put on how long a session may take.

/// The statements that lift them on a server of this version (`150018`): for a session whose work takes as long as there is data.
pub fn without_timeouts(version_number: u32) -> String {
    let since = [
        ("statement_timeout", 0),
        ("lock_timeout", 0),
        ("idle_in_transaction_session_timeout", 0),
        ("idle_session_timeout", 140_000),
        ("transaction_timeout", 170_000),
    ];
    let known = since.iter().filter(|(_, since)| version_number >= *since);
    known.map(|(name, _)| format!("SET {name} = 0;")).collect()
}

#[cfg(test)]
mod tests {
    use super::without_timeouts;

    #[test]
    fn a_server_is_told_what_it_knows() {
        let count = |version| without_timeouts(version).matches("= 0;").count();
        assert_eq!((count(130_005), count(140_000), count(169_999), count(170_000)), (3, 4, 4, 5));
    }
}
