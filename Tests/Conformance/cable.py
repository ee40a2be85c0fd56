"""A TCP connection that can be cut in the middle."""

import contextlib
import socket
import threading

READ_BYTES = 65_536
CONNECT_SECONDS = 10


class Cable:
    """Passes connections on to a port of this machine until they are cut.

    Neither end is told why: each sees the other's connection end in the middle of things.
    """

    def __init__(self, port: int):
        self._target = ("127.0.0.1", port)
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> int:
        """Ends all connections that there are, and returns how many; others may be made."""
        with self._lock:
            sockets, self._sockets = self._sockets, []
        for each in sockets:
            # One that has ended by itself cannot be shut down.
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        return len(sockets) // 2

    def close(self) -> None:
        """Cuts, and takes no other connection."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return  # It was closed.
            try:
                far = socket.create_connection(self._target, CONNECT_SECONDS)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            with self._lock:
                self._sockets += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(READ_BYTES):
                sink.sendall(data)
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._sockets = [each for each in self._sockets if each not in (source, sink)]
