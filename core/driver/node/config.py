"""What a node is told: a TOML file that a schema describes."""

import ipaddress
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator

from core.driver.link.tls import LinkTls
from core.driver.nbd.tls import TlsFiles
from core.driver.node.clock import parse_time
from core.errors import CoreError
from core.site.access import Holder, Role
from core.site.mistake import mistake
from core.site.toml_lines import line_of

LISTEN: Final = "127.0.0.1:7480"
CONNECTIONS: Final = 512

_PORT_MAX: Final = 65_535
_EVERYWHERE: Final = ("0.0.0.0", "::")
_AT: Final = re.compile(r"\(at line (\d+), column (\d+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSite:
    """The node of another site, and how it is asked; `url` ends in no slash."""

    url: str
    token_file: Path | None
    ca: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Linking:
    """Where copies wait for production, each on a port of `ports`, and how links are secured.

    Without ports they wait on unix sockets; `address` is how production reaches `host`.
    """

    host: str = ""
    ports: range = range(0)
    address: str = ""
    tls: LinkTls | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What a node is told, with paths as they are seen from the file."""

    name: str
    state: Path
    images: tuple[Path, ...]
    host: str
    port: int
    tls: TlsFiles | None
    holders: tuple[Holder, ...]
    sites: tuple[OtherSite, ...]
    link: Linking
    connections: int
    strict: bool


def read_config(path: Path) -> Config:
    """Raises CoreError, which names file, line and key, for what no node can be begun with."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise CoreError(f"cannot be read: {said}", where=str(path)) from None
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = _AT.search(str(error))
        where = f"{path}:{at[1]}:{at[2]}" if at else str(path)
        raise CoreError(
            f"this is no TOML: {_AT.sub('', str(error)).strip()}", where=where
        ) from None
    for wrong in Draft202012Validator(schema()).iter_errors(told):
        steps, what, hint = mistake(wrong)
        raise _at(path, text, [*steps], what, hint)
    config = _config(told, path, text)
    _refuse_open(config, path, text)
    return config


def schema() -> Mapping[str, Any]:
    """The JSON Schema of the file."""
    found: Mapping[str, Any] = json.loads(
        resources.files("core.driver.node").joinpath("config.schema.json").read_text("utf-8")
    )
    return found


def _at(path: Path, text: str, place: list[str | int], what: str, hint: str = "") -> CoreError:
    line = line_of(text, place)
    key = ".".join(map(str, place))
    return CoreError(
        f"{key}: {what}" if key else what,
        where=f"{path}:{line}" if line else str(path),
        hint=hint,
    )


def _config(told: Mapping[str, Any], path: Path, text: str) -> Config:
    around = path.absolute().parent
    host, _, port = told.get("listen", LISTEN).rpartition(":")
    if int(port) > _PORT_MAX:
        raise _at(path, text, ["listen"], f"there is no port {port}")
    tls = told.get("tls")
    return Config(
        name=told["name"],
        state=around / told["state"],
        images=tuple((around / each).resolve() for each in told["images"]),
        host=_bare(host),
        port=int(port),
        tls=tls
        and TlsFiles(
            certificate=around / tls["certificate"],
            key=around / tls["key"],
            clients_ca=around / tls["clients-ca"] if "clients-ca" in tls else None,
        ),
        holders=tuple(
            _holder(each, nth, path, text) for nth, each in enumerate(told.get("tokens", ()))
        ),
        sites=_sites(told.get("sites", ()), path, text),
        link=_linking(told.get("link", {}), path, text),
        connections=told.get("limits", {}).get("connections", CONNECTIONS),
        strict=told.get("strict", False),
    )


def _sites(told: Sequence[Mapping[str, Any]], path: Path, text: str) -> tuple[OtherSite, ...]:
    around = path.absolute().parent
    found: dict[str, OtherSite] = {}
    for nth, each in enumerate(told):
        url = each["url"].rstrip("/")
        if url in found:
            raise _at(path, text, ["sites", nth, "url"], "it is there twice")
        found[url] = OtherSite(
            url=url,
            token_file=around / each["token-file"] if "token-file" in each else None,
            ca=around / each["ca"] if "ca" in each else None,
        )
    return (*found.values(),)


def _linking(told: Mapping[str, Any], path: Path, text: str) -> Linking:
    around, tls = path.absolute().parent, None
    place: list[str | int] = ["link", "listen"]
    if "certificate" in told:
        tls = LinkTls(
            certificate=around / told["certificate"],
            key=around / told["key"],
            authority=around / told["ca"],
        )
    if "listen" not in told:
        return Linking(tls=tls)
    host, _, told_ports = told["listen"].rpartition(":")
    first, _, last = told_ports.partition("-")
    ports = range(int(first), int(last or first) + 1)
    if not ports or not 0 < ports[0] <= ports[-1] <= _PORT_MAX:
        raise _at(path, text, place, f"there are no ports {told_ports}")
    host, address = _bare(host), _bare(told.get("address", host))
    if tls is None and not is_loopback(host):
        raise _at(
            path,
            text,
            place,
            "what is shipped there could be heard by others, and no certificate is given",
            "wait on 127.0.0.1, or give certificate, key and ca",
        )
    if address in _EVERYWHERE:
        hint = "give `address`: a name or an address of this machine"
        raise _at(path, text, place, f"production cannot connect to {address}", hint)
    return Linking(host=host, ports=ports, address=address, tls=tls)


def _bare(host: str) -> str:
    return host.removeprefix("[").removesuffix("]")


def _holder(each: Mapping[str, Any], nth: int, path: Path, text: str) -> Holder:
    expires = each.get("expires")
    try:
        expires_ns = None if expires is None else parse_time(expires)
    except CoreError as error:
        raise _at(path, text, ["tokens", nth, "expires"], error.what, error.hint) from None
    return Holder(
        name=each["name"],
        role=Role[each["role"].upper()],
        digest=bytes.fromhex(each["sha256"]),
        expires_ns=expires_ns,
    )


def _refuse_open(config: Config, path: Path, text: str) -> None:
    """Nobody listens to what anybody may say, or may hear."""
    if is_loopback(config.host):
        return
    if config.tls is None:
        raise _at(
            path,
            text,
            ["listen"],
            "what is said there could be heard by others, and no certificate is given",
            "serve on 127.0.0.1, or with [tls]",
        )
    if not config.holders:
        raise _at(
            path,
            text,
            ["listen"],
            "anybody could use it there, and no tokens are given",
            "`isthmus node token` makes one; or serve on 127.0.0.1",
        )


def is_loopback(host: str) -> bool:
    """Does nobody but this machine reach that address?"""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
