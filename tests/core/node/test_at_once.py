"""More than one thing is done to a group at once, or its node dies in the midst of one."""

import os
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from threading import Thread

import pytest

from core.driver.node.config import Config, Linking
from core.driver.node.groups import Groups
from core.driver.node.images import Images
from core.driver.node.links import Links
from core.driver.node.places import Places, make_image
from core.driver.node.process import Bell
from core.driver.node.removing_copy import removing_copy
from core.driver.node.renewing import is_kept_elsewhere
from core.driver.node.sites import Sites
from core.driver.node.standby import Standby
from core.driver.node.store import SqliteStore
from core.site import group, image
from core.site.problem import Problem
from core.site.replication import SHIPPING
from core.site.standing import Seen
from core.site.store import Change, Document, Kept, key_of
from tests.core.driver.waiting import until
from tests.core.node.running import JOURNAL, MIB

NUMBER = "1"
ORDER = {"epoch": 2, "node": "right"}


class At:
    """A node that serves one group; nobody keeps its copy, if it has one."""

    def __init__(self, top: Path, *, has_copy: bool) -> None:
        config = Config(
            name="left",
            state=top,
            images=(),
            host="",
            port=0,
            tls=None,
            holders=(),
            sites=(),
            link=Linking(),
            connections=1,
            strict=False,
        )
        self.places = Places(top)
        self.places.make()
        self.store = SqliteStore(self.places.store)
        self.sites = Sites(config, "left")
        self.links = Links(config.link, self.store, self.places)
        self.link = self.places.link(NUMBER)
        image = top / "disk.img"
        make_image(image, MIB)
        asked = {"name": "db", "volumes": [{"name": "disk", "image": str(image)}]}
        asked["retention"] = {"journal_size": JOURNAL}  # type: ignore[assignment]
        copy = {"site": "right", "node": "right", "url": "http://right", "mode": "async"}
        copies = [{**copy, "link": self.link}] if has_copy else []
        document = group.new_group(asked, number=NUMBER, created="", sizes=[MIB], copies=copies)
        self.store.commit([Change(key=key_of(group.KIND, NUMBER), document=document)])
        self.begin()

    def begin(self) -> None:
        """Serve what there is."""
        self.groups = Groups(self.store, self.places, self.sites, self.links)
        self.groups.begin()
        until(lambda: self.groups.look(NUMBER).heard is not None)

    def stop(self) -> None:
        self.groups.stop()
        self.store.close()


@pytest.fixture
def at(request: pytest.FixtureRequest) -> Iterator[At]:
    with tempfile.TemporaryDirectory(prefix="isn") as top:
        found = At(Path(top), has_copy=getattr(request, "param", True))
        try:
            yield found
        finally:
            found.stop()


class Released:
    """The groups of a node, one of which is released as soon as somebody has looked at it."""

    def __init__(self, at: At, stack: ExitStack) -> None:
        self._at, self._stack = at, stack

    def look(self, number: str) -> Seen:
        self._stack.enter_context(self._at.groups.released(number))
        link = {"place": self._at.link, "connected": True, "state": SHIPPING}
        return Seen(heard={"copies": [link]})

    def let_go(self, kept: Kept, document: Document) -> None:
        self._at.groups.let_go(kept, document)

    def keep_again(self, kept: Kept, document: Document) -> None:
        self._at.groups.keep_again(kept, document)


def test_what_is_being_changed_does_not_stand_by_for_it_is_served_again(at: At) -> None:
    with ExitStack() as stack:
        standby = Standby(at.store, at.places, at.sites, Released(at, stack))
        with pytest.raises(Problem, match="is being taken over"):
            standby.order(at.groups.get(NUMBER), ORDER)
    assert not group.is_standing_by(at.groups.get(NUMBER).document)
    until(lambda: at.groups.look(NUMBER).heard is not None)


def let_go(at: At) -> Thread:
    """Somebody has hosts let go of; that is committed."""
    kept = at.groups.get(NUMBER)
    document = group.standing_by(kept.document, ORDER)
    thread = Thread(target=at.groups.let_go, args=(kept, document))
    thread.start()
    until(lambda: at.groups.get(NUMBER).revision > kept.revision)
    return thread


def test_whoever_orders_it_again_hears_no_sooner_that_nobody_is_served(at: At) -> None:
    pid = at.groups.look(NUMBER).pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    threads = list[Thread]()
    try:
        threads += [let_go(at), let_go(at)]
        threads[1].join(0.5)
        assert [each.is_alive() for each in threads] == [True, True]
    finally:
        os.kill(pid, signal.SIGCONT)
        for each in threads:
            each.join(30)
    assert not Path(f"/proc/{pid}").exists()


def test_two_who_ask_for_the_same_copy_at_once_get_one(
    at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for there by both, who find none here; that is one and the same there."""
    copy = {"site": "top", "node": "top", "url": "http://top", "mode": "async"}

    def keep(*_: object) -> str:
        monkeypatch.setattr(at.sites, "keep", lambda *_: "unix:/top")
        at.groups.promise_copy(NUMBER, copy, None)
        return "unix:/top"

    monkeypatch.setattr(at.sites, "keep", keep)
    with pytest.raises(Problem, match="keeps a copy of db already"):
        at.groups.promise_copy(NUMBER, copy, None)
    found = group.copies_of(at.groups.get(NUMBER).document)
    assert [each["node"] for each in found] == ["right", "top"]


@pytest.mark.parametrize("at", [False], indirect=True)
def test_an_image_that_is_closed_while_it_is_opened_is_not_open_afterwards(at: At) -> None:
    images = Images(at.store, at.places)

    def close(document: Document) -> list[Change]:
        (kept,) = at.store.page(image.KIND)
        assert (kept.document["id"], kept.document["state"]) == (document["id"], image.OPENING)
        images.close(kept)
        return []

    try:
        with pytest.raises(Problem, match="was closed"):
            images.open({"group": NUMBER, "at": "latest"}, close)
        assert at.store.page(image.KIND) == []
        assert [each.stem for each in at.places.sockets.glob("*.sock")] == [NUMBER]
    finally:
        images.stop()


def test_no_copy_goes_with_a_group_that_is_not_deleted(
    at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image of it is open: that is found before anything is taken away elsewhere."""
    gone = list[object]()
    monkeypatch.setattr(at.sites, "discard", lambda _group, copy: gone.append(copy["site"]))
    key, made = key_of(image.KIND, "2"), {"group": NUMBER, "state": image.OPEN}
    at.store.commit([Change(key=key, document=made)])
    kept = at.groups.get(NUMBER)
    with pytest.raises(Problem, match="1 image of the group is open"):
        at.groups.delete(kept, with_history=False, with_copies=True)
    assert gone == []
    at.store.commit([Change(key=key, document=None)])
    with at.groups.released(NUMBER), pytest.raises(Problem, match="is being taken over"):
        at.groups.delete(kept, with_history=False, with_copies=True)
    assert gone == []
    at.groups.delete(kept, with_history=False, with_copies=True)
    assert gone == ["right"]


class KilledError(BaseException):
    """The node is no more."""


def test_a_node_that_is_killed_as_it_lets_go_of_a_copy_tells_that_in_its_next_life(
    at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = list[tuple[str, str, int]]()

    def release(number: str, copy: Document, epoch: int) -> None:
        told.append((number, copy["url"], epoch))
        if len(told) == 1:
            raise KilledError

    def leave() -> Mapping[str, object]:
        step = removing_copy(at.groups, at.places, at.sites)
        return step({"group": NUMBER, "request": asked}, 60.0, Bell(), lambda *_: None)

    monkeypatch.setattr(at.sites, "release", release)
    asked = {"site": "http://right", "name": "right", "node": "right", "epoch": 1, "dry_run": False}
    with pytest.raises(KilledError):
        leave()
    at.groups.stop()
    at.begin()
    assert leave()["told"] is True
    assert told == [(NUMBER, "http://right", 1)] * 2
    assert group.copies_of(at.groups.get(NUMBER).document) == []
    assert not is_kept_elsewhere(at.places.journal(NUMBER))
