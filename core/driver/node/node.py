"""A node as a process: from its configuration to its end."""

import asyncio
import signal
import socket
from collections.abc import Callable
from typing import Final

from core.driver.node.config import Config
from core.driver.node.interface import Interface
from core.driver.node.listening import Loop, Server, listener
from core.driver.node.site import Site, working
from core.driver.node.spec import contract

_ENDING: Final = (signal.SIGTERM, signal.SIGINT)


def run(config: Config, ready: Callable[[str, Site], object]) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is called with the URL as soon as clients may come.

    Raises CoreError where it cannot be begun.
    """
    with (
        listener(config.host, config.port) as listening,
        working(config) as site,
        asyncio.Runner(loop_factory=Loop) as runner,
    ):
        runner.run(_served(site, listening, ready))


async def _served(
    site: Site, listening: socket.socket, ready: Callable[[str, Site], object]
) -> None:
    interface = Interface(site, contract())
    server = Server(interface.app, listening, site.config.tls, site.config.connections)

    def end() -> None:
        interface.events.close()
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in _ENDING:
        loop.add_signal_handler(number, end)
    running = asyncio.create_task(server.run_here())
    begun = asyncio.create_task(server.began.wait())
    await asyncio.wait((running, begun), return_when=asyncio.FIRST_COMPLETED)
    if begun.done():
        ready(_url(site.config, listening), site)
    begun.cancel()
    try:
        await running
    finally:
        await asyncio.to_thread(interface.close)


def _url(config: Config, listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    scheme = "https" if config.tls else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
