"""Ladders are read, and epochs are folded as they age, each as seldom as can be."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import CoreError
from core.machine.journal.ladder import (
    DEFAULT,
    STRETCH_STEPS,
    Job,
    Ladder,
    Rung,
    parse_ladder,
    plan,
    pressed,
    step_at,
)
from core.wire.segment import Head, Stream

S = 1_000_000_000
MINUTE, HOUR, DAY = 60 * S, 3600 * S, 86_400 * S
START = 1_767_225_600 * S


def test_a_ladder_is_read_as_it_is_written() -> None:
    words = "2h:all 1d:1m 7d:1h 30d:1d"
    ladder = parse_ladder(words)
    assert ladder == (
        Rung(2 * HOUR, 0),
        Rung(DAY, MINUTE),
        Rung(7 * DAY, HOUR),
        Rung(30 * DAY, DAY),
    )
    assert " ".join(map(str, ladder)) == words
    assert parse_ladder("2h:all 24h:1m 7d:1h 30d:1d") == ladder == DEFAULT
    assert parse_ladder("") == ()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("2h", "'2h' is no rung of a ladder"),
        ("2h:often", "'often' is no duration"),
        ("soon:1m", "'soon' is no duration"),
        ("2h:all 1h:1m", "'1h:1m' is no higher than '2h:all'"),
        ("2h:1m 24h:1m", "points of '24h:1m' are as dense as before"),
        ("2h:1m 24h:all", "points of '24h:all' are as dense as before"),
        ("1h:2h", "'1h:2h': a step is from 1s to the age"),
        ("1h:10ms", "'1h:10ms': a step is from 1s to the age"),
        ("0s:all", "'0s:all' is no higher"),
    ],
)
def test_what_is_no_ladder_is_told(words: str, told: str) -> None:
    with pytest.raises(CoreError) as raised:
        parse_ladder(words)
    assert told in raised.value.what
    assert raised.value.hint


def test_points_are_as_dense_as_their_age_asks_for() -> None:
    for age, step in (
        *((0, 0), (2 * HOUR - 1, 0), (2 * HOUR, MINUTE), (DAY, HOUR)),
        *((7 * DAY, DAY), (300 * DAY, DAY)),
    ):
        assert step_at(DEFAULT, age) == step
    assert step_at((), DAY) == 0
    assert step_at(pressed(DEFAULT, DAY), 6 * HOUR) == HOUR
    assert pressed((), DAY) == pressed(DEFAULT, DAY)


def test_where_room_is_short_the_first_rung_is_as_short_as_it_has_to_be() -> None:
    told = " ".join(map(str, pressed(DEFAULT, 5 * MINUTE)))
    assert told == "5m:all 6h:1m 1d18h:1h 7d12h:1d"
    assert pressed(DEFAULT, DAY)[0].until_ns == HOUR // 2
    assert pressed(DEFAULT, 0)[0].until_ns == 1
    assert pressed(parse_ladder("8h:1m"), 0) == parse_ladder("2h:1m")


def test_a_stretch_that_would_be_too_long_is_one_step() -> None:
    ladder = parse_ladder("1m:all 1h:1m")
    begin = START // (STRETCH_STEPS * MINUTE) * STRETCH_STEPS * MINUTE
    heads = heads_of([begin + nth * 20 * S for nth in range(7)])
    now = begin + 3 * MINUTE
    assert not [*plan(heads, ladder, now_ns=now, kept=None)]
    jobs = [*plan(heads, ladder, now_ns=now, kept=None, stretch_ns_max=3 * MINUTE)]
    assert [len(job.heads) for job in jobs] == [3, 3]


def heads_of(ends: list[int], size: int = 1 << 20) -> list[Head]:
    """Epochs that end at these times, ten writes each, and the one that is written."""
    begins = [0, *ends]
    return [
        Head(
            stream=Stream.DO,
            group=bytes(16),
            number=nth + 1,
            first=10 * nth + 1,
            time_ns=time_ns,
            size=size,
        )
        for nth, time_ns in enumerate(begins)
    ]


def carried_out(heads: list[Head], job: Job) -> list[Head]:
    """The epochs when the job is done."""
    first, last = job.heads[0], job.heads[-1]
    made = Head(
        stream=Stream.DO,
        group=bytes(16),
        number=first.number,
        last=last.last,
        first=first.first,
        time_ns=first.time_ns,
        size=first.size,
        rounds=max(each.rounds for each in job.heads) + 1,
        step_ns=job.step_ns,
    )
    at = heads.index(first)
    assert tuple(heads[at : at + len(job.heads)]) == job.heads
    return [*heads[:at], made, *heads[at + len(job.heads) :]]


times = st.lists(st.integers(0, 40 * DAY), max_size=40).map(
    lambda ages: sorted(START - age for age in ages)
)


@given(times, st.integers(0, 500))
def test_only_epochs_that_ended_and_nobody_needs_are_folded(ends: list[int], kept: int) -> None:
    heads = heads_of(ends)
    jobs = [*plan(heads, DEFAULT, now_ns=START, kept=kept)]
    taken = [head for job in jobs for head in job.heads]
    assert taken == sorted(taken, key=lambda head: head.number)
    for job in jobs:
        numbers = [head.number for head in job.heads]
        assert numbers == [*range(numbers[0], numbers[-1] + 1)]
        assert numbers[-1] < len(heads)
        assert heads[numbers[-1]].first <= kept


@given(times)
def test_nothing_is_thinned_out_before_its_time(ends: list[int]) -> None:
    heads = heads_of(ends)
    for job in plan(heads, DEFAULT, now_ns=START, kept=None):
        for head in job.heads:
            assert step_at(DEFAULT, START - heads[head.number].time_ns) == job.step_ns
        end_ns = [heads[head.number].time_ns for head in job.heads]
        assert end_ns[-1] - end_ns[0] < STRETCH_STEPS * job.step_ns


@given(times)
def test_what_is_old_enough_is_folded_and_then_left(ends: list[int]) -> None:
    heads = heads_of(ends)
    while jobs := [*plan(heads, DEFAULT, now_ns=START, kept=None)]:
        heads = carried_out(heads, jobs[0])
    for head, following in pairwise(heads):
        step = step_at(DEFAULT, START - following.time_ns - STRETCH_STEPS * DAY)
        assert not step or head.step_ns >= min(step, DAY)


def test_an_epoch_is_folded_once_for_each_rung() -> None:
    rng, ladder = Random(3), parse_ladder("1h:all 6h:1m 2d:1h")
    heads, now, rewritten, made = heads_of([]), START, 0, 0
    for _ in range(3000):
        now += rng.randint(1, 600) * S
        last = heads[-1]
        heads.append(
            Head(
                stream=Stream.DO,
                group=bytes(16),
                number=last.number + 1,
                first=last.first + 10,
                time_ns=now,
                size=1 << 20,
            )
        )
        made += 1
        while jobs := [*plan(heads, ladder, now_ns=now, kept=None)]:
            rewritten += sum(head.last - head.number + 1 for head in jobs[0].heads)
            heads = carried_out(heads, jobs[0])
    assert rewritten <= 2 * made
    assert len(heads) < made / 8


def test_no_more_is_folded_at_once_than_is_allowed() -> None:
    heads = heads_of([START - 30 * DAY + nth for nth in range(40)], size=1 << 20)
    jobs = [*plan(heads, DEFAULT, now_ns=START, kept=None, bytes_max=8 << 20)]
    assert [len(job.heads) for job in jobs] == [8] * 5


def test_without_a_ladder_every_write_stays_a_point() -> None:
    ladder: Ladder = ()
    assert [*plan(heads_of([1, 2, 3]), ladder, now_ns=START, kept=None)] == []
