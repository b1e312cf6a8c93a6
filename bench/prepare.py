"""`prepare` with nothing to do: what every start of a service costs, 100 migrations applied."""

import tempfile

from mainstay_bench import project
from mainstay_bench.page import Table
from mainstay_bench.runners import DATABASE, migration_runners
from mainstay_bench.timer import Runner, in_turn

MIGRATIONS = 100
ROUNDS = 31


def measure(postgres, tools, rounds):
    with tempfile.TemporaryDirectory(prefix="mainstay-bench-") as folder:
        project.write_all(folder, MIGRATIONS)
        runners = []
        for number, runner in enumerate(migration_runners(postgres, tools, folder)):
            database = f"{DATABASE}_{number}"  # each tool's own, with its own ledger
            runner.env["DATABASE_URL"] = runner.env["DATABASE_URL"].replace(f"/{DATABASE}?", f"/{database}?")
            postgres.fresh(database)
            runner.once()
            runners.append(runner)
        psql = Runner("psql -c 'select 1'", ["psql", "-qXAt", "-d", "postgres", "-c", "select 1"], postgres.environment)
        in_turn([psql, *runners], rounds or ROUNDS, warm=3)
    title = f"Nothing to do, {MIGRATIONS} applied migrations"
    return [Table(title, "What each start of a service costs.", [psql, *runners])]
