"""1,000 revision files of Alembic read and checked: no database, no Python for Mainstay."""

import tempfile

from mainstay_bench import project
from mainstay_bench.page import Table
from mainstay_bench.timer import Runner, in_turn

REVISIONS = 1000
ROUNDS = 21


def measure(postgres, tools, rounds):
    with tempfile.TemporaryDirectory(prefix="mainstay-bench-") as folder:
        project.alembic(f"{folder}/alembic", project.steps(REVISIONS))
        runners = [
            Runner(name, [tools[tool].path, *args], postgres.bare_environment, f"{folder}/alembic")
            for tool, name, args in [
                ("mainstay", "mainstay migrate check", ["migrate", "check"]),
                ("alembic", "alembic heads", ["heads"]),
            ]
            if tool in tools
        ]
        in_turn(runners, rounds or ROUNDS)
    title = f"{REVISIONS:,} revision files checked"
    words = "Heads, missing parents, what deletes data and what cannot be undone, without a database; `alembic heads` only loads them."
    return [Table(title, words, runners)]
