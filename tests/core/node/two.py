"""Two sites: nodes as processes, one of which may ask the other to keep copies."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from tests.compat.cli.running import Ended
from tests.core.cli.running import isthmus
from tests.core.driver.relay import Relay
from tests.core.node.running import MIB, Node, new_group, node, token_settings, until_state

TOKEN: Final = "right-admin-5vXq2Zr8Lk0TnB4sWc7E"


class Sites:
    """`left` knows `right` by the URL of a relay, which may be cut; so does `right` know `left`."""

    def __init__(self, left: Node, right: Node, relay: Relay, back: Relay) -> None:
        self.left, self.right, self.relay, self.back = left, right, relay, back

    @property
    def url(self) -> str:
        """Of the right site, as the left one knows it."""
        return f"http://127.0.0.1:{self.relay.port}"

    @property
    def left_url(self) -> str:
        """Of the left site, as the right one knows it."""
        return f"http://127.0.0.1:{self.back.port}"

    def start_left(self) -> None:
        """Begin the next life of its node."""
        self.left.start()
        self.back.to = int(self.left.url.rpartition(":")[2])

    def start_right(self) -> None:
        """Begin the next life of its node."""
        self.right.start()
        self.relay.to = int(self.right.url.rpartition(":")[2])

    def here(self) -> httpx.Client:
        """Somebody who asks the left node."""
        return self.left.client()

    def there(self) -> httpx.Client:
        """Somebody who asks the right one."""
        return self.right.client(TOKEN)

    def command(self, *words: str, site: str = "left") -> Ended:
        """What a command says, asked of a site."""
        if site == "left":
            return isthmus("--site", self.left.url, *words)
        return isthmus("--site", self.right.url, *words, ISTHMUS_TOKEN=TOKEN)

    def asked(self, name: str, *volumes: str, mode: str = "async", size: int = MIB) -> Any:
        """What is sent for a group that has a copy."""
        copies = [{"site": self.url, "mode": mode}]
        return {**new_group(self.left, name, *volumes or ("data",), size=size), "copies": copies}

    def made(self, name: str, *volumes: str, mode: str = "async", size: int = MIB) -> Any:
        """A group that is protected at both sites."""
        with self.here() as client:
            answer = client.post(
                "/v1/groups", json=self.asked(name, *volumes, mode=mode, size=size)
            )
        assert answer.status_code == 201, answer.text
        group = answer.json()
        self.until_protected(group["id"])
        return group

    def until_protected(self, group: str) -> None:
        """Both sites say so."""
        with self.here() as here, self.there() as there:
            until_state(here, group, "protected")
            until_state(there, group, "protected")

    def groups(self) -> Sequence[Sequence[str]]:
        """The ids of those there are, here and there."""
        found = []
        for client in (self.here(), self.there()):
            with client:
                found.append([each["id"] for each in client.get("/v1/groups").json()["groups"]])
        return found


@contextmanager
def sites(token: str = TOKEN, *, left: str = "", right: str = "") -> Iterator[Sites]:
    """Both, with nothing left of them in the end; with `token` the left one asks the right.

    `left` and `right` are what their configurations have besides.
    """
    with ExitStack() as stack:
        back = Relay(1)
        stack.callback(back.close)
        known = f'[[sites]]\nurl = "http://127.0.0.1:{back.port}"\n'
        there = stack.enter_context(
            node(token_settings([("admin", TOKEN, "")]) + known + right, name="right")
        )
        relay = Relay(int(there.url.rpartition(":")[2]))
        stack.callback(relay.close)
        settings = f'[[sites]]\nurl = "http://127.0.0.1:{relay.port}"\ntoken-file = "right.token"\n'
        here = stack.enter_context(node(settings + left, secrets={"right.token": token}))
        back.to = int(here.url.rpartition(":")[2])
        found = Sites(here, there, relay, back)
        yield found
        relay.heal()


def journal(found: Node, group: str) -> Path:
    """Of a group, at a site."""
    return found.state / "journals" / group
