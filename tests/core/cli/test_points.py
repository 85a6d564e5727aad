"""What people write for a point, and which point that is."""

from pathlib import Path

import pytest

from core.cli.moments import moment_text, parse_moment
from core.cli.points import Selected, at_point, parse_point, point_name, window_text
from core.driver.folder import DiskFolder
from core.errors import CoreError
from core.stream.history import History
from core.wire.note import Bookmark, pack_note
from tests.core.journals import START_NS, STEP_NS, made

NOW = START_NS + 100 * STEP_NS
SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("text", "time_ns"),
    [
        ("2026-01-01T00:00:00Z", START_NS),
        ("2026-01-01t00:00:00z", START_NS),
        ("2026-01-01 00:00:00Z", START_NS),
        ("2026-01-01T02:00:00+02:00", START_NS),
        ("2025-12-31T19:30:00-04:30", START_NS),
        ("2026-01-01T00:00:00.000000001Z", START_NS + 1),
        ("2026-01-01T00:00:00.5Z", START_NS + SECOND // 2),
        ("1969-12-31T23:59:59.25Z", -SECOND * 3 // 4),
        ("-90s", NOW - 90 * SECOND),
        ("-1h30m", NOW - 5400 * SECOND),
        ("-1.5h", NOW - 5400 * SECOND),
        ("-250ms", NOW - SECOND // 4),
    ],
)
def test_moments_are_read(text: str, time_ns: int) -> None:
    assert parse_moment(text, now_ns=NOW) == time_ns


@pytest.mark.parametrize(
    "text",
    [
        *("", "now", "2026-01-01", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "-", "-5", "90s"),
        *("2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00+25:00"),
        *("2026-01-01T00:00:00.1234567890Z", "-1h30", "sequence:1"),
    ],
)
def test_what_is_no_moment_is_refused_with_a_way_to_write_it(text: str) -> None:
    with pytest.raises(CoreError, match="is no time") as caught:
        parse_moment(text, now_ns=NOW)
    assert "2026-03-02T14:05:00Z" in caught.value.hint


@pytest.mark.parametrize("time_ns", [START_NS, START_NS + 1, START_NS + 120_000_000, -1, 0])
def test_what_is_printed_is_read_again(time_ns: int) -> None:
    assert parse_moment(moment_text(time_ns), now_ns=0) == time_ns


def test_a_time_that_no_calendar_has_is_printed_all_the_same() -> None:
    assert moment_text(2**63 - 1) == "2262-04-11T23:47:16.854775807Z"
    assert moment_text(10**30).endswith(" ns")


@pytest.fixture
def history(tmp_path: Path) -> History:
    """Ten writes, a second apart; `monday` at 4, `twice` at 5 and 7, `same` twice at 10."""
    found = made(tmp_path, (4096,))
    journal = found.opened()
    for point in range(1, 11):
        found.clock.now = START_NS + (point - 2) * STEP_NS
        found.write(journal, 0, 0, b"x" * 512)
        for name, where in (("monday", (4,)), ("twice", (5, 7)), ("same", (10, 10))):
            for _ in range(where.count(point)):
                journal.note(pack_note(Bookmark(name=name)))
    journal.close()
    return History(DiskFolder(found.folder), where="journal")


def pointed(history: History, text: str) -> int:
    return parse_point(text, history, now_ns=NOW).point


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("2026-01-01T00:00:00Z", 1),
        ("2026-01-01T00:00:03Z", 4),
        ("2026-01-01T00:00:03.999999999Z", 4),
        ("2026-01-01T01:00:04+01:00", 5),
        ("2027-01-01T00:00:00Z", 10),
        ("-100s", 1),
        ("-97s", 4),
        ("-1m", 10),
        ("sequence:0", 0),
        ("sequence:10", 10),
        ("bookmark:monday", 4),
        ("bookmark:same", 10),
        ("earliest", 0),
        ("latest", 10),
    ],
)
def test_points_are_found(history: History, text: str, point: int) -> None:
    assert pointed(history, text) == point


def test_a_point_tells_its_time(history: History) -> None:
    found = at_point(history, 3)
    assert found == Selected(point=3, time_ns=START_NS + 2 * STEP_NS)
    assert str(found) == "sequence 3, 2026-01-01T00:00:02Z"
    assert str(at_point(history, 0)) == "sequence 0"


def test_a_time_before_the_window_is_an_error_that_tells_the_window(history: History) -> None:
    with pytest.raises(CoreError) as caught:
        pointed(history, "2025-12-31T23:59:59.999999999Z")
    assert "before the history, which is from 2026-01-01T00:00:00Z (sequence 1)" in str(
        caught.value
    )
    assert "to 2026-01-01T00:00:09Z (sequence 10)" in str(caught.value)
    assert "sequence:0" in caught.value.hint
    assert caught.value.what.startswith("2025-12-31T23:59:59.999999999Z is before the history")
    with pytest.raises(CoreError) as caught:
        pointed(history, "2026-01-01T00:59:59+01:00")
    assert caught.value.what.startswith(
        "2026-01-01T00:59:59+01:00 is 2025-12-31T23:59:59Z, and before the history"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sequence:11", "point 11 is not in the history, which is from 0 to 10"),
        ("sequence:-1", "'-1' is no sequence"),
        ("sequence:", "'' is no sequence"),
        ("sequence:\u0663", "is no sequence"),
        ("bookmark:tuesday", "no bookmark is called 'tuesday'"),
        ("bookmark:twice", "2 bookmarks are called 'twice'\n  say which: sequence:5, sequence:7"),
        ("yesterday", "'yesterday' is no point"),
    ],
)
def test_what_is_no_point_is_told(history: History, text: str, told: str) -> None:
    with pytest.raises(CoreError) as caught:
        pointed(history, text)
    assert told in str(caught.value)


def test_a_history_without_a_write_has_no_times(tmp_path: Path) -> None:
    found = made(tmp_path, (4096,))
    found.opened().close()
    history = History(DiskFolder(found.folder), where="journal")
    assert pointed(history, "latest") == 0
    assert window_text(history) == "holds no write yet: sequence 0"
    with pytest.raises(CoreError, match="holds no write yet"):
        pointed(history, "-1s")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("bookmark:monday", "monday"),
        ("sequence:3", "2026-01-01T00:00:02Z"),
        ("-97s", "2026-01-01T00:00:03Z"),
        ("sequence:0", "sequence:0"),
    ],
)
def test_a_point_has_a_name(history: History, text: str, name: str) -> None:
    assert point_name(text, parse_point(text, history, now_ns=NOW)) == name
