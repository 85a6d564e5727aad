"""Where a service is found: base paths, and the URLs of its servers.

A host and a scheme are matters of deployment: whoever sets the shim up tells it where the server
is. They are kept so that a change can be told; what decides over paths is the base path alone.
"""

import posixpath
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from compat.load.node import Node, shown

_URL_MAX: Final = 2_000
_VARIANTS_MAX: Final = 256


def base_path(holder: Node) -> str:
    """The path of the first server's URL, variables at their defaults; "" where it is the root."""
    server = next(holder.elements("servers"), None)
    if server is None:
        return ""
    try:
        return _path(_url(server))
    except ValueError:
        server.report(f"{shown(server.text('url'))} is no URL: read as the root")
        return ""


def own_base_path(holders: tuple[Node, ...]) -> str | None:
    """That of the first of an operation and its paths that names servers; None where none does."""
    holder = next((one for one in holders if next(one.elements("servers"), None)), None)
    return None if holder is None else base_path(holder)


def served_at(root: Node, holders: tuple[Node, ...]) -> tuple[str, ...] | None:
    """Every address that the first of the holders names which names any; None where none does.

    An address without a host is a path, behind its scheme where 2.0 says it ("https:/v1").
    """
    keyword = "schemes" if root.has("swagger") else "servers"
    holder = next((one for one in holders if next(one.elements(keyword), None)), None)
    if holder is None:
        return None
    if keyword == "schemes":
        found = {_address_of_20(root, each.own_text()) for each in holder.elements(keyword)}
    else:
        urls = (url for server in holder.elements(keyword) for url in _variants(server))
        found = {url.rstrip("/") if "//" in url else _path(url) for url in urls}
    return tuple(sorted(found))


def usual_addresses(root: Node) -> tuple[str, ...]:
    """Where operations are that name no servers of their own."""
    return served_at(root, (root,)) or (_address_of_20(root, "") if root.has("swagger") else "",)


def server_urls(root: Node) -> tuple[str, ...]:
    """The URLs of the servers that name a host, in any dialect."""
    return tuple(sorted(set(_urls_of_20(root) if root.has("swagger") else _urls_of_3(root))))


def server_bases(root: Node) -> frozenset[str]:
    """The base paths of all servers of a 3.x spec, with every value that variables may have."""
    return frozenset(
        _path(url)
        for holder in (root, *_holders(root))
        for server in holder.elements("servers")
        for url in _variants(server)
    )


def _path(url: str) -> str:
    """Raises ValueError for what is no URL."""
    return posixpath.normpath("/" + urlsplit(url).path.lstrip("/")).rstrip("/")


def _variants(server: Node) -> Iterator[str]:
    """The URL with each value of its variables, one variable after the other."""
    urls = [server.text("url")[:_URL_MAX]]
    for name, variable in server.members("variables"):
        values = [one.own_text() for one in variable.elements("enum")]
        urls = [
            url.replace(f"{{{name}}}", value[:_URL_MAX])[:_URL_MAX]
            for url in urls
            for value in dict.fromkeys((variable.text("default"), *values))
        ][:_VARIANTS_MAX]
    return filter(_is_url, urls)


def _is_url(url: str) -> bool:
    try:
        urlsplit(url)
    except ValueError:
        return False
    return True


def _urls_of_3(root: Node) -> Iterator[str]:
    for holder in (root, *_holders(root)):
        for server in holder.elements("servers"):
            url = _url(server)
            if "//" in url:
                yield url.rstrip("/")


def _holders(root: Node) -> Iterator[Node]:
    """The paths and their operations, which may name servers of their own."""
    for _, item in root.members("paths"):
        if isinstance(item.value, dict):
            yield item
            yield from (below for _, below in item.own_members() if isinstance(below.value, dict))


def _urls_of_20(root: Node) -> Iterator[str]:
    if isinstance(root.as_object().get("host"), str):
        stated = [scheme.own_text() for scheme in root.elements("schemes")]
        own = (each for one in _holders(root) for each in one.elements("schemes"))
        schemes = [*(stated or [""]), *(scheme.own_text() for scheme in own)]
        yield from (_address_of_20(root, scheme) for scheme in schemes)


def _address_of_20(root: Node, scheme: str) -> str:
    host, path = root.as_object().get("host"), root.text("basePath").strip("/")
    start = f"{scheme}:" if scheme else ""
    authority = f"//{host}" if isinstance(host, str) else ""
    return f"{start}{authority}/{path}".rstrip("/")


def _url(server: Node) -> str:
    url = server.text("url")
    for name, variable in server.members("variables"):
        url = url[:_URL_MAX].replace(f"{{{name}}}", variable.text("default")[:_URL_MAX])
    return url[:_URL_MAX]
