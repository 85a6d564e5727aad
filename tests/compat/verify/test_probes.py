"""Values that a lens bites on, made from the lens alone; and requests and answers of them."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given

from compat.lens import ops
from compat.lens.codecs import BitCodec, ParameterCodec, RestyleCodec, ScaleCodec, TextCodec
from compat.lens.interpret import Context, apply
from compat.lens.ops import ITEM, VALUE, Lens, Loss, Op, invert
from compat.lens.refusal import Refused
from compat.lens.value import is_json, kind_of
from compat.model.interface import Style
from compat.model.role import Role
from compat.model.schema import ABSENT, Json, Kind
from compat.verify.bench import Bench
from compat.verify.cases import Case, Origin
from compat.verify.corpus import Effort, corpus
from compat.verify.messages import Answered
from compat.verify.probes import OTHERS, kind_samples, probes
from tests.compat.lens.exactly import written
from tests.compat.lens.strategies import Example, examples
from tests.compat.verify.making import NEW, OLD, appliance, key, racks

D = "d"


def outcome(lens: Lens, value: Json, context: Context = Context()) -> str:  # noqa: B008
    """What becomes of the value, as text."""
    try:
        return written(apply(lens, value, context))
    except Refused:
        return "refused"


def effects(op: Op) -> set[str]:
    """What the operation does to its probes, but for those it leaves alone."""
    found = ((outcome((op,), value), written(value)) for value in probes((op,)))
    return {after for after, before in found if after != before}


def bites(op: Op, *, both_ways: bool = True) -> None:
    for each in (op, invert((op,))[0]) if both_ways else (op,):
        assert effects(each), f"no probe shows what {each} does"


@pytest.mark.parametrize(
    "op",
    [
        ops.Rename(old="a", new="b", difference=D),
        ops.Move(source=("a",), target=("b", "c"), difference=D),
        ops.Move(source=("body", "a"), target=("query", "a"), difference=D),
        ops.Wrap(loss=Loss.REFUSE, difference=D),
        ops.Enclose(name="a", loss=Loss.REFUSE, difference=D),
        ops.MapValues(pairs=(("ON", "on"),), back=(("on", "ON"),), refused=("X",), difference=D),
        ops.MapValues(pairs=((1, "one"),), back=(("one", 1),), difference=D),
        *(
            ops.Convert(codec=codec, difference=D)
            for codec in (
                TextCodec(kind=Kind.INTEGER),
                BitCodec(),
                ScaleCodec(numerator=1000, denominator=7, integral=False),
                ParameterCodec(kind=Kind.INTEGER),
                ParameterCodec(kind=Kind.INTEGER, style=Style.SIMPLE),
                RestyleCodec(old=Style.SIMPLE, new=Style.PIPE),
            )
        ),
        ops.Default(field="a", value=1, loss=Loss.REFUSE, difference=D),
        ops.Copy(field="a", source="b", loss=Loss.REFUSE, difference=D),
        ops.Split(field="a", parts=("b", "c"), separator=" ", difference=D),
        ops.Stash(fields=("a", "b"), key="x", shape="s", difference=D),
        ops.Focus(path=("a", ITEM), lens=(ops.Rename(old="b", new="c", difference=D),)),
        ops.Focus(path=(VALUE, "b"), lens=(ops.Wrap(loss=Loss.DROP, difference=D),)),
        ops.Gap(forward=True, back=True, difference=D),
    ],
    ids=lambda op: type(op).__name__,
)
def test_some_probe_shows_what_an_operation_does_each_way(op: Op) -> None:
    bites(op)


def test_what_acts_one_way_only_is_shown_that_way() -> None:
    bites(ops.OmitNull(field="a", difference=D), both_ways=False)
    bites(ops.Drop(field="a", value=ABSENT, loss=Loss.DROP, difference=D), both_ways=False)
    demand = ops.Default(field="a", value=ABSENT, demand=True, loss=Loss.KEEP, difference=D)
    assert effects(demand) == {"refused"}


def test_each_branch_is_shown() -> None:
    branches = tuple(
        ops.Branch(
            test=ops.Test(field_is=("kind", name)),
            back=ops.Test(field_is=("kind", name)),
            lens=(ops.Rename(old=name, new=name.upper(), difference=D),),
        )
        for name in ("disk", "fan")
    )
    shown = effects(ops.Case(branches=branches))
    assert any('"DISK"' in each for each in shown)
    assert any('"FAN"' in each for each in shown)


def test_values_that_python_takes_for_another_are_among_them() -> None:
    """1, 1.0 and true are three values, and a shim must not take one for another."""
    lens = (ops.MapValues(pairs=((1, 2),), back=(), difference=D),)
    found = {written(each) for each in probes(lens)}
    assert {"1", "1.0", "true"} <= found


def test_a_later_operation_is_met_by_what_the_earlier_ones_leave() -> None:
    scale = ScaleCodec(numerator=1024, denominator=1, integral=True)
    lens = (
        ops.Rename(old="size_gib", new="bytes", difference=D),
        ops.Focus(path=("bytes",), lens=(ops.Convert(codec=scale, difference=D),)),
    )
    shown = {outcome(lens, value) for value in probes(lens)}
    assert '{"bytes": 1024}' in shown


@given(examples())
def test_probes_are_json_and_end(example: Example) -> None:
    found = list(probes(example.lens, Context(lenses=example.lenses)))
    assert all(map(is_json, found))
    assert len(found) >= len(OTHERS)
    json.dumps(found)


def test_there_is_a_sample_of_each_kind() -> None:
    assert {kind: kind_of(value) for kind, value in kind_samples().items()} == {
        kind: kind for kind in Kind
    }


# --- messages of probes ---------------------------------------------------------------------------


def probed(bench: Bench, operation: str, role: Role = OLD) -> list[Case]:
    exchange = bench.exchange(role, key(operation))
    assert exchange is not None
    cases = corpus(bench, role, exchange, Effort(examples=0))
    return [each for each in cases if each.origin is Origin.PROBE]


def answered(cases: Iterable[Case]) -> list[Answered]:
    return [answers[0] for each in cases for answers in each.answers.values()]


def test_probes_of_a_request_are_sent(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        runs = [bench.run(each) for each in probed(bench, "POST /volumes")]
    bodies = [each.case.request.body for each in runs]
    sent = [each.body for run in runs for each in run.outcome.sent]
    assert [] in bodies
    assert any(body not in sent for body in bodies), "no probe shows that the lens is applied"


def test_probes_of_an_answer_come_with_a_status_that_leads_to_it(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        answers = [each.response for each in answered(probed(bench, "POST /volumes"))]
    statuses = {each.status for each in answers}
    assert {201, 299, 399, 500} <= statuses
    assert {"detail": 1} in [each.body for each in answers if each.status == 500]
    assert {"detail": 1} not in [each.body for each in answers if each.status == 201]


def test_a_range_of_statuses_is_probed_at_its_ends_and_beside_them(tmp_path: Path) -> None:
    with racks(tmp_path).bench() as bench:
        answers = [each.response for each in answered(probed(bench, "POST /racks"))]
    assert {399, 400, 499, 500} <= {each.status for each in answers if each.body is not None}


def test_probes_of_records_come_in_one_stream(tmp_path: Path) -> None:
    with racks(tmp_path).bench() as bench:
        given = answered(probed(bench, "GET /racks/{rack}/log"))
    longest = max((each.records for each in given), key=len)
    assert {"what": "on"} in longest


def test_an_answer_that_nothing_is_done_to_is_tried_with_what_others_bite_on(
    tmp_path: Path,
) -> None:
    """Deleting is answered with 204, and it is the lens of errors that must leave that alone."""
    with appliance(tmp_path).bench() as bench:
        given = [each.response for each in answered(probed(bench, "DELETE /volumes/{id}"))]
    assert {"detail": 1} in [each.body for each in given if each.status == 204]


def test_pages_are_asked_for_at_and_beyond_their_ends(tmp_path: Path) -> None:
    with appliance(tmp_path).bench() as bench:
        asked = [
            each
            for each in probed(bench, "GET /volumes", NEW)
            if {"max_entries", "starting_token"} & {name for name, _ in each.request.query}
        ]
        cut = [bench.run(each).outcome.answer for each in asked]
    bodies = [each.body for each in cut if each is not None and isinstance(each.body, dict)]
    lengths = {len(body["entries"]) for body in bodies}
    assert {0, 1, 2} <= lengths
    assert "1" in {body.get("next_token") for body in bodies}
