"""Runs a program in dev mode, as shim.cjs does, for images that have Python: see there.

python3 shim.py COMMAND [ARG...]
"""

import json
import os
import selectors
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from shim_files import Changes, apply_files, copy_folder, put_back  # noqa: E402
from shim_kept import Kept  # noqa: E402
from shim_run import Run, is_listened_on  # noqa: E402

POLL_S = 0.2
FAST_S = 0.002
PROOF_S = 0.3
GRACE_S = 2.0
FIRST_PAUSE_S = 0.3
LAST_PAUSE_S = 5.0
SPARE_AFTER_S = 0.25
CODE = (".py", ".js", ".mjs", ".cjs", ".ts")


class Shim:
    def __init__(self, argv):
        env = os.environ
        self.argv = argv
        self.input, self.state = env["CHOREO_DEV_IN"], env["CHOREO_DEV_STATE"]
        self.scratch, self.root = env["CHOREO_DEV_RUN"], env.get("CHOREO_DEV_ROOT", "")
        self.ports = [int(port) for port in env.get("CHOREO_DEV_PORTS", "").split(",") if port]
        self.manifest = {"generation": -1, "starts": -1, "files": {}, "removed": []}
        # The run that is asked, the one that is to take its place, those on their way out, and an interpreter for the next save.
        self.served = self.candidate = self.spare = None
        self.leaving = []
        self.kept = Kept(env.get("CHOREO_DEV_KEPT", "") if self.root else "")
        # Why what was saved last does not start; and whether the files are those of the last good version.
        self.broken, self.is_old = None, False
        self.can_hold = False
        self.pause, self.retry_at, self.spare_at = FIRST_PAUSE_S, None, None
        self.number, self.ending, self.told, self.times = 0, None, {}, {}
        self.selector = selectors.DefaultSelector()
        self.changes = Changes(self.input)
        if self.changes.fd is not None:
            self.selector.register(self.changes.fd, selectors.EVENT_READ, self.changes.drain)

    # What the dev session is told.

    def own_file(self):
        return os.path.join(self.state, (os.environ.get("CHOREO_DEV_POD") or socket.gethostname()) + ".json")

    def tell(self, phase, **more):
        self.told = dict(
            generation=self.manifest["generation"],
            phase=phase,
            serving=self.served is not None,
            ms=dict(self.times),
            **more
        )
        try:
            with open(self.own_file() + ".new", "w") as file:
                json.dump(self.told, file)
            os.replace(self.own_file() + ".new", self.own_file())
        except OSError as error:
            print("choreo-dev: the dev session cannot be told: %s" % error, file=sys.stderr, flush=True)

    # What the dev session tells.

    def look(self):
        try:
            with open(os.path.join(self.input, "manifest.json")) as file:
                following = json.load(file)
        except (OSError, ValueError):
            return
        if following["generation"] == self.manifest["generation"]:
            return
        began, before = time.monotonic(), self.manifest
        self.manifest = following
        is_first = before["generation"] == -1
        if not self.bring(is_first):
            return
        self.times["copy"] = (time.monotonic() - began) * 1000
        # The container was started again, and nobody knows of these files that they start.
        if is_first and self.kept.has_any():
            self.go_back()
        changed = [name for name, facts in following["files"].items() if before["files"].get(name) != facts]
        if following["starts"] != before["starts"] or (self.served is None and self.candidate is None):
            self.launch(cold=not all(name.endswith(CODE) for name in changed))
        elif self.candidate is None:
            if self.broken is None:
                self.kept.forget()
            was_failed = self.told.get("phase") == "failed"
            self.tell("failed" if was_failed else "ready", error=self.told.get("error"))

    def bring(self, is_first=False):
        """False when it cannot be done, which is told."""
        try:
            if self.root:
                # What a container starts with is nothing that a save has changed.
                kept = None if is_first else self.kept
                apply_files(self.manifest, os.path.join(self.input, "files"), self.root, kept)
            self.is_old = False
            return True
        except OSError as error:
            self.tell("failed", error="a saved file cannot be written: %s" % error)
            return False

    def go_back(self):
        try:
            put_back(self.kept, self.root)
            self.is_old = True
        except OSError as error:
            print("choreo-dev: the last good version is lost: %s" % error, file=sys.stderr, flush=True)
            self.kept.forget()
            self.bring()

    # Runs.

    def launch(self, cold=False):
        self.retry_at, self.broken = None, None
        if self.candidate is not None:
            self.candidate.kill()
            self.candidate = None
        if not self.ports and self.served is not None:
            # Nobody asks it, so nothing tells when the new one could take over: the old one ends first.
            before, self.served = self.served, None
            before.end(GRACE_S)
            self.leaving.append((before, None, lambda: self.candidate is None and self.begin(False, cold)))
            return
        self.begin(self.served is not None, cold)

    def begin(self, holds, cold=False):
        if self.spare is not None and (cold or not self.spare.alive):
            self.spare.kill()
            self.spare = None
        run = self.spare or self.make_run(False)
        self.spare = None
        self.candidate = run
        run.began, run.asked = time.monotonic(), False
        if not holds:
            run.note("go")
        run.begin()

    def make_run(self, is_spare):
        self.number += 1
        return Run(self.argv, self.scratch, self.number, is_spare, self.selector)

    def watch_runs(self):
        run = self.candidate
        wants = run is not None and not run.asked and run.port_wanted() > 0
        if wants and self.served is None:
            # The one before has ended by itself meanwhile.
            run.asked = True
            run.note("go")
        elif wants:
            run.asked = True
            before, self.served, self.candidate = self.served, run, None
            before.end(GRACE_S)
            self.leaving.append((before, run.port_wanted(), lambda: run.note("go")))
        for one in (self.candidate, self.served):
            if one is not None and not one.up and self.is_up(one):
                self.is_served(one)
        for entry in list(self.leaving):
            before, port, done = entry
            if not before.alive or (port is not None and is_listened_on(port) is False):
                self.leaving.remove(entry)
                done()
        for one in (self.candidate, self.served):
            if one is not None and not one.alive and self.ending is None:
                self.ended(one)

    def is_up(self, run):
        if run.has("up"):
            return True
        if not self.ports:
            return run.alive and time.monotonic() - run.began > PROOF_S
        # A program that listens in a way that cannot be seen from inside is up when its port is.
        if run is not self.candidate or self.served is not None or time.monotonic() - run.looked < POLL_S:
            return False
        run.looked = time.monotonic()
        return any(is_listened_on(port) for port in self.ports)

    def is_served(self, run):
        run.up = True
        self.can_hold = run.has("up")
        if self.candidate is run:
            self.candidate = None
        self.served = run
        self.pause = FIRST_PAUSE_S
        self.times["start"] = (time.monotonic() - run.began) * 1000
        self.spare_at = time.monotonic() + SPARE_AFTER_S
        if self.is_old:
            return self.serves_old()
        self.broken = None
        if self.candidate is None:
            self.kept.forget()
        if self.manifest["generation"] >= 0:
            self.tell("ready")

    def serves_old(self):
        """The last good version is there again: what was saved after it has its turn, unless that was tried already."""
        if self.broken is not None:
            self.tell("failed", **self.broken)
        elif self.bring():
            self.launch(cold=True)

    def ended(self, run):
        if run is not self.candidate and run is not self.served:
            # It was told to leave meanwhile.
            return
        error = run.tail()
        taken = "EADDRINUSE" in error or "address already in use" in error.lower()
        if run is self.candidate and self.served is not None and taken:
            # A program that listens in a way that cannot be held: the one before has to go first.
            before, self.served, self.candidate = self.served, None, None
            before.end(GRACE_S)
            self.leaving.append((before, self.ports[0], lambda: self.candidate is None and self.begin(False)))
            return
        if run is self.candidate:
            self.candidate = None
        if run is self.served:
            self.served = None
        if not run.up and not self.is_old:
            self.broken = dict(code=run.code, error=error)
        self.tell("ended" if run.up else "failed", code=run.code, error=error)
        self.spare_at = time.monotonic() + SPARE_AFTER_S
        if self.served is None:
            if self.is_old and not run.up:
                # It is not good any more either.
                self.kept.forget()
                self.bring()
            elif self.broken is not None and self.kept.has_any():
                self.go_back()
            self.retry_at = time.monotonic() + self.pause
            self.pause = min(self.pause * 2, LAST_PAUSE_S)

    def at_times(self):
        now = time.monotonic()
        if self.spare_at is not None and now >= self.spare_at:
            self.spare_at = None
            # Most of what a small program takes to start is its interpreter.
            # One that the preload does not reach would not wait: it would run beside the other.
            if self.can_hold and (self.spare is None or not self.spare.alive):
                self.spare = self.make_run(True)
        if self.retry_at is not None and now >= self.retry_at:
            self.retry_at = None
            if self.candidate is None:
                self.begin(False)

    def stop(self, number, _frame):
        self.ending = number

    def run(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.stop)
        self.look()
        if self.served is None and self.candidate is None:
            self.launch()
        looked = time.monotonic()
        while self.ending is None:
            waits = self.candidate is not None or self.leaving or (self.served is not None and not self.served.up)
            pause = FAST_S if waits else POLL_S
            if self.spare_at is not None or self.retry_at is not None:
                pause = min(pause, 0.05)
            ready = self.selector.select(pause)
            for key, _events in ready:
                key.data()
            self.watch_runs()
            self.at_times()
            if any(key.data == self.changes.drain for key, _ in ready) or time.monotonic() - looked > POLL_S:
                looked = time.monotonic()
                self.look()
            while self.reap():
                pass
        self.finish()

    def reap(self):
        """As the first process of its container it gets the orphans of all others. Children of its own are left to Popen."""
        try:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return False
        own = {run.child.pid for run in (self.candidate, self.served, self.spare) if run is not None}
        own |= {run.child.pid for run, _, _ in self.leaving}
        if found is None or found.si_pid in own or found.si_pid in Run.ending:
            return False
        os.waitpid(found.si_pid, os.WNOHANG)
        return True

    def finish(self):
        try:
            os.remove(self.own_file())
        except OSError:
            pass
        for run in (self.candidate, self.spare):
            if run is not None:
                run.kill()
        code = 0
        if self.served is not None:
            self.served.signal_all(self.ending)
            while self.served.alive:
                for key, _events in self.selector.select(0.02):
                    key.data()
            code = self.served.code
        sys.exit(code)


if len(sys.argv) > 1 and sys.argv[1] == "--copy":
    copy_folder(sys.argv[2], sys.argv[3])
else:
    Shim(sys.argv[1:]).run()
