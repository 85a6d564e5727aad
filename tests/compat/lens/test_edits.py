"""Each operation by example: there and back, one way only, and refused."""

from typing import get_args

import pytest

from compat.lens.admits import Admits
from compat.lens.interpret import Context, apply
from compat.lens.ops import (
    AdmitNull,
    Copy,
    Default,
    Disclose,
    Drop,
    Enclose,
    Forget,
    Gap,
    Limit,
    Loss,
    MapValues,
    Merge,
    Move,
    OmitNull,
    Op,
    Rename,
    Restore,
    Split,
    Stash,
    Unwrap,
    Value,
    Wrap,
    invert,
)
from compat.lens.refusal import Path, Refused
from compat.model.schema import ABSENT, Bounds, Json, Kind
from tests.compat.lens.domain import is_op_exact
from tests.compat.lens.exactly import written

HERE = Context()
D = "0123456789ab"
NAN = float("nan")


def rename(old: str, new: str) -> Rename:
    return Rename(old=old, new=new, difference=D)


def move(source: str, target: str) -> Move:
    """From one dotted path to the other."""
    return Move(source=tuple(source.split(".")), target=tuple(target.split(".")), difference=D)


def wrap(loss: Loss = Loss.KEEP) -> Wrap:
    return Wrap(loss=loss, difference=D)


def unwrap(loss: Loss = Loss.KEEP) -> Unwrap:
    return Unwrap(loss=loss, difference=D)


def enclose(name: str) -> Enclose:
    return Enclose(name=name, loss=Loss.KEEP, difference=D)


def disclose(name: str, loss: Loss = Loss.KEEP) -> Disclose:
    return Disclose(name=name, loss=loss, difference=D)


def map_values(*pairs: tuple[Json, Json], refused: tuple[Json, ...] = ()) -> MapValues:
    back = tuple((new, old) for old, new in pairs)
    return MapValues(pairs=pairs, back=back, refused=refused, difference=D)


def default(field: str, value: Value, *, loss: Loss = Loss.KEEP, **more: bool) -> Default:
    return Default(field=field, value=value, loss=loss, difference=D, **more)


def drop(field: str, loss: Loss, *, value: Value = ABSENT, **more: bool) -> Drop:
    return Drop(field=field, value=value, loss=loss, difference=D, **more)


def copy(field: str, source: str) -> Copy:
    return Copy(field=field, source=source, loss=Loss.KEEP, difference=D)


def forget(field: str, source: str, loss: Loss = Loss.KEEP) -> Forget:
    return Forget(field=field, source=source, loss=loss, difference=D)


def split(field: str, separator: str, *parts: str) -> Split:
    return Split(field=field, separator=separator, parts=parts, difference=D)


def merge(field: str, separator: str, *parts: str) -> Merge:
    return Merge(field=field, separator=separator, parts=parts, difference=D)


def stash(*fields: str) -> Stash:
    return Stash(fields=fields, key="~", shape="v1/v2", difference=D)


def restore(*fields: str) -> Restore:
    return Restore(fields=fields, key="~", shape="v1/v2", difference=D)


def limit(admits: Admits | None, back: Admits | None = None) -> Limit:
    return Limit(admits=admits, back=back, difference=D)


def stashed(fields: Json, shape: str = "v1/v2") -> Json:
    return {"shape": shape, "fields": fields}


THERE_AND_BACK: tuple[tuple[Op, Json, Json], ...] = (
    (rename("a", "b"), {"a": 1, "c": 2}, {"b": 1, "c": 2}),
    (rename("a", "b"), {"a": None}, {"b": None}),
    (rename("a", "a"), {"a": 1}, {"a": 1}),
    (rename("a", "b"), {"c": 1}, {"c": 1}),
    (move("a", "b"), {"a": 1}, {"b": 1}),
    (move("a", "b.c"), {"a": 1}, {"b": {"c": 1}}),
    (move("a", "b.c"), {"a": 1, "b": {"d": 2}}, {"b": {"c": 1, "d": 2}}),
    (move("a.b.c", "d"), {"a": {"b": {"c": None}}}, {"d": None}),
    (move("a.b.c", "d"), {"a": {"b": {"c": 1}, "e": 2}}, {"a": {"e": 2}, "d": 1}),
    (move("a", "a.b"), {"a": 1}, {"a": {"b": 1}}),
    (move("a.b", "a"), {"a": {"b": {"b": 1}}}, {"a": {"b": 1}}),
    (move("a.b", "a.c.d"), {"a": {"b": 1}}, {"a": {"c": {"d": 1}}}),
    (move("a.b", "a.b"), {"a": {"b": 1}}, {"a": {"b": 1}}),
    (move("a", "b.c"), {"a": 1, "b": 5}, {"a": 1, "b": 5}),
    (move("a.b", "c.d"), {"a": {"b": 1}, "c": None}, {"a": {"b": 1}, "c": None}),
    (move("a", "b"), [1], [1]),
    (wrap(), 1, [1]),
    (wrap(), {"a": 1}, [{"a": 1}]),
    (wrap(), None, None),
    (unwrap(), [1], 1),
    (unwrap(), [1, 2], [1, 2]),
    (enclose("a"), 1, {"a": 1}),
    (limit(Admits(bounds=Bounds(max_length=2))), "ab", "ab"),
    (limit(Admits(bounds=Bounds(max_length=2)), Admits(values=(7,))), 7, 7),
    (limit(None), "ab", "ab"),
    (enclose("a"), None, {"a": None}),
    (enclose("a"), {"a": 1}, {"a": {"a": 1}}),
    (disclose("a"), {"a": [1]}, [1]),
    (map_values(("off", "none"), ("on", "full")), "on", "full"),
    (map_values((1, "one"), (True, "yes"), (1.0, "1")), True, "yes"),
    (map_values((1, "one"), (True, "yes"), (1.0, "1")), 1.0, "1"),
    (map_values((None, "unset")), None, "unset"),
    (map_values((1, "one")), 2, 2),
    (map_values((1, "one")), [1], [1]),
    (default("a", 1), {"b": 2}, {"a": 1, "b": 2}),
    (default("a", 1), {"a": None}, {"a": None}),
    (default("a", [{}]), {}, {"a": [{}]}),
    (default("a", 1, overwrite=True), {}, {"a": 1}),
    (default("a", ABSENT, overwrite=True), {"a": 2}, {"a": 2}),
    (default("a", ABSENT), {}, {}),
    (default("a", 1, shared=True), {"a": 1}, {"a": 1}),
    (default("a", 1), 5, 5),
    (drop("a", Loss.REFUSE, value=[1]), {"a": [1], "b": 2}, {"b": 2}),
    (drop("a", Loss.KEEP, value=1), {"a": 1}, {}),
    (drop("a", Loss.KEEP, value=1), {"a": True}, {"a": True}),
    (drop("a", Loss.DROP, shared=True), {"a": 1}, {"a": 1}),
    (copy("a", "b"), {"b": [1]}, {"a": [1], "b": [1]}),
    (copy("a", "b"), {"a": 1, "b": 2}, {"a": 1, "b": 2}),
    (copy("a", "b"), {}, {}),
    (forget("a", "b"), {"a": 1, "b": 1}, {"b": 1}),
    (forget("a", "b"), {"a": 1, "b": 1.0}, {"a": 1, "b": 1.0}),
    (forget("a", "b"), {"a": 1}, {"a": 1}),
    (OmitNull(field="a", difference=D), {"a": 0}, {"a": 0}),
    (AdmitNull(field="a", difference=D), {"a": 0}, {"a": 0}),
    (split("a", ":", "b", "c"), {"a": "x:y:z"}, {"b": "x", "c": "y:z"}),
    (split("a", ":", "a", "b"), {"a": "x:"}, {"a": "x", "b": ""}),
    (split("a", ":", "b", "c"), {"a": "x"}, {"a": "x"}),
    (split("a", ":", "b"), {"a": "x:y"}, {"b": "x:y"}),
    (merge("a", "--", "b", "c"), {"b": "x", "c": "y--z"}, {"a": "x--y--z"}),
    (merge("a", ":", "a", "b"), {"a": "x", "b": "y"}, {"a": "x:y"}),
    (merge("a", ":", "b", "c"), {"b": "x", "c": 5}, {"b": "x", "c": 5}),
    (merge("a", ":", "b", "c"), {"b": "x"}, {"b": "x"}),
    (stash("a", "b"), {"a": [1], "c": 2}, {"c": 2, "~": stashed({"a": [1]})}),
    (stash("a", "b"), {"c": 2}, {"c": 2}),
    (restore("a", "b"), {"~": stashed({"b": None})}, {"b": None}),
    (restore("a"), {"~": stashed({"a": 1}, "v2/v3")}, {"~": stashed({"a": 1}, "v2/v3")}),
    (restore("a"), {"~": stashed([])}, {"~": stashed([])}),
    (restore("a"), {"~": "mine"}, {"~": "mine"}),
    (Gap(forward=False, back=False, difference=D), 1, 1),
)

ONE_WAY: tuple[tuple[Op, Value, Value], ...] = (
    # What stands where a value is put gives way.
    (rename("a", "b"), {"a": 1, "b": 2}, {"b": 1}),
    (move("a", "b.c"), {"a": 1, "b": {"c": 2}}, {"b": {"c": 1}}),
    (move("a.b", "a"), {"a": {"b": 1, "c": 2}}, {"a": 1}),
    (split("a", ":", "b", "c"), {"a": "x:y", "b": 1}, {"b": "x", "c": "y"}),
    (merge("a", ":", "b", "c"), {"a": 1, "b": "x", "c": "y"}, {"a": "x:y"}),
    (stash("a"), {"a": 1, "~": "mine"}, {"~": stashed({"a": 1})}),
    # What is not there does not move, whatever stands elsewhere.
    (rename("a", "b"), {"b": 2}, {"b": 2}),
    (move("a", "b.c"), {"b": {"c": 2}}, {"b": {"c": 2}}),
    (move("a.b", "c"), {"a": 5}, {"a": 5}),
    (move("a.b.c", "c"), {"a": {"b": {}}}, {"a": {"b": {}}}),
    # The object that an operation is applied to stays.
    (move("a", "b.c"), {"a": {}}, {"b": {"c": {}}}),
    (drop("a", Loss.DROP), {"a": 1}, {}),
    # Lists of none, and of more than one.
    (unwrap(), [], ABSENT),
    (unwrap(Loss.REFUSE), [], ABSENT),
    (unwrap(Loss.DROP), [1, 2], 1),
    (unwrap(Loss.DROP), [[1], 2], [1]),
    (unwrap(Loss.REFUSE), [None], None),
    (unwrap(), "x", "x"),
    (wrap(), [1], [1]),
    (wrap(), [], []),
    # Other fields than the one that is disclosed.
    (disclose("a"), {"a": 1, "b": 2}, 1),
    (disclose("a", Loss.DROP), {"a": 1, "b": 2}, 1),
    (disclose("a", Loss.REFUSE), {"a": 1}, 1),
    (disclose("a", Loss.REFUSE), {"b": 2}, {"b": 2}),
    (disclose("a", Loss.REFUSE), [1, 2], [1, 2]),
    # The first pair counts, and pairs before what is refused; NaN is like nothing.
    (map_values((1, "a"), (1, "b"), refused=(1,)), 1, "a"),
    (map_values((1, "a"), refused=(1.0, True)), 1, "a"),
    (map_values((0.0, "zero")), -0.0, "zero"),
    (map_values((NAN, "a"), refused=(NAN,)), NAN, NAN),
    # Supplying and dropping.
    (default("a", 1), {"a": 2}, {"a": 2}),
    (default("a", 1, overwrite=True), {"a": 2}, {"a": 1}),
    (default("a", 1, demand=True), {}, {"a": 1}),
    (default("a", ABSENT, demand=True), {"a": None}, {"a": None}),
    (drop("a", Loss.KEEP), {"a": 1}, {"a": 1}),
    (drop("a", Loss.KEEP, value=1, overwrite=True), {"a": 2}, {"a": 2}),
    (drop("a", Loss.REFUSE), {"b": 1}, {"b": 1}),
    (drop("a", Loss.DROP, value=1, shared=True), {"a": 1}, {"a": 1}),
    (drop("a", Loss.REFUSE, demand=True), {}, {}),
    (Drop(field="a", value=1, neutral=[], loss=Loss.REFUSE, difference=D), {"a": []}, {}),
    (Drop(field="a", value=1, neutral=[], loss=Loss.REFUSE, difference=D), {"a": 1}, {}),
    (Default(field="a", value=1, neutral=2, loss=Loss.KEEP, difference=D), {"a": 2}, {"a": 2}),
    (forget("a", "b", Loss.DROP), {"a": 1, "b": 2}, {"b": 2}),
    (forget("a", "b", Loss.REFUSE), {"b": 2}, {"b": 2}),
    (OmitNull(field="a", difference=D), {"a": None, "b": None}, {"b": None}),
    (OmitNull(field="a", difference=D), {}, {}),
    (AdmitNull(field="a", difference=D), {"a": None}, {"a": None}),
    # Text that is none, or cannot be cut.
    (split("a", ":", "b", "c"), {"a": ["x:y"]}, {"a": ["x:y"]}),
    (split("a", "--", "b", "c"), {"a": "x---y"}, {"b": "x", "c": "-y"}),
    (limit(None, Admits(values=(1,))), "ab", "ab"),
    # A field that is there wins over the stash; what nobody asked for does not come back.
    (restore("a", "b"), {"a": 1, "~": stashed({"a": 2, "b": 3, "c": 4})}, {"a": 1, "b": 3}),
    (restore("a"), {"~": {"more": 1, "shape": "v1/v2", "fields": {}}}, {}),
)

REFUSED: tuple[tuple[Op, Json, Path, str], ...] = (
    (unwrap(Loss.REFUSE), [1, 2], (), "only one of 2 items has a place"),
    (disclose("a", Loss.REFUSE), {"a": 1, "b": 2}, (), "only a has a place, not b"),
    (map_values(refused=("off",)), "off", (), "'off' has no counterpart"),
    (default("a", ABSENT, demand=True), {}, ("a",), "a is missing"),
    (default("a", ABSENT, demand=True, overwrite=True), {}, ("a",), "a is missing"),
    (drop("a", Loss.REFUSE), {"a": None}, ("a",), "a has no place on the other side"),
    (drop("a", Loss.REFUSE, value=1), {"a": 1.0}, ("a",), "a has no place on the other side"),
    (forget("a", "b", Loss.REFUSE), {"a": 1}, ("a",), "a has no place on the other side"),
    (forget("a", "b", Loss.REFUSE), {"a": 1, "b": 2}, ("a",), "a has no place on the other side"),
    (
        merge("a", ":", "b", "c"),
        {"b": "x:", "c": "y"},
        (),
        "'x::y' could not be cut at ':' into the same parts",
    ),
    (
        merge("a", "--", "b", "c"),
        {"b": "x-", "c": "y"},
        (),
        "'x---y' could not be cut at '--' into the same parts",
    ),
    (Gap(forward=True, back=False, difference=D), None, (), "nothing bridges this value"),
    (
        limit(Admits(bounds=Bounds(max_length=2))),
        "abc",
        (),
        "the other side admits no such long text",
    ),
    (limit(Admits(kinds=(Kind.STRING,))), None, (), "the other side admits no such type"),
)


@pytest.mark.parametrize(("op", "before", "after"), THERE_AND_BACK)
def test_there_and_back(op: Op, before: Json, after: Json) -> None:
    there = apply((op,), before, HERE)
    assert written(there) == written(after)
    assert written(apply(invert((op,)), there, HERE)) == written(before)


@pytest.mark.parametrize(("op", "before", "after"), THERE_AND_BACK)
def test_what_comes_back_is_in_the_domain(op: Op, before: Json, after: Json) -> None:
    """The domain that the laws are tested on is no narrower than these examples."""
    assert is_op_exact(op, before, HERE), after


@pytest.mark.parametrize(("op", "before", "after"), ONE_WAY)
def test_one_way(op: Op, before: Value, after: Value) -> None:
    assert written(apply((op,), before, HERE)) == written(after)


@pytest.mark.parametrize(("op", "before", "path", "reason"), REFUSED)
def test_refused(op: Op, before: Json, path: Path, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        apply((op,), before, HERE)
    assert (caught.value.difference, caught.value.path, caught.value.reason) == (D, path, reason)


def test_every_operation_has_an_example() -> None:
    elsewhere = {"Convert", "Hook", "Focus", "Apply", "Case"}
    shown = {type(op).__name__ for op, *_ in THERE_AND_BACK}
    assert shown | elsewhere == {kind.__name__ for kind in get_args(Op)}
    assert not shown & elsewhere


@pytest.mark.parametrize("other", [None, True, 0, 1.5, "text", ["a"]])
@pytest.mark.parametrize(
    "op",
    [
        *(rename("a", "b"), move("a", "b"), default("a", 1, overwrite=True)),
        *(drop("a", Loss.REFUSE), copy("a", "b"), forget("a", "b", Loss.REFUSE)),
        *(OmitNull(field="a", difference=D), split("a", ":", "b", "c"), merge("a", ":", "b")),
        *(stash("a"), restore("a"), disclose("a", Loss.REFUSE)),
        default("a", ABSENT, demand=True),
    ],
    ids=lambda op: type(op).__name__,
)
def test_what_works_in_an_object_leaves_any_other_value_alone(op: Op, other: Json) -> None:
    assert written(apply((op,), other, HERE)) == written(other)


@pytest.mark.parametrize(("parts", "separator"), [((), ":"), (("a", "a"), ":"), (("a", "b"), "")])
def test_parts_that_cannot_be_told_apart_are_no_operation(
    parts: tuple[str, ...], separator: str
) -> None:
    with pytest.raises(ValueError, match="not distinct parts and a separator"):
        Split(field="a", parts=parts, separator=separator, difference=D)
    with pytest.raises(ValueError, match="not distinct parts and a separator"):
        Merge(field="a", parts=parts, separator=separator, difference=D)
