//! The checksum of a migration: over its statements, blind to line ends and trailing space.

use crate::sql::Statement;

/// `b3:` and 32 hexadecimal digits: BLAKE3 over the statements, each with its length in front so that two scripts
/// that split differently never agree. Carriage returns at line ends and trailing blanks do not count, nor do comments and
/// blank lines between statements; everything inside a statement does.
pub fn checksum(statements: &[Statement<'_>]) -> String {
    let mut hasher = blake3::Hasher::new();
    for statement in statements {
        add(&mut hasher, statement.text);
        if let Some(data) = statement.copy_data {
            add(&mut hasher, data);
        }
    }
    format!("b3:{}", &hasher.finalize().to_hex()[..32])
}

fn add(hasher: &mut blake3::Hasher, text: &str) {
    let mut clean = String::with_capacity(text.len());
    for line in text.lines() {
        clean.push_str(line.trim_end());
        clean.push('\n');
    }
    hasher.update(&(clean.len() as u64).to_le_bytes());
    hasher.update(clean.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::checksum;
    use crate::sql::{Flavor, split};

    fn of(script: &str) -> String {
        checksum(&split(script, Flavor::Postgres).expect("the script splits"))
    }

    #[test]
    fn line_ends_and_comments_between_statements_do_not_count() {
        let plain = of("CREATE TABLE a (\n  id int\n);\nSELECT 1;\n");
        assert_eq!(plain, of("CREATE TABLE a (\r\n  id int\r\n);\r\nSELECT 1;\r\n"));
        assert_eq!(plain, of("-- why\nCREATE TABLE a (  \n  id int\n);\n\n\n/* then */ SELECT 1;"));
    }

    #[test]
    fn words_count() {
        let plain = of("CREATE TABLE a (id int);");
        assert_ne!(plain, of("CREATE TABLE a (id bigint);"));
        assert_ne!(of("SELECT 1; SELECT 2;"), of("SELECT 1"));
    }
}
