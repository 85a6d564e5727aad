"""What the workers of groups are told of copies, as the node has it."""

import logging
from pathlib import Path
from typing import Any

import pytest

from core.driver.control import ControlServer
from core.driver.node.config import Config, Linking
from core.driver.node.copies import Copies
from core.driver.node.places import Places
from core.driver.node.sites import Sites
from core.driver.node.store import SqliteStore
from core.errors import CoreError
from core.site.standing import Seen

COPY = {"site": "right", "url": "https://right", "link": "r:1", "mode": "sync"}
GROUP: Any = {"id": "g", "name": "db", "copies": [COPY]}
NOT_BEGUN = {"place": "r:1", "connected": False, "in_sync": False, "failure": "not begun"}
BEGUN = {**NOT_BEGUN, "state": "shipping", "mode": "async", "within": None}


def test_of_a_copy_that_is_not_begun_its_worker_is_told_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It has no mode yet, and would refuse each order, as long as images lack something."""
    config = Config(
        name="left",
        state=tmp_path,
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
    places = Places(tmp_path)
    copies = Copies(SqliteStore(tmp_path / "site.db"), places, Sites(config, "n"))
    places.journal("g").mkdir(parents=True)
    asked = list[Any]()

    def refuse(request: Any) -> Any:
        asked.append(request)
        raise CoreError("it is not begun")

    orders = dict.fromkeys(("copy mode", "copy bandwidth", "copy policy"), refuse)
    with ControlServer(places.journal("g"), orders), caplog.at_level(logging.WARNING):
        copies.settle(GROUP, Seen(heard={"copies": [NOT_BEGUN]}))
        assert (asked, caplog.messages) == ([], [])
        copies.settle(GROUP, Seen(heard={"copies": [BEGUN]}))
        assert [each["mode"] for each in asked] == ["sync"]
        assert "it is not begun" in caplog.text
