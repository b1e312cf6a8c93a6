"""pg_dump of the next Debian release, which has zstd: its packages unpacked aside with their own C library, nothing installed."""

import glob
import os
import re
import subprocess

PACKAGES = ["postgresql-client-17", "libpq5", "libldap2", "libsasl2-2", "libssl3t64", "libzstd1", "liblz4-1", "zlib1g", "libc6",
            "libgssapi-krb5-2", "libkrb5-3", "libkrb5support0", "libk5crypto3", "libcom-err2", "libkeyutils1"]
OURS, NEXT = "bookworm", "trixie"
SOURCES = "/etc/apt/sources.list.d/debian.sources"


def install(folder, run):
    """The folder with the programs `pg_dump` and `pg_restore`, which need nothing set."""
    programs = f"{folder}/bin"
    if os.path.exists(f"{programs}/pg_restore"):
        return programs
    for name in ["lists/partial", "sources", "packages", "bin"]:
        os.makedirs(f"{folder}/{name}", exist_ok=True)
    with open(SOURCES, encoding="utf-8") as file:
        sources = file.read().replace(OURS, NEXT)
    with open(f"{folder}/sources/next.sources", "w", encoding="utf-8") as file:
        file.write(sources)
    settings = {"APT::Sandbox::User": "root", "Dir::Etc::sourcelist": "/dev/null", "Dir::Etc::sourceparts": f"{folder}/sources",
                "Dir::State::lists": f"{folder}/lists"}
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    run(["apt-get", "update", "-qq", *options])
    run(["apt-get", "download", "-qq", *options, *[f"{name}/{NEXT}" for name in PACKAGES]], cwd=f"{folder}/packages")
    for package in glob.glob(f"{folder}/packages/*.deb"):
        run(["dpkg", "-x", package, f"{folder}/unpacked"])
    libraries = f"{folder}/unpacked/usr/lib/x86_64-linux-gnu"
    for name in ["pg_dump", "pg_restore"]:
        real = f"{folder}/unpacked/usr/lib/postgresql/17/bin/{name}"
        path = f"{programs}/{name}"
        with open(path, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\nexec "{libraries}/ld-linux-x86-64.so.2" --library-path "{libraries}" "{real}" "$@"\n')
        os.chmod(path, 0o755)
    return programs


def version(programs):
    said = subprocess.run([f"{programs}/pg_dump", "--version"], check=True, capture_output=True, text=True).stdout
    return re.search(r"\d+\.\d+", said).group()
