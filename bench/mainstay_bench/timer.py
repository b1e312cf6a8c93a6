"""Wall times of commands run in turn."""

import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Callable


@dataclass
class Runner:
    """A command to measure: `before` runs first and does not count."""

    name: str
    command: list
    env: dict
    cwd: str = None
    before: Callable = None
    after: Callable = None  # checks that the command did its work; does not count
    seconds: list = field(default_factory=list)

    def once(self):
        if self.before:
            self.before()
        began = time.perf_counter()
        done = subprocess.run(self.command, env=self.env, cwd=self.cwd, stdin=subprocess.DEVNULL, capture_output=True)
        took = time.perf_counter() - began
        if done.returncode != 0:
            words = (done.stderr + done.stdout).decode(errors="replace").strip()
            raise SystemExit(f"error: {self.name} failed with exit code {done.returncode}: {words[-2000:]}")
        if self.after:
            self.after()
        return took

    @property
    def median(self):
        return statistics.median(self.seconds)


def in_turn(runners, rounds, warm=1):
    """Runs all of them `rounds` times in turn, after `warm` rounds that do not count."""
    for number in range(warm + rounds):
        for runner in runners:
            took = runner.once()
            if number >= warm:
                runner.seconds.append(took)
    for runner in runners:
        print(f"{runner.name:28} {runner.median:8.3f} s", file=sys.stderr, flush=True)
    return runners
