"""A backup that becomes a database again: what psql and pg_restore do, and ours, which compares every row as well.

The database is that of the backups' benchmark. The last two lines are the limit: its rows alone, and its indexes and keys
alone, by pg_restore from what is quickest to read.
"""

import os
import shutil
import tempfile

from backup import SCALE
from mainstay_bench import mixed
from mainstay_bench.page import Table
from mainstay_bench.timer import Runner, in_turn

SOURCE, TARGET = "mixed", "restored"
JOBS = 2
ROUNDS = 3
# What a person who knows them sets for a restore: no wait for the disk, room to sort, help in building indexes.
TUNED = "-c synchronous_commit=off -c maintenance_work_mem=1GB -c max_parallel_maintenance_workers=2"


def measure(postgres, tools, rounds):
    postgres.fresh(SOURCE)
    mixed.fill(postgres, SOURCE, SCALE)
    with tempfile.TemporaryDirectory(prefix="mainstay-bench-") as folder:
        dump(postgres, tools, folder)
        postgres.psql("postgres", f"DROP DATABASE {SOURCE}")
        runners = in_turn(ways(postgres, tools, folder), rounds or ROUNDS)
    words = (f"60 tables, one of them with 60% of the rows; {JOBS} sessions where a way has several. Tuned: `{TUNED}`. "
             "Ours reads every table again and compares it.")
    return [Table("Restore", words, runners)]


def dump(postgres, tools, folder):
    """What is restored, in every form; not counted."""
    forms = [["-f", "plain.sql"], ["-Fc", "-Z1", "-f", "custom"], ["-Fd", f"-j{JOBS}", "-Z1", "-f", "folder"],
             ["-Fd", f"-j{JOBS}", "-Z0", "-f", "uncompressed"]]
    commands = [["pg_dump", *form, SOURCE] for form in forms]
    if "mainstay" in tools:
        commands.append([tools["mainstay"].path, "backup", "create", "--url", postgres.socket_url(SOURCE), "--to", "ours"])
    for command in commands:
        Runner(command[0], command, environment(postgres, tools), cwd=folder).once()
    if "mainstay" in tools:
        # Its folder is called by the time.
        [made] = [name for name in os.listdir(f"{folder}/ours") if os.path.isdir(f"{folder}/ours/{name}")]
        shutil.move(f"{folder}/ours/{made}", f"{folder}/backup")


def environment(postgres, tools):
    """With newer clients on PATH where they are installed: ours writes zstd for those who can read it."""
    env = postgres.environment
    return env | {"PATH": f"{env['PATH']}:{tools['pg_dump'].path}"} if "pg_dump" in tools else env


def ways(postgres, tools, folder):
    env = environment(postgres, tools)
    tuned = env | {"PGOPTIONS": TUNED}
    into = ["-d", TARGET]

    def restored(*also):
        """A fresh database, with parts that do not count."""
        postgres.fresh(TARGET)
        for section in also:
            command = ["pg_restore", f"-j{JOBS}", f"--section={section}", *into, "uncompressed"]
            Runner(section, command, tuned, cwd=folder).once()
        postgres.psql("postgres", "CHECKPOINT")

    def way(name, command, env=env, also=()):
        return Runner(name, command, env, cwd=folder, before=lambda: restored(*also), after=lambda: mixed.complete(postgres, TARGET, SCALE))

    plain = ["psql", "-qX", "-o", "/dev/null", "-v", "ON_ERROR_STOP=1", *into, "-f", "plain.sql"]
    parallel = ["pg_restore", f"-j{JOBS}", *into]
    runners = [
        way("psql", plain),
        way("pg_restore -Fc", ["pg_restore", *into, "custom"]),
        way(f"pg_restore -Fd -j{JOBS}", [*parallel, "folder"]),
        way(f"pg_restore -Fd -j{JOBS}, tuned", [*parallel, "folder"], tuned),
        way(f"pg_restore -Fd -j{JOBS}, uncompressed, tuned", [*parallel, "uncompressed"], tuned),
    ]
    # What pg_restore leaves to autovacuum, and ours has done when it ends.
    then = f"pg_restore -j{JOBS} -d {TARGET} uncompressed && vacuumdb -qZ -j{JOBS} -d {TARGET}"
    runners.append(way("the same, then vacuumdb --analyze-only", ["sh", "-c", then], tuned))
    if "mainstay" in tools:
        url = postgres.socket_url("postgres")
        command = [tools["mainstay"].path, "restore", "backup", "--url", url, "--into", TARGET, "--jobs", str(JOBS)]
        runners.append(way("mainstay restore", command))
        runners[-1].before = lambda: postgres.psql("postgres", f"DROP DATABASE IF EXISTS {TARGET};\nCHECKPOINT")
    limits = [("the rows alone", "data", ["pre-data"]), ("indexes and keys alone", "post-data", ["pre-data", "data"])]
    for name, section, also in limits:
        runner = way(name, [*parallel, f"--section={section}", "uncompressed"], tuned, also)
        runner.after = None
        runners.append(runner)
    return runners
