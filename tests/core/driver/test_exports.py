"""Exports by name, and by the other names that they have."""

from pathlib import Path

import pytest

from core.driver.nbd.export import Exports
from core.errors import CoreError
from tests.core.driver.client import Client
from tests.core.driver.serving import MemoryExport, serving


def names(table: Exports) -> list[str]:
    return [each.name for each in table.offers()]


def test_an_export_is_there_by_each_of_its_names_and_goes_with_all() -> None:
    table, disk = Exports(), MemoryExport("disk")
    table.add(disk, "disk@noon")
    table.add(MemoryExport("log"))
    assert names(table) == ["disk", "disk@noon", "log"]
    assert table.get("disk@noon") is disk
    with pytest.raises(CoreError, match="there is an export of that name"):
        table.add(MemoryExport("other"), "log")
    assert names(table) == ["disk", "disk@noon", "log"]
    table.remove("disk")
    assert names(table) == ["log"]
    table.add(MemoryExport("disk@noon"))
    assert not table.is_another_name("disk@noon")


def test_the_empty_name_is_that_of_the_only_export_however_many_names_it_has(
    tmp_path: Path,
) -> None:
    with serving(tmp_path, MemoryExport("disk")) as served:
        served.server._exports.remove("disk")
        served.server._exports.add(MemoryExport("disk"), "disk@noon", "disk@night")
        with Client.to(served.path).go("") as client:
            assert client.put(0, b"a") == 0
