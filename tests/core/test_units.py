"""Sizes and durations as people write and read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import CoreError
from core.units import count_text, duration_text, parse_duration, parse_size, size_text


@pytest.mark.parametrize(
    ("text", "size"),
    [
        *(("4096", 4096), ("4096B", 4096), ("64M", 64 << 20), ("20GiB", 20 << 30), (" 1 k ", 1024)),
        *(("3TB", 3 * 10**12), ("10 mb", 10**7), ("1KB", 1000), ("1kib", 1024), ("2PiB", 2 << 50)),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5G", "4 4", "10Q", "1iB", "1" * 5000])
def test_what_is_no_size_is_told(text: str) -> None:
    with pytest.raises(CoreError, match="is no size"):
        parse_size(text)


@given(st.integers(0, 1023), st.sampled_from(["", "K", "M", "G", "T", "P"]))
def test_whole_sizes_are_read_back(count: int, unit: str) -> None:
    size = parse_size(f"{count}{unit}")
    assert parse_size(size_text(size)) == size


def test_sizes_that_are_not_whole_have_one_decimal() -> None:
    assert size_text(3 << 19) == "1.5MiB"
    assert size_text(512) == "512B"


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [("90s", 90 * 10**9), ("1.5h", 5400 * 10**9), ("250ms", 250 * 10**6), ("7d", 604800 * 10**9)],
)
def test_durations(text: str, nanoseconds: int) -> None:
    assert parse_duration(text) == nanoseconds


@pytest.mark.parametrize("text", ["", "5", "h", "-1s", "1.0000000001s"])
def test_what_is_no_duration_is_told(text: str) -> None:
    with pytest.raises(CoreError, match="is no duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [(40 * 10**6, "40ms"), (5 * 10**8, "500ms"), (25 * 10**8, "2.5s"), (900 * 10**9, "15m")],
)
def test_durations_are_told(nanoseconds: int, text: str) -> None:
    assert duration_text(nanoseconds) == text
    assert duration_text(26 * 3600 * 10**9 + 5 * 10**9) == "1d2h"


def test_one_is_not_several() -> None:
    told = [count_text(count, "range") for count in (0, 1, 2)]
    assert told == ["0 ranges", "1 range", "2 ranges"]
