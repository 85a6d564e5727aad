"""What commands print as JSON is what their schemas say."""

import json
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from core.wire.note import Bookmark, Consistency, Gap, pack_note
from tests.core.cli.running import Here
from tests.core.cli.test_protect import LISTEN, PROTECT, isthmus, serving
from tests.core.journals import Made, loaded, made
from tests.house.tree import ROOT

SCHEMAS: Final = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "core" / "cli" / "schemas").glob("*.schema.json"))
}
ON_A_FOLDER: Final[Mapping[str, tuple[str, ...]]] = {
    "bookmark-add": ("bookmark", "add", "DIR", "now"),
    "bookmark-list": ("bookmark", "list", "DIR"),
    "journal-diff": ("journal", "diff", "DIR", "--from", "earliest"),
    "journal-list": ("journal", "list", "DIR"),
    "journal-rate": ("journal", "rate", "DIR"),
    "journal-show": ("journal", "show", "DIR"),
    "journal-verify": ("journal", "verify", "DIR"),
    "signature": ("signature", "DIR", "disk0"),
    "timeline": ("timeline", "DIR"),
}
ON_A_GROUP: Final = ("image-open", "protect", "rewind", "verify", "volume-resize")
OF_TWO_SITES: Final = ("demote", "failover", "receive")
"""Those are checked where sites fail over and back."""
OF_PLANS: Final = ("plan-config", "plan-goals", "plan-placement", "plan-state", "topology")
"""Those are checked in tests/core/cli/plan."""


def check(name: str, document: Any) -> None:
    Draft202012Validator(SCHEMAS[name]).validate(document)


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Made:
    found = made(tmp_path_factory.mktemp("made"), (96 << 10, 33 << 10))
    writer = found.opened()
    found.load(writer, Random(1), runs=40, resizes=True)
    writer.note(pack_note(Bookmark(name="monday", consistency=Consistency.APPLICATION)))
    writer.note(pack_note(Gap(reason="for want of room", first=1, last=2)))
    writer.note(b'{"note": "of a later release"}')
    writer.close()
    return found


@pytest.mark.parametrize("name", ON_A_FOLDER)
def test_what_is_printed_of_a_journal_is_what_its_schema_says(
    here: Here, journal: Made, name: str
) -> None:
    words = [str(journal.folder) if each == "DIR" else each for each in ON_A_FOLDER[name]]
    check(name, here.json(*words))


@pytest.mark.parametrize("name", [each for each in ON_A_FOLDER if each != "bookmark-add"])
def test_so_it_is_where_nothing_was_written(here: Here, tmp_path: Path, name: str) -> None:
    found = loaded(tmp_path, (4096,), seed=1, runs=0)
    words = [str(found.folder) if each == "DIR" else each for each in ON_A_FOLDER[name]]
    check(name, here.json(*words))


def test_damage_is_told_as_the_schema_says(tmp_path: Path, here: Here) -> None:
    found = loaded(tmp_path, (96 << 10,), seed=1, runs=20)
    data = next(found.folder.glob("do-*.data"))
    with data.open("r+b") as file:
        file.seek(5000)
        file.write(b"damage")
    document = here.json("journal", "verify", found.folder)
    assert document["findings"]
    check("journal-verify", document)


def test_what_is_printed_of_a_group_is_what_its_schema_says(tmp_path: Path) -> None:
    with serving(tmp_path, *PROTECT, *LISTEN) as group:
        check("protect", group.ready)
        words = ("image", "open", "journal", "--at", "latest", "--listen", "unix:then.sock")
        with serving(tmp_path, *words) as image:
            check("image-open", image.ready)
        resized = isthmus(
            tmp_path, "volume", "resize", "journal", "disk", "2MiB", "--format", "json"
        )
        check("volume-resize", json.loads(resized.stdout))
        rewound = isthmus(tmp_path, "rewind", "journal", "--at", "earliest", "--format", "json")
        check("rewind", json.loads(rewound.stdout))


@pytest.mark.parametrize(
    "words",
    [
        ("--replica", "disk.copy"),
        ("--copy", "unix:far.sock"),
        ("--copy", "unix:far.sock", "--copy", "unix:near.sock", "--copy-lag", "8MiB"),
    ],
)
def test_what_is_printed_of_replicas_and_copies_is_what_the_schema_says(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    with serving(tmp_path, *PROTECT, *LISTEN, *words) as group:
        assert group.ready.keys() & {"replicas", "copies"}
        assert ("copy" in group.ready) == (words.count("--copy") == 1)
        check("protect", group.ready)


def test_of_a_copy_the_same_is_said_everywhere() -> None:
    defined = [SCHEMAS[name]["$defs"]["copy"] for name in ("protect", "journal-list")]
    assert defined[0] == defined[1]


def test_each_schema_is_one_and_is_checked_here() -> None:
    assert {*SCHEMAS} == {*ON_A_FOLDER, *ON_A_GROUP, *OF_TWO_SITES, *OF_PLANS}
    for name, schema in SCHEMAS.items():
        Draft202012Validator.check_schema(schema)
        assert schema["$id"] == f"urn:isthmus:{name}:1"
