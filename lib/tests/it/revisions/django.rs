//! Django's files.

use mainstay::revisions::{History, Tool, Undo};

use super::{ids, read, said};

fn django(files: &[(&str, &str)]) -> History {
    read(Tool::Django, files, &["shop", "blog", "manage"])
}

/// A migration with these dependencies and operations.
fn migration(dependencies: &str, operations: &str) -> String {
    format!(
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    dependencies = [{dependencies}]\n    operations = [{operations}]\n"
    )
}

#[test]
fn apps_build_on_each_other() {
    let history = django(&[
        (
            "blog/migrations/0001_initial.py",
            &migration(
                "('shop', '0002_price'), migrations.swappable_dependency(settings.AUTH_USER_MODEL), ('auth', '0001_initial')",
                "",
            ),
        ),
        ("shop/migrations/0001_initial.py", &migration("", "")),
        ("shop/migrations/0002_price.py", &migration("(\"shop\", \"0001_initial\")", "")),
    ]);
    assert_eq!(ids(&history), ["shop.0001_initial", "shop.0002_price", "blog.0001_initial"]);
    assert_eq!(said(&history), "");
}

#[test]
fn two_leaves_and_a_missing_dependency() {
    let history = django(&[
        ("shop/migrations/0001_initial.py", &migration("", "")),
        ("shop/migrations/0002_a.py", &migration("('shop', '0001_initial')", "")),
        ("shop/migrations/0002_b.py", &migration("('shop', '0001_initial'), ('blog', '0009_gone')", "")),
        ("blog/migrations/0001_initial.py", &migration("('shop', '__first__')", "")),
    ]);
    insta::assert_snapshot!(said(&history), @r#"
    Error shop/migrations/0002_b.py:4 shop.0002_b depends on blog.0009_gone, and no file in blog is that
    Error shop/migrations/0002_b.py:4 shop has 2 leaves: shop.0002_a, shop.0002_b; join them: python manage.py makemigrations --merge
    "#);
}

#[test]
fn operations_are_told_with_file_and_line() {
    let text = "\
from django.db import migrations
from shop.models import Order
import shop.models
from ..other import x
def forth(apps, schema_editor):
    apps.get_model('shop', 'Order').objects.filter(old=True).delete()
class Migration(migrations.Migration):
    atomic = False
    dependencies = []
    operations = [
        migrations.RemoveField(model_name='order', name='note'),
        migrations.DeleteModel('Basket'),
        migrations.AddField('order', 'price', models.IntegerField()),
        migrations.RunPython(forth, migrations.RunPython.noop),
        migrations.RunSQL(['CREATE INDEX a ON b (c)', ('DELETE FROM b WHERE c = %s', [1])], reverse_sql='DROP TABLE b'),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel('Kept')],
            database_operations=[migrations.RunSQL(\"DROP TABLE gone\")],
        ),
    ]
";
    let history = django(&[("shop/migrations/0001_x.py", text)]);
    insta::assert_snapshot!(said(&history), @r#"
    Warning shop/migrations/0001_x.py:2 imports Order from shop.models, the service's own code: when that changes, this revision may no longer run; copy what it needs
    Note shop/migrations/0001_x.py:3 imports shop.models, which may be the service's own: then a change there can break this revision
    Warning shop/migrations/0001_x.py:4 imports x from ..other, the service's own code: when that changes, this revision may no longer run; copy what it needs
    Warning shop/migrations/0001_x.py:6 deletes rows (hazard deletes-data)
    Note shop/migrations/0001_x.py:8 runs without a transaction: a failure leaves what it has done until then
    Warning shop/migrations/0001_x.py:11 drops column note of shop.order (hazard deletes-data)
    Warning shop/migrations/0001_x.py:12 drops the table of shop.Basket (hazard deletes-data)
    Warning shop/migrations/0001_x.py:15 deletes rows of b (hazard deletes-data)
    Warning shop/migrations/0001_x.py:18 drops table gone (hazard deletes-data)
    Note shop/migrations/0001_x.py:18 shop.0001_x cannot be undone: its RunSQL has no reverse_sql
    "#);
    let revision = &history.revisions[0];
    let down: Vec<&str> = revision.down.iter().map(|risk| risk.reason.as_str()).collect();
    assert_eq!(down, ["drops column price of shop.order", "drops table b"]);
    assert!(matches!(&revision.undo, Undo::Never(_, place) if place.line == 18));
}

#[test]
fn an_index_built_concurrently_wants_no_transaction() {
    let operations = "AddIndexConcurrently('order', models.Index(fields=['a']))";
    let history = django(&[("shop/migrations/0001_x.py", &migration("", operations))]);
    insta::assert_snapshot!(said(&history), @"Error shop/migrations/0001_x.py:6 cannot run inside a transaction: write atomic = False into this class");
}

#[test]
fn a_squashed_migration_stands_for_what_it_replaces() {
    let squashed = "from django.db import migrations\nclass Migration(migrations.Migration):\n    replaces = [('shop', '0001_a'), ('shop', '0002_b')]\n    dependencies = []\n    operations = []\n";
    let history = django(&[
        ("shop/migrations/0001_a.py", &migration("", "")),
        ("shop/migrations/0001_squashed.py", squashed),
        ("shop/migrations/0002_b.py", &migration("('shop', '0001_a')", "")),
        ("shop/migrations/0003_c.py", &migration("('shop', '0002_b')", "")),
    ]);
    assert_eq!(history.find("shop.0003_c").unwrap().parents, ["shop.0001_squashed"]);
    assert_eq!((said(&history).as_str(), history.heads.as_slice()), ("", &["shop.0003_c".to_owned()][..]));
}
