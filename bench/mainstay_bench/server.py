"""A private PostgreSQL: own cluster, unix socket and a free loopback port, everything durable as shipped."""

import contextlib
import glob
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass

SETTINGS = {"fsync": "on", "synchronous_commit": "on", "shared_buffers": "256MB", "max_wal_size": "4GB",
            "listen_addresses": "127.0.0.1"}


@dataclass
class Server:
    """Where a running server is."""

    bin: str
    folder: str
    port: int

    @property
    def bare_environment(self):
        """Ours without any connection variable, PostgreSQL's own programs first on PATH (a wrapper costs 40 ms)."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "POSTGRES", "DATABASE"))}
        return kept | {"PATH": f"{self.bin}:{os.environ['PATH']}"}

    @property
    def environment(self):
        """The same with the libpq variables of the socket."""
        return self.bare_environment | {"PGHOST": self.folder, "PGPORT": str(self.port), "PGUSER": "postgres"}

    def url_environment(self, url):
        """The same with the URL alone, for the tools that read it from the environment."""
        return self.bare_environment | {"DATABASE_URL": url}

    def tcp_url(self, database, scheme="postgres"):
        """For the tools that cannot use a socket."""
        return f"{scheme}://postgres@127.0.0.1:{self.port}/{database}?sslmode=disable"

    def socket_url(self, database):
        return f"postgresql:///{database}?host={self.folder}&port={self.port}&user=postgres"

    def psql(self, database, sql):
        command = ["psql", "-qXAt", "-v", "ON_ERROR_STOP=1", "-d", database]
        done = subprocess.run(command, input=sql, env=self.environment, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def fresh(self, database):
        """The database, new and empty."""
        self.psql("postgres", f'DROP DATABASE IF EXISTS "{database}";\nCREATE DATABASE "{database}" TEMPLATE template0;')

    @property
    def version(self):
        return self.psql("postgres", "SHOW server_version")


def binaries():
    """The folder of the newest PostgreSQL whose server programs are here."""
    on_path = [os.path.dirname(os.path.realpath(shutil.which(name))) for name in ["postgres"] if shutil.which(name)]
    version = lambda folder: [int(n) for n in re.findall(r"\d+", folder)]
    debian = sorted(glob.glob("/usr/lib/postgresql/*/bin") + glob.glob("/usr/pgsql-*/bin"), key=version, reverse=True)
    for folder in on_path + debian:
        if all(os.path.exists(f"{folder}/{name}") for name in ["initdb", "pg_ctl", "psql"]):
            return folder
    raise SystemExit("error: no PostgreSQL server programs found\nhint: type: cargo xtask test")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def unprivileged():
    """postgres refuses to run as root: another user to run it as, where we are root."""
    if os.getuid() != 0:
        return {}
    for name in ["postgres", "nobody"]:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise SystemExit("error: postgres refuses to run as root, and there is no user `postgres` or `nobody`")


@contextlib.contextmanager
def private(place=None):
    """A server for the time of the `with` block, in a folder of its own under `place`."""
    identity = unprivileged()
    folder = tempfile.mkdtemp(prefix="mainstay-bench-", dir=place)
    if identity:
        os.chown(folder, identity["user"], identity["group"])
    server = Server(binaries(), folder, free_port())
    data = f"{folder}/data"

    def run(program, *args):
        subprocess.run([f"{server.bin}/{program}", *args], check=True, cwd=folder, stdout=subprocess.DEVNULL, **identity)

    try:
        run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-D", data)
        settings = SETTINGS | {"port": server.port, "unix_socket_directories": folder}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        run("pg_ctl", "-D", data, "-l", f"{folder}/log", "-o", options, "-w", "start")
        try:
            yield server
        finally:
            run("pg_ctl", "-D", data, "-m", "fast", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
