"""Emitted limits read like what a person would write, and refuse what the interpreter refuses."""

from typing import Any

import pytest

from compat.emit.package import emit
from compat.emit.runtime import limits
from compat.lens.admits import Admits, are_unique, is_equal, is_multiple
from compat.lens.ops import ITEM, Focus, Gap, Lens, Limit
from compat.model.schema import Bounds, Json, Kind
from tests.compat.emit.making import ask, body, call, exchange, plan_of


def limit(admits: Admits) -> Lens:
    return (Limit(admits=admits, back=None, difference="d1"),)


def bounds(**some: Any) -> Lens:
    return limit(Admits(bounds=Bounds(**some)))


def source(lens: Lens) -> str:
    """What is emitted for the way up, from the line behind the docstring on."""
    text = emit(plan_of({"volume": lens}), "shim", allow_gaps=True)["lenses/volume.py"].decode()
    return text.partition('1 to 2."""\n')[2].partition("\n\n\n")[0]


def test_limits_are_plain_tests() -> None:
    lens: Lens = (
        Focus(path=("name",), lens=bounds(max_length=40)),
        Focus(path=("size",), lens=bounds(minimum=1, maximum=9)),
        Focus(path=("state",), lens=limit(Admits(values=("on", "off", None)))),
        Focus(path=("notes", ITEM), lens=bounds(pattern="^[a-z]+$")),
        *limit(Admits(required=("name",))),
    )
    assert (
        source(lens)
        == """\
    if not isinstance(value, dict):
        return value
    name = value.get("name")
    if isinstance(name, str) and len(name) > 40:
        raise refusal("d1")
    size = value.get("size")
    if isinstance(size, (int, float)) and not isinstance(size, bool):
        if size < 1:
            raise refusal("d1")
        if size > 9:
            raise refusal("d1")
    state = value.get("state")
    if state not in ("on", "off", None):
        raise refusal("d1")
    notes = value.get("notes")
    if isinstance(notes, list):
        for note in notes:
            if isinstance(note, str) and not PATTERN.search(note):
                raise refusal("d1")
    if "name" not in value:
        raise refusal("d1")
    return value"""
    )


def test_a_limit_that_only_one_way_has_leaves_the_other_alone() -> None:
    files = emit(plan_of({"volume": bounds(minimum=1)}), "shim", allow_gaps=True)
    down = files["lenses/volume.py"].decode().partition("def volume_down")[2]
    assert "refusal" not in down


def gap_of(error: pytest.ExceptionInfo[Exception]) -> str:
    return str(getattr(error.value, "difference", ""))


def test_an_answer_is_refused_by_its_status_with_no_body_in_it() -> None:
    gap: Lens = (Gap(forward=True, back=False, difference="d1"),)
    asked = exchange("GET /a", call("GET /a", answers={"204": gap}))
    request = {"method": "GET", "path": "/v1/a"}
    with pytest.raises(Exception, match="nothing bridges this value") as error:
        ask(asked, request=request, answers=({"status": 204},))
    assert gap_of(error) == "d1"
    assert ask(asked, request=request, answers=({"status": 200, "body": b"x"},))[1].body == b"x"


def test_a_body_that_no_lens_looks_into_is_refused_by_its_type() -> None:
    other = bounds(pattern=r"(?i)\A(?!\s*(?:text/csv)\s*(?:;|\Z))")
    lens: Lens = (Focus(path=("header", "content-type", ITEM), lens=other),)
    asked = exchange("PUT /a", call("PUT /a", lens))
    request = {"method": "PUT", "path": "/v1/a", "body": b"x"}
    plain = [("Content-Type", "text/plain")]
    (sent,), _ = ask(asked, request={**request, "headers": plain}, answers=({},))
    assert (sent.headers, sent.body) == (plain, b"x")
    with pytest.raises(Exception, match="nothing bridges this value") as error:
        ask(asked, request={**request, "headers": [("Content-Type", "Text/CSV; header=absent")]})
    assert gap_of(error) == "d1"


def test_a_body_is_held_against_its_limit() -> None:
    lens = body(limit(Admits(kinds=(Kind.OBJECT,), names=("a",))))
    asked = exchange("PUT /a", call("PUT /a", lens))
    request = {"method": "PUT", "path": "/v1/a"}
    for admitted in ({"a": 1}, {}, b"bytes", None):
        (sent,), _ = ask(asked, request={**request, "body": admitted}, answers=({},))
        assert sent.body == admitted
    others: tuple[Json, ...] = ({"a": 1, "b": 2}, [], "text", 7, True)
    for beyond in others:
        with pytest.raises(Exception, match="nothing bridges this value"):
            ask(asked, request={**request, "body": beyond})


# --- what the package leaves to a function --------------------------------------------------------

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, 1.0, 0.29, 0.295, 10**400, float("inf"), "a", ""),
    *([], [1], [1.0], [True], [[1]], {}, {"a": 1}, {"a": 1.0}, {"a": True}, {"b": 1}),
)


def test_equality_is_that_of_the_interpreter() -> None:
    for one in VALUES:
        for other in VALUES:
            assert limits.is_one_of(one, (other,)) == is_equal(one, other)
            assert limits.are_unique([one, other]) == are_unique([one, other])


def test_multiples_are_those_of_the_interpreter() -> None:
    for value in VALUES:
        if isinstance(value, int | float) and not isinstance(value, bool):
            for of in (0.01, 1, 3, 0.5):
                assert limits.is_multiple(value, of) == is_multiple(value, of)
