"""The server under measure as a process: `python -m tools.benchmarks.nbd_server SOCKET FILE`."""

import signal
import sys
from pathlib import Path

from core.driver.backend.file import FileBackend
from core.driver.nbd.export import Exports
from core.driver.nbd.server import Server
from core.driver.nbd.volume import VolumeExport


def main(path: Path, volume: Path) -> None:
    """Serve the file as the export "volume" until somebody ends it."""
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    exports = Exports()
    exports.add(VolumeExport("volume", FileBackend(volume)))
    server = Server(exports)
    server.listen_unix(path)
    signal.sigwait(signals)
    server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
