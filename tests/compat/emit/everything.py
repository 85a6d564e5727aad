"""One plan that has every operation and every kind of exchange, with awkward names in it."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any, Final

from compat.lens.admits import Admits
from compat.lens.codecs import BitCodec, Codec, ParameterCodec, RestyleCodec, ScaleCodec, TextCodec
from compat.lens.ops import (
    ITEM,
    VALUE,
    AdmitNull,
    Apply,
    Branch,
    Case,
    Convert,
    Copy,
    Default,
    Disclose,
    Drop,
    Enclose,
    Flow,
    Focus,
    Forget,
    Gap,
    Hook,
    Lens,
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
    Test,
    Unwrap,
    Wrap,
    invert,
)
from compat.model.interface import Style
from compat.model.role import Role
from compat.model.schema import ABSENT, Bounds, Json, Kind
from compat.plan.bridge import (
    AnswerBridge,
    BridgePlan,
    Exchange,
    HookKind,
    HookNeed,
    Paging,
    Slicing,
)
from tests.compat.emit.making import call, difference, exchange, plan_of, value_hooks

# Names that hide something of Python or of the package, read as other code, or do not fit a line.
NAMES: Final = (
    "id",
    "class",
    "value",
    "own",
    "annotations",
    "key",
    "count_size_up",
    "size_up",
    "field_up_count",
    "field_up_2",
    "leaf_up_each",
    "l",
    "Größe",
    "大小",
    "",
    " ",
    "9lives",
    'a"b',
    "it's",
    "a\\b",
    "line\nbreak",
    '"""',
    "{brace}",
    "%s",
    "__import__('os').abort()",
    "\N{RIGHT-TO-LEFT OVERRIDE}evil",
    "\ud800",
    "\0",
    "x-" + "long-" * 12 + "name",
    "y" * 200,
    "z " * 200,
)

SCALARS: Final[tuple[Json, ...]] = (None, True, 0, 1, -1, 1.0, -0.5, 1e300, "x", "", "it's")


def _codecs() -> tuple[Op, ...]:
    kinds = (Kind.BOOLEAN, Kind.INTEGER, Kind.NUMBER, Kind.STRING)
    codecs: tuple[Codec, ...] = (
        *(TextCodec(kind=kind) for kind in kinds),
        BitCodec(),
        *(
            ScaleCodec(numerator=over, denominator=under, integral=flag)
            for over, under in ((60, 7), (60, 1), (1, 60), (1, 1))
            for flag in (True, False)
        ),
        *(ParameterCodec(kind=kind) for kind in kinds),
        *(ParameterCodec(kind=Kind.INTEGER, style=style) for style in (Style.SIMPLE, Style.MULTI)),
        RestyleCodec(old=Style.PIPE, new=Style.TAB),
    )
    return tuple(Convert(codec=codec, difference="d1") for codec in codecs)


def _limits() -> tuple[Op, ...]:
    """Each constraint alone, those of a kind together, and all of them."""
    numbers: dict[str, Any] = {
        "minimum": 0,
        "maximum": 7.5,
        "exclusive_minimum": -1,
        "exclusive_maximum": 60,
    }
    texts: dict[str, Any] = {"min_length": 1, "max_length": 3, "pattern": "[\"'a-z\\\\]"}
    lists: dict[str, Any] = {"min_items": 1, "max_items": 2, "unique_items": True}
    fields: dict[str, Any] = {"min_properties": 1, "max_properties": 2}
    every: dict[str, Any] = {**numbers, "multiple_of": 0.5, **texts, **lists, **fields}
    bounds = ({name: limit} for name, limit in every.items())
    kinds = (*((kind,) for kind in Kind), (Kind.NULL, Kind.STRING), (Kind.BOOLEAN, Kind.NUMBER))
    values: tuple[tuple[Json, ...], ...] = (
        ("a",),
        (None,),
        (None, "a", "x"),
        (1, False, [1]),
        NAMES,
    )
    admitted = (
        *(Admits(bounds=Bounds(**each)) for each in (*bounds, numbers, texts, lists, every)),
        *(Admits(kinds=each) for each in kinds),
        *(Admits(values=each) for each in values),
        *(Admits(required=each) for each in (("a",), ("a", "b"), NAMES)),
        *(Admits(names=each) for each in ((), ("a", "b"), NAMES)),
        Admits(kinds=(Kind.OBJECT,), bounds=Bounds(**every), required=("a",), names=("a", "b")),
    )
    return tuple(Limit(admits=each, back=None, difference="d4") for each in admitted)


def value_ops(*, nested: bool = True) -> tuple[Op, ...]:
    """Operations on any value."""
    mapped: tuple[tuple[Json, Json], ...] = (("a", "b"), ("c", "d"), (1, 2), (None, "none"))
    ops: tuple[Op, ...] = (
        *(Wrap(loss=loss, difference="d1") for loss in Loss),
        *(Unwrap(loss=loss, difference="d1") for loss in Loss),
        *(Enclose(name=name, loss=Loss.REFUSE, difference="d1") for name in ("in", NAMES[-2])),
        *(Disclose(name="in", loss=loss, difference="") for loss in Loss),
        MapValues(pairs=mapped[:1], back=(), refused=("x",), difference="d1"),
        MapValues(
            pairs=(("a", "b"), ("c", "c"), ("a", "z")),
            back=(),
            refused=("a", "c", "x"),
            difference="d1",
        ),
        MapValues(pairs=mapped, back=(), refused=("x", "y", 3, False), difference="d2"),
        MapValues(pairs=(("a", "z"), (True, "z"), ("b", "z")), back=(), difference=""),
        *_codecs(),
        Hook(name="turn", flow=Flow.UP, difference="d3"),
        Gap(forward=True, back=False, difference="d4"),
        *_limits(),
        Apply(name="leaf", flow=Flow.UP),
        Apply(name="shrinking", flow=Flow.UP),
        Apply(name="tree", flow=Flow.DOWN),
        Apply(name="idle", flow=Flow.UP),
    )
    return (*ops, *_cases()) if nested else ops


def _cases() -> tuple[Op, ...]:
    kinds = tuple(Test(kind=kind) for kind in Kind)
    fields = tuple(Test(has_field=name) for name in ("a", "b", "c" * 60))
    tags = tuple(Test(field_is=("type", text)) for text in ("x", "y", "z" * 70))
    mixed = (Test(kind=Kind.OBJECT, has_field="a", field_is=("type", "x")), Test())
    tagged = (Test(has_field="b", field_is=("type", "x")), *tags)
    rename: Lens = (Rename(old="a", new="b", difference="d1"),)
    wrap: Lens = (Wrap(loss=Loss.DROP, difference="d1"),)
    gap: Lens = (Gap(forward=True, back=True, difference="d4"),)
    shown: Lens = (Disclose(name="a", loss=Loss.DROP, difference="d1"), *rename)
    same = tuple(
        Case(branches=tuple(Branch(test=test, back=test, lens=lens) for test in tests))
        for tests in (kinds, fields, tags, mixed)
        for lens in (rename, wrap, gap, (*rename, *wrap), shown, ())
    )
    different = tuple(
        Case(
            branches=tuple(
                Branch(test=test, back=test, lens=lens)
                for test, lens in zip(tests, lenses, strict=False)
            )
        )
        for tests in (kinds[4:], (kinds[2], kinds[1], kinds[3]), fields, tags, tagged, mixed)
        for lenses in permutations((rename, wrap, ()))
    )
    return (*same, *different)


def object_ops(name: str, other: str) -> tuple[Op, ...]:
    """Operations on an object with these fields."""
    values: tuple[Json, ...] = (*SCALARS, [], {}, [{"deep": [1, "x" * 90]}])
    return (
        Rename(old=name, new=other, difference="d1"),
        *(Default(field=name, value=each, loss=Loss.KEEP, difference="d5") for each in values),
        Default(field=name, value="x", overwrite=True, loss=Loss.DROP, difference="d5"),
        Default(field=name, value=ABSENT, demand=True, loss=Loss.DROP, difference="d5"),
        *(Drop(field=name, value=ABSENT, loss=loss, difference="d6") for loss in Loss),
        *(
            Drop(field=name, value=each, neutral=neutral, loss=loss, difference=identifier)
            for each in values[-3:-1]
            for neutral in (ABSENT, 0)
            for loss in Loss
            for identifier in ("", "d6")
        ),
        *(Copy(field=name, source=other, loss=loss, difference="d7") for loss in Loss),
        *(Forget(field=name, source=other, loss=loss, difference="d7") for loss in Loss),
        Forget(field=name, source=other, loss=Loss.DROP, difference=""),
        OmitNull(field=name, difference="d8"),
        AdmitNull(field=name, difference="d8"),
        *(
            joint(field=name, parts=parts, separator=separator, difference="d9")
            for joint in (Split, Merge)
            for parts in ((other,), (other, f"{other}2"), (other, name, "third", "y" * 70))
            for separator in (":", "'\"\\")
        ),
        *(
            stash(fields=fields, key=other, shape="1-2", difference=identifier)
            for stash in (Stash, Restore)
            for fields in ((name,), (name, "b", "z" * 80))
            for identifier in ("", "d10")
        ),
        *_moves(name, other),
    )


def _moves(name: str, other: str) -> tuple[Op, ...]:
    paths = (
        ((name,), (other,)),
        ((name,), (other, "b")),
        ((name, "b"), (other,)),
        ((name, "b", "c"), (other, "d")),
        ((name, "b"), (name, "c", "d")),
        ((name,), (name, "b", "c")),
        ((name, "b", "c"), (name,)),
        ((name, "b", "c"), (other, "d", "e")),
    )
    return tuple(Move(source=source, target=target, difference="") for source, target in paths)


def _focused() -> Iterator[Lens]:
    """Every operation on a field, on list items, on map values, and in pairs, 40 to a lens."""
    inner: list[Lens] = [(op,) for op in (*value_ops(), *object_ops("a", "b"))]
    inner += [
        (first, second)
        for first in (
            Unwrap(loss=Loss.DROP, difference="d1"),
            Wrap(loss=Loss.DROP, difference="d1"),
        )
        for second in value_ops(nested=False)
    ]
    for path in ((), (ITEM,), (VALUE,), ("b", ITEM, VALUE, "c")):
        for start in range(0, len(inner), 40):
            yield tuple(
                Focus(path=(f"field{number}s", *path), lens=lens)
                for number, lens in enumerate(inner[start : start + 40])
            )


def _lenses() -> dict[str, Lens]:
    named: dict[str, Lens] = {
        "leaf": (Rename(old="a", new="b", difference="d1"),),
        "idle": (),
        "always": (Gap(forward=True, back=True, difference="d4"),),
        "shrinking": (Unwrap(loss=Loss.DROP, difference="d1"),),
        "tree": (
            Focus(path=("kids", ITEM), lens=(Apply(name="tree", flow=Flow.UP),)),
            Focus(path=("kin", VALUE), lens=(Apply(name="cousin", flow=Flow.UP),)),
        ),
        "cousin": (
            Focus(path=("tree",), lens=(Apply(name="tree", flow=Flow.UP),)),
            Apply(name="leaf", flow=Flow.UP),
            Wrap(loss=Loss.DROP, difference="d2"),
        ),
        "long_" + "name_" * 20: (Rename(old="a", new="b", difference="d1"),),
        "CamelCase": (Rename(old="a", new="b", difference="d1"),),
        "camelcase": (Rename(old="b", new="c", difference="d1"),),
    }
    for number, op in enumerate((*value_ops(), *object_ops("a", "b"))):
        named[f"op_{number}"] = (op,)
    for number, name in enumerate(NAMES):
        named[f"name_{number}"] = (
            *object_ops(name, NAMES[number - 1])[:24],
            Focus(
                path=(name, ITEM, name, VALUE), lens=(Rename(old="a", new=name, difference="d1"),)
            ),
            Focus(
                path=(name,),
                lens=(MapValues(pairs=((name, "b"), ("c", name)), back=(), difference=""),),
            ),
        )
    for number, lens in enumerate(_focused()):
        named[f"focus_{number}"] = lens
    return {**named, **_listed()}


def _listed() -> dict[str, Lens]:
    """Lenses that are applied to each item of a list: some of the operations, and of the names."""
    ops = object_ops("a", "b")
    named = {f"entry_{start}": ops[start : start + 5] for start in range(0, len(ops), 5)}
    tests = tuple(Test(field_is=("type", text)) for text in ("x", "y"))
    named["entry_tags"] = (
        Case(branches=tuple(Branch(test=test, back=test, lens=ops[:1]) for test in tests)),
        Focus(path=("c", ITEM), lens=ops[:2]),
        Focus(path=("c", ITEM, VALUE, "d"), lens=(*ops[:1], *_moves("a", "b")[1:2])),
    )
    applied = (*named, "leaf", *(f"name_{number}" for number in range(0, len(NAMES), 2)))
    named["focus_listed"] = tuple(
        Focus(path=(f"{name}_items", ITEM), lens=(Apply(name=name, flow=Flow.UP),))
        for name in applied
    )
    return named


def _exchanges() -> tuple[Exchange, ...]:
    body: Lens = (Focus(path=("body",), lens=(Apply(name="leaf", flow=Flow.UP),)),)
    read = ParameterCodec(kind=Kind.INTEGER)
    parts: Lens = (
        Focus(path=("path",), lens=(Rename(old="id", new="name", difference="d1"),)),
        Focus(path=("query", "limit"), lens=(Convert(codec=read, difference="d1"),)),
        Move(source=("query", "limit"), target=("body", "page", "limit"), difference="d1"),
        Move(source=("body", "trace"), target=("header", "x-trace"), difference="d1"),
        Move(source=("cookie", "sid"), target=("header", "x-sid"), difference="d1"),
        Focus(path=("header",), lens=object_ops("x-a", "x-b")[:20]),
        Default(field="body", value={"a": 1}, loss=Loss.DROP, difference="d5"),
        Focus(path=("body",), lens=(Wrap(loss=Loss.DROP, difference="d1"),)),
        Drop(field="body", value=[], neutral=ABSENT, loss=Loss.DROP, difference="d6"),
        Default(field="body", value=ABSENT, demand=True, loss=Loss.DROP, difference="d5"),
    )
    answers: dict[str, Lens | AnswerBridge] = {
        "200": body,
        "201": AnswerBridge(status="201", becomes=200, lens=()),
        **{str(status): body for status in range(400, 420)},
        "5XX": (Focus(path=("header",), lens=(Rename(old="a", new="b", difference="d1"),)), *body),
        "default": (Gap(forward=True, back=True, difference="d4"),),
    }
    records = AnswerBridge(
        status="200", becomes=None, lens=(*_lenses()["leaf"], *_lenses()["cousin"]), records=True
    )
    paging = Paging(entries="items", token_field="next", token_query="token")
    slicing = Slicing(
        entries="items", token_field="next", token_query="token", size_query="n", numeric=True
    )
    return (
        exchange("POST /a/{id}", call("POST /b/{name}", parts, answers), name="volumeUp"),
        exchange("PUT /a/{id}", call("PUT /a/{name}", parts[:1]), name="own"),
        exchange("GET /a", call("GET /a", body), name="volume_up"),
        exchange("GET /same/{id}", call("GET /same/{id}"), name="same"),
        exchange("GET /p", call("GET /q", body, paging=paging), name="pages"),
        exchange("GET /s", call("GET /s", body, {"200": body}, slicing=slicing), name="test_it"),
        exchange("GET /events", call("GET /events", answers={"200": records}), name="events"),
        exchange(
            "PUT /many",
            call("PUT /x", parts[1:4], answers, when=(("body", "a"), ("query", "b"))),
            call("PUT /y/{lost}", into=("a", "b")),
            call("PUT /z", into=()),
            name="many",
        ),
        exchange(
            "POST /refused",
            call("POST /r", (Gap(forward=True, back=True, difference="d4"),)),
            name="refused",
        ),
        exchange("POST /hooked", hook="drive", name="hooked"),
        exchange("POST /gone", gap="d4", name="gone"),
        *(
            exchange(
                f"GET /n/{{{name}}}/{number}",
                call(f"GET /m/{{{name}}}/{number}", body),
                name=f"n_{number}",
            )
            for number, name in enumerate(NAMES)
            if name and not set(name) & set("{}:/?")
        ),
    )


def everything() -> BridgePlan:
    """A plan that makes every emitter write something."""
    lenses = _lenses()
    lenses |= {f"{name}_back": invert(lens) for name, lens in lenses.items() if name[:2] == "op"}
    drive = HookNeed(name="drive", kind=HookKind.EXCHANGE, difference="d3", purpose='"""\\\n')
    return plan_of(
        lenses,
        {role: _exchanges() for role in Role},
        differences=[difference(f"d{number}", NAMES[-number]) for number in range(1, 11)],
        hooks=[*value_hooks("turn"), drive],
    )


HOOKS_FILE: Final = '''
"""Written by hand."""

from .message import Flow, Json, Request


def turn_up(value: Json) -> Json:
    return value


def turn_down(value: Json) -> Json:
    return value


def drive(request: Request) -> Flow:
    return (yield request)
'''
