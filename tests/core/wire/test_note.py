"""Notes come back as they were set; what is no note of ours is shown as it is."""

import json

import pytest

from core.errors import CoreError
from core.wire.note import (
    NAME_BYTES_MAX,
    NOTE_BYTES_MAX,
    Bookmark,
    Consistency,
    Gap,
    Remark,
    pack_note,
    parse_note,
)


@pytest.mark.parametrize(
    "note",
    [
        Bookmark(name="before the upgrade"),
        Bookmark(name="ë" * 127, consistency=Consistency.APPLICATION),
        Gap(reason="resync", first=0, last=0),
        Gap(reason="", first=5, last=2**62),
    ],
)
def test_a_note_comes_back(note: Bookmark | Gap) -> None:
    text = pack_note(note)
    assert len(text) < NOTE_BYTES_MAX
    assert parse_note(text) == note


def test_what_is_journaled_is_as_the_format_says() -> None:
    note = Bookmark(name="a", consistency=Consistency.APPLICATION)
    assert json.loads(pack_note(note)) == {
        "note": "bookmark",
        "name": "a",
        "consistency": "application",
    }


@pytest.mark.parametrize(
    "name", ["", "two\nlines", "\x1b[2J", "x" * (NAME_BYTES_MAX + 1), "\ud800"]
)
def test_a_name_that_nobody_could_type_is_refused(name: str) -> None:
    with pytest.raises(CoreError, match="no name of a bookmark"):
        Bookmark(name=name)


def test_a_gap_has_an_order_and_a_short_reason() -> None:
    with pytest.raises(CoreError, match="no gap"):
        Gap(reason="", first=2, last=1)
    with pytest.raises(CoreError, match="a reason of more"):
        Gap(reason="x" * 2000, first=1, last=2)


@pytest.mark.parametrize(
    "text",
    [
        b'{"note": "weather", "sky": "blue"}',
        b'{"note": "bookmark"}',
        b'{"note": "bookmark", "name": "a", "consistency": "eventual"}',
        b'{"note": "bookmark", "name": 1, "consistency": "crash"}',
        b'{"note": "gap", "reason": "", "first": true, "last": 2}',
        b'{"note": ["bookmark"]}',
        b"[]",
        b"nonsense",
        b"\xff",
        b"[" * 60_000,
    ],
)
def test_what_is_not_known_is_shown_as_it_is(text: bytes) -> None:
    assert parse_note(text) == Remark(text=text.decode(errors="backslashreplace"))


def test_what_is_too_long_is_shown_in_part() -> None:
    assert parse_note(b"x" * (NOTE_BYTES_MAX + 1)) == Remark(text="x" * NOTE_BYTES_MAX)
