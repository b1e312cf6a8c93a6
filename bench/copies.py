"""A second database of the one that is there, on its own server: through a dump, by pgcopydb, and as the server copies files.

The database is that of the backups' benchmark. Ours is measured twice: while nobody is connected, and beside a session that stays.
"""

import os
import shutil
import subprocess
import tempfile
import time

from backup import SCALE
from mainstay_bench import mixed
from mainstay_bench.page import Table
from mainstay_bench.timer import Runner, in_turn

SOURCE, TARGET = "mixed", "second"
JOBS = 2
ROUNDS = 3


def measure(postgres, tools, rounds):
    postgres.fresh(SOURCE)
    mixed.fill(postgres, SOURCE, SCALE)
    with tempfile.TemporaryDirectory(prefix="mainstay-bench-") as folder:
        runners = in_turn(ways(postgres, tools, folder), rounds or ROUNDS)
    size = int(postgres.psql(SOURCE, "SELECT pg_database_size(current_database())"))
    words = (f"60 tables, {size / 1e6:,.0f} MB of files; {JOBS} sessions where a way has several. Ours brings settings, rights and "
             "comment of the database along; by a backup it reads every table again and compares it.")
    return [Table("A second database on one server", words, runners)]


def ways(postgres, tools, folder):
    env = postgres.environment
    if "pg_dump" in tools:
        # Ours looks there for a pg_restore that reads zstd.
        env = env | {"PATH": f"{env['PATH']}:{tools['pg_dump'].path}"}
    dump, work = f"{folder}/dump", f"{folder}/work"

    def gone():
        shutil.rmtree(dump, ignore_errors=True)
        shutil.rmtree(work, ignore_errors=True)
        postgres.psql("postgres", f"DROP DATABASE IF EXISTS {TARGET};\nCHECKPOINT")

    def empty():
        gone()
        postgres.psql("postgres", f"CREATE DATABASE {TARGET} TEMPLATE template0")

    def way(name, command, before=gone):
        return Runner(name, command, env, cwd=folder, before=before, after=lambda: mixed.complete(postgres, TARGET, SCALE))

    shell = lambda line: ["bash", "-o", "pipefail", "-c", line]
    psql = f"psql -qX -o /dev/null -v ON_ERROR_STOP=1 -d {TARGET}"
    folders = f"pg_dump -Fd -j{JOBS} -Z0 -f {dump} {SOURCE} && pg_restore -j{JOBS} -d {TARGET} {dump}"
    runners = [
        way("pg_dump \\| psql", shell(f"pg_dump {SOURCE} | {psql}"), empty),
        way(f"pg_dump -Fd -j{JOBS} -Z0, then pg_restore -j{JOBS}", shell(folders), empty),
    ]
    if "pgcopydb" in tools:
        options = ["--table-jobs", str(JOBS), "--index-jobs", str(JOBS), "--dir", work, "--not-consistent", "--no-acl"]
        places = ["--source", postgres.tcp_url(SOURCE), "--target", postgres.tcp_url(TARGET)]
        runners.append(way("pgcopydb clone", [tools["pgcopydb"].path, "clone", *options, *places], empty))
    template = f"CREATE DATABASE {TARGET} TEMPLATE {SOURCE}"
    runners.append(way("CREATE DATABASE … TEMPLATE", ["psql", "-qX", "-d", "postgres", "-c", template]))
    if "mainstay" in tools:
        url = postgres.socket_url(SOURCE)
        command = [tools["mainstay"].path, "restore", "live", "--url", url, "--into", TARGET, "--jobs", str(JOBS)]
        runners.append(way("mainstay restore live", command))
        runners.append(beside(way("mainstay restore live, somebody connected", command), postgres))
    return runners


def beside(runner, postgres):
    """The same while a session stays on the database."""
    before, after = runner.before, runner.after
    sessions = f"FROM pg_stat_activity WHERE datname = '{SOURCE}' AND backend_type = 'client backend'"

    def come():
        before()
        subprocess.Popen(["psql", "-qX", "-d", SOURCE, "-c", "SELECT pg_sleep(3600)"], env=runner.env, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
        while postgres.psql("postgres", f"SELECT count(*) {sessions}") == "0":
            time.sleep(0.05)

    def leave():
        postgres.psql("postgres", f"SELECT pg_terminate_backend(pid) {sessions}")
        after()

    runner.before, runner.after = come, leave
    return runner
