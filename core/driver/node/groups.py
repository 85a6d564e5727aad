"""The groups of a node: what the store says of them, and who keeps each served."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any, Final

from core.driver.node import errand
from core.driver.node.clock import new_id, now_text, time_text
from core.driver.node.copies import Copies
from core.driver.node.images import refuse_open
from core.driver.node.keeper import Keeper, ask_worker
from core.driver.node.links import Links
from core.driver.node.places import (
    Places,
    forget_images,
    image_path,
    image_size,
    make_folder,
    make_image,
    sizes_there,
)
from core.driver.node.renewing import renew
from core.driver.node.sites import Sites, Watch
from core.driver.node.standby import Standby
from core.errors import CoreError
from core.site import group, replication, standing, view
from core.site.problem import Problem
from core.site.replication import Told
from core.site.standing import Seen, Standing
from core.site.store import ABSENT, Change, Document, Kept, SiteStore, StaleError, key_of, name_in

RESIZE_S: Final = 120.0
DEMOTE_S: Final = 120.0

_LOG: Final = logging.getLogger("isthmus.node")
_SAME: Final = ("state", "reasons", "worker")


class Groups:
    """All groups of a node."""

    def __init__(self, store: SiteStore, places: Places, sites: Sites, links: Links) -> None:
        self._store, self._places, self._sites, self._links = store, places, sites, links
        self._keepers: dict[str, Keeper] = {}
        self._ending: dict[str, Keeper] = {}  # of those that are let go of
        self._watches: dict[str, tuple[Watch, ...]] = {}
        self._changing = Lock()  # one change of which groups there are at a time
        self._is_stopping = False
        self.copies = Copies(store, places, sites)
        self.standby = Standby(store, places, sites, self)

    def begin(self) -> None:
        """Keep each that there is."""
        for kept in self._store.page(group.KIND):
            if group.is_standing_by(kept.document):
                self.standby.begin(kept.document)
            else:
                self._keep(kept.document)

    def stop(self) -> None:
        """End all workers."""
        with self._changing:
            self._is_stopping = True
        self.standby.stop()
        with self._changing:
            keepers = [*self._keepers.values()]
        for watches in self._watches.values():
            for watch in watches:
                watch.stop()
        for each in keepers:
            each.tell_to_stop()
        for each in keepers:
            each.stop()

    def get(self, number: str) -> Kept:
        """The group; raises Problem where there is none."""
        found = self._store.get(key_of(group.KIND, number))
        if found is None:
            raise Problem("not-found", "there is no such group")
        return found

    def view(self, kept: Kept) -> dict[str, Any]:
        """As clients see it."""
        number = name_in(kept.key)
        volumes = kept.document["volumes"]
        is_copy = group.role_of(kept.document) == group.COPY
        return view.group_view(
            kept,
            journal=str(self._places.journal(number)),
            uris={each["name"]: self._places.uri(number, each["name"]) for each in volumes},
            # Production says by its stream when one gets another size.
            sizes=sizes_there(volumes) if is_copy else {},
            link=self._links.address(kept.document),
        )

    def create(
        self,
        asked: Mapping[str, Any],
        folders: tuple[Path, ...],
        keep: Callable[[Document], list[Change]],
    ) -> Kept:
        """Commit a group together with what `keep` makes of it, and begin to keep it served."""
        group.check_new(asked)
        copies = self._sites.greeted(asked)
        images = [image_path(each["image"], folders, self._places) for each in asked["volumes"]]
        volumes = [
            {**each, "image": str(path)}
            for each, path in zip(asked["volumes"], images, strict=True)
        ]
        group.check_new({"volumes": volumes})
        with self._changing:
            if self._is_stopping:
                raise Problem("busy", "the node is being ended")
            self._refuse_taken(asked["name"], {each["image"] for each in volumes})
            sizes = [
                image_size(path, each.get("size"))
                for path, each in zip(images, volumes, strict=True)
            ]
            for path, size in zip(images, sizes, strict=True):
                make_image(path, size)
            document = group.new_group(
                {**asked, "volumes": volumes},
                number=new_id(),
                created=now_text(),
                sizes=sizes,
                copies=copies,
            )
            return self._begun(document, keep(document))

    def receive(self, number: str, asked: Mapping[str, Any], folder: Path) -> Kept:
        """Be the copy of a group of another site, whose images are made in a folder."""
        with self._changing:
            if self._is_stopping:
                raise Problem("busy", "the node is being ended")
            known = self._store.get(key_of(group.KIND, number))
            follows = known is not None and group.follows_later(known.document, asked)
            is_production = known and group.role_of(known.document) == group.PRODUCTION
            if known is not None and not is_production and not follows:
                self._links.refuse_lost(known.document)
                return self.copies.learn(known, asked)
        if known is not None:
            return self._follow(known, asked) if follows else self._rejoin(known, asked)
        with self._changing:
            group.check_copy(asked)
            around = (folder / f"{asked['name']}-{number}").resolve()
            images = [around / f"{each['name']}.img" for each in asked["volumes"]]
            document = group.new_copy(
                asked, number=number, created=now_text(), images=[*map(str, images)]
            )
            self._refuse_taken(asked["name"], {*map(str, images)})
            make_folder(around)
            for path, each in zip(images, document["volumes"], strict=True):
                make_image(path, image_size(path, each["size"]))
            with self._links.placed(document) as placed:
                return self._begun(placed, [])

    def _follow(self, kept: Kept, asked: Mapping[str, Any]) -> Kept:
        """Be the copy of production that has taken over from the one before."""
        document = group.followed(kept.document, asked)
        with self.released(name_in(kept.key), with_images=True):
            change = Change(key=kept.key, document=document, expected=kept.revision)
            revision = self._store.commit([change])
        return Kept(key=kept.key, document=document, revision=revision)

    def _rejoin(self, kept: Kept, asked: Mapping[str, Any]) -> Kept:
        """Be a copy with the images of production of before, which another site has taken over."""
        group.refuse_rejoining(kept.document, asked)
        number, rejoin = name_in(kept.key), asked["rejoin"]
        journal = str(self._places.journal(number))
        words = group.demotion_words(journal, point=rejoin["point"], epoch=asked["epoch"])
        discard = ("--discard",) if rejoin["discard"] else ()
        with self._unserved(kept.document):
            errand.run([*words, *discard], within_s=DEMOTE_S)
            latest = self.get(number)
            with self._links.placed(group.rejoined(latest.document, asked)) as document:
                change = Change(key=kept.key, document=document, expected=latest.revision)
                revision = self._store.commit([change])
        return Kept(key=kept.key, document=document, revision=revision)

    @contextmanager
    def _unserved(self, document: Document) -> Iterator[None]:
        """Nobody serves production that is to be a copy afterwards, or stands by already."""
        number = document["id"]
        if not group.is_standing_by(document):
            with self.released(number):
                yield
            return
        with self._changing:
            if self._is_stopping or number in self._keepers:
                raise Problem("conflict", "the group is being changed", hint="ask again")
            yield
            self._keep(self.get(number).document)

    def promise_copy(self, number: str, copy: Document, rejoin: Document | None) -> None:
        """Have a copy kept at another site, and commit that; who serves it is to begin anew."""
        kept = self.get(number).document
        linked = {**copy, "link": self._sites.keep(kept, copy, rejoin)}
        while True:
            latest = self.get(number)
            group.refuse_epoch(latest.document, group.epoch_of(kept))
            group.refuse_more_copies(latest.document, copy)
            document = group.with_copy(latest.document, linked)
            with suppress(StaleError):
                self._store.commit(
                    [Change(key=latest.key, document=document, expected=latest.revision)]
                )
                break

    def add_copy(self, number: str, copy: Document, rejoin: Document | None) -> None:
        """Have a copy kept at another site; hosts connect again once it is promised."""
        self.promise_copy(number, copy, rejoin)
        with self.released(number, with_images=True):
            pass

    def look(self, number: str) -> Seen:
        """What is seen of who serves a group now."""
        keeper = self._keepers.get(number)
        return Seen() if keeper is None else keeper.look()

    def let_go(self, kept: Kept, document: Document) -> None:
        """Commit what a group is that nobody is to serve; returns when nobody does.

        Raises Problem while it is being changed: whoever does that has it served again.
        """
        number = name_in(kept.key)
        with self._changing:
            if not group.is_standing_by(kept.document):
                self._refuse_released(number)
            self._store.commit([Change(key=kept.key, document=document, expected=kept.revision)])
            keeper = self._keepers.pop(number, None) or self._ending.get(number)
            for watch in self._watches.pop(number, ()):
                watch.stop()
            if keeper is None:
                return
            self._ending[number] = keeper
        keeper.stop()
        with self._changing:
            self._ending.pop(number, None)

    def keep_again(self, kept: Kept, document: Document) -> None:
        """Commit what a group is that nobody served, and keep it served."""
        with self._changing:
            if self._is_stopping:
                raise Problem("busy", "the node is being ended")
            self._store.commit([Change(key=kept.key, document=document, expected=kept.revision)])
            self._keep(document)

    def _begun(self, document: Document, more: list[Change]) -> Kept:
        """Commit a group that was not there, together with more, and begin to keep it served."""
        key, name = key_of(group.KIND, document["id"]), key_of(group.NAME, document["name"])
        changes = [
            Change(key=key, document=document, expected=ABSENT),
            Change(key=name, document={"group": document["id"]}, expected=ABSENT),
            *more,
        ]
        revision = self._store.commit(changes)
        self._keep(document)
        return Kept(key=key, document=document, revision=revision)

    def _refuse_taken(self, name: str, images: set[str]) -> None:
        if self._store.get(key_of(group.NAME, name)) is not None:
            raise Problem("conflict", f"there is a group that is called {name}")
        for kept in self._store.page(group.KIND):
            for each in kept.document["volumes"]:
                if each["image"] in images:
                    raise Problem(
                        "conflict", f"{each['image']} is of group {kept.document['name']}"
                    )

    def delete(self, kept: Kept, *, with_history: bool, with_copies: bool) -> None:
        """Serve it no longer; raises Problem while images of it are open.

        Its copies go first: where that fails, or this node dies, it is there to be asked again.
        """
        number, document = name_in(kept.key), kept.document
        discarded = group.copies_of(document) if with_copies else ()
        if self.get(number).revision != kept.revision:
            raise StaleError(kept.key)
        refuse_open(self._store, number)
        self._refuse_released(number)
        for each in discarded:
            self._sites.discard(document, each)
        with self._changing:
            refuse_open(self._store, number)
            changes = [
                Change(key=kept.key, document=None, expected=kept.revision),
                Change(key=key_of(group.NAME, kept.document["name"]), document=None),
                Change(key=key_of(standing.KIND, number), document=None),
            ]
            self._refuse_released(number)
            self._store.commit(changes)
            keeper = self._keepers.pop(number)
            watches = self._watches.pop(number)
        for watch in watches:
            watch.stop()
        keeper.stop()
        for each in discarded:
            if each["link"] is None:  # it may have been asked for meanwhile
                self._sites.discard(document, each)
        self._places.forget_group(number, with_history=with_history)
        if with_history and group.role_of(document) == group.COPY:
            forget_images([Path(each["image"]) for each in document["volumes"]])

    def resize(self, kept: Kept, name: str, size: int) -> Kept:
        """Give a volume another size."""
        number = name_in(kept.key)
        group.volume_of(kept.document, name)
        group.refuse_copy(kept.document)
        if self.get(number).revision != kept.revision:
            raise StaleError(kept.key)
        self.ask(number, "resize", RESIZE_S, volume=name, size=size)
        while True:
            latest = self.get(number)
            document = group.resized(latest.document, name, size)
            change = Change(key=kept.key, document=document, expected=latest.revision)
            with suppress(StaleError):
                revision = self._store.commit([change])
                return Kept(key=kept.key, document=document, revision=revision)

    @contextmanager
    def released(self, number: str, *, with_images: bool = False) -> Iterator[None]:
        """Nobody serves it, nor receives for it; afterwards it is kept again, as what it is.

        Raises Problem while images of it are open, unless these may stay.
        """
        with self._changing:
            self._refuse_released(number)
            if not with_images:
                refuse_open(self._store, number)
            keeper = self._keepers.pop(number)
            watches = self._watches.pop(number)
        for watch in watches:
            watch.stop()
        keeper.stop()
        try:
            yield
        finally:
            with self._changing:
                if not self._is_stopping:
                    self._keep(self.get(number).document)

    def refuse_open_images(self, number: str) -> None:
        """Raises Problem for what is not done while images of a group are open."""
        refuse_open(self._store, number)

    def _refuse_released(self, number: str) -> None:
        if number not in self._keepers:
            raise Problem("conflict", "the group is being taken over", hint="wait for that")

    def become_production(
        self, number: str, operation: str, point: int, sizes: Mapping[str, int], *, is_planned: bool
    ) -> Document:
        """Commit that it is production here, in the next epoch of the role."""
        while True:
            kept = self.get(number)
            document = group.taken_over(
                kept.document,
                sizes=sizes,
                operation=operation,
                point=point,
                is_planned=is_planned,
            )
            with suppress(StaleError):
                self._store.commit(
                    [Change(key=kept.key, document=document, expected=kept.revision)]
                )
                return document

    def ask(self, number: str, do: str, within_s: float, **arguments: object) -> Document:
        """Have the worker of a group do something; raises Problem where nobody serves it."""
        keeper = self.serving(number)
        return ask_worker(keeper.journal, do, within_s, **arguments)

    def serving(self, number: str) -> Keeper:
        """Who keeps a group that is served; raises Problem where it is not."""
        keeper = self._keepers.get(number)
        seen = None if keeper is None else keeper.look()
        if keeper is None or seen is None or not seen.is_ready or seen.busy:
            why = seen.busy or seen.failure if seen else ""
            raise Problem(
                "conflict",
                f"the group is not served now{': ' if why else ''}{why}",
                hint="its status says more",
            )
        return keeper

    def status(self, kept: Kept) -> dict[str, Any]:
        """How it is, looked at now."""
        number = name_in(kept.key)
        seen = self.look(number)
        if group.is_standing_by(kept.document):
            seen = Seen(failure="it stands by, for its copy takes over")
        told = self._told(number, kept.document)
        now = replication.judge(kept.document, seen, told)
        known = self._store.get(key_of(standing.KIND, number))
        is_same = known is not None and known.document["state"] == now.state.value
        since = known.document["since"] if known and is_same else now_text()
        return view.status_view(kept.document, seen, now, since, told, time_text)

    def change_copy(self, kept: Kept, word: str, asked: Mapping[str, Any]) -> Kept:
        """Have a copy fed in another way, from now on."""
        found = self.copies.change(kept, word, asked)
        self.copies.settle(found.document, self.look(name_in(kept.key)))
        return found

    def _told(self, number: str, document: Document) -> tuple[Told, ...]:
        """What other sites have said of their copies of a group."""
        told = {each.url: each.told for each in self._watches.get(number, ())}
        return tuple(told.get(each["url"], Told()) for each in group.copies_of(document))

    def _latest(self, document: Document) -> Document:
        """The group as it is by now, or as it was where it is gone."""
        found = self._store.get(key_of(group.KIND, document["id"]))
        return document if found is None else found.document

    def restarts(self) -> int:
        """How often workers were begun again."""
        return sum(each.restarts for each in self._keepers.values())

    def states(self) -> list[str]:
        """The state of each group, as it was seen last."""
        return [each.state.value for each in [*self._keepers.values()]]

    def _keep(self, document: Document) -> None:
        number = document["id"]
        images = {each["name"]: each["image"] for each in document["volumes"]}

        def words() -> tuple[str, ...]:
            linked = self._linked(number)
            renew(linked, self._places.journal(number))
            return group.worker_words(
                linked,
                images=self._places.named_images(number, images),
                journal=str(self._places.journal(number)),
                listen=self._links.listen(document),
                secured=self._links.words(document),
            )

        def judged(seen: Seen) -> Standing:
            latest = self._latest(document)
            self.copies.settle(latest, seen)
            return replication.judge(latest, seen, self._told(number, latest))

        def told(seen: Seen, now: Standing) -> None:
            self._tell(self._latest(document), seen, now)

        watches = tuple(
            Watch(self._sites, number, each, self.copies.teach)
            for each in group.copies_of(document)
        )
        keeper = Keeper(
            number,
            group.command_of(document),
            words,
            self._places.journal(number),
            self._places.log(number),
            judged,
            told,
        )
        self._watches[number], self._keepers[number] = watches, keeper
        for each in watches:
            each.start()
        keeper.start()

    def _linked(self, number: str) -> Document:
        """The group, each copy of which is kept by its site, and has a link."""
        while True:
            kept = self.get(number)
            lacking = [each for each in group.copies_of(kept.document) if each["link"] is None]
            if not lacking:
                return kept.document
            link = self._sites.keep(kept.document, lacking[0])
            document = group.linked(kept.document, lacking[0]["url"], link)
            with suppress(StaleError):
                self._store.commit(
                    [Change(key=kept.key, document=document, expected=kept.revision)]
                )

    def _tell(self, document: Document, seen: Seen, now: Standing) -> None:
        """Commit what was seen, where that is news."""
        key = key_of(standing.KIND, document["id"])
        known = self._store.get(key)
        told = self._told(document["id"], document)
        shown = view.status_view(document, seen, now, now_text(), told, time_text)
        if known is not None:
            if known.document["state"] == shown["state"]:
                shown["since"] = known.document["since"]
            if all(known.document[name] == shown[name] for name in _SAME):
                return
        gone = self._store.get(key_of(group.KIND, document["id"])) is None
        if gone:
            return
        try:
            self._store.commit([Change(key=key, document=shown)])
        except CoreError as error:
            _LOG.error("what was seen of group %s is not kept: %s", document["id"], error)
