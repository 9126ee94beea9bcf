"""Loaded into a Python program in dev mode: before it takes a port for the first time it says so, and waits until the program
before it has left it.

CHOREO_DEV_HOLD   begin of the names of the files by which both sides agree: .want, .go, .up
CHOREO_DEV_SPARE  the interpreter is started ahead of the next save: it loads nothing of the program before descriptor 3 says so
"""

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
_HOLD = os.environ.get("CHOREO_DEV_HOLD", "")
_GATE = 3
_STEP_S = 0.001


def _patch(socket):
    import time

    state = {"free": False}
    bind, listen = socket.socket.bind, socket.socket.listen

    def wait_for(port):
        if state["free"]:
            return
        if not os.path.exists(_HOLD + ".go"):
            with open(_HOLD + ".want", "w") as file:
                file.write(str(port))
        while not os.path.exists(_HOLD + ".go"):
            time.sleep(_STEP_S)
        state["free"] = True

    def own_bind(self, address):
        is_stream = self.family in (socket.AF_INET, socket.AF_INET6) and self.type & socket.SOCK_STREAM
        if is_stream and isinstance(address, tuple) and address[1]:
            wait_for(address[1])
        return bind(self, address)

    def own_listen(self, *args):
        result = listen(self, *args)
        if self.family in (socket.AF_INET, socket.AF_INET6):
            with open(_HOLD + ".up", "w"):
                pass
        return result

    socket.socket.bind = own_bind
    socket.socket.listen = own_listen


class _Finder:
    """Waits for the import of `socket`: programs that do not need it do not pay for it."""

    def find_spec(self, name, path=None, target=None):
        if name != "socket":
            return None
        sys.meta_path.remove(self)
        import importlib.util

        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            _patch(module)

        spec.loader.exec_module = exec_module
        return spec


def _chain():
    """Runs the `sitecustomize` that this one hides."""
    import importlib.machinery
    import importlib.util

    others = [entry for entry in sys.path if os.path.abspath(entry or ".") != _HERE]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


if os.environ.pop("CHOREO_DEV_SPARE", ""):
    try:
        os.read(_GATE, 1)
        os.close(_GATE)
    except OSError:
        # It did not come through to here: then nothing is waited for.
        pass
if _HOLD:
    if "socket" in sys.modules:
        _patch(sys.modules["socket"])
    else:
        sys.meta_path.insert(0, _Finder())
_chain()
