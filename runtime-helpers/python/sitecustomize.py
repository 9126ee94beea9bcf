"""Loaded into the Python programs of a pod: what listens on all addresses, or on localhost, listens on the pod's address.

CHOREO_POD_IP          the address
CHOREO_POD_PORTS       ports that the pod declares: connections to them on localhost go to the pod
CHOREO_POD_FIRST_PORT  ports below cannot be listened on by this user; they are moved up by 20000
"""

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
_OFFSET = 20000
_WILDCARD = ("", "0.0.0.0", "::", "localhost", "127.0.0.1", "::1")
_LOCAL = ("localhost", "127.0.0.1", "::1", "0.0.0.0")


def _patch(socket):
    ip = os.environ.get("CHOREO_POD_IP", "")
    first = int(os.environ.get("CHOREO_POD_FIRST_PORT", "0") or "0")
    ports = {int(port) for port in os.environ.get("CHOREO_POD_PORTS", "").split(",") if port}
    inet = (socket.AF_INET, socket.AF_INET6)
    taken = set()
    bind, connect, connect_ex = socket.socket.bind, socket.socket.connect, socket.socket.connect_ex

    def moved(port):
        return port + _OFFSET if 0 < port < first else port

    def place(sock, port):
        return ("::ffff:" + ip, port, 0, 0) if sock.family == socket.AF_INET6 else (ip, port)

    def is_stream(sock):
        return sock.family in inet and bool(sock.type & socket.SOCK_STREAM)

    def own_bind(self, address):
        if not is_stream(self) or not isinstance(address, tuple) or address[0] not in _WILDCARD:
            return bind(self, address)
        port = moved(address[1])
        if self.family == socket.AF_INET6:
            if port != 0 and port in taken:
                # The second half of a server that has a socket per family: its first half serves the pod already.
                return bind(self, ("::1", 0))
            self.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        result = bind(self, place(self, port))
        taken.add(port)
        return result

    def target(self, address):
        if is_stream(self) and isinstance(address, tuple) and address[0] in _LOCAL and address[1] in ports:
            return place(self, moved(address[1]))
        return address

    def own_connect(self, address):
        return connect(self, target(self, address))

    def own_connect_ex(self, address):
        return connect_ex(self, target(self, address))

    socket.socket.bind = own_bind
    socket.socket.connect = own_connect
    socket.socket.connect_ex = own_connect_ex


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


if os.environ.get("CHOREO_POD_IP"):
    if "socket" in sys.modules:
        _patch(sys.modules["socket"])
    else:
        sys.meta_path.insert(0, _Finder())
_chain()
