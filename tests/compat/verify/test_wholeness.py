"""A package is whole, made from the inputs at hand, and offers what it should."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compat.plan.bridge import BridgePlan
from compat.verify.checks.wholeness import wholeness
from compat.verify.package import imported
from tests.compat.plan.specs import interface
from tests.compat.verify.making import (
    Made,
    appliance,
    appliance_plan,
    racks,
    racks_plan,
    small,
)


def found(made: Made, plan: BridgePlan | None = None) -> list[str]:
    with imported(made.folder) as package:
        return [each.message for each in wholeness(package, plan or made.plan)]


def retold(made: Made, change: Callable[[dict[str, Any]], None]) -> Made:
    """The package with another manifest."""
    path = made.folder / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), "utf-8")
    return made


@pytest.mark.parametrize("package", [appliance, racks], ids=["appliance", "racks"])
def test_a_whole_package_is_whole(tmp_path: Path, package: Callable[[Path], Made]) -> None:
    assert found(package(tmp_path)) == []


@pytest.mark.parametrize("name", ["old", "new", "intent"])
def test_another_input_is_found(tmp_path: Path, name: str) -> None:
    def change(manifest: dict[str, Any]) -> None:
        manifest["inputs"][name] = "0" * 64

    messages = found(retold(appliance(tmp_path), change))
    assert len(messages) == 1
    assert messages[0].startswith(
        f"the package was made from another {name} input (sha256 000000000000, not "
    )


def test_a_package_of_other_specs_is_found(tmp_path: Path) -> None:
    messages = found(appliance(tmp_path), racks_plan())
    assert "the package was made from another old input" in messages[0]
    assert any(each.startswith("the manifest lacks ") for each in messages)
    assert any(each.endswith(", which is no more") for each in messages)


def test_a_difference_that_the_manifest_lacks_is_found_with_its_id(tmp_path: Path) -> None:
    lost = appliance_plan().differences[0]
    made = retold(appliance(tmp_path), lambda manifest: manifest["differences"].pop(0))
    with imported(made.folder) as package:
        (finding,) = wholeness(package, made.plan)
    assert finding.message == f"the manifest lacks {lost.kind} {lost.subject}"
    assert finding.differences == (lost.id,)


def test_a_difference_that_is_no_more_is_found(tmp_path: Path) -> None:
    made = retold(
        appliance(tmp_path),
        lambda manifest: manifest["differences"].append(
            {"id": "0" * 12, "kind": "field-added", "subject": "Volume.colour"}
        ),
    )
    assert found(made) == ["the manifest has field-added Volume.colour, which is no more"]


def test_another_verdict_is_found(tmp_path: Path) -> None:
    def change(manifest: dict[str, Any]) -> None:
        entry = next(each for each in manifest["differences"] if each["subject"] == "Volume.state")
        entry["roles"]["old_client"]["verdict"] = "none"

    assert found(retold(appliance(tmp_path), change)) == [
        "the manifest calls values-renamed Volume.state none for the old client, which is lossy"
    ]


def test_hooks_that_nobody_wrote_are_found(tmp_path: Path) -> None:
    made = racks(tmp_path).broken("hooks.py", "def rack_serial_down", "def rack_number_down")
    made = made.broken("hooks_protocol.py", '"rack_serial_down"', '"rack_number_down"')
    messages = found(made)
    assert any("hooks.py lacks rack_serial_down" in each for each in messages)
    assert any("rack_number_down is stale" in each for each in messages)
    assert "hooks_protocol.py is not the one that the manifest tells of" in messages


def test_a_refusal_for_another_reason_is_found(tmp_path: Path) -> None:
    broken = appliance(tmp_path).broken("gaps.py", "field compression is only", "field is only")
    (message,) = found(broken)
    assert message.startswith("it is refused with 'VolumeSpec.compression: field is only in the")


def test_refusing_that_raises_nothing_is_found(tmp_path: Path) -> None:
    broken = appliance(tmp_path).broken("gaps.py", "    raise refusal(difference)", "    pass")
    assert found(broken) == ["refusing raises nothing"]


def test_a_part_of_the_runtime_that_somebody_changed_is_found(tmp_path: Path) -> None:
    broken = appliance(tmp_path).broken("values.py", "def ", "def  ")
    assert found(broken) == ["values.py is not the one that belongs to this version of the tool"]


def test_a_part_of_the_runtime_that_is_gone_is_found(tmp_path: Path) -> None:
    """By an older version of the tool, which had no such part."""
    made = retold(appliance(tmp_path), lambda manifest: manifest["files"].remove("wsgi.py"))
    (made.folder / "wsgi.py").unlink()
    assert found(made) == ["wsgi.py is missing"]


def test_what_is_not_offered_is_found(tmp_path: Path) -> None:
    broken = appliance(tmp_path).broken("__init__.py", '__all__ = ["GapError", ', "__all__ = [")
    (message,) = found(broken)
    assert message.startswith("the package offers ['Request', 'Response', 'new_client', ")


def test_names_that_a_package_should_not_have_are_found(tmp_path: Path) -> None:
    broken = appliance(tmp_path).broken("__init__.py", "    raise AttributeError", "    return str")
    assert "the package has whatever name one asks it for" in found(broken)


def test_a_package_that_loads_everything_at_once_is_found(tmp_path: Path) -> None:
    broken = appliance(tmp_path).broken(
        "__init__.py", "TYPE_CHECKING = False", "TYPE_CHECKING = True"
    )
    (message,) = found(broken)
    assert message.startswith("importing the package imports ")
    assert "old_client" in message


def test_a_route_that_is_missing_is_found(tmp_path: Path) -> None:
    broken = appliance(tmp_path).broken("new_client.py", '"DELETE", "/volumes/{id}"', '"GET", "/x"')
    assert found(broken) == [
        "no route of the new client serves DELETE /volumes/{id}",
        "the new client's route GET /x is in no spec",
    ]


def test_a_route_to_nowhere_is_found(tmp_path: Path) -> None:
    broken = appliance(tmp_path).broken("old_client.py", ".create_volume", ".make_volume")
    assert found(broken) == ["there is no exchange volumes_old_client.make_volume"]


def test_a_long_reason_may_be_cut(tmp_path: Path) -> None:
    """A refusal goes into a header or a log, where not everything has room."""
    long = "x" * 400
    old = interface({"PUT /jobs": "{body!: {a: integer}, 200: null}"})
    new = interface({"PUT /jobs": f"{{body!: {{a: integer, {long}: integer}}, 200: null}}"})
    made = small(tmp_path, old, new)
    gaps = (made.folder / "gaps.py").read_text("utf-8")
    assert '..."' in gaps
    assert found(made) == []
    made.broken("gaps.py", "xxx...", "xxy...")
    assert len(found(made)) == 1
