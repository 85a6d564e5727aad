"""Where the versions are served: hosts are told, base paths are turned."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from compat.model.interface import Interface
from compat.plan.bridge import Judgement, Verdict
from compat.plan.ledger import Finding, Ledger
from compat.plan.spot import Side

_TOLD = Judgement(
    verdict=Verdict.NONE, treatment="nothing to do: whoever sets the shim up says where servers are"
)
_UNLED = Judgement(
    verdict=Verdict.NONE, treatment="nothing to do: only the first server's base path is turned"
)


def compare_servers(ledger: Ledger, old: Interface, new: Interface) -> None:
    """Hosts and schemes, where both specs name them; further base paths of other servers."""
    ours, theirs = _origins(old), _origins(new)
    if ours and theirs and ours != theirs and not _same_hosts(ours, theirs):
        _enter(ledger, old, new, "servers-changed", (ours, theirs), _TOLD)
    more = _other_bases(old), _other_bases(new)
    if more[0] != more[1]:
        _enter(ledger, old, new, "server-paths-changed", more, _UNLED)


def _enter(
    ledger: Ledger,
    old: Interface,
    new: Interface,
    kind: str,
    sides: tuple[frozenset[str], frozenset[str]],
    judgement: Judgement,
) -> None:
    before, after = (", ".join(sorted(side)) or "none" for side in sides)
    ledger.enter(
        Finding(
            kind=kind,
            subject="servers",
            message=f"{before} became {after}",
            old=old.place,
            new=new.place,
            side=Side.REQUEST,
            up=judgement,
            down=judgement,
        )
    )


def _origins(interface: Interface) -> frozenset[str]:
    return frozenset(url.partition("//")[0] + "//" + _host(url) for url in interface.servers)


def _same_hosts(ours: Iterable[str], theirs: Iterable[str]) -> bool:
    """Specs of 2.0 may leave the scheme open."""
    is_open = any(url.startswith("//") for url in (*ours, *theirs))
    return is_open and set(map(_host, ours)) == set(map(_host, theirs))


def _host(url: str) -> str:
    return url.partition("//")[2].partition("/")[0]


def _other_bases(interface: Interface) -> frozenset[str]:
    found = {urlsplit(url).path.rstrip("/") for url in interface.servers}
    own = {operation.base_path for operation in interface.operations}
    return frozenset(found - {interface.base_path} - own)
