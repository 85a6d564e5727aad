"""A group at two sites is called protected only where both ends are known to be well."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest

from core.site import group
from core.site.problem import Problem
from core.site.replication import Told, judge, peers, summary
from core.site.standing import Seen, State
from core.site.store import Document

COPY: Document = {"site": "right", "url": "https://right", "mode": "sync", "link": "unix:/l"}
PRODUCTION: Document = {"id": "1", "name": "db", "copies": [COPY], "epoch": 3}
RECEIVED: Document = {
    "id": "1",
    "name": "db",
    "role": "copy",
    "mode": "sync",
    "production": {"site": "left", "node": "n"},
    "copies": [],
}
LINK = {"connected": True, "state": "shipping", "in_sync": True, "end": 9, "received": 7}
THERE = {"role": "copy", "epoch": 3, "protected": True, "reasons": [], "peers": []}
COPIED = {
    "end": 7,
    "failed": "",
    "failure": "",
    "connected": True,
    "state": "distributing",
    "in_sync": True,
    "production_end": 9,
    "applied": 5,
}


def seen(heard: Mapping[str, Any]) -> Seen:
    return Seen(pid=1, is_ready=True, heard=heard)


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_of_all_that_production_may_know_one_kind_alone_is_protected(mode: str) -> None:
    known = {**PRODUCTION, "copies": [{**COPY, "mode": mode}]}
    links: tuple[Any, ...] = (
        *(None, "no", {}, {**LINK, "connected": None}, {**LINK, "connected": False}),
        *({**LINK, "state": each} for each in ("marking", "initialising", "resyncing", None)),
        *({**LINK, "in_sync": each} for each in (False, None)),
        *({**LINK, "snapshots": {each: True}} for each in ("shipping", "refused")),
        LINK,
    )
    theirs = (
        Told(),
        Told(failure="it is away"),
        *(Told(status={**THERE, "role": each}) for each in ("production", "copy")),
        Told(status={**THERE, "protected": False}),
        Told(status={**THERE, "protected": False, "reasons": ["its disk"]}),
    )
    for link, told in product(links, theirs):
        heard = {"end": 9, "failed": "", "copy": link}
        is_linked = link is LINK or (
            mode == "async" and "in_sync" in (link or ()) and {**link, "in_sync": True} == LINK
        )
        is_well = is_linked and told.status == THERE
        standing = judge(known, seen(heard), (told,))
        assert (standing.state is State.PROTECTED) is is_well, (link, told)
        assert bool(standing.reasons) is not is_well
    for epoch, what in ((3, "says that it is production, too"), (4, "has taken over in epoch 4")):
        other = Told(status={**THERE, "role": "production", "epoch": epoch})
        heard = {"end": 9, "failed": "", "copy": LINK}
        assert what in judge(known, seen(heard), (other,)).reasons[0]
    failed = judge(known, seen({"end": 9, "failed": "EIO", "copy": LINK}), (Told(status=THERE),))
    assert failed.state is State.DEGRADED


def test_of_all_that_a_copy_may_know_one_kind_alone_is_protected() -> None:
    values: dict[str, tuple[Any, ...]] = {
        "connected": (True, False, None),
        "state": ("distributing", "initialising", "resyncing", "fast-forward", None),
        "failure": ("", "its disk is full"),
        "in_sync": (True, False, None),
    }
    for each in product(*values.values()):
        heard = {**COPIED, **dict(zip(values, each, strict=True))}
        standing = judge(RECEIVED, seen(heard), ())
        assert (standing.state is State.PROTECTED) is (heard == COPIED), heard
    lax = {**RECEIVED, "mode": "async"}
    assert judge(lax, seen({**COPIED, "in_sync": False}), ()).state is State.PROTECTED


def test_what_each_end_shows_of_the_other() -> None:
    status = {**THERE, "peers": [{"applied": 5}]}
    heard = {"end": 9, "copy": {**LINK, "copied": 1, "to_copy": 2, "lag": {"bytes": 512}}}
    (there,) = peers(PRODUCTION, seen(heard), (Told(status=status),), str)
    assert there["lag"] == {"writes": 2, "bytes": 512, "seconds": None, "parts": {}}
    assert (there["role"], there["applied"], there["copied"]) == (
        *("copy", 5),
        {"done": 1, "total": 2},
    )
    (here,) = peers(RECEIVED, seen(COPIED), (), str)
    assert (here["role"], here["site"], here["lag"]["writes"]) == ("production", "left", 2)
    (unknown,) = peers(PRODUCTION, Seen(), (Told(),), str)
    wanted = {"site", "mode", "bandwidth", "policy", "bounds", "compression"}
    assert {value for name, value in unknown.items() if name not in wanted} == {None, False}
    assert summary((there, unknown))["in_sync"] is None
    assert summary((there,))["in_sync"] is True
    assert summary(()) == {"in_sync": None, "lag": None, "peers": []}


def test_a_copy_is_kept_for_the_production_that_it_was_made_for() -> None:
    asked = {
        **group.asked_copy(
            {**PRODUCTION, "volumes": [{"name": "v", "size": 4096}], "retention": {}},
            COPY,
            node="n",
            site="left",
        )
    }
    made = group.new_copy(asked, number="1", created="now", images=["/v.img"])
    assert (made["role"], made["epoch"], made["volumes"][0]["image"]) == ("copy", 3, "/v.img")
    group.refuse_other(made, asked)
    for change, what in (
        ({"production": {"node": "m", "site": "left"}}, "no copy of that production"),
        ({"volumes": [{"name": "w", "size": 4096}]}, "other volumes"),
        ({"epoch": 2}, "has seen epoch 3"),
    ):
        with pytest.raises(Problem, match=what):
            group.refuse_other(made, {**asked, **change})
    with pytest.raises(Problem, match="no copy of that production"):
        group.refuse_other({**made, "role": "production"}, asked)
    with pytest.raises(Problem, match="same name"):
        group.check_copy({**asked, "volumes": asked["volumes"] * 2})


def test_of_several_copies_each_is_told_of_by_its_own_link() -> None:
    far: Document = {**COPY, "site": "far", "url": "https://far", "mode": "async", "link": "f:1"}
    known = {**PRODUCTION, "copies": [COPY, far]}
    links = [{**LINK, "place": "f:1", "in_sync": False}, {**LINK, "place": "unix:/l"}]
    told = (Told(status=THERE), Told(status=THERE))
    heard: dict[str, Any] = {"end": 9, "failed": "", "copies": links}
    assert judge(known, seen(heard), told).state is State.PROTECTED
    shown = peers(known, seen(heard), told, str)
    assert [(each["site"], each["in_sync"]) for each in shown] == [("right", True), ("far", False)]
    assert summary(shown)["in_sync"] is False
    heard["copies"] = [{**links[0], "connected": False, "failure": "gone"}, links[1]]
    assert judge(known, seen(heard), told).reasons == ("the copy at far is not connected: gone",)
    heard["copies"] = links[1:]
    assert judge(known, seen(heard), told).reasons == ("it is not told how the copy at far is",)
