//! A terminal of 20 columns.

use super::logs;

#[test]
fn nothing_is_lost_in_twenty_columns() {
    let (_database, mut cli) = logs();
    let mut terminal = cli.args(["-q", "sql"]).terminal(20);
    terminal.prompt();
    assert_eq!(
        terminal.line("SELECT 1 AS a, 'a text of 26 letters or so' AS b;"),
        "a  1\nb  a text of 26 lett\ners or so"
    );
    terminal.resize(100);
    // The line editor hears of it by a signal.
    terminal.line("");
    assert_eq!(
        terminal.line("SELECT 1 AS a, 'a text of 26 letters or so' AS b;"),
        "a  b\n1  a text of 26 letters or so"
    );
    terminal.resize(20);
    terminal.line("");
    for line in ["\\d logs", "\\dt", "\\?", "\\h select", "SELECT nope;", "\\nonsense"] {
        let printed = terminal.line(line);
        assert!(!printed.is_empty() && printed.lines().all(|row| row.chars().count() <= 20), "{line}: {printed}");
    }
}
