"""The page of figures."""

import os
import platform
import sys
from dataclasses import dataclass

from .peers import ROOT

DEFAULT = f"{ROOT}/docs/benchmarks.md"


@dataclass
class Table:
    """One benchmark's figures; ratios are to the first runner."""

    title: str
    words: str
    runners: list
    more: tuple = None  # a column of its own: its title, and what it says of a runner

    def render(self):
        first = self.runners[0].median
        title, cell = (f" {self.more[0]} |", lambda runner: f" {self.more[1](runner)} |") if self.more else ("", lambda _: "")
        lines = [f"## {self.title}", "", self.words, "", f"| command | median | fastest – slowest | ratio |{title}",
                 "|---|---:|---:|---:|" + ("---:|" if self.more else "")]
        for runner in self.runners:
            span = f"{seconds(min(runner.seconds))} – {seconds(max(runner.seconds))}"
            lines.append(f"| {runner.name} | {seconds(runner.median)} | {span} | {runner.median / first:.2f} |{cell(runner)}")
        # Figures of several machines may come to stand on one page.
        rounds = len(self.runners[0].seconds)
        return "\n".join([*lines, "", f"{rounds} round{'' if rounds == 1 else 's'} on {machine()}.", ""])


def seconds(value):
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"


def render(postgres, tools, tables, before=""):
    """The page with these tables; those of the page `before` that were not measured now stay as they are."""
    versions = {name: f"- {name} {tool.version}" for name, tool in tools.items() if tool.version}
    versions = {"PostgreSQL": f"- PostgreSQL {postgres.version}, fsync on"} | versions
    old_head, *old_tables = before.split("\n## ")
    kept = {line.split()[1]: line for line in old_head.splitlines() if line.startswith("- ")}
    head = ("# Benchmarks\n\nWritten by `cargo xtask bench`, which installs the peers, starts a PostgreSQL of its own and "
            "runs the commands of a table in turn.\nMedians of wall time; ratios are to the first line of each table, and the "
            "figures of a table come from one run.\n\n" + "\n".join((kept | versions).values()) + "\n\n")
    sections = {text.split("\n", 1)[0]: f"## {text.rstrip()}\n" for text in old_tables}
    sections |= {table.title: table.render() for table in tables}
    return head + "\n".join(sections.values())


def read(path):
    """The page as it is; nothing where there is none."""
    if path == "-" or not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as file:
        return file.read()


def machine():
    return f"{processor()}, {os.cpu_count()} cores, {memory()}, {platform.system()}"


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return models[0] if models else platform.machine()


def memory():
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"


def write(path, text):
    if path == "-":
        sys.stdout.write(text)
        return
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    print(f"wrote {os.path.relpath(path)}", file=sys.stderr)
