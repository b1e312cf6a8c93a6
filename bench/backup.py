"""A backup of one database: what the pages of services type, pg_dump's own formats, and ours.

Two databases: pgbench's, where nearly all rows are in one table of short values, and one of 60 tables with values of many types.
"""

import os
import shutil
import tempfile
from dataclasses import dataclass

from mainstay_bench import mixed
from mainstay_bench.page import Table
from mainstay_bench.timer import Runner, in_turn

SCALE = float(os.environ.get("MAINSTAY_BENCH_SCALE", 1))  # of both: 1 GB as text, and 100 branches of pgbench's
JOBS = 2
ROUNDS = 3


@dataclass
class Backup(Runner):
    """One way to back up, whose outcome lies in `place`."""

    place: str = ""
    bytes: int = 0

    def once(self):
        shutil.rmtree(self.place, ignore_errors=True)
        if os.path.isfile(self.place):
            os.remove(self.place)
        took = super().once()
        self.bytes = size_of(self.place)
        return took


def measure(postgres, tools, rounds):
    postgres.fresh("mixed")
    mixed.fill(postgres, "mixed", SCALE)
    postgres.fresh("pgbench")
    fill = Runner("pgbench -i", ["pgbench", "-i", "-q", "-s", str(max(1, int(100 * SCALE))), "pgbench"], postgres.environment)
    fill.once()
    titles = {"mixed": "60 tables, values of many types, one table with 60% of the rows",
              "pgbench": "pgbench's tables, nearly all rows in one"}
    with tempfile.TemporaryDirectory(prefix="mainstay-bench-") as folder:
        return [table(postgres, tools, folder, rounds or ROUNDS, database, title) for database, title in titles.items()]


def table(postgres, tools, folder, rounds, database, title):
    runners = in_turn(ways(postgres, tools, folder, database), rounds)
    text = size_of(f"{folder}/plain.sql")
    words = f"{text / 1e6:,.0f} MB as text; {JOBS} sessions where a way has several. Ours is read back whole before it ends."
    return Table(f"Backup: {title}", words, runners, ("size", lambda runner: f"{runner.bytes / 1e6:,.0f} MB"))


def ways(postgres, tools, folder, database):
    place = lambda name: f"{folder}/{name}"
    shell = lambda line: ["bash", "-o", "pipefail", "-c", line]
    commands = [
        ("pg_dump, plain", "plain.sql", ["pg_dump", "-f", place("plain.sql"), database]),
        ("pg_dump \\| gzip -9", "nine.sql.gz", shell(f"pg_dump {database} | gzip -9 > {place('nine.sql.gz')}")),
        ("pg_dump \\| gzip", "six.sql.gz", shell(f"pg_dump {database} | gzip > {place('six.sql.gz')}")),
        ("pg_dump -Fc", "custom", ["pg_dump", "-Fc", "-f", place("custom"), database]),
        (f"pg_dump -Fd -j{JOBS}", "folder", ["pg_dump", "-Fd", f"-j{JOBS}", "-f", place("folder"), database]),
    ]
    if "pg_dump" in tools:
        newer = [f"{tools['pg_dump'].path}/pg_dump", "-Fd", f"-j{JOBS}"]
        for level in ["zstd:1", "zstd:3"]:
            name = level.replace(":", "")
            command = [*newer, f"--compress={level}", "-f", place(name), database]
            commands.append((f"pg_dump 17 -Fd -j{JOBS} --compress={level}", name, command))
    if database == "pgbench":
        commands.append(("two COPYs to nowhere", "nowhere", shell(f"{halves(postgres)} wait")))
    env = postgres.environment
    if "pg_dump" in tools:
        # Ours looks there for a pg_restore that reads zstd.
        env = env | {"PATH": f"{env['PATH']}:{tools['pg_dump'].path}"}
    if "mainstay" in tools:
        create = [tools["mainstay"].path, "backup", "create", "--url", postgres.socket_url(database), "--jobs", str(JOBS)]
        for level in ["zstd:1", "zstd:3"]:
            to = place(f"ours-{level[-1]}")
            commands.append((f"mainstay backup create --compress {level}", to, [*create, "--compress", level, "--to", to]))
    return [Backup(name, command, env, cwd=folder, place=os.path.join(folder, where)) for name, where, command in commands]


def halves(postgres):
    """The rows of pgbench's largest table in two halves at once, in binary: the limit of whoever reads them all."""
    middle = int(postgres.psql("pgbench", "SELECT pg_relation_size('pgbench_accounts') / 8192 / 2"))
    copy = "COPY (SELECT * FROM pgbench_accounts WHERE ctid {} '({},0)') TO STDOUT (FORMAT binary)"
    return " ".join(f'psql -qX pgbench -c "{copy.format(side, middle)}" > /dev/null &' for side in ["<", ">="])


def size_of(path):
    if not os.path.isdir(path):
        return os.path.getsize(path) if os.path.isfile(path) else 0
    return sum(os.path.getsize(os.path.join(top, name)) for top, _, names in os.walk(path) for name in names)
