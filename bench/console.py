"""A large table through the console: `mainstay sql`, read-only as it is without --write, against PostgreSQL's own COPY."""

import os

from mainstay_bench.page import Table
from mainstay_bench.streamed import Streamed
from mainstay_bench.timer import in_turn

ROWS = int(os.environ.get("MAINSTAY_BENCH_ROWS", 10_000_000))
ROUNDS = 3
DATABASE = "bench_console"

TABLE = f"""CREATE TABLE logs (id bigint, stream_id integer, timestamp timestamptz, line text);
INSERT INTO logs SELECT number, number % 50 + 1, timestamptz '2026-01-01' + number * interval '1 ms',
  'node-' || number % 50 || ' kernel: message "' || number || '", with a comma'
FROM generate_series(1, {ROWS}) number;
VACUUM (FREEZE, ANALYZE) logs;
"""
QUERY = "SELECT * FROM logs"


def measure(postgres, tools, rounds):
    postgres.fresh(DATABASE)
    postgres.psql(DATABASE, TABLE)
    psql = ["psql", "-qX", "-d", DATABASE]
    runners = [Streamed("psql -c 'COPY … TO STDOUT (FORMAT csv)'", [*psql, "-c", "COPY logs TO STDOUT (FORMAT csv)"],
                        postgres.environment),
               Streamed("psql --csv", [*psql, "--csv", "-c", QUERY], postgres.environment)]
    if "mainstay" in tools:
        env = postgres.url_environment(postgres.socket_url(DATABASE))
        for name in ["csv", "tsv", "jsonl"]:
            command = [tools["mainstay"].path, "-q", "sql", "--timeout", "0", "--format", name, "-c", QUERY]
            runners.append(Streamed(f"mainstay sql --format {name}", command, env))
    in_turn(runners, rounds or ROUNDS)
    words = "A table of four columns, to /dev/null: what the console costs beside the server's own work."
    memory = lambda runner: f"{runner.peak / 1000:.1f} MB"
    return [Table(f"Rows on their way out, {ROWS:,} of them", words, runners, ("most memory", memory))]
