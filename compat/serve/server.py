"""The proxy as a process: what `isthmus compat proxy` runs."""

import asyncio
import logging
import signal
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import uvicorn

from compat.emit.runtime.asgi import App
from compat.emit.runtime.reading import BODY_LIMIT, RECORD_LIMIT
from compat.errors import CompatError
from compat.model.role import Role
from compat.serve.address import (
    Address,
    bind,
    bound_address,
    parse_address,
    reaches,
    remove_socket,
)
from compat.serve.heads import bounded_heads
from compat.serve.metrics import Bridged, Metrics, metrics_app
from compat.serve.package import VersionSource, faces_for, load_package
from compat.serve.proxy import proxy_app
from compat.serve.upstream import Patience, parse_peer

_KEEPALIVE: Final = 75  # seconds that an idle connection of a caller stays open


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where the proxy listens, ports that were left to the system filled in."""

    callers: Address
    metrics: Address | None


def serve(
    packages: Sequence[str],
    role: Role,
    *,
    upstream: str,
    listen: str,
    metrics: str = "",
    versions: VersionSource | None = None,
    patience: Patience | None = None,
    body_limit: int = BODY_LIMIT,
    record_limit: int = RECORD_LIMIT,
    verify: ssl.SSLContext | bool = True,
    own_host: bool = False,
    connections_max: int = 1000,
    grace: float = 10.0,
    access_log: bool = False,
    ready: Callable[[Listening], object] = lambda _: None,
) -> None:
    """Serve callers in `role` until SIGINT or SIGTERM; CompatError where that cannot begin.

    `packages` are import names or folders; with several of them `versions` tells callers apart.
    `listen` and `metrics` are addresses; without `metrics` nothing shows them. Calls that are under
    way at the end have `grace` seconds. The log is that of the logging module, under
    "isthmus.proxy". `ready` is called once everything listens.
    """
    refuse_loop(upstream, listen)
    loaded = [load_package(package) for package in packages]
    counted = Metrics(
        bridged=[
            Bridged(
                package=package.name,
                peer=package.caller(role),
                totals=package.totals,
                named=package.differences,
            )
            for package in loaded
        ]
    )
    app = proxy_app(
        faces_for(loaded, role, versions or VersionSource()),
        upstream,
        patience=patience,
        body_limit=body_limit,
        record_limit=record_limit,
        verify=verify,
        own_host=own_host,
        metrics=counted,
    )
    logging.getLogger("isthmus.proxy.access").setLevel(
        logging.INFO if access_log else logging.CRITICAL
    )
    with ExitStack() as stack:
        callers, at = stack.enter_context(_listening(listen))
        protocol = bounded_heads((patience or Patience()).read)
        servers = [_Server(app, callers, protocol, grace, connections_max)]
        shown_at = None
        if metrics:
            scrapers, shown_at = stack.enter_context(_listening(metrics))
            shown = metrics_app(counted)
            servers.append(_Server(shown, scrapers, protocol, 1.0, connections_max))
        told = Listening(callers=at, metrics=shown_at)
        asyncio.run(_run(servers, lambda: ready(told)))


def refuse_loop(upstream: str, listen: str) -> None:
    """Raises CompatError where the upstream would be the proxy itself."""
    peer, address = parse_peer(upstream), parse_address(listen)
    if peer.socket is not None:
        is_loop = bool(address.path) and Path(peer.socket).resolve() == Path(address.path).resolve()
    else:
        is_loop = reaches(peer.host, peer.port, address)
    if is_loop:
        raise CompatError(
            "the upstream is the address to listen on: every call would come back",
            where=listen,
            hint="give the address of the service as --upstream",
        )


@contextmanager
def _listening(text: str) -> Iterator[tuple[socket.socket, Address]]:
    address = parse_address(text)
    with bind(address) as listener:
        try:
            yield listener, bound_address(address, listener)
        finally:
            remove_socket(address)


class _Server(uvicorn.Server):
    """A server that says when it has begun, and leaves signals to the process."""

    def __init__(
        self,
        app: App,
        listener: socket.socket,
        protocol: type[asyncio.Protocol],
        grace: float,
        connections_max: int,
    ) -> None:
        config = uvicorn.Config(
            app,
            http=protocol,
            log_config=None,
            access_log=False,
            ws="none",
            server_header=False,
            date_header=False,
            proxy_headers=False,
            limit_concurrency=connections_max,
            timeout_keep_alive=_KEEPALIVE,
            timeout_graceful_shutdown=max(1, round(grace)),
        )
        super().__init__(config)
        self.began = asyncio.Event()
        self._listener = listener

    async def run_here(self) -> None:
        await self.serve(sockets=[self._listener])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.began.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def end(self) -> None:
        """Let what is under way end; the second time, let it be."""
        self.force_exit = self.should_exit
        self.should_exit = True


async def _run(servers: Sequence[_Server], ready: Callable[[], object]) -> None:
    """Until a signal, or until one of the servers ends by itself."""

    def end() -> None:
        for server in servers:
            server.end()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    running = [asyncio.create_task(server.run_here()) for server in servers]
    begun = asyncio.gather(*(server.began.wait() for server in servers))
    either: list[asyncio.Future[Any]] = [begun, *running]
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if begun.done():
        ready()
    await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    if not servers[0].should_exit:
        end()
    await asyncio.gather(*running)
