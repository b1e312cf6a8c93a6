"""What those who write to a table notice while it is changed: the plain statement against the plan of `schema diff`.

pgbench writes at a fixed rate, so that a transaction that should have begun while all stood still counts from when it should.
"""

import glob
import os
import signal
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass, field

from mainstay_bench.page import Table, seconds
from mainstay_bench.timer import Runner

DATABASE = "online"
ROWS = int(os.environ.get("MAINSTAY_BENCH_ROWS", 2_000_000))
DEVICES = 1000
RATE = 300  # transactions per second
LOAD = 25  # seconds of load for one change, which must fit in
ROUNDS = 3

TABLES = f"""
CREATE TABLE device (id int PRIMARY KEY);
CREATE TABLE log (id int PRIMARY KEY, device int, at timestamptz DEFAULT now(), note text);
"""
FILL = f"""
INSERT INTO device SELECT generate_series(1, {DEVICES});
INSERT INTO log SELECT n, 1 + n % {DEVICES}, now(), 'row ' || n FROM generate_series(1, {ROWS}) n;
VACUUM ANALYZE log;
"""
WRITE = f"""\\set id random(1, {ROWS})
UPDATE log SET note = 'changed' WHERE id = :id;
"""
# What is changed, the statement that anybody would write, and the way back.
CHANGES = [
    ("index", "CREATE INDEX log_at ON log (at, note)", "DROP INDEX log_at"),
    ("foreign key", "ALTER TABLE log ADD CONSTRAINT log_device_fkey FOREIGN KEY (device) REFERENCES device",
     "ALTER TABLE log DROP CONSTRAINT log_device_fkey"),
    ("NOT NULL", "ALTER TABLE log ALTER device SET NOT NULL", "ALTER TABLE log ALTER device DROP NOT NULL"),
]


@dataclass
class Change(Runner):
    """One way to make a change; its figures are the p99 of the writes while it was made."""

    took: list = field(default_factory=list)
    worst: list = field(default_factory=list)


def measure(postgres, tools, rounds):
    postgres.fresh(DATABASE)
    postgres.psql(DATABASE, TABLES + FILL)
    with tempfile.TemporaryDirectory(prefix="mainstay-bench-") as folder:
        return [table(postgres, tools, folder, rounds or ROUNDS, *change) for change in CHANGES]


def table(postgres, tools, folder, rounds, title, statement, back):
    wanted, plan = f"{folder}/wanted.sql", f"{folder}/plan.json"
    with open(wanted, "w", encoding="utf-8") as file:
        file.write(f"{TABLES}{statement};\n")
    env = postgres.environment | {"DATABASE_URL": postgres.socket_url(DATABASE)}
    mainstay = tools["mainstay"].path
    ways = [Change(name, command, env, cwd=folder) for name, command in [
        ("nothing is changed", ["sleep", "3"]),
        ("the plain statement", ["psql", "-qX", "-d", DATABASE, "-c", statement]),
        ("mainstay schema apply", [mainstay, "schema", "apply", plan]),
    ]]
    for _ in range(rounds):
        for way in ways:
            if way.command[0] == mainstay:
                diff = [mainstay, "schema", "diff", "database", wanted, "--format", "json", "-o", plan]
                subprocess.run(diff, env=env, cwd=folder, check=True, capture_output=True)
            one_round(folder, way)
            if way.command[0] == mainstay:
                os.remove(plan)
            if way.name != "nothing is changed":
                postgres.psql(DATABASE, f"{back}; VACUUM log")
    words = (f"`{statement}` on {ROWS:,} rows while pgbench updates {RATE} of them a second: the 99th percentile of an "
             "update's latency as long as the change goes on.")
    more = ("slowest update / the change took", lambda way: f"{middle(way.worst)} / {middle(way.took)}")
    return Table(f"Writing to a table that gets: {title}", words, ways, more)


def middle(values):
    return seconds(statistics.median(values))


def one_round(folder, way):
    """Makes the change by `way` under load and notes what the writers saw."""
    for old in glob.glob(f"{folder}/writes.*"):
        os.remove(old)
    script = f"{folder}/write.sql"
    with open(script, "w", encoding="utf-8") as file:
        file.write(WRITE)
    load = ["pgbench", "-n", "-M", "prepared", "-c", "4", "-j", "1", "-R", str(RATE), "-T", str(LOAD), "-l",
            "--log-prefix", f"{folder}/writes", "-f", script, DATABASE]
    with subprocess.Popen(load, env=way.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as writers:
        time.sleep(1.5)
        began = time.time()
        done = subprocess.run(way.command, env=way.env, cwd=way.cwd, stdin=subprocess.DEVNULL, capture_output=True)
        ended = time.time()
        if done.returncode != 0:
            writers.send_signal(signal.SIGTERM)
            raise SystemExit(f"error: {way.name} failed: {done.stderr.decode(errors='replace')[-2000:]}")
        if writers.poll() is not None:
            raise SystemExit(f"error: {way.name} took longer than the {LOAD} s of load: fewer MAINSTAY_BENCH_ROWS")
    latencies = sorted(latency for due, latency in writes(folder) if began <= due <= ended)
    way.seconds.append(latencies[int(len(latencies) * 0.99)])
    way.worst.append(latencies[-1])
    way.took.append(ended - began)


def writes(folder):
    """When each update was due, and how long after that it was done; in seconds."""
    for path in glob.glob(f"{folder}/writes.*"):
        with open(path, encoding="utf-8") as file:
            # A load that was ended before its time has not written its last line out.
            for line in (line for line in file if line.endswith("\n")):
                _, _, micros, _, whole, rest, *_ = line.split()
                latency = int(micros) / 1e6
                yield int(whole) + int(rest) / 1e6 - latency, latency
