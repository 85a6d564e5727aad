"""Where the versions are served: hosts are told, base paths are turned.

Only that of the first server is: an old client that calls at another one, which the new version
does not have, is answered 404, and a person must know of it.
"""

from collections.abc import Iterable
from typing import Final

from compat.model.interface import Interface
from compat.plan.bridge import Judgement, Verdict
from compat.plan.gate.stance import only_passes
from compat.plan.ledger import Finding, Ledger
from compat.plan.spot import Side

_SUBJECT: Final = "servers"
_PATHS_CHANGED: Final = "server-paths-changed"

_TOLD = Judgement(
    verdict=Verdict.NONE, treatment="nothing to do: whoever sets the shim up says where servers are"
)
_UNLED = Judgement(
    verdict=Verdict.NONE, treatment="nothing to do: only the first server's base path is turned"
)
_GONE = Judgement(
    verdict=Verdict.NEEDS_INTENT,
    treatment="passes as it is, for only the first server's base path is turned: "
    "say that nobody calls there",
)
_KNOWN = Judgement(verdict=Verdict.LOSSY, treatment="passes as it is, as accepted")


def compare_servers(ledger: Ledger, old: Interface, new: Interface) -> None:
    """Hosts and schemes, where both specs name them; further base paths of other servers."""
    ours, theirs = _origins(old), _origins(new)
    if ours and theirs and ours != theirs and not _same_hosts(ours, theirs):
        _enter(ledger, old, new, "servers-changed", (ours, theirs), (_TOLD, _TOLD))
    _compare_bases(ledger, old, new)


def _compare_bases(ledger: Ledger, old: Interface, new: Interface) -> None:
    ours, theirs = _other_bases(old), _other_bases(new)
    if ours == theirs:
        return
    accepted = ledger.accepted(_PATHS_CHANGED, _SUBJECT)
    if accepted is not None:
        only_passes(accepted, "calls at other base paths pass as they are")
    gone = _GONE if accepted is None else _KNOWN
    up = gone if ours - theirs else _UNLED
    _enter(ledger, old, new, _PATHS_CHANGED, (ours, theirs), (up, _UNLED))


def _enter(
    ledger: Ledger,
    old: Interface,
    new: Interface,
    kind: str,
    sides: tuple[frozenset[str], frozenset[str]],
    judgements: tuple[Judgement, Judgement],
) -> None:
    up, down = judgements
    before, after = (", ".join(sorted(side)) or "none" for side in sides)
    ledger.enter(
        Finding(
            kind=kind,
            subject=_SUBJECT,
            message=f"{before} became {after}",
            old=old.place,
            new=new.place,
            side=Side.REQUEST,
            up=up,
            down=down,
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
    own = {operation.base_path for operation in interface.operations}
    return interface.bases - {interface.base_path} - own
