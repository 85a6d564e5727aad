"""The nodes of other sites, as this one asks them: to keep copies, and how these are."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Thread
from typing import Any, Final

from jsonschema.protocols import Validator

from core.driver.asking import Asking, RefusedError, http_client, read_token
from core.driver.node.config import Config, OtherSite
from core.driver.node.links import refuse_unreachable
from core.driver.node.process import Bell
from core.driver.node.spec import contract
from core.errors import CoreError
from core.site import group
from core.site.problem import Problem
from core.site.replication import Told
from core.site.store import Document

ASK_S: Final = 10.0
DIVERGENCE_S: Final = 60.0
REJOIN_S: Final = 150.0
WATCH_S: Final = 3.0
LOOK_S: Final = 1.0
FRESH_S: Final = 6.0

_LOG: Final = logging.getLogger("isthmus.node")
_NOT_FOUND: Final = 404


class Sites:
    """All other sites that the configuration names; `node` is the id of this one."""

    def __init__(self, config: Config, node: str) -> None:
        self._sites = {each.url: each for each in config.sites}
        self._name, self._node = config.name, node
        self._is_secured = config.link.tls is not None
        spec = contract()
        self._shapes = {
            name: spec.validator("components", "schemas", name)
            for name in ("Group", "GroupPage", "GroupStatus", "Node", "Divergence", "OperationPage")
        }

    def greeted(self, asked: Mapping[str, Any]) -> Sequence[Document]:
        """The copies of a group that is to be made, as it keeps them; nothing is made yet.

        Raises CoreError where one of their sites is not known, or could not keep one.
        """
        found: list[Document] = []
        for each in asked.get("copies", ()):
            url = each["site"].rstrip("/")
            with self.asking(url) as asking:
                node = self._get(asking, "/v1/node", "Node")
                same = self._get(asking, "/v1/groups", "GroupPage", name=asked["name"])
            self._refuse_twin(url, node)
            if node["id"] in [each["node"] for each in found]:
                raise Problem(
                    "invalid",
                    f"{url}: that is a node that was named already",
                    hint="name each node once, by one of its URLs",
                )
            if same["groups"]:
                raise Problem(
                    "conflict",
                    f"{url}: there is a group that is called {asked['name']}",
                    hint="choose another name",
                )
            mode = each.get("mode", group.ASYNC)
            found.append(
                {"site": node["name"], "node": node["id"], "url": url, "mode": mode, "link": None}
            )
        return found

    def met(self, url: str, number: str, mode: str) -> tuple[Document, Document | None]:
        """A copy at that site, as its group keeps it, and what it has of that group by now."""
        with self.asking(url) as asking:
            node = self._get(asking, "/v1/node", "Node")
            self._refuse_twin(url, node)
            theirs: Document | None = None
            try:
                theirs = self._get(asking, f"/v1/groups/{number}", "Group")
            except RefusedError as error:
                if error.status != _NOT_FOUND:
                    raise
        site = {"site": node["name"], "node": node["id"], "url": url, "mode": mode, "link": None}
        return site, theirs

    def url_of(self, node: str) -> str:
        """Where a node is reached; raises CoreError where none of the sites is that node."""
        failures = []
        for url in self._sites:
            try:
                with self.asking(url) as asking:
                    if self._get(asking, "/v1/node", "Node")["id"] == node:
                        return url
            except (CoreError, OSError) as error:
                failures.append(str(error).partition("\n")[0])
        raise Problem(
            "refused",
            f"the node of production is not reached{': ' if failures else ''}{'; '.join(failures)}",
            hint="name its site in the node's configuration: [[sites]]",
        )

    def stand_by(self, url: str, number: str, epoch: int) -> None:
        """Have production there end, all of which is here then; raises CoreError."""
        path = f"/v1/groups/{number}/standby"
        with self.asking(url, within_s=REJOIN_S) as asking:
            self._checked(asking, asking.put(path, {"epoch": epoch, "node": self._node}), "Group")

    def takes_over(self, kept: Document) -> bool:
        """Has the copy for which production stands by taken over, or is it about to?

        Raises CoreError where that is not known.
        """
        number = kept["id"]
        copy = group.copy_at(kept, "node", kept["standing_by"]["node"])
        with self.asking(copy["url"]) as asking:
            self._refuse_another(asking, copy)
            # In that order: what ends between has taken over when it is asked for that.
            for state in ("pending", "running"):
                found = self._get(
                    asking, "/v1/operations", "OperationPage", group=number, state=state
                )
                if any(each["kind"] == "failover" for each in found["operations"]):
                    return True
            return bool(self.status(asking, number)["role"] != group.COPY)

    def divergence(self, url: str, number: str, *, point: int, epoch: int) -> Document:
        """What production of before has there and not here; raises CoreError."""
        path = f"/v1/groups/{number}/divergence"
        with self.asking(url, within_s=DIVERGENCE_S) as asking:
            found = self._get(asking, path, "Divergence", point=point, epoch=epoch)
        return dict(found)

    def keep(self, kept: Document, copy: Document, rejoin: Document | None = None) -> str:
        """Have the copy of a group kept there, and return its link; raises CoreError.

        `rejoin` is for a site where the group was production before.
        """
        asked = group.asked_copy(kept, copy, node=self._node, site=self._name)
        if rejoin is not None:
            asked = {**asked, "rejoin": rejoin}
        within_s = ASK_S if rejoin is None else REJOIN_S
        with self.asking(copy["url"], within_s=within_s) as asking:
            self._refuse_another(asking, copy)
            path = f"/v1/groups/{kept['id']}/copy"
            made = self._checked(asking, asking.put(path, asked), "Group")
        link = str(made["link"])
        refuse_unreachable(link, copy["url"], is_secured=self._is_secured)
        return link

    def release(self, number: str, copy: Document, epoch: int) -> None:
        """Tell the node of a copy that production here ships to it no more; raises CoreError."""
        path = f"/v1/groups/{number}/copy"
        with self.asking(copy["url"]) as asking:
            self._refuse_another(asking, copy)
            asking.ask_away(path, epoch=epoch, node=self._node)

    def end_of(self, url: str, number: str) -> int | None:
        """The last write that a copy has there; raises CoreError."""
        with self.asking(url) as asking:
            found: int | None = self.status(asking, number)["end"]
        return found

    @property
    def name(self) -> str:
        """What this site is called."""
        return self._name

    def discard(self, kept: Document, copy: Document) -> None:
        """See that the copy of a group is gone, with all that it has; raises CoreError."""
        path = f"/v1/groups/{kept['id']}"
        with self.asking(copy["url"]) as asking:
            self._refuse_another(asking, copy)
            try:
                found = self._get(asking, path, "Group")
                if found["role"] != group.COPY:
                    raise Problem("conflict", f"{copy['site']} has it as {found['role']}")
                asking.delete(path, revision=found["revision"], history="discard")
            except RefusedError as error:
                if error.status != _NOT_FOUND:
                    raise

    def status(self, asking: Asking, number: str) -> Document:
        """How a group is there; raises CoreError."""
        found: Document = self._get(asking, f"/v1/groups/{number}/status", "GroupStatus")
        return found

    @contextmanager
    def asking(self, url: str, *, within_s: float = ASK_S) -> Iterator[Asking]:
        """Somebody who asks the node at a URL, with the credentials that are configured for it."""
        site = self._sites.get(url)
        if site is None:
            raise Problem(
                "refused",
                f"{url}: no such site is known",
                hint="name it in the node's configuration: [[sites]]",
            )
        ca = None if site.ca is None else str(site.ca)
        with http_client(url, token=_token(site), ca=ca, patience_s=within_s) as http:
            yield Asking(http)

    def _refuse_twin(self, url: str, node: Document) -> None:
        """Copies are of sites by their names: no two that know each other have the same."""
        if node["id"] == self._node:
            raise Problem(
                "refused",
                f"{url}: that is this node itself",
                hint="name the node of another site",
            )
        if node["name"] == self.name:
            raise Problem(
                "refused",
                f"{url}: that site is called {self.name}, as this one is",
                hint="give one of them another name in its configuration, and start it anew",
            )

    def _refuse_another(self, asking: Asking, copy: Document) -> None:
        """A URL may come to mean another node than the one that was met there."""
        if self._get(asking, "/v1/node", "Node")["id"] != copy["node"]:
            raise CoreError(
                f"another node than {copy['site']} answers there",
                where=copy["url"],
                hint="give that URL back to it, or remove its copy and add one at the other",
            )

    def _get(self, asking: Asking, path: str, shape: str, **query: object) -> Any:
        return self._checked(asking, asking.get(path, **query), shape)

    def _checked(self, asking: Asking, document: Any, shape: str) -> Any:
        validator: Validator = self._shapes[shape]
        if not validator.is_valid(document):
            raise CoreError(
                "what it answers is none of this interface",
                where=asking.url,
                hint="bring both sites to the same release",
            )
        return document


class Watch:
    """Asks the node that keeps a copy again and again how that is, until `stop`."""

    def __init__(
        self,
        sites: Sites,
        number: str,
        copy: Document,
        heard: Callable[[str, str, Document], object],
    ) -> None:
        """`heard` is told of each status, with the group and the URL of that node."""
        self._sites, self._number, self.url, self._heard = sites, number, copy["url"], heard
        self._last, self._heard_s = Told(), 0.0
        self._bell = Bell()
        self._thread = Thread(target=self._watch, name=f"watch {number}", daemon=True)

    @property
    def told(self) -> Told:
        """What was said last, if that is not too old."""
        last, is_fresh = self._last, time.monotonic() - self._heard_s < FRESH_S
        if last.status is not None and not is_fresh:
            return Told(failure="its node does not answer in time")
        return last

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> None:
        """Ask no more; an answer that is waited for is not."""
        self._bell.ring()

    def _watch(self) -> None:
        while not self._bell.rings(LOOK_S):
            try:
                with self._sites.asking(self.url, within_s=WATCH_S) as asking:
                    while not self._bell.rings():
                        status = self._sites.status(asking, self._number)
                        self._last, self._heard_s = Told(status=status), time.monotonic()
                        self._heard(self._number, self.url, status)
                        self._bell.rings(LOOK_S)
            except (CoreError, OSError) as error:
                self._last = Told(failure=str(error).partition("\n")[0])
            except Exception:  # what is not known is told so, whatever this was
                _LOG.exception("watching the copy of group %s failed", self._number)
                self._last = Told(failure="the node made a mistake: its log says more")


def _token(site: OtherSite) -> str:
    if site.token_file is None:
        return ""
    try:
        return read_token(site.token_file)
    except OSError as error:
        raise CoreError(
            f"cannot be read: {error.strerror}",
            where=str(site.token_file),
            hint=f"put the token for {site.url} there, for the node alone to read",
        ) from None


assert LOOK_S + WATCH_S < FRESH_S
