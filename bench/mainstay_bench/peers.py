"""Mainstay itself, built in release, and the tools it is measured against, installed once into a cached folder."""

import glob
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

from . import newer_clients

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TARGET = os.environ.get("CARGO_TARGET_DIR", f"{ROOT}/target")
FOLDER = os.environ.get("MAINSTAY_BENCH_PEERS", f"{TARGET}/bench-peers")


@dataclass
class Tool:
    """An installed program and its version."""

    path: str
    version: str


class Tools(dict):
    """The tools by name, each installed when it is first asked for; what is there already is not installed again."""

    def __init__(self, with_peers, with_mainstay):
        super().__init__()
        os.makedirs(FOLDER, exist_ok=True)
        ours = [mainstay, walt] if with_mainstay else []
        theirs = [sqlx, dbmate, alembic, migra, apgdiff, pg_dump, django, pgloader, pgcopydb] if with_peers else []
        self.makers = {maker.__name__: maker for maker in ours + theirs}

    def __contains__(self, name):
        return name in self.makers

    def __missing__(self, name):
        self[name] = self.makers[name]()
        return self[name]


def cargo_build(package, program):
    run(["cargo", "build", "--quiet", "--release", "--package", package], cwd=ROOT)
    return f"{TARGET}/release/{program}"


def mainstay():
    path = cargo_build("mainstay-cli", "mainstay")
    return Tool(path, last_word([path, "--version"]))


def walt():
    return Tool(cargo_build("walt", "walt"), "")


def sqlx():
    path = f"{FOLDER}/sqlx/bin/sqlx"
    if not os.path.exists(path):
        features = ["--no-default-features", "--features", "postgres,rustls"]
        run(["cargo", "install", "--quiet", "--locked", "--root", f"{FOLDER}/sqlx", *features, "sqlx-cli"])
    return Tool(path, last_word([path, "--version"]))


def dbmate():
    folder = f"{FOLDER}/dbmate"
    path = f"{folder}/node_modules/.bin/dbmate"
    if not os.path.exists(path):
        os.makedirs(folder, exist_ok=True)
        run(["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", folder, "dbmate"])
    native = native_dbmate(folder)
    return Tool(native or path, last_word([native or path, "--version"]))


def native_dbmate(folder):
    """The program itself: the package's starter is a Node.js script, which would cost dbmate its start."""
    scope = f"{folder}/node_modules/@dbmate"
    for name in sorted(os.listdir(scope)) if os.path.isdir(scope) else []:
        path = f"{scope}/{name}/bin/dbmate"
        if os.access(path, os.X_OK):
            return path
    return None


def alembic():
    venv = f"{FOLDER}/alembic"
    path = f"{venv}/bin/alembic"
    if not os.path.exists(path):
        run([sys.executable, "-m", "venv", venv])
        run([f"{venv}/bin/pip", "install", "--quiet", "alembic", "psycopg[binary]"])
    listing = subprocess.run([f"{venv}/bin/pip", "list", "--format=json"], check=True, capture_output=True, text=True)
    versions = {entry["name"].lower(): entry["version"] for entry in json.loads(listing.stdout)}
    return Tool(path, f"{versions['alembic']} (SQLAlchemy {versions['sqlalchemy']}, psycopg {versions['psycopg']})")


def migra():
    venv = f"{FOLDER}/migra"
    path = f"{venv}/bin/migra"
    if not os.path.exists(path):
        run([sys.executable, "-m", "venv", venv])
        # It still asks for pkg_resources, which later setuptools have dropped.
        run([f"{venv}/bin/pip", "install", "--quiet", "migra", "psycopg2-binary", "setuptools<81"])
    listing = subprocess.run([f"{venv}/bin/pip", "list", "--format=json"], check=True, capture_output=True, text=True)
    versions = {entry["name"].lower(): entry["version"] for entry in json.loads(listing.stdout)}
    return Tool(path, versions["migra"])


def apgdiff():
    """It needs Java."""
    folder, version = unpacked("apgdiff")
    [jar] = glob.glob(f"{folder}/usr/share/java/*.jar")
    return Tool(starter(folder, f'java -jar "{jar}"'), version)


def django():
    venv = f"{FOLDER}/django"
    path = f"{venv}/bin/django-admin"
    if not os.path.exists(path):
        run([sys.executable, "-m", "venv", venv])
        run([f"{venv}/bin/pip", "install", "--quiet", "django", "psycopg[binary]"])
    return Tool(path, last_word([path, "--version"]))


def pgloader():
    """With the one library that it loads."""
    folder, version = unpacked("pgloader", "libsybdb5")
    [library] = glob.glob(f"{folder}/usr/lib/*/libsybdb.so.5")
    return Tool(starter(folder, f'env LD_LIBRARY_PATH="{os.path.dirname(library)}" "{folder}/usr/bin/pgloader"'), version)


def pgcopydb():
    folder, version = unpacked("pgcopydb")
    return Tool(f"{folder}/usr/bin/pgcopydb", version)


def pg_dump():
    """A folder of programs, newer than the server's, that write zstd."""
    programs = newer_clients.install(f"{FOLDER}/clients", run)
    return Tool(programs, newer_clients.version(programs))


def unpacked(name, *needed):
    """Debian's package `name` and those that it needs, unpacked, not installed: their folder, and the version."""
    folder = f"{FOLDER}/{name}"
    if not os.path.isdir(folder):
        part = f"{folder}.part"
        shutil.rmtree(part, ignore_errors=True)
        os.makedirs(part)
        run(["apt-get", "download", "-qq", name, *needed], cwd=part)
        for package in glob.glob(f"{part}/*.deb"):
            run(["dpkg", "-x", package, part])
        os.rename(part, folder)
    [package] = glob.glob(f"{folder}/{name}_*.deb")
    return folder, os.path.basename(package).split("_")[1]


def starter(folder, line):
    """A program that runs `line` with its own arguments behind it."""
    path = f"{folder}/run"
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'#!/bin/sh\nexec {line} "$@"\n')
    os.chmod(path, 0o755)
    return path


def last_word(command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]


def run(command, **options):
    if not shutil.which(command[0]):
        raise SystemExit(f"error: {command[0]} is needed to install a peer\nhint: bench/run --no-peers")
    print("+", *command, file=sys.stderr, flush=True)
    subprocess.run(command, check=True, **options)
