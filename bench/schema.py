"""One column added to one table of many: both databases read and compared, by us and by those that also read a server.

The tables are those of the diagram's benchmark. Each peer compares the two databases in the way that it recommends: Alembic
one database with models, migra two databases, apgdiff two dumps, which it needs and which therefore count.
"""

import os
import tempfile

from diagram import WIDE
from mainstay_bench.page import Table
from mainstay_bench.streamed import Streamed
from mainstay_bench.timer import Runner, in_turn

SIZES = [int(size) for size in os.environ.get("MAINSTAY_BENCH_TABLES", "1000,5000").split(",")]
ROUNDS = 5
SLOW = 1000  # peers that take many seconds are left out above so many tables

ENV = """
import os
import sqlalchemy as sa
from alembic import context
from sqlalchemy.dialects.postgresql import JSONB, UUID

def metadata(count):
    models = sa.MetaData()
    for i in range(1, count + 1):
        columns = [
            sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
            sa.Column("parent_id", sa.BigInteger, sa.ForeignKey(f"t{max(1, i // 2)}.id")),
            sa.Column("name", sa.Text, nullable=False), sa.Column("title", sa.String(200)),
            sa.Column("qty", sa.Integer, nullable=False, server_default="0"), sa.Column("price", sa.Numeric(12, 2)),
            sa.Column("ok", sa.Boolean, nullable=False, server_default="false"), sa.Column("doc", JSONB),
            sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
            sa.Column("born", sa.Date), sa.Column("code", UUID(as_uuid=True)), sa.Column("note", sa.Text),
        ]
        if i == count // 2:
            columns.append(sa.Column("added", sa.Text))
        sa.Table(f"t{i}", models, *columns, sa.Index(f"t{i}_name_idx", "name"),
                 sa.Index(f"t{i}_created_at_qty_idx", "created_at", "qty"))
    return models

with sa.create_engine(os.environ["DATABASE_URL"], poolclass=sa.pool.NullPool).connect() as connection:
    context.configure(connection=connection, target_metadata=metadata(COUNT))
    with context.begin_transaction():
        context.run_migrations()
"""
SCRIPT = """revision = ${repr(up_revision)}
down_revision = None
def upgrade():
    ${upgrades if upgrades else "pass"}
"""


def measure(postgres, tools, rounds):
    return [table(postgres, tools, rounds or ROUNDS, count) for count in SIZES]


def table(postgres, tools, rounds, count):
    old, new = f"wide_{count}", f"wide_{count}_added"
    for database in [old, new]:
        postgres.fresh(database)
        postgres.psql(database, WIDE.replace("COUNT", str(count)))
        postgres.psql(database, "VACUUM ANALYZE")
    postgres.psql(new, f"ALTER TABLE t{count // 2} ADD COLUMN added text")
    with tempfile.TemporaryDirectory(prefix="mainstay-bench-") as folder:
        runners = in_turn(ways(postgres, tools, folder, count, old, new), rounds)
    words = ("12 columns, 2 indexes and 1 foreign key each; one column added to one of them. pg_dump reads one database, "
             "the others read both and compare them, Alembic one of them and models.")
    memory = lambda runner: f"{runner.peak / 1000:.0f} MB" if getattr(runner, "peak", 0) else ""
    return Table(f"One change among {count:,} tables", words, runners, ("most memory", memory))


def ways(postgres, tools, folder, count, old, new):
    socket = postgres.socket_url
    env = postgres.environment
    runners = [Streamed("pg_dump --schema-only, one database", ["pg_dump", "--schema-only", "-d", old], env)]
    if "mainstay" in tools:
        command = [tools["mainstay"].path, "schema", "diff", socket(old), socket(new), "--format", "sql"]
        runners.append(Streamed("mainstay schema diff", command, env))
    if count > SLOW:
        return runners
    if "migra" in tools:
        # It exits with 2 where it has found something.
        url = lambda name: postgres.tcp_url(name, "postgresql+psycopg2")
        call = f"{tools['migra'].path} --unsafe '{url(old)}' '{url(new)}'; test $? = 2"
        runners.append(Runner("migra", ["sh", "-c", call], env))
    if "apgdiff" in tools:
        dump = lambda name, to: f"pg_dump -s {name} | grep -vE '^.(un)?restrict ' > {to}.sql"
        call = f"cd {folder} && {dump(old, 'a')} && {dump(new, 'b')} && {tools['apgdiff'].path} a.sql b.sql"
        runners.append(Runner("pg_dump twice, apgdiff", ["sh", "-c", call], env))
    if "alembic" in tools:
        runners.append(alembic(postgres, tools["alembic"].path, folder, count, old))
    return runners


def alembic(postgres, program, folder, count, old):
    """Its revisions are written, so the last one goes first."""
    scripts = f"{folder}/scripts"
    os.makedirs(f"{scripts}/versions")
    for name, text in [("scripts/env.py", ENV.replace("COUNT", str(count))), ("scripts/script.py.mako", SCRIPT),
                       ("alembic.ini", "[alembic]\nscript_location = %(here)s/scripts\n")]:
        with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
            file.write(text)

    def forget():
        for name in os.listdir(f"{scripts}/versions"):
            if name.endswith(".py"):
                os.remove(f"{scripts}/versions/{name}")

    command = [program, "-c", f"{folder}/alembic.ini", "revision", "--autogenerate", "-m", "added"]
    env = postgres.url_environment(postgres.tcp_url(old, "postgresql+psycopg"))
    return Runner("alembic revision --autogenerate", command, env, folder, before=forget)
