"""One project of N small migrations, written out for each tool."""

import os
from dataclasses import dataclass

FIRST_VERSION = 20250101000000


@dataclass
class Step:
    """One migration: its number, its statements up and down."""

    number: int
    up: list
    down: list

    @property
    def version(self):
        """A timestamp as the tools want it: one per second, hours and minutes carried over."""
        minutes, second = divmod(self.number, 60)
        hours, minute = divmod(minutes, 60)
        return FIRST_VERSION + hours * 10000 + minute * 100 + second

    @property
    def name(self):
        return f"step_{self.number:04}"


def steps(count):
    """What services really do: mostly a new table with an index, now and then a column or a constraint."""
    return [step(number) for number in range(1, count + 1)]


def step(number):
    table, before = f"item_{number:04}", f"item_{number - 1:04}"
    if number % 10 == 0:
        return Step(number, [f"ALTER TABLE {before} ADD COLUMN note text"], [f"ALTER TABLE {before} DROP COLUMN note"])
    create = (f"CREATE TABLE {table} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, label text NOT NULL, "
              "amount integer NOT NULL DEFAULT 0 CHECK (amount >= 0), added timestamptz NOT NULL DEFAULT now())")
    return Step(number, [create, f"CREATE INDEX {table}_label ON {table} (label)"], [f"DROP TABLE {table}"])


def script(statements):
    return "".join(f"{statement};\n" for statement in statements)


def write_all(folder, count):
    """Every tool's layout of the same steps below `folder`."""
    todo = steps(count)
    for writer in [psql, mainstay, sqlx, dbmate, alembic]:
        writer(f"{folder}/{writer.__name__}", todo)


def psql(folder, todo):
    """One file, a transaction for each step, and the ledger's row with it: the same work as the others do."""
    ledger = "CREATE TABLE ledger (version bigint PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now());\n"
    put(f"{folder}/all.sql", ledger + "".join(
        f"BEGIN;\n{script(s.up)}INSERT INTO ledger (version) VALUES ({s.version});\nCOMMIT;\n" for s in todo))
    put(f"{folder}/bare.sql", "".join(f"BEGIN;\n{script(s.up)}COMMIT;\n" for s in todo))


def mainstay(folder, todo):
    put(f"{folder}/mainstay.toml", '[service]\nname = "bench"\n\n[database]\nurl = "env:DATABASE_URL"\n\n'
        '[migrations]\ndir = "migrations"\ndialect = "mainstay"\n')
    for s in todo:
        put(f"{folder}/migrations/{s.version}_{s.name}.up.sql", script(s.up))
        put(f"{folder}/migrations/{s.version}_{s.name}.down.sql", script(s.down))


def sqlx(folder, todo):
    for s in todo:
        put(f"{folder}/migrations/{s.version}_{s.name}.sql", script(s.up))


def dbmate(folder, todo):
    for s in todo:
        text = f"-- migrate:up\n{script(s.up)}\n-- migrate:down\n{script(s.down)}"
        put(f"{folder}/migrations/{s.version}_{s.name}.sql", text)


def alembic(folder, todo):
    put(f"{folder}/alembic.ini", "[alembic]\nscript_location = %(here)s/steps\n")
    put(f"{folder}/steps/env.py", ALEMBIC_ENV)
    before = None
    for s in todo:
        body = lambda statements: "".join(f"    op.execute({statement!r})\n" for statement in statements)
        text = (f"from alembic import op\n\nrevision = {str(s.version)!r}\ndown_revision = {before!r}\n\n\n"
                f"def upgrade():\n{body(s.up)}\n\ndef downgrade():\n{body(s.down)}")
        put(f"{folder}/steps/versions/{s.version}_{s.name}.py", text)
        before = str(s.version)


ALEMBIC_ENV = '''import os

from alembic import context
from sqlalchemy import create_engine

with create_engine(os.environ["DATABASE_URL"]).connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
'''


def put(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
