import uuid

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Species(models.Model):
    code = models.CharField(max_length=20, primary_key=True)
    latin = models.CharField(max_length=80, blank=True)


class Tag(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=40)


class Place(models.Model):
    name = models.CharField(max_length=40)
    tags = models.ManyToManyField(Tag)
    friends = models.ManyToManyField("self")
    leads_to = models.ManyToManyField("self", symmetrical=False)


class Cage(Place):
    bars = models.PositiveIntegerField()
    species = models.ManyToManyField(Species)


class Aviary(Cage):
    height = models.FloatField(null=True)


class NamedPlace(Place):
    class Meta:
        proxy = True


class Animal(models.Model):
    species = models.ForeignKey(Species, models.CASCADE)
    mother = models.ForeignKey("self", models.SET_NULL, null=True)
    cage = models.OneToOneField(Cage, models.SET_NULL, null=True)
    keeper = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True)
    big = models.BigIntegerField()
    tame = models.BooleanField()
    fed = models.BooleanField(null=True)
    name = models.CharField(max_length=60)
    born = models.DateField()
    seen = models.DateTimeField(null=True)
    weight = models.DecimalField(max_digits=12, decimal_places=4)
    sleeps = models.DurationField(null=True)
    mail = models.EmailField()
    photo = models.FileField()
    speed = models.FloatField()
    address = models.GenericIPAddressField(null=True)
    legs = models.IntegerField(db_column="leg_count")
    notes = models.JSONField(null=True)
    sound = models.BinaryField()
    teeth = models.PositiveSmallIntegerField()
    slug = models.SlugField(unique=True)
    rank = models.SmallIntegerField()
    story = models.TextField()
    wakes = models.TimeField(null=True)
    link = models.URLField()
    chip = models.UUIDField()


class Chicken(models.Model):
    egg = models.ForeignKey("Egg", models.CASCADE, null=True)


class Egg(models.Model):
    chicken = models.ForeignKey(Chicken, models.CASCADE)


class Club(models.Model):
    members = models.ManyToManyField(Animal, through="Membership")


class Membership(models.Model):
    club = models.ForeignKey(Club, models.CASCADE)
    animal = models.ForeignKey(Animal, models.CASCADE)
    since = models.DateField()


class Remark(models.Model):
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    about = GenericForeignKey()
    text = models.TextField()


class Legacy(models.Model):
    name = models.CharField(max_length=20, db_column="the_name")
    links = models.ManyToManyField(Tag, db_table="old_links")

    class Meta:
        db_table = "old_things"


class Seat(models.Model):
    pk = models.CompositePrimaryKey("row", "number")
    row = models.CharField(max_length=2)
    number = models.IntegerField()
    taken = models.BooleanField(default=False)


class Elsewhere(models.Model):
    class Meta:
        managed = False


if settings.ZOO_ENGINE == "postgresql":
    from django.contrib.postgres import fields as pg

    class Listing(models.Model):
        words = pg.ArrayField(models.TextField(null=True))
        grid = pg.ArrayField(pg.ArrayField(models.IntegerField()))
        grid_of_words = pg.ArrayField(pg.ArrayField(models.CharField(max_length=20)))
        days = pg.ArrayField(models.DateField(), null=True)
        moments = pg.ArrayField(models.DateTimeField())
        flags = pg.ArrayField(models.BooleanField())
        prices = pg.ArrayField(models.DecimalField(max_digits=8, decimal_places=2))
        span = pg.IntegerRangeField()
        stay = pg.DateTimeRangeField(null=True)
        season = pg.DateRangeField()
