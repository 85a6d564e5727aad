"""Who is at the other end of a link: reaching for it, and what both say at first."""

import json
import math
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from core.driver.link.channel import Channel
from core.driver.link.tls import LinkTls, reached
from core.driver.link.wire import Plain
from core.driver.nbd.listener import is_loopback
from core.errors import CoreError
from core.machine.link.shipper import Begun, Welcome
from core.stream.identity import LINK, Identity, Member
from core.stream.phases import COPYING, State
from core.stream.regions import VOLUME_BYTES_MAX
from core.stream.rejoining import Rejoining, parse_rejoining
from core.stream.standing import Course
from core.stream.tail import Spot
from core.structure.digests import KEY_BYTES
from core.wire.link import (
    FORMAT,
    WORDS_BYTES_MAX,
    BrokenLinkError,
    Frame,
    Kind,
    checksum,
    pack_frame,
)

_PORT_MAX: Final = 65_535
_NUMBER_MAX: Final = 1 << 62

Document = Mapping[str, Any]


class RefusedError(CoreError):
    """The other side will have no link."""


class LinkPlace(NamedTuple):
    """Where a copy waits for production: a unix socket, or a host and a port."""

    host: str
    port: int
    path: str = ""

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def recorded(self) -> str:
        """How a journal remembers it."""
        return f"{LINK}{self}"


def parse_place(word: str) -> LinkPlace:
    """What a person wrote."""
    if word.startswith("unix:"):
        return LinkPlace("", 0, str(Path(word.removeprefix("unix:")).absolute()))
    host, separator, port = word.rpartition(":")
    if not separator or not port.isascii() or not port.isdigit() or int(port) > _PORT_MAX:
        raise CoreError(
            f"no copy is reached by {word!r}", hint="write unix:PATH or HOST:PORT, as it listens"
        )
    host = host.strip("[]")
    try:
        host.encode("idna")
    except UnicodeError:
        raise CoreError(f"{host!r} is no name of a host", hint="write HOST:PORT") from None
    return LinkPlace(host, int(port))


def refuse_open_network(host: str) -> None:
    """Without TLS what is shipped is not encrypted, and nobody is asked who it is."""
    if not is_loopback(host):
        raise CoreError(
            f"{host} is reached over a network, and a link without TLS is for this machine alone",
            hint="give both sides a certificate, its key, and whom to trust",
        )


def reach(place: LinkPlace, tls: LinkTls | None, within_s: float) -> Channel:
    """A link to a copy, which is known to be the one where that is to be asked."""
    deadline = time.monotonic() + within_s
    sock = _connected(place, is_open=tls is not None, within_s=within_s)
    try:
        wire = Plain(sock) if tls is None else reached(sock, tls, place.host, deadline)
        return Channel(wire, patience_s=within_s)
    except BaseException:
        sock.close()
        raise


def _connected(place: LinkPlace, *, is_open: bool, within_s: float) -> socket.socket:
    if not place.path:
        if not is_open:
            refuse_open_network(place.host)
        return socket.create_connection((place.host, place.port), timeout=within_s)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.settimeout(within_s)
        sock.connect(place.path)
    except BaseException:
        sock.close()
        raise
    return sock


def hello(identity: Identity, course: Course, key: bytes) -> Document:
    """What production says: of which group it is, in which epoch of its role, and generation.

    The copy is to sign with the key; one of an earlier release does not know what that is.
    """
    return {
        "format": FORMAT,
        "group": identity.group.hex(),
        "volumes": [each.name for each in identity.volumes],
        "segment_bytes": identity.segment_bytes,
        "generation": course.generation,
        "state": course.state.value,
        "since": course.since,
        "sizes": [*course.sizes],
        "key": key.hex(),
        "epoch": course.epoch,
        "joined": course.joined,
        "hears_queued": True,
    }


class Hello(NamedTuple):
    """The same, as a copy reads it."""

    group: bytes
    volumes: tuple[str, ...]
    segment_bytes: int
    generation: int
    state: State
    since: int
    sizes: tuple[int, ...]
    key: bytes = b""
    epoch: int = 1
    joined: str = ""
    hears_queued: bool = False

    def identity(self, replicas: Sequence[str]) -> Identity:
        """What a copy is, whose replicas are there; raises ValueError for what is none."""
        members = tuple(
            Member(name=name, path="", size=size, replica=replica)
            for name, size, replica in zip(self.volumes, self.sizes, replicas, strict=True)
        )
        return Identity(group=self.group, volumes=members, segment_bytes=self.segment_bytes)


def parse_hello(payload: bytes) -> Hello:
    """Raises BrokenLinkError where it is none."""
    document = _document(payload)
    try:
        found = Hello(
            group=bytes.fromhex(document["group"]),
            volumes=tuple(map(str, document["volumes"])),
            segment_bytes=int(document["segment_bytes"]),
            generation=int(document["generation"]),
            state=State(document["state"]),
            since=int(document["since"]),
            sizes=tuple(map(int, document["sizes"])),
            key=bytes.fromhex(document.get("key", "")),
            epoch=int(document.get("epoch", 1)),
            joined=str(document.get("joined", "")),
            hears_queued=bool(document.get("hears_queued")),
        )
        found.identity(("",) * len(found.volumes))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BrokenLinkError(f"no hello of production: {error}") from error
    if max(found.sizes) > VOLUME_BYTES_MAX:
        raise BrokenLinkError(f"a volume of {max(found.sizes)} bytes")
    numbers = found.generation, found.since, found.epoch
    if not 0 <= min(numbers) <= max(numbers) < _NUMBER_MAX:
        raise BrokenLinkError(f"generation {numbers[0]}, at {numbers[1]}, in epoch {numbers[2]}")
    if len(found.key) not in (0, KEY_BYTES):
        raise BrokenLinkError(f"a key of {len(found.key)} bytes")
    if found.state not in COPYING:
        raise BrokenLinkError(f"production is {found.state.value}")
    return found


def welcome(
    spot: Spot | None,
    *,
    is_alike: bool,
    signs: bool,
    rejoining: Rejoining | None = None,
    cover_bytes_max: int = 0,
    coming: Begun | None = None,
) -> Document:
    """What a copy answers, and what production has to take into account before it is one."""
    return {
        "format": FORMAT,
        "spot": spot and [*spot],
        "alike": is_alike,
        "signs": signs,
        "unpacks": True,
        "rejoining": rejoining and rejoining.document(),
        "covers": cover_bytes_max,
        "coming": coming and [*coming.spot, coming.last],
    }


class Answer(NamedTuple):
    """What a copy has, whether it signs what it holds, and whether it takes packed frames.

    With `rejoining` it is none before production has taken that into account.
    """

    spot: Spot | None
    is_alike: bool
    signs: bool
    unpacks: bool
    rejoining: Rejoining | None
    cover_bytes_max: int
    coming: Begun | None

    def welcome(self, key: bytes) -> Welcome:
        """What it is to whoever ships; the key is what the copy was given to sign with."""
        return Welcome(
            *(self.spot, self.is_alike, key if self.signs else b""),
            cover_bytes_max=self.cover_bytes_max,
            coming=self.coming,
        )


def parse_welcome(payload: bytes) -> Answer:
    """Raises BrokenLinkError where it is none."""
    document = _document(payload)
    try:
        spot, told = document["spot"], document.get("rejoining")
        *begun, last = document.get("coming") or (0,)
        return Answer(
            spot=None if spot is None else Spot(*map(int, spot)),
            is_alike=bool(document["alike"]),
            signs=bool(document.get("signs")),
            unpacks=bool(document.get("unpacks")),
            rejoining=told and parse_rejoining(told),
            cover_bytes_max=int(document.get("covers", 0)),
            coming=Begun(Spot(*map(int, begun)), int(last)) if begun else None,
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BrokenLinkError(f"no welcome of a copy: {error}") from error


def say(channel: Channel, kind: Kind, document: Document) -> None:
    """Send a frame of JSON."""
    payload = json.dumps(document).encode()
    frame = Frame(kind, size=len(payload), checksum=checksum(payload))
    channel.send((pack_frame(frame), payload))


def refuse(channel: Channel, error: CoreError) -> None:
    """Tell the other side why there is no link."""
    say(channel, Kind.REFUSED, {"error": str(error), "hint": error.hint})


def expect(channel: Channel, kind: Kind, *, deadline: float = math.inf) -> bytes:
    """The payload of the next frame, which is to be of that kind."""
    frame, payload = channel.receive(WORDS_BYTES_MAX, deadline=deadline)
    words = bytes(payload)
    if frame.checksum != checksum(words):
        raise BrokenLinkError("what came is damaged")
    if frame.kind is Kind.REFUSED:
        document = _document(words)
        raise RefusedError(str(document.get("error")), hint=str(document.get("hint") or ""))
    if frame.kind is not kind:
        raise BrokenLinkError(f"{frame.kind.name}, where {kind.name} is expected")
    return words


def _document(payload: bytes) -> dict[str, Any]:
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise BrokenLinkError(f"no JSON: {error}") from error
    if not isinstance(document, dict) or document.get("format", FORMAT) != FORMAT:
        raise BrokenLinkError(
            "the other side speaks another format of links",
            hint="bring both sites to the same release",
        )
    return document
