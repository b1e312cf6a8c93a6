"""Makes the zoo's databases, fills the first, and says what is in each."""

import datetime
import decimal
import json
import os
import sys
import uuid
import warnings

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
warnings.simplefilter("ignore")

import django

django.setup()

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import transaction

from zoo import models as zoo

UTC = datetime.timezone.utc


def make():
    for alias in settings.ALIASES:
        # The zoo has no migrations of its own, and refers to tables that others' make.
        call_command("migrate", database=alias, verbosity=0)
        call_command("migrate", database=alias, run_syncdb=True, verbosity=0)


def animal(number, **more):
    values = dict(
        big=2**63 - 1 - number,
        tame=number % 2 == 0,
        fed=None,
        name="Käthe \"%d\"\n\t\\ \u2028 🦒" % number,
        born=datetime.date(1900 + number, 2, 28),
        seen=datetime.datetime(2024, 3, 31, 1, 59, 59, 123000 + number, tzinfo=UTC),
        weight=decimal.Decimal("12345678.0001") - number,
        sleeps=datetime.timedelta(days=-1, seconds=number, microseconds=5),
        mail="a@example.org",
        photo="photos/%d.png" % number,
        speed=0.1 + number,
        address="2001:db8::%x" % number,
        legs=4,
        notes={"b": [1, 2.5, None, "ü"], "a": {"deep": True}},
        sound=bytes(range(256)),
        teeth=32,
        slug="animal-%d" % number,
        rank=-number,
        story="",
        wakes=datetime.time(5, 59, 59, 999000),
        link="https://example.org/?a=1&b=2",
        chip=uuid.UUID(int=number + 2**127),
    )
    return zoo.Animal(**(values | more))


@transaction.atomic
def fill():
    keeper = User.objects.create_user("keeper", "k@example.org", "secret")
    crew = Group.objects.create(name="crew")
    crew.permissions.set(Permission.objects.filter(content_type__app_label="zoo")[:5])
    keeper.groups.add(crew)
    lion, crow = [zoo.Species.objects.create(code=code, latin=code.upper()) for code in ("lion", "crow's")]
    tags = [zoo.Tag.objects.create(id=uuid.UUID(int=2**100 + n), name="t%d" % n) for n in range(3)]
    park = zoo.Place.objects.create(name="park")
    cage = zoo.Cage.objects.create(name="cage", bars=12)
    aviary = zoo.Aviary.objects.create(name="aviary", bars=500, height=None)
    high = zoo.Aviary.objects.create(name="high", bars=5, height=1e21)
    park.tags.set(tags)
    cage.tags.set(tags[:1])
    park.friends.set([cage, aviary])
    aviary.leads_to.set([park, aviary])
    high.species.set([lion, crow])
    mother = animal(1, species=lion, cage=cage, keeper=keeper)
    mother.save()
    animal(2, species=lion, mother=mother, fed=True, notes=[], seen=None, sleeps=None, address=None, wakes=None).save()
    crow = animal(3, species=crow, cage=aviary, sound=b"", notes=None, fed=False, speed=1e300, address="10.0.0.1")
    crow.mother = None
    crow.seen = datetime.datetime(1, 1, 1, tzinfo=UTC) + datetime.timedelta(days=400)
    crow.sleeps = datetime.timedelta(days=400, microseconds=1)
    crow.wakes = datetime.time(0)
    crow.save()
    egg = zoo.Egg(chicken=zoo.Chicken.objects.create())
    egg.save()
    egg.chicken.egg = egg
    egg.chicken.save()
    club = zoo.Club.objects.create()
    club.members.add(mother, through_defaults={"since": datetime.date(2020, 1, 1)})
    zoo.Remark.objects.create(about=mother, text="roars")
    zoo.Remark.objects.create(about=park, text="is green")
    zoo.Legacy.objects.create(name="old").links.set(tags[1:])
    zoo.Seat.objects.create(row="A", number=7, taken=True)
    zoo.Seat.objects.create(row="B", number=1)
    if settings.ZOO_ENGINE == "postgresql":
        fill_lists()


def fill_lists():
    from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange, NumericRange

    day, moment = datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 12, 0, 0, 123000, tzinfo=UTC)
    zoo.Listing.objects.create(
        words=["a", "b, \"c\"\\", None, "NULL", "", "{}", "[\"x\"]"], grid=[[1, 2], [3, 4]], grid_of_words=[["a b", "[]"]],
        days=[day], moments=[moment], flags=[True, False], prices=[decimal.Decimal("1.50")],
        span=NumericRange(1, 5), stay=DateTimeTZRange(moment, None), season=DateRange(empty=True),
    )
    zoo.Listing.objects.create(
        words=[], grid=[], grid_of_words=[], days=None, moments=[], flags=[], prices=[],
        span=NumericRange(None, None), stay=None, season=DateRange(day, day.replace(day=1, month=3)),
    )


def shown(alias):
    found = {}
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.managed or model._meta.proxy:
            continue
        pairs = model._meta.auto_created
        fields = [field for field in model._meta.concrete_fields if not (pairs and field.name == "id")]
        rows = model._base_manager.using(alias).values_list(*[field.attname for field in fields])
        plain = lambda value: bytes(value) if isinstance(value, memoryview) else value
        found[model._meta.label_lower] = sorted(repr([plain(value) for value in row]) for row in rows)
    return found


def compare(one, other):
    one, other = shown(one), shown(other)
    for label in one:
        if one[label] != other[label]:
            print("%s differs:\n  %s\n  %s" % (label, "\n  ".join(one[label]), "\n  ".join(other[label])))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make"]:
            make()
            fill()
            call_command("dumpdata", output="theirs.json", exclude=["zoo.elsewhere"], verbosity=0)
            call_command("dumpdata", "zoo", output="lines.jsonl", format="jsonl", exclude=["zoo.elsewhere"], verbosity=0)
            call_command("dumpdata", output="natural.json", exclude=["zoo.elsewhere"], use_natural_foreign_keys=True, verbosity=0)
            call_command("loaddata", "theirs.json", database="theirs", verbosity=0)
        case ["load", name]:
            call_command("loaddata", name, database="back", verbosity=0)
        case ["compare", one, other]:
            compare(one, other)
        case ["counts", alias]:
            print(json.dumps({label: len(rows) for label, rows in shown(alias).items()}))
