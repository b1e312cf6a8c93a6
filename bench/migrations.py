"""1,000 small migrations from scratch, a transaction each, the ledger kept."""

import os
import tempfile

from mainstay_bench import project
from mainstay_bench.page import Table
from mainstay_bench.runners import DATABASE, migration_runners
from mainstay_bench.timer import Runner, in_turn

MIGRATIONS = int(os.environ.get("MAINSTAY_BENCH_MIGRATIONS", 1000))
ROUNDS = 5
TABLES = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname LIKE 'item\\_%'"


def measure(postgres, tools, rounds):
    expected = str(sum(step.number % 10 != 0 for step in project.steps(MIGRATIONS)))

    def check():
        found = postgres.psql(DATABASE, TABLES)
        assert found == expected, f"{found} tables instead of {expected}"

    hooks = {"before": lambda: postgres.fresh(DATABASE), "after": check}
    with tempfile.TemporaryDirectory(prefix="mainstay-bench-") as folder:
        project.write_all(folder, MIGRATIONS)
        command = ["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", DATABASE, "-f"]
        psql = [Runner(name, [*command, f"{folder}/psql/{file}"], postgres.environment, **hooks)
                for name, file in [("psql -f, no ledger", "bare.sql"), ("psql -f, ledger rows too", "all.sql")]]
        runners = in_turn(psql + migration_runners(postgres, tools, folder, **hooks), rounds or ROUNDS, warm=0)
    title = f"{MIGRATIONS:,} small migrations from scratch"
    words = "A transaction each, into an empty database. `psql` runs the same statements from one file."
    return [Table(title, words, runners)]
