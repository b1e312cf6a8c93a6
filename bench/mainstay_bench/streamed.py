"""A command whose output is too large to keep, and whose memory is watched."""

import subprocess
import threading
import time

from .timer import Runner


class Streamed(Runner):
    """A command whose output is too large to keep, watched for the memory that it takes, in kB."""

    peak = 0

    def once(self):
        began = time.perf_counter()
        child = subprocess.Popen(self.command, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, text=True)
        watching = threading.Thread(target=self.watch, args=[child.pid])
        watching.start()
        words = child.stderr.read()
        code = child.wait()
        took = time.perf_counter() - began
        watching.join()
        if code != 0:
            raise SystemExit(f"error: {self.name} failed with exit code {code}: {words[-2000:]}")
        return took

    def watch(self, pid):
        """Looks at the most memory that the process has had, until it ends."""
        while (peak := high_water_mark(pid)) is not None:
            self.peak = max(self.peak, peak)
            time.sleep(0.02)


def high_water_mark(pid):
    """In kB; `None` for a process that has ended. The kernel's sum for a child also counts what its parent had."""
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            found = [line.split()[1] for line in file if line.startswith("VmHWM:")]
    except OSError:
        return None
    return int(found[0]) if found else None
