//! Passwords out of a line of configuration before it is shown.

/// `line` with everything that may be a password replaced by `***`: between `:` and the last `@` behind `://`, and
/// behind `password=`, also behind a key that may be meant as such.
pub(super) fn mask(line: &str) -> String {
    let mut shown = line.to_owned();
    if let Some(scheme) = shown.find("://") {
        let start = scheme + 3;
        if let Some(at) = shown.rfind('@').filter(|at| *at > start)
            && let Some(colon) = shown[start..at].find(':')
        {
            shown.replace_range(start + colon + 1..at, "***");
        }
    }
    if let Some((key, _)) = shown.split_once('=') {
        let key = key.trim().trim_matches(['"', '\'']).to_lowercase();
        if ["pas", "pwd", "pw", "secret", "token"].iter().any(|word| key.contains(word)) {
            shown.truncate(shown.find('=').unwrap_or_default() + 1);
            shown.push_str("***");
        }
    }
    if let Some(at) = shown.find("password") {
        let after = at + "password".len();
        if let Some(equals) = shown[after..].find('=').filter(|equals| shown[after..after + equals].trim().is_empty()) {
            shown.replace_range(after + equals + 1.., "***");
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(mask("url = \"postgres://u:p@s:s@h/d"), "url = \"postgres://u:***@h/d");
        assert_eq!(mask("url = \"host=h password = 's x' dbname=d"), "url = \"host=h password =***");
        assert_eq!(mask("pasword = \"s\""), "pasword =***");
        assert_eq!(mask("db_pwd=\"s\""), "db_pwd=***");
        assert_eq!(mask("url = \"postgres://u@h/d\""), "url = \"postgres://u@h/d\"");
    }
}
