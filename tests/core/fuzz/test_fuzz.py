"""Every parser takes whatever comes, and a mistake in it is found from the seeds.

The seeds, and what was found with them, are kept in `tests/data/fuzz` and tried first.
"""

import json
import struct
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import settings

from core.driver import control
from core.driver.nbd import transmission
from core.stream import identity
from core.wire import chunk, link, note, segment
from core.wire.nbd import requests
from core.wire.nbd.constants import Command
from core.wire.nbd.fields import Fields
from core.wire.preimage import Batch
from tests.core.fuzz.mutation import mutated
from tests.core.fuzz.targets import TARGETS, Target

LONG = settings.default is settings.get_profile("long")
EXECUTIONS = 1_000_000 if LONG else 1500
FOUND_WITHIN = 30_000
GROWTH_BYTES_MAX = 64 << 20
EXECUTION_S_MAX = 1.0


class FoundError(AssertionError):
    """An input that a parser is wrong about."""


def fuzzed(
    name: str, target: Target, executions: int, seed: int, seeds: tuple[bytes, ...]
) -> float:
    """Run so many inputs; the time that the slowest took, in seconds of this thread."""
    rng = Random(seed)
    slowest = 0.0
    for nth, data in zip(range(executions), _inputs(seeds, rng), strict=False):
        began = time.thread_time()
        try:
            target.run(data)
        except Exception as error:
            raise FoundError(
                f"{name}: {type(error).__name__}: {error} at input {nth} of seed {seed}, "
                f"to be kept as tests/data/fuzz/{name}/found-N: {data.hex()}"
            ) from error
        slowest = max(slowest, time.thread_time() - began)
    return slowest


def _inputs(seeds: tuple[bytes, ...], rng: Random) -> Iterator[bytes]:
    yield from seeds
    yield from mutated(seeds, rng)


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_whatever_comes_is_taken(name: str) -> None:
    target = TARGETS[name]
    seeds = target.seeds(name)
    fuzzed(name, target, 200, 0, seeds)
    before = resident_bytes()
    slowest = fuzzed(name, target, EXECUTIONS, 1, seeds)
    assert resident_bytes() - before < GROWTH_BYTES_MAX
    assert slowest < EXECUTION_S_MAX


Patch = Callable[[pytest.MonkeyPatch], None]


def _take_unchecked(fields: Fields, size: int) -> bytes:
    taken = fields._data[fields._at : fields._at + size]
    fields._at += size
    return struct.unpack(f"{size}s", taken)[0] if size < 5 else taken


def _larger_rules(patch: pytest.MonkeyPatch) -> None:
    whole = requests.Rules.__init__

    def made(rules: requests.Rules, *said: Any) -> None:
        whole(rules, *said)
        rules.size += 512

    patch.setattr(requests.Rules, "__init__", made)


def _refuses_no_cache(request: requests.Request, rules: requests.Rules) -> int:
    return 0 if request[0] & 0xFFFF == Command.CACHE else requests.refusal(request, rules)


def _unread(
    line: bytes, functions: Mapping[str, control.Function], _lent: object
) -> control.Document:
    try:
        function = functions.get(str(json.loads(line).get("do")))
    except (ValueError, RecursionError):
        return {"ok": False}
    return {"ok": bool(function)}


class _AnyStream:
    """Streams, of which there are more than there are."""

    def __iter__(self) -> Iterator[int]:
        return iter(range(256))

    def __call__(self, number: int) -> segment.Stream:
        return segment.Stream(number)


PLANTED: Mapping[str, Patch] = {
    "handshake": lambda patch: patch.setattr(Fields, "_take", _take_unchecked),
    "requests": _larger_rules,
    "transmission": lambda patch: patch.setattr(transmission, "refusal", _refuses_no_cache),
    "segment_head": lambda patch: patch.setattr(
        segment, "tuple", lambda _: range(99), raising=False
    ),
    "do_stream": lambda patch: patch.setattr(chunk, "is_sound", lambda *_: True),
    "undo_stream": lambda patch: patch.setattr(Batch, "data_at", property(lambda each: each.size)),
    "note": lambda patch: patch.setattr(note, "_text", lambda value: value.strip()),
    "identity": lambda patch: patch.setattr(identity, "_text", lambda value: value.strip()),
    "control": lambda patch: patch.setattr("tests.core.fuzz.targets.answer", _unread),
    "link": lambda patch: patch.setattr(link, "_KINDS", SimpleNamespace(get=link.Kind)),
}
assert PLANTED.keys() == TARGETS.keys()


@pytest.mark.parametrize("name", PLANTED)
def test_a_mistake_is_found_from_the_seeds(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by a seed alone, and not by what was found earlier."""
    PLANTED[name](monkeypatch)
    target = TARGETS[name]
    seeds = target.seeds(name, "seed-*")
    for each in seeds:
        target.run(each)
    with pytest.raises(FoundError, match=name):
        fuzzed(name, target, FOUND_WITHIN, 2, seeds)
