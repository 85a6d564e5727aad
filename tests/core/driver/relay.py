"""A TCP relay in the midst of a link: it cuts it, stalls it, slows it, or is deaf on one side."""

import select
import socket
import time
from threading import Thread
from typing import Final

_PIECE: Final = 1 << 16
_HELD_MAX: Final = 1 << 18  # what a network holds: the kernel would take all that is sent
_OVERHEARD_MAX: Final = 1 << 22


class Relay:
    """Takes connections on a port of its own, and passes them on to another."""

    def __init__(self, port: int) -> None:
        self.to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _HELD_MAX)
        self.port: int = self._listener.getsockname()[1]
        self.is_cut = False
        self.stalled: set[int] = set()
        """0: what production says does not arrive, 1: what the copy says."""
        self.rate = 0
        """What production says passes at so many bytes a second; 0 for as fast as it can."""
        self.carried = [0, 0]
        self.overheard = [bytearray(), bytearray()]
        """The beginning of what was carried."""
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._over = False
        Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break what there is, and let nobody through."""
        self.is_cut = True
        for pair in self._pairs:
            for each in pair:
                each.close()
        self._pairs.clear()

    def heal(self) -> None:
        self.is_cut = False
        self.stalled.clear()

    def close(self) -> None:
        self._over = True
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while not self._over:
            try:
                mine, _ = self._listener.accept()
            except OSError:
                return
            if self.is_cut:
                mine.close()
                continue
            try:
                theirs = socket.create_connection(("127.0.0.1", self.to), 5.0)
            except OSError:
                mine.close()
                continue
            self._pairs.append((mine, theirs))
            for nth, pair in enumerate(((mine, theirs), (theirs, mine))):
                Thread(target=self._pass, args=(nth, *pair), daemon=True).start()

    def _pass(self, nth: int, source: socket.socket, target: socket.socket) -> None:
        due_s = 0.0
        try:
            while True:
                if nth in self.stalled:
                    select.select([], [], [], 0.02)
                    continue
                if not select.select([source], [], [], 0.05)[0] or nth in self.stalled:
                    continue
                data = source.recv(_PIECE)
                if not data:
                    break
                if nth == 0 and self.rate:
                    due_s = max(due_s, time.monotonic() - 0.1) + len(data) / self.rate
                    time.sleep(max(0.0, due_s - time.monotonic()))
                target.sendall(data)
                self.carried[nth] += len(data)
                self.overheard[nth] += data[: _OVERHEARD_MAX - len(self.overheard[nth])]
        except (OSError, ValueError):
            pass
        for each in (source, target):
            each.close()
