"""Groups: what is kept of them, and how their workers are begun."""

from typing import Any

import pytest

from core.site import group
from core.site.group import (
    at_port,
    check_new,
    new_group,
    resized,
    taken_over,
    volume_of,
    worker_words,
)
from core.site.image import image_words, new_image, opened
from core.site.problem import Problem

ASKED: dict[str, Any] = {
    "name": "db",
    "volumes": [{"name": "data", "image": "/i/a"}, {"name": "log", "image": "/i/b", "size": 9}],
}
GROUP = new_group(ASKED, number="1", created="then", sizes=(8, 9))


def test_what_was_not_said_has_its_value() -> None:
    assert GROUP["retention"] == {"journal_size": 20 << 30, "window": "24h", "ladder": ""}
    assert [each["size"] for each in GROUP["volumes"]] == [8, 9]


def test_volumes_are_each_their_own() -> None:
    check_new(ASKED)
    for what in ("name", "image"):
        other = {**ASKED["volumes"][1], what: ASKED["volumes"][0][what]}
        with pytest.raises(Problem, match=f"two volumes have the {what}"):
            check_new({**ASKED, "volumes": [ASKED["volumes"][0], other]})


def test_a_volume_is_found_and_resized_by_its_name() -> None:
    assert volume_of(resized(GROUP, "log", 16), "log")["size"] == 16
    assert volume_of(resized(GROUP, "log", 16), "data")["size"] == 8
    with pytest.raises(Problem, match="no volume none"):
        volume_of(GROUP, "none")


def test_words_of_a_worker() -> None:
    words = worker_words(GROUP, images=("/v/data", "/v/log"), journal="/j", listen="unix:/s")
    assert " ".join(words) == (
        "protect /v/data /v/log --journal /j --listen unix:/s "
        "--journal-size 21474836480 --window=24h"
    )
    asked = {**ASKED, "retention": {"ladder": "2h:all 7d:1h"}}
    laddered = new_group(asked, number="1", created="then", sizes=(8, 9))
    words = worker_words(laddered, images=("/v/data", "/v/log"), journal="/j", listen="unix:/s")
    assert words[-1] == "--ladder=2h:all 7d:1h"  # which says how far back history goes


def test_files_for_tls_are_for_links_over_a_network_alone() -> None:
    files = ("--key=k",)
    told: dict[str, Any] = {"images": ("/v",), "journal": "/j", "secured": files}
    for link, is_secured in (("unix:/l", False), ("right:7500", True)):
        copies = [{"mode": "sync", "link": link, "url": "u"}]
        words = worker_words({**GROUP, "copies": copies}, listen="unix:/s", **told)
        assert ("--key=k" in words) is is_secured
        words = worker_words({**GROUP, "role": "copy"}, listen=link, **told)
        assert ("--key=k" in words) is is_secured
    assert "--key=k" not in worker_words(GROUP, listen="unix:/s", **told)


def test_a_copy_that_has_taken_over_waits_on_no_port() -> None:
    copy = at_port({**GROUP, "role": "copy", "mode": "sync", "production": {}}, 7500)
    assert copy["port"] == 7500
    found = taken_over(copy, sizes={}, operation="1", point=7)
    assert not {"port", "mode", "production"} & {*found}


def test_words_of_an_image() -> None:
    image = new_image({"group": "1", "at": "-1h", "writable": True}, number="2", created="now")
    words = image_words(image, journal="/j", socket="/s", scratch="/t")
    assert " ".join(words) == "image open /j --at=-1h --listen unix:/s --scratch /t --writable"
    found = opened(image, {"point": 7, "uris": ["nbd:x"]})
    assert (found["state"], found["sequence"], found["uris"]) == ("open", 7, ["nbd:x"])


def test_a_copy_follows_another_production_that_is_of_a_later_epoch_alone() -> None:
    copied = {
        "name": "db",
        "role": group.COPY,
        "epoch": 2,
        "mode": "sync",
        "production": {"node": "n", "site": "left"},
        "volumes": [{"name": "v"}],
    }
    asked = {
        "epoch": 3,
        "mode": "async",
        "production": {"node": "m", "site": "right"},
        "volumes": [{"name": "v"}],
    }
    assert group.follows_later(copied, asked)
    assert not group.follows_later(copied, {**asked, "epoch": 2})
    assert not group.follows_later(copied, {**asked, "production": copied["production"]})
    assert not group.follows_later({**copied, "role": group.PRODUCTION}, asked)
    with pytest.raises(Problem, match="other volumes"):
        group.follows_later(copied, {**asked, "volumes": [{"name": "w"}]})
    found = group.followed(copied, asked)
    assert (found["epoch"], found["mode"], found["production"]["site"]) == (3, "async", "right")


def test_a_copy_learns_in_which_epoch_the_same_node_is_production_again() -> None:
    copied = {
        "name": "db",
        "role": group.COPY,
        "epoch": 1,
        "mode": "sync",
        "production": {"node": "n", "site": "left"},
        "volumes": [{"name": "v", "size": 4096}],
    }
    asked = {**copied, "epoch": 3, "mode": "async"}
    group.refuse_other(copied, asked)
    assert not group.follows_later(copied, asked)
    found = group.learned(copied, asked)
    assert (found["epoch"], found["mode"]) == (3, "async")
    taken = group.taken_over(found, sizes={}, operation="o", point=7)
    group.refuse_rejoining({**asked, "role": group.PRODUCTION}, {**taken, "rejoin": {}})
    assert group.awaited(taken) is None
    planned = group.taken_over(found, sizes={}, operation="o", point=7, is_planned=True)
    assert group.awaited(planned) == {"node": "n", "site": "left", "mode": "async"}
    assert group.awaited(group.with_copy(planned, {"node": "n"})) is None


def test_a_site_keeps_one_copy_of_a_group() -> None:
    known: Any = {"name": "db", "copies": [{"node": str(n), "site": f"s{n}"} for n in range(3)]}
    group.refuse_more_copies(known, {"node": "9", "site": "s9"})
    with pytest.raises(Problem, match="s1 keeps a copy of db already"):
        group.refuse_more_copies(known, known["copies"][1])
    full = {**known, "copies": [{"node": str(n), "site": f"s{n}"} for n in range(4)]}
    with pytest.raises(Problem, match="a group has 4 at most"):
        group.refuse_more_copies(full, {"node": "9", "site": "s9"})
