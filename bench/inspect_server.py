"""Reports on a database of 1,000 tables, and all checks of the doctor."""

from diagram import TABLES, WIDE
from mainstay_bench.page import Table
from mainstay_bench.timer import Runner, in_turn

ROUNDS = 7
DATABASE = "bench_inspect"


def measure(postgres, tools, rounds):
    postgres.fresh(DATABASE)
    postgres.psql(DATABASE, WIDE.replace("COUNT", str(TABLES)))
    runners = [Runner("psql -c '\\dt+'", ["psql", "-qX", "-o", "/dev/null", "-d", DATABASE, "-c", "\\dt+"], postgres.environment)]
    if "mainstay" in tools:
        env = postgres.url_environment(postgres.socket_url(DATABASE))
        for name in ["table-sizes", "bloat", "duplicate-indexes", "all"]:
            runners.append(Runner(f"mainstay inspect {name}", [tools["mainstay"].path, "inspect", name], env))
        runners.append(Runner("mainstay doctor", [tools["mainstay"].path, "doctor", "--fail-on", "never"], env))
    in_turn(runners, rounds or ROUNDS)
    words = "12 columns, 2 indexes and 1 foreign key each; from the connection to the last line."
    return [Table(f"Looking at a server with {TABLES:,} tables", words, runners)]
