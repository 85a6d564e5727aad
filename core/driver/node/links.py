"""The links of a node: where its copies wait for production, and how both are sure of each other.

A copy has a port of its own, which is committed with it: production remembers where its copy is.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Final
from urllib.parse import urlsplit

from core.driver.link.peers import LinkPlace, parse_place, refuse_open_network
from core.driver.nbd.listener import bind_tcp
from core.driver.node.config import Linking, is_loopback
from core.driver.node.places import Places
from core.errors import CoreError
from core.site import group
from core.site.problem import Problem
from core.site.store import Document, SiteStore

_SECTION: Final = "the node's configuration says it: [link]"
_WAITING: Final = ("--certificate", "--key", "--clients-ca")
_REACHING: Final = ("--copy-certificate", "--copy-key", "--copy-ca")


class Links:
    """Of all groups of a node."""

    def __init__(self, told: Linking, store: SiteStore, places: Places) -> None:
        """Raises CoreError where files for TLS are not what they have to be."""
        self._told, self._store, self._places = told, store, places
        self._placing = Lock()
        if told.tls is not None:
            told.tls.accepting()
            told.tls.reaching()

    @contextmanager
    def placed(self, copy: Document) -> Iterator[Document]:
        """The copy with a port that no other has, if it is committed within; raises Problem."""
        if not self._told.ports:
            yield copy
            return
        with self._placing:
            yield group.at_port(copy, self._free())

    def _free(self) -> int:
        taken = {each.document.get("port") for each in self._store.page(group.KIND)}
        for port in self._told.ports:
            if port not in taken and _is_free(self._told.host, port):
                return port
        raise Problem(
            "refused",
            f"all {len(self._told.ports)} ports for links are taken",
            hint=f"give it more of them: {_SECTION}",
        )

    def listen(self, document: Document) -> str:
        """Where the worker of a group listens: for hosts, or for production; raises Problem."""
        if group.role_of(document) != group.COPY:
            return f"unix:{self._places.socket(document['id'])}"
        if "port" not in document:
            return self._places.link(document["id"])
        self.refuse_lost(document)
        return str(LinkPlace(self._told.host, document["port"]))

    def address(self, document: Document) -> str | None:
        """Where production reaches the copy; None where nothing says that any more."""
        if "port" not in document:
            return self._places.link(document["id"])
        if not self._told.address:
            return None
        return str(LinkPlace(self._told.address, document["port"]))

    def refuse_lost(self, document: Document) -> None:
        """Raises Problem for a copy that waits on a port, where no address is told any more."""
        if "port" in document and not self._told.address:
            raise Problem(
                "conflict",
                f"production knows {document['name']} on port {document['port']}, and it is not "
                "told where that is",
                hint=_SECTION,
            )

    def words(self, document: Document) -> Sequence[str]:
        """Those by which the worker of a group is told the files for TLS."""
        tls = self._told.tls
        if tls is None:
            return ()
        files = tls.certificate, tls.key, tls.authority
        is_copy = group.role_of(document) == group.COPY
        return [
            f"{name}={file}"
            for name, file in zip(_WAITING if is_copy else _REACHING, files, strict=True)
        ]


def refuse_unreachable(link: str, url: str, *, is_secured: bool) -> None:
    """Raises CoreError where production here could not ship to a copy that waits there.

    `url` is that of the copy's node; `is_secured` says that this node has files for TLS.
    """
    place = parse_place(link)
    if place.path and not is_loopback(urlsplit(url).hostname or ""):
        raise CoreError(
            "the copy would wait on a unix socket there",
            where=url,
            hint="have that node listen on a port: [link] in its configuration",
        )
    if not place.path and not is_secured:
        refuse_open_network(place.host)


def _is_free(host: str, port: int) -> bool:
    try:
        for each in bind_tcp(host, port):
            each.close()
    except CoreError:
        return False
    return True
