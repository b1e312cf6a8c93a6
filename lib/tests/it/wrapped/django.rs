//! The real Django.

use mainstay::dialect::Version;
use mainstay::migrate::Goal;
use mainstay::plan::Hazard;

use super::{Project, told};

const SETTINGS: &str = r#"import os

SECRET_KEY = "tests"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "shop"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["POSTGRES_DB"],
        "USER": os.environ["POSTGRES_USER"],
        "HOST": os.environ["POSTGRES_HOST"],
        "PORT": os.environ["POSTGRES_PORT"],
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"#;

const MANAGE: &str = r#"import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
from django.core.management import execute_from_command_line

execute_from_command_line(sys.argv)
"#;

const INITIAL: &str = r#"from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [("auth", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="Order",
            fields=[("id", models.BigAutoField(primary_key=True, serialize=False)), ("note", models.TextField(default=""))],
        ),
    ]
"#;

const PRICE: &str = r#"from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [migrations.AddField("order", "price", models.IntegerField(default=0))]
"#;

const MODELS: &str = "from django.db import models\n\n\nclass Order(models.Model):\n    id = models.BigAutoField(primary_key=True)\n    note = models.TextField(default=\"\")\n    price = models.IntegerField(default=0)\n";

pub(super) fn project() -> Project {
    let project = Project::new();
    project
        .file("manage.py", MANAGE)
        .file("settings.py", SETTINGS)
        .file("shop/__init__.py", "")
        .file("shop/models.py", MODELS)
        .file("shop/migrations/__init__.py", "")
        .file("shop/migrations/0001_initial.py", INITIAL)
        .file("shop/migrations/0002_price.py", PRICE)
        .file(
            "mainstay.toml",
            "[migrations]\nrunner = { up = \"python manage.py migrate --noinput\", down = \"python manage.py migrate --noinput {app} {to}\", \
             new = \"python manage.py makemigrations --name {name}\" }\n",
        );
    project
}

#[tokio::test]
async fn from_nothing_to_the_newest_and_back() {
    let mut project = project();
    let migrated = project.up().await.expect("applies");
    assert_eq!(migrated.version, Some(Version::new("shop.0002_price")));
    assert_eq!(project.standing().await, ["shop.0001_initial applied", "shop.0002_price applied"]);
    assert!(project.lines().await.iter().all(|line| line.applied_at.is_some()));
    assert!(project.up().await.expect("nothing to do").report.is_none());

    project.database.psql("INSERT INTO shop_order (note, price) VALUES ('x', 1)");
    let refused = project.down(Goal::DownSteps(1)).await.expect_err("rows");
    insta::assert_snapshot!(told(&refused, &project), @r#"
    Refused: refused to run python manage.py migrate --noinput shop 0001_initial: it drops column price of shop.order, which cannot be undone (hazard deletes-data)
    at shop/migrations/0002_price.py:6:19
    hint: nothing was run; read it first: the same command with --dry-run
    hint: allow it by name: --allow deletes-data, or the line `# mainstay: allow deletes-data` at the head of the file
    "#);
    project.allow = vec![Hazard::DeletesData];
    project.down(Goal::DownSteps(1)).await.expect("goes back");
    assert_eq!(project.standing().await, ["shop.0001_initial applied", "shop.0002_price pending"]);
    project.down(Goal::DownTo(Version::new("0"))).await.expect("goes back");
    assert_eq!(project.database.psql("SELECT count(*) FROM django_migrations WHERE app = 'shop'"), "0");
}

#[tokio::test]
async fn a_new_migration_is_djangos() {
    let project = project();
    let refused = project.new_migration("more").await.expect_err("pending");
    assert!(refused.message().contains("shop.0001_initial, shop.0002_price must be applied first"), "{refused:?}");
    project.up().await.expect("applies");
    let error = project.new_migration("nothing").await.expect_err("no model has changed");
    insta::assert_snapshot!(told(&error, &project), @r#"
    Verification: `python manage.py makemigrations --name nothing` ended well, but wrote no file into [project]
    hint: Django writes none where no model has changed; for an empty one: python manage.py makemigrations --empty APP
    "#);
    project
        .file("shop/models.py", &MODELS.replace("price = ", "amount = models.IntegerField(default=0)\n    price = "));
    let files = project.new_migration("amount").await.expect("writes");
    assert_eq!(files, [project.path("shop/migrations/0003_amount.py")]);
    project.up().await.expect("applies");
}

#[tokio::test]
async fn two_at_once_both_succeed() {
    let project = project();
    let (one, other) = (project.open(), project.open());
    let (one, other) = tokio::join!(one.prepare(), other.prepare());
    assert_eq!(one.expect("prepares").version, other.expect("prepares").version);
}

#[tokio::test]
async fn what_the_ledger_names_must_be_there() {
    let project = project();
    project.up().await.expect("applies");
    std::fs::remove_file(project.path("shop/migrations/0002_price.py")).expect("removed");
    insta::assert_snapshot!(told(&project.up().await.expect_err("its file is gone"), &project), @r#"
    Verification: the database is at revision shop.0002_price, and no file in [project] is that
    hint: bring its file back, or start the service's newer version; then: mainstay migrate status
    hint: nothing was run; mainstay migrate status shows all of it
    "#);
    project.file("shop/migrations/0002_price.py", PRICE);
    project.database.psql("DELETE FROM django_migrations WHERE app = 'shop' AND name = '0001_initial'");
    insta::assert_snapshot!(told(&project.up().await.expect_err("inconsistent"), &project), @r#"
    Verification: shop.0002_price is applied, but shop.0001_initial, which comes before it, is not
    hint: Django refuses to go on: see which one is right, then: python manage.py migrate --fake APP NAME
    hint: nothing was run; mainstay migrate status shows all of it
    "#);
}

/// A squashed migration beside what it replaces: half of that applied is finished one by one, all of it counts as the squash.
#[tokio::test]
async fn a_squashed_migration_is_as_far_as_what_it_replaces() {
    let project = project();
    let squashed = INITIAL
        .replace("    initial = True\n", "    replaces = [(\"shop\", \"0001_initial\"), (\"shop\", \"0002_price\")]\n")
        .replace("default=\"\"))]", "default=\"\")), (\"price\", models.IntegerField(default=0))]");
    project.file("shop/migrations/0001_squashed.py", &squashed);
    assert_eq!(
        project.standing().await,
        ["shop.0001_initial replaced", "shop.0001_squashed pending", "shop.0002_price replaced"]
    );
    project.up().await.expect("applies");
    assert!(
        project.standing().await.contains(&"shop.0001_squashed applied".to_owned()),
        "{:?}",
        project.standing().await
    );
    assert!(project.up().await.expect("nothing to do").report.is_none());
}
