"""One run of the program: its processes, what it printed last, and the files by which it and the shim agree who listens."""

import os
import selectors
import signal
import subprocess
import sys
import threading

_HERE = os.path.dirname(os.path.abspath(__file__))
_TAIL = 8192
_IP = os.environ.get("CHOREO_POD_IP", "")
_ADDRESS = "".join("%02X" % int(byte) for byte in reversed(_IP.split("."))) if _IP else ""


def is_listened_on(port):
    """Whether a socket of this pod listens on the port; None where the system does not tell."""
    wanted = "%s:%04X" % (_ADDRESS, port)
    try:
        for name in ("/proc/net/tcp", "/proc/net/tcp6"):
            if name.endswith("6") and not os.path.exists(name):
                continue
            with open(name) as file:
                for line in file:
                    fields = line.split()
                    # 0A is the state of those that listen.
                    if len(fields) > 3 and fields[3] == "0A" and fields[1].endswith(wanted):
                        return True
        return False
    except OSError:
        return None


def _environment(hold, is_spare):
    env = dict(os.environ, CHOREO_DEV_HOLD=hold, PYTHONDONTWRITEBYTECODE="1")
    if is_spare:
        env["CHOREO_DEV_SPARE"] = "1"
    own = os.path.join(_HERE, "python")
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [own, env.get("PYTHONPATH")]))
    preload = "--require " + '"%s"' % os.path.join(_HERE, "hold.cjs")
    env["NODE_OPTIONS"] = " ".join(filter(None, [preload, env.get("NODE_OPTIONS")]))
    return env


class Run:
    #: Pids of children that are on their way out.
    ending = set()

    def __init__(self, argv, scratch, number, is_spare, selector):
        self.hold = os.path.join(scratch, str(number))
        self.selector = selector
        self.printed = b""
        self.up, self.code, self.began, self.asked, self.looked = False, None, 0.0, False, 0.0
        self.gate = None
        self.child = None
        # A container that was killed leaves them behind.
        self._forget()
        gate = os.pipe() if is_spare else None
        try:
            self.child = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_environment(self.hold, is_spare),
                preexec_fn=(lambda: _enter(gate)),
                close_fds=False,
            )
        except OSError as error:
            self.printed, self.code = ("%s: %s\n" % (argv[0], error)).encode(), 127
        if gate is not None:
            os.close(gate[0])
            self.gate = gate[1]
        if self.child is not None:
            for stream, out in ((self.child.stdout, sys.stdout), (self.child.stderr, sys.stderr)):
                os.set_blocking(stream.fileno(), False)
                selector.register(stream, selectors.EVENT_READ, self._reader(stream, out))

    def _reader(self, stream, out):
        def read():
            chunk = stream.read(65536)
            if chunk is None:
                return
            if chunk == b"":
                self.selector.unregister(stream)
                return
            self.printed = (self.printed + chunk)[-_TAIL:]
            out.buffer.write(chunk)
            out.flush()

        return read

    @property
    def alive(self):
        if self.code is None:
            code = self.child.poll()
            if code is not None:
                self.code = code if code >= 0 else 128 - code
                Run.ending.discard(self.child.pid)
                self._clean()
        return self.code is None

    def _clean(self):
        for stream in (self.child.stdout, self.child.stderr):
            try:
                key = self.selector.get_key(stream)
            except (KeyError, ValueError):
                continue
            # What it said last may still be on the way; a child of its own may hold the pipe open for ever.
            key.data()
            if not stream.closed:
                try:
                    self.selector.unregister(stream)
                except KeyError:
                    pass
        self._forget()

    def _forget(self):
        for name in ("go", "want", "up"):
            try:
                os.remove("%s.%s" % (self.hold, name))
            except OSError:
                pass

    def tail(self):
        return self.printed.decode("utf-8", "replace")

    def has(self, name):
        return os.path.exists("%s.%s" % (self.hold, name))

    def note(self, name):
        with open("%s.%s" % (self.hold, name), "w"):
            pass

    def port_wanted(self):
        """0 while it has not said it: its file is there a moment before what is in it."""
        try:
            with open(self.hold + ".want") as file:
                return int(file.read() or 0)
        except (OSError, ValueError):
            return 0

    def begin(self):
        if self.gate is not None:
            os.close(self.gate)
            self.gate = None

    def signal_all(self, number):
        if self.child is None:
            return
        try:
            os.killpg(self.child.pid, number)
        except OSError:
            pass

    def kill(self):
        self.begin()
        if self.child is not None and self.alive:
            Run.ending.add(self.child.pid)
            self.signal_all(signal.SIGKILL)
            threading.Thread(target=self.child.wait, daemon=True).start()

    def end(self, grace):
        """Asks it to end, and sees to it that it does."""
        if self.child is not None:
            Run.ending.add(self.child.pid)
            self.signal_all(signal.SIGTERM)
            timer = threading.Timer(grace, self.signal_all, [signal.SIGKILL])
            timer.daemon = True
            timer.start()


def _enter(gate):
    os.setsid()
    if gate is not None:
        if gate[0] == 3:
            os.set_inheritable(3, True)
        else:
            os.dup2(gate[0], 3, inheritable=True)
