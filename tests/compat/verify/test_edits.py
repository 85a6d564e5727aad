"""What the receiver changes is still changed when the value comes back; nothing else is."""

from pathlib import Path

import pytest

from compat.lens.ops import Flow
from compat.model.schema import Json
from compat.verify.bench import Bench
from compat.verify.checks.edits import edits
from tests.compat.verify.making import appliance, racks


def found(bench: Bench, name: str, flow: Flow) -> list[tuple[Json, str]]:
    return [(value, each.message) for value, each in edits(bench, name, flow, frozenset())]


@pytest.mark.parametrize("package", [appliance, racks], ids=["appliance", "racks"])
def test_edits_survive_in_a_whole_package(tmp_path: Path, package: object) -> None:
    assert callable(package)
    with package(tmp_path).bench() as bench:
        tried = [(name, flow) for name in bench.plan.lenses for flow in Flow]
        assert tried
        assert [each for name, flow in tried for each in found(bench, name, flow)] == []


def test_an_edit_that_is_undone_on_the_way_back_is_found(tmp_path: Path) -> None:
    """The lens brings back the name it once had."""
    broken = appliance(tmp_path).broken(
        "lenses/volume_spec.py",
        'value["size_gib"] = value.pop("capacity_bytes")',
        'value["size_gib"] = value.pop("capacity_bytes"); value["name"] = "text-1"',
    )
    with broken.bench() as bench:
        values = [value for value, _ in found(bench, "volume_spec", Flow.UP)]
        messages = [message for _, message in found(bench, "volume_spec", Flow.UP)]
        assert any("an edit at /name does not survive: /name: " in each for each in messages)
        assert all(isinstance(value, dict) and "size_gib" in value for value in values)


def test_an_edit_that_changes_something_else_is_found(tmp_path: Path) -> None:
    broken = appliance(tmp_path).broken(
        "lenses/error.py",
        'value["message"] = value.pop("detail")',
        'value["message"] = value.pop("detail"); value["code"] = value["message"]',
    )
    with broken.bench() as bench:
        messages = {message for _, message in found(bench, "error", Flow.UP)}
        assert any(
            each.startswith("an edit at /detail does not survive: /code: ") for each in messages
        )


def test_what_does_not_come_back_from_a_stash_is_found(tmp_path: Path) -> None:
    """No answer of the new version has a colour: what the stash forgets is gone."""
    forgotten = 'if value.pop("x-isthmus-stash", 0) and restore('
    broken = racks(tmp_path).broken("lenses/rack.py", "if restore(", forgotten)
    with broken.bench() as bench:
        messages = {message for _, message in found(bench, "rack", Flow.UP)}
        assert "colour does not come back from the stash as it went" in messages


def test_a_stash_that_takes_the_place_of_something_newer_is_found(tmp_path: Path) -> None:
    older = 'if value.pop("colour", 0) != "" and restore('
    with racks(tmp_path).broken("lenses/rack.py", "if restore(", older).bench() as bench:
        messages = {message for _, message in found(bench, "rack", Flow.UP)}
        assert messages == {"the stash takes the place of a newer colour"}


def test_what_is_refused_on_the_way_back_is_not_held_against_the_package(tmp_path: Path) -> None:
    """An edit may be what an old client cannot be told of: that is said, and nothing is lost."""
    with appliance(tmp_path).bench() as bench:
        thin = next(each for each in bench.plan.differences if each.subject == "VolumeSpec.thin")
        function = bench.package.lens("volume_spec", Flow.DOWN)
        assert function is not None
        with pytest.raises(bench.kinds[2], match=thin.id):
            function({"name": "db", "capacity_bytes": 1 << 30, "thin": True})
        assert found(bench, "volume_spec", Flow.UP) == []
