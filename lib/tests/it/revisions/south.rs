//! South's files, as ToMaTo had them. South itself runs on Python 2 only: there is no real one to ask.

use mainstay::revisions::{History, Tool, Undo};

use super::{ids, read, said};

fn south(files: &[(&str, &str)]) -> History {
    read(Tool::South, files, &["tomato"])
}

/// One of South's schema migrations, in Python 2.
fn migration(forwards: &str, backwards: &str) -> String {
    format!(
        "# encoding: utf-8\nfrom south.db import db\nfrom south.v2 import SchemaMigration\n\nclass Migration(SchemaMigration):\n\n    def forwards(self, orm):\n        {forwards}\n\n    def backwards(self, orm):\n        {backwards}\n\n    models = {{'tomato.host': {{'Meta': {{'object_name': 'Host'}}, 'name': (u'x', [], {{}})}}}}\n    complete_apps = ['tomato']\n"
    )
}

#[test]
fn the_order_is_that_of_the_names() {
    let files = [
        (
            "tomato/migrations/0001_initial.py",
            migration("db.create_table('tomato_host', ())", "db.delete_table('tomato_host')"),
        ),
        (
            "tomato/migrations/0002_time.py",
            migration(
                "print \"x\"; db.delete_column('tomato_host', 'time')",
                "raise RuntimeError(\"Cannot reverse this migration.\")",
            ),
        ),
        ("tomato/migrations/0002_users.py", migration("db.execute('DELETE FROM tomato_user')", "pass")),
        ("tomato/migrations/0003_hosts.py", migration("from tomato import hosts", "return")),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let history = south(&files);
    assert_eq!(ids(&history), ["tomato.0001_initial", "tomato.0002_time", "tomato.0002_users", "tomato.0003_hosts"]);
    insta::assert_snapshot!(said(&history), @r#"
    Warning tomato/migrations/0002_time.py:8 drops column time of tomato_host (hazard deletes-data)
    Note tomato/migrations/0002_time.py:11 tomato.0002_time cannot be undone: its backwards raises
    Warning tomato/migrations/0002_users.py:5 tomato/migrations/0002_time.py and tomato/migrations/0002_users.py have the same number: their order is that of their names
    Note tomato/migrations/0002_users.py:5 going back from tomato.0002_users changes nothing but its mark in the ledger
    Warning tomato/migrations/0002_users.py:8 deletes rows of tomato_user (hazard deletes-data)
    Warning tomato/migrations/0003_hosts.py:8 imports hosts from tomato, the service's own code: when that changes, this revision may no longer run; copy what it needs
    "#);
    let undo: Vec<bool> = history.revisions.iter().map(|it| matches!(it.undo, Undo::Written)).collect();
    assert_eq!(undo, [true, false, false, true]);
}

#[test]
fn orm_without_frozen_models_and_a_missing_dependency() {
    let text = "from south.v2 import DataMigration\nclass Migration(DataMigration):\n    depends_on = (('tomato', '0009_gone'), ('auth', '0001_initial'))\n    def forwards(self, orm):\n        orm.Host.objects.all().delete()\n    def backwards(self, orm):\n        pass\n";
    let history = south(&[("tomato/migrations/0001_x.py", text)]);
    insta::assert_snapshot!(said(&history), @r#"
    Note tomato/migrations/0001_x.py:2 going back from tomato.0001_x changes nothing but its mark in the ledger
    Error tomato/migrations/0001_x.py:2 tomato.0001_x depends on tomato.0009_gone, which no file here is
    Error tomato/migrations/0001_x.py:4 uses orm, but freezes no models: it has nothing to work on
    Warning tomato/migrations/0001_x.py:5 deletes rows (hazard deletes-data)
    "#);
}

/// The names of ToMaTo's real migrations, by the statements that were captured from them.
#[test]
fn tomatos_names_make_a_chain() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases/systems/tomato/tomato2_captured_sql");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        let handle = std::io::stderr();
        let _ =
            std::io::Write::write_all(&mut handle.lock(), b"not checked: ToMaTo's captured migrations are not here\n");
        return;
    };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let files: Vec<(String, String)> = names
        .iter()
        .map(|name| (format!("tomato/migrations/{}.py", &name[4..name.len() - 4]), migration("db.x()", "db.y()")))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let history = south(&files);
    assert_eq!((history.revisions.len(), history.heads.len(), said(&history).as_str()), (42, 1, ""));
}
