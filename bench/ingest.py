"""Log ingest through the walt example against a plain COPY FROM of as many rows.

`walt bench-ingest ROWS` prepares the empty database that DATABASE_URL names, ingests that many log lines through its own
code, and prints the seconds that the ingest alone took as the last word of its output.
"""

import os
import subprocess
import tempfile

from mainstay_bench.page import Table
from mainstay_bench.timer import Runner, in_turn

ROWS = int(os.environ.get("MAINSTAY_BENCH_ROWS", 1_000_000))
ROUNDS = 5
DATABASE = "bench_ingest"

# As examples/walt/migrations make it.
TABLE = """CREATE TABLE logs (stream_id integer, timestamp timestamptz, line text);
CREATE INDEX ON logs (timestamp);
CREATE INDEX ON logs (stream_id);
"""
REFERENCE = """CREATE TABLE logstreams (id serial PRIMARY KEY, issuer_mac text, name text);
INSERT INTO logstreams (issuer_mac, name) SELECT number, 'kernel' FROM generate_series(1, 50) number;
ALTER TABLE logs ADD FOREIGN KEY (stream_id) REFERENCES logstreams ON DELETE CASCADE;
"""


class Printed(Runner):
    """A program that times its own work and prints the seconds as the last word of its output."""

    def once(self):
        if self.before:
            self.before()
        done = subprocess.run(self.command, env=self.env, cwd=self.cwd, check=True, capture_output=True, text=True)
        return float(done.stdout.split()[-1])


def measure(postgres, tools, rounds):
    with tempfile.TemporaryDirectory(prefix="mainstay-bench-") as folder:
        rows = f"{folder}/rows.tsv"
        write_rows(rows)
        script = f"\\timing on\n\\copy logs (stream_id, timestamp, line) FROM '{rows}'\n"
        runners = [Copy("COPY FROM", script, TABLE + REFERENCE, postgres),
                   Copy("COPY FROM, streams unchecked", script, TABLE, postgres)]
        if "walt" in tools:
            env = postgres.url_environment(postgres.socket_url(DATABASE))
            command = [tools["walt"].path, "bench-ingest", str(ROWS)]
            fresh = lambda: postgres.fresh(DATABASE)
            runners.append(Printed("walt log ingest", command, env, before=fresh))
        in_turn(runners, rounds or ROUNDS)
    words = ("Rows into a table with the columns and indexes of walt's `logs`, and but for the second line its reference to "
             "`logstreams`;\nconnection and preparation not counted.")
    return [Table(f"Log ingest, {ROWS:,} rows", words, runners)]


class Copy(Runner):
    """psql's own \\copy of the ready file, timed by psql itself."""

    def __init__(self, name, script, table, postgres):
        super().__init__(name, [], postgres.environment)
        self.script, self.table, self.postgres = script, table, postgres

    def once(self):
        self.postgres.fresh(DATABASE)
        self.postgres.psql(DATABASE, self.table)
        printed = self.postgres.psql(DATABASE, self.script)
        return float(printed.split("Time:")[-1].split()[0]) / 1000


def write_rows(path):
    with open(path, "w", encoding="utf-8") as file:
        for number in range(ROWS):
            minutes, millis = divmod(number, 60_000)
            hours, minute = divmod(minutes, 60)
            stamp = f"2026-01-01 {hours % 24:02}:{minute:02}:{millis // 1000:02}.{millis % 1000:03}"
            file.write(f"{number % 50 + 1}\t{stamp}\tnode-{number % 50:02} kernel: message number {number}\n")
