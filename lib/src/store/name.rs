//! Names of objects that every store can hold.

use crate::error::{Error, ErrorKind, Result};

/// Bytes of a name between two slashes: a file system takes 255, and a part that is being written has a longer one.
const LONGEST_STEP: usize = 200;
/// Bytes of a whole name: S3 takes 1024, with the store's own prefix.
const LONGEST: usize = 800;

/// Whether every store can hold an object of this name, and none holds it outside of itself: steps with slashes between, none of
/// them empty or begun with a dot, without control characters and backslashes.
///
/// # Errors
/// [`ErrorKind::Usage`] says what is wrong with it.
pub fn check_name(name: &str) -> Result<()> {
    let wrong = |why: &str| Err(Error::new(ErrorKind::Usage, format!("{name:?} is no name of a stored object: {why}")));
    if name.len() > LONGEST {
        return wrong("it is too long");
    }
    if name.contains(|c: char| c.is_control() || c == '\\') {
        return wrong("it has a control character or a backslash");
    }
    for step in name.split('/') {
        match step {
            "" => return wrong("it is empty between two slashes"),
            step if step.starts_with('.') => return wrong("a part of it begins with a dot"),
            step if step.len() > LONGEST_STEP => return wrong("a part of it is too long"),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside() {
        let check = |name: &str, good: bool| assert_eq!(check_name(name).is_ok(), good, "{name:?}");
        check("20261120T023000Z-p7/toc.dat", true);
        check("größe und  spaces/+&?#%2f'\"", true);
        check("a..b/c.", true);
        check(&"a".repeat(200), true);
        for name in
            ["", "/", "/etc/passwd", "a/", "a//b", "..", "../a", "a/../b", "a/.", ".hidden", "a\\b", "a\0", "a\nb"]
        {
            check(name, false);
        }
        check(&"a".repeat(201), false);
        check(&vec!["abc"; 250].join("/"), false);
    }
}
