//! Alembic's files.

use mainstay::revisions::{History, Tool, Undo};

use super::{ids, read, said};

fn alembic(files: &[(&str, &str)]) -> History {
    read(Tool::Alembic, files, &["service"])
}

/// A revision that does nothing.
fn bare(id: &str, before: &str) -> String {
    format!("revision = '{id}'\ndown_revision = {before}\ndef upgrade(): pass\ndef downgrade(): pass\n")
}

/// Revisions in files named as their ids.
fn chain(revisions: &[(&str, &str)]) -> History {
    let files: Vec<(String, String)> =
        revisions.iter().map(|(id, before)| (format!("{id}_x.py"), bare(id, before))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    alembic(&files)
}

#[test]
fn a_revision_of_each_spelling_is_read() {
    let history = alembic(&[
        (
            "v/b2_two_words.py",
            "revision: str = \"b2\"\ndown_revision: Union[str, Sequence[str], None] = (\n    'a1'\n)\n",
        ),
        (
            "v/2024_01_01-a1-first.py",
            "revision, x = 1, 2\nrevision = 'a1'; down_revision = None\ndef downgrade(): pass\n",
        ),
        (
            "v/c3.py",
            "revision='c3'\ndown_revision=('b2', \"a1\",)\nbranch_labels = ['side']\ndepends_on = None\ndef downgrade():\n    raise NotImplementedError\n",
        ),
    ]);
    assert_eq!(ids(&history), ["a1", "b2", "c3"]);
    let titles: Vec<String> = history.revisions.iter().map(|revision| revision.title()).collect();
    assert_eq!(titles, ["a1_first", "b2_two_words", "c3"]);
    assert_eq!(history.revisions[2].parents, ["b2", "a1"]);
    assert_eq!(history.heads, ["c3"]);
    assert!(matches!(history.revisions[2].undo, Undo::Never(..)));
    assert_eq!(history.called("b").map(|found| found.id.as_str()), Some("b2"));
    assert_eq!(history.called(""), None);
}

#[test]
fn the_order_is_that_of_the_links_and_not_of_the_names() {
    let history = chain(&[("a", "'b'"), ("b", "'c'"), ("c", "None"), ("d", "('a',)")]);
    assert_eq!(ids(&history), ["c", "b", "a", "d"]);
    assert_eq!(said(&history), "");
}

#[test]
fn two_heads() {
    insta::assert_snapshot!(said(&chain(&[("a", "None"), ("b", "'a'"), ("c", "'a'")])),
        @"Error c_x.py:1 there are 2 heads: b_x, c_x; join them: alembic merge heads -m merge");
}

#[test]
fn two_beginnings_and_none() {
    insta::assert_snapshot!(said(&chain(&[("a", "None"), ("b", "None"), ("c", "('a', 'b')")])),
        @"Warning b_x.py:1 the history begins twice: a_x and b_x have no revision before them");
    insta::assert_snapshot!(said(&chain(&[("a", "'b'"), ("b", "'a'"), ("c", "'b'")])), @r"
    Error a_x.py:1 these go round in a circle: a comes after b comes after a
    Error a_x.py:1 no revision is the first one: down_revision = None is in no file
    ");
}

#[test]
fn a_circle_of_three_behind_a_good_beginning() {
    let history = chain(&[("a", "'c'"), ("b", "'a'"), ("c", "('b', 'r')"), ("d", "'c'"), ("r", "None")]);
    assert!(said(&history).contains("a comes after c comes after b comes after a\n"), "{}", said(&history));
}

#[test]
fn a_missing_parent_and_a_revision_twice() {
    insta::assert_snapshot!(said(&chain(&[("a", "None"), ("b", "'gone'")])), @r"
    Error b_x.py:1 b_x comes after gone, which no file here is
    Error b_x.py:1 there are 2 heads: a_x, b_x; join them: alembic merge heads -m merge
    ");
    let twice = alembic(&[("1.py", &bare("a", "None")), ("2.py", &bare("a", "None"))]);
    insta::assert_snapshot!(said(&twice), @"Error 2.py:1 revision a is in two files: 1.py has it too");
}

#[test]
fn labels_make_several_heads_right_and_can_be_depended_on() {
    let side = bare("b", "None") + "branch_labels = ('side',)\n";
    let main = bare("c", "'a'") + "depends_on = 'side'\n";
    let more = bare("d", "'b'");
    let history = alembic(&[("a.py", &bare("a", "None")), ("b.py", &side), ("c.py", &main), ("d.py", &more)]);
    assert_eq!(history.find("c").unwrap().parents, ["a", "b"]);
    insta::assert_snapshot!(said(&history), @"Note d.py:1 there are 2 heads: c, d");
}

#[test]
fn what_it_does_is_told_with_file_and_line() {
    let text = "\
revision = 'a'
down_revision = None
import service.models as m
from service import db
from . import other
import os, alembic.op, somewhere_else
SQL = '''
DELETE FROM logs
'''
def clean(conn):
    conn.execute(sa.text(SQL))
def upgrade():
    \"\"\"DROP TABLE not_this\"\"\"
    op.drop_table('account', schema='app')
    op.drop_column(\"a\", \"b\")
    with op.batch_alter_table('c', naming_convention=n) as b:
        b.drop_constraint(None, type_='unique')
        b.drop_column(column_name='d')
    with op.batch_alter_table('c') as b:
        b.drop_constraint(None, type_='unique')
    clean(op.get_bind())
    op.execute(f'TRUNCATE {table}')
    session.query(Account).filter(Account.id == 1).delete()
    op.execute('COMMIT')
    with op.get_context().autocommit_block():
        op.execute(\"ALTER TYPE x ADD VALUE 'delete'\")
def downgrade():
    op.drop_constraint(None, 'a')
    op.drop_table('later')
";
    let history = alembic(&[("v/a_x.py", text)]);
    insta::assert_snapshot!(said(&history), @r#"
    Warning v/a_x.py:3 imports service.models, the service's own code: when that changes, this revision may no longer run; copy what it needs
    Warning v/a_x.py:4 imports db from service, the service's own code: when that changes, this revision may no longer run; copy what it needs
    Warning v/a_x.py:5 imports other from ., the service's own code: when that changes, this revision may no longer run; copy what it needs
    Warning v/a_x.py:7 deletes rows of logs (hazard deletes-data)
    Warning v/a_x.py:14 drops table app.account (hazard deletes-data)
    Warning v/a_x.py:15 drops column b of a (hazard deletes-data)
    Warning v/a_x.py:18 drops column d of c (hazard deletes-data)
    Warning v/a_x.py:20 drops a constraint that has no name, which fails unless a naming convention gives it one: write its name
    Warning v/a_x.py:22 truncates _ (hazard deletes-data)
    Warning v/a_x.py:23 deletes rows (hazard deletes-data)
    Note v/a_x.py:24 ends the transaction: when something fails later, the database stays at a version between this one's neighbours
    Note v/a_x.py:25 ends the transaction: when something fails later, the database stays at a version between this one's neighbours
    Warning v/a_x.py:28 drops a constraint that has no name, which fails unless a naming convention gives it one: write its name
    "#);
    let down: Vec<&str> = history.revisions[0].down.iter().map(|risk| risk.reason.as_str()).collect();
    assert_eq!(down, ["drops table later"]);
}

#[test]
fn a_comment_allows_a_hazard_by_its_name() {
    let text = "revision = 'a'\ndown_revision = None\n# mainstay: allow deletes-data\ndef upgrade():\n    op.drop_table('x')\ndef downgrade(): op.create_table('x')\n";
    let history = alembic(&[("a.py", text)]);
    assert_eq!(said(&history), "");
    assert!(history.revisions[0].up[0].allowed);
    let misspelt = text.replace("deletes-data", "delets-data");
    insta::assert_snapshot!(said(&alembic(&[("a.py", &misspelt)])), @r#"
    Error a.py:3 there is no hazard `delets-data`
    Warning a.py:5 drops table x (hazard deletes-data)
    "#);
}

#[test]
fn what_cannot_be_told_is_said() {
    insta::assert_snapshot!(said(&alembic(&[
        ("a.py", "revision = make()\ndown_revision = None\n"),
        ("b.py", "revision = 'b'\ndown_revision = BEFORE\ndef downgrade(): pass\n"),
        ("c.py", "down_revision = None\nrevision = '''\n"),
        ("d.py", "x = 1\n"),
        ("e.py", "revision = '0123456789012345678901234567890123'\ndown_revision = 'b'\n"),
        ("f.py", "revision = 'f'\ndown_revision = '0123456789012345678901234567890123'\ndef upgrade(): op.x()\ndef downgrade():\n    'nothing'\n    ...\n"),
    ])), @r#"
    Error a.py:1 this file does not say which revision it is: revision = "…"
    Warning b.py:2 down_revision is computed: what it says cannot be told without running Python
    Error c.py:2 this is no Python: this text is never closed
    Error d.py:1 this file does not say which revision it is: revision = "…"
    Warning e.py:1 revision 0123456789012345678901234567890123 does not fit into alembic_version, which holds 32 characters
    Note e.py:1 0123456789012345678901234567890123_e cannot be undone: there is no downgrade
    Note f.py:1 going back from f changes nothing but its mark in the ledger
    "#);
}

#[test]
fn nothing_in_a_file_makes_the_reader_fall() {
    use proptest::prelude::*;
    let words = "revision down_revision = 'a' ( ) [ ] { } : , . ; + \\ # \" ''' f' None import from as with raise def class Migration upgrade op.drop_column é \u{feff}";
    let pieces: Vec<&str> = words.split(' ').chain(["\n", "    ", " "]).collect();
    let pieces = prop::sample::select(pieces);
    proptest!(|(words in prop::collection::vec(pieces, 0..60))| {
        let text = words.concat();
        for tool in Tool::ALL {
            read(tool, &[("app/migrations/0001_x.py", &text)], &[]);
        }
    });
    let deep = format!("revision = {}", "(".repeat(100_000));
    insta::assert_snapshot!(said(&alembic(&[("a.py", &deep)])), @"Error a.py:1 this is no Python: too many brackets are nested here");
}
