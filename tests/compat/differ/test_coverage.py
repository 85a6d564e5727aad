"""Every place of the specification is claimed by a rule, or waived with a reason."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
import yaml

from compat.differ.change import Change
from compat.differ.interface import changes
from compat.differ.lifecycle import Policy
from compat.model.interface import Interface
from compat.source import load_interface
from tests.compat.differ.places import HOSTS, NO_PLACE, Document, Edit, definitions, edits, places

ALL: Final = frozenset(("added", "removed", "changed"))
_TEXT: Final = "a text for people, which is on no wire"
_UNUSED: Final = "what nothing refers to is on no wire, and what refers to it tells what changed"
_HEADER: Final = "says nothing of a header, whose only style is simple (OpenAPI 3.0.3, 4.7.21)"
_DECODED: Final = "either spelling is decoded to the same value (RFC 3986, 2.1)"

WAIVED: Final[Mapping[tuple[str, str], tuple[frozenset[str], str]]] = {
    ("", "openapi"): (ALL, "the same interface may be written in any of the dialects"),
    ("", "info"): (ALL, f"all but the version: {_TEXT}"),
    ("", "components"): (frozenset({"added"}), _UNUSED),
    ("Components", "schemas"): (frozenset({"added"}), _UNUSED),
    **{
        ("Components", name): (ALL, _UNUSED)
        for name in ("responses", "parameters", "examples", "requestBodies", "headers")
    },
    **{("Components", name): (ALL, _UNUSED) for name in ("links", "callbacks")},
    **{("Header", name): (ALL, _HEADER) for name in ("style", "allowEmptyValue", "allowReserved")},
    ("Encoding", "allowReserved"): (ALL, _DECODED),
    ("HTTPSecurityScheme", "bearerFormat"): (ALL, "a hint for people (OpenAPI 3.0.3, 4.7.27)"),
}
"""Place -> the edits that no rule claims, and why."""

TEXTS: Final = frozenset(
    (
        *("title", "description", "summary", "externalDocs", "example", "examples"),
        *("termsOfService", "contact", "license"),
    )
)
FOR_PEOPLE: Final = frozenset(("Contact", "License", "Tag", "ExternalDocumentation", "Example"))


def waived(place: tuple[str, str]) -> frozenset[str]:
    """The edits at a place that may be silent."""
    name, keyword = place
    if name in FOR_PEOPLE or place == ("", "tags") or (keyword in TEXTS and name != "Components"):
        return ALL
    return WAIVED.get(place, (frozenset(), ""))[0]


def compared(edit: Edit, folder: Path) -> list[Change]:
    def loaded(name: str, told: Document) -> Interface:
        path = folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(told), encoding="utf-8")
        return load_interface(str(path), validate=False).interface

    old, new = loaded("old", edit.old), loaded("new", edit.new)
    return list(changes(old, new, Policy(today="2026-11-28")))


def found(edit: Edit, folder: Path) -> list[str]:
    return [change.id for change in compared(edit, folder)]


@pytest.mark.parametrize("place", places(), ids="/".join)
def test_every_place_is_claimed_or_waived(place: tuple[str, str], tmp_path: Path) -> None:
    made = list(edits(place))
    silent = {edit.name for edit in made if not found(edit, tmp_path)}
    assert silent == waived(place) & {edit.name for edit in made}


@pytest.mark.parametrize("place", places(), ids="/".join)
def test_changes_at_one_place_have_fingerprints_of_their_own(
    place: tuple[str, str], tmp_path: Path
) -> None:
    for edit in edits(place):
        told = [change.fingerprint for change in compared(edit, tmp_path)]
        assert len(set(told)) == len(told)


def test_every_object_of_the_specification_is_somewhere() -> None:
    assert {*HOSTS, *NO_PLACE} == definitions().keys()
    assert not HOSTS.keys() & NO_PLACE.keys()


def test_a_waiver_is_of_a_place() -> None:
    assert WAIVED.keys() - set(places()) == set()
